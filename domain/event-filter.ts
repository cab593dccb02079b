import { z } from 'zod';
import { type EventCode, type EventOutcome, eventCodes, windowsEventId } from './event.ts';
import { codesOf, eventKinds } from './event-kind.ts';
import { UPN_MAX_LENGTH } from './identity.ts';
import { type IdRange, readSupportCode } from './support-code.ts';
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from './time.ts';

/**
 * Which events are meant: one filter for the page's address, the live stream, the export and the command line. In an
 * address each part is a text; an empty one is left out, and an unknown or malformed one is refused, never ignored: a
 * typing error must not show or export everything.
 */

const MOST_LISTED = 50;

const blankIsUnset = (value: unknown) =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;
const part = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsUnset, schema.optional());
const text = (maximum: number) => z.string().trim().min(1).max(maximum);
const id = z
  .string()
  .trim()
  .max(64)
  .regex(/^[0-9a-f-]+$/);

/** `a,b,c` as a list without duplicates. */
const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .max(2000)
    .transform((joined) => [...new Set(joined.split(',').map((each) => each.trim()))])
    .pipe(z.array(item).min(1).max(MOST_LISTED));

/** A day, a moment (UTC where no zone is given), or so long ago: `-24h`, `-30m`, `-7d`. */
const moment = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true, local: true }),
  z.string().regex(/^-[1-9]\d{0,4}[mhd]$/),
]);

/** As somebody reads it from their screen, in its one form. */
const support = text(32).transform((typed, context) => {
  const code = readSupportCode(typed);
  if (code !== null) return code;
  context.addIssue('no support code');
  return z.NEVER;
});

/** The parts of a filter as an address or a command line gives them. */
export const eventFilterParts = {
  /** UPN or ID. */
  person: part(text(UPN_MAX_LENGTH)),
  /** Name or ID. */
  device: part(text(64)),
  /** Names or IDs: the people who are in one of these, in a group in it, or have a device there. */
  group: part(listOf(text(256))),
  credential: part(id),
  session: part(id),
  /** What a refusal showed. */
  support: part(support),
  code: part(listOf(z.enum(eventCodes as [EventCode, ...EventCode[]]))),
  windowsId: part(
    listOf(
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
    ),
  ),
  kind: part(z.enum(eventKinds)),
  outcome: part(z.enum(['success', 'failure'])),
  /** The first moment that counts. */
  from: part(moment),
  /** The first moment that no longer counts; a day counts whole. */
  to: part(moment),
};
export type EventFilterPart = keyof typeof eventFilterParts;
export const eventFilterPartNames = Object.keys(eventFilterParts) as EventFilterPart[];

export const eventFilter = z.strictObject(eventFilterParts);
export type EventFilter = z.infer<typeof eventFilter>;

export const eventOrders = ['newest', 'oldest'] as const;
export type EventOrder = (typeof eventOrders)[number];

/** A place in the log. `id` tells apart what shares a moment. */
export interface EventCursor {
  readonly at: Date;
  readonly id: string;
}

/** `<milliseconds since 1970>.<id>`. */
export function cursorText({ at, id }: EventCursor): string {
  return `${at.getTime()}.${id}`;
}

export const eventCursor = z
  .string()
  .regex(/^\d{1,13}\.[0-9a-f-]{1,64}$/)
  .transform((written): EventCursor => {
    const [time = '', id = ''] = written.split('.');
    return { at: new Date(Number(time)), id };
  });

/** Below every real event of its millisecond. */
export function cursorAt(at: Date): EventCursor {
  return { at, id: '0' };
}

/** The query of the live stream; `after` is the last event that the reader has. */
export const eventStreamQuery = z.strictObject({ ...eventFilterParts, after: part(eventCursor) });

/** The query of an export. */
export const eventExportQuery = z.strictObject({
  ...eventFilterParts,
  format: z.enum(['ndjson', 'csv']),
  order: part(z.enum(eventOrders)),
});
export type EventExportFormat = z.infer<typeof eventExportQuery>['format'];

