import { UserSearch } from 'lucide-react';
import type { Route } from 'next';
import { listPeople } from '#server/identity';
import type { Runtime } from '#server/runtime';
import { DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { SearchForm } from '#ui/search-form';
import { NameLines } from '../name-lines.tsx';
import { counted } from '../words.ts';

const SHOWN = 25;

/** Finds a person by name or account; nobody is shown before something is typed. */
export async function ChoosePerson({
  runtime,
  action,
  words,
  kept,
  href,
}: {
  runtime: Runtime;
  action: Route;
  words: string | undefined;
  kept: Readonly<Record<string, string | undefined>>;
  href: (userId: string) => Route;
}) {
  const people = words === undefined ? [] : await listPeople(runtime, { search: words, limit: SHOWN });
  return (
    <div className="flex flex-col gap-6">
      <SearchForm
        action={action}
        label="Find a person"
        placeholder="Name or account"
        words={words}
        kept={kept}
      />
      {words === undefined ? (
        <EmptyState icon={<UserSearch size={32} />} title="Choose a person to see what applies to them">
          Then one of their devices, or a new one.
        </EmptyState>
      ) : (
        <DataTable
          caption="People"
          columns={[
            {
              key: 'name',
              title: 'Person',
              cell: ({ displayName, upn }) => <NameLines name={displayName} upn={upn} />,
            },
            { key: 'devices', title: 'Devices', cell: ({ devices }) => counted(devices, 'device') },
            {
              key: 'groups',
              title: 'Groups',
              cell: ({ groups }) => groups.slice(0, 5).join(', ') || 'None',
              extra: true,
            },
          ]}
          rows={people}
          rowKey={({ id }) => id}
          rowHref={({ id }) => href(id)}
          empty={
            <EmptyState icon={<UserSearch size={32} />} title={`Nobody has “${words}” in their name`}>
              People are found by their name and their account.
            </EmptyState>
          }
          foot={people.length === SHOWN ? `The first ${SHOWN}. Type more to find others.` : undefined}
        />
      )}
    </div>
  );
}
