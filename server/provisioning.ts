import 'server-only';
import { sufficientProof } from '#domain/authentication';
import { isManaged } from '#domain/policy/resolve';
import { softwareKeysAllowed } from '#domain/policy/software-key';
import { evaluatePrerequisites, type PrerequisiteResult, verdictWords } from '#domain/prerequisites';
import type { ProvisioningFacts } from '#domain/provisioning';
import type { SignedInSession } from './caller.ts';
import { hasKeyOnDevice } from './credential.ts';
import { listDevices } from './device.ts';
import { policyFor } from './device-policy.ts';
import { isHeld } from './enrollment-status.ts';
import { listEvents, record } from './event.ts';
import type { Runtime } from './runtime.ts';
import { markPrerequisitesChecked } from './session.ts';

export interface Provisioning extends ProvisioningFacts {
  readonly prerequisites: PrerequisiteResult;
  readonly policyEnabled: boolean;
  readonly biometricsAllowed: boolean;
  /**
   * A profile or a group policy object asks for a key: the first-run page cannot be put off, unless setting up failed in this
   * session. Where only the defaults or the organisation's own values ask for it, it can.
   */
  readonly required: boolean;
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
  const enabled = policy('UsePassportForWork');
  const sufficient = sufficientProof('provision_hello', session.proofs, runtime.clock.now());
  return {
    proofFresh: sufficient !== null,
    proofUntil: sufficient?.until ?? null,
    proofKind: sufficient?.proof.kind ?? null,
    deviceRegistered: device !== undefined,
    keyOnThisDevice: device !== undefined && (await hasKeyOnDevice(runtime.db, session.userId, device.id)),
    policyPending: await isHeld(runtime.db, session),
    required: enabled.value && isManaged(enabled) && !(await hasFailed(runtime, session)),
    policyEnabled: enabled.value,
    biometricsAllowed: policy('UseBiometrics').value,
    prerequisites: evaluatePrerequisites({
      deviceRegistered: device !== undefined,
      policyEnabled: enabled.value,
      postLogonEnabled: !policy('DisablePostLogonProvisioning').value,
      platformAuthenticator: device?.platformAuthenticator ?? 'not_tested',
      softwareKeys: device !== undefined && softwareKeysAllowed(policy, device.platformAuthenticator),
    }),
  };
}

/** Whether making a key went wrong in this session, here or in the browser: nobody is held where they cannot go on. */
async function hasFailed(runtime: Runtime, { userId, id: sessionId }: SignedInSession): Promise<boolean> {
  const selection = { userId, sessionId, outcome: 'failure' } as const;
  const failures = await listEvents(runtime, selection, 100);
  return failures.some(
    ({ code, detail }) =>
      code === 'key_registration_failed' || (code === 'ceremony_abandoned' && detail.ceremony === 'creating'),
  );
}

/**
 * Evaluates the prerequisites after a sign-in: writes event 358 or 360 with the whole table, once a session. Not for
 * people who already have a key on this device: Windows hides the check then. `launch` says that the person is led to the
 * set-up now: where everything holds, the first time or, where a key is required, until there is one; and while policy is
 * still to arrive on a new device.
 */
export async function checkPrerequisites(
  runtime: Runtime,
  session: SignedInSession,
): Promise<Provisioning & { readonly launch: boolean }> {
  const provisioning = await readProvisioning(runtime, session);
  if (provisioning.keyOnThisDevice) return { ...provisioning, launch: false };
  const { prerequisites, required, policyPending } = provisioning;
  if (policyPending) return { ...provisioning, launch: true };
  const first = await runtime.db.$transaction(async (tx) => {
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
  return { ...provisioning, launch: first || (required && prerequisites.outcome === 'WillProvision') };
}
