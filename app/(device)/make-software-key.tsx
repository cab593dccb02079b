'use client';

import { KeyRound } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { HELLO_PROOF_MAX_AGE_MS } from '#domain/authentication';
import type { PinRules } from '#domain/pin/rules';
import { CountdownRing } from '#ui/countdown-ring';
import { Waiting } from '#ui/waiting';
import type { Making } from '../_device/ceremonies.ts';
import type { MakingStep } from '../_device/key-container/key-container.ts';
import { NewPinForm } from '../_device/key-container/new-pin-form.tsx';
import type { Outcome, Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';

const stepWords: Readonly<Record<MakingStep, string>> = {
  asking: 'Asking for the half of your PIN that guards it',
  stretching: 'Making your PIN hard to guess',
  making: 'Making your key',
  registering: 'Registering your key',
};

/** Lets this browser make a Hello key itself, behind a PIN that is chosen here. */
export function MakeSoftwareKey<T>({
  rules,
  make,
  word,
  before = null,
  proofUntil,
  others,
  onMade,
  onTrouble,
  onProofEnd,
}: {
  rules: PinRules;
  make: (making: Making) => Promise<Outcome<T>>;
  word: string;
  /** What became of the last try. */
  before?: Trouble | null;
  proofUntil: string | null;
  others?: ReactNode;
  onMade: (made: T) => void;
  onTrouble?: (trouble: Trouble) => void;
  onProofEnd: () => void;
}) {
  const [step, setStep] = useState<MakingStep | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(before);

  async function create(pin: string) {
    setTrouble(null);
    setStep('asking');
    const outcome = await make({ pin, onStep: setStep });
    if (outcome.ok) return onMade(outcome.value);
    setStep(null);
    setTrouble(outcome.trouble);
    onTrouble?.(outcome.trouble);
  }

  return (
    <>
      <p className="max-w-line">
        Choose a PIN for this browser. It stays here: we never see it, and we only count how often it is
        tried.
      </p>
      <TroubleNotice trouble={trouble} />
      {step === null ? (
        <NewPinForm rules={rules} word={word} pending={false} others={others} onPin={create} />
      ) : (
        <Waiting title={stepWords[step]} icon={<KeyRound size={32} aria-hidden />}>
          This takes a few seconds.
        </Waiting>
      )}
      {proofUntil === null ? null : (
        <CountdownRing
          until={proofUntil}
          fromSeconds={HELLO_PROOF_MAX_AGE_MS / 1000}
          label="Left before we ask again who you are"
          onEnd={onProofEnd}
        />
      )}
    </>
  );
}
