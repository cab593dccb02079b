import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function DevicesLoading() {
  return (
    <AdminPage
      title="Devices"
      purpose="Every browser that was registered, who it belongs to, and whether it may sign in."
    >
      <Skeleton label="Loading devices" rows={8} />
    </AdminPage>
  );
}
