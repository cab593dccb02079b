import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { loggableUpn } from '#domain/identity';
import { networkOf } from '#domain/network';
import { type Problem, problem } from '#domain/problem';
import {
  type CountedBy,
  type Door,
  type Guessable,
  type Limit,
  type Limited,
  limitName,
  limitOfName,
  limits,
} from '#domain/rate-limit';
import { ok, type Result, refuse } from '#domain/result';
import { later, MINUTE_MS, SECOND_MS } from '#domain/time';
import type { Caller, Person } from './caller.ts';
import { sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { mayManage } from './identity.ts';
import type { Runtime } from './runtime.ts';
import { mac } from './secrets.ts';

export type { Guessable } from '#domain/rate-limit';

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
  for (const limit of limits[what]) {
    const { waitMs, first, userId } = await count(runtime, { what, name, address }, limit);
    // Past its turns from everywhere a name goes on, slowed; within them that is not asked.
    if (limit.by === 'name') {
      if (waitMs === 0) return null;
    } else if (waitMs > 0) {
      if (first) {
        const detail = { what, upn: loggableUpn(name), address };
        await record(runtime.db, runtime, { code: 'attempts_limited', outcome: 'failure', userId, detail });
      }
      return tooMany(waitMs);
    }
  }
  return null;
}

/**
 * Counts a request at a door, by one statement: by its session where somebody is signed in, else by its address, so that a
 * crowd at one address stops nobody there who is signed in. A browser's own cookie counts nothing: a flood throws it away.
 */
export async function passDoor(runtime: Runtime, door: Door, caller: Caller): Promise<Problem | null> {
  const by = caller.session === null ? 'address' : 'session';
  const limit = limits[door].find((each) => each.by === by);
  if (limit === undefined) return null;
  const { address, session } = caller;
  const subject = { what: door, address, sessionId: session?.id, userId: session?.userId };
  const { waitMs, first } = await count(runtime, subject, limit);
  if (waitMs === 0) return null;
  if (first) {
    await record(runtime.db, runtime, {
      code: 'attempts_limited',
      outcome: 'failure',
      userId: session?.userId,
      sessionId: session?.id,
      detail: { what: door, address },
    });
  }
  return tooMany(waitMs);
}

function tooMany(waitMs: number): Problem {
  return problem('too_many_attempts', { retryAfterSeconds: Math.ceil(waitMs / SECOND_MS) });
}

/** Forgets the failures of a name from an address after it succeeded there. */
export async function forgiveAttempts(
  runtime: Runtime,
  what: Guessable,
  name: string,
  address: string,
): Promise<void> {
  const key = keyOf(runtime, { what, name, address }, 'name and address');
  await runtime.db.rateLimit.deleteMany({ where: { key } });
}

/** Failed answers that nobody can guess, from one address and all in one count, that the event log keeps whole. */
const LOGGED_FAILURES: Limit = {
  by: 'address',
  attempts: 100,
  windowMs: 5 * MINUTE_MS,
  source: 'Own judgement',
};

/**
 * Whether a failed answer of a key, a phone or a sealed ticket is still worth a line in the event log: none can be guessed, so
 * nothing is refused, but nobody shall fill the store from outside. The first that is left out is logged as such.
 */
export async function isLogged(runtime: Runtime, address: string): Promise<boolean> {
  const { waitMs, first } = await count(runtime, { what: 'key', address }, LOGGED_FAILURES);
  if (first) {
    await record(runtime.db, runtime, {
      code: 'attempts_limited',
      outcome: 'failure',
      detail: { what: 'key', address },
    });
  }
  return waitMs === 0;
}

/** Of one misuse of one session the event log keeps a line in this long. */
const FOLDED_MISUSE: Limit = {
  by: 'session',
  attempts: 1,
  windowMs: 15 * MINUTE_MS,
  source: 'Own judgement',
};

/** Whether a misuse of a session is the first in a while: whoever repeats it shall not fill the store. */
export async function isFirstMisuse(
  runtime: Runtime,
  what: Misuse,
  { id: sessionId, userId }: { readonly id: string; readonly userId: string },
  address: string,
): Promise<boolean> {
  const { waitMs } = await count(runtime, { what, address, sessionId, userId }, FOLDED_MISUSE);
  return waitMs === 0;
}

