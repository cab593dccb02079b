import 'server-only';
import { provenOtherwise, sufficientProof } from '#domain/authentication';
import type { Challenge } from '#domain/ceremony';
import type { PinResetFacts } from '#domain/pin-reset';
import type { SignedIn, SignedInSession } from './caller.ts';
import { consumeNonce } from './ceremony.ts';
import { keysOnDevice, replaceCredential } from './credential.ts';
import type { Tx } from './db.ts';
import { policyFor } from './device-policy.ts';
import type { Runtime } from './runtime.ts';

/**
 * Makes room for the new key of a PIN reset: its challenge is used up and the keys of this device are revoked. Refuses
 * where a key was made here after the reset began, because another reset came first, and where that challenge was used
 * before. A key that was revoked meanwhile is no obstacle.
 */
export async function takePlace(
  tx: Tx,
  runtime: Runtime,
  caller: SignedIn,
  challenge: Challenge,
): Promise<{ readonly replaced: string[] } | { readonly refused: 'challenge_consumed' | 'reset_overtaken' }> {
  const { userId, id: sessionId } = caller.session;
  const old = await keysOnDevice(tx, caller.session);
  if (old.some(({ createdAt }) => createdAt > challenge.issuedAt)) return { refused: 'reset_overtaken' };
  if (!(await consumeNonce(tx, challenge.nonce, challenge.expiresAt)))
    return { refused: 'challenge_consumed' };
  for (const { id } of old)
    await replaceCredential(tx, runtime, { id, userId, sessionId, toldBy: 'pin_reset' });
  return { replaced: old.map(({ id }) => id) };
}

export interface PinReset extends PinResetFacts {
  /** The kids and the authenticators' IDs of the keys that would be replaced, the latest first. */
  readonly keys: readonly { readonly id: string; readonly credentialId: string; readonly createdAt: Date }[];
  readonly policyEnabled: boolean;
  /** When the freshest sufficient proof stops sufficing, or null when there is none. */
  readonly proofUntil: Date | null;
}

/** Where a person stands with the reset on this device, read from the store. */
export async function readPinReset(runtime: Runtime, session: SignedInSession): Promise<PinReset> {
  const [keys, policy] = await Promise.all([keysOnDevice(runtime.db, session), policyFor(runtime, session)]);
  const counting = provenOtherwise(
    session.proofs,
    keys.map(({ id }) => id),
  );
  const sufficient = sufficientProof('reset_pin', counting, runtime.clock.now());
  return {
    keys,
    policyEnabled: policy('UsePassportForWork').value,
    proofFresh: sufficient !== null,
    proofUntil: sufficient?.until ?? null,
    replaced: keys.some(({ createdAt }) => createdAt >= session.createdAt),
  };
}
