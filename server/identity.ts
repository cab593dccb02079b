import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { isUpn, mayManageMethodsOf, normaliseUpn, type Role } from '#domain/identity';
import { ok, type Result, refuse } from '#domain/result';
import { type SecondFactorKind, secondFactorKinds } from '#domain/second-factor';
import type { Person } from './caller.ts';
import { containing, isDuplicate, type PeopleWhere, sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { findGroups, joinGroups, peopleInGroups } from './group.ts';
import { holdsUsablePass, readPassPolicy } from './pass-policy.ts';
import { newId, type Runtime } from './runtime.ts';
import { endSessions } from './session.ts';
import { usableKeys } from './usable-key.ts';

const USER_HANDLE_BYTES = 32;
const GENERATED_PASSWORD_BYTES = 15;

export interface NewUser {
  readonly upn: string;
  readonly displayName: string;
  readonly jobTitle?: string;
  readonly roles?: readonly Role[];
  readonly groups?: readonly string[];
  readonly breakGlass?: boolean;
}

/** Creates a person with an opaque user handle and no way to sign in. Groups are made on first mention. */
export async function createUser(
  runtime: Runtime,
  user: NewUser,
): Promise<Result<{ id: string; upn: string }>> {
  const upn = normaliseUpn(user.upn);
  if (!isUpn(upn)) return refuse('invalid_value');
  const id = newId(runtime);
  try {
    await runtime.db.$transaction(async (tx) => {
      await tx.user.create({
        data: {
          id,
          upn,
          displayName: user.displayName,
          jobTitle: user.jobTitle ?? '',
          userHandle: toBase64Url(runtime.random.bytes(USER_HANDLE_BYTES)),
          breakGlass: user.breakGlass ?? false,
          createdAt: runtime.clock.now(),
          sample: runtime.sample,
          roles: { create: (user.roles ?? []).map((role) => ({ role })) },
        },
      });
      await joinGroups(tx, runtime, id, user.groups ?? []);
      await record(tx, runtime, { code: 'user_created', userId: id, detail: { upn } });
    });
  } catch (error) {
    if (isDuplicate(error)) return refuse('already_exists');
    throw error;
  }
  return ok({ id, upn });
}

/** The person of a normalised name, or null. */
export async function findUser({ db }: { readonly db: Tx }, upn: string) {
  return await db.user.findUnique({ where: { upn } });
}

/** A person whose account is enabled, as rules about their password need them; null when there is none. */
export async function findEnabledUser(
  tx: Tx,
  id: string,
): Promise<{ readonly id: string; readonly breakGlass: boolean } | null> {
  return await tx.user.findFirst({ where: { id, disabledAt: null }, select: { id: true, breakGlass: true } });
}

/** Whether `actor` may change the ways another person signs in; null actor is the command line on the server. */
async function refuseManaging(runtime: Runtime, actor: Person | null, userId: string) {
  const user = await runtime.db.user.findUnique({ where: { id: userId }, include: { roles: true } });
  if (user === null) return refuse('not_found');
  if (actor === null) return null;
  if (actor.id === userId) return refuse('own_account');
  return mayManageMethodsOf(
    actor.roles,
    user.roles.map(({ role }) => role as Role),
  )
    ? null
    : refuse('not_permitted');
}

/** When a person's password was last changed; null when they have none. */
export async function readPasswordState(
  runtime: Runtime,
  userId: string,
): Promise<{ readonly changedAt: Date | null } | null> {
  const where = { id: userId, passwordHash: { not: null } };
  const user = await runtime.db.user.findFirst({ where, select: { passwordChangedAt: true } });
  return user && { changedAt: user.passwordChangedAt };
}

/** What holds for a person's second factors: their own choice, and whether new ones were asked for. */
export interface SecondFactorRule {
  readonly preferred: SecondFactorKind | null;
  readonly reregistrationRequiredAt: Date | null;
}

export async function readSecondFactorRule(tx: Tx, userId: string): Promise<SecondFactorRule> {
  const user = await tx.user.findUnique({
    where: { id: userId },
    select: { preferredSecondFactor: true, reregistrationRequiredAt: true },
  });
  return {
    preferred: secondFactorKinds.find((kind) => kind === user?.preferredSecondFactor) ?? null,
    reregistrationRequiredAt: user?.reregistrationRequiredAt ?? null,
  };
}

export async function setSecondFactorRule(
  tx: Tx,
  userId: string,
  { preferred, ...rule }: Partial<SecondFactorRule>,
): Promise<void> {
  await tx.user.updateMany({
    where: { id: userId },
    data: { ...rule, ...(preferred === undefined ? {} : { preferredSecondFactor: preferred }) },
  });
}

/** What stands in for a password on the way in; a new one replaces it only while it is still the same. */
export interface PasswordOf {
  readonly id: string;
  readonly passwordHash: string | null;
}

/**
 * Whether a password that was proven is still the person's and the account enabled, and whether it must change first; null
 * when it opens nothing any more. Hashing takes its time: what was changed meanwhile counts.
 */
export async function currentPassword(
  tx: Tx,
  user: PasswordOf,
): Promise<{ readonly changeRequired: boolean } | null> {
  const current = await tx.user.findFirst({
    where: { id: user.id, passwordHash: user.passwordHash, disabledAt: null },
    select: { passwordChangeRequired: true },
  });
  return current && { changeRequired: current.passwordChangeRequired };
}

/**
 * Replaces a password that the person has proven by one that they chose, in one conditional statement; null when another
 * change came first. Sessions that began with the old one end, but for `exceptId`; `ended` says how many.
 */
export async function replacePassword(
  tx: Tx,
  runtime: Runtime,
  user: PasswordOf,
  passwordHash: string,
  exceptId?: string,
): Promise<{ readonly ended: number } | null> {
  const { count } = await tx.user.updateMany({
    where: { id: user.id, passwordHash: user.passwordHash, disabledAt: null },
    data: { passwordHash, passwordChangedAt: runtime.clock.now(), passwordChangeRequired: false },
  });
  if (count !== 1) return null;
  const method = 'password';
  const except = exceptId === undefined ? {} : { exceptId };
  return { ended: await endSessions(tx, runtime, { userId: user.id, method, ...except }) };
}

/**
 * Gives a person a new random password, shown once. It is temporary unless said otherwise: it opens nothing but the choice
 * of another. Sessions that began with the old one end; Hello sessions do not. An administrator's comes from the command
 * line alone (`actor` is null), judged in the transaction that writes it.
 */
export async function resetPassword(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly userId: string; readonly temporary?: boolean },
): Promise<Result<{ password: string }>> {
  const refused = await refuseManaging(runtime, actor, input.userId);
  if (refused !== null) return refused;
  const temporary = input.temporary ?? true;
  const password = toBase64Url(runtime.random.bytes(GENERATED_PASSWORD_BYTES));
  const passwordHash = await runtime.passwords.hash(password);
  return await runtime.db.$transaction(async (tx) => {
    if (actor !== null && (await tx.userRole.count({ where: { userId: input.userId } })) > 0)
      return refuse('administrator_password');
    await tx.user.update({
      where: { id: input.userId },
      data: { passwordHash, passwordChangedAt: runtime.clock.now(), passwordChangeRequired: temporary },
    });
    const ended = await endSessions(tx, runtime, { userId: input.userId, method: 'password' });
    await record(tx, runtime, {
      code: 'password_set',
      userId: input.userId,
      actorId: actor?.id,
      detail: { sessionsEnded: ended, temporary },
    });
    return ok({ password });
  });
}

