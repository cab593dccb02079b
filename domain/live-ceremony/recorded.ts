import { z } from 'zod';
import { type EventCode, eventCodes, memberEventText } from '../event.ts';
import { problemCodes } from '../problem.ts';
import type { Fact } from './fact.ts';
import type { MessageId } from './messages.ts';
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
}

/** A request that wants to know what it did asks with this header, and is told with the other one. */
export const WATCH_HEADER = 'latchkey-watch';
export const SEEN_HEADER = 'latchkey-seen';

/** No request does more. */
export const SEEN_EVENTS_MAX = 20;

/** What the server tells of a request: what was logged of it, by the support code that finds it in the log, and its session. */
export interface Seen {
  readonly events: readonly { readonly code: EventCode; readonly support: string }[];
  readonly session: { readonly kind: string; readonly method: string; readonly onDevice: boolean } | null;
}

const words = z.string().regex(/^[a-z_-]{1,40}$/);
const seen = z.object({
  events: z
    .array(
      z.object({
        code: z.enum(eventCodes as [EventCode, ...EventCode[]]),
        support: z.string().regex(/^[A-Z0-9-]{1,16}$/),
      }),
    )
    .max(SEEN_EVENTS_MAX),
  session: z.object({ kind: words, method: words, onDevice: z.boolean() }).nullable(),
});

/** What an answer says beside its body. */
export function answerFacts(status: number, body: unknown, header: string | null): readonly Fact[] {
  const { code } = (body ?? {}) as { code?: unknown };
  const problem = problemCodes.find((each) => each === code);
  return [
    { name: 'Status', value: String(status) },
    ...(problem === undefined ? [] : [{ name: 'Problem', value: problem }]),
    ...(header === null ? [] : seenFacts(header)),
  ];
}

function seenFacts(header: string): readonly Fact[] {
  let json: unknown = null;
  try {
    json = JSON.parse(header);
  } catch {
    return [];
  }
  const read = seen.safeParse(json);
  if (!read.success) return [];
  const { events, session } = read.data;
  return [
    ...events.map(({ code, support }) => ({
      name: `Logged, ${support}`,
      value: `${memberEventText(code) ?? ''} (${code})`,
    })),
    ...(session === null
      ? [{ name: 'Asked', value: 'without a session' }]
      : [
          { name: 'Session', value: `${session.kind}, by ${session.method}` },
          { name: 'Session is on a device', value: session.onDevice ? 'yes' : 'no' },
        ]),
  ];
}
