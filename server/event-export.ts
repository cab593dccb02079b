import 'server-only';
import type { z } from 'zod';
import { csvHeader, csvLine, type EventEntry, ndjsonLine } from '#domain/event-entry';
import {
  type EventCursor,
  type EventExportFormat,
  type EventOrder,
  type EventSelection,
  type eventExportQuery,
  filterWords,
} from '#domain/event-filter';
import { ok, type Result } from '#domain/result';
import { later, SECOND_MS } from '#domain/time';
import type { SignedIn } from './caller.ts';
import type { Streamed } from './endpoint.ts';
import { EVENT_PAGE_MAX, type EventDraft, readEvents, record, UNSETTLED_MS } from './event.ts';
import { describeEvents } from './event-entry.ts';
import { selectEvents } from './event-filter.ts';
import { mayStillRead } from './event-reader.ts';
import type { Runtime } from './runtime.ts';
import { createSlots, perRuntime } from './slots.ts';

export interface EventExport {
  readonly fileName: string;
  readonly contentType: string;
  /** The file, a page of rows at a time; nothing is read before it is asked for. */
  readonly chunks: AsyncGenerator<string, void>;
}

interface Format {
  readonly contentType: string;
  readonly header: string;
  readonly line: (entry: EventEntry) => string;
}

const formats: Readonly<Record<EventExportFormat, Format>> = {
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', header: '', line: ndjsonLine },
  csv: { contentType: 'text/csv; charset=utf-8; header=present', header: csvHeader, line: csvLine },
};

export type EventExportQuery = z.output<typeof eventExportQuery>;

interface Exporter {
  /** Who exports, for the log; empty for the command line. */
  readonly by: Pick<EventDraft, 'userId' | 'deviceId' | 'sessionId'>;
  /** Whether they still may; asked before every page. */
  readonly may: () => Promise<boolean>;
}

/**
 * Exports exactly what a filter selects at this moment, in bounded memory: a page is read when the one before has been
 * taken. What is written meanwhile is not in it. That it was exported is an event, with the filter and how many rows went
 * out; it is written before the last of them is acknowledged as the end.
 */
export async function exportEvents(
  runtime: Runtime,
  { format, order = 'newest', ...filter }: EventExportQuery,
  exporter: Exporter,
): Promise<Result<EventExport>> {
  const selected = await selectEvents(runtime, filter);
  if (!selected.ok) return selected;
  const beganAt = runtime.clock.now();
  const snapshot = await takeSnapshot(runtime, selected.value, beganAt);
  const { contentType, header, line } = formats[format];

  async function* chunks(): AsyncGenerator<string, void> {
    let count = 0;
    let complete = false;
    try {
      if (header !== '') yield header;
      for await (const entries of snapshotPages(runtime, snapshot, order)) {
        // Thrown, so that the connection breaks: a file that ends early must not look whole.
        if (!(await exporter.may())) throw new Error('The exporter may not read the event log any more.');
        count += entries.length;
        yield entries.map(line).join('');
      }
      complete = true;
    } finally {
      const words = new URLSearchParams(filterWords(filter)).toString();
      await record(runtime.db, runtime, {
        code: 'events_exported',
        outcome: complete ? 'success' : 'failure',
        ...exporter.by,
        detail: { format, order, filter: decodeURIComponent(words) || 'none', count, complete },
      });
    }
  }
  const time = beganAt
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  return ok({ fileName: `latchkey-events-${time}.${format}`, contentType, chunks: chunks() });
}

interface Snapshot {
  readonly selection: EventSelection;
  /** From here on only these are in it: others of that age are still being committed. */
  readonly settledBefore: Date;
  readonly unsettled: ReadonlySet<string>;
}

/** What a selection holds now: all of it that is settled, and of the rest what can be seen at this moment. */
async function takeSnapshot(runtime: Runtime, selection: EventSelection, now: Date): Promise<Snapshot> {
  const settledBefore = later(now, -UNSETTLED_MS);
  const from =
    selection.from !== undefined && selection.from > settledBefore ? selection.from : settledBefore;
  const unsettled = new Set<string>();
  let after: EventCursor | undefined;
  for (;;) {
    const { events, last, full } = await readEvents(
      runtime,
      { ...selection, from },
      { order: 'oldest', after, limit: EVENT_PAGE_MAX },
    );
    for (const { id } of events) unsettled.add(id);
    if (!full || last === null) return { selection, settledBefore, unsettled };
    after = last;
  }
}

async function* snapshotPages(
  runtime: Runtime,
  { selection, settledBefore, unsettled }: Snapshot,
  order: EventOrder,
): AsyncGenerator<EventEntry[]> {
  let after: EventCursor | undefined;
  for (;;) {
    const { events, last, full } = await readEvents(runtime, selection, {
      order,
      after,
      limit: EVENT_PAGE_MAX,
    });
    const within = events.filter(({ at, id }) => at < settledBefore || unsettled.has(id));
    if (within.length > 0) yield await describeEvents(runtime, within);
    if (!full || last === null) return;
    after = last;
  }
}

/** An export reads as fast as it is taken: a few at once are plenty. */
const slotsOf = perRuntime((_runtime: Runtime) => createSlots({ perPerson: 2, inAll: 6 }));

const CHECK_MS = 3 * SECOND_MS;

/** The export as a download. It breaks off when the session ends, is locked or loses its role. */
export async function downloadEvents(
  runtime: Runtime,
  caller: SignedIn,
  query: EventExportQuery,
): Promise<Result<Streamed>> {
  const { session } = caller;
  const slot = slotsOf(runtime).take(session.userId);
  if (!slot.ok) return slot;
  const release = slot.value;
  let checkedAt = runtime.clock.world();
  const may = async () => {
    const now = runtime.clock.world();
    if (now.getTime() - checkedAt.getTime() < CHECK_MS) return true;
    checkedAt = now;
    return (await mayStillRead(runtime, [caller])).get(session.id) === null;
  };
  const by = { userId: session.userId, deviceId: session.deviceId, sessionId: session.id };
  const made = await exportEvents(runtime, query, { by, may }).catch((error: unknown) => {
    release();
    throw error;
  });
  if (!made.ok) {
    release();
    return made;
  }
  const { fileName, contentType, chunks } = made.value;
  return ok({
    headers: { 'content-type': contentType, 'content-disposition': `attachment; filename="${fileName}"` },
    chunks,
    closed: release,
  });
}
