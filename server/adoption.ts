import 'server-only';
import { PASSWORD_FREE_DAYS, RECENT_USE_DAYS, type RollOutFacts } from '#domain/adoption';
import type { CredentialKind } from '#domain/authentication';
import { type Protection, protectionOf } from '#domain/credential';
import type { EventCode } from '#domain/event';
import { DAY_MS, later } from '#domain/time';
import { joinSql, sql } from './db.ts';
import { countUsablePasses } from './pass-policy.ts';
import { peopleInScope, readPasswordlessPolicy } from './passwordless-policy.ts';
import { readPolicy } from './policy.ts';
import { isHelloOn } from './policy-source.ts';
import type { Runtime } from './runtime.ts';

/** How many of each kind the overview names; the rest is a number. */
const NAMED = 5;

/**
 * The roll-out in numbers. People are enabled accounts that are not for emergencies. Each stage holds those of the stage
 * before who came further: a device, then a Hello key on it that can sign in now, then its use in the last days.
 */
export interface Adoption {
  readonly people: number;
  readonly withDevice: number;
  readonly withHello: number;
  readonly usedHello: number;
  /** With a key of any kind that can sign in now, and those of them who used one in the last days. */
  readonly withKey: number;
  readonly usedKey: number;
  readonly withPassword: number;
  readonly passwordOnly: number;
  /** In the store, of anybody: disabled accounts and those for emergencies too. */
  readonly storedPasswords: number;
  readonly passesOpen: number;
  readonly keysQuarantined: number;
  readonly devices: number;
  readonly failedSignIns: number;
}

/**
 * Every number of the overview at this moment, in one statement but for the passes, which policy judges; it reads across
 * tables and writes none.
 */
export async function readAdoption(runtime: Runtime): Promise<Adoption> {
  const now = runtime.clock.now();
  const rows = await runtime.db.$queryRaw<Record<keyof Adoption, number | bigint | null>[]>(sql`
    WITH "usable" AS (
      SELECT c."userId", c."kind", c."lastUsedAt" FROM "Credential" c LEFT JOIN "Device" d ON d."id" = c."deviceId"
      WHERE c."revokedAt" IS NULL AND c."quarantinedAt" IS NULL AND d."disabledAt" IS NULL AND d."deletedAt" IS NULL
    ), "person" AS (
      SELECT
        CASE WHEN u."passwordHash" IS NULL THEN 0 ELSE 1 END AS "password",
        CASE WHEN EXISTS (SELECT 1 FROM "Device" d WHERE d."userId" = u."id" AND d."deletedAt" IS NULL) THEN 1 ELSE 0 END AS "device",
        (SELECT COUNT(*) FROM "usable" k WHERE k."userId" = u."id" AND k."kind" = 'hello') AS "hello",
        (SELECT COUNT(*) FROM "usable" k WHERE k."userId" = u."id") AS "keys",
        (SELECT MAX(k."lastUsedAt") FROM "usable" k WHERE k."userId" = u."id" AND k."kind" = 'hello') AS "helloUsedAt",
        (SELECT MAX(k."lastUsedAt") FROM "usable" k WHERE k."userId" = u."id") AS "keyUsedAt"
      FROM "User" u WHERE u."disabledAt" IS NULL AND u."breakGlass" = ${false}
    )
    SELECT
      COUNT(*) AS "people",
      SUM("device") AS "withDevice",
      SUM(CASE WHEN "hello" > 0 THEN 1 ELSE 0 END) AS "withHello",
      SUM(CASE WHEN "helloUsedAt" >= ${later(now, -RECENT_USE_DAYS * DAY_MS)} THEN 1 ELSE 0 END) AS "usedHello",
      SUM(CASE WHEN "keys" > 0 THEN 1 ELSE 0 END) AS "withKey",
      SUM(CASE WHEN "keyUsedAt" >= ${later(now, -RECENT_USE_DAYS * DAY_MS)} THEN 1 ELSE 0 END) AS "usedKey",
      SUM("password") AS "withPassword",
      SUM(CASE WHEN "keys" = 0 THEN "password" ELSE 0 END) AS "passwordOnly",
      (SELECT COUNT(*) FROM "User" u WHERE u."passwordHash" IS NOT NULL) AS "storedPasswords",
      (SELECT COUNT(*) FROM "Credential" c WHERE c."revokedAt" IS NULL AND c."quarantinedAt" IS NOT NULL) AS "keysQuarantined",
      (SELECT COUNT(*) FROM "Device" d WHERE d."deletedAt" IS NULL) AS "devices",
      (SELECT COUNT(*) FROM "Event" e WHERE e."code" IN ('sign_in', 'password_sign_in', 'pass_redeemed')
        AND e."at" >= ${later(now, -DAY_MS)} AND e."outcome" = 'failure') AS "failedSignIns"
    FROM "person"`);
  const count = (name: keyof Adoption) => Number(rows[0]?.[name] ?? 0);
  return {
    people: count('people'),
    withDevice: count('withDevice'),
    withHello: count('withHello'),
    usedHello: count('usedHello'),
    withKey: count('withKey'),
    usedKey: count('usedKey'),
    withPassword: count('withPassword'),
    passwordOnly: count('passwordOnly'),
    storedPasswords: count('storedPasswords'),
    passesOpen: await countUsablePasses(runtime),
    keysQuarantined: count('keysQuarantined'),
    devices: count('devices'),
    failedSignIns: count('failedSignIns'),
  };
}

