import 'server-only';
import type { z } from 'zod';
import { type Proof, sufficientProof } from '#domain/authentication';
import { ok, type Result, refuse } from '#domain/result';
import type { PinChangeAnswer, pinChangeRequest } from '#domain/wire';
import type { SignedIn } from './caller.ts';
import { type KeyContainer, readContainer } from './key-container.ts';
import { committedProtector, type MakingReason, makeProtector } from './pin-protector.ts';
import { mayRecover } from './pin-recovery.ts';
import { openedByPasskey } from './prf-protector.ts';
import type { Runtime } from './runtime.ts';
import { touchSession } from './session.ts';

/**
 * Begins another PIN for a container of this session's device: a second key beside the first. Until an assertion shows the
 * new PIN in this session the old one is the one that counts, for everybody else too; from then on it opens nothing, in no
 * copy. Takes a fresh proof by the container's own key, by the passkey that opened the container, or one that may reset a
 * PIN where there is a PIN reset protector: whoever has opened it by those proves nothing with its PIN. A second begin gives
 * the first one up.
 */
export async function beginPinChange(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof pinChangeRequest>,
): Promise<Result<PinChangeAnswer>> {
  const { session } = caller;
  const container = await readContainer(runtime.db, input.container);
  const isOurs = container?.userId === session.userId && container.deviceId === session.deviceId;
  if (container === null || !isOurs || container.credentialId === null) return refuse('container_unknown');
  if (container.retiredAt !== null) return refuse('container_retired');
  const found = await reasonFor(runtime, caller, container, input.passkey);
  if (!found.ok) return found;
  const reason = found.value;
  return await runtime.db.$transaction(async (tx) => {
    if (!(await touchSession(tx, runtime, session.id))) return refuse('sign_in_required');
    // Looked at where it is written: a wipe at the same instant comes first or takes this away.
    if ((await committedProtector(tx, container.id)) === null) return refuse('container_retired');
    const making = { containerId: container.id, reason, sessionId: session.id };
    return ok({ protector: await makeProtector(tx, runtime, making) });
  });
}

async function reasonFor(
  runtime: Runtime,
  { session }: SignedIn,
  { id, credentialId, resetProtectorAt }: KeyContainer,
  passkey: string | undefined,
): Promise<Result<MakingReason>> {
  if (passkey !== undefined) {
    const opened = await openedByPasskey(runtime, session, passkey, 'reset_pin');
    return opened.ok ? ok('prf') : opened;
  }
  const now = runtime.clock.now();
  const isOwn = (proof: Proof) => proof.credentialId === credentialId;
  if (sufficientProof('change_credentials', session.proofs.filter(isOwn), now) !== null) return ok('change');
  if (resetProtectorAt === null) return refuse('proof_required');
  return 'refused' in (await mayRecover(runtime, session, id)) ? refuse('proof_required') : ok('reset');
}
