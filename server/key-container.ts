import 'server-only';
import {
  forgetTries,
  type Ladder,
  ladderOf,
  nextForgottenAt,
  stopOf,
  type TryCounter,
} from '#domain/anti-hammering';
import type { KeyRevocation } from '#domain/credential';
import { later } from '#domain/time';
import type { SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import {
  commitProtector,
  destroyProtectors,
  MAKING_LIFETIME_MS,
  makeProtector,
  newSealedKey,
  type PinProtector,
} from './pin-protector.ts';
import { newId, type Runtime } from './runtime.ts';

/** A Hello container as the server knows it: whose it is, where, and the key in it. */
export interface KeyContainer {
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string;
  /** Its key's kid; null until that one is registered. */
  readonly credentialId: string | null;
  readonly historyKey: Uint8Array | null;
  /** The session that makes it; null once its key is registered. */
  readonly sessionId: string | null;
  readonly createdAt: Date;
  readonly pinChangedAt: Date | null;
  readonly pinChangeRequired: boolean;
  readonly resetProtectorAt: Date | null;
  /** The digest of that protector. */
  readonly resetProtector: string | null;
  readonly retiredAt: Date | null;
}

/** Where the key of a PIN history belongs: it opens nowhere else. */
export const historyPlace = (containerId: string) => `history|${containerId}`;

/** Begins a container for the device of a session: it counts for nothing until its key is registered in that session. */
export async function makeContainer(
  tx: Tx,
  runtime: Runtime,
  session: SignedInSession & { readonly deviceId: string },
): Promise<{
  readonly id: string;
  readonly protector: { readonly id: string; readonly publicKey: string };
  readonly history: { readonly publicKey: string };
}> {
  const id = newId(runtime);
  const { key: historyKey, publicKey } = newSealedKey(runtime, historyPlace(id));
  const { userId, deviceId, id: sessionId } = session;
  const createdAt = runtime.clock.now();
  await tx.keyContainer.create({ data: { id, userId, deviceId, sessionId, historyKey, createdAt } });
  const protector = await makeProtector(tx, runtime, { containerId: id, reason: 'creation', sessionId });
  return { id, protector, history: { publicKey } };
}

/** A container, retired ones and those in the making too; null when there is none. */
export async function readContainer(
  tx: Tx,
  id: string,
): Promise<(KeyContainer & { readonly user: { readonly disabledAt: Date | null } }) | null> {
  return await tx.keyContainer.findUnique({
    where: { id },
    include: { user: { select: { disabledAt: true } } },
  });
}

/** Registers the key of a container that this session made, in the transaction that writes the key. */
export async function commitContainer(
  tx: Tx,
  runtime: Runtime,
  { container, protector }: { readonly container: KeyContainer; readonly protector: PinProtector },
  kid: string,
): Promise<void> {
  const { count } = await tx.keyContainer.updateMany({
    where: { id: container.id, credentialId: null, retiredAt: null },
    data: { credentialId: kid, sessionId: null, pinChangedAt: runtime.clock.now() },
  });
  if (count !== 1) throw new Error('A container was changed within a transaction that had read it');
  await commitProtector(tx, runtime, protector);
  const { userId, deviceId, sessionId } = container;
  await record(tx, runtime, {
    code: 'container_created',
    userId,
    deviceId,
    credentialId: kid,
    sessionId,
    detail: { container: container.id },
  });
}

/** What opened a container whose PIN was forgotten, by why its new PIN was made. */
const openers: Readonly<Record<string, 'pin_reset_service' | 'passkey'>> = {
  reset: 'pin_reset_service',
  prf: 'passkey',
};

/** Makes another PIN the one that counts, in the transaction that accepts the assertion which shows it. */
export async function commitPin(
  tx: Tx,
  runtime: Runtime,
  { container, protector }: { readonly container: KeyContainer; readonly protector: PinProtector },
): Promise<void> {
  await commitProtector(tx, runtime, protector);
  const opener = openers[protector.reason];
  await tx.keyContainer.update({
    where: { id: container.id },
    data: {
      pinChangedAt: runtime.clock.now(),
      pinChangeRequired: false,
      // The secret that opened it was seen outside its ciphertext: the browser makes another one.
      ...(opener === 'pin_reset_service' && NO_RESET_PROTECTOR),
    },
  });
  const { id, userId, deviceId, credentialId } = container;
  const { reason, sessionId } = protector;
  const about = { userId, deviceId, credentialId, sessionId };
  await record(
    tx,
    runtime,
    opener !== undefined
      ? {
          code: 'pin_reset',
          ...about,
          detail: { kind: 'non_destructive', kid: credentialId, replaced: null, opener },
        }
      : { code: 'pin_changed', ...about, detail: { container: id, reason } },
  );
}

/** What the server knows of a container's PIN reset protector: since when there is one, and which. */
export type ProtectedContainer = Pick<
  KeyContainer,
  'id' | 'credentialId' | 'resetProtectorAt' | 'resetProtector'
>;

const NO_RESET_PROTECTOR = { resetProtectorAt: null, resetProtector: null } as const;

const protectedFields = {
  id: true,
  credentialId: true,
  resetProtectorAt: true,
  resetProtector: true,
} as const;

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
    select: protectedFields,
  });
}

