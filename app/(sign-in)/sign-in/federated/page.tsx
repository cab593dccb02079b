import type { Metadata, Route } from 'next';
import { redirect } from 'next/navigation';
import { federatedDestinations } from '#domain/federation';
import { mayConfirmUpstream } from '#server/federated-sign-in';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { destination } from '../../destination.ts';
import { toldBy } from '../../told.ts';
import { Arrived } from './arrived.tsx';
import { FederatedSignIn } from './federated-sign-in.tsx';

export const metadata: Metadata = { title: 'Sign in with your organisation' };

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
  const { then, confirm, arrived, ...said } = await searchParams;
  const { runtime, caller } = await pageCaller();
  const { session } = caller;
  const confirms = confirm !== undefined && session !== null && (await mayConfirmUpstream(runtime, session));
  if (session?.kind === 'ordinary' && !confirms) {
    if (session.lockedAt !== null) redirect(`/locked?${new URLSearchParams(said)}` as Route);
    if (arrived === undefined) redirect(destination(then, '/'));
    return (
      <MemberShell
        title="You are signed in"
        who={{ name: session.person.displayName, account: session.person.upn }}
      >
        <Arrived next={destination(then, '/')} method={session.method} />
      </MemberShell>
    );
  }
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
        told={toldBy(said)}
      />
    </MemberShell>
  );
}
