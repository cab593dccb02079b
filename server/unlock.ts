import 'server-only';
import type { ProofKind } from '#domain/authentication';
import { isSoftwareKey } from '#domain/software-key';
import { opensLock, type Shown, type UnlockRule, unlockRule } from '#domain/unlock';
import type { SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { readPolicyAt } from './device-policy.ts';
import type { Runtime } from './runtime.ts';
import { usableKeys } from './usable-key.ts';

/** The rule on the device of a session, for whoever comes from an address; null where one proof opens the lock. */
async function readRule(
  tx: Tx,
  runtime: Runtime,
  session: SignedInSession,
  address: string,
): Promise<UnlockRule | null> {
  if (session.deviceId === null) return null;
  const policy = await readPolicyAt(tx, runtime, session);
  return unlockRule((name) => policy(name).value, address);
}

/** Whether policy asks for unlock factors at the lock of a session. */
export async function asksForFactors(
  tx: Tx,
  runtime: Runtime,
  session: SignedInSession,
  address: string,
): Promise<boolean> {
  return (await readRule(tx, runtime, session, address)) !== null;
}

type Proven = Pick<Shown, 'kind' | 'credentialId'>;

/** What was proven in a session since it was locked. */
async function shownSince(tx: Tx, session: SignedInSession): Promise<readonly Proven[]> {
  if (session.lockedAt === null) return [];
  const rows = await tx.proof.findMany({
    where: { sessionId: session.id, provenAt: { gt: session.lockedAt } },
    select: { kind: true, credentialId: true },
  });
  return rows.map(({ kind, credentialId }) => ({ kind: kind as ProofKind, credentialId }));
}

/**
 * Whether this proof opens the lock of a session, with those that were shown since it was locked and by policy as it is on
 * that device now (`opensLock`). A session that is not locked has nothing to open.
 */
export async function judgeUnlock(
  tx: Tx,
  runtime: Runtime,
  session: SignedInSession,
  proof: Proven,
  address: string,
): Promise<boolean> {
  if (session.lockedAt === null) return true;
  const rule = await readRule(tx, runtime, session, address);
  if (rule === null) return true;
  const proofs = [...(await shownSince(tx, session)), proof];
  const keys = await tx.credential.findMany({
    where: { id: { in: proofs.flatMap(({ credentialId }) => credentialId ?? []) } },
    select: { id: true, aaguid: true },
  });
  const software = new Set(keys.filter(isSoftwareKey).map(({ id }) => id));
  return opensLock(
    rule,
    proofs.map((each) => ({ ...each, software: software.has(each.credentialId ?? '') })),
  );
}

/** How far somebody is with opening a lock that may ask for two proofs. */
export interface LockState {
  /** A rule of the trusted signal holds here. */
  readonly trusted: boolean;
  readonly shown: readonly ProofKind[];
  /** Authenticators' IDs of the keys that answered already. */
  readonly answered: readonly string[];
  /** Another usable key of theirs has not. */
  readonly moreKeys: boolean;
}

export async function readLock(
  runtime: Runtime,
  session: SignedInSession,
  address: string,
): Promise<LockState> {
  const { db } = runtime;
  const [rule, proofs, usable] = await Promise.all([
    readRule(db, runtime, session, address),
    shownSince(db, session),
    usableKeys(db),
  ]);
  const keys = await db.credential.findMany({
    where: { AND: [{ userId: session.userId }, usable] },
    select: { id: true, credentialId: true },
  });
  const [answered, others] = [true, false].map((wanted) =>
    keys.filter(({ id }) => proofs.some(({ credentialId }) => credentialId === id) === wanted),
  );
  return {
    trusted: rule?.trusted === true,
    shown: proofs.map(({ kind }) => kind),
    answered: (answered ?? []).map(({ credentialId }) => credentialId),
    moreKeys: (others ?? []).length > 0,
  };
}
