import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function GroupsLoading() {
  return (
    <AdminPage title="Groups" purpose={PURPOSE}>
      <Skeleton label="Loading groups" rows={8} />
    </AdminPage>
  );
}
