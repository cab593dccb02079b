import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { loggableUpn } from '#domain/identity';
import { type Problem, problem } from '#domain/problem';
import { later, MINUTE_MS, SECOND_MS } from '#domain/time';
import { sql } from './db.ts';
import { record } from './event.ts';
import type { Runtime } from './runtime.ts';
import { mac } from './secrets.ts';

/** NIST SP 800-63B-4 3.2.2 allows 100 consecutive failures; these stay far below without locking anybody out. */
const PER_NAME_AND_ADDRESS = { attempts: 5, windowMs: 5 * MINUTE_MS } as const;
/** Names tried from one address. */
const PER_ADDRESS = { attempts: 60, windowMs: 5 * MINUTE_MS } as const;
/** Past this many from everywhere a name is only slowed down: one attempt in ten seconds, never none. */
const PER_NAME = { attempts: 30, windowMs: 10 * MINUTE_MS } as const;
const SLOW = { attempts: 1, windowMs: 10 * SECOND_MS } as const;

interface Limit {
  readonly attempts: number;
  readonly windowMs: number;
}

/** What is guessed. Each is counted apart, so that a guessed password never closes the way with a key. */
export type Guessable = 'password' | 'temporary-access-pass' | 'totp';

/**
 * Counts an attempt at something guessable before it is judged, the same for names that exist and names that do not.
 * Null when it may go on; else the problem with the seconds to wait. Narrow limits come first, and an attempt that one of
 * them stops counts no further: one address can neither fill the store with names nor use up a name's turns.
 */
export async function takeAttempt(
  runtime: Runtime,
  what: Guessable,
  name: string,
  address: string,
): Promise<Problem | null> {
  const limited = async (waitMs: number, first: boolean) => {
    if (first) {
      const detail = { what, upn: loggableUpn(name), address };
      await record(runtime.db, runtime, { code: 'attempts_limited', outcome: 'failure', detail });
    }
    return problem('too_many_attempts', { retryAfterSeconds: Math.ceil(waitMs / SECOND_MS) });
  };
  const narrow = [
    [[what, 'address', address], PER_ADDRESS],
    [[what, 'pair', name, address], PER_NAME_AND_ADDRESS],
  ] as const;
  for (const [subject, limit] of narrow) {
    const taken = await count(runtime, subject, limit);
    if (taken.waitMs > 0) return await limited(taken.waitMs, taken.first);
  }
  const overall = await count(runtime, [what, 'name', name], PER_NAME);
  if (overall.waitMs === 0) return null;
  const slow = await count(runtime, [what, 'slow', name], SLOW);
  return slow.waitMs === 0 ? null : await limited(slow.waitMs, slow.first);
}

/** Forgets the failures of a name from an address after it succeeded there. */
export async function forgiveAttempts(
  runtime: Runtime,
  what: Guessable,
  name: string,
  address: string,
): Promise<void> {
  await runtime.db.rateLimit.deleteMany({ where: { key: keyOf(runtime, [what, 'pair', name, address]) } });
}

/** Failed answers of keys from one address that the event log keeps whole. */
const LOGGED_FAILURES = { attempts: 100, windowMs: 5 * MINUTE_MS } as const;

/**
 * Whether a failed answer of a key is still worth a line in the event log: a key cannot be guessed, so nothing is refused,
 * but nobody shall fill the store from outside. The first that is left out is logged as such.
 */
export async function isLogged(runtime: Runtime, address: string): Promise<boolean> {
  const { waitMs, first } = await count(runtime, ['key', 'address', address], LOGGED_FAILURES);
  if (first) {
    await record(runtime.db, runtime, {
      code: 'attempts_limited',
      outcome: 'failure',
      detail: { what: 'key', address },
    });
  }
  return waitMs === 0;
}

/** Forgets windows that are over. */
export async function forgetExpiredLimits(runtime: Runtime): Promise<number> {
  const { count } = await runtime.db.rateLimit.deleteMany({
    where: { windowEndsAt: { lt: runtime.clock.now() } },
  });
  return count;
}

/**
 * Counts one in a fixed window, in one statement that is exact under concurrency. `waitMs` is what is left of the window
 * when the limit is passed, else 0; `first` marks the one that passed it.
 */
async function count(
  runtime: Runtime,
  subject: readonly string[],
  limit: Limit,
): Promise<{ waitMs: number; first: boolean }> {
  const now = runtime.clock.now();
  const rows = await runtime.db.$queryRaw<{ count: number | bigint; windowEndsAt: Date | string }[]>(sql`
    INSERT INTO "RateLimit" ("key", "count", "windowEndsAt")
    VALUES (${keyOf(runtime, subject)}, 1, ${later(now, limit.windowMs)})
    ON CONFLICT ("key") DO UPDATE SET
      "count" = CASE WHEN "RateLimit"."windowEndsAt" <= ${now} THEN 1 ELSE "RateLimit"."count" + 1 END,
      "windowEndsAt" = CASE WHEN "RateLimit"."windowEndsAt" <= ${now} THEN ${later(now, limit.windowMs)} ELSE "RateLimit"."windowEndsAt" END
    RETURNING "count", "windowEndsAt"`);
  const row = rows[0];
  if (row === undefined || Number(row.count) <= limit.attempts) return { waitMs: 0, first: false };
  const waitMs = Math.max(1, new Date(row.windowEndsAt).getTime() - now.getTime());
  return { waitMs, first: Number(row.count) === limit.attempts + 1 };
}

/** Names are personal data and addresses too: the store holds neither. JSON keeps the parts apart. */
function keyOf(runtime: Runtime, subject: readonly string[]): string {
  return toBase64Url(mac(runtime.keys('rate-limit'), Buffer.from(JSON.stringify(subject))));
}
