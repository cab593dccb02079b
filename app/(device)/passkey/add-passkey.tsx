'use client';

import { KeyRound } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { RegistrationAnswer } from '#domain/wire';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { authenticate, registerKey } from '../../_device/ceremonies.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { useFreshPage } from '../../_device/use-fresh-page.ts';
import { ConfirmOnPhone } from '../../(sign-in)/approve-on-phone.tsx';
import { ConfirmWithCode } from '../../(sign-in)/confirm-with-code.tsx';
import { PassForm } from '../../(sign-in)/pass-form.tsx';

/** Registers a passkey wherever the person chooses, after a proof that is at most five minutes old. */
export function AddPasskey({
  userHandle,
  account,
  fresh,
  canUseKey,
  canUseCode,
  canUsePhone,
  back,
}: {
  userHandle: string;
  account: string;
  fresh: boolean;
  canUseKey: boolean;
  canUseCode: boolean;
  canUsePhone: boolean;
  back: string;
}) {
  const router = useRouter();
  const askAnew = useFreshPage();
  const [asking, setAsking] = useState<string | null>(null);
  const [added, setAdded] = useState<RegistrationAnswer | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function add() {
    setTrouble(null);
    if (!fresh) {
      setAsking('Confirming that it is you');
      const confirmed = await authenticate('step-up', { about: userHandle });
      if (!confirmed.ok) {
        setAsking(null);
        setTrouble(confirmed.trouble);
        return;
      }
    }
    setAsking('Waiting for your new key');
    const outcome = await registerKey('passkey', userHandle);
    setAsking(null);
    if (outcome.ok) setAdded(outcome.value);
    else setTrouble(outcome.trouble);
    void askAnew();
  }

  if (added !== null) {
    return (
      <>
        <Notice tone="success" title="Your passkey is registered">
          {added.backupEligible
            ? 'Its provider copies it between your devices. It signs you in wherever it is.'
            : 'It is bound to the device that made it, and signs you in wherever you use it.'}
        </Notice>
        {added.warnings === undefined ? null : (
          <Notice tone="warning" live="none" title="It works, and your organisation asks for more">
            {added.warnings.join(' ')} Ask your administrator what to use instead.
          </Notice>
        )}
        <Actions>
          <ButtonLink href={back as Route} tone="primary" size="large">
            Done
          </ButtonLink>
        </Actions>
      </>
    );
  }
  return (
    <>
      <TroubleNotice trouble={trouble} />
      {asking ? (
        <Waiting title={asking}>
          Answer in the system's dialog, on your phone, or by touching your security key.
        </Waiting>
      ) : null}
      {fresh || canUseKey ? (
        <Actions>
          <Button
            tone="primary"
            size="large"
            icon={<KeyRound size={20} aria-hidden />}
            pending={asking ?? false}
            onClick={add}
          >
            {fresh ? 'Add a passkey' : 'Confirm, then add a passkey'}
          </Button>
          <ButtonLink href={back as Route} tone="quiet">
            Not now
          </ButtonLink>
        </Actions>
      ) : (
        <>
          <p className="max-w-line">First confirm that it is you. A password alone is not enough for this.</p>
          {canUsePhone ? <ConfirmOnPhone onConfirmed={() => router.refresh()} /> : null}
          {canUseCode ? (
            <ConfirmWithCode account={account} onConfirmed={() => router.refresh()} />
          ) : canUsePhone ? null : (
            <PassForm next="/passkey" account={account} />
          )}
        </>
      )}
    </>
  );
}
