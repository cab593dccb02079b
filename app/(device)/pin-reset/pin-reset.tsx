'use client';

import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { destructiveReset, type PinResetEvent, type PinResetStep } from '#domain/pin-reset';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { makeReplacement } from '../../_device/ceremonies.ts';
import { forgetReset, handIn, type KeptReset, keptReset } from '../../_device/kept-reset.ts';
import { enter } from '../../_device/tabs.tsx';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { serverAnswers } from '../../_device/use-fresh-page.ts';
import { ChooseKeyHome, type SoftwareKeyOffer } from '../choose-key-home.tsx';
import { MakeKey } from '../make-key.tsx';
import { MakeSoftwareKey } from '../make-software-key.tsx';
import { ConfirmOtherwise, type OtherProofs } from './confirm-otherwise.tsx';
import { Explain, type ExplainedPlan } from './explain.tsx';
import { HandIn } from './hand-in.tsx';
import { KeepByPasskeyOffer, type Opener } from './keep-by-passkey-offer.tsx';

/** Where a response that waits in this tab changes the step that the store alone would show. */
const whileKept: Partial<Record<PinResetStep, PinResetStep>> = {
  create: 'hand_in',
  confirm: 'confirm_again',
};

/** Refusals after which the device has made a key that counts nowhere. */
const REFUSED_BY_RULES = new Set(['statement_missing', 'security_device_required']);

/** What became of the old key, after the new one was refused. */
function OldKey({ deviceName }: { deviceName: string }) {
  return (
    <Notice
      tone="info"
      live="none"
      title={`Your old key on ${deviceName} still counts here`}
      safe="Nothing was changed at Latchkey, and your other ways to sign in work as before."
    >
      The device itself may have overwritten it with the one that was refused: some do. If it answers no more,
      sign in another way, or ask your administrator for a pass.
    </Notice>
  );
}

/** The address of a step; where the key could be kept, this one is the person's choice. */
export const newKeyStep = (step: PinResetStep) => `/pin-reset?kind=new-key&step=${step}` as Route;

/** The steps of the reset. They are moved through in the address, so that a reload finds the same one. */
export function PinReset({
  shown,
  userHandle,
  account,
  deviceName,
  oldKeys,
  ways,
  statementRequired,
  softwareKey,
  proofUntil,
  keptPasskey,
  plan,
  openers,
  back,
}: {
  shown: PinResetStep;
  userHandle: string;
  account: string;
  deviceName: string;
  /** The authenticator's IDs of the keys that are replaced. */
  oldKeys: readonly string[];
  ways: OtherProofs;
  statementRequired: boolean;
  softwareKey: SoftwareKeyOffer | null;
  proofUntil: string | null;
  /** A synced passkey was just kept; the key on this device is still to be made. */
  keptPasskey: boolean;
  plan: ExplainedPlan;
  /** The person's passkeys that may open what this browser keeps. */
  openers: readonly Opener[];
  back: Route;
}) {
  const router = useRouter();
  const [kept, setKept] = useState<KeptReset | null>(null);
  const [lost, setLost] = useState(0);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const step = (kept === null ? undefined : whileKept[shown]) ?? shown;

  function go(event: PinResetEvent): void {
    const next = destructiveReset[step][event];
    if (next === undefined) throw new Error(`Nothing follows ${event} at ${step}`);
    if (next !== step) router.replace(newKeyStep(next));
    router.refresh();
  }

  // Another page may have been left here in the middle: what it kept is handed in first.
  useEffect(() => {
    const found = keptReset(userHandle);
    setKept(found);
    if (found !== null && shown === 'explain') router.replace(newKeyStep('hand_in'));
  }, [userHandle, shown, router]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: begun anew for another response or step alone
  useEffect(() => {
    if (step !== 'hand_in' || kept === null) return;
    const over = new AbortController();
    setLost(0);
    void handIn(kept, over.signal, () => setLost((count) => count + 1)).then((outcome) => {
      if (outcome === null) return;
      if (outcome.ok) return go('answered');
      if (outcome.trouble.code === 'session_locked') return enter('/locked?then=pin-reset');
      if (outcome.trouble.code === 'proof_required') return go('proof_ran_out');
      setKept(null);
      setTrouble(outcome.trouble);
      go('refused');
    });
    return () => over.abort();
  }, [step, kept]);

  function startAgain() {
    forgetReset();
    setKept(null);
    go('given_up');
  }

  switch (step) {
    case 'explain':
      return (
        <>
          <KeepByPasskeyOffer userHandle={userHandle} openers={openers} />
          <Explain deviceName={deviceName} plan={plan} back={back} onGoOn={() => go('go_on')} />
        </>
      );
    case 'confirm':
    case 'confirm_again':
      return (
        <>
          <TroubleNotice trouble={trouble} />
          <ConfirmOtherwise
            account={account}
            oldKeys={oldKeys}
            ways={ways}
            waiting={step === 'confirm_again'}
            afterPass={newKeyStep('create')}
            onProven={() => go('proven')}
          />
          {step === 'confirm_again' ? (
            <Button tone="quiet" onClick={startAgain}>
              Start again
            </Button>
          ) : null}
        </>
      );
    case 'hand_in':
      return <HandIn lost={lost} />;
    default: {
      const ending = {
        before: trouble,
        proofUntil,
        onMade: (made: KeptReset) => {
          setTrouble(null);
          setKept(made);
          go('key_made');
        },
        onTrouble: ({ code }: Trouble) => {
          if (code === 'proof_required') go('proof_ran_out');
        },
        onProofEnd: async () => {
          // A key that was made meanwhile is on its way with the proof that it was made under.
          if ((await serverAnswers()) && keptReset(userHandle) === null) go('proof_ran_out');
        },
      };
      return (
        <ChooseKeyHome
          offer={softwareKey}
          device={(change) => (
            <>
              <MakeKey
                make={(attestation) => makeReplacement(userHandle, attestation)}
                word="Make my new key"
                statementRequired={statementRequired}
                truth={({ code }) => (REFUSED_BY_RULES.has(code) ? <OldKey deviceName={deviceName} /> : null)}
                kept={
                  keptPasskey ? 'It signs you in, too. The new key on this device is still to be made.' : null
                }
                keptAddress={`${newKeyStep('create')}&kept=1`}
                {...ending}
              >
                The system asks for your new PIN, your face or finger now. In its dialog choose{' '}
                <strong>this device</strong> (on Windows: “Windows Hello”), not a phone or a password manager.
                The key on {deviceName} is replaced as soon as the new one is here.
              </MakeKey>
              {change}
            </>
          )}
          browser={(rules, change) => (
            <MakeSoftwareKey
              rules={rules}
              make={(making) => makeReplacement(userHandle, making)}
              word="Make my new PIN and key"
              others={change}
              {...ending}
            />
          )}
        />
      );
    }
  }
}
