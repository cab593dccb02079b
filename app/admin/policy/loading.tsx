import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function PolicyLoading() {
  return (
    <AdminPage
      title="Policy"
      purpose="The settings that govern setting up and signing in, and where each value comes from."
    >
      <Skeleton label="Loading settings" rows={8} />
    </AdminPage>
  );
}
