import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function ApprovalsLoading() {
  return (
    <AdminPage title="Approvals" purpose={PURPOSE}>
      <Skeleton label="Loading approvals" rows={4} />
    </AdminPage>
  );
}
