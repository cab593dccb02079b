import { CircleCheck, Clock, ListX, OctagonAlert, TriangleAlert } from 'lucide-react';
import { LISTS_MAX, listRevocationLists, type ShownList } from '#server/attestation/revocation';
import { readPolicy } from '#server/policy';
import type { Runtime } from '#server/runtime';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { CompromiseMeaning } from './compromise-meaning.tsx';

const looks = {
  current: { tone: 'success', icon: CircleCheck, words: 'Current' },
  failing: { tone: 'warning', icon: TriangleAlert, words: 'Current, last attempt failed' },
  waiting: { tone: 'neutral', icon: Clock, words: 'Not fetched yet' },
  outdated: { tone: 'danger', icon: OctagonAlert, words: 'Says nothing any more' },
} as const;

/** Each list that verified certificates name, with its state. */
export async function RevocationSection({ runtime }: { runtime: Runtime }) {
  const [policy, lists] = await Promise.all([readPolicy(runtime.db), listRevocationLists(runtime)]);
  const on = policy('AttestationRevocation.state').value;
  const hours = policy('AttestationRevocation.limitHours').value;
  const when = (at: Date | null) => (at === null ? 'Never' : <Time at={at.toISOString()} />);
  return (
    <Section
      title="Revocation lists"
      note={
        <>
          {on
            ? `Fetched in the background, never inside a sign-in. A list older than ${hours} hours says nothing.`
            : 'Off: the server asks nobody, and a revoked certificate goes unnoticed.'}{' '}
          <CompromiseMeaning runtime={runtime} />
        </>
      }
      action={
        <ButtonLink href="/admin/policy" size="small">
          {on ? 'Change' : 'Turn on in Policy'}
        </ButtonLink>
      }
    >
      {on && lists.length >= LISTS_MAX ? (
        <Notice tone="warning" live="none" title={`${LISTS_MAX} lists are known, and no further one is kept`}>
          Keys whose certificates name another one are not checked for revocation. Lists that no key names any
          more are forgotten once a day.
        </Notice>
      ) : null}
      <DataTable<ShownList>
        caption="Revocation lists of attestation authorities"
        rows={on ? lists : []}
        rowKey={({ id }) => id}
        empty={
          <EmptyState
            icon={<ListX size={28} />}
            title={on ? 'No list is known yet' : 'Revocation lists are off'}
          >
            {on
              ? 'The lists that certificates of trusted paths name will be here, a minute or two after a key brought the first.'
              : 'When they are on, the lists that certificates of trusted paths name will be here. The check of each key says that it was not made.'}
          </EmptyState>
        }
        columns={[
          {
            key: 'address',
            title: 'List',
            width: 'wide',
            cell: ({ address }) => <span className="font-mono text-12 wrap-anywhere">{address}</span>,
          },
          {
            key: 'state',
            title: 'State',
            cell: ({ state, failure }) => {
              const { tone, icon: Icon, words } = looks[state];
              return (
                <span className="flex flex-col items-start gap-1">
                  <Badge tone={tone} icon={<Icon size={12} />}>
                    {words}
                  </Badge>
                  {failure === null ? null : <span className="text-12 text-ink-soft">{failure}</span>}
                </span>
              );
            },
          },
          { key: 'fetched', title: 'Fetched', cell: ({ fetchedAt }) => when(fetchedAt) },
          { key: 'next', title: 'Next one due', cell: ({ nextUpdate }) => when(nextUpdate), extra: true },
          { key: 'entries', title: 'Revoked', align: 'end', cell: ({ entries }) => entries },
        ]}
      />
    </Section>
  );
}
