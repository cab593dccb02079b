import 'server-only';
import type { z } from 'zod';
import { sufficientProof } from '#domain/authentication';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { PinChangeAnswer, pinChangeRequest } from '#domain/wire';
import type { SignedIn } from './caller.ts';
import { type KeyContainer, readContainer } from './key-container.ts';
import { committedProtector, type MakingReason, makeProtector } from './pin-protector.ts';
import { mayRecover, refusalProblem } from './pin-recovery.ts';
import { openedByPasskey } from './prf-protector.ts';
import type { Runtime } from './runtime.ts';
import { touchSession } from './session.ts';

/**
 * Begins another PIN for a container of this session's device: a second key beside the first. Until an assertion shows the
 * new PIN in this session the old one is the one that counts, for everybody else too; from then on it opens nothing, in no
 * copy. Takes a fresh proof by the container's own key; for a `reset` one that may reset a PIN, and a PIN reset protector; or
 * one by the `passkey` that opened the container: whoever has opened it by those proves nothing with its PIN. A second begin
 * gives the first one up.
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
  const { reset = false, passkey } = input;
  const reason: MakingReason = passkey !== undefined ? 'prf' : reset ? 'reset' : 'change';
  const stop =
    passkey !== undefined
      ? await noPasskey(runtime, caller, passkey)
      : reset
        ? await noReset(runtime, caller, container.id)
        : noOwnProof(runtime, caller, container);
  if (stop !== null) return refuse(stop);
  return await runtime.db.$transaction(async (tx) => {
    if (!(await touchSession(tx, runtime, session.id))) return refuse('sign_in_required');
    // Looked at where it is written: a wipe at the same instant comes first or takes this away.
    if ((await committedProtector(tx, container.id)) === null) return refuse('container_retired');
    const making = { containerId: container.id, reason, sessionId: session.id };
    return ok({ protector: await makeProtector(tx, runtime, making) });
  });
}

function noOwnProof(
  runtime: Runtime,
  { session }: SignedIn,
  { credentialId }: KeyContainer,
): ProblemCode | null {
  const own = session.proofs.filter((proof) => proof.credentialId === credentialId);
  const isProven = sufficientProof('change_credentials', own, runtime.clock.now()) !== null;
  return isProven ? null : 'proof_required';
}

async function noReset(runtime: Runtime, { session }: SignedIn, id: string) {
  const may = await mayRecover(runtime, session, id);
  return 'refused' in may ? refusalProblem(may.refused) : null;
}

async function noPasskey(
  runtime: Runtime,
  { session }: SignedIn,
  passkey: string,
): Promise<ProblemCode | null> {
  const opened = await openedByPasskey(runtime, session, passkey, 'reset_pin');
  return opened.ok ? null : opened.problem.code;
}
