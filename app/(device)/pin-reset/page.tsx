import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { modelWords } from '#domain/attestation/aaguids';
import { requiresStatement, toldOf } from '#domain/key-rules';
import {
  type KeepingStep,
  keepingStep,
  keepingWords,
  type PinResetStep,
  pinResetPlace,
  pinResetStep,
  pinResetWords,
  resetKindOf,
} from '#domain/pin-reset';
import { cameInByKey } from '#domain/session';
import { isSoftwareKey } from '#domain/software-key';
import { confirmationWays } from '#server/authentication';
import { listCredentials } from '#server/credential';
import { readKeyRulesAt } from '#server/key-rules-policy';
import { signedInPage } from '#server/page';
import { readResetPlan, readWindowsLimits } from '#server/pin-recovery';
import { readPinReset } from '#server/pin-reset';
import { readOpeners } from '#server/prf-protector';
import { readRecovery } from '#server/recovery-ladder';
import { offerSoftwareKey, readPinRules } from '#server/software-key-policy';
import { Stepper } from '#ui/stepper';
import { DevicePage } from '../device-page.tsx';
import { Done } from '../provision/done.tsx';
import { KeepByPasskey } from './keep-by-passkey.tsx';
import { KeepKey } from './keep-key.tsx';
import { PinReset } from './pin-reset.tsx';

export const metadata: Metadata = { title: 'I forgot my PIN' };

const titles: Readonly<Record<keyof typeof pinResetWords, string>> = {
  explain: 'A new key replaces the one you can no longer open',
  confirm: 'First, confirm another way that it is you',
  create: 'Make your new key on this device',
  done: 'Your new key has taken its place',
};

const keepingTitles: Readonly<Record<KeepingStep, string>> = {
  explain: 'Your key stays, and gets a new PIN',
  confirm: titles.confirm,
  new_pin: 'Choose your new PIN',
  done: 'Your new PIN counts',
};

/** The PIN reset. Which step shows is read from the store, and from what waits in this tab. */
export default async function PinResetPage({
  searchParams,
}: {
  searchParams: Promise<{ step?: string; kept?: string; kind?: string }>;
}) {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  const { person } = session;
  const [{ step: asked, kept, kind }, reset, ways, recovery, credentials, rules, plan, limits, mayOpen] =
    await Promise.all([
      searchParams,
      readPinReset(runtime, session),
      confirmationWays(runtime, session, session.demands.pinReset),
      readRecovery(runtime, session),
      listCredentials(runtime, person.id),
      readKeyRulesAt(runtime.db, runtime, session),
      readResetPlan(runtime, session),
      readWindowsLimits(runtime, session),
      readOpeners(runtime, session),
    ]);
  const about = {
    userHandle: person.userHandle,
    account: person.upn,
    deviceName: session.device?.name ?? 'this device',
    oldKeys: reset.keys.map(({ credentialId }) => credentialId),
    ways: {
      key: session.kind === 'ordinary' && recovery.otherKeys,
      code: ways.code,
      phone: ways.phone,
      pass: recovery.passes,
    },
    back: session.kind === 'ordinary' ? ('/security-info' as const) : ('/provision' as const),
  };
  const [newest] = reset.keys;
  const openers = plan.container === null || !mayOpen.allowed ? [] : mayOpen.passkeys;
  if (newest !== undefined && kind === 'passkey' && openers.length > 0) {
    return (
      <DevicePage
        session={session}
        title="Your passkey opens your key: choose a new PIN"
        footer="Your PIN stays in this browser. We never see it."
      >
        <KeepByPasskey
          userHandle={person.userHandle}
          deviceName={about.deviceName}
          openers={openers}
          rules={await readPinRules(runtime, session)}
          session={session.kind}
        />
      </DevicePage>
    );
  }
  if (newest !== undefined && kind !== 'new-key' && resetKindOf(plan.can) === 'non_destructive') {
    const step = keepingStep(asked ?? null, reset);
    return (
      <DevicePage
        session={session}
        title={keepingTitles[step]}
        progress={
          <Stepper
            label="Resetting your PIN"
            steps={Object.entries(keepingWords).map(([key, title]) => ({ key, title }))}
            current={step}
          />
        }
        footer="Your PIN stays in this browser. We never see it."
      >
        <KeepKey
          {...about}
          shown={step}
          rules={await readPinRules(runtime, session)}
          session={session.kind}
          openers={openers}
        />
      </DevicePage>
    );
  }
  // Nothing to replace, or nothing may take its place: the set-up says what is missing.
  if (newest === undefined || !reset.policyEnabled) redirect('/provision');
  const step: PinResetStep = pinResetStep(asked ?? null, reset);
  const place = pinResetPlace(step);
  const made = credentials.find(({ id }) => id === newest.id);
  // Whoever came with a pass, a password or the key that is gone signs in with the new one first.
  const settled = cameInByKey(session) && credentials.some(({ id }) => id === session.credentialId);

  return (
    <DevicePage
      session={session}
      title={titles[place]}
      progress={
        <Stepper
          label="Resetting your PIN"
          steps={Object.entries(pinResetWords).map(([key, title]) => ({ key, title }))}
          current={step === 'done' && settled ? null : place}
        />
      }
      footer="Your PIN, face and fingerprint stay on this device. We never see them."
    >
      {step === 'done' ? (
        <Done
          signedIn={settled}
          deviceName={session.device?.name ?? 'This device'}
          kid={newest.id}
          madeAt={newest.createdAt.toISOString()}
          attestation={made?.attestationFormat ?? 'none'}
          protection={made?.protection ?? 'unverified'}
          maker={made?.manufacturer ?? null}
          model={
            made === undefined ? null : modelWords({ aaguid: made.aaguid, proven: made.facts.modelProven })
          }
          told={made === undefined ? [] : toldOf(rules, made.facts)}
          userHandle={person.userHandle}
          softwareKey={made !== undefined && isSoftwareKey(made)}
        />
      ) : (
        <PinReset
          shown={step}
          {...about}
          statementRequired={requiresStatement(rules, 'hello')}
          softwareKey={await offerSoftwareKey(runtime, session)}
          proofUntil={reset.proofUntil?.toISOString() ?? null}
          keptPasskey={kept !== undefined}
          plan={{ container: plan.container !== null, obstacle: plan.obstacle, limits }}
          openers={openers}
        />
      )}
    </DevicePage>
  );
}
