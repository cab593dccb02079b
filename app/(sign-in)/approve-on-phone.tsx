'use client';

import { RotateCcw, Smartphone } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { APPROVAL_LIFETIME_MS, type ApprovalState, isPhoneAnswer } from '#domain/authenticator';
import type { ActionResult } from '#domain/result';
import { SECOND_MS } from '#domain/time';
import { Button } from '#ui/button';
import { CountdownRing } from '#ui/countdown-ring';
import { Notice, type NoticeTone } from '#ui/notice';
import { unanswered } from '../_device/answered.ts';
import { recognition } from '../_device/ceremonies.ts';
import { sendForm } from '../_device/send-form.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { tellStep } from '../_device/watch.ts';
import {
  askPhoneSignInAction,
  askPhonesAction,
  confirmWithPhoneAction,
  lookAtApprovalAction,
  signInByPhoneAction,
  withdrawApprovalAction,
} from './actions.ts';

interface Asked {
  readonly requestId: string;
  readonly number: number;
  readonly phones: readonly string[];
  readonly expiresAt: string;
}

type Ended = Exclude<ApprovalState, 'pending' | 'approved' | 'taken'>;

const endings: Readonly<Record<Ended, { tone: NoticeTone; title: string; words: string }>> = {
  denied: {
    tone: 'danger',
    title: 'It was denied on your phone',
    words: 'Nothing was changed. If that was a slip, ask again.',
  },
  mistyped: {
    tone: 'danger',
    title: 'Another number was entered on your phone',
    words: 'Nothing was changed. Ask again, and enter the number that this page shows then.',
  },
  reported: {
    tone: 'danger',
    title: 'Somebody said on your phone that it wasn’t them',
    words: 'Nothing was changed, and your administrator knows. If that was a slip, call them.',
  },
  expired: {
    tone: 'warning',
    title: 'Nobody answered in time',
    words: 'Open Authenticator on your phone, then ask again. Nothing was changed.',
  },
  replaced: {
    tone: 'warning',
    title: 'It was asked anew in another place',
    words: 'Go on there, or ask again here.',
  },
  withdrawn: {
    tone: 'info',
    title: 'Your phone is not asked any more',
    words: 'Ask again, or go on in another way.',
  },
};

/** Often enough that the page turns within a second of the answer. */
const LOOK_MS = SECOND_MS / 2;

const named = new Intl.ListFormat('en', { type: 'disjunction' });

/**
 * Asks one's phones and waits for the answer: whom it asks, the number to enter there, and what is left of the minute. It ends in
 * approved or in words why not, with the way to ask again. Whoever leaves takes back what they asked.
 * Once it is approved `take` goes on, and says how it stands then.
 */
