import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE, TITLE } from './words.ts';

export default function FederationLoading() {
  return (
    <AdminPage title={TITLE} purpose={PURPOSE}>
      <Skeleton label="Reading the federated domains" rows={4} />
    </AdminPage>
  );
}
