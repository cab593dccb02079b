import 'server-only';
import { memberEventText } from '#domain/event';
import { SEEN_EVENTS_MAX, type Seen, type SeenSession } from '#domain/live-ceremony/recorded';
import type { Result } from '#domain/result';
import { supportCode } from '#domain/support-code';
import type { Caller, SignedInSession } from './caller.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';

/** Whether people may watch their own ceremonies: what the organisation has set, the same before and after a sign-in. */
export async function isLiveCeremonyOn({ db }: Pick<Runtime, 'db'>): Promise<boolean> {
  return (await readPolicy(db))('LiveCeremony.state').value;
}

const factsOf = (session: SignedInSession | null): SeenSession | null =>
  session && { kind: session.kind, method: session.method, onDevice: session.deviceId !== null };

/** What a watched request logged, without the lines of a transaction that lost and was begun again. */
export async function keptTrace({
  db,
  trace,
}: Pick<Runtime, 'db' | 'trace'>): Promise<Pick<Runtime, 'trace'>> {
  if (!trace?.events?.length) return trace === undefined ? {} : { trace };
  const ids = trace.events.map(({ id }) => id);
  const kept = await db.event.findMany({ where: { id: { in: ids } }, select: { id: true } });
  return { trace: { ...trace, events: trace.events.filter(({ id }) => kept.some((row) => row.id === id)) } };
}

/**
 * What the answer to a watched request tells beside its body; `given` is the session whose token goes back with it. It goes with that answer
 * alone, so that nobody can ask for anybody else's, and nothing is kept. Of a refusal it tells nothing that the answer does not: its
 * cause is for administrators.
 */
export function seenOf(
  { trace }: Pick<Runtime, 'trace'>,
  { session }: Pick<Caller, 'session'>,
  { ok }: Pick<Result<unknown>, 'ok'>,
  given: SignedInSession | null,
): Seen {
  const events = (ok ? (trace?.events ?? []) : []).filter(
    ({ code, userId, sessionId }) =>
      memberEventText(code) !== null &&
      (session === null ? given !== null && sessionId !== null : userId === session.userId),
  );
  return {
    events: events.slice(0, SEEN_EVENTS_MAX).map(({ code, id }) => ({ code, support: supportCode(id) })),
    session: factsOf(session),
    given: factsOf(given),
  };
}
