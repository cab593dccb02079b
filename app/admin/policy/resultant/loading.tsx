import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function ResultantLoading() {
  return (
    <AdminPage title="Resultant policy" purpose={PURPOSE}>
      <Skeleton label="Working out what applies" rows={8} />
    </AdminPage>
  );
}