export function ApproveOnPhone({
  ask,
  take,
  main = false,
}: {
  ask: () => Promise<ActionResult<Asked>>;
  take: (requestId: string) => Promise<ActionResult<{ readonly state: ApprovalState }>>;
  /** Whether it is what the page is for, and no way beside others. */
  main?: boolean;
}) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [ended, setEnded] = useState<Ended | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const latest = useRef(take);

  useEffect(() => {
    latest.current = take;
  });

  useEffect(() => {
    if (asked === null) return;
    // Before a sign-in nothing tells whether a phone is asked, until one has answered.
    const told = asked.phones.length > 0;
    let left = false;
    let answered = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function look(requestId: string) {
      const seen = await sendForm('phone-look', lookAtApprovalAction, { requestId }).catch(() => null);
      if (left) return;
      const known = seen?.ok === true ? seen.value.state : null;
      answered = seen !== null && known !== 'pending';
      if (known !== null && isPhoneAnswer(known)) {
        if (!told) await tellStep('phoneAsks');
        await tellStep('phoneAnswers', { state: known });
      }
      const isApproved = known === 'approved' || known === 'taken';
      const found = isApproved ? await latest.current(requestId).catch(() => null) : seen;
      if (left) return;
      if (found?.ok === false) {
        setTrouble(found.problem);
        return setAsked(null);
      }
      const state = found?.value.state ?? 'pending';
      // Taken by this page or another one of this browser: `take` has led on.
      if (state === 'approved' || state === 'taken') return;
      if (state === 'pending') {
        timer = setTimeout(() => look(requestId), LOOK_MS);
        return;
      }
      setEnded(state);
      setAsked(null);
    }
    timer = setTimeout(() => look(asked.requestId), LOOK_MS);
    return () => {
      left = true;
      clearTimeout(timer);
      const { requestId } = asked;
      if (!answered)
        void sendForm('phone-withdrawal', withdrawApprovalAction, { requestId }).catch(() => null);
    };
  }, [asked]);

  async function begin() {
    setTrouble(null);
    setBusy(true);
    try {
      const result = await ask();
      setEnded(null);
      if (result.ok) {
        if (result.value.phones.length > 0) await tellStep('phoneAsks');
        setAsked(result.value);
      } else setTrouble(result.problem);
    } catch (error) {
      setTrouble(unanswered(error));
    }
    setBusy(false);
  }

  function cancel() {
    setAsked(null);
    setEnded('withdrawn');
  }

  if (asked !== null) {
    return (
      <div className="flex flex-col items-center gap-4 text-center">
        <p role="status" className="text-20 font-semibold text-balance">
          {asked.phones.length === 0 ? 'Asking your phone' : `Asking ${named.format(asked.phones)}`}
        </p>
        <CountdownRing until={asked.expiresAt} fromSeconds={APPROVAL_LIFETIME_MS / SECOND_MS} size={160}>
          <span data-testid="approval-number" className="text-40 tracking-wider">
            {asked.number}
          </span>
        </CountdownRing>
        <p className="max-w-line text-14 text-ink-soft">
          Open Authenticator there and enter this number. Tell it to nobody: whoever asks you for it is not
          from us.
        </p>
        <Button tone="quiet" onClick={cancel}>
          Cancel
        </Button>
      </div>
    );
  }
  const how = ended === null ? null : endings[ended];
  return (
    <div className="flex flex-col gap-4">
      <TroubleNotice trouble={trouble} />
      {how === null ? null : (
        <Notice tone={how.tone} title={how.title}>
          {how.words}
        </Notice>
      )}
      <Button
        wide
        tone={main ? 'primary' : 'secondary'}
        size="large"
        icon={how === null ? <Smartphone size={20} aria-hidden /> : <RotateCcw size={20} aria-hidden />}
        pending={busy && 'Asking your phone'}
        onClick={begin}
      >
        {how === null ? 'Approve on your phone' : 'Ask again'}
      </Button>
    </div>
  );
}

const places = { provisioning: '/provision', pin_reset: '/pin-reset' } as const;

/**
 * Signs in with a phone alone, where web sign-in lets it, or opens one's lock: `onIn` is told where it leads, null at a lock. Whether
 * any phone is asked, nothing here tells.
 */
export function SignInByPhone({
  account,
  onIn,
}: {
  account: string;
  onIn: (leadsTo: (typeof places)[keyof typeof places] | null) => void;
}) {
  const here = async () => {
    const device = await recognition(account, 'phone');
    return device === undefined ? {} : { device };
  };
  return (
    <ApproveOnPhone
      main
      ask={async () =>
        await sendForm('phone-request', askPhoneSignInAction, { upn: account, ...(await here()) })
      }
      take={async (requestId) => {
        const taken = { requestId, ...(await here()) };
        const found = await sendForm('phone-answer', signInByPhoneAction, taken);
        if (found.ok && found.value.state === 'approved')
          onIn(found.value.leadsTo === null ? null : places[found.value.leadsTo]);
        return found;
      }}
    />
  );
}

/** Confirms on a phone, in one's own session, that it is still oneself. */
export function ConfirmOnPhone({ onConfirmed }: { onConfirmed: () => void }) {
  return (
    <ApproveOnPhone
      ask={() => sendForm('phone-request', askPhonesAction, {})}
      take={async (requestId) => {
        const found = await sendForm('phone-answer', confirmWithPhoneAction, { requestId });
        // Taken by this session, whose answer was lost on its way: it is confirmed.
        if (found.ok && (found.value.state === 'approved' || found.value.state === 'taken')) onConfirmed();
        return found;
      }}
    />
  );
}
