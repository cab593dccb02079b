import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function PasswordlessLoading() {
  return (
    <AdminPage title="Passwordless" purpose={PURPOSE}>
      <Skeleton label="Counting who is ready" shape="tiles" />
      <Skeleton label="Looking for people who need help" rows={6} />
    </AdminPage>
  );
}
