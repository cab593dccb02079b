import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function DeploymentLoading() {
  return (
    <AdminPage title="Deployment" purpose={PURPOSE}>
      <Skeleton label="Looking at what this deployment needs" rows={8} />
    </AdminPage>
  );
}
