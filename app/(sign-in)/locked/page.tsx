import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { confirmationWays } from '#server/authentication';
import { keysOnDevice } from '#server/credential';
import { pageCaller } from '#server/page';
import { readRecovery } from '#server/recovery-ladder';
import { readWebSignIn } from '#server/web-sign-in';
import { MemberShell } from '#ui/member-shell';
import { destination } from '../destination.ts';
import { Unlock } from './unlock.tsx';

export const metadata: Metadata = { title: 'Locked' };

export default async function LockedPage({ searchParams }: { searchParams: Promise<{ then?: string }> }) {
  const { then } = await searchParams;
  const { runtime, caller } = await pageCaller();
  const { session } = caller;
  const next = destination(then, '/');
  if (session === null) redirect('/sign-in');
  if (session.lockedAt === null) redirect(next);
  const [{ code }, { otherKeys }, here, byPass] = await Promise.all([
    confirmationWays(runtime, session),
    readRecovery(runtime, session),
    keysOnDevice(runtime.db, session),
    readWebSignIn(runtime.db, runtime, session),
  ]);
  const otherwise = next !== '/';
  return (
    <MemberShell
      title={otherwise ? 'Unlock another way' : 'Locked'}
      intro={
        otherwise
          ? 'Prove who you are without the PIN that you forgot. Then you make a new key here.'
          : 'Use your face, finger or PIN to go on where you were.'
      }
      who={{ name: session.person.displayName, account: session.person.upn }}
      where={session.device ? { name: session.device.name, standing: 'registered' } : undefined}
    >
      <Unlock
        account={session.person.upn}
        userHandle={session.person.userHandle}
        next={next}
        canUseKey={!otherwise || otherKeys}
        canUseCode={code}
        pass={session.deviceId === null || byPass.session === 'ordinary' ? 'opens' : byPass.leadsTo}
        leaveOut={otherwise ? here.map(({ credentialId }) => credentialId) : []}
      />
    </MemberShell>
  );
}
