import 'server-only';
import { freshCounter, giveBack, type Taken, type TryCounter } from '#domain/anti-hammering';
import { toBase64Url } from '#domain/base64url';
import { type Evaluation, evaluate, newOprfKey, type OprfKey } from '#domain/oprf';
import { later, MINUTE_MS } from '#domain/time';
import type { SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { newId, type Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';

/** From the first key to the assertion that shows the PIN: longer than any proof that may begin it. */
export const MAKING_LIFETIME_MS = 15 * MINUTE_MS;

export type MakingReason = 'creation' | 'change' | 'reset' | 'prf';

/** The server's half of a PIN with what was tried at it. The key is sealed. */
export interface PinProtector extends TryCounter {
  readonly id: string;
  readonly containerId: string;
  readonly reason: string;
  readonly committedAt: Date | null;
  readonly sessionId: string | null;
  readonly expiresAt: Date | null;
  readonly key: Uint8Array;
  readonly publicKey: string;
  readonly revision: number;
}

const KEY_BYTES = 32;

/** A new OPRF key, sealed under the master key for one place. */
export function newSealedKey(
  runtime: Pick<Runtime, 'keys' | 'random'>,
  place: string,
): { readonly key: Buffer<ArrayBuffer>; readonly publicKey: string } {
  const { secretKey, publicKey } = newOprfKey((count) => runtime.random.bytes(count));
  const content = Buffer.concat([secretKey, publicKey]);
  const key = seal(runtime.keys('pin-oprf'), runtime.random.bytes(NONCE_BYTES), content, place);
  content.fill(0);
  secretKey.fill(0);
  return { key, publicKey: toBase64Url(publicKey) };
}

/** Evaluates elements under a sealed key; null for what is no element. Throws where the key was sealed for another place. */
export function evaluateSealed(
  runtime: Pick<Runtime, 'keys' | 'random'>,
  sealed: Uint8Array,
  place: string,
  elements: readonly Uint8Array[],
): Evaluation | null {
  const content = unseal(runtime.keys('pin-oprf'), sealed, place);
  if (content === null) throw new Error('An OPRF key does not open: it was sealed for another place');
  const key: OprfKey = {
    secretKey: content.subarray(0, KEY_BYTES),
    publicKey: content.subarray(KEY_BYTES),
  };
  const evaluated = evaluate(key, elements, (count) => runtime.random.bytes(count));
  content.fill(0);
  return evaluated;
}

/** Where a protector's key belongs: it opens nowhere else. */
export const protectorPlace = ({ id, containerId }: Pick<PinProtector, 'id' | 'containerId'>) =>
  `protector|${id}|${containerId}`;

/** Begins a protector that only this session can bring to an end; any other that is being made is given up. */
export async function makeProtector(
  tx: Tx,
  runtime: Runtime,
  making: { readonly containerId: string; readonly reason: MakingReason; readonly sessionId: string },
): Promise<{ readonly id: string; readonly publicKey: string }> {
  const { containerId } = making;
  const id = newId(runtime);
  const now = runtime.clock.now();
  const { key, publicKey } = newSealedKey(runtime, protectorPlace({ id, containerId }));
  await destroyProtectors(tx, { containerId, committedAt: null });
  await tx.pinProtector.create({
    data: {
      ...making,
      ...freshCounter(now),
      id,
      key,
      publicKey,
      createdAt: now,
      expiresAt: later(now, MAKING_LIFETIME_MS),
    },
  });
  return { id, publicKey };
}

/** The protector whose PIN counts now; null before the first, and after a wipe. */
export async function committedProtector(tx: Tx, containerId: string): Promise<PinProtector | null> {
  return await tx.pinProtector.findFirst({ where: { containerId, committedAt: { not: null } } });
}

/** The protector that this session is making; null where there is none any more. */
export async function protectorInMaking(
  tx: Tx,
  runtime: Runtime,
  containerId: string,
  session: SignedInSession | null,
): Promise<PinProtector | null> {
  const found = await tx.pinProtector.findFirst({ where: { containerId, committedAt: null } });
  return found !== null && isMaking(found, session, runtime.clock.now()) ? found : null;
}

/** Whether it counts for this session: committed, or being made in it, unlocked and in time. */
export function countsFor(
  protector: PinProtector,
  session: Pick<SignedInSession, 'id' | 'lockedAt'> | null,
  now: Date,
): boolean {
  return protector.committedAt !== null || isMaking(protector, session, now);
}

function isMaking(
  { sessionId, expiresAt }: PinProtector,
  session: Pick<SignedInSession, 'id' | 'lockedAt'> | null,
  now: Date,
): boolean {
  if (session === null || session.lockedAt !== null || sessionId !== session.id) return false;
  return expiresAt !== null && expiresAt > now;
}

/** Writes a counter over the one that was read, in one conditional statement; false where another was written since. */
async function writeCounter(
  tx: Tx,
  { id, revision }: Pick<PinProtector, 'id' | 'revision'>,
  { tries, triesSince, wrong, rounds, waitUntil }: TryCounter,
): Promise<boolean> {
  const { count } = await tx.pinProtector.updateMany({
    where: { id, revision },
    data: { tries, triesSince, wrong, rounds, waitUntil, revision: { increment: 1 } },
  });
  return count === 1;
}

/**
 * Counts a try before it is answered, exactly, whoever asks at the same instant: what was decided on a counter that another
 * try has changed since is decided anew. `also` is written with it. Null where the protector is gone.
 */
export async function countTry(
  runtime: Runtime,
  protectorId: string,
  take: (counter: TryCounter) => Taken,
  also: (tx: Tx, taken: Exclude<Taken, { refused: unknown }>) => Promise<void>,
): Promise<Taken | null> {
  for (;;) {
    const protector = await runtime.db.pinProtector.findUnique({ where: { id: protectorId } });
    if (protector === null) return null;
    const taken = take(protector);
    if ('refused' in taken) return taken;
    const counted = await runtime.db.$transaction(async (tx) => {
      if (!(await writeCounter(tx, protector, taken.counter))) return false;
      await also(tx, taken);
      return true;
    });
    if (counted) return taken;
  }
}

/** Gives back the try of a success, and ends the ladder. The transaction has read this protector. */
export async function giveTryBack(tx: Tx, runtime: Runtime, protector: PinProtector): Promise<void> {
  if (!(await writeCounter(tx, protector, giveBack(protector, runtime.clock.now()))))
    throw new Error('A counter was changed within a transaction that had read it');
}

/** Forgets all tries; false where there is no PIN that counts. */
export async function clearTries(tx: Tx, runtime: Runtime, containerId: string): Promise<boolean> {
  const { count } = await tx.pinProtector.updateMany({
    where: { containerId, committedAt: { not: null } },
    data: { ...freshCounter(runtime.clock.now()), revision: { increment: 1 } },
  });
  return count === 1;
}

/**
 * Makes the PIN of this protector the one that counts: any other is destroyed. Whoever changed it has shown the one before,
 * which takes no try back; after a reset nobody has tried at this one yet.
 */
export async function commitProtector(
  tx: Tx,
  runtime: Runtime,
  { id, containerId, reason }: Pick<PinProtector, 'id' | 'containerId' | 'reason'>,
): Promise<void> {
  const now = runtime.clock.now();
  const before = reason === 'change' ? await committedProtector(tx, containerId) : null;
  const tried = before && { tries: before.tries, triesSince: before.triesSince };
  await destroyProtectors(tx, { containerId, id: { not: id } });
  const { count } = await tx.pinProtector.updateMany({
    where: { id, containerId, committedAt: null },
    data: {
      ...freshCounter(now),
      ...tried,
      committedAt: now,
      sessionId: null,
      expiresAt: null,
      revision: { increment: 1 },
    },
  });
  if (count !== 1) throw new Error('A protector was committed within a transaction that had read it');
}

type Which = NonNullable<Parameters<Tx['pinProtector']['deleteMany']>[0]>['where'];

/** Destroys keys with everything that was tried at them. They are overwritten first: a deleted row may stay in its page. */
export async function destroyProtectors(tx: Tx, where: NonNullable<Which>): Promise<number> {
  const protectors = await tx.pinProtector.findMany({ where, select: { id: true, key: true } });
  for (const { id, key } of protectors)
    await tx.pinProtector.update({ where: { id }, data: { key: new Uint8Array(key.length) } });
  const ids = { id: { in: protectors.map(({ id }) => id) } };
  return (await tx.pinProtector.deleteMany({ where: ids })).count;
}

/** Forgets protectors that nobody finished in time. Returns how many. */
export async function forgetUnfinishedProtectors(runtime: Runtime): Promise<number> {
  const where = { committedAt: null, expiresAt: { lte: runtime.clock.now() } };
  return await runtime.db.$transaction((tx) => destroyProtectors(tx, where));
}
