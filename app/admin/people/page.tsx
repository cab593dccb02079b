import {
  Ban,
  CircleCheck,
  Fingerprint,
  Hourglass,
  KeyRound,
  ShieldAlert,
  Siren,
  TriangleAlert,
  UserSearch,
} from 'lucide-react';
import type { Metadata } from 'next';
import { roles } from '#domain/identity';
import { listGroups } from '#server/group';
import { listPeople, type PersonSummary, type Standing, standings, standingsAmong } from '#server/identity';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { FilterChips } from '#ui/chip';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { SearchForm } from '#ui/search-form';
import { address, asked, askedOf, type SearchParams } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { counted } from '../words.ts';
import { PersonPanel } from './person-panel.tsx';

export const metadata: Metadata = { title: 'People' };

const SHOWN = 100;
const GROUPS_SHOWN = 16;

const standingWords: Readonly<Record<Standing, string>> = {
  ready: 'Ready',
  password_only: 'Only a password',
  pass_open: 'Pass open',
  quarantined: 'Key quarantined',
};

export default async function PeoplePage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const params = await searchParams;
  const filter = {
    q: asked(params, 'q'),
    group: asked(params, 'group'),
    standing: askedOf(params, 'standing', standings),
    order: askedOf(params, 'order', ['desc'] as const),
  };
  const open = asked(params, 'person');
  const at = (change: Partial<Record<keyof typeof filter | 'person', string | undefined>> = {}) =>
    address('/admin/people', { ...filter, ...change });

  const [found, groups] = await Promise.all([
    listPeople(runtime, {
      search: filter.q,
      group: filter.group,
      standing: filter.standing,
      order: filter.order,
      limit: SHOWN + 1,
    }),
    listGroups(runtime, { take: GROUPS_SHOWN }),
  ]);
  const people = found.slice(0, SHOWN);
  const among = await standingsAmong(
    runtime,
    people.map(({ id }) => id),
  );
  const filtered = (filter.q ?? filter.group ?? filter.standing) !== undefined;

  const columns: Column<PersonSummary>[] = [
    {
      key: 'person',
      title: 'Person',
      sort: {
        href: at({ order: filter.order === 'desc' ? undefined : 'desc', person: open }),
        direction: filter.order === 'desc' ? 'descending' : 'ascending',
      },
      cell: (person) => (
        <NameLines name={person.displayName} upn={person.upn}>
          {person.sample ? <span className="text-12 font-normal text-ink-soft">sample</span> : null}
          {person.breakGlass ? <BreakGlass /> : null}
        </NameLines>
      ),
    },
    {
      key: 'title',
      title: 'Title',
      extra: true,
      cell: (person) => (
        <span className="flex flex-col">
          <span>{person.jobTitle || '–'}</span>
          {person.roles.map((role) => (
            <span key={role} className="text-12 text-accent-ink">
              {roles[role]}
            </span>
          ))}
        </span>
      ),
    },
    {
      key: 'groups',
      title: 'Groups',
      extra: true,
      cell: (person) =>
        person.groups.filter((name) => name !== 'Everyone').join(', ') || person.groups.join(', ') || '–',
    },
    {
      key: 'methods',
      title: 'Ways to sign in',
      cell: (person) => <Methods person={person} passOpen={among.pass_open.has(person.id)} />,
    },
    { key: 'devices', title: 'Devices', align: 'end', width: 'tight', cell: (person) => person.devices },
    {
      key: 'state',
      title: 'State',
      width: 'tight',
      cell: (person) => <State person={person} among={among} />,
    },
  ];

  return (
    <AdminPage
      title="People"
      purpose="Who signs in with what, and the help they need to get there."
      filters={
        <div className="flex w-full flex-col gap-4">
          <SearchForm
            action="/admin/people"
            label="Find a person"
            placeholder="Name or account"
            words={filter.q}
            kept={{ group: filter.group, standing: filter.standing }}
          />
          <FilterChips
            label="How far people are"
            chips={[
              { href: at({ standing: undefined }), label: 'All', current: filter.standing === undefined },
              ...standings.map((standing) => ({
                href: at({ standing }),
                label: standingWords[standing],
                current: filter.standing === standing,
              })),
            ]}
          />
          <FilterChips
            label="Groups"
            chips={[
              { href: at({ group: undefined }), label: 'All groups', current: filter.group === undefined },
              ...groups.map((group) => ({
                href: at({ group: group.name }),
                label: <span className="max-w-64 truncate">{group.name}</span>,
                // With groups in it, more people are shown than are in it directly.
                count: group.groups === 0 ? group.members : undefined,
                current: filter.group === group.name,
              })),
            ]}
          />
        </div>
      }
      panel={
        open === undefined ? null : (
          <PersonPanel
            key={open}
            runtime={runtime}
            actor={caller.session.person}
            id={open}
            closeHref={at()}
          />
        )
      }
    >
      <DataTable
        caption="People with their ways to sign in"
        columns={columns}
        rows={people}
        rowKey={(person) => person.id}
        rowHref={(person) => at({ person: person.id })}
        current={open}
        empty={
          <EmptyState
            icon={<UserSearch size={32} />}
            title={
              filtered ? 'Nobody fits this search' : 'The people of your organisation will be listed here'
            }
            action={
              filtered ? <ButtonLink href={address('/admin/people')}>Show everybody</ButtonLink> : undefined
            }
          >
            {filtered ? (
              'Names and accounts are searched. Try fewer letters, or another group.'
            ) : (
              <>
                Add the first with <code className="font-mono">npm run admin -- user add</code> on the server.
              </>
            )}
          </EmptyState>
        }
        foot={
          found.length > SHOWN
            ? `The first ${SHOWN} by name. Search or choose a group to see others.`
            : counted(people.length, 'person', 'people')
        }
      />
    </AdminPage>
  );
}

