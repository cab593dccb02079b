import 'server-only';
import { type MemberKind, type Nesting, readGroupWords } from '#domain/group';
import { ok, type Result, refuse } from '#domain/result';
import { containing, isDuplicate, joinSql, type PeopleWhere, rawSql, type Sql, sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { insideGroups, isOfInside, nestedAt } from './group-sql.ts';
import { newId, type Runtime } from './runtime.ts';
import { advancePolicyVersion } from './tenant.ts';

/**
 * Who is in a group decides which policy reaches them, so that a change of membership is a change of policy: each advances
 * the version of policy. A ruling that was read before it does not outlive it, and a dry run that was counted before it must
 * be made again. Names and descriptions decide nothing and advance nothing.
 */

/** Makes a group without members. `actorId` is null for the command line and the seed. */
export async function createGroup(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly name: string; readonly description?: string | undefined },
): Promise<Result<{ readonly id: string }>> {
  const words = readGroupWords(input);
  if (words === null) return refuse('group_name_refused');
  const id = newId(runtime);
  return await unlessTaken(() =>
    runtime.db.$transaction(async (tx) => {
      await tx.group.create({ data: { id, ...words } });
      await record(tx, runtime, {
        code: 'group_created',
        actorId,
        detail: { groupId: id, group: words.name, description: words.description },
      });
      return ok({ id });
    }),
  );
}

/** Gives a group another name and description. Policy names groups by their IDs: it goes on. */
export async function changeGroup(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly groupId: string; readonly name: string; readonly description: string },
): Promise<Result<null>> {
  const words = readGroupWords(input);
  if (words === null) return refuse('group_name_refused');
  const { groupId } = input;
  return await unlessTaken(() =>
    runtime.db.$transaction(async (tx) => {
      const before = await tx.group.findUnique({ where: { id: groupId } });
      if (before === null) return refuse('not_found');
      if (before.name === words.name && before.description === words.description) return ok(null);
      await tx.group.update({ where: { id: groupId }, data: words });
      await record(tx, runtime, {
        code: 'group_changed',
        actorId,
        detail: { groupId, group: words.name, before: before.name, description: words.description },
      });
      return ok(null);
    }),
  );
}

async function unlessTaken<T>(write: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicate(error)) return refuse('already_exists');
    throw error;
  }
}

/** Removes a group with its memberships; its members stay. False when it is not there. Whether it may go was judged before. */
export async function removeGroup(tx: Tx, groupId: string): Promise<boolean> {
  const { count } = await tx.group.deleteMany({ where: { id: groupId } });
  if (count === 1) await advancePolicyVersion(tx);
  return count === 1;
}

/** Puts a new person into groups by their names; groups are made on first mention. */
export async function joinGroups(
  tx: Tx,
  runtime: Runtime,
  userId: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const made = newId(runtime);
    const count = await tx.$executeRaw`INSERT INTO "Group" ("id", "name") VALUES (${made}, ${name})
      ON CONFLICT DO NOTHING`;
    if (count === 1)
      await record(tx, runtime, { code: 'group_created', detail: { groupId: made, group: name } });
    const { id: groupId } = await tx.group.findUniqueOrThrow({ where: { name }, select: { id: true } });
    await tx.groupMember.create({ data: { groupId, userId } });
  }
}

/** Where members of each kind are kept. */
const memberTable = {
  person: { table: rawSql('"GroupMember"'), group: rawSql('"groupId"'), member: rawSql('"userId"') },
  device: { table: rawSql('"GroupDevice"'), group: rawSql('"groupId"'), member: rawSql('"deviceId"') },
  group: { table: rawSql('"GroupNesting"'), group: rawSql('"outerId"'), member: rawSql('"innerId"') },
} as const satisfies Record<MemberKind, Record<'table' | 'group' | 'member', Sql>>;

export interface Membership {
  readonly groupId: string;
  readonly kind: MemberKind;
  readonly memberId: string;
}

