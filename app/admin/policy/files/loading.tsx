import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function PolicyFilesLoading() {
  return (
    <AdminPage
      title="Export and import"
      purpose="Carry the policy to Windows and its management, and bring one from there."
    >
      <Skeleton label="Loading formats" rows={4} />
    </AdminPage>
  );
}
