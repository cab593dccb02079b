'use client';

import { ExternalLink } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Actions } from '#ui/actions';
import { ButtonLink, buttonLook } from '#ui/button';
import { CopyButton } from '#ui/copy-button';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { QrCode } from '#ui/qr-code';
import { SubmitButton } from '#ui/submit-button';
import { answered } from '../../_device/answered.ts';
import { type Trouble, UNANSWERED } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { CodeField } from '../../(sign-in)/code-field.tsx';
import { type Adding, BeginAdding } from '../begin-adding.tsx';
import { beginAuthenticatorAppAction, finishAuthenticatorAppAction } from './actions.ts';

interface Offer {
  readonly offer: string;
  readonly key: string;
  readonly uri: string;
}

/** Registers an authenticator app: confirm, scan, type its first code. Nothing is kept before that code. */
export function AddAuthenticatorApp(adding: Adding) {
  const { back } = adding;
  const router = useRouter();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [added, setAdded] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [typed, setTyped] = useState({ name: 'My app', code: '' });

  /** A proof or an offer that ran out meanwhile: the page shows what is needed now. */
  function refused(problem: Trouble) {
    setTrouble(problem);
    // Without an answer nobody is there to be asked.
    if (UNANSWERED.includes(problem.code)) return;
    if (['proof_required', 'offer_expired', 'challenge_consumed'].includes(problem.code)) setOffer(null);
    router.refresh();
  }

  async function begin() {
    setTrouble(null);
    setBusy(true);
    const answer = await answered(beginAuthenticatorAppAction({}));
    if (answer.ok) setOffer(answer.value);
    else refused(answer.problem);
    setBusy(false);
  }

  async function finish() {
    setTrouble(null);
    const answer = await answered(finishAuthenticatorAppAction({ ...typed, offer: offer?.offer ?? '' }));
    if (!answer.ok) return refused(answer.problem);
    setAdded(true);
    router.refresh();
  }

  if (added) {
    return (
      <>
        <Notice tone="success" title={`“${typed.name}” is set up`}>
          Signing in with your password asks for its code from now on. Your keys work as before, without any
          code.
        </Notice>
        <Actions>
          <ButtonLink href={back} tone="primary" size="large">
            Done
          </ButtonLink>
        </Actions>
      </>
    );
  }
  if (offer !== null) {
    return (
      <form action={finish} className="flex flex-col gap-6">
        <TroubleNotice trouble={trouble} />
        <div className="flex flex-col gap-4">
          <p className="max-w-line">
            <span className="font-semibold">1. Scan this with your app.</span> Any app for six-digit codes
            will do: Microsoft or Google Authenticator, Aegis, 2FAS, Bitwarden, ...
          </p>
          <div className="flex justify-center">
            <QrCode value={offer.uri} title="Adds your account to an authenticator app" size={224} />
          </div>
          <div className="flex flex-col gap-2 rounded-card border border-line bg-sunken p-4">
            <p className="text-14 text-ink-soft">Or type this key into it, as a time-based one:</p>
            <p data-testid="totp-key" className="figures font-mono text-16 wrap-break-word">
              {offer.key}
            </p>
            <div className="-ml-2 flex flex-col items-start gap-1">
              <CopyButton text={offer.key.replaceAll(' ', '')} label="Copy the key" />
              <a href={offer.uri} className={`${buttonLook({ tone: 'quiet', size: 'small' })} -ml-1`}>
                <ExternalLink size={16} aria-hidden />
                <span>Open in an app on this device</span>
              </a>
            </div>
            <p className="text-12 text-ink-soft">It is shown once. Whoever has it can make your codes.</p>
          </div>
        </div>
        <div className="flex flex-col gap-4">
          <p className="font-semibold">2. Enter the code that it shows now.</p>
          <CodeField value={typed.code} onChange={(code) => setTyped({ ...typed, code })} />
          <Field
            label="Name of this app"
            name="name"
            required
            maxLength={64}
            hint="So that you can tell it from others."
            value={typed.name}
            onChange={(event) => setTyped({ ...typed, name: event.target.value })}
          />
        </div>
        <div className="flex flex-col gap-2">
          <SubmitButton size="large" wide pendingLabel="Checking the code">
            Add this app
          </SubmitButton>
          <ButtonLink href={back} tone="quiet" wide>
            Not now
          </ButtonLink>
        </div>
      </form>
    );
  }
  return (
    <BeginAdding
      {...adding}
      trouble={trouble}
      onTrouble={setTrouble}
      pending={busy && 'Making a key for your app'}
      onBegin={begin}
    />
  );
}
