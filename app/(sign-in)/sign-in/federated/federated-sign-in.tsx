'use client';

import { ArrowLeft, KeyRound, Ticket } from 'lucide-react';
import type { Route } from 'next';
import { useEffect, useRef, useState } from 'react';
import type { FederatedDestination } from '#domain/federation';
import { Actions } from '#ui/actions';
import { OtherWays } from '#ui/other-ways';
import { SubmitButton } from '#ui/submit-button';
import { unanswered } from '../../../_device/answered.ts';
import { recognition } from '../../../_device/ceremonies.ts';
import { sendForm } from '../../../_device/send-form.ts';
import type { Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';
import { drawWayBack, leaveFor } from '../../../_device/upstream.ts';
import { fieldOf, useTyped } from '../../../_device/use-typed.ts';
import { AccountField } from '../../account-field.tsx';
import { federatedAction } from '../../actions.ts';

/** Leads to the provider of a name's domain. With `account` the name is known, and MFA is asked for anew. */
export function FederatedSignIn({
  leadsTo,
  account,
  told,
}: {
  leadsTo: FederatedDestination | null;
  account: string | null;
  /** What the way back ended with. */
  told: Trouble | null;
}) {
  const [trouble, setTrouble] = useState(told);
  const [typed, setTyped] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useTyped(form, (found) => setTyped(found('upn')));
  const mfaNeeded = told?.code === 'federated_mfa_required';
  const ended = told?.code;
  useEffect(() => {
    if (ended !== undefined) void drawWayBack({ problem: ended });
  }, [ended]);

  async function go(sent: FormData) {
    setTrouble(null);
    const upn = account ?? fieldOf(sent, 'upn');
    try {
      const device = await recognition(upn, 'federated');
      const result = await sendForm('federated', federatedAction, {
        upn,
        leadsTo,
        fresh: account !== null || mfaNeeded,
        ...(device && { device }),
      });
      if (!result.ok) return setTrouble(result.problem);
      await leaveFor(result.value.address);
      // The button goes on waiting until the other site is there.
      await new Promise(() => undefined);
    } catch (error) {
      setTrouble(unanswered(error));
    }
  }

  return (
    <form ref={form} action={go} className="flex flex-col gap-6">
      <TroubleNotice trouble={trouble} />
      {account === null ? (
        <AccountField value={typed} onType={setTyped} hint="The part behind the @ says where you sign in." />
      ) : null}
      <Actions
        others={
          <OtherWays
            ways={[
              account === null
                ? {
                    href: '/sign-in',
                    title: mfaNeeded ? 'Sign in with a key' : 'Back to sign-in',
                    icon: mfaNeeded ? (
                      <KeyRound size={20} aria-hidden />
                    ) : (
                      <ArrowLeft size={20} aria-hidden />
                    ),
                  }
                : {
                    href: '/provision',
                    title: 'Confirm another way',
                    icon: <ArrowLeft size={20} aria-hidden />,
                  },
              ...(mfaNeeded
                ? [
                    {
                      href: '/sign-in/pass' as Route,
                      title: 'Use a Temporary Access Pass',
                      icon: <Ticket size={20} aria-hidden />,
                    },
                  ]
                : []),
            ]}
            title="Other ways"
          />
        }
      >
        <SubmitButton size="large" pendingLabel="Going to your organisation">
          {mfaNeeded ? 'Sign in there with a second factor' : 'Go to your organisation'}
        </SubmitButton>
      </Actions>
    </form>
  );
}
