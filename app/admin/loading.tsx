import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';

export default function OverviewLoading() {
  return (
    <AdminPage title="Overview" purpose="How far the roll-out is, and what wants a decision.">
      <Skeleton label="Counting people, keys and sign-ins" shape="tiles" />
      <Skeleton label="Drawing the roll-out" rows={6} />
    </AdminPage>
  );
}
