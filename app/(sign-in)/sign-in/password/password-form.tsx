'use client';

import { ArrowLeft } from 'lucide-react';
import { useState } from 'react';
import { Actions } from '#ui/actions';
import { Field } from '#ui/field';
import { OtherWays } from '#ui/other-ways';
import { SubmitButton } from '#ui/submit-button';
import { recognition } from '../../../_device/ceremonies.ts';
import { enter } from '../../../_device/tabs.tsx';
import { offline, type Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';
import { passwordAction } from '../../actions.ts';

/** Signs in with name and password. What was typed stays in the fields when it didn't work. */
export function PasswordForm() {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [typed, setTyped] = useState({ upn: '', password: '' });

  async function signIn() {
    setTrouble(null);
    try {
      const device = await recognition(typed.upn);
      const result = await passwordAction({ ...typed, ...(device && { device }) });
      if (result.ok) enter('/');
      else setTrouble(result.problem);
    } catch {
      setTrouble(offline);
    }
  }

  return (
    <form action={signIn} className="flex flex-col gap-6">
      <TroubleNotice trouble={trouble} />
      <Field
        label="Your account"
        name="upn"
        type="text"
        inputMode="email"
        autoComplete="username"
        placeholder="name@organisation"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={320}
        value={typed.upn}
        onChange={(event) => setTyped({ ...typed, upn: event.target.value })}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={256}
        value={typed.password}
        onChange={(event) => setTyped({ ...typed, password: event.target.value })}
      />
      <Actions
        others={
          <OtherWays
            ways={[
              { href: '/sign-in', title: 'Use a key instead', icon: <ArrowLeft size={20} aria-hidden /> },
            ]}
            title="Other ways to sign in"
          />
        }
      >
        <SubmitButton size="large" pendingLabel="Checking">
          Sign in
        </SubmitButton>
      </Actions>
    </form>
  );
}
