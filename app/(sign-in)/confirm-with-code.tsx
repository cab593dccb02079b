'use client';

import { Fingerprint, KeyRound, LockKeyhole, Smartphone } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { PASSWORD_INPUT_LIMIT } from '#domain/password';
import { type SecondFactorKind, secondFactorKinds } from '#domain/second-factor';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { unanswered } from '../_device/answered.ts';
import { authenticate, recognition } from '../_device/ceremonies.ts';
import { useContainer } from '../_device/key-container/use-containers.ts';
import { sendForm } from '../_device/send-form.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { useTyped } from '../_device/use-typed.ts';
import { confirmWithCodeAction } from './actions.ts';
import { ConfirmOnPhone } from './approve-on-phone.tsx';
import { CodeField } from './code-field.tsx';

/** What a person has to confirm with. */
export interface ConfirmationWays {
  readonly key: boolean;
  /** A password and an authenticator app: both together. */
  readonly code: boolean;
  /** A phone that approves. */
  readonly phone: boolean;
  /** Which of these two is asked for first. */
  readonly first?: SecondFactorKind | null;
  /** The person whose ways these are: this browser may keep a key of theirs. */
  readonly userHandle?: string;
}

/**
 * Confirms by password and code in one form. No form action: it may stand inside another that waits for it, and React lets
 * actions end together.
 */
export function ConfirmWithCode({ account, onConfirmed }: { account?: string; onConfirmed: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState({ password: '', code: '' });
  const type = (more: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...more }));
  useTyped(form, (found) => setTyped({ password: found('password'), code: found('code') }));
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function confirm(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    setTrouble(null);
    setBusy(true);
    try {
      const device = account === undefined ? undefined : await recognition(account, 'confirmation');
      const result = await sendForm('confirmation', confirmWithCodeAction, {
        ...typed,
        ...(device && { device }),
      });
      if (result.ok) onConfirmed();
      else setTrouble(result.problem);
    } catch (error) {
      setTrouble(unanswered(error));
    }
    setBusy(false);
  }

  return (
    <form ref={form} onSubmit={confirm} className="flex flex-col gap-4">
      <TroubleNotice trouble={trouble} />
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
      <CodeField value={typed.code} onChange={(code) => type({ code })} />
      <Button
        type="submit"
        wide
        icon={<Smartphone size={16} aria-hidden />}
        pending={busy && 'Checking'}
        onPendingClick={(event) => event.preventDefault()}
      >
        Confirm with password and code
      </Button>
    </form>
  );
}

/** The ways to confirm that a person has: a key, then the second factor that they want to be asked for first. */
export function ConfirmChoices({
  ways,
  account,
  onConfirmed,
}: {
  ways: ConfirmationWays;
  account?: string;
  onConfirmed: () => void;
}) {
  const withPin = useContainer(ways.userHandle) === true;
  const beside = secondFactorKinds
    .filter((kind) => (kind === 'totp' ? ways.code : ways.phone))
    .sort((kind) => (kind === ways.first ? -1 : 1));
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function confirm(about?: string) {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('step-up', { about, withPin: about !== undefined });
    setAsking(false);
    if (outcome.ok) onConfirmed();
    else setTrouble(outcome.trouble);
  }

  return (
    <div className="flex flex-col gap-6">
      {ways.key ? (
        <div className="flex flex-col gap-4">
          <TroubleNotice trouble={trouble} />
          <Button
            tone="primary"
            size="large"
            wide
            icon={withPin ? <LockKeyhole size={20} aria-hidden /> : <Fingerprint size={20} aria-hidden />}
            pending={asking && (withPin ? 'Asking for your PIN' : 'Asking your device')}
            onClick={() => confirm(withPin ? ways.userHandle : undefined)}
          >
            {withPin ? 'Confirm with your PIN' : 'Confirm with a key'}
          </Button>
          {withPin && !asking ? (
            <Button tone="quiet" icon={<KeyRound size={16} aria-hidden />} onClick={() => confirm()}>
              Use another key
            </Button>
          ) : null}
        </div>
      ) : null}
      {beside.map((kind, place) => (
        <div key={kind} className={ways.key || place > 0 ? 'border-line border-t pt-6' : ''}>
          {kind === 'authenticator' ? (
            <ConfirmOnPhone onConfirmed={onConfirmed} />
          ) : (
            <ConfirmWithCode onConfirmed={onConfirmed} {...(account === undefined ? {} : { account })} />
          )}
        </div>
      ))}
    </div>
  );
}