const AGES: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** The moment that a `from` or `to` means now. */
export function momentOf(written: string, edge: 'from' | 'to', now: Date): Date {
  const ago = /^-(\d+)([mhd])$/.exec(written);
  if (ago !== null) return later(now, -Number(ago[1]) * (AGES[ago[2] ?? ''] ?? 0));
  if (/^\d{4}-\d{2}-\d{2}$/.test(written)) {
    const midnight = new Date(`${written}T00:00:00Z`);
    return edge === 'to' ? later(midnight, DAY_MS) : midnight;
  }
  return new Date(/(Z|[+-]\d{2}:?\d{2})$/i.test(written) ? written : `${written}Z`);
}

/** A filter with everything in it looked up: what a row is held against. */
export interface EventSelection {
  /** One, or any of several. */
  readonly userId?: string | readonly string[] | undefined;
  /** Whoever policy for one of these groups, by their IDs, reaches: too many people to be named. */
  readonly groups?: readonly string[] | undefined;
  /** One, or any of several. */
  readonly deviceId?: string | readonly string[] | undefined;
  readonly credentialId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly ids?: IdRange | undefined;
  /** Any of these; none of them when empty. */
  readonly codes?: readonly EventCode[] | undefined;
  readonly outcome?: EventOutcome | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** What code, Windows event ID, kind and outcome together leave: each narrows the others. */
export function codesAndOutcome(
  filter: Pick<EventFilter, 'code' | 'windowsId' | 'kind' | 'outcome'>,
): Pick<EventSelection, 'codes' | 'outcome'> {
  const failuresOnly = filter.kind === 'problems';
  if (failuresOnly && filter.outcome === 'success') return { codes: [] };
  const outcome = failuresOnly ? 'failure' : filter.outcome;
  if (filter.code === undefined && filter.windowsId === undefined && filter.kind === undefined)
    return { outcome };
  const ofKind: readonly EventCode[] = filter.kind === undefined ? eventCodes : codesOf(filter.kind);
  return {
    codes: ofKind.filter(
      (code) =>
        (filter.code?.includes(code) ?? true) &&
        (filter.windowsId?.some((each) => each === windowsEventId(code)) ?? true),
    ),
    outcome,
  };
}

interface Selectable {
  readonly id: string;
  readonly at: Date;
  readonly code: EventCode;
  readonly outcome: EventOutcome;
  readonly userId: string | null;
  readonly deviceId: string | null;
  readonly credentialId: string | null;
  readonly sessionId: string | null;
}

const isOneOf = (wanted: string | readonly string[] | undefined, value: string | null) =>
  wanted === undefined || (value !== null && [wanted].flat().includes(value));

/**
 * Whether an event is among those selected: the same judgement as the store's. Who is in the selection's groups, of those
 * whose events are asked about, only the store knows.
 */
export function selects(
  selection: EventSelection,
  event: Selectable,
  inGroups?: ReadonlySet<string>,
): boolean {
  const { userId, groups, deviceId, credentialId, sessionId, ids, codes, outcome, from, to } = selection;
  return (
    isOneOf(userId, event.userId) &&
    (groups === undefined || (event.userId !== null && inGroups?.has(event.userId) === true)) &&
    isOneOf(deviceId, event.deviceId) &&
    (credentialId === undefined || event.credentialId === credentialId) &&
    (sessionId === undefined || event.sessionId === sessionId) &&
    (ids === undefined || (ids.first <= event.id && event.id <= ids.last)) &&
    (codes === undefined || codes.includes(event.code)) &&
    (outcome === undefined || event.outcome === outcome) &&
    (from === undefined || event.at >= from) &&
    (to === undefined || event.at < to)
  );
}

/** The filter as the words of an address again, for links and for the log. */
export function filterWords(filter: EventFilter): Partial<Record<EventFilterPart, string>> {
  return Object.fromEntries(
    eventFilterPartNames.flatMap((name) => {
      const value = filter[name];
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : String(value)]];
    }),
  );
}
