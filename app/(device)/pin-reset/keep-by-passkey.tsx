'use client';

import { KeyRound } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { PinRules } from '#domain/pin/rules';
import { Actions } from '#ui/actions';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { resetPin } from '../../_device/ceremonies.ts';
import { NewPinForm } from '../../_device/key-container/new-pin-form.tsx';
import { NotKept } from '../../_device/key-container/not-kept.tsx';
import type { ResetStep } from '../../_device/key-container/reset-pin.ts';
import { useContainer } from '../../_device/key-container/use-containers.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { useOpeners } from '../../_device/use-openers.ts';
import type { Opener } from './keep-by-passkey-offer.tsx';
import { Changed, NEW_KEY, stepWords } from './keep-key.tsx';

const OTHER_WAYS = '/pin-reset' as Route;

/** A new PIN without the old one and without anybody's help: a passkey opens what this browser keeps. */
export function KeepByPasskey({
  userHandle,
  deviceName,
  openers,
  rules,
  session,
}: {
  userHandle: string;
  deviceName: string;
  openers: readonly Opener[];
  rules: PinRules;
  session: 'ordinary' | 'registration';
}) {
  const router = useRouter();
  const here = useContainer(userHandle);
  const known = useOpeners(userHandle);
  const [doing, setDoing] = useState<ResetStep | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [changed, setChanged] = useState(false);

  async function change(pin: string) {
    setTrouble(null);
    setDoing('answering');
    const outcome = await resetPin(userHandle, { pin, onStep: setDoing }, session, 'passkey');
    setDoing(null);
    if (outcome.ok) return setChanged(true);
    setTrouble(outcome.trouble);
    // The passkey may have signed in already.
    router.refresh();
  }

  if (changed) return <Changed deviceName={deviceName} />;
  if (here === false) return <NotKept href={NEW_KEY} live="none" />;
  if (doing !== null)
    return (
      <Waiting title={stepWords[doing]} icon={<KeyRound size={32} aria-hidden />}>
        {doing === 'answering'
          ? "Answer in the system's dialog, on your phone, or by touching your security key."
          : 'This takes a few seconds. Your PIN stays in this browser.'}
      </Waiting>
    );
  const others = (
    <ButtonLink href={OTHER_WAYS} tone="quiet">
      Another way
    </ButtonLink>
  );
  if (known !== null && !openers.some(({ credentialId }) => known.includes(credentialId)))
    return (
      <>
        <Notice
          tone="info"
          live="none"
          title="No passkey opens what this browser keeps"
          safe="Your account and your other ways to sign in are as they were."
        >
          It would have to be prepared before the PIN is forgotten.
        </Notice>
        <Actions>{others}</Actions>
      </>
    );
  return (
    <>
      <p className="max-w-line">
        Choose the new PIN first. Then your passkey answers: it proves that it is you, and opens the key that
        this browser keeps. The old PIN counts until the new one does.
      </p>
      <TroubleNotice trouble={trouble} />
      <NewPinForm rules={rules} word="Set my new PIN" pending={false} onPin={change} others={others} />
    </>
  );
}
