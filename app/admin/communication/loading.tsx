import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE, TITLE } from './words.ts';

export default function CommunicationLoading() {
  return (
    <AdminPage title={TITLE} purpose={PURPOSE}>
      <Skeleton label="Loading what people read" rows={5} />
    </AdminPage>
  );
}
