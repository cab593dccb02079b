'use client';

import { BellRing, CloudOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ApprovalAnswer, PhoneState } from '#domain/authenticator';
import { Button } from '#ui/button';
import { EmptyState } from '#ui/empty-state';
import { Notice, type NoticeTone } from '#ui/notice';
import type { Connection } from '../_device/live.ts';
import { followPhone, forgetPhone, type KeptPhone } from '../_device/phone.ts';
import { AddPush } from './add-push.tsx';
import { AddVerification } from './add-verification.tsx';
import { AnswerRequest } from './answer-request.tsx';

const answered: Readonly<
  Record<ApprovalAnswer['state'], { tone: NoticeTone; title: string; words: string }>
> = {
  approved: { tone: 'success', title: 'Approved', words: 'Go on at the other screen.' },
  denied: { tone: 'info', title: 'Denied', words: 'Nothing was changed.' },
  mistyped: {
    tone: 'warning',
    title: 'That was not the number',
    words: 'So it was denied. If it was you, ask again at the other screen.',
  },
  reported: {
    tone: 'info',
    title: 'Denied, and your administrator knows',
    words:
      'Somebody may have your password, or sit where you signed in. Change your password, and look at where you are signed in.',
  },
};

/** One account on this phone: whether it is connected, and what waits for an answer. */
export function PhoneDesk({ phone, onForgotten }: { phone: KeptPhone; onForgotten: () => Promise<void> }) {
  const [state, setState] = useState<PhoneState | null>(null);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [last, setLast] = useState<{ readonly id: string; readonly state: ApprovalAnswer['state'] } | null>(
    null,
  );

  useEffect(
    () =>
      followPhone(phone, {
        connection: setConnection,
        state: (next) => {
          setState(next);
          // What was said of the last one is over when the next one comes.
          if (next.state === 'ready' && next.request !== null) {
            const { id } = next.request;
            setLast((before) => (before?.id === id ? before : null));
          }
        },
      }),
    [phone],
  );

  const ready = state?.state === 'ready' ? state : null;
  const request = ready !== null && ready.request?.id !== last?.id ? ready.request : null;
  const account = ready?.account ?? phone.account;
  const said = last === null ? null : answered[last.state];
  return (
    <section aria-label={account} className="flex flex-col gap-4">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-14">
        <span className="min-w-0 font-semibold wrap-anywhere">{account}</span>
        <span role="status" className="text-ink-soft">
          {connection === 'live' && state !== null
            ? 'Connected'
            : state?.state === 'gone'
              ? ''
              : 'Connecting'}
        </span>
      </p>
      {state?.state === 'gone' ? (
        <Notice
          tone="warning"
          title="This phone approves no more"
          action={
            <Button
              onClick={async () => {
                await forgetPhone(phone);
                await onForgotten();
              }}
            >
              Take it off this phone
            </Button>
          }
        >
          It was removed at {phone.organisation}, or was not confirmed in time. You can add it again in
          Security info.
        </Notice>
      ) : state?.state === 'confirming' ? (
        <div role="status" className="flex flex-col items-center gap-2 py-4 text-center">
          <p className="text-16">
            For {phone.displayName} at {phone.organisation}. Does the other screen show this number?
          </p>
          <p data-testid="phone-number" className="figures text-40 font-semibold tracking-wider">
            {state.number}
          </p>
          <p className="max-w-line text-14 text-ink-soft">
            If so, choose “Yes, add this phone” there. This page goes on by itself.
          </p>
        </div>
      ) : request === null || ready === null ? (
        <>
          {said === null ? null : (
            <Notice tone={said.tone} title={said.title}>
              {said.words}
            </Notice>
          )}
          {ready === null ? null : <AddVerification phone={phone} verification={ready.verification} />}
          {state === null ? null : connection === 'live' ? (
            <>
              <EmptyState title="Nothing waits for you" icon={<BellRing size={32} aria-hidden />}>
                {ready?.push.on
                  ? 'This phone is told when something does. It comes here.'
                  : 'Keep this page open when you sign in somewhere: what it asks comes here.'}
              </EmptyState>
              {ready === null ? null : <AddPush phone={phone} push={ready.push} />}
            </>
          ) : (
            <EmptyState title="This phone has no connection" icon={<CloudOff size={32} aria-hidden />}>
              It comes back by itself. What waits for you then is here at once.
            </EmptyState>
          )}
        </>
      ) : (
        <AnswerRequest
          key={request.id}
          phone={phone}
          request={request}
          verification={ready.verification}
          onAnswered={(state) => setLast({ id: request.id, state })}
        />
      )}
    </section>
  );
}
