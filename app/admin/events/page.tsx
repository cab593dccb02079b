import { ScrollText } from 'lucide-react';
import type { Metadata } from 'next';
import {
  cursorAt,
  cursorText,
  type EventCursor,
  eventCursor,
  eventFilter,
  eventFilterPartNames,
} from '#domain/event-filter';
import { problem } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { deviceNamesOf } from '#server/device';
import { type EventPage, readEventPage } from '#server/event';
import { describeEvents } from '#server/event-entry';
import { selectEvents } from '#server/event-filter';
import { findGroups } from '#server/group';
import { namesOf } from '#server/identity';
import { administratorPage } from '#server/page';
import type { Runtime } from '#server/runtime';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { Term } from '#ui/term';
import { asked, askedOf, type SearchParams } from '../address.ts';
import { type EventView, eventsAddress, type FilterWords } from './address.ts';
import { EventPanel } from './event-panel.tsx';
import { EventTable } from './event-table.tsx';
import { EventFilters } from './filters.tsx';

export const metadata: Metadata = { title: 'Event log' };

const SHOWN = 50;

/** What the address says, part by part. What stands twice or is too long is kept, so that it is refused and not cut. */
function wordsOf(params: SearchParams): FilterWords {
  return Object.fromEntries(
    eventFilterPartNames.flatMap((part) => {
      const text = [params[part] ?? ''].flat().join(',').trim();
      return text === '' ? [] : [[part, text]];
    }),
  );
}

/** The page that an address asks for, or what is wrong with the address. */
async function readPage(runtime: Runtime, words: FilterWords, view: EventView): Promise<Result<EventPage>> {
  const filter = eventFilter.safeParse(words);
  if (!filter.success) {
    const part = String(filter.error.issues[0]?.path[0] ?? '');
    return refuse('invalid_filter', { facts: { part } });
  }
  const cursors: { after?: EventCursor; before?: EventCursor } = {};
  for (const side of ['after', 'before'] as const) {
    if (view[side] === undefined) continue;
    const cursor = eventCursor.safeParse(view[side]);
    if (!cursor.success) return refuse('invalid_cursor');
    cursors[side] = cursor.data;
  }
  const selected = await selectEvents(runtime, filter.data);
  if (!selected.ok) return selected;
  const order = view.order === 'oldest' ? 'oldest' : 'newest';
  return ok(await readEventPage(runtime, selected.value, { order, ...cursors, limit: SHOWN }));
}

export default async function EventsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await administratorPage();
  const params = await searchParams;
  const words = wordsOf(params);
  const view: EventView = {
    order: askedOf(params, 'order', ['oldest'] as const),
    live: askedOf(params, 'live', ['on'] as const),
    after: asked(params, 'after'),
    before: asked(params, 'before'),
    event: asked(params, 'event'),
  };
  // Before the page is read: what is written from now on comes live.
  const now = runtime.clock.now();
  const read = await readPage(runtime, words, view);
  const filtered = Object.keys(words).length > 0;
  const groupWords = words.group?.split(',') ?? [];
  const [people, devices, groups] = await Promise.all([
    namesOf(runtime, words.person === undefined ? [] : [words.person]),
    deviceNamesOf(runtime, words.device === undefined ? [] : [words.device]),
    findGroups(runtime.db, { ids: groupWords }),
  ]);
  const names = {
    person: people.get(words.person ?? '')?.displayName,
    device: devices.get(words.device ?? ''),
    group:
      groupWords.map((word) => groups.find(({ id }) => id === word)?.name ?? word).join(', ') || undefined,
  };

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
      filters={<EventFilters words={words} order={view.order} names={names} />}
      panel={
        view.event === undefined ? null : (
          <EventPanel
            key={view.event}
            runtime={runtime}
            id={view.event}
            closeHref={eventsAddress(words, { ...view, event: undefined })}
          />
        )
      }
    >
      {read.ok ? (
        <EventTable
          key={JSON.stringify([words, view.order, view.after, view.before])}
          entries={await describeEvents(runtime, read.value.events)}
          words={words}
          view={view}
          next={textOf(read.value.next)}
          previous={textOf(read.value.previous)}
          follow={
            view.order === undefined && read.value.previous === null && words.to === undefined
              ? cursorText(cursorAt(now))
              : null
          }
          empty={<Empty filtered={filtered} page={read.value} words={words} view={view} />}
        />
      ) : (
        <Notice
          tone="danger"
          title={read.problem.title}
          safe="Nothing is shown, so that nothing wrong is shown."
          action={
            <>
              {read.problem.code === 'invalid_cursor' ? (
                <ButtonLink size="small" href={eventsAddress(words, { order: view.order })}>
                  From the beginning
                </ButtonLink>
              ) : null}
              <ButtonLink size="small" href={eventsAddress()}>
                Show every event
              </ButtonLink>
            </>
          }
        >
          {problem(read.problem.code).detail}
          {read.problem.facts?.part === undefined ? null : (
            <>
              {' '}
              Named wrongly: <code className="font-mono">{read.problem.facts.part}</code>.
            </>
          )}
        </Notice>
      )}
    </AdminPage>
  );
}

const textOf = (cursor: EventCursor | null) => (cursor === null ? null : cursorText(cursor));

function Empty({
  filtered,
  page,
  words,
  view,
}: {
  filtered: boolean;
  page: EventPage;
  words: FilterWords;
  view: EventView;
}) {
  const beyond = page.previous !== null;
  return (
    <EmptyState
      icon={<ScrollText size={32} />}
      title={
        beyond ? 'Nothing stands further on' : filtered ? 'No event fits' : 'What happens will be listed here'
      }
      action={
        beyond ? (
          <ButtonLink href={eventsAddress(words, { order: view.order })}>From the beginning</ButtonLink>
        ) : filtered ? (
          <ButtonLink href={eventsAddress()}>Show every event</ButtonLink>
        ) : undefined
      }
    >
      {filtered
        ? 'Take one of the filters away, or show all.'
        : 'Every sign-in, registration, pass and change of policy leaves a line, with the true reason of a refusal.'}
    </EmptyState>
  );
}
