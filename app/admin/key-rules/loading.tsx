import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function KeyRulesLoading() {
  return (
    <AdminPage title="Rules for keys" purpose={PURPOSE}>
      <Skeleton label="Counting keys" shape="tiles" />
      <Skeleton label="Looking for keys that would fall" rows={6} />
    </AdminPage>
  );
}
