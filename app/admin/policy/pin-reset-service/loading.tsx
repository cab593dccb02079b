import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE, TITLE } from './words.ts';

export default function PinResetServiceLoading() {
  return (
    <AdminPage title={TITLE} purpose={PURPOSE}>
      <Skeleton label="Asking the PIN reset service" rows={6} />
    </AdminPage>
  );
}
