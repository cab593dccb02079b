import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { pageCaller } from '#server/page';
import { demoTenant } from '#server/presentation';
import { MemberShell } from '#ui/member-shell';
import { Join } from './join.tsx';

export const metadata: Metadata = { title: 'Follow a presentation' };

/** Where another device types the code of a presentation. It takes no account. */
export default async function JoinPage() {
  const { runtime } = await pageCaller();
  if ((await demoTenant(runtime)) === null) notFound();
  return (
    <MemberShell
      title="Follow a presentation on this device"
      intro="Type the code that whoever presents shows you. You see what the audience sees, and nothing else."
    >
      <Join />
    </MemberShell>
  );
}
