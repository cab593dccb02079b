'use client';

import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { PASSWORD_INPUT_LIMIT, type PasswordFault } from '#domain/password';
import { Actions } from '#ui/actions';
import { ButtonLink } from '#ui/button';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { SubmitButton } from '#ui/submit-button';
import { answered } from '../../../_device/answered.ts';
import type { Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';
import { fieldOf, useTyped } from '../../../_device/use-typed.ts';
import { faultsOf, NewPasswordField } from '../../../(sign-in)/new-password-field.tsx';
import { changePasswordAction } from '../../actions.ts';

/** The old password and the new one. What is wrong with either stands beside it. */
export function ChangePassword({ account, minimumLength }: { account: string; minimumLength: number }) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState({ current: '', password: '' });
  const type = (more: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...more }));
  useTyped(form, (found) =>
    setTyped({ current: found('current-password'), password: found('new-password') }),
  );
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [faults, setFaults] = useState<readonly PasswordFault[]>([]);
  const [ended, setEnded] = useState<number | null>(null);

  async function change(sent: FormData) {
    setTrouble(null);
    setFaults([]);
    const answer = await answered(
      changePasswordAction({
        current: fieldOf(sent, 'current-password'),
        password: fieldOf(sent, 'new-password'),
      }),
    );
    if (answer.ok) {
      setEnded(answer.value.sessionsEnded);
      router.refresh();
      return;
    }
    const wrong = faultsOf(answer.problem);
    setFaults(wrong);
    if (wrong.length === 0) setTrouble(answer.problem);
  }

  if (ended !== null) {
    return (
      <>
        <Notice tone="success" title="Your password is changed">
          {ended === 0
            ? 'Nobody else was signed in with the old one.'
            : ended === 1
              ? 'The one other place where you had signed in with the old one is signed out.'
              : `The ${ended} other places where you had signed in with the old one are signed out.`}
        </Notice>
        <Actions>
          <ButtonLink href="/security-info" tone="primary" size="large">
            Back to Security info
          </ButtonLink>
        </Actions>
      </>
    );
  }
  const refused = trouble?.code === 'password_refused';
  return (
    <form ref={form} action={change} className="flex flex-col gap-6">
      {refused ? null : <TroubleNotice trouble={trouble} />}
      <Field
        label="Current password"
        name="current-password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={PASSWORD_INPUT_LIMIT}
        value={typed.current}
        onChange={(event) => type({ current: event.target.value })}
        error={refused ? `${trouble.title} ${trouble.detail}` : undefined}
      />
      <NewPasswordField
        minimumLength={minimumLength}
        account={account}
        value={typed.password}
        onChange={(password) => type({ password })}
        faults={faults}
      />
      <Actions>
        <SubmitButton size="large" pendingLabel="Changing">
          Change the password
        </SubmitButton>
        <ButtonLink href="/security-info" tone="quiet">
          Keep the old one
        </ButtonLink>
      </Actions>
    </form>
  );
}
