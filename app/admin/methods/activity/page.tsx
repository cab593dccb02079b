import { ArrowLeft, Check, Download, Minus } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { type MethodName, methods } from '#domain/methods';
import {
  type RegistrationEventLine,
  type RegistrationReport,
  reportWindowNames,
  reportWindows,
  type UserRegistrationDetails,
} from '#domain/methods-report';
import { later } from '#domain/time';
import {
  countDetails,
  listRegistrationDetails,
  listRegistrationEvents,
  readRegistrationReport,
} from '#server/methods-report';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink, buttonLook } from '#ui/button';
import { Section } from '#ui/card';
import { FilterChips } from '#ui/chip';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { PageFoot } from '#ui/page-foot';
import { SearchForm } from '#ui/search-form';
import { StatTile } from '#ui/stat-tile';
import { Time } from '#ui/time';
import { address, asked, askedOf, type SearchParams } from '../../address.ts';
import { NameLines } from '../../name-lines.tsx';
import { counted } from '../../words.ts';
import { PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Registration and activity' };

const SHOWN = 25;
const HERE = '/admin/methods/activity';
const people = (count: number) => counted(count, 'person', 'people');

export default async function MethodsActivityPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await administratorPage();
  const params = await searchParams;
  const window = askedOf(params, 'window', reportWindowNames) ?? '7d';
  const q = asked(params, 'q');
  const page = Math.min(Math.max(Number.parseInt(asked(params, 'page') ?? '1', 10) || 1, 1), 100_000);
  const at = (change: Readonly<Record<string, string | undefined>> = {}) =>
    address(HERE, { window: window === '7d' ? undefined : window, q, ...change });
  const since = later(runtime.clock.now(), -reportWindows[window].lengthMs);
  const [report, list, events] = await Promise.all([
    readRegistrationReport(runtime, window),
    listRegistrationDetails(runtime, { search: q, skip: (page - 1) * SHOWN, take: SHOWN }),
    listRegistrationEvents(runtime, since, { take: SHOWN }),
  ]);
  const total = q === undefined ? report.users : await countDetails(runtime, list.where);
  return (
    <AdminPage
      title="Registration and activity"
      purpose={PURPOSE}
      back={
        <Link href={'/admin/methods' as Route} className="link inline-flex items-center gap-1">
          <ArrowLeft size={14} aria-hidden />
          Methods
        </Link>
      }
    >
      <div className="flex flex-col gap-10">
        <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
          <StatTile
            label="Capable of MFA"
            value={report.mfaCapable}
            unit={`of ${report.users}`}
            detail="have two factors that policy lets them use"
          />
          <StatTile
            label="Registered for MFA"
            value={report.mfaRegistered}
            unit={`of ${report.users}`}
            detail="whatever policy says"
          />
          <StatTile
            label="Capable of passwordless"
            value={report.passwordlessCapable}
            unit={`of ${report.users}`}
            detail="have a key that lets them in now"
          />
          <StatTile
            label="Registered for passwordless"
            value={report.passwordlessRegistered}
            unit={`of ${report.users}`}
            detail="have a key, whatever policy says"
          />
        </div>

        <Section
          title="By method"
          note="Enabled accounts. Registrations and failures are of the time that is chosen."
          action={
            <a href={`/api/methods/registration?window=${window}`} className={buttonLook({ size: 'small' })}>
              <Download size={16} />
              <span>As JSON</span>
            </a>
          }
        >
          <div className="flex flex-col gap-4">
            <FilterChips
              label="How far back"
              chips={reportWindowNames.map((name) => ({
                href: at({ window: name === '7d' ? undefined : name }),
                label: reportWindows[name].title,
                current: name === window,
              }))}
            />
            <DataTable
              caption="People and registrations by method"
              columns={methodColumns}
              rows={report.methods}
              rowKey={({ method }) => method}
            />
          </div>
        </Section>

        <Section
          title="User registration details"
          note="As it was when this page was made."
          action={<Downloads name="registration-details" />}
        >
          <div className="flex flex-col gap-4">
            <SearchForm
              action={HERE as Route}
              label="Find a person"
              placeholder="Name or account"
              words={q}
              kept={{ window: window === '7d' ? undefined : window }}
            />
            <DataTable
              caption="People with the methods that they registered"
              columns={personColumns}
              rows={list.people}
              rowKey={({ id }) => id}
              rowHref={({ id, userPrincipalName }) =>
                address('/admin/people', { q: userPrincipalName, person: id })
              }
              empty={
                <EmptyState
                  title="Nobody fits this search"
                  action={<ButtonLink href={at({ q: undefined })}>Show all</ButtonLink>}
                />
              }
              foot={
                <PageFoot
                  page={page}
                  size={SHOWN}
                  here={list.people.length}
                  total={total}
                  words={people}
                  href={(number) => at({ page: String(number) })}
                />
              }
            />
          </div>
        </Section>

        <Section
          title="Registrations"
          note={`${reportWindows[window].title}, the latest ${SHOWN}. The files have all of them.`}
          action={<Downloads name="registration-events" window={window} />}
        >
          <DataTable
            caption="Registrations, the latest first"
            columns={eventColumns}
            rows={events}
            rowKey={({ id }) => id}
            rowHref={({ id }) => address('/admin/events', { event: id })}
            empty={
              <EmptyState title="Nothing was registered in this time">
                Keys, apps and phones that people register show here, and what went wrong.
              </EmptyState>
            }
          />
        </Section>
      </div>
    </AdminPage>
  );
}

