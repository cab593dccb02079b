import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function PolicySourceLoading() {
  return (
    <AdminPage title="Policy source" purpose="What it says, who gets it, and how it came to be.">
      <Skeleton label="Loading the source" rows={6} />
    </AdminPage>
  );
}
