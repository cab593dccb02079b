import { Eraser, TimerOff } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { mayAdminister } from '#domain/identity';
import {
  countedByWords,
  type Guessable,
  type Limit,
  limitedThings,
  limitedWords,
  limits,
} from '#domain/rate-limit';
import { namesOf } from '#server/identity';
import { administratorPage } from '#server/page';
import { listReachedLimits, type ReachedLimit } from '#server/rate-limit';
import { AdminPage } from '#ui/admin-page';
import { Section } from '#ui/card';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Term } from '#ui/term';
import { address } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { Act, Outcomes } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { clearLimit } from './actions.ts';
import { Ends } from './ends.tsx';
import { PURPOSE, windowWords } from './words.ts';

export const metadata: Metadata = { title: 'Limits' };

interface TableRow {
  readonly what: string;
  readonly limit: Limit;
}

/** Secrets that people type. */
const typed: readonly Guessable[] = ['password', 'temporary-access-pass', 'totp'];

/** The table of limits as it is read: what is typed has the same limits, each counted by itself. */
const everyLimit: readonly TableRow[] = limitedThings
  .filter((what) => !typed.some((each) => each === what) || what === typed[0])
  .flatMap((what) =>
    limits[what].map((limit) => ({
      what: what === typed[0] ? 'Password, pass or app code' : limitedWords[what],
      limit,
    })),
  );

const tableColumns: Column<TableRow>[] = [
  { key: 'what', title: 'What', cell: ({ what }) => what },
  { key: 'by', title: 'Counted by', cell: ({ limit }) => countedByWords[limit.by] },
  {
    key: 'often',
    title: 'How often',
    width: 'tight',
    cell: ({ limit }) => (
      <span className="figures whitespace-nowrap">
        {limit.attempts} in {windowWords(limit.windowMs)}
      </span>
    ),
  },
  {
    key: 'source',
    title: 'Why',
    width: 'wide',
    cell: ({ limit }) => <span className="text-ink-soft">{limit.source}</span>,
  },
];

export default async function LimitsPage() {
  const { runtime, caller } = await administratorPage();
  const { person: actor } = caller.session;
  const reached = await listReachedLimits(runtime);
  const people = await namesOf(
    runtime,
    reached.flatMap(({ userId }) => userId ?? []),
  );
  const clears = mayAdminister(actor.roles, 'manage_methods');
  const whom = ({ userId, address: from }: ReachedLimit) =>
    (userId === null ? undefined : people.get(userId)?.displayName) ?? from ?? 'a name that nobody has';

  const columns: Column<ReachedLimit>[] = [
    {
      key: 'who',
      title: 'Who',
      cell: (row) => {
        const person = row.userId === null ? undefined : people.get(row.userId);
        if (row.userId !== null && person !== undefined) {
          return (
            <Link href={address('/admin/people', { person: row.userId })} className="link">
              <NameLines name={person.displayName} upn={person.upn} />
            </Link>
          );
        }
        return row.by === 'address' ? (
          <span className="figures wrap-anywhere">{row.address}</span>
        ) : (
          <Term explains="The typed name is in no account. It is not kept: it may be a password in the wrong field.">
            A name that nobody has
          </Term>
        );
      },
    },
    {
      key: 'from',
      title: 'From',
      cell: (row) => <span className="figures wrap-anywhere">{row.address ?? 'Everywhere together'}</span>,
    },
    {
      key: 'what',
      title: 'At what',
      cell: (row) => (
        <span className="flex flex-col">
          <span>{limitedWords[row.what]}</span>
          <span className="text-12 text-ink-soft">{countedByWords[row.by]}</span>
        </span>
      ),
    },
    {
      key: 'attempts',
      title: 'Attempts',
      width: 'tight',
      cell: (row) => {
        const refused = row.count - row.attempts;
        return (
          <span className="flex flex-col">
            <span className="figures">
              {Math.min(row.count, row.attempts)} of {row.attempts}
            </span>
            <span className="figures text-12 text-ink-soft">
              {refused === 0
                ? 'none refused yet'
                : row.by === 'name'
                  ? `${refused} slowed`
                  : `${refused} refused`}
            </span>
          </span>
        );
      },
    },
    { key: 'ends', title: 'Until', width: 'tight', cell: (row) => <Ends at={row.endsAt.toISOString()} /> },
    ...(clears
      ? [
          {
            key: 'clear',
            title: '',
            width: 'tight' as const,
            cell: (row: ReachedLimit) =>
              row.userId === actor.id ? (
                <span className="text-12 text-ink-soft">Another administrator clears yours</span>
              ) : (
                <Act
                  trigger={{ label: 'Clear', size: 'small', icon: <Eraser size={16} /> }}
                  title={`Clear the limit of ${whom(row)}?`}
                  confirmLabel="Clear 1 limit"
                  pendingLabel="Clearing"
                  tone="primary"
                  action={clearLimit}
                  input={{ key: row.key }}
                  done={`The limit of ${whom(row)} is cleared.`}
                >
                  <p>
                    {limitedWords[row.what]} can be tried again at once
                    {row.address === null ? '' : ` from ${row.address}`}, {row.attempts} more times. Counting
                    goes on from zero.
                  </p>
                  <p>If you don't know who tried, leave it: the wait ends by itself.</p>
                </Act>
              ),
          },
        ]
      : []),
  ];

  return (
    <AdminPage title="Limits" purpose={PURPOSE}>
      <Outcomes>
        <DataTable
          caption="Limits that are reached now"
          columns={columns}
          rows={reached}
          rowKey={({ key }) => key}
          empty={
            <EmptyState icon={<TimerOff size={32} />} title="Nobody waits">
              Whoever tries too often is listed here until their wait is over. Keys cannot be guessed, and
              their owners are not stopped.
            </EmptyState>
          }
          foot={`${counted(reached.length, 'limit')} reached now.`}
        />
      </Outcomes>
      <Section
        title="Every limit"
        note="Counted in the store, for all instances together. IPv6 addresses count by their network (/64). Each row is counted apart, so that what is guessed here never closes another way in."
      >
        <DataTable
          caption="Every limit with its numbers"
          columns={tableColumns}
          rows={everyLimit}
          rowKey={({ what, limit }) => `${what} ${limit.by}`}
        />
      </Section>
    </AdminPage>
  );
}