/** Forgets windows that are over. */
export async function forgetExpiredLimits(runtime: Runtime): Promise<number> {
  const { count } = await runtime.db.rateLimit.deleteMany({
    where: { windowEndsAt: { lt: runtime.clock.now() } },
  });
  return count;
}

/** What a sign-in writes, rounded up: a page for each row and index that it touches. */
const SIGN_IN_BYTES = 128 * 1024;

/**
 * Writes about as much as a sign-in does, as a window that is over, and takes it away again. Throws where the store takes
 * no writes: on a full disk a smaller one may still find room.
 */
export async function tryWriting(runtime: Runtime): Promise<void> {
  const key = 'try-writing';
  const what = 'x'.repeat(SIGN_IN_BYTES);
  await runtime.db.$executeRaw`INSERT INTO "RateLimit" ("key", "what", "count", "windowEndsAt")
    VALUES (${key}, ${what}, 0, ${runtime.clock.now()})
    ON CONFLICT ("key") DO UPDATE SET "what" = ${what}`;
  await runtime.db.rateLimit.deleteMany({ where: { key } });
}

export interface ReachedLimit {
  /** What clears it. */
  readonly key: string;
  readonly what: Limited;
  readonly by: CountedBy;
  readonly userId: string | null;
  /** An IPv4 address, or the /64 of an IPv6 one. */
  readonly address: string | null;
  /** How many came, those that were refused included. */
  readonly count: number;
  readonly attempts: number;
  readonly endsAt: Date;
}

/** The limits that are reached now: the next attempt waits. Those that end last come first. */
export async function listReachedLimits(
  runtime: Runtime,
  filter: { readonly userId?: string } = {},
): Promise<ReachedLimit[]> {
  const rows = await runtime.db.rateLimit.findMany({
    where: {
      ...filter,
      windowEndsAt: { gt: runtime.clock.now() },
      count: { gte: runtime.db.rateLimit.fields.attempts },
    },
    orderBy: [{ windowEndsAt: 'desc' }, { key: 'asc' }],
    take: 500,
  });
  return rows.flatMap(({ key, what, userId, address, count, attempts, windowEndsAt }) => {
    const known = limitOfName(what);
    // The ten seconds between two slowed attempts are part of the limit that slowed them.
    if (known === null || known.limit.by === 'slowed') return [];
    return {
      key,
      what: known.what,
      by: known.limit.by,
      userId,
      address,
      count,
      attempts,
      endsAt: windowEndsAt,
    };
  });
}

export type ClearedLimits =
  | { readonly key: string }
  | { readonly userId: string }
  | { readonly address: string };

/**
 * Clears one limit, everything counted about a person, or everything counted at an address. `actor` is the administrator,
 * who may clear for a person what they may manage, and never for themselves; null is the command line on the server.
 */
export async function clearLimits(
  runtime: Runtime,
  actor: Person | null,
  which: ClearedLimits,
): Promise<Result<{ cleared: number }>> {
  const row = 'key' in which ? await runtime.db.rateLimit.findUnique({ where: { key: which.key } }) : null;
  if ('key' in which && row === null) return refuse('not_found');
  const userId = 'userId' in which ? which.userId : (row?.userId ?? null);
  if (actor !== null && userId !== null) {
    const allowed = await mayManage(runtime, actor, userId);
    if (!allowed.ok) return allowed;
  }
  const address = 'address' in which ? networkOf(which.address) : (row?.address ?? null);
  return await runtime.db.$transaction(async (tx) => {
    const cleared = await clear(tx, row === null ? which : row);
    if (cleared === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'limits_cleared',
      userId,
      actorId: actor?.id,
      detail: {
        cleared,
        ...(row === null ? {} : { what: row.what }),
        ...(address === null ? {} : { address }),
      },
    });
    return ok({ cleared });
  });
}

