import { ScrollText, X } from 'lucide-react';
import type { Metadata } from 'next';
import { type EventOutcome, eventText, windowsEventId } from '#domain/event';
import { deviceNamesOf } from '#server/device';
import { type LoggedEvent, listEvents } from '#server/event';
import { namesOf } from '#server/identity';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { FilterChips } from '#ui/chip';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address, asked, askedOf, type SearchParams } from '../address.ts';
import { EventPanel } from './event-panel.tsx';
import { codesOf, eventKinds, kindWords } from './kinds.ts';
import { OutcomeMark } from './outcome-mark.tsx';

export const metadata: Metadata = { title: 'Event log' };

const SHOWN = 50;
const outcomes: readonly EventOutcome[] = ['success', 'failure'];

/** `2026-11-21T08:00:00.000Z,<id>`: the last row of the page before; undefined for anything else. */
function readAfter(text: string | undefined): { at: Date; id: string } | undefined {
  const [, time = '', id = ''] = /^([\dTZ:.-]{20,30}),([0-9a-f-]{36})$/.exec(text ?? '') ?? [];
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? undefined : { at, id };
}

export default async function EventsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await administratorPage();
  const params = await searchParams;
  const filter = {
    kind: askedOf(params, 'kind', eventKinds),
    outcome: askedOf(params, 'outcome', outcomes),
    person: asked(params, 'person'),
    device: asked(params, 'device'),
  };
  const before = readAfter(asked(params, 'after'));
  const after = before === undefined ? undefined : `${before.at.toISOString()},${before.id}`;
  const open = asked(params, 'event');
  const at = (change: Partial<Record<keyof typeof filter | 'event' | 'after', string | undefined>> = {}) =>
    address('/admin/events', { ...filter, ...change });

  const found = await listEvents(
    runtime,
    {
      userId: filter.person,
      deviceId: filter.device,
      codes: filter.kind === undefined ? undefined : codesOf(filter.kind),
      outcome: filter.kind === 'problems' ? 'failure' : filter.outcome,
      after: before,
    },
    SHOWN + 1,
  );
  const events = found.slice(0, SHOWN);
  const last = found.length > SHOWN ? events.at(-1) : undefined;
  const [people, devices] = await Promise.all([
    namesOf(
      runtime,
      [...events.flatMap(({ userId, actorId }) => [userId, actorId]), filter.person ?? null].filter(
        (id) => id !== null,
      ),
    ),
    deviceNamesOf(
      runtime,
      [...events.map(({ deviceId }) => deviceId), filter.device ?? null].filter((id) => id !== null),
    ),
  ]);
  const filtered = Object.values(filter).some((value) => value !== undefined) || after !== undefined;

  const columns: Column<LoggedEvent>[] = [
    {
      key: 'event',
      title: 'Event',
      width: 'wide',
      cell: (event) => (
        <span className="flex gap-2">
          <OutcomeMark event={event} />
          <span className="flex min-w-0 flex-col">
            <span>{eventText(event.code)}</span>
            {typeof event.detail.cause === 'string' ? (
              <span className="font-mono text-12 font-normal wrap-anywhere text-ink-soft">
                {event.detail.cause}
              </span>
            ) : null}
          </span>
        </span>
      ),
    },
    {
      key: 'windows',
      title: 'Windows ID',
      width: 'tight',
      align: 'end',
      extra: true,
      cell: (event) => windowsEventId(event.code) ?? <span className="text-ink-soft">–</span>,
    },
    {
      key: 'person',
      title: 'Person',
      cell: (event) => personWords(event, people),
    },
    { key: 'device', title: 'Device', extra: true, cell: (event) => deviceWords(event, devices) },
    { key: 'at', title: 'When', width: 'tight', cell: (event) => <Time at={event.at.toISOString()} /> },
  ];

  return (
    <AdminPage
      title="Event log"
      purpose={
        <>
          Every decision, with its true reason. Nothing in here is a secret. A{' '}
          <Term
            title="Windows event ID"
            explains="Where Windows logs the same thing, its number stands beside it: 300, 358 and 360 are those of the User Device Registration log, so what you know from Event Viewer holds here."
          >
            Windows ID
          </Term>{' '}
          stands beside what Windows logs too.
        </>
      }
      filters={
        <div className="flex w-full flex-col gap-3">
          <FilterChips
            label="Kind of event"
            chips={[
              { href: at({ kind: undefined }), label: 'All', current: filter.kind === undefined },
              ...eventKinds.map((kind) => ({
                href: at({ kind, outcome: kind === 'problems' ? undefined : filter.outcome }),
                label: kindWords[kind],
                current: filter.kind === kind,
              })),
            ]}
          />
          {filter.kind === 'problems' ? null : (
            <FilterChips
              label="Outcome"
              chips={[
                {
                  href: at({ outcome: undefined }),
                  label: 'Any outcome',
                  current: filter.outcome === undefined,
                },
                {
                  href: at({ outcome: 'success' }),
                  label: 'Succeeded',
                  current: filter.outcome === 'success',
                },
                { href: at({ outcome: 'failure' }), label: 'Failed', current: filter.outcome === 'failure' },
              ]}
            />
          )}
          {filter.person === undefined && filter.device === undefined ? null : (
            <div className="flex flex-wrap gap-2">
              {filter.person === undefined ? null : (
                <ButtonLink
                  size="small"
                  icon={<X size={16} />}
                  href={at({ person: undefined })}
                  aria-label="Show everybody's events"
                >
                  Only {people.get(filter.person)?.displayName ?? 'a person who is gone'}
                </ButtonLink>
              )}
              {filter.device === undefined ? null : (
                <ButtonLink
                  size="small"
                  icon={<X size={16} />}
                  href={at({ device: undefined })}
                  aria-label="Show the events of every device"
                >
                  Only {devices.get(filter.device) ?? 'a device that is gone'}
                </ButtonLink>
              )}
            </div>
          )}
        </div>
      }
      panel={
        open === undefined ? null : (
          <EventPanel key={open} runtime={runtime} id={open} closeHref={at({ after })} />
        )
      }
    >
      <DataTable
        caption="Events, the newest first"
        columns={columns}
        rows={events}
        rowKey={(event) => event.id}
        rowHref={(event) => at({ event: event.id, after })}
        current={open}
        empty={
          <EmptyState
            icon={<ScrollText size={32} />}
            title={filtered ? 'No event fits' : 'What happens will be listed here'}
            action={
              filtered ? <ButtonLink href={address('/admin/events')}>Show every event</ButtonLink> : undefined
            }
          >
            {filtered
              ? 'Choose another kind or outcome, or show all.'
              : 'Every sign-in, registration, pass and change of policy leaves a line, with the true reason of a refusal.'}
          </EmptyState>
        }
        foot={
          <>
            <span>{last === undefined ? 'These are the oldest.' : `${SHOWN} events, the newest first.`}</span>
            <span className="flex flex-wrap gap-2">
              {after === undefined ? null : (
                <ButtonLink size="small" href={at()}>
                  Newest
                </ButtonLink>
              )}
              {last === undefined ? null : (
                <ButtonLink size="small" href={at({ after: `${last.at.toISOString()},${last.id}` })}>
                  Older
                </ButtonLink>
              )}
            </span>
          </>
        }
      />
    </AdminPage>
  );
}

function personWords(event: LoggedEvent, people: Awaited<ReturnType<typeof namesOf>>) {
  const name = event.userId === null ? null : (people.get(event.userId)?.displayName ?? 'Gone');
  const actor =
    event.actorId === null ? null : (people.get(event.actorId)?.displayName ?? 'somebody who is gone');
  return (
    <span className="flex min-w-0 flex-col">
      <span>{name ?? (typeof event.detail.upn === 'string' ? event.detail.upn : '–')}</span>
      {actor === null ? null : <span className="text-12 text-ink-soft">by {actor}</span>}
    </span>
  );
}

function deviceWords(event: LoggedEvent, devices: ReadonlyMap<string, string>) {
  if (event.deviceId === null) return <span className="text-ink-soft">–</span>;
  return devices.get(event.deviceId) ?? 'Gone';
}
