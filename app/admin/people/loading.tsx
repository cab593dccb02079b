import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function PeopleLoading() {
  return (
    <AdminPage title="People" purpose="Who signs in with what, and the help they need to get there.">
      <Skeleton label="Loading people" rows={8} />
    </AdminPage>
  );
}
