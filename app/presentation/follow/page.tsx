import type { Metadata, Route } from 'next';
import { notFound, redirect } from 'next/navigation';
import { pageCaller } from '#server/page';
import { demoTenant } from '#server/presentation';
import { isViewer } from '#server/shared-show';
import { Follower } from './follower.tsx';

export const metadata: Metadata = { title: 'Presentation' };

/** The audience's window on a device that joined by a code. */
export default async function FollowPage() {
  const { runtime, caller } = await pageCaller();
  const tenant = await demoTenant(runtime);
  if (tenant === null) notFound();
  if (!(await isViewer(runtime, caller))) redirect('/presentation/join' as Route);
  return <Follower tenant={tenant.name} />;
}
