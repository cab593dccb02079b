import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { confirmationWays } from '#server/authentication';
import { keysOnDevice } from '#server/credential';
import { findUnlockUpstream } from '#server/federated-unlock';
import { pageCaller } from '#server/page';
import { canSignInByPhone } from '#server/phone-verification';
import { readRecovery } from '#server/recovery-ladder';
import { readLock } from '#server/unlock';
import { readLockRuling, readWebSignIn } from '#server/web-sign-in';
import { MemberShell } from '#ui/member-shell';
import { destination } from '../destination.ts';
import { toldBy } from '../told.ts';
import { Unlock } from './unlock.tsx';

export const metadata: Metadata = { title: 'Locked' };

export default async function LockedPage({
  searchParams,
}: {
  searchParams: Promise<{ then?: string; problem?: string; support?: string }>;
}) {
  const { then, ...said } = await searchParams;
  const { runtime, caller } = await pageCaller();
  const { session } = caller;
  const next = destination(then, '/');
  if (session === null) redirect('/sign-in');
  if (session.lockedAt === null) redirect(next);
  const [{ code }, { otherKeys }, here, byPass, passRuling, phone, lock, upstream] = await Promise.all([
    confirmationWays(runtime, session),
    readRecovery(runtime, session),
    keysOnDevice(runtime.db, session),
    readWebSignIn(runtime.db, runtime, 'temporary-access-pass', session),
    readLockRuling(runtime.db, runtime, session, 'temporary-access-pass', caller.address),
    canSignInByPhone(runtime.db, session.userId),
    readLock(runtime, session, caller.address),
    findUnlockUpstream(runtime, session, caller.address),
  ]);
  const otherwise = next !== '/';
  return (
    <MemberShell
      {...(lock.shown.length > 0
        ? {
            title: 'One more proof opens it',
            intro: `Your organisation asks for two${lock.trusted ? '' : ' where it doesn’t know the network'}. The first is shown; confirm in another way now.`,
          }
        : otherwise
          ? {
              title: 'Unlock another way',
              intro: 'Prove who you are without the PIN that you forgot. Then you make a new key here.',
            }
          : { title: 'Locked', intro: 'Use your face, finger or PIN to go on where you were.' })}
      who={{ name: session.person.displayName, account: session.person.upn }}
      where={session.device ? { name: session.device.name, standing: 'registered' } : undefined}
    >
      <Unlock
        account={session.person.upn}
        userHandle={session.person.userHandle}
        next={next}
        canUseKey={lock.shown.length > 0 ? lock.moreKeys : !otherwise || otherKeys}
        canUseCode={code && !lock.shown.includes('totp')}
        shown={lock.shown}
        pass={passRuling === 'opens' ? 'opens' : byPass.leadsTo}
        phone={phone && session.deviceId !== null && byPass.session === 'ordinary'}
        organisation={upstream?.domain ?? null}
        told={toldBy(said)}
        leaveOut={[...lock.answered, ...(otherwise ? here.map(({ credentialId }) => credentialId) : [])]}
      />
    </MemberShell>
  );
}
