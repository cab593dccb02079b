import type { Metadata } from 'next';
import { modelWords } from '#domain/attestation/aaguids';
import { requiresStatement, toldOf } from '#domain/key-rules';
import { prerequisites } from '#domain/prerequisites';
import {
  type ProvisioningStep,
  provisioningStep,
  provisioningSteps,
  provisioningStepWords,
} from '#domain/provisioning';
import { cameInByKey } from '#domain/session';
import { isSoftwareKey } from '#domain/software-key';
import { confirmationWays } from '#server/authentication';
import { listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { readEnrollmentStatus } from '#server/enrollment-status';
import { mayConfirmUpstream } from '#server/federated-sign-in';
import { readKeyRulesAt } from '#server/key-rules-policy';
import { signedInPage } from '#server/page';
import { readPolicy } from '#server/policy';
import { checkPrerequisites } from '#server/provisioning';
import { mayFallBack, offerSoftwareKey } from '#server/software-key-policy';
import { Stepper } from '#ui/stepper';
import { DemandNote } from '../demand-note.tsx';
import { DevicePage } from '../device-page.tsx';
import { Confirm } from './confirm.tsx';
import { CreateKey } from './create-key.tsx';
import { Done } from './done.tsx';
import { Gesture } from './gesture.tsx';
import { PolicyArrival } from './policy-arrival.tsx';
import { RegisterDevice } from './register-device.tsx';
import { Welcome } from './welcome.tsx';

export const metadata: Metadata = { title: 'Set up this device' };

const titles: Readonly<Record<ProvisioningStep, string>> = {
  welcome: 'Use Windows Hello with your account',
  confirm: 'First, confirm that it is you',
  device: 'Register this device',
  gesture: 'Face or finger, if this device has them',
  key: 'Create your key on this device',
  policy: 'Your organisation is setting up this device',
  done: 'This device is ready',
};

/** The set-up. Which step shows is read from the store, so that reload, back and a second tab change nothing. */
export default async function ProvisionPage({
  searchParams,
}: {
  searchParams: Promise<{ step?: string; kept?: string }>;
}) {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  const { person } = session;
  const [{ step: asked, kept }, provisioning, credentials, devices, ways, rules, policy] = await Promise.all([
    searchParams,
    checkPrerequisites(runtime, session),
    listCredentials(runtime, person.id),
    listDevices(runtime, { userId: person.id }),
    confirmationWays(runtime, session, session.demands.provisioning),
    readKeyRulesAt(runtime.db, runtime, session),
    readPolicy(runtime.db),
  ]);
  const requested = provisioningSteps.find((step) => step === asked) ?? null;
  const allowed = provisioning.policyEnabled;
  // A device can be joined while Windows Hello is off.
  const step =
    allowed || provisioning.policyPending || !provisioning.deviceRegistered
      ? provisioningStep(requested, provisioning)
      : 'welcome';
  const status = step === 'policy' ? await readEnrollmentStatus(runtime.db, runtime, session) : null;
  const waits = policy('EnrollmentStatusPage.state').value;
  const key = credentials.find(
    (credential) => credential.kind === 'hello' && credential.deviceId === session.deviceId,
  );
  const checks = prerequisites.map((row) => ({
    field: row.field,
    verdict:
      provisioning.prerequisites.checks.find(({ field }) => field === row.field)?.verdict ?? 'not_tested',
    holds: row.holds,
    fails: row.fails,
    remedy: row.remedy,
    untested: row.untested,
  }));
  const elsewhere = devices.filter(
    ({ id, keys, disabledAt }) => id !== session.deviceId && keys > 0 && disabledAt === null,
  );

  return (
    <DevicePage
      session={session}
      title={titles[step]}
      progress={
        <Stepper
          label="Setting up this device"
          steps={provisioningSteps
            .filter((name) => name !== 'policy' || waits)
            .map((name) => ({ key: name, title: provisioningStepWords[name] }))}
          current={step === 'done' && cameInByKey(session) ? null : step}
        />
      }
      footer="Your PIN, face and fingerprint stay on this device. We never see them."
    >
      {step === 'confirm' ? <DemandNote demand={session.demands.provisioning} /> : null}
      {step === 'welcome' ? (
        <Welcome
          checks={checks}
          allowed={allowed}
          deviceRegistered={provisioning.deviceRegistered}
          mayLeave={session.kind === 'ordinary' && !provisioning.required}
        />
      ) : step === 'confirm' ? (
        <Confirm
          account={person.upn}
          userHandle={person.userHandle}
          canUseKey={session.kind === 'ordinary' && credentials.length > 0}
          canUseCode={ways.code}
          canUseOrganisation={await mayConfirmUpstream(runtime, session)}
          canUsePhone={ways.phone}
        />
      ) : step === 'device' ? (
        <RegisterDevice
          elsewhere={elsewhere.map(({ name }) => name)}
          browserMayKeep={await mayFallBack(runtime, session)}
        />
      ) : step === 'policy' ? (
        <PolicyArrival status={status} deviceName={session.device?.name ?? 'This device'} />
      ) : step === 'gesture' ? (
        <Gesture allowed={provisioning.biometricsAllowed} />
      ) : step === 'key' ? (
        <CreateKey
          userHandle={person.userHandle}
          statementRequired={requiresStatement(rules, 'hello')}
          softwareKey={await offerSoftwareKey(runtime, session)}
          proofUntil={provisioning.proofUntil?.toISOString() ?? null}
          kept={kept !== undefined}
        />
      ) : (
        <Done
          signedIn={cameInByKey(session)}
          deviceName={session.device?.name ?? 'This device'}
          kid={key?.id ?? ''}
          madeAt={(key?.createdAt ?? session.createdAt).toISOString()}
          attestation={key?.attestationFormat ?? 'none'}
          protection={key?.protection ?? 'unverified'}
          maker={key?.manufacturer ?? null}
          model={key === undefined ? null : modelWords({ aaguid: key.aaguid, proven: key.facts.modelProven })}
          told={key === undefined ? [] : toldOf(rules, key.facts)}
          userHandle={person.userHandle}
          softwareKey={key !== undefined && isSoftwareKey(key)}
        />
      )}
    </DevicePage>
  );
}
