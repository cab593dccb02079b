'use client';

import { ArrowLeft } from 'lucide-react';
import { useRef, useState } from 'react';
import { Actions } from '#ui/actions';
import { OtherWays } from '#ui/other-ways';
import { SubmitButton } from '#ui/submit-button';
import { enter } from '../../../_device/tabs.tsx';
import { fieldOf, useTyped } from '../../../_device/use-typed.ts';
import { AccountField } from '../../account-field.tsx';
import { SignInByPhone } from '../../approve-on-phone.tsx';

/** Whose phone is asked, and then the wait for it. */
export function PhoneSignIn() {
  const [typed, setTyped] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useTyped(form, (found) => setTyped(found('upn')));
  const [account, setAccount] = useState<string | null>(null);
  const back = (
    <OtherWays
      ways={[{ href: '/sign-in', title: 'Back to sign-in', icon: <ArrowLeft size={20} aria-hidden /> }]}
      title="Other ways to sign in"
    />
  );
  if (account !== null) {
    return (
      <div className="flex flex-col gap-6">
        <p className="text-14 wrap-anywhere text-ink-soft">{account}</p>
        <SignInByPhone account={account} onIn={(leadsTo) => enter(leadsTo ?? '/')} />
        {back}
      </div>
    );
  }
  return (
    <form ref={form} action={(sent) => setAccount(fieldOf(sent, 'upn'))} className="flex flex-col gap-6">
      <AccountField
        value={typed}
        onType={setTyped}
        hint="A phone that you added, and that asks for your face, finger or screen lock. It is asked on this device only, where you registered it."
      />
      <Actions others={back}>
        <SubmitButton size="large" pendingLabel="Going on">
          Continue
        </SubmitButton>
      </Actions>
    </form>
  );
}