/**
 * Adds a person, a device or a group to a group. One that is in it already stays, and nothing is logged. Groups may form a
 * circle, which makes their members the same; only a group in itself says nothing and is refused.
 */
export async function addMember(
  runtime: Runtime,
  actorId: string | null,
  input: Membership,
): Promise<Result<{ readonly changed: boolean }>> {
  const { groupId, kind, memberId } = input;
  const { table, group, member } = memberTable[kind];
  return await runtime.db.$transaction(async (tx) => {
    const [groupName, memberName] = [await nameOf(tx, 'group', groupId), await nameOf(tx, kind, memberId)];
    if (groupName === null || memberName === null) return refuse('not_found');
    if (kind === 'group' && memberId === groupId) return refuse('group_in_itself');
    const count =
      await tx.$executeRaw`INSERT INTO ${table} (${group}, ${member}) VALUES (${groupId}, ${memberId})
      ON CONFLICT DO NOTHING`;
    if (count === 0) return ok({ changed: false });
    await noteMembership(tx, runtime, 'group_member_added', actorId, input, { groupName, memberName });
    return ok({ changed: true });
  });
}

/** Takes a member out of a group. One that is not in it is no error, and nothing is logged. */
export async function removeMember(
  runtime: Runtime,
  actorId: string | null,
  input: Membership,
): Promise<Result<{ readonly changed: boolean }>> {
  const { groupId, kind, memberId } = input;
  const { table, group, member } = memberTable[kind];
  return await runtime.db.$transaction(async (tx) => {
    const [groupName, memberName] = [await nameOf(tx, 'group', groupId), await nameOf(tx, kind, memberId)];
    if (groupName === null || memberName === null) return refuse('not_found');
    const count =
      await tx.$executeRaw`DELETE FROM ${table} WHERE ${group} = ${groupId} AND ${member} = ${memberId}`;
    if (count === 0) return ok({ changed: false });
    await noteMembership(tx, runtime, 'group_member_removed', actorId, input, { groupName, memberName });
    return ok({ changed: true });
  });
}

async function noteMembership(
  tx: Tx,
  runtime: Runtime,
  code: 'group_member_added' | 'group_member_removed',
  actorId: string | null,
  { groupId, kind, memberId }: Membership,
  { groupName, memberName }: { readonly groupName: string; readonly memberName: string },
): Promise<void> {
  await advancePolicyVersion(tx);
  await record(tx, runtime, {
    code,
    actorId,
    userId: kind === 'person' ? memberId : null,
    deviceId: kind === 'device' ? memberId : null,
    detail: {
      groupId,
      group: groupName,
      kind,
      member: memberName,
      ...(kind === 'group' ? { memberId } : {}),
    },
  });
}

/** What a member is called; null when it is not there. */
async function nameOf(tx: Tx, kind: MemberKind, id: string): Promise<string | null> {
  if (kind === 'person')
    return (await tx.user.findUnique({ where: { id }, select: { upn: true } }))?.upn ?? null;
  if (kind === 'device')
    return (
      (await tx.device.findFirst({ where: { id, deletedAt: null }, select: { name: true } }))?.name ?? null
    );
  return (await tx.group.findUnique({ where: { id }, select: { name: true } }))?.name ?? null;
}

export interface GroupSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** People who are in it directly. */
  readonly members: number;
  /** Devices that are in it directly. */
  readonly devices: number;
  /** Groups that are in it directly. */
  readonly groups: number;
}

export interface GroupFilter {
  readonly id?: string;
  /** A part of the name or the description. */
  readonly search?: string | undefined;
  readonly skip?: number;
  readonly take?: number;
}

function groupsWhere({ db }: Runtime, { id, search }: GroupFilter) {
  const typed = search?.trim().slice(0, 100);
  return {
    ...(id === undefined ? {} : { id }),
    ...(typed ? { OR: [{ name: containing(db, typed) }, { description: containing(db, typed) }] } : {}),
  };
}

