'use client';

import { Building2, KeyRound, Smartphone } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button, ButtonLink } from '#ui/button';
import { OtherWays } from '#ui/other-ways';
import { Waiting } from '#ui/waiting';
import { authenticate } from '../../_device/ceremonies.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { ConfirmOnPhone } from '../../(sign-in)/approve-on-phone.tsx';
import { ConfirmWithCode } from '../../(sign-in)/confirm-with-code.tsx';
import { PassForm } from '../../(sign-in)/pass-form.tsx';
import { adding } from '../afterwards.ts';

/** Strong proof before anything is made: a pass, a key the person already has, or password and code. It ends in success, failure or time-out. */
export function Confirm({
  account,
  userHandle,
  canUseKey,
  canUseCode,
  canUseOrganisation,
  canUsePhone,
}: {
  account: string;
  userHandle: string;
  canUseKey: boolean;
  canUseCode: boolean;
  /** The person came from their organisation's own sign-in, whose MFA counts here. */
  canUseOrganisation: boolean;
  canUsePhone: boolean;
}) {
  const none = !canUseKey && !canUseCode && !canUseOrganisation && !canUsePhone;
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function confirm() {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('step-up', { about: userHandle });
    if (outcome.ok) return router.replace('/provision?step=device');
    setAsking(false);
    setTrouble(outcome.trouble);
  }

  return (
    <>
      <p className="max-w-line">
        {none
          ? 'Nobody but you may add a key to your account, and you have nothing yet that shows it is you. Begin with a Temporary Access Pass: your administrator gives you one.'
          : 'Nobody but you may add a key to your account. A proof that is at most 10 minutes old is enough; a password alone is not.'}
      </p>
      <TroubleNotice trouble={trouble} />
      {asking ? (
        <Waiting title="Waiting for your key">
          Answer on the device or phone that holds it. We wait up to five minutes, then you can try again.
        </Waiting>
      ) : (
        <PassForm next="/provision?step=device" account={account} />
      )}
      {none && !asking ? (
        <OtherWays
          title="Or first"
          ways={[
            {
              href: adding('/second-factor', 'provision'),
              title: 'Set up your phone or an app for codes',
              detail: 'With the same pass. It shows that it is you from then on, on any device.',
              icon: <Smartphone size={20} aria-hidden />,
            },
          ]}
        />
      ) : null}
      {canUseKey ? (
        <Button
          tone="secondary"
          size="large"
          wide
          icon={<KeyRound size={20} aria-hidden />}
          pending={asking && 'Waiting for your key'}
          onClick={confirm}
        >
          Confirm with a key you already have
        </Button>
      ) : null}
      {canUseOrganisation && !asking ? (
        <ButtonLink
          href="/sign-in/federated?confirm&then=add-browser"
          tone="secondary"
          size="large"
          wide
          icon={<Building2 size={20} aria-hidden />}
        >
          Confirm at your organisation
        </ButtonLink>
      ) : null}
      {canUsePhone && !asking ? (
        <div className="border-line border-t pt-6">
          <ConfirmOnPhone onConfirmed={() => router.replace('/provision?step=device')} />
        </div>
      ) : null}
      {canUseCode && !asking ? (
        <div className="border-line border-t pt-6">
          <ConfirmWithCode account={account} onConfirmed={() => router.replace('/provision?step=device')} />
        </div>
      ) : null}
    </>
  );
}