/** People by when they last used a password, of those whom the roll-out counts. */
export interface PasswordUse {
  readonly recently: number;
  /** Within 30 days, and not in the last 7. */
  readonly thisMonth: number;
}

/** A password that was right: alone, or before a code or a new password was asked for. */
const PASSWORD_USED: readonly EventCode[] = ['password_sign_in', 'password_accepted'];

/** Reads no further back than 30 days: who used none since then counts as not using it. */
export async function readPasswordUse(runtime: Runtime): Promise<PasswordUse> {
  const now = runtime.clock.now();
  const rows = await runtime.db.$queryRaw<Record<'recently' | 'people', number | bigint | null>[]>(sql`
    WITH "used" AS (
      SELECT e."userId", MAX(e."at") AS "at" FROM "Event" e
      WHERE e."code" IN (${joinSql([...PASSWORD_USED])}) AND e."outcome" = 'success'
        AND e."at" >= ${later(now, -PASSWORD_FREE_DAYS * DAY_MS)}
      GROUP BY e."userId"
    )
    SELECT COUNT(*) AS "people",
      SUM(CASE WHEN "used"."at" >= ${later(now, -RECENT_USE_DAYS * DAY_MS)} THEN 1 ELSE 0 END) AS "recently"
    FROM "used" JOIN "User" u ON u."id" = "used"."userId" AND u."disabledAt" IS NULL AND u."breakGlass" = ${false}`);
  const recently = Number(rows[0]?.recently ?? 0);
  return { recently, thisMonth: Number(rows[0]?.people ?? 0) - recently };
}

/** Passwords of people whom the roll-out counts that open nothing, because policy refuses them. */
async function countRefusedPasswords(runtime: Runtime): Promise<number> {
  const policy = await readPasswordlessPolicy(runtime.db);
  if (policy.mode !== 'refuse') return 0;
  const where = {
    AND: [await peopleInScope(runtime.db, policy), { disabledAt: null, passwordHash: { not: null } }],
  };
  return await runtime.db.user.count({ where });
}

/** What the four steps of the roll-out are judged by. */
export async function rollOutFacts(
  runtime: Runtime,
  adoption: Adoption,
  used: PasswordUse,
): Promise<RollOutFacts> {
  const policy = await readPolicy(runtime.db);
  const { people, withKey, usedKey, withPassword, storedPasswords } = adoption;
  return {
    helloOn: await isHelloOn(runtime, policy),
    people,
    withKey,
    usedKey,
    usedPassword: used.recently + used.thisMonth,
    openPasswords: withPassword - (await countRefusedPasswords(runtime)),
    storedPasswords,
  };
}

/** How many keys that are not revoked are protected by what, by kind. */
export async function countKeysByProtection(
  runtime: Runtime,
): Promise<Readonly<Record<CredentialKind, Partial<Record<Protection, number>>>>> {
  const groups = await runtime.db.credential.groupBy({
    by: ['kind', 'protection'],
    where: { revokedAt: null },
    _count: true,
  });
  const of = (kind: CredentialKind) => {
    const counts: Partial<Record<Protection, number>> = {};
    for (const group of groups.filter((each) => each.kind === kind)) {
      const protection = protectionOf(group.protection);
      counts[protection] = (counts[protection] ?? 0) + group._count;
    }
    return counts;
  };
  return { hello: of('hello'), passkey: of('passkey') };
}

export interface SignInDay {
  /** `2026-11-21`, in UTC. */
  readonly day: string;
  readonly hello: number;
  readonly passkey: number;
  readonly password: number;
  readonly pass: number;
  readonly failed: number;
}

