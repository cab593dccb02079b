import 'server-only';
import { type EventCode, type EventOutcome, eventCodes } from '#domain/event';
import type { EventCursor, EventOrder, EventSelection } from '#domain/event-filter';
import { SECOND_MS } from '#domain/time';
import { insert, joinSql, rawSql, type Sql, sql, TRANSACTION, type Tx } from './db.ts';
import { insideGroups, isOfInside } from './group-sql.ts';
import { writeNotice } from './notice.ts';
import { newId, type Runtime } from './runtime.ts';

type Detail = Readonly<Record<string, string | number | boolean | null>>;

export interface EventDraft {
  readonly code: EventCode;
  readonly outcome?: EventOutcome;
  readonly userId?: string | null | undefined;
  /** Who did it, when it was not the person it happened to. */
  readonly actorId?: string | null | undefined;
  readonly deviceId?: string | null | undefined;
  readonly credentialId?: string | null | undefined;
  readonly sessionId?: string | null | undefined;
  /** The facts, never a secret. */
  readonly detail?: Detail;
  /** The event of the same transaction that tells the person of this one, too: one change is one notice. */
  readonly toldBy?: EventCode;
}

type Recorder = Pick<Runtime, 'clock' | 'random' | 'sample' | 'trace'>;

/**
 * Writes an event, in the transaction that it reports, and with it the notice of what its person is told of; returns its
 * ID. A failure is what the request's answer names.
 */
export async function record(tx: Tx, runtime: Recorder, draft: EventDraft): Promise<string> {
  const row = eventRow(runtime, draft);
  await insert(tx, 'Event', row);
  await writeNotice(tx, runtime, draft);
  if (runtime.trace !== undefined && row.outcome === 'failure') runtime.trace.eventId = row.id;
  if (row.outcome === 'success') runtime.trace?.events?.push(row);
  return row.id;
}

/** The row of an event that happens now. */
export function eventRow(runtime: Recorder, draft: EventDraft) {
  return {
    id: newId(runtime),
    at: runtime.clock.now(),
    code: draft.code,
    outcome: draft.outcome ?? 'success',
    userId: draft.userId ?? null,
    actorId: draft.actorId ?? null,
    deviceId: draft.deviceId ?? null,
    credentialId: draft.credentialId ?? null,
    sessionId: draft.sessionId ?? null,
    detail: JSON.stringify(draft.detail ?? {}),
    sample: runtime.sample,
  };
}

/**
 * An event bears the time at which it was written and is seen when its transaction commits, so one of an earlier time may
 * appear after one of a later. Past this age nothing new appears any more: the longest transaction, and what the clocks of
 * instances may differ by. Who follows the log reads this far back each time and drops by ID what it has seen.
 */
export const UNSETTLED_MS = TRANSACTION.timeout + 10 * SECOND_MS;

export interface LoggedEvent {
  readonly id: string;
  readonly at: Date;
  readonly code: EventCode;
  readonly outcome: EventOutcome;
  readonly userId: string | null;
  readonly actorId: string | null;
  readonly deviceId: string | null;
  readonly credentialId: string | null;
  readonly sessionId: string | null;
  readonly detail: Detail;
  readonly sample: boolean;
}

/** No page is longer. */
export const EVENT_PAGE_MAX = 1000;

export interface EventSlice {
  readonly order: EventOrder;
  /** Only what comes after this place, in that order. */
  readonly after?: EventCursor | undefined;
  /** At most `EVENT_PAGE_MAX`. */
  readonly limit: number;
}

interface EventRow extends Omit<LoggedEvent, 'code' | 'outcome' | 'detail' | 'at' | 'sample'> {
  readonly at: Date | string;
  readonly code: string;
  readonly outcome: string;
  readonly detail: string;
  readonly sample: boolean | number | bigint;
}

const equals = (column: string, value: string): Sql => sql`${rawSql(`"${column}"`)} = ${value}`;
/** A condition that leaves out rows and is kept out of the choice of an index: `||` makes no plain column to any planner. */
const filtersBy = (column: string, values: readonly string[]): Sql =>
  sql`(${rawSql(`"${column}"`)} || '') IN (${joinSql([...values])})`;

interface Driver {
  readonly column: 'userId' | 'deviceId' | 'code' | 'outcome';
  readonly values: readonly string[];
}

/** What the store finds the rows by: the part of the selection that leaves the fewest and has an index. Null is time alone. */
function driverOf({ userId, deviceId, codes, outcome }: EventSelection): Driver | null {
  if (userId !== undefined) return { column: 'userId', values: [userId].flat() };
  if (deviceId !== undefined) return { column: 'deviceId', values: [deviceId].flat() };
  // Failures are few among the events of any code.
  if (outcome === 'failure') return { column: 'outcome', values: [outcome] };
  if (codes !== undefined) return { column: 'code', values: codes };
  if (outcome !== undefined) return { column: 'outcome', values: [outcome] };
  return null;
}

