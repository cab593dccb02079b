import 'server-only';
import { ALL_USERS } from '#domain/policy/settings';
import { FAILURES_MS, isFailing, type RingFacts, rolloutFailures } from '#domain/rollout';
import { DAY_MS, later } from '#domain/time';
import { joinSql, type PeopleWhere, rawSql, type Sql, sql } from './db.ts';
import { isTold } from './device-policy.ts';
import { peopleReachedBy } from './group.ts';
import { insideGroups, isOfInside } from './group-sql.ts';
import type { RolloutRing } from './rollout.ts';
import type { Runtime } from './runtime.ts';
import { usableKeys } from './usable-key.ts';

/** So many days are in a series; what came before them is its beginning. */
const DAYS_MAX = 90;

export interface EnrolledDay {
  /** `2026-11-21`, in UTC. */
  readonly day: string;
  /** People who set up a key since the ring was opened, up to the end of this day. */
  readonly enrolled: number;
}

/**
 * How far a ring is. Its people are those in its groups or with a device in them, of enabled accounts that are not for
 * emergencies; in several rings they count in each.
 */
export interface RingProgress extends RingFacts {
  readonly devices: number;
  readonly devicesWithSource: number;
  /** With the source on a device of theirs, as devices were told. */
  readonly withSource: number;
  /** With a Windows Hello key that gets them in now. */
  readonly withHello: number;
  /** Events that say that somebody could not, in the time that `failuresFrom` begins. */
  readonly failures: number;
  /** Null while the ring waits: nothing counts. */
  readonly failuresFrom: Date | null;
  readonly failing: boolean;
  /** One for each day since the ring was opened, today last. */
  readonly days: readonly EnrolledDay[];
}

/** Reads across tables and writes none. */
export async function readRingProgress(
  runtime: Runtime,
  sourceId: string,
  ring: RolloutRing,
): Promise<RingProgress> {
  const { db } = runtime;
  const everybody = ring.groups.includes(ALL_USERS);
  const reached: PeopleWhere = everybody ? {} : await peopleReachedBy(db, ring.groups);
  const people: PeopleWhere = { AND: [reached, { disabledAt: null, breakGlass: false }] };
  const held = { deletedAt: null, policy: { delivered: isTold(sourceId) } };
  const hello = { AND: [{ kind: 'hello' }, await usableKeys(db)] };
  const counts = {
    people: await db.user.count({ where: people }),
    devices: await db.device.count({ where: { deletedAt: null, user: people } }),
    devicesWithSource: await db.device.count({ where: { ...held, user: people } }),
    withSource: await db.user.count({ where: { AND: [people, { devices: { some: held } }] } }),
    withHello: await db.user.count({ where: { AND: [people, { credentials: { some: hello } }] } }),
  };
  const members: Members = {
    begin: everybody || ring.groups.length === 0 ? rawSql('') : insideGroups(ring.groups),
    has: (userId) => (everybody ? sql`1 = 1` : ring.groups.length === 0 ? sql`1 = 0` : isOfInside(userId)),
  };
  const failed = await readFailures(runtime, members, ring.openedAt);
  const days = await readDays(runtime, members, ring.openedAt);
  const facts = { ...counts, ...failed, enrolled: days.at(-1)?.enrolled ?? 0 };
  return { ...facts, failing: isFailing(facts), days };
}

/** Who is in a ring, for statements over other tables. */
interface Members {
  /** How the statement begins. */
  readonly begin: Sql;
  readonly has: (userId: Sql) => Sql;
}

const NO_FAILURES = { failures: 0, failed: 0, failedLastDay: 0, failuresFrom: null };

/** What went wrong since the ring was opened, at most in the last days; the event log shows the same by the same words. */
async function readFailures(runtime: Runtime, { begin, has }: Members, openedAt: Date | null) {
  if (openedAt === null) return NO_FAILURES;
  const now = runtime.clock.now();
  const failuresFrom = new Date(Math.max(openedAt.getTime(), now.getTime() - FAILURES_MS));
  const [row] = await runtime.db.$queryRaw<
    Record<'failures' | 'failed' | 'failedLastDay', number | bigint>[]
  >(
    sql`${begin} SELECT COUNT(*) AS "failures", COUNT(DISTINCT f."stuck") AS "failed",
        COUNT(DISTINCT CASE WHEN f."at" >= ${later(now, -DAY_MS)} THEN f."stuck" END) AS "failedLastDay"
      FROM (
        SELECT e."at", CASE WHEN EXISTS (
            SELECT 1 FROM "Credential" c
            WHERE c."userId" = e."userId" AND c."kind" = 'hello' AND c."revokedAt" IS NULL
          ) THEN NULL ELSE e."userId" END AS "stuck"
        FROM "Event" e
        WHERE e."code" IN (${joinSql([...rolloutFailures])}) AND e."outcome" = 'failure'
          AND e."at" >= ${failuresFrom} AND ${has(rawSql('e."userId"'))}
      ) AS f`,
  );
  return {
    failures: Number(row?.failures ?? 0),
    failed: Number(row?.failed ?? 0),
    failedLastDay: Number(row?.failedLastDay ?? 0),
    failuresFrom,
  };
}

/** People by the day of their first Windows Hello key since the ring was opened, added up. */
async function readDays(
  runtime: Runtime,
  { begin, has }: Members,
  openedAt: Date | null,
): Promise<EnrolledDay[]> {
  if (openedAt === null) return [];
  // A time as text begins with its day on both engines.
  const rows = await runtime.db.$queryRaw<{ day: string; count: number | bigint }[]>(sql`${begin}
    SELECT "day", COUNT(*) AS "count" FROM (
      SELECT MIN(substr(CAST(c."createdAt" AS TEXT), 1, 10)) AS "day" FROM "Credential" c
      WHERE c."kind" = 'hello' AND c."createdAt" >= ${openedAt} AND ${has(rawSql('c."userId"'))}
      GROUP BY c."userId"
    ) AS "first" GROUP BY "day"`);
  const today = Math.floor(runtime.clock.now().getTime() / DAY_MS);
  const opened = Math.floor(openedAt.getTime() / DAY_MS);
  const begins = Math.max(opened, today - DAYS_MAX + 1);
  return Array.from({ length: Math.max(0, today - begins + 1) }, (_, index) => {
    const day = new Date((begins + index) * DAY_MS).toISOString().slice(0, 10);
    const until = rows.filter((row) => row.day <= day);
    return { day, enrolled: until.reduce((sum, { count }) => sum + Number(count), 0) };
  });
}
