import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function PolicySourcesLoading() {
  return (
    <AdminPage title="Policy sources" purpose="Where settings come from, the strongest first.">
      <Skeleton label="Loading sources" rows={6} />
    </AdminPage>
  );
}
