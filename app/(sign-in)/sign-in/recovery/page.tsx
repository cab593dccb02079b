import { ArrowLeft } from 'lucide-react';
import type { Metadata } from 'next';
import { openRungs } from '#domain/recovery-ladder';
import { pageCaller, passwordFaceOfBrowser } from '#server/page';
import { readRecovery } from '#server/recovery-ladder';
import { ButtonLink } from '#ui/button';
import { MemberShell } from '#ui/member-shell';
import { Ladder } from './ladder.tsx';

export const metadata: Metadata = { title: 'Ways back in' };

/** The recovery ladder: for whoever is signed in, locked or not, what they have; for others what policy leaves open. */
export default async function RecoveryPage() {
  const { runtime, caller } = await pageCaller();
  // A pass session is on the last rung already.
  const session = caller.session?.kind === 'ordinary' ? caller.session : null;
  const standing = session === null ? 'signed_out' : session.lockedAt === null ? 'signed_in' : 'locked';
  const rungs = openRungs(await readRecovery(runtime, session));
  const back = { signed_out: '/sign-in', locked: '/locked', signed_in: '/' } as const;
  return (
    <MemberShell
      title="Ways back in"
      intro="Try them from the top. None of them is a back door: each asks for a proof that is yours alone."
      who={session === null ? undefined : { name: session.person.displayName, account: session.person.upn }}
      where={session?.device ? { name: session.device.name, standing: 'registered' } : undefined}
    >
      <Ladder rungs={rungs} standing={standing} passwords={(await passwordFaceOfBrowser()) === 'shown'} />
      <div className="border-line border-t pt-4">
        <ButtonLink href={back[standing]} tone="quiet" icon={<ArrowLeft size={16} aria-hidden />}>
          {{ signed_out: 'Back to sign-in', locked: 'Back to the lock', signed_in: 'Home' }[standing]}
        </ButtonLink>
      </div>
    </MemberShell>
  );
}
