import { ArrowLeft, KeyRound } from 'lucide-react';
import type { Metadata, Route } from 'next';
import { notFound, redirect } from 'next/navigation';
import { type InspectedKey, inspectCredential, mayInspect } from '#server/attestation/inspect';
import { administrator } from '#server/caller';
import { type FoundKey, findKeys, nameOfCredential } from '#server/credential';
import { pageCaller } from '#server/page';
import type { Runtime } from '#server/runtime';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { type Column, DataTable } from '#ui/data-table';
import { Emblem } from '#ui/emblem';
import { EmptyState } from '#ui/empty-state';
import { MemberShell } from '#ui/member-shell';
import { SearchForm } from '#ui/search-form';
import { Time } from '#ui/time';
import { Inspector } from './inspector.tsx';

export const metadata: Metadata = { title: 'Attestation inspector' };

/** More than anybody looks through: the search narrows it. */
const KEYS_SHOWN = 12;

export default async function InspectorPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { runtime, caller } = await pageCaller();
  if (!mayInspect(runtime, caller).ok) {
    if (caller.session === null) redirect('/sign-in');
    notFound();
  }
  const { credential, q } = await searchParams;
  // What is stored is for administrators, demo or not.
  const reads = administrator('read')(caller).ok;
  let stored: InspectedKey | null = null;
  let name: string | null = null;
  if (typeof credential === 'string') {
    if (!reads) notFound();
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
      {stored === null ? null : (
        <div>
          <ButtonLink href="/inspector" size="small" tone="quiet" icon={<ArrowLeft size={16} aria-hidden />}>
            Open another
          </ButtonLink>
        </div>
      )}
      <Inspector key={typeof credential === 'string' ? credential : ''} stored={stored} />
      {reads && stored === null ? (
        <StoredKeys runtime={runtime} words={typeof q === 'string' ? q : undefined} />
      ) : null}
    </MemberShell>
  );
}

const columns: readonly Column<FoundKey>[] = [
  {
    key: 'key',
    title: 'Key',
    width: 'wide',
    cell: ({ name, protection }) => (
      <span className="flex items-center gap-3">
        <Emblem protection={protection} size={24} />
        <span className="min-w-0 wrap-anywhere">{name}</span>
      </span>
    ),
  },
  {
    key: 'person',
    title: 'Person',
    cell: ({ person, upn }) => (
      <span className="flex min-w-0 flex-col">
        <span>{person}</span>
        <span className="text-12 wrap-anywhere text-ink-soft">{upn}</span>
      </span>
    ),
  },
  { key: 'format', title: 'Format', width: 'tight', cell: ({ attestationFormat }) => attestationFormat },
  {
    key: 'made',
    title: 'Made',
    width: 'tight',
    cell: ({ createdAt, revokedAt }) => (
      <span className="flex flex-col">
        <Time at={createdAt.toISOString()} />
        {revokedAt === null ? null : <span className="text-12 text-ink-soft">revoked</span>}
      </span>
    ),
  },
];

/** Any key there is, to be opened: only for those who may read about people. */
async function StoredKeys({ runtime, words }: { runtime: Runtime; words: string | undefined }) {
  const found = await findKeys(runtime, { search: words ?? '', limit: KEYS_SHOWN + 1 });
  const more = found.length > KEYS_SHOWN;
  return (
    <Section
      title="Open a stored key"
      note="Its statement is judged again now, and shown beside what was kept of it."
    >
      <div className="flex flex-col gap-4">
        <SearchForm
          action="/inspector"
          label="Person, device or key"
          placeholder="mia, STUDIO-07"
          words={words}
          kept={{}}
        />
        <DataTable
          caption={words ? `Keys that match ${words}` : 'The keys that were made last'}
          columns={columns}
          rows={found.slice(0, KEYS_SHOWN)}
          rowKey={({ id }) => id}
          rowHref={({ id }) => `/inspector?credential=${id}` as Route}
          empty={
            <EmptyState
              icon={<KeyRound size={32} aria-hidden />}
              title={
                words
                  ? `No key matches “${words.slice(0, 100)}”`
                  : 'Keys that people make will be listed here.'
              }
            />
          }
          foot={more ? `The ${KEYS_SHOWN} that were made last. Search for the others.` : undefined}
        />
      </div>
    </Section>
  );
}