async function clear(
  tx: Tx,
  which: ClearedLimits & { readonly what?: string; readonly userId?: string | null },
) {
  if (!('key' in which)) {
    const where = 'address' in which ? { address: networkOf(which.address) } : { userId: which.userId };
    return (await tx.rateLimit.deleteMany({ where })).count;
  }
  // With a name's turns goes the wait that began when they were used up.
  const known = limitOfName(which.what ?? '');
  if (known?.limit.by === 'name' && which.userId) {
    const what = limitName(known.what, 'slowed');
    await tx.rateLimit.deleteMany({ where: { what, userId: which.userId } });
  }
  return (await tx.rateLimit.deleteMany({ where: { key: which.key } })).count;
}

/** What is refused for other reasons than its count: only its lines in the event log are counted. */
type Misuse = 'locked-session' | 'forged-session';
const isLimit = (what: Limited | Misuse | 'key'): what is Limited => Object.hasOwn(limits, what);

/** What an attempt is about; each limit counts some of it. */
interface Subject {
  readonly what: Limited | Misuse | 'key';
  readonly name?: string | undefined;
  readonly address: string;
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
}

const BY_NAME: readonly CountedBy[] = ['name and address', 'name', 'slowed'];
const BY_ADDRESS: readonly CountedBy[] = ['address', 'name and address', 'session'];

/**
 * Counts one in a fixed window, in one statement that is exact under concurrency, between instances too. `waitMs` is what
 * is left of the window when the limit is passed, else 0; `first` marks the one that passed it. The statement finds the
 * person of a name by itself: a name that does not exist costs the same.
 */
async function count(
  runtime: Runtime,
  subject: Subject,
  limit: Limit,
): Promise<{ waitMs: number; first: boolean; userId: string | null }> {
  const now = runtime.clock.now();
  const ends = later(now, limit.windowMs);
  const what = isLimit(subject.what) ? limitName(subject.what, limit.by) : subject.what;
  const upn = BY_NAME.includes(limit.by) ? (subject.name ?? '') : '';
  const address = BY_ADDRESS.includes(limit.by) ? networkOf(subject.address) : null;
  const person =
    subject.userId === undefined
      ? sql`(SELECT "id" FROM "User" WHERE "upn" = ${upn})`
      : sql`${limit.by === 'session' ? subject.userId : null}`;
  // One that ends later than it could was begun in a time that a moved clock has come back from.
  const over = sql`("RateLimit"."windowEndsAt" <= ${now} OR "RateLimit"."windowEndsAt" > ${later(ends, MINUTE_MS)})`;
  const rows = await runtime.db.$queryRaw<
    { count: number | bigint; windowEndsAt: Date | string; userId: string | null }[]
  >(sql`
    INSERT INTO "RateLimit" ("key", "what", "userId", "address", "count", "attempts", "windowEndsAt")
    VALUES (${keyOf(runtime, subject, limit.by)}, ${what}, ${person}, ${address}, 1, ${limit.attempts}, ${ends})
    ON CONFLICT ("key") DO UPDATE SET
      "userId" = excluded."userId",
      "attempts" = excluded."attempts",
      "count" = CASE WHEN ${over} THEN 1 ELSE "RateLimit"."count" + 1 END,
      "windowEndsAt" = CASE WHEN ${over} THEN ${ends} ELSE "RateLimit"."windowEndsAt" END
    RETURNING "count", "windowEndsAt", "userId"`);
  const row = rows[0];
  const userId = row?.userId ?? null;
  if (row === undefined || Number(row.count) <= limit.attempts) return { waitMs: 0, first: false, userId };
  const waitMs = Math.max(1, new Date(row.windowEndsAt).getTime() - now.getTime());
  return { waitMs, first: Number(row.count) === limit.attempts + 1, userId };
}

/**
 * A MAC of what is counted: a typed name may be a password in the wrong field, and is not kept. JSON keeps the parts
 * apart.
 */
function keyOf(runtime: Runtime, { what, name, address, sessionId }: Subject, by: CountedBy): string {
  const parts: Readonly<Record<CountedBy, readonly (string | undefined)[]>> = {
    address: [networkOf(address)],
    'name and address': [name, networkOf(address)],
    name: [name],
    slowed: [name],
    session: [sessionId],
  };
  const subject = JSON.stringify([what, by, ...parts[by]]);
  return toBase64Url(mac(runtime.keys('rate-limit'), Buffer.from(subject)));
}
