import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function MethodsActivityLoading() {
  return (
    <AdminPage title="Registration and activity" purpose={PURPOSE}>
      <Skeleton label="Counting who has what" shape="tiles" />
      <Skeleton label="Reading registrations" rows={6} />
    </AdminPage>
  );
}
