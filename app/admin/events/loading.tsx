import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function EventLogLoading() {
  return (
    <AdminPage title="Event log" purpose="Every decision, with its true reason. Nothing in here is a secret.">
      <Skeleton label="Loading events" rows={8} />
    </AdminPage>
  );
}
