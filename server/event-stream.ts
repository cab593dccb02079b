import 'server-only';
import type { z } from 'zod';
import type { EventEntry } from '#domain/event-entry';
import {
  cursorAt,
  cursorText,
  type EventCursor,
  type EventSelection,
  type eventStreamQuery,
  selects,
} from '#domain/event-filter';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result } from '#domain/result';
import { later, SECOND_MS } from '#domain/time';
import type { SignedIn } from './caller.ts';
import { isStoreUnavailable } from './db.ts';
import type { Streamed } from './endpoint.ts';
import { type LoggedEvent, readEventKeys, readEvents, readEventsById, UNSETTLED_MS } from './event.ts';
import { describeEvents } from './event-entry.ts';
import { selectEvents } from './event-filter.ts';
import { mayStillRead } from './event-reader.ts';
import { reachedAmong } from './group.ts';
import { type Feed, HEARTBEAT_MS, type Listening, streamed, turning } from './live-connection.ts';
import type { Runtime } from './runtime.ts';
import { createSlots, perRuntime } from './slots.ts';

/** How often it is looked whether listeners still may. */
const CHECK_MS = 3 * SECOND_MS;
/** What waits for one slow reader; what is more, it reads from the store when it comes to it. */
const QUEUE_MAX = 200;
/** More new events in one turn are not handed round: each listener reads its own from the store, page by page. */
const HANDED_ROUND_MAX = 500;
/** Keys of one look at the unsettled time. */
const KEYS_MAX = 20_000;
const PAGE = 200;

interface Listener {
  readonly caller: SignedIn;
  readonly selection: EventSelection;
  /** What came and was not taken yet; the store holds the rest when `behind`. */
  queue: { readonly event: LoggedEvent; readonly entry: EventEntry }[];
  behind: boolean;
  /** The latest time of what was sent, and what was sent of the unsettled time before it. */
  reached: Date;
  readonly sent: Map<string, number>;
  beat: boolean;
  /** Why nothing more comes; 'closed' when the reader left. */
  over: ProblemCode | 'closed' | null;
  wake: () => void;
}

/**
 * The live event log of one process. Events are not seen in the order of their times (see `UNSETTLED_MS`), so each turn looks at
 * the keys of all that is not settled yet, and hands round those that were not there before.
 */
export interface EventFeed extends Feed {
  /** The stream for one reader, from a place in the log on; it ends when the reader may no longer read it. */
  listen(caller: SignedIn, selection: EventSelection, after: EventCursor): Listening;
}

