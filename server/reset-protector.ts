import 'server-only';
import type { Tx } from './db.ts';

/** What the server knows of a container's PIN reset protector: whose it is, and since when there is one. */
export interface ProtectedContainer {
  readonly id: string;
  readonly resetProtectorAt: Date | null;
}

interface Place {
  readonly userId: string;
  readonly deviceId: string | null;
}

/** The person's container of this ID on this device, unless it was retired. */
export async function findContainerHere(
  tx: Tx,
  { userId, deviceId }: Place,
  id: string,
): Promise<ProtectedContainer | null> {
  if (deviceId === null) return null;
  return await tx.keyContainer.findFirst({
    where: { id, userId, deviceId, retiredAt: null },
    select: { id: true, resetProtectorAt: true },
  });
}

/** The person's container with a key on this device, the latest where several were made; null where there is none. */
export async function containerOnDevice(
  tx: Tx,
  { userId, deviceId }: Place,
): Promise<ProtectedContainer | null> {
  if (deviceId === null) return null;
  return await tx.keyContainer.findFirst({
    where: { userId, deviceId, retiredAt: null, credentialId: { not: null } },
    select: { id: true, resetProtectorAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}

/** Notes since when the container's browser has a reset protector; null: it has none. True where that was a change. */
export async function noteResetProtector(tx: Tx, id: string, at: Date | null): Promise<boolean> {
  const { count } = await tx.keyContainer.updateMany({
    where: { id, retiredAt: null, ...(at === null && { resetProtectorAt: { not: null } }) },
    data: { resetProtectorAt: at },
  });
  return count === 1;
}

/** Notes that no reset protector counts any more; returns how many did. */
export async function forgetResetProtectors(tx: Tx): Promise<number> {
  const { count } = await tx.keyContainer.updateMany({
    where: { resetProtectorAt: { not: null } },
    data: { resetProtectorAt: null },
  });
  return count;
}

/** How many devices have a reset protector now. */
export async function countResetProtectors(tx: Tx): Promise<number> {
  return await tx.keyContainer.count({ where: { resetProtectorAt: { not: null }, retiredAt: null } });
}
