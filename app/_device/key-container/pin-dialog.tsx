'use client';

import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { LockKeyhole } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { PHRASE } from '#domain/anti-hammering';
import { Button } from '#ui/button';
import { Countdown } from '#ui/countdown';
import { dialogBackdrop, dialogPopup } from '#ui/dialog';
import { Emblem } from '#ui/emblem';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { inSeconds } from '#ui/now';
import { PinInput } from '#ui/pin-input';
import type { Trouble } from '../trouble.ts';
import type { PinPrompt, PinVerdict } from './pin-prompt.ts';

/** What the dialog says about the last try, and until when none is answered. */
type Said =
  | { readonly what: 'wrong'; readonly triesLeft: number }
  | { readonly what: 'phrase' }
  | { readonly what: 'wait' | 'exhausted'; readonly until: string }
  | { readonly what: 'trouble'; readonly trouble: Trouble };

/** A wrong PIN leads to where the server's ladder says that the next one stands. */
function saidOf(verdict: Exclude<PinVerdict, { state: 'opened' }>): Said {
  if (verdict.state === 'wrong') {
    const { triesLeft, phraseNeeded, waitSeconds } = verdict.ladder;
    if (waitSeconds > 0)
      return { what: triesLeft === 0 ? 'exhausted' : 'wait', until: inSeconds(waitSeconds) };
    return phraseNeeded ? { what: 'phrase' } : { what: 'wrong', triesLeft };
  }
  const { trouble } = verdict;
  const { code, retryAfterSeconds } = trouble;
  if (code === 'pin_phrase_needed') return { what: 'phrase' };
  if (retryAfterSeconds === undefined) return { what: 'trouble', trouble };
  return { what: code === 'pin_tries_exhausted' ? 'exhausted' : 'wait', until: inSeconds(retryAfterSeconds) };
}

/** Asks for the PIN, as an operating system does: one field, Enter, Escape. What it says about tries is the server's. */
export default function PinDialog({ prompt }: { prompt: PinPrompt }) {
  const field = useRef<HTMLInputElement>(null);
  const phraseField = useRef<HTMLInputElement>(null);
  const [pin, setPin] = useState('');
  const [phrase, setPhrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  const waits = said !== null && 'until' in said;
  const asksPhrase = said?.what === 'phrase';

  // It appears above the PIN, and is typed first.
  useEffect(() => {
    if (asksPhrase) phraseField.current?.focus();
  }, [asksPhrase]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    if (busy || waits || pin === '') return field.current?.focus();
    setBusy(true);
    const verdict = await prompt.attempt(pin, asksPhrase ? phrase : undefined);
    // The field is the only place where it was.
    setPin('');
    setBusy(false);
    if (verdict.state === 'opened') return prompt.end('opened');
    if (verdict.state === 'trouble' && verdict.over) return prompt.end({ trouble: verdict.trouble });
    const next = saidOf(verdict);
    setSaid(next);
    if (next.what !== 'phrase') setPhrase('');
    (next.what === 'phrase' ? phraseField : field).current?.focus();
  }

  return (
    <BaseDialog.Root open onOpenChange={(open) => (open ? undefined : prompt.end('cancelled'))}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={dialogBackdrop} />
        <BaseDialog.Popup className={dialogPopup} initialFocus={field} data-testid="pin-dialog">
          <div className="flex flex-col gap-1">
            <BaseDialog.Title className="text-20 font-semibold text-balance">{prompt.title}</BaseDialog.Title>
            <BaseDialog.Description className="text-14 text-ink-soft">
              <span className="font-semibold text-ink">{prompt.name}</span>{' '}
              <span className="wrap-anywhere">
                {prompt.name === prompt.account ? '' : `(${prompt.account}) `}
                on {prompt.deviceName}
              </span>
            </BaseDialog.Description>
          </div>
          <p className="flex items-center gap-2 text-12 text-ink-soft">
            <Emblem protection="software" size={16} />
            Software key, kept by this browser
          </p>
          <form onSubmit={submit} className="flex flex-col gap-4" autoComplete="off">
            <Standing said={said} onWaited={() => setSaid(null)} />
            {waits ? null : (
              <>
                {asksPhrase ? (
                  <Field
                    ref={phraseField}
                    label={`Type ${PHRASE}`}
                    name="phrase"
                    hint="So that we know that nothing lies on the keyboard."
                    value={phrase}
                    onChange={(event) => setPhrase(event.target.value)}
                    autoComplete="off"
                    autoCapitalize="characters"
                    spellCheck={false}
                    maxLength={16}
                  />
                ) : null}
                <PinInput ref={field} label="PIN" value={pin} onChange={setPin} readOnly={busy} />
              </>
            )}
            <div className="flex flex-wrap items-center justify-end gap-2 pt-2 max-sm:flex-col-reverse max-sm:*:w-full">
              <a
                href="/sign-in/recovery"
                className="link mr-auto inline-flex min-h-8 items-center text-14 max-sm:justify-center pointer-coarse:min-h-11"
              >
                I forgot my PIN
              </a>
              <Button onClick={() => prompt.end('cancelled')}>{waits ? 'Close' : 'Cancel'}</Button>
              {waits ? null : (
                <Button
                  type="submit"
                  tone="primary"
                  icon={<LockKeyhole size={16} aria-hidden />}
                  pending={busy && 'Checking your PIN'}
                  onPendingClick={(event) => event.preventDefault()}
                >
                  OK
                </Button>
              )}
            </div>
          </form>
          <p role="status" className="sr-only">
            {busy ? 'Checking your PIN' : ''}
          </p>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

/** What became of the last try, announced at once. */
function Standing({ said, onWaited }: { said: Said | null; onWaited: () => void }) {
  switch (said?.what) {
    case undefined:
      return null;
    case 'wrong':
      return (
        <Notice tone="warning" live="alert" title="That PIN is wrong">
          Try again. {said.triesLeft === 1 ? 'One try is left' : `${said.triesLeft} tries are left`}; after a
          few wrong ones it rests for a while.
        </Notice>
      );
    case 'phrase':
      return (
        <Notice tone="warning" live="alert" title="That PIN was wrong several times">
          Type {PHRASE} below, then your PIN once more. If it is wrong again, it rests for a while.
        </Notice>
      );
    case 'wait':
    case 'exhausted':
      return (
        <Notice
          tone="warning"
          live="alert"
          title={said.what === 'wait' ? 'That PIN was wrong too often' : 'All 32 tries are used up'}
          safe="Your key is as it was: the right PIN opens it then."
        >
          {said.what === 'wait'
            ? 'You can enter it again in '
            : 'One comes back every ten minutes, the next in '}
          <Countdown key={said.until} until={said.until} onEnd={onWaited} />. Or sign in another way.
        </Notice>
      );
    case 'trouble':
      return (
        <Notice tone="warning" live="alert" title={said.trouble.title} safe="Your key is as it was.">
          {said.trouble.detail}
        </Notice>
      );
  }
}