/**
 * Asks a person for a new password at the next sign-in: from now on the old one opens nothing but its own change. Sessions
 * that are open go on.
 */
export async function requirePasswordChange(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly userId: string },
): Promise<Result<null>> {
  const refused = await refuseManaging(runtime, actor, input.userId);
  if (refused !== null) return refused;
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: input.userId, passwordHash: { not: null } },
      data: { passwordChangeRequired: true },
    });
    if (count === 0) return refuse('password_missing');
    await record(tx, runtime, {
      code: 'password_change_required',
      userId: input.userId,
      actorId: actor?.id,
    });
    return ok(null);
  });
}

/** Disables an account (its sessions end at once) or enables it again. */
export async function setUserDisabled(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly userId: string; readonly disabled: boolean },
): Promise<Result<{ sessionsEnded: number }>> {
  const refused = await refuseManaging(runtime, actor, input.userId);
  if (refused !== null) return refused;
  return await runtime.db.$transaction(async (tx) => {
    const disabledAt = input.disabled ? runtime.clock.now() : null;
    const { count } = await tx.user.updateMany({
      where: { id: input.userId, disabledAt: input.disabled ? null : { not: null } },
      data: { disabledAt },
    });
    if (count === 0) return ok({ sessionsEnded: 0 });
    const sessionsEnded = input.disabled ? await endSessions(tx, runtime, { userId: input.userId }) : 0;
    await record(tx, runtime, {
      code: input.disabled ? 'user_disabled' : 'user_enabled',
      userId: input.userId,
      actorId: actor?.id,
      detail: { sessionsEnded },
    });
    return ok({ sessionsEnded });
  });
}

