import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function MethodsLoading() {
  return (
    <AdminPage title="Methods" purpose={PURPOSE}>
      <Skeleton label="Reading the policy of methods" rows={7} />
    </AdminPage>
  );
}