const notDeleted = { device: { deletedAt: null } };

/** Groups by name, with the numbers of their members; a page of them where one is asked for. */
export async function listGroups(runtime: Runtime, filter: GroupFilter = {}): Promise<GroupSummary[]> {
  const { skip, take } = filter;
  const rows = await runtime.db.group.findMany({
    where: groupsWhere(runtime, filter),
    include: { _count: { select: { members: true, devices: { where: notDeleted }, inside: true } } },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    ...(skip === undefined ? {} : { skip }),
    ...(take === undefined ? {} : { take }),
  });
  return rows.map(({ _count, ...row }) => ({
    ...row,
    members: _count.members,
    devices: _count.devices,
    groups: _count.inside,
  }));
}

/** How many groups there are that `listGroups` would list on all its pages. */
export async function countGroups(runtime: Runtime, filter: GroupFilter = {}): Promise<number> {
  return await runtime.db.group.count({ where: groupsWhere(runtime, filter) });
}

/** A member of a group. */
export interface Member {
  readonly id: string;
  readonly name: string;
  /** A person's UPN, the owner of a device, what a group is for. */
  readonly about: string;
}

/** A page of the direct members of one kind, by name. */
export async function listMembers(
  runtime: Runtime,
  groupId: string,
  kind: MemberKind,
  page: { readonly skip: number; readonly take: number },
): Promise<Member[]> {
  const { db } = runtime;
  if (kind === 'person') {
    const rows = await db.groupMember.findMany({
      where: { groupId },
      select: { user: { select: { id: true, displayName: true, upn: true } } },
      orderBy: [{ user: { displayName: 'asc' } }, { userId: 'asc' }],
      ...page,
    });
    return rows.map(({ user }) => ({ id: user.id, name: user.displayName, about: user.upn }));
  }
  if (kind === 'device') {
    const rows = await db.groupDevice.findMany({
      where: { groupId, ...notDeleted },
      select: { device: { select: { id: true, name: true, user: { select: { upn: true } } } } },
      orderBy: [{ device: { name: 'asc' } }, { deviceId: 'asc' }],
      ...page,
    });
    return rows.map(({ device }) => ({ id: device.id, name: device.name, about: device.user.upn }));
  }
  const rows = await db.groupNesting.findMany({
    where: { outerId: groupId },
    select: { inner: true },
    orderBy: [{ inner: { name: 'asc' } }, { innerId: 'asc' }],
    ...page,
  });
  return rows.map(({ inner }) => ({ id: inner.id, name: inner.name, about: inner.description }));
}

/** Which of these are direct members of a group already. */
export async function membersAmong(
  tx: Tx,
  groupId: string,
  kind: MemberKind,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { table, group, member } = memberTable[kind];
  const rows = await tx.$queryRaw<{ id: string }[]>`SELECT ${member} AS "id" FROM ${table}
    WHERE ${group} = ${groupId} AND ${member} IN (${joinSql([...ids])})`;
  return new Set(rows.map(({ id }) => id));
}

/** The first of the groups that a group is a direct member of, by name, and how many there are. */
export async function groupsAround(
  runtime: Runtime,
  groupId: string,
  take: number,
): Promise<{ readonly groups: readonly { id: string; name: string }[]; readonly total: number }> {
  const where = { inside: { some: { innerId: groupId } } };
  const [groups, total] = await Promise.all([
    runtime.db.group.findMany({
      where,
      select: { id: true, name: true },
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
      take,
    }),
    runtime.db.group.count({ where }),
  ]);
  return { groups, total };
}

