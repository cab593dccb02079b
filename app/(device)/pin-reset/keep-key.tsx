'use client';

import { KeyRound } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { PinRules } from '#domain/pin/rules';
import { type KeepingEvent, type KeepingStep, nonDestructiveReset } from '#domain/pin-reset';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { resetPin } from '../../_device/ceremonies.ts';
import { keptReset } from '../../_device/kept-reset.ts';
import { NewPinForm } from '../../_device/key-container/new-pin-form.tsx';
import { NotKept } from '../../_device/key-container/not-kept.tsx';
import type { ResetStep } from '../../_device/key-container/reset-pin.ts';
import { useContainer } from '../../_device/key-container/use-containers.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { ConfirmOtherwise, type OtherProofs } from './confirm-otherwise.tsx';
import { KeepByPasskeyOffer, type Opener } from './keep-by-passkey-offer.tsx';
import { newKeyStep } from './pin-reset.tsx';
import { ResetKinds } from './reset-kinds.tsx';

export const NEW_KEY = newKeyStep('explain');

export const stepWords: Readonly<Record<ResetStep, string>> = {
  recovering: 'Asking the PIN reset service',
  answering: 'Waiting for your passkey',
  stretching: 'Making your new PIN hard to guess',
  committing: 'Putting the new PIN in its place',
};

/** What only another key mends: the container, or what would open it, is not here any more. */
const NEEDS_NEW_KEY = new Set([
  'container_missing',
  'container_damaged',
  'container_newer',
  'container_retired',
  'pin_recovery_off',
  'pin_reset_protector_unusable',
]);

/** The reset that keeps the key: what it changes, another proof, and a new PIN. The old one counts until the new one does. */
export function KeepKey({
  shown,
  userHandle,
  account,
  deviceName,
  oldKeys,
  ways,
  rules,
  session,
  openers,
  back,
}: {
  shown: KeepingStep;
  userHandle: string;
  account: string;
  deviceName: string;
  oldKeys: readonly string[];
  ways: OtherProofs;
  rules: PinRules;
  session: 'ordinary' | 'registration';
  /** The person's passkeys that may open what this browser keeps. */
  openers: readonly Opener[];
  back: Route;
}) {
  const router = useRouter();
  const here = useContainer(userHandle);
  const [doing, setDoing] = useState<ResetStep | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [changed, setChanged] = useState(false);

  // A new key was made here before, and waits to be handed in.
  useEffect(() => {
    if (keptReset(userHandle) !== null) router.replace(newKeyStep('hand_in'));
  }, [userHandle, router]);

  function go(event: KeepingEvent): void {
    const next = nonDestructiveReset[shown][event];
    if (next === undefined) throw new Error(`Nothing follows ${event} at ${shown}`);
    if (next !== shown) router.replace(`/pin-reset?step=${next}` as Route);
    router.refresh();
  }

  async function change(pin: string) {
    setTrouble(null);
    setDoing('recovering');
    const outcome = await resetPin(userHandle, { pin, onStep: setDoing }, session);
    setDoing(null);
    if (outcome.ok) return setChanged(true);
    setTrouble(outcome.trouble);
    if (outcome.trouble.code === 'proof_required') go('proof_ran_out');
  }

  if (changed) return <Changed deviceName={deviceName} />;
  if (here === false) return <NotKept href={NEW_KEY} live="none" />;
  if (doing !== null)
    return (
      <Waiting title={stepWords[doing]} icon={<KeyRound size={32} aria-hidden />}>
        This takes a few seconds. Your PIN stays in this browser.
      </Waiting>
    );
  switch (shown) {
    case 'confirm':
      return (
        <>
          <TroubleNotice trouble={trouble} />
          <ConfirmOtherwise
            account={account}
            oldKeys={oldKeys}
            ways={ways}
            waiting={false}
            afterPass={'/pin-reset?step=new_pin' as Route}
            onProven={() => go('proven')}
          />
        </>
      );
    case 'new_pin':
      return (
        <>
          <TroubleNotice trouble={trouble} />
          {trouble !== null && NEEDS_NEW_KEY.has(trouble.code) ? (
            <Actions>
              <ButtonLink href={NEW_KEY} tone="primary" size="large">
                Make a new key instead
              </ButtonLink>
            </Actions>
          ) : (
            <NewPinForm rules={rules} word="Set my new PIN" pending={false} onPin={change} />
          )}
        </>
      );
    default:
      return (
        <>
          <p className="max-w-line">
            Nobody can read your PIN, so nobody can give it back. You confirm another way that it is you, and
            choose a new one. The PIN reset service opens this browser's key for this tab alone; the old PIN
            counts until the new one does.
          </p>
          <KeepByPasskeyOffer userHandle={userHandle} openers={openers} />
          <ResetKinds now="non_destructive" otherwise="A new key in its place is possible, too." />
          <Actions>
            <Button tone="primary" size="large" onClick={() => go('go_on')}>
              Continue
            </Button>
            <ButtonLink href={NEW_KEY} tone="quiet">
              Make a new key instead
            </ButtonLink>
            <ButtonLink href={back} tone="quiet">
              Not now
            </ButtonLink>
          </Actions>
        </>
      );
  }
}

export function Changed({ deviceName }: { deviceName: string }) {
  return (
    <>
      <Notice tone="success" title="Your new PIN counts" safe="Your key and its sessions are as they were.">
        It opens the same key on {deviceName}. The old PIN opens nothing any more, in no copy of what this
        browser keeps.
      </Notice>
      <Actions>
        <ButtonLink href="/" tone="primary" size="large">
          Go to my workplace
        </ButtonLink>
      </Actions>
    </>
  );
}
