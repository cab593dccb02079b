import { z } from 'zod';
import { type EventCode, eventCodes, memberEventText } from '../event.ts';
import { problemCodes } from '../problem.ts';
import type { ActionResult } from '../result.ts';
import type { Fact } from './fact.ts';
import { type MessageId, messageOf } from './messages.ts';
import type { RunName } from './runs.ts';

/** A message of this browser, as the live view gets it. */
export interface Recorded {
  readonly run: { readonly id: string; readonly name: RunName | null };
  readonly id: MessageId;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly facts: readonly Fact[];
  /** Of what went over the network: the size of the body, and how long the answer took. */
  readonly bytes?: number;
  readonly tookMs?: number;
  /** How often it was asked on the side, where that is more than once. */
  readonly times?: number;
}

const isAside = ({ id }: Recorded): boolean => messageOf(id)?.aside === true;

/** What was told and one message more. What a page asks over and over on the side is one message: the newest, and how often. */
export function withOneMore(told: readonly Recorded[], next: Recorded): readonly Recorded[] {
  if (!isAside(next)) return [...told, next];
  const at = told.findLastIndex(({ run, id }) => run.id === next.run.id && id === next.id);
  const before = told[at];
  if (before === undefined || !told.slice(at).every(isAside)) return [...told, next];
  return [...told.toSpliced(at, 1), { ...next, times: (before.times ?? 1) + 1 }];
}

/** A request that wants to know what it did asks with this header, and is told with the other one. */
export const WATCH_HEADER = 'latchkey-watch';
export const SEEN_HEADER = 'latchkey-seen';

/** No request does more. */
export const SEEN_EVENTS_MAX = 20;

export interface SeenSession {
  readonly kind: string;
  readonly method: string;
  readonly onDevice: boolean;
}

/**
 * What the server tells of a request: what was logged of it, by the support code that finds it in the log, the session that asked, and
 * the one whose token its answer gives: a new one, or the same after a step-up or an unlock.
 */
export interface Seen {
  readonly events: readonly { readonly code: EventCode; readonly support: string }[];
  readonly session: SeenSession | null;
  readonly given: SeenSession | null;
}

const words = z.string().regex(/^[a-z_-]{1,40}$/);
const seenSession = z.object({ kind: words, method: words, onDevice: z.boolean() }).nullable();
const seen = z.object({
  events: z
    .array(
      z.object({
        code: z.enum(eventCodes as [EventCode, ...EventCode[]]),
        support: z.string().regex(/^[A-Z0-9-]{1,16}$/),
      }),
    )
    .max(SEEN_EVENTS_MAX),
  session: seenSession,
  given: seenSession,
});

function problemFacts(code: unknown): readonly Fact[] {
  const problem = problemCodes.find((each) => each === code);
  return problem === undefined ? [] : [{ name: 'Problem', value: problem }];
}

/** What the answer to a form says beside its value. */
export function outcomeFacts(result: ActionResult<unknown>): readonly Fact[] {
  return [
    { name: 'Outcome', value: result.ok ? 'taken' : 'refused' },
    ...(result.ok ? [] : problemFacts(result.problem.code)),
  ];
}

/** Whether an answer says no. */
export function isRefused({ facts }: Pick<Recorded, 'facts'>): boolean {
  return facts.some(
    ({ name, value }) =>
      (name === 'Outcome' && value === 'refused') || (name === 'Status' && Number(value) >= 400),
  );
}

/** What an answer says beside its body. */
export function answerFacts(status: number, body: unknown, header: string | null): readonly Fact[] {
  const { code } = (body ?? {}) as { code?: unknown };
  return [
    { name: 'Status', value: String(status) },
    ...problemFacts(code),
    ...(header === null ? [] : seenFacts(header)),
  ];
}

const sessionFacts = (name: string, { kind, method, onDevice }: SeenSession): readonly Fact[] => [
  { name, value: `${kind}, by ${method}` },
  { name: `${name} is on a device`, value: onDevice ? 'yes' : 'no' },
];

function seenFacts(header: string): readonly Fact[] {
  let json: unknown = null;
  try {
    json = JSON.parse(header);
  } catch {
    return [];
  }
  const read = seen.safeParse(json);
  if (!read.success) return [];
  const { events, session, given } = read.data;
  return [
    ...events.map(({ code, support }) => ({
      name: `Logged, ${support}`,
      value: `${memberEventText(code) ?? ''} (${code})`,
    })),
    ...(session === null
      ? [{ name: 'Asked', value: 'without a session' }]
      : sessionFacts('Session', session)),
    ...(given === null ? [] : sessionFacts('Session of the new cookie', given)),
  ];
}
