'use client';

import {
  ArrowDownNarrowWide,
  ArrowUp,
  ArrowUpNarrowWide,
  CircleAlert,
  Download,
  Pause,
  Radio,
} from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { EventEntry } from '#domain/event-entry';
import { Button, ButtonLink, buttonLook } from '#ui/button';
import { type Column, DataTable } from '#ui/data-table';
import { Pulse } from '#ui/pulse';
import { Time } from '#ui/time';
import { type EventView, eventsAddress, type FilterWords } from './address.ts';
import { type LiveState, useLiveEvents } from './live.ts';
import { OutcomeMark } from './outcome-mark.tsx';

/** A live page keeps so many rows; what is older is a page away. */
const ROWS_MAX = 200;

const newestFirst = (a: EventEntry, b: EventEntry) =>
  b.at === a.at ? (b.id < a.id ? -1 : 1) : b.at < a.at ? -1 : 1;
const cursorOf = ({ at, id }: EventEntry) => `${new Date(at).getTime()}.${id}`;

/** The log as a table, page by page or as it goes on, with the ways to take it along. */
export function EventTable({
  entries,
  words,
  view,
  next,
  previous,
  follow,
  empty,
}: {
  entries: readonly EventEntry[];
  words: FilterWords;
  /** What the address says beside the filter; `event` is open. */
  view: EventView;
  /** Cursors of the pages around, where there are any. */
  next: string | null;
  previous: string | null;
  /** From where the log can be followed; null on a page where nothing new would appear. */
  follow: string | null;
  empty: ReactNode;
}) {
  const router = useRouter();
  const top = useRef<HTMLDivElement>(null);
  const [come, setCome] = useState<readonly EventEntry[]>([]);
  const [held, setHeld] = useState<readonly EventEntry[]>([]);
  const on = view.live === 'on' && follow !== null;

  const known = new Set([...entries, ...come].map(({ id }) => id));
  const shown = [...entries, ...come.filter(({ id }) => !entries.some((each) => each.id === id))]
    .sort(follow === null ? () => 0 : newestFirst)
    .slice(0, Math.max(ROWS_MAX, entries.length));
  const fresh = new Set(come.map(({ id }) => id));
  const waiting = held.filter(({ id }) => !known.has(id));

  function show(more: readonly EventEntry[]) {
    setCome((before) => {
      const had = new Set(before.map(({ id }) => id));
      return [...before, ...more.filter(({ id }) => !had.has(id))].sort(newestFirst).slice(0, ROWS_MAX);
    });
    setHeld([]);
  }

  const state = useLiveEvents({
    words,
    since: follow ?? '',
    on,
    take: (more) => {
      // Rows that appear above what somebody reads would push it away: they wait.
      const reading = (top.current?.getBoundingClientRect().top ?? 0) < -8;
      if (reading) {
        setHeld((before) => {
          const had = new Set(before.map(({ id }) => id));
          return [...before, ...more.filter(({ id }) => !had.has(id))].slice(-ROWS_MAX);
        });
      } else show([...held, ...more]);
    },
  });

  useEffect(() => {
    if (held.length === 0) return;
    const back = () => {
      if ((top.current?.getBoundingClientRect().top ?? 0) >= -8) show(held);
    };
    window.addEventListener('scroll', back, { passive: true });
    return () => window.removeEventListener('scroll', back);
  });

  const last = shown.at(-1);
  const further = last !== undefined && (next !== null || shown.length < entries.length + come.length);
  const beyond = shown.length > entries.length || next === null ? last && cursorOf(last) : next;
  const at = (change: EventView) => eventsAddress(words, { order: view.order, live: view.live, ...change });
  const place = { after: view.after, before: view.before };
  const oldestFirst = view.order === 'oldest';

  return (
    <div ref={top} className="flex scroll-mt-20 flex-col gap-3 lg:scroll-mt-6">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Button
            size="small"
            tone={on ? 'primary' : 'secondary'}
            aria-pressed={on}
            disabled={follow === null}
            icon={on ? <Pause size={16} /> : <Radio size={16} />}
            onClick={() =>
              router.replace(eventsAddress(words, { ...view, live: on ? undefined : 'on' }), {
                scroll: false,
              })
            }
          >
            Live
          </Button>
          <LiveWords state={state} possible={follow !== null} />
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <ButtonLink
            size="small"
            tone="quiet"
            icon={oldestFirst ? <ArrowUpNarrowWide size={16} /> : <ArrowDownNarrowWide size={16} />}
            href={eventsAddress(words, { order: oldestFirst ? undefined : 'oldest' })}
          >
            {oldestFirst ? 'Oldest first' : 'Newest first'}
          </ButtonLink>
          <Export words={words} order={view.order} format="csv" label="CSV" />
          <Export words={words} order={view.order} format="ndjson" label="NDJSON" />
        </div>
      </div>
      {waiting.length === 0 ? null : (
        <div className="pointer-events-none sticky top-[calc(var(--band)+4rem)] z-20 flex justify-center lg:top-[calc(var(--band)+1rem)]">
          <button
            type="button"
            className={`${buttonLook({ tone: 'primary', size: 'small' })} pointer-events-auto rounded-full shadow-over`}
            onClick={() => {
              show(waiting);
              top.current?.scrollIntoView({ block: 'start' });
            }}
          >
            <ArrowUp size={16} />
            <span className="figures">
              {waiting.length >= ROWS_MAX ? `${ROWS_MAX}+` : waiting.length} new
            </span>
          </button>
        </div>
      )}
      <DataTable
        caption={`Events, the ${oldestFirst ? 'oldest' : 'newest'} first`}
        columns={columns}
        rows={shown}
        rowKey={(entry) => entry.id}
        rowHref={(entry) => at({ ...place, event: entry.id })}
        rowLook={(entry) => (fresh.has(entry.id) ? 'arrived' : undefined)}
        current={view.event}
        empty={empty}
        foot={
          <>
            <span className="figures">
              {further
                ? `${shown.length} events.`
                : oldestFirst
                  ? 'These are the newest.'
                  : 'These are the oldest.'}
            </span>
            <span className="flex flex-wrap gap-2">
              {previous === null ? null : (
                <>
                  <ButtonLink size="small" href={at({})}>
                    {oldestFirst ? 'Oldest' : 'Newest'}
                  </ButtonLink>
                  <ButtonLink size="small" href={at({ before: previous })}>
                    {oldestFirst ? 'Older' : 'Newer'}
                  </ButtonLink>
                </>
              )}
              {further && beyond ? (
                <ButtonLink size="small" href={at({ after: beyond })}>
                  {oldestFirst ? 'Newer' : 'Older'}
                </ButtonLink>
              ) : null}
            </span>
          </>
        }
      />
    </div>
  );
}

