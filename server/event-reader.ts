import 'server-only';
import type { ProblemCode } from '#domain/problem';
import { administrator, type SignedIn } from './caller.ts';
import type { Runtime } from './runtime.ts';
import { watchSessions } from './session.ts';

/** Whoever may read the event log. */
export const eventReader = administrator('read');

/**
 * Whether the sessions of these callers may still read the event log, as the store says now: null by session ID where it
 * is live, unlocked and its person has a role that carries it, else why not.
 */
export async function mayStillRead(
  runtime: Runtime,
  callers: readonly SignedIn[],
): Promise<ReadonlyMap<string, ProblemCode | null>> {
  const ids = new Set(callers.map(({ session }) => session.id));
  const live = await watchSessions(runtime, [...ids]);
  return new Map(
    callers.map((caller) => {
      const session = live.get(caller.session.id) ?? null;
      const guarded = eventReader({ ...caller, session });
      return [caller.session.id, guarded.ok ? null : guarded.problem.code];
    }),
  );
}