/** Sign-ins of the last days by method, today last; days without any are there with zeros. A pass opens the set-up only. */
export async function readSignInDays(runtime: Runtime, days: number): Promise<SignInDay[]> {
  const today = Math.floor(runtime.clock.now().getTime() / DAY_MS) * DAY_MS;
  const first = new Date(today - (days - 1) * DAY_MS);
  // A time as text begins with its day on both engines. The event itself says by which kind of key: keys may be gone.
  const rows = await runtime.db.$queryRaw<
    { day: string; outcome: string; method: string; count: number | bigint }[]
  >(sql`
    SELECT substr(CAST(e."at" AS TEXT), 1, 10) AS "day", e."outcome" AS "outcome",
      CASE e."code" WHEN 'password_sign_in' THEN 'password' WHEN 'pass_redeemed' THEN 'pass'
        ELSE CASE WHEN e."detail" LIKE '%"method":"passkey"%' THEN 'passkey' ELSE 'hello' END END AS "method",
      COUNT(*) AS "count"
    FROM "Event" e
    WHERE e."code" IN ('sign_in', 'password_sign_in', 'pass_redeemed') AND e."at" >= ${first}
    GROUP BY 1, 2, 3`);
  const of = (day: string, fits: (row: (typeof rows)[number]) => boolean) =>
    rows.reduce((sum, row) => (row.day === day && fits(row) ? sum + Number(row.count) : sum), 0);
  return Array.from({ length: days }, (_, index) => {
    const day = new Date(first.getTime() + index * DAY_MS).toISOString().slice(0, 10);
    const by = (method: string) => of(day, (row) => row.method === method && row.outcome === 'success');
    return {
      day,
      hello: by('hello'),
      passkey: by('passkey'),
      password: by('password'),
      pass: by('pass'),
      failed: of(day, (row) => row.outcome === 'failure'),
    };
  });
}

export interface RecoveryWeek {
  /** Its first day, in UTC. */
  readonly day: string;
  readonly pinResets: number;
  readonly passesIssued: number;
  readonly passesUsed: number;
}

/** PIN resets and passes of the last weeks of seven days, the one that ends today last. */
export async function readRecoveryWeeks(runtime: Runtime, weeks: number): Promise<RecoveryWeek[]> {
  const today = Math.floor(runtime.clock.now().getTime() / DAY_MS) * DAY_MS;
  const first = today - (weeks * 7 - 1) * DAY_MS;
  const codes: readonly EventCode[] = ['pin_reset', 'pass_issued', 'pass_redeemed'];
  const rows = await runtime.db.$queryRaw<{ day: string; code: string; count: number | bigint }[]>(sql`
    SELECT substr(CAST(e."at" AS TEXT), 1, 10) AS "day", e."code" AS "code", COUNT(*) AS "count" FROM "Event" e
    WHERE e."code" IN (${joinSql([...codes])}) AND e."outcome" = 'success' AND e."at" >= ${new Date(first)}
    GROUP BY 1, 2`);
  return Array.from({ length: weeks }, (_, index) => {
    const begin = first + index * 7 * DAY_MS;
    const of = (code: EventCode) =>
      rows
        .filter((row) => row.code === code && Math.floor((Date.parse(row.day) - begin) / (7 * DAY_MS)) === 0)
        .reduce((sum, { count }) => sum + Number(count), 0);
    return {
      day: new Date(begin).toISOString().slice(0, 10),
      pinResets: of('pin_reset'),
      passesIssued: of('pass_issued'),
      passesUsed: of('pass_redeemed'),
    };
  });
}

export interface Attention {
  readonly quarantined: readonly {
    readonly credentialId: string;
    readonly name: string;
    readonly quarantinedAt: Date;
    readonly userId: string;
    readonly displayName: string;
  }[];
  readonly disabledDevices: readonly {
    readonly id: string;
    readonly name: string;
    readonly displayName: string;
  }[];
}

/** What an administrator should look at, the latest first, a few of each. */
export async function readAttention(runtime: Runtime): Promise<Attention> {
  const [quarantined, devices] = await Promise.all([
    runtime.db.credential.findMany({
      where: { revokedAt: null, quarantinedAt: { not: null } },
      select: {
        id: true,
        name: true,
        quarantinedAt: true,
        user: { select: { id: true, displayName: true } },
      },
      orderBy: { quarantinedAt: 'desc' },
      take: NAMED,
    }),
    runtime.db.device.findMany({
      where: { deletedAt: null, disabledAt: { not: null } },
      select: { id: true, name: true, user: { select: { displayName: true } } },
      orderBy: { disabledAt: 'desc' },
      take: NAMED,
    }),
  ]);
  return {
    quarantined: quarantined.flatMap(({ id, name, quarantinedAt, user }) =>
      quarantinedAt === null
        ? []
        : [{ credentialId: id, name, quarantinedAt, userId: user.id, displayName: user.displayName }],
    ),
    disabledDevices: devices.map(({ id, name, user }) => ({ id, name, displayName: user.displayName })),
  };
}