/** How many people and devices are in a group, directly or in a group inside it; each counts once. */
export async function countMembers(
  tx: Tx,
  groupId: string,
): Promise<{ readonly people: number; readonly devices: number }> {
  const [row] = await tx.$queryRaw<{ people: number | bigint; devices: number | bigint }[]>`
    ${insideGroups([groupId])}
    SELECT
      (SELECT COUNT(DISTINCT m."userId") FROM "GroupMember" m JOIN "inside" i ON i."id" = m."groupId") AS "people",
      (SELECT COUNT(DISTINCT m."deviceId") FROM "GroupDevice" m JOIN "inside" i ON i."id" = m."groupId"
        JOIN "Device" d ON d."id" = m."deviceId" AND d."deletedAt" IS NULL) AS "devices"`;
  return { people: Number(row?.people ?? 0), devices: Number(row?.devices ?? 0) };
}

/** Groups by their IDs or their names; those that are not there are missing. */
export async function findGroups(
  tx: Tx,
  which: { readonly ids: readonly string[] } | { readonly names: readonly string[] },
): Promise<{ id: string; name: string }[]> {
  return await tx.group.findMany({
    where: 'ids' in which ? { id: { in: [...which.ids] } } : { name: { in: [...which.names] } },
    select: { id: true, name: true },
    orderBy: { name: 'asc' },
  });
}

/** Every group that somebody is in, directly or through groups in groups. Somebody who does not exist costs the same. */
export async function groupIdsOf(tx: Tx, userId: string): Promise<string[]> {
  return await outside(tx, sql`SELECT "groupId" FROM "GroupMember" WHERE "userId" = ${userId}`);
}

/** Every group that a device is in, directly or through groups in groups. */
export async function groupIdsOfDevice(tx: Tx, deviceId: string): Promise<string[]> {
  return await outside(tx, sql`SELECT "groupId" FROM "GroupDevice" WHERE "deviceId" = ${deviceId}`);
}

/** Every group that has a device in it, directly or through groups in groups: those that a new device may be in. */
export async function groupIdsWithDevices(tx: Tx): Promise<string[]> {
  return await outside(tx, sql`SELECT "groupId" FROM "GroupDevice"`);
}

/** These groups and all that they are in. UNION drops what was found before: circles end. */
async function outside(tx: Tx, first: Sql): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`WITH RECURSIVE "outside"("id") AS (
      ${first}
      UNION SELECT n."outerId" FROM "GroupNesting" n JOIN "outside" o
        ON ${nestedAt(rawSql('n."innerId"'), rawSql('o."id"'))}
    ) SELECT "id" FROM "outside"`;
  return rows.map(({ id }) => id);
}

/** These groups and every group inside them, as far as they are there: whoever is in one of the answer is in one of these. */
export async function withInner(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.$queryRaw<{ id: string }[]>`${insideGroups(ids)} SELECT "id" FROM "inside"`;
  return rows.map(({ id }) => id);
}

/**
 * The people who are in one of these groups, directly or through groups in groups, as a condition on people. It names the
 * groups that hold people and no others: an engine takes only so many values (32,766).
 */
export async function peopleInGroups(tx: Tx, ids: readonly string[]): Promise<PeopleWhere> {
  if (ids.length === 0) return { id: { in: [] } };
  const rows = await tx.$queryRaw<{ id: string }[]>`${insideGroups(ids)} SELECT i."id" FROM "inside" i
    WHERE EXISTS (SELECT 1 FROM "GroupMember" m WHERE m."groupId" = i."id")`;
  return { groups: { some: { groupId: { in: rows.map(({ id }) => id) } } } };
}

/** The people that policy for these groups reaches, as a condition on people: who is in one, or has a device that is. */
export async function peopleReachedBy(tx: Tx, ids: readonly string[]): Promise<PeopleWhere> {
  if (ids.length === 0) return { id: { in: [] } };
  const rows = await tx.$queryRaw<{ id: string; kind: string }[]>`${insideGroups(ids)}
    SELECT i."id", 'person' AS "kind" FROM "inside" i
      WHERE EXISTS (SELECT 1 FROM "GroupMember" m WHERE m."groupId" = i."id")
    UNION ALL SELECT i."id", 'device' AS "kind" FROM "inside" i
      WHERE EXISTS (SELECT 1 FROM "GroupDevice" g WHERE g."groupId" = i."id")`;
  const holding = (kind: string) => rows.filter((row) => row.kind === kind).map(({ id }) => id);
  return {
    OR: [
      { groups: { some: { groupId: { in: holding('person') } } } },
      { devices: { some: { deletedAt: null, groups: { some: { groupId: { in: holding('device') } } } } } },
    ],
  };
}

