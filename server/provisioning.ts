import 'server-only';
import { sufficientProof } from '#domain/authentication';
import { evaluatePrerequisites, type PrerequisiteResult, verdictWords } from '#domain/prerequisites';
import type { ProvisioningFacts } from '#domain/provisioning';
import type { SignedInSession } from './caller.ts';
import { hasKeyOnDevice } from './credential.ts';
import { listDevices } from './device.ts';
import { policyFor } from './device-policy.ts';
import { record } from './event.ts';
import type { Runtime } from './runtime.ts';
import { markPrerequisitesChecked } from './session.ts';

export interface Provisioning extends ProvisioningFacts {
  readonly prerequisites: PrerequisiteResult;
  readonly policyEnabled: boolean;
  readonly biometricsAllowed: boolean;
  /** When the freshest sufficient proof stops sufficing, or null when there is none. */
  readonly proofUntil: Date | null;
  /** The kind of that proof. */
  readonly proofKind: string | null;
}

/** Where a person stands with the set-up on this device, read from the store. */
export async function readProvisioning(runtime: Runtime, session: SignedInSession): Promise<Provisioning> {
  const policy = await policyFor(runtime, session);
  const device =
    session.deviceId === null ? undefined : (await listDevices(runtime, { id: session.deviceId }))[0];
  const sufficient = sufficientProof('provision_hello', session.proofs, runtime.clock.now());
  return {
    proofFresh: sufficient !== null,
    proofUntil: sufficient?.until ?? null,
    proofKind: sufficient?.proof.kind ?? null,
    deviceRegistered: device !== undefined,
    keyOnThisDevice: device !== undefined && (await hasKeyOnDevice(runtime, session.userId, device.id)),
    policyEnabled: policy('UsePassportForWork').value,
    biometricsAllowed: policy('UseBiometrics').value,
    prerequisites: evaluatePrerequisites({
      deviceRegistered: device !== undefined,
      policyEnabled: policy('UsePassportForWork').value,
      postLogonEnabled: !policy('DisablePostLogonProvisioning').value,
      platformAuthenticator: device?.platformAuthenticator ?? 'not_tested',
    }),
  };
}

/**
 * Evaluates the prerequisites after a sign-in: writes event 358 or 360 with the whole table, once a session. Not for
 * people who already have a key on this device: Windows hides the check then. `launch` is true the first time only,
 * where everything holds: the person is then led to the set-up.
 */
export async function checkPrerequisites(
  runtime: Runtime,
  session: SignedInSession,
): Promise<Provisioning & { readonly launch: boolean }> {
  const provisioning = await readProvisioning(runtime, session);
  if (provisioning.keyOnThisDevice) return { ...provisioning, launch: false };
  const { prerequisites } = provisioning;
  const launch = await runtime.db.$transaction(async (tx) => {
    if (!(await markPrerequisitesChecked(tx, runtime, session.id))) return false;
    const launch = prerequisites.outcome === 'WillProvision';
    await record(tx, runtime, {
      code: launch ? 'provisioning_will_launch' : 'provisioning_will_not_launch',
      outcome: launch ? 'success' : 'failure',
      userId: session.userId,
      deviceId: session.deviceId,
      sessionId: session.id,
      detail: {
        ...Object.fromEntries(
          prerequisites.checks.map(({ field, verdict }) => [field, verdictWords[verdict]]),
        ),
        PreReqResult: prerequisites.outcome,
      },
    });
    return launch;
  });
  return { ...provisioning, launch };
}