/**
 * The statement that reads a slice, in key order. It runs along an index from the slice's first row to its last and skips
 * nothing but what the other parts of the selection leave out. Where one of several values is asked for, each has a branch
 * that reads no more than the whole may, and only those few rows are sorted. Null where nothing can be selected.
 */
export function eventStatement(selection: EventSelection, { order, after, limit }: EventSlice): Sql | null {
  const { ids, userId, groups, deviceId, credentialId, sessionId, codes, outcome, from, to } = selection;
  if ([codes, deviceId, userId, groups].some((any) => any?.length === 0)) return null;
  // The few IDs of a support code are found by the primary key; all else only leaves some of them out.
  const driver = ids === undefined ? driverOf(selection) : null;
  const others = { userId, deviceId, credentialId, sessionId, code: codes, outcome };
  const conditions = [
    ...(from === undefined ? [] : [sql`"at" >= ${from}`]),
    ...(to === undefined ? [] : [sql`"at" < ${to}`]),
    ...(after === undefined ? [] : [sql`("at", "id") ${WAYS[order].beyond} (${after.at}, ${after.id})`]),
    ...(groups === undefined ? [] : [isOfInside(rawSql('"Event"."userId"'))]),
    ...Object.entries(others).flatMap(([column, value]) =>
      value === undefined || column === driver?.column ? [] : [filtersBy(column, [value].flat())],
    ),
  ];
  const most = Math.max(0, Math.min(limit, EVENT_PAGE_MAX));
  const ordered = (rows: Sql) => sql`${rows} ${WAYS[order].sorted} LIMIT ${most}`;
  const rows = (from: Sql, of: readonly Sql[]) => {
    const where = of.length === 0 ? rawSql('') : sql`WHERE ${joinSql([...of], ' AND ')}`;
    return sql`SELECT "id", "at", "code", "outcome", "userId", "actorId", "deviceId", "credentialId",
      "sessionId", "detail", "sample" FROM ${from} ${where}`;
  };
  const log = rawSql('"Event"');
  const whole = (statement: Sql) =>
    groups === undefined ? statement : sql`${insideGroups(groups)} ${statement}`;
  if (ids !== undefined) {
    const few = rows(log, [sql`"id" BETWEEN ${ids.first} AND ${ids.last}`]);
    return whole(ordered(rows(sql`(${few} LIMIT ${EVENT_PAGE_MAX}) AS "Event"`, conditions)));
  }
  const branch = (driving: readonly Sql[]) => ordered(rows(log, [...driving, ...conditions]));
  if (driver === null) return whole(branch([]));
  const [first, ...more] = driver.values.map((value) => branch([equals(driver.column, value)]));
  if (first === undefined) return null;
  if (more.length === 0) return whole(first);
  const branches = [first, ...more].map((each) => sql`SELECT * FROM (${each}) AS "branch"`);
  return whole(ordered(sql`SELECT * FROM (${joinSql(branches, ' UNION ALL ')}) AS "every"`));
}

const WAYS: Readonly<Record<EventOrder, { readonly beyond: Sql; readonly sorted: Sql }>> = {
  newest: { beyond: rawSql('<'), sorted: rawSql('ORDER BY "at" DESC, "id" DESC') },
  oldest: { beyond: rawSql('>'), sorted: rawSql('ORDER BY "at" ASC, "id" ASC') },
};

export interface EventsRead {
  readonly events: LoggedEvent[];
  /** The last row that was read, also where this version does not know its code; null when there was none. */
  readonly last: EventCursor | null;
  /** Whether as many rows were read as were asked for. */
  readonly full: boolean;
}

/** Reads one slice. Codes that this version does not know are left out, and paging goes on behind them. */
export async function readEvents(
  { db }: Pick<Runtime, 'db'>,
  selection: EventSelection,
  slice: EventSlice,
): Promise<EventsRead> {
  const statement = eventStatement(selection, slice);
  const rows = statement === null ? [] : await db.$queryRaw<EventRow[]>(statement);
  const last = rows.at(-1);
  return {
    events: rows.flatMap((row) => logged(row) ?? []),
    last: last === undefined ? null : { at: new Date(last.at), id: last.id },
    full: rows.length > 0 && rows.length >= Math.min(slice.limit, EVENT_PAGE_MAX),
  };
}

/** The newest events of a selection, newest first. */
export async function listEvents(
  runtime: Runtime,
  selection: EventSelection,
  limit: number,
): Promise<LoggedEvent[]> {
  const found: LoggedEvent[] = [];
  let after: EventCursor | undefined;
  while (found.length < limit) {
    const wanted = Math.min(limit - found.length, EVENT_PAGE_MAX);
    const { events, last, full } = await readEvents(runtime, selection, {
      order: 'newest',
      after,
      limit: wanted,
    });
    found.push(...events);
    if (!full || last === null) break;
    after = last;
  }
  return found;
}

