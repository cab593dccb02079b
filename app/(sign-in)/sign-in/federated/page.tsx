import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { federatedDestinations } from '#domain/federation';
import { type ProblemCode, problem } from '#domain/problem';
import { readSupportCode } from '#domain/support-code';
import { mayConfirmUpstream } from '#server/federated-sign-in';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { destination } from '../../destination.ts';
import { Arrived } from './arrived.tsx';
import { FederatedSignIn } from './federated-sign-in.tsx';

export const metadata: Metadata = { title: 'Sign in with your organisation' };

/** What the way back can end with. */
const endings: readonly ProblemCode[] = [
  'sign_in_failed',
  'federation_unavailable',
  'challenge_invalid',
  'challenge_expired',
  'challenge_consumed',
  'too_many_attempts',
  'store_unavailable',
  'internal_error',
];

/**
 * Asks for the name whose organisation signs it in, or, with `confirm`, sends somebody there who came from there. With
 * `arrived` somebody has just come back signed in.
 */
export default async function FederatedPage({
  searchParams,
}: {
  searchParams: Promise<{
    then?: string;
    problem?: string;
    support?: string;
    confirm?: string;
    arrived?: string;
  }>;
}) {
  const { then, problem: code, support, confirm, arrived } = await searchParams;
  const { runtime, caller } = await pageCaller();
  const { session } = caller;
  const confirms = confirm !== undefined && session !== null && (await mayConfirmUpstream(runtime, session));
  if (session?.kind === 'ordinary' && !confirms) {
    if (session.lockedAt !== null) redirect('/locked');
    if (arrived === undefined) redirect(destination(then, '/'));
    return (
      <MemberShell
        title="You are signed in"
        who={{ name: session.person.displayName, account: session.person.upn }}
      >
        <Arrived next={destination(then, '/')} />
      </MemberShell>
    );
  }
  const ending = endings.find((known) => known === code);
  const supportCode = typeof support === 'string' ? readSupportCode(support) : null;
  const trouble = ending && { ...problem(ending), ...(supportCode === null ? {} : { support: supportCode }) };
  return (
    <MemberShell
      {...(confirms
        ? {
            title: 'Confirm at your organisation',
            intro: 'You sign in there once more, with a second factor, and come back here.',
            who: { name: session.person.displayName, account: session.person.upn },
          }
        : {
            title: 'Sign in with your organisation',
            intro: 'Your account decides where: you sign in there and come back here.',
          })}
    >
      <FederatedSignIn
        leadsTo={federatedDestinations.find((known) => known === then) ?? null}
        account={confirms ? session.person.upn : null}
        told={trouble ?? null}
      />
    </MemberShell>
  );
}
