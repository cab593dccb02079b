import type { Metadata, Route } from 'next';
import { redirect } from 'next/navigation';
import { strengthMissing } from '#domain/session';
import type { FlowName } from '#domain/strength';
import { signedInPage } from '#server/page';
import { Leave } from '../leave.tsx';
import { MemberPage } from '../member-page.tsx';
import { StrengthAsked } from '../strength-asked.tsx';

export const metadata: Metadata = { title: 'A stronger proof' };

/** The flows that are asked about a session as a whole, and where each leads. */
const places = {
  signIn: '/' as Route,
  administration: '/admin' as Route,
} as const satisfies Partial<Record<FlowName, Route>>;

export default async function StepUpPage({
  searchParams,
}: {
  searchParams: Promise<{ for?: string | string[] }>;
}) {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  if (session.kind === 'registration') redirect('/provision');
  const place = (await searchParams).for === 'administration' ? 'administration' : 'signIn';
  const strength = strengthMissing(session, place);
  if (strength === null) redirect(places[place]);
  // What signing in asks for opens nothing else either: there is no home to go back to.
  const home = strengthMissing(session, 'signIn') !== null;
  return (
    <MemberPage
      session={session}
      home={home}
      wide={false}
      title="This asks for a stronger proof"
      intro="Your organisation asks for more here than this session has shown."
    >
      <StrengthAsked runtime={runtime} session={session} place={place} strength={strength} />
      {home ? <Leave /> : null}
    </MemberPage>
  );
}
