import 'server-only';
import type { Problem } from '#domain/problem';
import type { Caller } from './caller.ts';
import { isStoreUnavailable } from './db.ts';
import { record } from './event.ts';
import { isFirstMisuse, isLogged } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import { sessionOfFingerprint } from './session.ts';

/**
 * Logs that a session was used while it was locked, at a door that changes something: by its owner in another tab, or by
 * somebody who has its cookie. What only reads is refused without a line, since a page that is left open asks by itself; and so
 * is what was refused for anything else.
 */
export async function noteLockedUse(runtime: Runtime, caller: Caller, { code }: Problem): Promise<void> {
  const { session, address } = caller;
  if (code !== 'session_locked' || session === null) return;
  await unlessFull(async () => {
    if (!(await isFirstMisuse(runtime, 'locked-session', session, address))) return;
    const { id: sessionId, userId, deviceId } = session;
    await record(runtime.db, runtime, {
      code: 'locked_session_used',
      outcome: 'failure',
      userId,
      sessionId,
      deviceId,
      detail: { cause: code, address },
    });
  });
}

/**
 * Logs that a token of no session is what the store keeps in place of one. No browser was ever given it, so whoever sends it
 * has read the store. It opens nothing.
 */
export async function noteForgedSession(runtime: Runtime, token: string, address: string): Promise<void> {
  const session = await sessionOfFingerprint(runtime, token);
  if (session === null) return;
  await unlessFull(async () => {
    if (!(await isFirstMisuse(runtime, 'forged-session', session, address))) return;
    // A copy of the store has many of them.
    if (!(await isLogged(runtime, address))) return;
    await record(runtime.db, runtime, {
      code: 'session_forged',
      outcome: 'failure',
      userId: session.userId,
      sessionId: session.id,
      detail: { cause: 'session_fingerprint', address },
    });
  });
}

/** A store that takes no writes keeps nobody from reading. */
async function unlessFull(note: () => Promise<void>): Promise<void> {
  try {
    await note();
  } catch (error) {
    if (!isStoreUnavailable(error)) throw error;
  }
}
