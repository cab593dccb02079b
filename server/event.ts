import 'server-only';
import { type EventCode, type EventOutcome, eventCodes } from '#domain/event';
import { insert, type Tx } from './db.ts';
import { newId, type Runtime } from './runtime.ts';

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
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Writes an event, in the transaction that it reports. */
export async function record(tx: Tx, runtime: Runtime, draft: EventDraft): Promise<void> {
  await insert(tx, 'Event', {
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
  });
}

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
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  readonly sample: boolean;
}

export interface EventFilter {
  readonly userId?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly codes?: readonly EventCode[] | undefined;
  readonly outcome?: EventOutcome | undefined;
  readonly since?: Date | undefined;
  /** The last row of the page before, for the next one. */
  readonly after?: { readonly at: Date; readonly id: string } | undefined;
}

/** Events, newest first, paged by key: a page stays the same whatever is written meanwhile. */
export async function listEvents(
  runtime: Runtime,
  filter: EventFilter,
  limit: number,
): Promise<LoggedEvent[]> {
  const rows = await runtime.db.event.findMany({
    where: {
      ...(filter.userId === undefined ? {} : { userId: filter.userId }),
      ...(filter.deviceId === undefined ? {} : { deviceId: filter.deviceId }),
      ...(filter.codes === undefined ? {} : { code: { in: [...filter.codes] } }),
      ...(filter.outcome === undefined ? {} : { outcome: filter.outcome }),
      ...(filter.since === undefined ? {} : { at: { gte: filter.since } }),
      ...(filter.after === undefined
        ? {}
        : { OR: [{ at: { lt: filter.after.at } }, { at: filter.after.at, id: { lt: filter.after.id } }] }),
    },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.flatMap((row) => logged(row) ?? []);
}

/** One event by its ID, or null. */
export async function readEvent(runtime: Runtime, id: string): Promise<LoggedEvent | null> {
  const row = await runtime.db.event.findUnique({ where: { id } });
  return row && logged(row);
}

/** A row as it is read; null for a code that this version does not know. */
function logged(
  row: Omit<LoggedEvent, 'code' | 'outcome' | 'detail'> & { code: string; outcome: string; detail: string },
): LoggedEvent | null {
  if (!(eventCodes as string[]).includes(row.code)) return null;
  return {
    ...row,
    code: row.code as EventCode,
    outcome: row.outcome as EventOutcome,
    detail: JSON.parse(row.detail) as LoggedEvent['detail'],
  };
}
