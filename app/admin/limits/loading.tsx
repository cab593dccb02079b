import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function LimitsLoading() {
  return (
    <AdminPage title="Limits" purpose={PURPOSE}>
      <Skeleton label="Loading limits" rows={4} />
    </AdminPage>
  );
}