/** The same people by their IDs, at most so many of them; no order. */
export async function somePeopleReachedBy(tx: Tx, ids: readonly string[], limit: number): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.$queryRaw<{ id: string }[]>`${insideGroups(ids)} SELECT "id" FROM (
      SELECT m."userId" AS "id" FROM "GroupMember" m JOIN "inside" i ON i."id" = m."groupId"
      UNION SELECT d."userId" AS "id" FROM "Device" d JOIN "GroupDevice" g ON g."deviceId" = d."id"
        JOIN "inside" i ON i."id" = g."groupId" WHERE d."deletedAt" IS NULL
    ) AS "reached" LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** Which of these people policy for these groups reaches. */
export async function reachedAmong(
  tx: Tx,
  ids: readonly string[],
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0 || userIds.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`${insideGroups(ids)} SELECT u."id" FROM "User" u
    WHERE u."id" IN (${joinSql([...userIds])}) AND ${isOfInside(rawSql('u."id"'))}`;
  return new Set(rows.map(({ id }) => id));
}

/** That groups are members of groups, of the whole organisation; for `closure`. */
export async function readNestings(tx: Tx): Promise<Nesting[]> {
  return await tx.groupNesting.findMany();
}

/**
 * The direct memberships of the whole organisation, or only those in these groups and in groups inside them, and all groups
 * in groups: three statements, and what follows from them is for `closure`.
 */
export async function readMemberships(
  tx: Tx,
  within?: readonly string[],
): Promise<{
  readonly people: readonly { readonly groupId: string; readonly userId: string }[];
  readonly devices: readonly { readonly groupId: string; readonly deviceId: string }[];
  readonly nestings: readonly Nesting[];
}> {
  if (within?.length === 0) return { people: [], devices: [], nestings: [] };
  const inside = within === undefined ? sql`` : insideGroups(within);
  const among = within === undefined ? sql`` : sql`JOIN "inside" i ON i."id" = m."groupId"`;
  // Raw: Prisma's own reading costs several times as much, and these are many rows.
  const people = await tx.$queryRaw<{ groupId: string; userId: string }[]>(
    sql`${inside} SELECT m."groupId", m."userId" FROM "GroupMember" m ${among}`,
  );
  const devices = await tx.$queryRaw<{ groupId: string; deviceId: string }[]>(
    sql`${inside} SELECT m."groupId", m."deviceId" FROM "GroupDevice" m ${among}
      JOIN "Device" d ON d."id" = m."deviceId" WHERE d."deletedAt" IS NULL`,
  );
  return { people, devices, nestings: await readNestings(tx) };
}

/** A group that somebody is in. */
export interface GroupOf {
  readonly id: string;
  readonly name: string;
  /** False: through a group in it. */
  readonly direct: boolean;
}

/** The groups of a person or a device by name, with how they are in them. */
export async function groupsOf(tx: Tx, kind: 'person' | 'device', id: string): Promise<GroupOf[]> {
  const all = kind === 'person' ? await groupIdsOf(tx, id) : await groupIdsOfDevice(tx, id);
  const { table, group, member } = memberTable[kind];
  const own = await tx.$queryRaw<
    { id: string }[]
  >`SELECT ${group} AS "id" FROM ${table} WHERE ${member} = ${id}`;
  const direct = new Set(own.map((row) => row.id));
  const groups = await findGroups(tx, { ids: all });
  return groups.map((each) => ({ ...each, direct: direct.has(each.id) }));
}
