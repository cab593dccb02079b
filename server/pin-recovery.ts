import 'server-only';
import { type Proof, provenOtherwise, sufficientProof } from '#domain/authentication';
import { deployments } from '#domain/deployment/matrix';
import type { EventCode } from '#domain/event';
import {
  type CanReset,
  canReset,
  type KeepingObstacle,
  obstaclesToKeeping,
  type ResetFacts,
} from '#domain/pin-reset';
import { windowsLimits } from '#domain/pin-reset-reach';
import {
  faultProblem,
  type RecoveryAnswer,
  type RecoveryRequest,
  type ResetProtectorAnswer,
  type ResetProtectorRequest,
  type ServiceKeyAnswer,
  type ServiceRecoveryAnswer,
  type ServiceRecoveryRequest,
} from '#domain/pin-reset-ticket';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn, SignedInSession } from './caller.ts';
import { keysOnDevice } from './credential.ts';
import type { Tx } from './db.ts';
import { listDevices } from './device.ts';
import { policyFor, readPolicyAt } from './device-policy.ts';
import { record } from './event.ts';
import {
  containerOnDevice,
  findContainerHere,
  noteResetProtector,
  type ProtectedContainer,
} from './key-container.ts';
import { asked, type Registration, readRegistration, signTicket } from './pin-reset-registration.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { readTenant } from './tenant.ts';

/** When asking again is worth it after the service was away. */
const RETRY_AFTER_SECONDS = 5;

/** Why a device may not use the service: policy is off for it, or the organisation did not register. */
type Off = 'policy' | 'service';

/** The registration under which this session's device may use the service. */
async function mayUseService(
  runtime: Runtime,
  session: SignedInSession,
): Promise<{ readonly registered: Registration } | { readonly off: Off }> {
  const [policy, registered] = await Promise.all([policyFor(runtime, session), readRegistration(runtime.db)]);
  if (!policy('EnablePinRecovery').value) return { off: 'policy' };
  return registered === null ? { off: 'service' } : { registered };
}

export interface MayRecover {
  readonly container: ProtectedContainer;
  readonly registered: Registration;
  /** The proof by another way than the keys of this device that carries the reset longest. */
  readonly proof: Proof;
}

/** Why a container may not be recovered in this session; the log keeps it. */
const refusals = {
  another_container: 'not_found',
  policy: 'pin_recovery_off',
  service: 'pin_recovery_off',
  protector: 'pin_reset_protector_unusable',
  proof: 'proof_required',
} as const satisfies Record<string, ProblemCode>;
export type RecoveryRefusal = keyof typeof refusals;

/**
 * Whether this session may open this container without its PIN: it belongs to the person and to the session's device, has a
 * reset protector, policy and registration allow it, and the person proved who they are by another way than a key of this
 * device, at most ten minutes ago. The door that makes a new PIN protector for a reset asks the same.
 */
export async function mayRecover(
  runtime: Runtime,
  session: SignedInSession,
  containerId: string,
): Promise<MayRecover | { readonly refused: RecoveryRefusal }> {
  const container = await findContainerHere(runtime.db, session, containerId);
  if (container === null) return { refused: 'another_container' };
  const service = await mayUseService(runtime, session);
  if ('off' in service) return { refused: service.off };
  if (container.resetProtectorAt === null) return { refused: 'protector' };
  const keys = await keysOnDevice(runtime.db, session);
  const counting = provenOtherwise(
    session.proofs,
    keys.map(({ id }) => id),
  );
  const sufficient = sufficientProof('reset_pin', counting, runtime.clock.now());
  if (sufficient === null) return { refused: 'proof' };
  return { container, registered: service.registered, proof: sufficient.proof };
}

/** The problem of a refusal of `mayRecover`. */
export function refusalProblem(refused: RecoveryRefusal): ProblemCode {
  return refusals[refused];
}

/**
 * Signs the ticket with which the PIN reset service opens this one protector for this one tab. Only for the one that counts:
 * an older one, in whatever copy, gets none.
 */
export async function issueRecoveryTicket(
  runtime: Runtime,
  caller: SignedIn,
  { container: id, protector, thumbprint }: RecoveryRequest,
): Promise<Result<RecoveryAnswer>> {
  const { session } = caller;
  const allowed = await mayRecover(runtime, session, id);
  const may =
    'refused' in allowed || allowed.container.resetProtector === protector
      ? allowed
      : ({ refused: 'protector' } as const);
  if ('refused' in may) {
    await note(runtime.db, runtime, caller, 'pin_recovery_allowed', {
      container: id,
      cause: may.refused,
    });
    return refuse(refusals[may.refused]);
  }
  const mfaAt = may.proof.provenAt;
  const ticket = await signTicket(runtime, may.registered, {
    userHandle: session.person.userHandle,
    device: session.deviceId ?? '',
    container: may.container.id,
    protector,
    thumbprint,
    mfaAt,
  });
  await note(runtime.db, runtime, caller, 'pin_recovery_allowed', {
    container: may.container.id,
    proof: may.proof.kind,
    mfaAt: mfaAt.toISOString(),
  });
  return ok({ ticket });
}

/** The service's public key, for a device whose policy lets it have a reset protector. */
export async function readServiceKey(runtime: Runtime, caller: SignedIn): Promise<Result<ServiceKeyAnswer>> {
  const service = await mayUseService(runtime, caller.session);
  if ('off' in service) return refuse('pin_recovery_off');
  const key = await asked(() => runtime.pinResetService.publicKey());
  return key === null ? unavailable() : ok(key);
}

/**
 * Hands a ticket on to the PIN reset service, wherever it runs. The secret in its answer is encrypted to the tab. Where the
 * service cannot be reached the ticket is as good as before; after a lost answer a new one is asked for.
 */
