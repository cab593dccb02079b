import 'server-only';
import type { Tx } from './db.ts';
import { newId, type Runtime } from './runtime.ts';

/** Makes a group with its description, unless there is one of that name. */
export async function createGroup(runtime: Runtime, name: string, description: string): Promise<void> {
  const id = newId(runtime);
  await runtime.db.group.upsert({
    where: { name },
    create: { id, name, description },
    update: { description },
  });
}

export interface GroupSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly members: number;
}

/** Every group by name, with the number of its members. */
export async function listGroups(runtime: Runtime): Promise<GroupSummary[]> {
  const rows = await runtime.db.group.findMany({
    include: { _count: { select: { members: true } } },
    orderBy: { name: 'asc' },
  });
  return rows.map(({ id, name, description, _count }) => ({
    id,
    name,
    description,
    members: _count.members,
  }));
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

/** The IDs of the groups that a person is in. */
export async function groupIdsOf(tx: Tx, userId: string): Promise<string[]> {
  const rows = await tx.groupMember.findMany({ where: { userId }, select: { groupId: true } });
  return rows.map(({ groupId }) => groupId);
}

/** The IDs of the groups that a device is in. */
export async function groupIdsOfDevice(tx: Tx, deviceId: string): Promise<string[]> {
  const rows = await tx.groupDevice.findMany({ where: { deviceId }, select: { groupId: true } });
  return rows.map(({ groupId }) => groupId);
}

/** The IDs of the groups that hold devices. */
export async function groupIdsWithDevices(tx: Tx): Promise<string[]> {
  const rows = await tx.groupDevice.findMany({ distinct: ['groupId'], select: { groupId: true } });
  return rows.map(({ groupId }) => groupId);
}

/** Every membership of the organisation, in as few statements whatever its size. */
export async function readMemberships(tx: Tx): Promise<{
  readonly people: readonly { readonly groupId: string; readonly userId: string }[];
  readonly devices: readonly { readonly groupId: string; readonly deviceId: string }[];
}> {
  return { people: await tx.groupMember.findMany(), devices: await tx.groupDevice.findMany() };
}
