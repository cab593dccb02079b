import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function AttestationLoading() {
  return (
    <AdminPage title="Attestation" purpose={PURPOSE}>
      <Skeleton label="Loading anchors, metadata and lists" rows={4} />
    </AdminPage>
  );
}
