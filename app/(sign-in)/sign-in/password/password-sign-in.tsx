'use client';

import { ArrowLeft, RotateCcw } from 'lucide-react';
import type { Route } from 'next';
import { type ReactNode, useRef, useState } from 'react';
import type { FormName } from '#domain/live-ceremony/messages';
import { PASSWORD_INPUT_LIMIT, type PasswordFault } from '#domain/password';
import type { ActionResult } from '#domain/result';
import type { SecondFactorKind } from '#domain/second-factor';
import type { DeviceRecognition } from '#domain/wire';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { MemberShell } from '#ui/member-shell';
import { OtherWays } from '#ui/other-ways';
import { SubmitButton } from '#ui/submit-button';
import { unanswered } from '../../../_device/answered.ts';
import { recognition } from '../../../_device/ceremonies.ts';
import { sendForm } from '../../../_device/send-form.ts';
import { enter } from '../../../_device/tabs.tsx';
import type { Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';
import { fieldOf, useTyped } from '../../../_device/use-typed.ts';
import { AccountField } from '../../account-field.tsx';
import {
  askPhonesAfterPasswordAction,
  codeAction,
  newPasswordAction,
  passwordAction,
  phoneSignInAction,
} from '../../actions.ts';
import { ApproveOnPhone } from '../../approve-on-phone.tsx';
import { CodeField } from '../../code-field.tsx';
import { faultsOf, NewPasswordField } from '../../new-password-field.tsx';

type Step =
  | { readonly next: 'password' }
  | {
      readonly next: 'code';
      readonly ticket: string;
      readonly ways: {
        readonly code: boolean;
        readonly phone: boolean;
        readonly first: SecondFactorKind | null;
      };
    }
  | {
      readonly next: 'new_password';
      readonly ticket: string;
      readonly minimumLength: number;
      readonly appId: string | null;
    };
type Answer = ActionResult<Exclude<Step, { next: 'password' }> | { readonly next: 'signed_in' }>;
type Sent<T> = T & { device?: DeviceRecognition };

const words: Readonly<Record<Step['next'], { title: string; intro: string }>> = {
  password: {
    title: 'Sign in with your password',
    intro:
      'A password alone cannot register anything. It only gets you in while your organisation still has them.',
  },
  code: {
    title: 'Enter the code from your authenticator app',
    intro: 'Six digits, and new ones every 30 seconds.',
  },
  new_password: {
    title: 'Choose a new password',
    intro: 'Your organisation asked for a new one. The old one opens nothing else any more.',
  },
};

const phoneWords = {
  title: 'Approve on your phone',
  intro: 'Your password was right. Now your phone has to say that it is you.',
};

/**
 * Signs in with name and password, and with what that leads to: a code, a new password. The ticket between the steps lives
 * in this page alone, so that a reload starts over. What was typed stays in its field when it didn't work.
 */
export function PasswordSignIn({ next }: { next: Route }) {
  const [step, setStep] = useState<Step>({ next: 'password' });
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [faults, setFaults] = useState<readonly PasswordFault[]>([]);
  const [typed, setTyped] = useState({ upn: '', password: '', code: '', wanted: '' });
  const type = (more: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...more }));
  const shown = useRef<HTMLFormElement>(null);
  useTyped(shown, (found) => type({ upn: found('upn'), password: found('password') }));

  async function send<T extends { upn: string }>(
    name: FormName,
    call: (input: Sent<T>) => Promise<Answer>,
    input: T,
  ) {
    setTrouble(null);
    setFaults([]);
    try {
      const device = await recognition(input.upn, 'password');
      const result = await sendForm(name, call, { ...input, ...(device && { device }) });
      if (result.ok && result.value.next === 'signed_in') return enter(next);
      if (result.ok) return setStep(result.value as Step);
      const { facts } = result.problem;
      // A refusal that can be mended brings the ticket for the next try.
      if (typeof facts?.ticket === 'string') setStep({ ...step, ticket: facts.ticket } as Step);
      const wrong = faultsOf(result.problem);
      setFaults(wrong);
      if (wrong.length === 0) setTrouble(result.problem);
    } catch (error) {
      setTrouble(unanswered(error));
    }
  }

  function startOver() {
    setStep({ next: 'password' });
    setTrouble(null);
    setFaults([]);
    setTyped({ ...typed, password: '', code: '', wanted: '' });
  }

  const again = (
    <div>
      <Button tone="quiet" icon={<RotateCcw size={16} aria-hidden />} onClick={startOver}>
        Start again
      </Button>
    </div>
  );

  const lost = trouble?.code.startsWith('challenge_') === true;
  const form = (
    key: Step['next'],
    send: (sent: FormData) => Promise<void>,
    label: string,
    fields: ReactNode,
  ) => (
    <form ref={shown} key={key} action={send} className="flex flex-col gap-6">
      <TroubleNotice
        trouble={
          lost ? { ...trouble, detail: 'Start again with your password. Nothing was changed.' } : trouble
        }
        action={lost ? <Button onClick={startOver}>Start again</Button> : undefined}
      />
      {fields}
      <Actions
        others={
          key === 'password' ? (
            <OtherWays
              ways={[
                { href: '/sign-in', title: 'Use a key instead', icon: <ArrowLeft size={20} aria-hidden /> },
              ]}
              title="Other ways to sign in"
            />
          ) : (
            again
          )
        }
      >
        <SubmitButton size="large" pendingLabel="Checking">
          {label}
        </SubmitButton>
      </Actions>
    </form>
  );

  /** How the approval stands; approved, it leads on as a code does. */
  async function takeApproval(ticket: string, requestId: string) {
    const device = await recognition(typed.upn, 'password');
    const taken = { upn: typed.upn, ticket, requestId, ...(device && { device }) };
    const result = await sendForm('phone-answer', phoneSignInAction, taken);
    if (!result.ok) return result;
    const { value } = result;
    if (value.next === 'wait') return { ok: true, value: { state: value.state } } as const;
    if (value.next === 'signed_in') enter(next);
    else setStep(value);
    return { ok: true, value: { state: 'approved' } } as const;
  }

  const codeFirst = step.next === 'code' && step.ways.first === 'totp';
  const said = step.next === 'code' && !codeFirst ? phoneWords : words[step.next];
  const approve =
    step.next === 'code' && step.ways.phone ? (
      <ApproveOnPhone
        ask={async () => {
          const device = await recognition(typed.upn, 'password');
          const asked = { upn: typed.upn, ticket: step.ticket, ...(device && { device }) };
          return await sendForm('phone-request', askPhonesAfterPasswordAction, asked);
        }}
        take={(requestId) => takeApproval(step.ticket, requestId)}
      />
    ) : null;
  return (
    <MemberShell {...said}>
      {step.next === 'password' ? (
        form(
          'password',
          (sent) => {
            const [upn, password] = [fieldOf(sent, 'upn'), fieldOf(sent, 'password')];
            return send('password', passwordAction, { upn, password });
          },
          'Sign in',
          <>
            <AccountField value={typed.upn} onType={(upn) => type({ upn })} />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              maxLength={PASSWORD_INPUT_LIMIT}
              value={typed.password}
              onChange={(event) => type({ password: event.target.value })}
            />
          </>,
        )
      ) : step.next === 'code' && !step.ways.code ? (
        <div className="flex flex-col gap-6">
          {approve}
          {again}
        </div>
      ) : step.next === 'code' ? (
        form(
          'code',
          () => send('code', codeAction, { upn: typed.upn, ticket: step.ticket, code: typed.code }),
          'Sign in',
          <>
            {codeFirst ? null : approve}
            <CodeField focused={codeFirst} value={typed.code} onChange={(code) => type({ code })} />
            {codeFirst ? approve : null}
          </>,
        )
      ) : (
        form(
          'new_password',
          () =>
            send('new-password', newPasswordAction, {
              upn: typed.upn,
              ticket: step.ticket,
              appId: step.appId,
              password: typed.wanted,
            }),
          'Save and sign in',
          <NewPasswordField
            minimumLength={step.minimumLength}
            account={typed.upn}
            value={typed.wanted}
            onChange={(wanted) => type({ wanted })}
            faults={faults}
          />,
        )
      )}
    </MemberShell>
  );
}
