'use client';

import { Check, X } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { SECOND_MS } from '#domain/time';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { CopyButton } from '#ui/copy-button';
import { Countdown } from '#ui/countdown';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { QrCode } from '#ui/qr-code';
import { answered } from '../../_device/answered.ts';
import { type Trouble, UNANSWERED } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { type Adding, BeginAdding } from '../begin-adding.tsx';
import { beginPhoneAction, confirmPhoneAction, readPhoneOfferAction } from './actions.ts';

interface Offer {
  readonly offerId: string;
  readonly code: string;
  readonly address: string;
  readonly expiresAt: string;
}

interface Came {
  readonly name: string;
  readonly number: number;
  readonly browser: string;
  readonly address: string;
}

type Step =
  | { readonly at: 'start' }
  | { readonly at: 'code'; readonly offer: Offer }
  | { readonly at: 'came'; readonly offer: Offer; readonly came: Came }
  | { readonly at: 'added'; readonly name: string }
  | { readonly at: 'turned_away' }
  | { readonly at: 'over' };

/** Adds a phone: confirm, show the code, and say whether the phone that came with it is the right one. */
export function AddPhone(adding: Adding) {
  const { back } = adding;
  const router = useRouter();
  const [step, setStep] = useState<Step>({ at: 'start' });
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  // The page turns by itself when the phone is there.
  const waiting = step.at === 'code' ? step.offer : null;
  useEffect(() => {
    if (waiting === null) return;
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function look(offer: Offer) {
      const found = await readPhoneOfferAction({ offerId: offer.offerId }).catch(() => null);
      if (left) return;
      if (found?.ok && found.value.state === 'redeemed')
        return setStep({ at: 'came', offer, came: found.value });
      if (found?.ok && found.value.state === 'over') return setStep({ at: 'over' });
      if (found?.ok === false) return setTrouble(found.problem);
      timer = setTimeout(() => look(offer), SECOND_MS);
    }
    timer = setTimeout(() => look(waiting), SECOND_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [waiting]);

  function refused(problem: Trouble) {
    setTrouble(problem);
    // Without an answer what was asked stands: it can be answered again, and nobody is there to be asked.
    if (UNANSWERED.includes(problem.code)) return;
    setStep({ at: 'start' });
    router.refresh();
  }

  async function begin() {
    setTrouble(null);
    setBusy(true);
    const answer = await answered(beginPhoneAction({}));
    if (answer.ok) setStep({ at: 'code', offer: answer.value });
    else refused(answer.problem);
    setBusy(false);
  }

  async function say(offer: Offer, came: Came, mine: boolean) {
    setTrouble(null);
    setBusy(true);
    const answer = await answered(confirmPhoneAction({ offerId: offer.offerId, mine }));
    if (answer.ok) {
      setStep(mine ? { at: 'added', name: came.name } : { at: 'turned_away' });
      router.refresh();
    } else refused(answer.problem);
    setBusy(false);
  }

  const done = (
    <ButtonLink href={back} tone="primary" size="large">
      Done
    </ButtonLink>
  );
  const anew = (
    <Button size="large" wide pending={busy && 'Making a code'} onClick={begin}>
      Show a new code
    </Button>
  );

  if (step.at === 'added') {
    return (
      <>
        <Notice tone="success" title={`“${step.name}” approves for you now`}>
          Keep Authenticator open there, or on its home screen: it is asked whenever you need it.
        </Notice>
        <Actions>{done}</Actions>
      </>
    );
  }
  if (step.at === 'turned_away') {
    return (
      <>
        <Notice tone="warning" title="That phone was not added">
          Whoever used the code saw this screen, or a picture of it. If you do not know who, tell your
          administrator.
        </Notice>
        {anew}
        <Actions>{done}</Actions>
      </>
    );
  }
  if (step.at === 'over') {
    return (
      <>
        <Notice tone="warning" title="That code has run out">
          Nothing was added. A code adds one phone, for five minutes.
        </Notice>
        {anew}
      </>
    );
  }
  if (step.at === 'came') {
    const { offer, came } = step;
    return (
      <>
        <TroubleNotice trouble={trouble} />
        <div role="status" className="flex flex-col items-center gap-2 text-center">
          <p className="text-20 font-semibold">Does your phone show this number?</p>
          <p data-testid="phone-number" className="figures text-40 font-semibold tracking-wider">
            {came.number}
          </p>
        </div>
        <Facts
          facts={[
            { term: 'Its name', value: came.name },
            { term: 'Browser', value: came.browser },
            { term: 'Address', value: came.address },
          ]}
        />
        <Actions>
          <Button
            tone="primary"
            size="large"
            icon={<Check size={20} aria-hidden />}
            pending={busy && 'Adding it'}
            onClick={() => say(offer, came, true)}
          >
            Yes, add this phone
          </Button>
          <Button
            size="large"
            icon={<X size={20} aria-hidden />}
            pending={busy && 'Turning it away'}
            onClick={() => say(offer, came, false)}
          >
            No, that is not my phone
          </Button>
        </Actions>
      </>
    );
  }
  if (step.at === 'code') {
    const { code, address, expiresAt } = step.offer;
    return (
      <>
        <TroubleNotice trouble={trouble} />
        <p className="max-w-line">
          <span className="font-semibold">Scan this with your phone’s camera.</span> It opens Authenticator.
          This page goes on by itself.
        </p>
        <div className="flex justify-center">
          <QrCode value={address} title="Opens Authenticator on your phone and adds it" size={224} />
        </div>
        <div className="flex flex-col gap-2 rounded-card border border-line bg-sunken p-4">
          <p className="text-14 text-ink-soft">Or open {address.split('#')[0]} there and enter this code:</p>
          <p data-testid="phone-code" className="figures font-mono text-20 wrap-break-word">
            {code}
          </p>
          <div className="-ml-2">
            <CopyButton text={code} label="Copy the code" />
          </div>
          <p className="text-12 text-ink-soft">
            It adds one phone. Show it to nobody. Time left: <Countdown until={expiresAt} ended="none" />
          </p>
        </div>
        <ButtonLink href={back} tone="quiet" wide>
          Not now
        </ButtonLink>
      </>
    );
  }
  return (
    <BeginAdding
      {...adding}
      trouble={trouble}
      onTrouble={setTrouble}
      pending={busy && 'Making a code'}
      onBegin={begin}
    />
  );
}
