import 'server-only';
import type { TenantValues } from '#domain/policy/assignment';
import {
  candidatesOf,
  type Place,
  type Targeted,
  targeting,
  tenantCandidates,
} from '#domain/policy/assignment';
import {
  candidatesAt,
  type DeliveredSource,
  type Delivery,
  deliveredOf,
  enrollmentValues,
  POLICY_REFRESH_MS,
  policyAt,
} from '#domain/policy/delivery';
import { type Candidate, type Policy, policyOf } from '#domain/policy/resolve';
import { type SettingName, settingNames, settingText } from '#domain/policy/settings';
import { isStoreUnavailable, sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { groupIdsOf, groupIdsOfDevice, groupIdsWithDevices } from './group.ts';
import { readTenantValues } from './policy.ts';
import { readPublished } from './policy-source.ts';
import type { Runtime } from './runtime.ts';

/** A person, and the device that they are at where there is one; a session is one, too. */
export interface At {
  readonly userId: string;
  readonly deviceId: string | null;
  /** When they signed in there: a device asks at each sign-in. */
  readonly createdAt?: Date;
}

/** What a device was told, and when. */
export interface DeviceDelivery extends Delivery {
  readonly refreshedAt: Date;
  /** When the Enrollment Status Page began to wait; null where it never did. */
  readonly waitingAt: Date | null;
  /** When it let the person go on; null while it waits. */
  readonly readyAt: Date | null;
}

/** What a device was told at its last refresh; null before its first. */
export async function readDelivery(tx: Tx, deviceId: string): Promise<DeviceDelivery | null> {
  const row = await tx.devicePolicy.findUnique({ where: { deviceId } });
  if (row === null) return null;
  return {
    enrolled: JSON.parse(row.enrolled) as TenantValues,
    delivered: JSON.parse(row.delivered) as DeliveredSource[],
    refreshedAt: row.refreshedAt,
    waitingAt: row.waitingAt,
    readyAt: row.readyAt,
  };
}

/** What the organisation had set when each device was enrolled; the same values are the same list. */
export async function readEnrolments(tx: Tx): Promise<ReadonlyMap<string, TenantValues>> {
  // Raw: Prisma's own reading costs several times as much, and these are many rows.
  const rows = await tx.$queryRaw<{ deviceId: string; enrolled: string }[]>(
    sql`SELECT "deviceId", "enrolled" FROM "DevicePolicy"`,
  );
  const lists = new Map<string, TenantValues>();
  return new Map(
    rows.map(({ deviceId, enrolled }) => {
      const list = lists.get(enrolled) ?? (JSON.parse(enrolled) as TenantValues);
      lists.set(enrolled, list);
      return [deviceId, list];
    }),
  );
}

/** The devices that have values of a source from their last refresh. */
export async function devicesHolding(tx: Tx, sourceId: string): Promise<readonly string[]> {
  const rows = await tx.devicePolicy.findMany({
    where: { delivered: isTold(sourceId) },
    select: { deviceId: true },
  });
  return rows.map(({ deviceId }) => deviceId);
}

/** That a device was told of a source: the source as `deliveredOf` writes it begins with its ID, which is a GUID. */
export function isTold(sourceId: string): { contains: string } {
  return { contains: `"source":{"id":${JSON.stringify(sourceId)}` };
}

/** How many devices were told of a source at their last refresh. */
export async function countDevicesWith(tx: Tx, sourceId: string): Promise<number> {
  return await tx.devicePolicy.count({
    where: { delivered: isTold(sourceId), device: { deletedAt: null } },
  });
}

/** The person and the device as targeting sees them now. */
export async function readPlace(tx: Tx, { userId, deviceId }: At): Promise<Place> {
  const [userGroups, deviceGroups, maybeGroups, delivery] = [
    await groupIdsOf(tx, userId),
    deviceId === null ? [] : await groupIdsOfDevice(tx, deviceId),
    deviceId === null ? await groupIdsWithDevices(tx) : [],
    deviceId === null ? null : await readDelivery(tx, deviceId),
  ];
  return {
    userGroups: new Set(userGroups),
    deviceGroups: new Set(deviceGroups),
    maybeGroups: new Set(maybeGroups),
    held: new Set(delivery?.delivered.map(({ source }) => source.id) ?? []),
  };
}

/** What would be told now, source by source, whether or not it applies. */
export async function readTargeting(
  tx: Tx,
  runtime: Pick<Runtime, 'db'>,
  at: At,
): Promise<readonly Targeted[]> {
  const sources = await readPublished(tx, runtime);
  return sources.length === 0 ? [] : targeting(sources, await readPlace(tx, at));
}

/** Everything that is said about settings to this person on this device: what the device was told, or would be told now. */
export async function readCandidates(
  tx: Tx,
  runtime: Pick<Runtime, 'db'>,
  at: At,
): Promise<readonly Candidate[]> {
  const now = await readTenantValues(tx);
  const delivery = at.deviceId === null ? null : await readDelivery(tx, at.deviceId);
  if (delivery !== null) return candidatesAt(delivery, now);
  return [...candidatesOf(await readTargeting(tx, runtime, at)), ...tenantCandidates(now)];
}

/** The policy for a person on a device, as the device knows it; without a device, what one would be told now. */
export async function readPolicyAt(tx: Tx, runtime: Pick<Runtime, 'db'>, at: At): Promise<Policy> {
  return policyOf(await readCandidates(tx, runtime, at));
}

export interface Refreshed {
  readonly at: Date;
  /** When it was told before; null the first time. */
  readonly before: Date | null;
  /** The settings whose values are others now. */
  readonly changed: readonly SettingName[];
}

/**
 * Tells a device what its sources say now, as it asks for at its enrolment, at sign-in, every eight hours and when somebody
 * syncs. The first time keeps what the organisation has set: later values of it never reach this device; `enrolling` says
 * whether its Enrollment Status Page then waits. An event is written where a value changed.
 */
export async function refreshDevice(
  tx: Tx,
  runtime: Runtime,
  device: { readonly userId: string; readonly deviceId: string },
  enrolling: 'waits' | 'ready' = 'ready',
): Promise<Refreshed> {
  const { deviceId, userId } = device;
  const before = await readDelivery(tx, deviceId);
  const now = await readTenantValues(tx);
  const delivered = deliveredOf(await readTargeting(tx, runtime, device));
  const after: Delivery = { enrolled: before?.enrolled ?? enrollmentValues(now), delivered };
  const refreshedAt = runtime.clock.now();
  const texts = { delivered: JSON.stringify(delivered), refreshedAt };
  const isOther = before === null || JSON.stringify(before.delivered) !== texts.delivered;
  if (before === null)
    await tx.devicePolicy.create({
      data: {
        deviceId,
        enrolled: JSON.stringify(after.enrolled),
        waitingAt: enrolling === 'waits' ? refreshedAt : null,
        readyAt: enrolling === 'waits' ? null : refreshedAt,
        ...texts,
      },
    });
  else await tx.devicePolicy.update({ where: { deviceId }, data: isOther ? texts : { refreshedAt } });
  const changed =
    isOther && before !== null ? changedSettings(policyAt(before, now), policyAt(after, now)) : [];
  if (changed.length > 0)
    await record(tx, runtime, {
      code: 'policy_refreshed',
      userId,
      deviceId,
      detail: { sources: delivered.length, changed: changed.join(', ') },
    });
  return { at: refreshedAt, before: before?.refreshedAt ?? null, changed };
}

function changedSettings(before: Policy, after: Policy): SettingName[] {
  return settingNames.filter((name) => settingText(before(name).value) !== settingText(after(name).value));
}

/** Tells a device anew where somebody signed in there since, or where its time has come. */
export async function refreshWhenDue(runtime: Runtime, at: At): Promise<void> {
  const { userId, deviceId, createdAt } = at;
  if (deviceId === null) return;
  const row = await runtime.db.devicePolicy.findUnique({
    where: { deviceId },
    select: { refreshedAt: true },
  });
  const oldest = runtime.clock.now().getTime() - POLICY_REFRESH_MS;
  const isYoung = row !== null && row.refreshedAt.getTime() > oldest;
  if (isYoung && row.refreshedAt >= (createdAt ?? row.refreshedAt)) return;
  await runtime.db.$transaction((tx) => refreshDevice(tx, runtime, { userId, deviceId }));
}

/** So long a page waits for its device to be told. */
const PAGE_PATIENCE_MS = 3000;

/**
 * The policy for a person on a device, told anew first where its time has come. A page that only reads goes on where the
 * store is full or locked: the device is told with the next one.
 */
export async function policyFor(runtime: Runtime, at: At): Promise<Policy> {
  let patience: NodeJS.Timeout | undefined;
  const told = refreshWhenDue(runtime, at).catch((error) => {
    if (!isStoreUnavailable(error)) throw error;
  });
  const late = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, PAGE_PATIENCE_MS);
  });
  await Promise.race([told, late]).finally(() => clearTimeout(patience));
  return await readPolicyAt(runtime.db, runtime, at);
}

/** Lets the person at a new device go on. True for whoever does it first. */
export async function markReady(tx: Tx, runtime: Runtime, deviceId: string): Promise<boolean> {
  const { count } = await tx.devicePolicy.updateMany({
    where: { deviceId, readyAt: null },
    data: { readyAt: runtime.clock.now() },
  });
  return count === 1;
}

/** Begins a device's wait anew. */
export async function restartWaiting(tx: Tx, runtime: Runtime, deviceId: string): Promise<void> {
  await tx.devicePolicy.updateMany({
    where: { deviceId, readyAt: null },
    data: { waitingAt: runtime.clock.now() },
  });
}