export interface EventPage {
  readonly events: LoggedEvent[];
  /** Where the next page in this order begins, after this cursor; null on the last one. */
  readonly next: EventCursor | null;
  /** Where the page before ends, before this cursor; null on the first one. */
  readonly previous: EventCursor | null;
}

/**
 * One page of a list, paged by key both ways: it stays the same whatever is written meanwhile. `after` asks for what
 * follows a place, `before` for what precedes it, in the order given; at the beginning a page is filled from there.
 */
export async function readEventPage(
  runtime: Runtime,
  selection: EventSelection,
  page: {
    readonly order: EventOrder;
    readonly after?: EventCursor | undefined;
    readonly before?: EventCursor | undefined;
    readonly limit: number;
  },
): Promise<EventPage> {
  const { order, after, before, limit } = page;
  const opposite = order === 'newest' ? 'oldest' : 'newest';
  if (before !== undefined) {
    const back = await readEvents(runtime, selection, { order: opposite, after: before, limit: limit + 1 });
    if (back.full) {
      const events = back.events.slice(0, limit).reverse();
      return { events, next: cursorOf(events.at(-1)), previous: cursorOf(events.at(0)) ?? back.last };
    }
    return await readEventPage(runtime, selection, { order, limit });
  }
  const {
    events: found,
    last,
    full,
  } = await readEvents(runtime, selection, { order, after, limit: limit + 1 });
  const events = found.slice(0, limit);
  return {
    events,
    // Where a row is of an unknown code the page is shorter, and goes on behind the last one read.
    next: full ? (found.length > limit ? cursorOf(events.at(-1)) : last) : null,
    previous: after === undefined ? null : (cursorOf(events.at(0)) ?? after),
  };
}

function cursorOf(event: LoggedEvent | undefined): EventCursor | null {
  return event === undefined ? null : { at: event.at, id: event.id };
}

/** One event by its ID, or null. */
export async function readEvent(runtime: Runtime, id: string): Promise<LoggedEvent | null> {
  const row = await runtime.db.event.findUnique({ where: { id } });
  return row && logged(row);
}

/** The keys of what stands at or after a moment, oldest first, at most so many: read from the index alone. */
export async function readEventKeys(runtime: Runtime, since: Date, limit: number): Promise<EventCursor[]> {
  const rows = await runtime.db.$queryRaw<{ at: Date | string; id: string }[]>(sql`
    SELECT "at", "id" FROM "Event" WHERE "at" >= ${since} ORDER BY "at", "id" LIMIT ${limit}`);
  return rows.map(({ at, id }) => ({ at: new Date(at), id }));
}

/** These events, oldest first. */
export async function readEventsById(runtime: Runtime, ids: readonly string[]): Promise<LoggedEvent[]> {
  const rows = await runtime.db.event.findMany({
    where: { id: { in: [...ids] } },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  });
  return rows.flatMap((row) => logged(row) ?? []);
}

/**
 * Deletes up to `limit` of the oldest events before a moment and says so, in one transaction. The line of the log is one
 * for a whole run: `line` is what the batch before returned, and its count grows. Returns null when nothing was left.
 */
export async function forgetEvents(
  runtime: Runtime,
  before: Date,
  limit: number,
  line: { readonly id: string; readonly count: number } | null,
): Promise<{ readonly id: string; readonly count: number } | null> {
  return await runtime.db.$transaction(async (tx) => {
    const count = await tx.$executeRaw(sql`
      DELETE FROM "Event" WHERE "id" IN (
        SELECT "id" FROM "Event" WHERE "at" < ${before} ORDER BY "at", "id" LIMIT ${limit})`);
    if (count === 0) return null;
    const total = (line?.count ?? 0) + count;
    const detail = JSON.stringify({ count: total, before: before.toISOString() });
    if (line !== null) {
      await tx.event.update({ where: { id: line.id }, data: { detail } });
      return { id: line.id, count: total };
    }
    const id = newId(runtime);
    await insert(tx, 'Event', {
      id,
      at: runtime.clock.now(),
      code: 'events_forgotten',
      outcome: 'success',
      detail,
      sample: false,
    });
    return { id, count: total };
  });
}

/** A row as it is read; null for a code that this version does not know. */
function logged(row: EventRow): LoggedEvent | null {
  if (!(eventCodes as string[]).includes(row.code)) return null;
  return {
    ...row,
    at: new Date(row.at),
    code: row.code as EventCode,
    outcome: row.outcome as EventOutcome,
    detail: JSON.parse(row.detail) as LoggedEvent['detail'],
    sample: Boolean(row.sample),
  };
}