export async function askForRecovery(
  runtime: Runtime,
  caller: SignedIn,
  request: ServiceRecoveryRequest,
): Promise<Result<ServiceRecoveryAnswer>> {
  const opened = await asked(() => runtime.pinResetService.recover(request));
  if (opened === null) {
    await note(runtime.db, runtime, caller, 'pin_recovery_answered', { cause: 'service_unavailable' });
    return unavailable();
  }
  if (!opened.ok) {
    await note(runtime.db, runtime, caller, 'pin_recovery_answered', { cause: opened.fault });
    return refuse(faultProblem(opened.fault));
  }
  await note(runtime.db, runtime, caller, 'pin_recovery_answered', { key: request.kid });
  return ok(opened.value);
}

/** Notes that this device's browser stored a reset protector, or gave its one up. Said again it changes nothing. */
export async function storeResetProtector(
  runtime: Runtime,
  caller: SignedIn,
  { container: id, made }: ResetProtectorRequest,
): Promise<Result<ResetProtectorAnswer>> {
  const { session } = caller;
  if (made !== null) {
    const service = await mayUseService(runtime, session);
    if ('off' in service) return refuse('pin_recovery_off');
    const { id: tenant } = await readTenant(runtime);
    const there = await asked(() => runtime.pinResetService.status(tenant));
    if (there === null) return unavailable();
    // Sealed to a key that the service does not have, it would open nothing on the day it is needed.
    if (!there.keys.some(({ kid }) => kid === made.kid)) return refuse('pin_reset_protector_unusable');
  }
  return await runtime.db.$transaction(async (tx) => {
    const container = await findContainerHere(tx, session, id);
    if (container === null) return refuse('not_found');
    const at = runtime.clock.now();
    const code = made === null ? 'reset_protector_forgotten' : 'reset_protector_stored';
    if (await noteResetProtector(tx, id, made && { at, digest: made.protector }))
      await note(tx, runtime, caller, code, { container: id, ...(made && { key: made.kid }) });
    return ok({ storedAt: made && at.toISOString() });
  });
}

/** How a PIN reset on this device would go, as pages say beforehand. */
export interface ResetPlan {
  readonly can: CanReset;
  /** The container whose key could be kept; null where the key is not one that this browser keeps. */
  readonly container: ProtectedContainer | null;
  /** Why the key cannot be kept; null where it can. */
  readonly obstacle: KeepingObstacle | null;
  /** Whether a browser that has no reset protector should make one now, and one that has should keep it. */
  readonly protectorWanted: boolean;
}

export async function readResetPlan(runtime: Runtime, session: SignedInSession): Promise<ResetPlan> {
  const [policy, container, registered] = await Promise.all([
    policyFor(runtime, session),
    containerOnDevice(runtime.db, session),
    readRegistration(runtime.db),
  ]);
  const pinRecoveryEnabled = policy('EnablePinRecovery').value;
  const facts: ResetFacts = {
    helloEnabled: policy('UsePassportForWork').value,
    pinRecoveryEnabled,
    // Asked only where the answer decides.
    serviceRegistered:
      registered === null
        ? 'no'
        : pinRecoveryEnabled && container?.resetProtectorAt
          ? await trusts(runtime, registered)
          : 'yes',
    resetProtector: container !== null && container.resetProtectorAt !== null,
  };
  return {
    can: canReset(facts),
    container,
    obstacle: obstaclesToKeeping(facts).obstacle,
    protectorWanted: pinRecoveryEnabled && registered !== null,
  };
}

/**
 * What a browser whose container is open should do about its PIN reset protector: make one where policy wants it and there is
 * none, drop it where policy does not want it any more; null: nothing.
 */
export async function protectorToDo(
  runtime: Runtime,
  at: Pick<SignedInSession, 'userId' | 'deviceId'>,
): Promise<'prepare' | 'drop' | null> {
  const [policy, container, registered] = await Promise.all([
    readPolicyAt(runtime.db, runtime, at),
    containerOnDevice(runtime.db, at),
    readRegistration(runtime.db),
  ]);
  if (container === null) return null;
  const isThere = container.resetProtectorAt !== null;
  const isWanted = policy('EnablePinRecovery').value && registered !== null;
  return isWanted === isThere ? null : isWanted ? 'prepare' : 'drop';
}

async function trusts(runtime: Runtime, registered: Registration) {
  const { id } = await readTenant(runtime);
  const there = await asked(() => runtime.pinResetService.status(id));
  if (there === null) return 'not_tested';
  return there.trusts === registered.thumbprint ? 'yes' : 'no';
}

/** Where a PC of this person's organisation offers less than this page does, in sentences; none where nothing bites. */
export async function readWindowsLimits(runtime: Runtime, session: SignedInSession): Promise<string[]> {
  if (session.deviceId === null) return [];
  const [[device], policy] = await Promise.all([
    listDevices(runtime, { id: session.deviceId }),
    readPolicy(runtime.db),
  ]);
  if (device === undefined) return [];
  const { model, trust } = deployments[policy('Deployment.modelAndTrust').value];
  return windowsLimits(model, trust, device.joinType);
}

const unavailable = () => refuse('pin_reset_service_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });

async function note(
  tx: Tx,
  runtime: Runtime,
  { session, address }: SignedIn,
  code: EventCode,
  detail: Readonly<Record<string, string>>,
): Promise<void> {
  await record(tx, runtime, {
    code,
    outcome: 'cause' in detail ? 'failure' : 'success',
    userId: session.userId,
    deviceId: session.deviceId,
    sessionId: session.id,
    detail: { ...detail, address },
  });
}
