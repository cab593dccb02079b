import { UsersRound } from 'lucide-react';
import type { Metadata } from 'next';
import { type MemberKind, memberKinds } from '#domain/group';
import { mayAdminister } from '#domain/identity';
import { countGroups, type GroupSummary, listGroups } from '#server/group';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { PageFoot } from '#ui/page-foot';
import { SearchForm } from '#ui/search-form';
import { address, asked, askedOf, type SearchParams } from '../address.ts';
import { counted } from '../words.ts';
import { NewGroup } from './group-form.tsx';
import { GroupPanel } from './group-panel.tsx';
import { PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Groups' };

const SHOWN = 50;

const columns: Column<GroupSummary>[] = [
  {
    key: 'name',
    title: 'Group',
    cell: ({ name }) => <span className="wrap-anywhere">{name}</span>,
  },
  {
    key: 'description',
    title: 'What it is for',
    extra: true,
    cell: ({ description }) => <span className="wrap-anywhere">{description || '–'}</span>,
  },
  { key: 'people', title: 'People', align: 'end', width: 'tight', cell: ({ members }) => members },
  { key: 'devices', title: 'Devices', align: 'end', width: 'tight', cell: ({ devices }) => devices },
  { key: 'groups', title: 'Groups', align: 'end', width: 'tight', cell: ({ groups }) => groups },
];

/** The page that an address asks for, from 1. */
function pageOf(params: SearchParams, name: string): number {
  const number = Number(asked(params, name));
  return Number.isSafeInteger(number) && number >= 1 ? Math.min(number, 1_000_000) : 1;
}

const numbered = (page: number) => (page === 1 ? undefined : String(page));

export default async function GroupsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const params = await searchParams;
  const search = asked(params, 'q');
  const open = asked(params, 'group');
  const kind = askedOf(params, 'kind', memberKinds) ?? 'person';
  const total = await countGroups(runtime, { search });
  const page = Math.max(1, Math.min(pageOf(params, 'page'), Math.ceil(total / SHOWN)));
  const kept = { q: search, page: numbered(page) };
  const at = (change: Readonly<Record<string, string | undefined>> = {}) =>
    address('/admin/groups', { ...kept, ...change });
  const groups = await listGroups(runtime, { search, skip: (page - 1) * SHOWN, take: SHOWN });

  return (
    <AdminPage
      title="Groups"
      purpose={PURPOSE}
      action={manages ? <NewGroup /> : null}
      filters={
        <SearchForm
          action="/admin/groups"
          label="Find a group"
          placeholder="Name or description"
          words={search}
          kept={{}}
        />
      }
      panel={
        open === undefined ? null : (
          <GroupPanel
            key={open}
            runtime={runtime}
            manages={manages}
            id={open}
            view={{ kind, find: asked(params, 'find'), page: pageOf(params, 'at') }}
            kept={kept}
            href={(view: { kind?: MemberKind; find?: string | undefined; page?: number }) =>
              at({ group: open, kind: view.kind, find: view.find, at: numbered(view.page ?? 1) })
            }
            closeHref={at()}
          />
        )
      }
    >
      <DataTable
        caption="Groups with their numbers of direct members"
        columns={columns}
        rows={groups}
        rowKey={({ id }) => id}
        rowHref={({ id }) => at({ group: id })}
        current={open}
        empty={
          <EmptyState
            icon={<UsersRound size={32} />}
            title={search === undefined ? 'Groups will be listed here' : 'No group fits this search'}
            action={
              search === undefined ? (
                manages ? (
                  <NewGroup />
                ) : null
              ) : (
                <ButtonLink href={address('/admin/groups')}>Show every group</ButtonLink>
              )
            }
          >
            {search === undefined
              ? 'Put people and devices together, and name the group where policy asks for whom it is.'
              : 'Names and descriptions are searched. Try fewer letters.'}
          </EmptyState>
        }
        foot={
          <PageFoot
            page={page}
            size={SHOWN}
            here={groups.length}
            total={total}
            words={(count) => counted(count, 'group')}
            href={(number) => at({ page: numbered(number) })}
          />
        }
      />
    </AdminPage>
  );
}