export function createEventFeed(runtime: Runtime): EventFeed {
  const listeners = new Set<Listener>();
  /** Unsettled events that were handed round, with their times. */
  let seen = new Map<string, number>();
  let lookedAt: Date | null = null;
  let checkedAt = new Date(0);
  let beatAt = new Date(0);

  const end = (listener: Listener, reason: ProblemCode | 'closed') => {
    listener.over ??= reason;
    listeners.delete(listener);
    listener.wake();
  };

  const fallBehind = (listener: Listener) => {
    listener.queue = [];
    listener.behind = true;
    listener.wake();
  };

  /** The clock was set back: what comes from now on is new, whatever time was reached. */
  function goBack(now: Date): void {
    lookedAt = null;
    for (const listener of listeners) {
      if (listener.reached > now) listener.reached = now;
      fallBehind(listener);
    }
  }

  /** Looks back from the last successful look, so that an outage of the store loses nothing. */
  async function handRound(now: Date): Promise<void> {
    const since = later(lookedAt ?? now, -UNSETTLED_MS);
    const keys = await readEventKeys(runtime, since, KEYS_MAX);
    const fresh = keys.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
    if (keys.length === KEYS_MAX || fresh.length > HANDED_ROUND_MAX)
      for (const each of listeners) fallBehind(each);
    else if (fresh.length > 0) {
      const events = await readEventsById(runtime, fresh);
      const peopleOf = await readPeople(events);
      const isWanted = (listener: Listener, event: LoggedEvent) =>
        selects(listener.selection, event, peopleOf.get(listener));
      const wanted = events.filter((event) => [...listeners].some((listener) => isWanted(listener, event)));
      const entries = await describeEvents(runtime, wanted);
      for (const listener of listeners) {
        for (const [index, event] of wanted.entries()) {
          const entry = entries[index];
          if (entry !== undefined && isWanted(listener, event)) listener.queue.push({ event, entry });
        }
        if (listener.queue.length > QUEUE_MAX) fallBehind(listener);
        else if (listener.queue.length > 0) listener.wake();
      }
    }
    seen = new Map(keys.map(({ id, at }) => [id, at.getTime()]));
    lookedAt = now;
  }

  /** For each listener who follows groups: whom of these events' people they hold now. */
  async function readPeople(events: readonly LoggedEvent[]) {
    const userIds = [...new Set(events.flatMap(({ userId }) => userId ?? []))];
    const people = new Map<Listener, ReadonlySet<string>>();
    for (const listener of listeners) {
      const { groups } = listener.selection;
      if (groups !== undefined) people.set(listener, await reachedAmong(runtime.db, groups, userIds));
    }
    return people;
  }

  /** Who can't be looked up is not served: the reader comes back when the store does. */
  async function checkListeners(): Promise<void> {
    const callers = [...listeners].map(({ caller }) => caller);
    const may = await mayStillRead(runtime, callers);
    for (const listener of [...listeners]) {
      const reason = may.get(listener.caller.session.id) ?? null;
      if (reason !== null) end(listener, reason);
    }
  }

  async function turn(): Promise<void> {
    if (listeners.size === 0) return;
    const now = runtime.clock.now();
    const turnedAt = runtime.clock.world();
    const due = (since: Date, everyMs: number) => turnedAt.getTime() - since.getTime() >= everyMs;
    try {
      if (due(checkedAt, CHECK_MS)) {
        await checkListeners();
        checkedAt = turnedAt;
      }
      if (lookedAt !== null && now < lookedAt) goBack(now);
      await handRound(now);
    } catch (error) {
      if (!isStoreUnavailable(error)) console.error(error);
      for (const listener of [...listeners]) end(listener, 'store_unavailable');
    }
    if (!due(beatAt, HEARTBEAT_MS)) return;
    beatAt = turnedAt;
    for (const listener of listeners) {
      listener.beat = true;
      listener.wake();
    }
  }

  /** What a listener has not got yet of these, noted as sent. */
  function take(listener: Listener, come: readonly (readonly [LoggedEvent, EventEntry])[]): string {
    const fresh = come.filter(([{ id }]) => !listener.sent.has(id));
    for (const [{ id, at }] of fresh) {
      listener.sent.set(id, at.getTime());
      if (at > listener.reached) listener.reached = at;
    }
    const settled = listener.reached.getTime() - 2 * UNSETTLED_MS;
    for (const [id, time] of listener.sent) if (time < settled) listener.sent.delete(id);
    return fresh.map(([event, entry]) => frame(event, entry)).join('');
  }

  /** Everything in the store from a while before the place that was reached, page by page to the end. */
  async function* catchUp(listener: Listener): AsyncGenerator<string, void> {
    let after: EventCursor = cursorAt(later(listener.reached, -UNSETTLED_MS));
    while (listener.over === null) {
      const slice = { order: 'oldest', after, limit: PAGE } as const;
      const { events, last, full } = await readEvents(runtime, listener.selection, slice);
      const entries = await describeEvents(runtime, events);
      const text = take(
        listener,
        events.flatMap((event, index) => {
          const entry = entries[index];
          return entry === undefined ? [] : [[event, entry] as const];
        }),
      );
      if (text !== '' && listener.over === null) yield text;
      if (!full || last === null) return;
      after = last;
    }
  }

  async function* chunks(listener: Listener): AsyncGenerator<string, void> {
    try {
      // Something at once: the reader then knows that it is connected.
      yield ': the live event log\n\n';
      while (listener.over === null) {
        if (listener.behind) {
          listener.behind = false;
          yield* catchUp(listener);
          continue;
        }
        const text = take(
          listener,
          listener.queue.splice(0).map(({ event, entry }) => [event, entry] as const),
        );
        if (text !== '') yield text;
        else if (listener.beat) {
          listener.beat = false;
          yield ': still here\n\n';
        } else {
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
        }
      }
      if (listener.over !== 'closed')
        yield `event: over\ndata: ${JSON.stringify({ code: listener.over })}\n\n`;
    } finally {
      end(listener, 'closed');
    }
  }

  return {
    listen: (caller, selection, after) => {
      const listener: Listener = {
        caller,
        selection,
        queue: [],
        behind: true,
        reached: after.at,
        sent: new Map(),
        beat: false,
        over: null,
        wake: () => {},
      };
      if (listeners.size === 0) {
        lookedAt = null;
        seen = new Map();
      }
      // Before anything is read: what commits from now on is handed round, what did before is read.
      listeners.add(listener);
      return { chunks: chunks(listener), close: () => end(listener, 'closed') };
    },
    turn,
    get listeners() {
      return listeners.size;
    },
  };
}

/** JSON has no line ends of its own, so that one `data` line holds it. */
function frame(event: LoggedEvent, entry: EventEntry): string {
  return `id: ${cursorText(event)}\ndata: ${JSON.stringify(entry)}\n\n`;
}

const feedOf = perRuntime((runtime: Runtime) => ({
  ...turning(createEventFeed(runtime)),
  slots: createSlots({ perPerson: 4, inAll: 64 }),
}));

/**
 * The live event log over HTTP (server-sent events): what a filter selects from now on, or from the event that the reader had last
 * (`after`, or `Last-Event-ID` when it reconnects). Nothing is missed; what is repeated has an ID that the reader knows.
 */
export async function streamEvents(
  runtime: Runtime,
  caller: SignedIn,
  { after, ...filter }: z.output<typeof eventStreamQuery>,
): Promise<Result<Streamed>> {
  const { feed, slots, start } = feedOf(runtime);
  const slot = slots.take(caller.session.userId);
  if (!slot.ok) return slot;
  const selected = await selectEvents(runtime, filter).catch((error: unknown) => {
    slot.value();
    throw error;
  });
  if (!selected.ok) {
    slot.value();
    return selected;
  }
  const now = cursorAt(runtime.clock.now());
  // A place that has not come yet is one of a clock that was set back since.
  const place = after === undefined || after.at > now.at ? now : after;
  start();
  return ok(streamed(feed.listen(caller, selected.value, place), slot.value));
}

/** A browser that reconnects says what it had last in a header, and its address still names the place before. */
export function lastEventId(headers: Headers): Readonly<Record<string, string>> {
  const id = headers.get('last-event-id');
  return id === null || id === '' ? {} : { after: id };
}
