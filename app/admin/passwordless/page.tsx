import {
  CircleCheck,
  CircleHelp,
  Download,
  Eye,
  EyeOff,
  ShieldBan,
  TriangleAlert,
  UserSearch,
} from 'lucide-react';
import type { Metadata } from 'next';
import { Fragment } from 'react';
import { mayAdminister } from '#domain/identity';
import {
  idsOf,
  isLockedOut,
  lockedOutReadinesses,
  passwordlessTargets,
  type Readiness,
  readinesses,
  readinessWords,
} from '#domain/passwordless';
import type { Verdict } from '#domain/prerequisites';
import { listGroups } from '#server/group';
import { findEnabledUser } from '#server/identity';
import { administratorPage } from '#server/page';
import { readPasswordless } from '#server/passwordless';
import { readAdvice } from '#server/passwordless-advice';
import {
  dryRun,
  type GroupReadiness,
  listReadiness,
  type PersonReadiness,
} from '#server/passwordless-dry-run';
import { isInScope, passwordlessPolicy } from '#server/passwordless-policy';
import { readPublished } from '#server/policy-source';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink, buttonLook } from '#ui/button';
import { Card, Section } from '#ui/card';
import { FilterChips } from '#ui/chip';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { PageFoot } from '#ui/page-foot';
import { SearchForm } from '#ui/search-form';
import { address, asked, askedOf, type SearchParams } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { GroupChips } from '../policy/groups-form.tsx';
import { SourceLink } from '../policy/source-link.tsx';
import { counted } from '../words.ts';
import { SwitchForm } from './switch-form.tsx';
import { TargetsForm } from './targets-form.tsx';
import { modeTitles, PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Passwordless' };

const SHOWN = 25;

const modeIcons = { off: Eye, hide: EyeOff, refuse: ShieldBan } as const;

const people = (count: number) => counted(count, 'person', 'people');

/** A list of groups in an address; the one that applies where it says nothing, or nothing that can be read. */
function listed(params: SearchParams, name: string, applies: readonly string[]): readonly string[] {
  const written = params[name];
  if (typeof written !== 'string') return applies;
  return idsOf(written === 'none' ? '' : written);
}

export default async function PasswordlessPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const params = await searchParams;
  const now = await readPasswordless(runtime.db);
  const wanted = passwordlessTargets.safeParse({
    include: listed(params, 'include', now.include),
    exclude: listed(params, 'exclude', now.exclude),
  });
  const { include, exclude } = wanted.success
    ? wanted.data
    : { include: [...now.include], exclude: [...now.exclude] };
  const same = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join();
  const draft = !same(include, now.include) || !same(exclude, now.exclude);
  const targets = { include, exclude };
  const inAddress = draft
    ? { include: include.join(',') || 'none', exclude: exclude.join(',') || 'none' }
    : { include: undefined, exclude: undefined };

  const filter = {
    show: askedOf(params, 'show', readinesses),
    q: asked(params, 'q'),
    page: asked(params, 'page'),
  };
  const page = Math.min(Math.max(Number.parseInt(filter.page ?? '1', 10) || 1, 1), 100_000);
  const at = (change: Partial<Record<keyof typeof filter, string | undefined>> = {}) =>
    address('/admin/passwordless', { ...inAddress, ...filter, page: undefined, ...change });

  const [run, list, advice, groups] = await Promise.all([
    dryRun(runtime, targets),
    listReadiness(runtime, targets, {
      readiness: filter.show,
      search: filter.q,
      skip: (page - 1) * SHOWN,
      take: SHOWN,
    }),
    readAdvice(runtime, targets),
    listGroups(runtime),
  ]);
  const bySource = (await readPublished(runtime.db, runtime)).filter(({ document }) =>
    document.values.some(({ name }) => name === 'EnablePasswordlessExperience'),
  );
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const ownSessionEnds =
    caller.session.method === 'password' &&
    (await isInScope(
      runtime.db,
      passwordlessPolicy('refuse', targets),
      await findEnabledUser(runtime.db, caller.session.userId),
    ));
  const ModeIcon = modeIcons[now.mode];
  const exported = new URLSearchParams({ include: include.join(','), exclude: exclude.join(',') });

  return (
    <AdminPage title="Passwordless" purpose={PURPOSE}>
      <div className="flex flex-col gap-10">
        <div className="grid gap-6 xl:grid-cols-[2fr_3fr]">
          <Card>
            <div className="flex h-full flex-col justify-between gap-6">
              <div className="flex flex-col gap-2">
                <p className="text-14 text-ink-soft">Now</p>
                <h2 className="flex items-center gap-3 text-28 font-semibold tracking-[-0.015em]">
                  <ModeIcon size={28} className="shrink-0 text-accent-ink" />
                  {modeTitles[now.mode]}
                </h2>
                <p className="max-w-line text-14 text-ink-soft">
                  {now.mode === 'off'
                    ? 'The organisation hides nothing and refuses nothing.'
                    : now.mode === 'hide'
                      ? 'People in scope who came in with their key meet none. They still work under “Other user”.'
                      : 'The server accepts none of people in scope, whatever program asks.'}
                </p>
                {bySource.length > 0 ? (
                  <p className="max-w-line text-14 text-ink-soft">
                    On the devices that they are for, these decide what is hidden:{' '}
                    {bySource.map((source, at) => (
                      <Fragment key={source.id}>
                        {at > 0 ? ', ' : null}
                        <SourceLink source={{ ...source, name: source.document.name }} />
                      </Fragment>
                    ))}
                    .
                  </p>
                ) : null}
              </div>
              <div className="flex flex-col gap-4 border-line border-t pt-5">
                <div className="flex flex-wrap items-center justify-between gap-3">
                  <h3 className="text-16 font-semibold">Who the dry run is for</h3>
                  <TargetsForm
                    key={`${include} ${exclude}`}
                    include={include}
                    exclude={exclude}
                    groups={groups}
                  />
                </div>
                <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-3 text-14">
                  <dt className="text-ink-soft">In scope</dt>
                  <dd>
                    <GroupChips chosen={include} groups={groups} />
                  </dd>
                  <dt className="text-ink-soft">Keep it</dt>
                  <dd className="flex flex-wrap items-center gap-1.5">
                    {exclude.length > 0 ? <GroupChips chosen={exclude} groups={groups} /> : null}
                    <Badge>Break-glass accounts</Badge>
                  </dd>
                </dl>
                {draft ? (
                  <p className="text-14 text-ink-soft">
                    This is not what applies. Nothing changes until you switch.{' '}
                    <a href="/admin/passwordless" className="link">
                      Back to what applies
                    </a>
                  </p>
                ) : null}
              </div>
            </div>
          </Card>
          <Card>
            <Headline run={run} applies={now.mode === 'refuse' && !draft} />
          </Card>
        </div>

        <Section
          title="Group by group"
          note="People in scope. Who is in two groups counts in both."
          action={
            <a
              href={`/api/passwordless/export?${exported}`}
              download
              className={buttonLook({ size: 'small' })}
            >
              <Download size={16} />
              <span>Export everybody as CSV</span>
            </a>
          }
        >
          <DataTable
            caption="How ready each group is"
            columns={groupColumns}
            rows={run.groups}
            rowKey={({ id }) => id ?? 'none'}
            empty={
              <EmptyState title="Nobody is in scope">
                Choose everybody, or groups that have members.
              </EmptyState>
            }
          />
        </Section>

        <Section
          title={
            run.lockedOut === 0
              ? 'Nobody needs help first'
              : `${people(run.lockedOut)} need help first`.replace(/^1 person need/, '1 person needs')
          }
          note={
            now.mode === 'refuse' && !draft
              ? 'Refusing passwords took their only lasting way in. Each line says what helps.'
              : 'Refusing passwords would take their only lasting way in. Each line says what helps.'
          }
        >
          <div className="flex flex-col gap-4">
            <FilterChips
              label="Why"
              chips={[
                {
                  href: at({ show: undefined }),
                  label: 'All who need help',
                  count: run.lockedOut,
                  current: filter.show === undefined,
                },
                ...[...lockedOutReadinesses, 'no_password' as const, 'disabled' as const, 'ready' as const]
                  .filter((each) => run.counts[each] > 0 || filter.show === each)
                  .map((each: Readiness) => ({
                    href: at({ show: each }),
                    label: readinessWords[each].title,
                    count: run.counts[each],
                    current: filter.show === each,
                  })),
              ]}
            />
            {list.total > SHOWN || filter.q !== undefined ? (
              <SearchForm
                action="/admin/passwordless"
                label="Find a person"
                placeholder="Name or account"
                words={filter.q}
                kept={{ ...inAddress, show: filter.show }}
              />
            ) : null}
            <DataTable
              caption="People and what helps them"
              columns={personColumns}
              rows={list.people}
              rowKey={({ id }) => id}
              rowHref={({ id, upn }) => address('/admin/people', { q: upn, person: id })}
              empty={
                filter.q === undefined && filter.show === undefined ? (
                  <EmptyState
                    icon={<CircleCheck size={32} />}
                    title={
                      run.concerned === 0
                        ? 'Nobody here has a password'
                        : 'Everybody in scope has a key that works'
                    }
                  >
                    {run.concerned === 0
                      ? 'There is nothing that could be taken away.'
                      : 'Refusing passwords locks nobody out.'}
                  </EmptyState>
                ) : (
                  <EmptyState
                    icon={<UserSearch size={32} />}
                    title="Nobody fits this search"
                    action={<ButtonLink href={at({ q: undefined, show: undefined })}>Show all</ButtonLink>}
                  />
                )
              }
              foot={
                <PageFoot
                  page={page}
                  size={SHOWN}
                  here={list.people.length}
                  total={list.total}
                  words={people}
                  href={(number) => at({ page: String(number) })}
                />
              }
            />
          </div>
        </Section>

        <Section
          title="The switch"
          note="Two administrators cannot overwrite each other: the later one is told."
        >
          {manages ? (
            <Card>
              <SwitchForm
                mode={now.mode}
                draft={draft}
                include={include}
                exclude={exclude}
                // The version that was read before anything else here: what came later is not overwritten.
                policyVersion={now.policyVersion}
                ready={run.counts.ready}
                lockedOut={run.lockedOut}
                passwordSessions={run.passwordSessions}
                ownSessionEnds={ownSessionEnds}
              />
            </Card>
          ) : (
            <Notice tone="info" live="none" title="You can look, not switch">
              Passwordless mode is switched by a Global Administrator.
            </Notice>
          )}
        </Section>

        <div className="grid gap-x-6 gap-y-10 xl:grid-cols-2">
          <Section title="Before you switch" note="What to have in place, and where you stand.">
            <Card flush>
              <ul className="divide-y divide-line">
                {advice.map(({ key, title, detail, verdict }) => (
                  <li key={key} className="flex gap-3 p-4">
                    <VerdictIcon verdict={verdict} />
                    <div className="flex min-w-0 flex-col gap-0.5">
                      <p className="text-14 font-semibold">
                        {title}
                        <span className="sr-only">: {verdictNames[verdict]}</span>
                      </p>
                      <p className="max-w-line text-14 text-ink-soft">{detail}</p>
                    </div>
                  </li>
                ))}
              </ul>
            </Card>
          </Section>
          <Section title="What each one does" note="And what only Windows itself can do.">
            <Card flush>
              <ul className="divide-y divide-line text-14">
                {effects.map(({ title, text }) => (
                  <li key={title} className="flex flex-col gap-1 p-4">
                    <h3 className="font-semibold">{title}</h3>
                    <p className="max-w-line text-ink-soft">{text}</p>
                  </li>
                ))}
              </ul>
            </Card>
          </Section>
        </div>
      </div>
    </AdminPage>
  );
}

