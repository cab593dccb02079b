import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { confirmationWays } from '#server/authentication';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { Unlock } from './unlock.tsx';

export const metadata: Metadata = { title: 'Locked' };

export default async function LockedPage() {
  const { runtime, caller } = await pageCaller();
  const { session } = caller;
  if (session === null) redirect('/sign-in');
  if (session.lockedAt === null) redirect('/');
  return (
    <MemberShell
      title="Locked"
      intro="Use your face, finger or PIN to go on where you were."
      who={{ name: session.person.displayName, account: session.person.upn }}
      where={session.device ? { name: session.device.name, standing: 'registered' } : undefined}
    >
      <Unlock account={session.person.upn} canUseCode={(await confirmationWays(runtime, session)).code} />
    </MemberShell>
  );
}