function BreakGlass() {
  return (
    <Badge tone="warning" icon={<Siren size={12} />}>
      Break-glass
    </Badge>
  );
}

function Methods({ person, passOpen }: { person: PersonSummary; passOpen: boolean }) {
  if (person.helloKeys + person.passkeys === 0 && !person.hasPassword && !passOpen) {
    return <span className="text-ink-soft">None</span>;
  }
  return (
    <span className="inline-flex flex-wrap gap-1 @2xl:justify-start justify-end @4xl:flex-nowrap">
      {person.helloKeys > 0 ? (
        <Badge tone="accent" icon={<Fingerprint size={12} />}>
          Hello{person.helloKeys > 1 ? ` × ${person.helloKeys}` : ''}
        </Badge>
      ) : null}
      {person.passkeys > 0 ? (
        <Badge tone="accent" icon={<KeyRound size={12} />}>
          {person.passkeys === 1 ? 'Passkey' : `Passkeys × ${person.passkeys}`}
        </Badge>
      ) : null}
      {passOpen ? (
        <Badge tone="info" icon={<Hourglass size={12} />}>
          Pass
        </Badge>
      ) : null}
      {person.hasPassword ? (
        <Badge>{person.authenticatorApps > 0 ? 'Password and code' : 'Password'}</Badge>
      ) : null}
    </span>
  );
}

function State({
  person,
  among,
}: {
  person: PersonSummary;
  among: Awaited<ReturnType<typeof standingsAmong>>;
}) {
  if (person.disabledAt !== null) return <Badge icon={<Ban size={12} />}>Disabled</Badge>;
  if (among.quarantined.has(person.id)) {
    return (
      <Badge tone="danger" icon={<ShieldAlert size={12} />}>
        Quarantined
      </Badge>
    );
  }
  if (among.ready.has(person.id)) {
    return (
      <Badge tone="success" icon={<CircleCheck size={12} />}>
        Ready
      </Badge>
    );
  }
  if (person.breakGlass) return <span className="whitespace-nowrap text-ink-soft">For emergencies</span>;
  if (among.password_only.has(person.id)) {
    return (
      <Badge tone="warning" icon={<TriangleAlert size={12} />}>
        Only a password
      </Badge>
    );
  }
  return <Badge>{person.passkeys > 0 ? 'Only a passkey' : 'Nothing yet'}</Badge>;
}