/** Guards an administrator's change of another person's keys and sessions. */
export async function mayManage(runtime: Runtime, actor: Person, userId: string): Promise<Result<null>> {
  return (await refuseManaging(runtime, actor, userId)) ?? ok(null);
}

export interface PersonSummary {
  readonly id: string;
  readonly upn: string;
  readonly displayName: string;
  readonly jobTitle: string;
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
  readonly breakGlass: boolean;
  readonly disabledAt: Date | null;
  readonly hasPassword: boolean;
  readonly passwordChangedAt: Date | null;
  /** Whether the password opens nothing but the choice of another. */
  readonly mustChangePassword: boolean;
  readonly helloKeys: number;
  readonly passkeys: number;
  readonly authenticatorApps: number;
  readonly devices: number;
  readonly hasPass: boolean;
  readonly sample: boolean;
}

/** How far somebody is. `ready`: has a Hello key that can sign in now. Emergency and disabled accounts are in none. */
export const standings = ['ready', 'password_only', 'pass_open', 'quarantined'] as const;
export type Standing = (typeof standings)[number];

async function ofStanding(tx: Tx, standing: Standing, now: Date): Promise<PeopleWhere> {
  const counted = { disabledAt: null, breakGlass: false };
  const usable = await usableKeys(tx);
  const conditions = {
    ready: { ...counted, credentials: { some: { AND: [usable, { kind: 'hello' }] } } },
    password_only: { ...counted, passwordHash: { not: null }, credentials: { none: usable } },
    pass_open: await holdsUsablePass(tx, await readPassPolicy(tx), now),
    quarantined: { credentials: { some: { revokedAt: null, quarantinedAt: { not: null } } } },
  } satisfies Record<Standing, PeopleWhere>;
  return conditions[standing];
}

/** Which of these people are how far: the same judgement as the filter of `listPeople`. */
export async function standingsAmong(
  runtime: Runtime,
  userIds: readonly string[],
): Promise<Readonly<Record<Standing, ReadonlySet<string>>>> {
  const now = runtime.clock.now();
  const among = async (standing: Standing) => {
    const where = { id: { in: [...userIds] }, AND: await ofStanding(runtime.db, standing, now) };
    return new Set((await runtime.db.user.findMany({ where, select: { id: true } })).map(({ id }) => id));
  };
  const [ready, passwordOnly, passOpen, quarantined] = await Promise.all([
    among('ready'),
    among('password_only'),
    among('pass_open'),
    among('quarantined'),
  ]);
  return { ready, password_only: passwordOnly, pass_open: passOpen, quarantined };
}

export interface PeopleFilter {
  readonly search?: string | undefined;
  readonly group?: string | undefined;
  readonly standing?: Standing | undefined;
  readonly id?: string;
  readonly limit?: number;
  readonly order?: 'asc' | 'desc' | undefined;
}

