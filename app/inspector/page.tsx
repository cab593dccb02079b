import type { Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { inspectCredential, mayInspect } from '#server/attestation/inspect';
import { administrator } from '#server/caller';
import { nameOfCredential } from '#server/credential';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { Inspector, type Shown } from './inspector.tsx';

export const metadata: Metadata = { title: 'Attestation inspector' };

export default async function InspectorPage({
  searchParams,
}: {
  searchParams: Promise<{ credential?: string | string[] }>;
}) {
  const { runtime, caller } = await pageCaller();
  if (!mayInspect(runtime, caller).ok) {
    if (caller.session === null) redirect('/sign-in');
    notFound();
  }
  const { credential } = await searchParams;
  let stored: Shown | null = null;
  let name: string | null = null;
  if (typeof credential === 'string') {
    // What is stored is for administrators, demo or not.
    if (!administrator('read')(caller).ok) notFound();
    const inspected = await inspectCredential(runtime, credential);
    if (!inspected.ok) notFound();
    stored = inspected.value;
    name = (await nameOfCredential(runtime, credential))?.name ?? null;
  }
  const person = caller.session?.person;
  return (
    <MemberShell
      wide
      title={name === null ? 'What does this registration prove?' : `What does “${name}” prove?`}
      intro="Every check of an attestation, with why it matters and where it is written. Nothing is stored, and nothing is trusted."
      who={person && { name: person.displayName, account: person.upn, href: '/', hint: 'Your own page' }}
    >
      <Inspector stored={stored} />
    </MemberShell>
  );
}