function Downloads({ name, window }: { name: string; window?: string }) {
  return (
    <div className="flex flex-wrap gap-2">
      {(['csv', 'json'] as const).map((format) => (
        <a
          key={format}
          href={`/api/methods/${name}?${new URLSearchParams({ format, ...(window && { window }) })}`}
          download
          className={buttonLook({ size: 'small' })}
        >
          <Download size={16} />
          <span>{format.toUpperCase()}</span>
        </a>
      ))}
    </div>
  );
}

const titleOf = (method: MethodName) => methods[method].title;

type MethodRow = RegistrationReport['methods'][number];
const number = (key: Exclude<keyof MethodRow, 'method'>, title: string): Column<MethodRow> => ({
  key,
  title,
  align: 'end',
  width: 'tight',
  cell: (row) => <span className="figures">{row[key]}</span>,
});
const methodColumns: readonly Column<MethodRow>[] = [
  { key: 'method', title: 'Method', cell: ({ method }) => titleOf(method) },
  number('registered', 'Registered'),
  number('capable', 'Capable'),
  number('succeeded', 'Registrations'),
  number('failed', 'Failures'),
];

function YesNo({ yes }: { yes: boolean }) {
  return (
    <Badge tone={yes ? 'success' : 'neutral'} icon={yes ? <Check size={12} /> : <Minus size={12} />}>
      {yes ? 'Yes' : 'No'}
    </Badge>
  );
}

const personColumns: readonly Column<UserRegistrationDetails>[] = [
  {
    key: 'person',
    title: 'Person',
    width: 'wide',
    cell: ({ userDisplayName, userPrincipalName }) => (
      <NameLines name={userDisplayName} upn={userPrincipalName} />
    ),
  },
  {
    key: 'mfa',
    title: 'MFA capable',
    width: 'tight',
    cell: ({ isMfaCapable }) => <YesNo yes={isMfaCapable} />,
  },
  {
    key: 'passwordless',
    title: 'Passwordless capable',
    width: 'tight',
    cell: ({ isPasswordlessCapable }) => <YesNo yes={isPasswordlessCapable} />,
  },
  {
    key: 'methods',
    title: 'Methods registered',
    cell: ({ methodsRegistered }) =>
      methodsRegistered.length === 0 ? (
        <span className="text-ink-soft">None</span>
      ) : (
        methodsRegistered.map(titleOf).join(', ')
      ),
  },
  {
    key: 'updated',
    title: 'Last updated',
    width: 'tight',
    extra: true,
    cell: ({ lastUpdatedDateTime }) => <Time at={lastUpdatedDateTime} />,
  },
];

const eventColumns: readonly Column<RegistrationEventLine>[] = [
  {
    key: 'when',
    title: 'When',
    width: 'tight',
    cell: ({ activityDateTime }) => <Time at={activityDateTime} />,
  },
  {
    key: 'person',
    title: 'Person',
    cell: ({ userDisplayName }) => userDisplayName ?? <span className="text-ink-soft">Nobody known</span>,
  },
  { key: 'method', title: 'Method', cell: ({ method }) => titleOf(method) },
  {
    key: 'status',
    title: 'Status',
    width: 'tight',
    cell: ({ isSuccess }) => (
      <Badge tone={isSuccess ? 'success' : 'danger'}>{isSuccess ? 'Registered' : 'Failed'}</Badge>
    ),
  },
  { key: 'reason', title: 'Reason', cell: ({ reason }) => reason ?? '-' },
];
