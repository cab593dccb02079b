'use client';

import { ArrowLeft } from 'lucide-react';
import type { Route } from 'next';
import { useEffect, useRef, useState } from 'react';
import { Actions } from '#ui/actions';
import { Field } from '#ui/field';
import { OtherWays } from '#ui/other-ways';
import { SubmitButton } from '#ui/submit-button';
import { unanswered } from '../_device/answered.ts';
import { recognition } from '../_device/ceremonies.ts';
import { sendForm } from '../_device/send-form.ts';
import { enter } from '../_device/tabs.tsx';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { fieldOf, useTyped } from '../_device/use-typed.ts';
import { AccountField } from './account-field.tsx';
import { redeemPassAction } from './actions.ts';

const places = { provisioning: '/provision', pin_reset: '/pin-reset' } as const;

/**
 * Redeems a pass. A link from an administrator carries name and pass in its fragment, which never reaches a server; it is
 * taken out of the address at once. With `account` the name is known: somebody confirms who they are. Where `next` is left
 * out it leads to what the pass opens.
 */
export function PassForm({
  next,
  account,
  back = false,
}: {
  next?: Route | undefined;
  account?: string;
  back?: boolean;
}) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [filled, setFilled] = useState({ upn: account ?? '', pass: '' });
  const type = (more: Partial<typeof filled>) => setFilled((before) => ({ ...before, ...more }));
  const form = useRef<HTMLFormElement>(null);

  useTyped(form, (typed) =>
    setFilled((before) => ({ upn: typed('upn') || before.upn, pass: typed('pass') })),
  );
  useEffect(() => {
    const fragment = new URLSearchParams(window.location.hash.slice(1));
    const pass = fragment.get('pass');
    if (pass === null) return;
    setFilled((before) => ({ upn: account ?? fragment.get('upn') ?? before.upn, pass }));
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }, [account]);

  async function redeem(sent: FormData) {
    setTrouble(null);
    const [upn, pass] = [account ?? fieldOf(sent, 'upn'), fieldOf(sent, 'pass')];
    try {
      const device = await recognition(upn, 'pass');
      const result = await sendForm('pass', redeemPassAction, { upn, pass, ...(device && { device }) });
      if (result.ok) enter(next ?? places[result.value.leadsTo]);
      else setTrouble(result.problem);
    } catch (error) {
      setTrouble(unanswered(error));
    }
  }

  return (
    <form ref={form} action={redeem} className="flex flex-col gap-6">
      <TroubleNotice trouble={trouble} />
      {account === undefined ? <AccountField value={filled.upn} onType={(upn) => type({ upn })} /> : null}
      <Field
        label="Temporary Access Pass"
        name="pass"
        type="lettered-code"
        autoComplete="one-time-code"
        required
        maxLength={64}
        hint="Capitals, blanks and dashes make no difference."
        value={filled.pass}
        onChange={(event) => type({ pass: event.target.value })}
      />
      <Actions
        others={
          back ? (
            <OtherWays
              ways={[
                { href: '/sign-in', title: 'Back to sign-in', icon: <ArrowLeft size={20} aria-hidden /> },
              ]}
              title="Other ways to sign in"
            />
          ) : null
        }
      >
        <SubmitButton size="large" pendingLabel="Checking your pass">
          Continue
        </SubmitButton>
      </Actions>
    </form>
  );
}