/** People by name, filtered by what is typed (name or UPN), by group (groups in it included) and by how far they are. */
export async function listPeople(runtime: Runtime, filter: PeopleFilter = {}): Promise<PersonSummary[]> {
  const search = filter.search?.trim().slice(0, 100);
  const and: PeopleWhere[] = [];
  if (filter.standing !== undefined)
    and.push(await ofStanding(runtime.db, filter.standing, runtime.clock.now()));
  if (filter.group) {
    const named = await findGroups(runtime.db, { names: [filter.group] });
    and.push(
      await peopleInGroups(
        runtime.db,
        named.map(({ id }) => id),
      ),
    );
  }
  const rows = await runtime.db.user.findMany({
    where: {
      AND: and,
      ...(search
        ? {
            OR: [
              { displayName: containing(runtime.db, search) },
              { upn: { contains: search.toLowerCase() } },
            ],
          }
        : {}),
      ...(filter.id === undefined ? {} : { id: filter.id }),
    },
    include: {
      roles: true,
      groups: { include: { group: true } },
      credentials: { where: { revokedAt: null }, select: { kind: true } },
      pass: { select: { id: true } },
      _count: { select: { devices: { where: { deletedAt: null } }, totpSecrets: true, phones: true } },
    },
    orderBy: [{ displayName: filter.order ?? 'asc' }, { id: 'asc' }],
    take: filter.limit ?? 500,
  });
  return rows.map((row) => ({
    id: row.id,
    upn: row.upn,
    displayName: row.displayName,
    jobTitle: row.jobTitle,
    roles: row.roles.map(({ role }) => role as Role),
    groups: row.groups.map(({ group }) => group.name).sort(),
    breakGlass: row.breakGlass,
    disabledAt: row.disabledAt,
    hasPassword: row.passwordHash !== null,
    passwordChangedAt: row.passwordChangedAt,
    mustChangePassword: row.passwordHash !== null && row.passwordChangeRequired,
    helloKeys: row.credentials.filter(({ kind }) => kind === 'hello').length,
    passkeys: row.credentials.filter(({ kind }) => kind === 'passkey').length,
    authenticatorApps: row._count.totpSecrets + row._count.phones,
    devices: row._count.devices,
    hasPass: row.pass !== null,
    sample: row.sample,
  }));
}

/** Display names by ID, for lists that mention people; IDs that are gone are missing. */
export async function namesOf(
  runtime: Runtime,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, { displayName: string; upn: string }>> {
  const rows = await runtime.db.user.findMany({
    where: { id: { in: [...new Set(ids)] } },
    select: { id: true, displayName: true, upn: true },
  });
  return new Map(rows.map(({ id, ...names }) => [id, names]));
}

/** Everybody whose account is on, by ID. */
export async function enabledPeople(tx: Tx): Promise<readonly string[]> {
  // Raw: Prisma's own reading costs several times as much, and these are many rows.
  const rows = await tx.$queryRaw<{ id: string }[]>(
    sql`SELECT "id" FROM "User" WHERE "disabledAt" IS NULL ORDER BY "displayName", "id"`,
  );
  return rows.map(({ id }) => id);
}

/** Every Global Administrator whose account is on, with the devices that they can use. */
export async function globalAdministrators(
  tx: Tx,
): Promise<readonly { readonly userId: string; readonly deviceIds: readonly string[] }[]> {
  const rows = await tx.user.findMany({
    where: { disabledAt: null, roles: { some: { role: 'global_administrator' } } },
    select: { id: true, devices: { where: { disabledAt: null, deletedAt: null }, select: { id: true } } },
  });
  return rows.map(({ id, devices }) => ({ userId: id, deviceIds: devices.map((device) => device.id) }));
}

/** The first administrator: the oldest enabled Global Administrator that is not the break-glass account. */
export async function firstAdministrator(runtime: Runtime): Promise<{ id: string; upn: string } | null> {
  return await runtime.db.user.findFirst({
    where: { disabledAt: null, breakGlass: false, roles: { some: { role: 'global_administrator' } } },
    orderBy: [{ createdAt: 'asc' }, { upn: 'asc' }],
    select: { id: true, upn: true },
  });
}
