import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function OutboxLoading() {
  return (
    <AdminPage title="Outbox" purpose={PURPOSE}>
      <Skeleton label="Loading the outbox" rows={4} />
    </AdminPage>
  );
}