const columns: Column<EventEntry>[] = [
  {
    key: 'event',
    title: 'Event',
    width: 'wide',
    cell: (entry) => (
      <span className="flex gap-2">
        <OutcomeMark event={entry} />
        <span className="flex min-w-0 flex-col">
          <span>{entry.text}</span>
          {typeof entry.detail.cause === 'string' ? (
            <span className="font-mono text-12 font-normal wrap-anywhere text-ink-soft">
              {entry.detail.cause}
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
    cell: (entry) => entry.windowsId ?? <span className="text-ink-soft">–</span>,
  },
  {
    key: 'person',
    title: 'Person',
    cell: (entry) => (
      <span className="flex min-w-0 flex-col">
        <span>
          {entry.userId === null
            ? typeof entry.detail.upn === 'string'
              ? entry.detail.upn
              : '–'
            : (entry.displayName ?? 'Gone')}
        </span>
        {entry.actorId === null ? null : (
          <span className="text-12 text-ink-soft">by {entry.actorName ?? 'somebody who is gone'}</span>
        )}
      </span>
    ),
  },
  {
    key: 'device',
    title: 'Device',
    extra: true,
    cell: (entry) =>
      entry.deviceId === null ? <span className="text-ink-soft">–</span> : (entry.deviceName ?? 'Gone'),
  },
  { key: 'at', title: 'When', width: 'tight', cell: (entry) => <Time at={entry.at} /> },
];

/** A plain link: the browser's own download needs no memory of the page's. */
function Export({
  words,
  order,
  format,
  label,
}: {
  words: FilterWords;
  order: string | undefined;
  format: string;
  label: string;
}) {
  const query = new URLSearchParams(
    Object.entries({ format, order, ...words }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  return (
    <a
      href={`/api/events/export?${query}`}
      download
      aria-label={`Export what is filtered as ${label}`}
      className={buttonLook({ size: 'small' })}
    >
      <Download size={16} />
      <span>{label}</span>
    </a>
  );
}

function LiveWords({ state, possible }: { state: LiveState; possible: boolean }) {
  return (
    <p role="status" className="flex items-center gap-1.5 text-14 text-ink-soft">
      {!possible ? (
        'New events appear on the first page, newest first.'
      ) : typeof state === 'object' ? (
        <>
          <CircleAlert size={16} className="shrink-0 text-warning-ink" />
          {state.over}
        </>
      ) : state === 'live' ? (
        <>
          <Pulse /> Live: new events appear on top
        </>
      ) : state === 'paused' ? (
        'Paused'
      ) : (
        <>
          <Pulse /> {state === 'connecting' ? 'Connecting' : 'Reconnecting'}
        </>
      )}
    </p>
  );
}
