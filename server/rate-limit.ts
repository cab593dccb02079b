import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { type Problem, problem } from '#domain/problem';
import { MINUTE_MS, SECOND_MS, later } from '#domain/time';
import { sql } from './db.ts';
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
export type Guessable = 'password' | 'temporary-access-pass';

/**
 * Counts an attempt at something guessable before it is judged, the same for names that exist and names that do not.
 * Null when it may go on; else the problem with the seconds to wait.
 */
export async function takeAttempt(
  runtime: Runtime,
  what: Guessable,
  name: string,
  address: string,
): Promise<Problem | null> {
  const waits = [
    await count(runtime, `${what}:pair:${name}:${address}`, PER_NAME_AND_ADDRESS),
    await count(runtime, `${what}:address:${address}`, PER_ADDRESS),
  ];
  const overall = await count(runtime, `${what}:name:${name}`, PER_NAME);
  if (overall > 0) waits.push(await count(runtime, `${what}:slow:${name}`, SLOW));
  const retryAfterMs = Math.max(...waits);
  return retryAfterMs === 0 ? null : problem('too_many_attempts', { retryAfterSeconds: Math.ceil(retryAfterMs / SECOND_MS) });
}

/** Forgets the failures of a name from an address after it succeeded there. */
export async function forgiveAttempts(runtime: Runtime, what: Guessable, name: string, address: string): Promise<void> {
  await runtime.db.rateLimit.deleteMany({ where: { key: keyOf(runtime, `${what}:pair:${name}:${address}`) } });
}

/** Forgets windows that are over. */
export async function forgetExpiredLimits(runtime: Runtime): Promise<number> {
  const { count } = await runtime.db.rateLimit.deleteMany({ where: { windowEndsAt: { lt: runtime.clock.now() } } });
  return count;
}

/** Counts one in a fixed window, in one statement that is exact under concurrency. Milliseconds to wait, or 0. */
async function count(runtime: Runtime, subject: string, limit: Limit): Promise<number> {
  const now = runtime.clock.now();
  const rows = await runtime.db.$queryRaw<{ count: number | bigint; windowEndsAt: Date | string }[]>(sql`
    INSERT INTO "RateLimit" ("key", "count", "windowEndsAt")
    VALUES (${keyOf(runtime, subject)}, 1, ${later(now, limit.windowMs)})
    ON CONFLICT ("key") DO UPDATE SET
      "count" = CASE WHEN "RateLimit"."windowEndsAt" <= ${now} THEN 1 ELSE "RateLimit"."count" + 1 END,
      "windowEndsAt" = CASE WHEN "RateLimit"."windowEndsAt" <= ${now} THEN ${later(now, limit.windowMs)} ELSE "RateLimit"."windowEndsAt" END
    RETURNING "count", "windowEndsAt"`);
  const row = rows[0];
  if (row === undefined || Number(row.count) <= limit.attempts) return 0;
  return Math.max(1, new Date(row.windowEndsAt).getTime() - now.getTime());
}

/** Names are personal data and addresses too: the store holds neither. */
function keyOf(runtime: Runtime, subject: string): string {
  return toBase64Url(mac(runtime.keys('rate-limit'), Buffer.from(subject)));
}
