'use client';

import { KeyRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { historySentence, type PinRules } from '#domain/pin/rules';
import { Actions } from '#ui/actions';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { changePin } from '../../../_device/ceremonies.ts';
import type { ChangeStep } from '../../../_device/key-container/change-pin.ts';
import { NewPinForm } from '../../../_device/key-container/new-pin-form.tsx';
import { NotKept } from '../../../_device/key-container/not-kept.tsx';
import { useContainer } from '../../../_device/key-container/use-containers.ts';
import type { Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';

const stepWords: Readonly<Record<ChangeStep, string>> = {
  asking: 'Asking for your current PIN',
  confirming: 'Confirming that it is you',
  comparing: 'Comparing with earlier PINs',
  stretching: 'Making your new PIN hard to guess',
  committing: 'Putting the new PIN in its place',
};

/** A new PIN, and then the one in use. Both stay in this browser. */
export function ChangePin({
  userHandle,
  rules,
  due,
}: {
  userHandle: string;
  rules: PinRules;
  /** It has to be changed before anything else. */
  due: boolean;
}) {
  const router = useRouter();
  const here = useContainer(userHandle);
  const [step, setStep] = useState<ChangeStep | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [changed, setChanged] = useState(false);

  async function change(pin: string) {
    setTrouble(null);
    setRefusal(null);
    setStep('asking');
    const outcome = await changePin(userHandle, { pin, history: rules.history, onStep: setStep });
    setStep(null);
    if (!outcome.ok) return setTrouble(outcome.trouble);
    if (outcome.value === 'used_before')
      return setRefusal(`You have had this PIN before. ${historySentence(rules) ?? ''}: choose another one.`);
    setChanged(true);
    router.refresh();
  }

  if (changed) {
    return (
      <>
        <Notice
          tone="success"
          title="Your PIN is changed"
          safe="Your key and your sessions are as they were."
        >
          The old PIN opens nothing any more, in no copy of what this browser keeps.
        </Notice>
        <Actions>
          <ButtonLink href="/" tone="primary" size="large">
            Done
          </ButtonLink>
        </Actions>
      </>
    );
  }
  if (here === false) return <NotKept live="none" />;
  return (
    <>
      <TroubleNotice trouble={trouble} />
      {step === null ? (
        <NewPinForm
          rules={rules}
          word="Change my PIN"
          pending={false}
          refusal={refusal}
          onPin={change}
          others={
            due ? null : (
              <ButtonLink href="/security-info" tone="quiet">
                Keep the old one
              </ButtonLink>
            )
          }
        />
      ) : (
        <Waiting title={stepWords[step]} icon={<KeyRound size={32} aria-hidden />}>
          {step === 'asking' ? 'Look for the dialog.' : 'This takes a few seconds.'}
        </Waiting>
      )}
    </>
  );
}
