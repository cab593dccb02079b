import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE, TITLE } from './words.ts';

export default function RolloutLoading() {
  return (
    <AdminPage title={TITLE} purpose={PURPOSE}>
      <Skeleton label="Counting people and devices" rows={8} />
    </AdminPage>
  );
}