/** The one number: how many of those concerned can do without. */
function Headline({ run, applies }: { run: Awaited<ReturnType<typeof dryRun>>; applies: boolean }) {
  const { counts, lockedOut, concerned, kept } = run;
  const rest = [
    { label: 'not started', count: counts.no_password, why: 'no password and no key' },
    { label: 'disabled', count: counts.disabled, why: 'the account is disabled' },
    { label: 'break-glass', count: kept.breakGlass, why: 'always keeps the password' },
    { label: 'out of scope', count: kept.excluded + kept.notIncluded, why: 'by their groups' },
  ].filter(({ count }) => count > 0);
  return (
    <div className="flex h-full flex-col justify-between gap-6">
      <div className="flex flex-col gap-1">
        <p className="text-14 text-ink-soft">Dry run</p>
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="figures text-[4rem] leading-none font-semibold tracking-[-0.03em]">
            {counts.ready}
          </span>
          <span className="text-20">of {people(concerned)} can do without a password</span>
        </p>
      </div>
      <div className="flex flex-col gap-3">
        <Bar ready={counts.ready} lockedOut={lockedOut} notStarted={0} height={28} />
        <ul className="flex flex-wrap gap-x-8 gap-y-2 text-14">
          <li className="flex items-center gap-2">
            <Dot className="fill-series-1" />
            <span className="figures font-semibold">{counts.ready}</span> ready, with a key that works
          </li>
          <li className="flex items-center gap-2">
            <Dot className="fill-warning" />
            <span className="figures font-semibold">{lockedOut}</span>{' '}
            {applies ? 'locked out now' : 'would be locked out by refusing'}
          </li>
        </ul>
      </div>
      <div className="border-line border-t pt-4 text-14 text-ink-soft">
        {rest.length === 0 ? (
          'Everybody in the directory is counted.'
        ) : (
          <ul aria-label="Not counted" className="flex flex-wrap gap-x-6 gap-y-1">
            <li>Not counted:</li>
            {rest.map(({ label, count, why }) => (
              <li key={label} title={why}>
                <span className="figures text-ink">{count}</span> {label}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function Dot({ className }: { className: string }) {
  return (
    <svg width="12" height="12" aria-hidden="true" className="shrink-0">
      <rect x="1" y="1" width="10" height="10" rx="3" className={className} />
    </svg>
  );
}

/** Ready, locked out and not started, as parts of one bar. The numbers stand beside it. */
function Bar({
  ready,
  lockedOut,
  notStarted,
  height = 12,
}: {
  ready: number;
  lockedOut: number;
  notStarted: number;
  height?: number;
}) {
  const all = ready + lockedOut + notStarted;
  const share = (count: number) => (all === 0 ? 0 : (count / all) * 100);
  const gap = ready > 0 && lockedOut > 0 ? 2 : 0;
  return (
    <svg aria-hidden="true" width="100%" height={height} className="overflow-hidden rounded-tick">
      <rect width="100%" height="100%" className="fill-sunken" />
      <rect width={`${share(ready)}%`} height="100%" className="fill-series-1" />
      <svg aria-hidden="true" x={`${share(ready)}%`} width={`${share(lockedOut)}%`} height="100%">
        <rect width="100%" height="100%" className="fill-warning" />
        <rect width={gap} height="100%" className="fill-surface" />
      </svg>
    </svg>
  );
}

const groupColumns: Column<GroupReadiness>[] = [
  { key: 'group', title: 'Group', cell: ({ name }) => name },
  {
    key: 'bar',
    title: 'Share',
    width: 'wide',
    cell: (group) => (
      <span className="block w-40 @2xl:w-full">
        <Bar {...group} />
      </span>
    ),
  },
  { key: 'ready', title: 'Ready', align: 'end', width: 'tight', cell: ({ ready }) => ready },
  {
    key: 'out',
    title: 'Would be locked out',
    align: 'end',
    width: 'tight',
    cell: ({ lockedOut }) =>
      lockedOut === 0 ? (
        <span className="text-ink-soft">0</span>
      ) : (
        <span className="font-semibold text-warning-ink">{lockedOut}</span>
      ),
  },
  {
    key: 'none',
    title: 'Not started',
    align: 'end',
    width: 'tight',
    cell: ({ notStarted }) => <span className="text-ink-soft">{notStarted}</span>,
  },
];

const personColumns: Column<PersonReadiness>[] = [
  {
    key: 'person',
    title: 'Person',
    cell: ({ displayName, upn }) => <NameLines name={displayName} upn={upn} />,
  },
  {
    key: 'groups',
    title: 'Groups',
    extra: true,
    cell: ({ groups }) => (
      <span className="text-ink-soft">
        {groups.filter((name) => name !== 'Everyone').join(', ') || groups.join(', ') || '–'}
      </span>
    ),
  },
  {
    key: 'why',
    title: 'Why',
    cell: ({ readiness }) => (
      <span className="flex flex-col items-end gap-1 @2xl:items-start">
        <Badge
          tone={isLockedOut(readiness) ? 'warning' : readiness === 'ready' ? 'success' : 'neutral'}
          icon={
            isLockedOut(readiness) ? (
              <TriangleAlert size={12} />
            ) : readiness === 'ready' ? (
              <CircleCheck size={12} />
            ) : undefined
          }
        >
          {readinessWords[readiness].title}
        </Badge>
        <span className="text-12 text-ink-soft">{readinessWords[readiness].why}</span>
      </span>
    ),
  },
  {
    key: 'next',
    title: 'What helps',
    width: 'wide',
    cell: ({ readiness }) => readinessWords[readiness].next,
  },
];

const verdictNames: Readonly<Record<Verdict, string>> = {
  yes: 'in place',
  no: 'not in place',
  not_tested: 'not tested from here',
};

function VerdictIcon({ verdict }: { verdict: Verdict }) {
  const look = 'mt-0.5 shrink-0';
  if (verdict === 'yes') return <CircleCheck size={20} className={`${look} text-success-ink`} />;
  if (verdict === 'no') return <TriangleAlert size={20} className={`${look} text-warning-ink`} />;
  return <CircleHelp size={20} className={`${look} text-ink-soft`} />;
}

const effects: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: 'Hide, in Latchkey',
    text: 'In a browser whose last person is in scope and came in with a key, there is no password on sign-in, on the lock, where something is confirmed or in Security info. “Other user” keeps it, so that a typed name tells nothing. It changes habits and prevents nothing.',
  },
  {
    title: 'Refuse, in Latchkey',
    text: 'The server takes no password of people in scope, and none with a code: not to sign in, unlock, confirm or change it. It answers as to a wrong one; the event log says why. Sessions that began with one end.',
  },
  {
    title: 'What Windows does by itself',
    text: 'EnablePasswordlessExperience hides the password tile for the last person, the password in dialogs and “Change password”. It needs Windows 11 22H2 with KB5030310 or newer, a device joined to Entra and managed by MDM, and a Hello or FIDO2 key. Hybrid and domain joined devices are out of scope. Latchkey does not set it on devices: do that in your device management.',
  },
  {
    title: 'What stays everywhere',
    text: 'The password itself: neither of the two deletes it. Break-glass accounts keep theirs, and off gives everything back at once.',
  },
];
