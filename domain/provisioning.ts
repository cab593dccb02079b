/** The steps of the set-up, in their order; `policy` is the Enrollment Status Page, where policy shows it. MFA always precedes the key, and nothing is created before it. */
export const provisioningSteps = [
  'welcome',
  'confirm',
  'device',
  'policy',
  'gesture',
  'key',
  'done',
] as const;
export type ProvisioningStep = (typeof provisioningSteps)[number];

export const provisioningStepWords: Readonly<Record<ProvisioningStep, string>> = {
  welcome: 'Start',
  confirm: "Confirm it's you",
  device: 'This device',
  policy: 'Policy',
  gesture: 'Face or finger',
  key: 'Your key',
  done: 'Done',
};

/** What the server knows. The steps are read from it, so that a reload, a second tab or a lost reply changes nothing. */
export interface ProvisioningFacts {
  /** A proof in this session that is young enough for the next thing to be made. */
  readonly proofFresh: boolean;
  readonly deviceRegistered: boolean;
  readonly keyOnThisDevice: boolean;
  /** The Enrollment Status Page waits for policy that has to be on this device first. */
  readonly policyPending: boolean;
}

/**
 * The step to show. Somebody may go back to any step and forward only as far as the facts carry; the steps that make
 * nothing (`welcome`, `gesture`) are passed by asking for the next one.
 */
export function provisioningStep(
  requested: ProvisioningStep | null,
  facts: ProvisioningFacts,
): ProvisioningStep {
  if (facts.keyOnThisDevice) return 'done';
  if (facts.policyPending) return 'policy';
  const furthest: ProvisioningStep = !facts.proofFresh
    ? 'confirm'
    : facts.deviceRegistered
      ? 'key'
      : 'device';
  const wanted = requested ?? 'welcome';
  return position(wanted) <= position(furthest) ? skipDone(wanted, facts) : furthest;
}

/** A step whose work is done is not shown again: the next one is. */
function skipDone(step: ProvisioningStep, facts: ProvisioningFacts): ProvisioningStep {
  if (step === 'confirm' && facts.proofFresh) return skipDone('device', facts);
  if (step === 'device' && facts.deviceRegistered && facts.proofFresh) return 'gesture';
  if (step === 'policy' && facts.deviceRegistered) return 'gesture';
  return step;
}

function position(step: ProvisioningStep): number {
  return provisioningSteps.indexOf(step);
}