/** The person's container with a key on this device; null where there is none. There is one at most. */
export async function containerOnDevice(
  tx: Tx,
  { userId, deviceId }: Place,
): Promise<ProtectedContainer | null> {
  if (deviceId === null) return null;
  return await tx.keyContainer.findFirst({
    where: { userId, deviceId, retiredAt: null, credentialId: { not: null } },
    select: protectedFields,
  });
}

/** Notes which reset protector the container's browser has, and since when; null: it has none. True where that was a change. */
export async function noteResetProtector(
  tx: Tx,
  id: string,
  made: { readonly at: Date; readonly digest: string } | null,
): Promise<boolean> {
  const { count } = await tx.keyContainer.updateMany({
    where: { id, retiredAt: null, ...(made === null && { resetProtectorAt: { not: null } }) },
    data: made === null ? NO_RESET_PROTECTOR : { resetProtectorAt: made.at, resetProtector: made.digest },
  });
  return count === 1;
}

/** Notes that no reset protector counts any more; returns how many did. */
export async function forgetResetProtectors(tx: Tx): Promise<number> {
  const { count } = await tx.keyContainer.updateMany({
    where: { resetProtectorAt: { not: null } },
    data: NO_RESET_PROTECTOR,
  });
  return count;
}

/** How many devices have a reset protector now. */
export async function countResetProtectors(tx: Tx): Promise<number> {
  return await tx.keyContainer.count({ where: { resetProtectorAt: { not: null }, retiredAt: null } });
}

/**
 * Destroys the server's half of containers for good, in the transaction that takes their keys or their device away: whatever
 * browser has them, no PIN opens them again. Returns the kids of their keys.
 */
export async function retireContainers(
  tx: Tx,
  runtime: Runtime,
  which: { readonly credentialId: string } | { readonly deviceId: string },
  why: {
    readonly reason: KeyRevocation;
    readonly actorId?: string | null | undefined;
    readonly sessionId?: string | undefined;
  },
): Promise<string[]> {
  const { reason, ...by } = why;
  const containers = await tx.keyContainer.findMany({ where: { ...which, retiredAt: null } });
  for (const { id, userId, deviceId, credentialId, historyKey } of containers) {
    await destroyProtectors(tx, { containerId: id });
    const emptied = historyKey && new Uint8Array(historyKey.length);
    await tx.keyContainer.update({ where: { id }, data: { historyKey: emptied } });
    await tx.keyContainer.update({
      where: { id },
      data: { historyKey: null, ...NO_RESET_PROTECTOR, retiredAt: runtime.clock.now() },
    });
    const detail = { container: id, reason };
    await record(tx, runtime, { code: 'container_retired', userId, deviceId, credentialId, ...by, detail });
  }
  return containers.flatMap(({ credentialId }) => (credentialId === null ? [] : [credentialId]));
}

/** Asks for a new PIN at the next use; false where there is no such key. */
export async function askForNewPin(tx: Tx, id: string): Promise<boolean> {
  const where = { id, retiredAt: null, credentialId: { not: null } };
  return (await tx.keyContainer.updateMany({ where, data: { pinChangeRequired: true } })).count === 1;
}

/** A container for people to look at. */
export interface ContainerState
  extends Omit<KeyContainer, 'historyKey' | 'sessionId' | 'credentialId' | 'retiredAt' | 'resetProtector'> {
  readonly credentialId: string;
  /** What was tried at its PIN, as it counts now. */
  readonly counter: Pick<TryCounter, 'tries' | 'wrong' | 'rounds' | 'waitUntil'>;
  readonly ladder: Ladder;
  /** When the next of these tries is forgotten; null: there is none. */
  readonly forgottenAt: Date | null;
  /** Until when nothing is answered; null: it is answered now. */
  readonly stoppedUntil: Date | null;
}

/** The containers of a person or a device whose keys stand, the latest made first. */
export async function listContainers(
  runtime: Runtime,
  which: { readonly userId?: string; readonly deviceId?: string },
): Promise<ContainerState[]> {
  const now = runtime.clock.now();
  const rows = await runtime.db.keyContainer.findMany({
    where: { ...which, retiredAt: null, credentialId: { not: null } },
    include: { protectors: { where: { committedAt: { not: null } } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  return rows.flatMap(({ protectors: [protector], credentialId, historyKey: _, sessionId: __, ...row }) => {
    if (protector === undefined || credentialId === null) return [];
    const ladder = ladderOf(protector, now);
    const { wrong, rounds, waitUntil } = protector;
    const { tries } = forgetTries(protector, now);
    const stop = stopOf(protector, now);
    const state = {
      ladder,
      counter: { tries, wrong, rounds, waitUntil },
      forgottenAt: nextForgottenAt(protector, now),
      stoppedUntil: stop !== null && 'until' in stop ? stop.until : null,
    };
    return [{ ...row, credentialId, ...state }];
  });
}

/** Forgets containers whose key nobody registered in time. Returns how many. */
export async function forgetUnfinishedContainers(runtime: Runtime): Promise<number> {
  const createdAt = { lt: later(runtime.clock.now(), -MAKING_LIFETIME_MS) };
  return await runtime.db.$transaction(async (tx) => {
    const where = { credentialId: null, retiredAt: null, createdAt };
    const containers = await tx.keyContainer.findMany({ where, select: { id: true } });
    const ids = containers.map(({ id }) => id);
    await destroyProtectors(tx, { containerId: { in: ids } });
    return (await tx.keyContainer.deleteMany({ where: { id: { in: ids } } })).count;
  });
}
