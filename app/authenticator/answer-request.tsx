'use client';

import { useState } from 'react';
import {
  type ApprovalAnswer,
  type ApprovalDecision,
  approvalWords,
  type ShownRequest,
} from '#domain/authenticator';
import { Button } from '#ui/button';
import { Countdown } from '#ui/countdown';
import { Facts } from '#ui/facts';
import { Field } from '#ui/field';
import { Time } from '#ui/time';
import { answerRequest, type KeptPhone, type Verification } from '../_device/phone.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { AddVerification } from './add-verification.tsx';

/**
 * What is asked, from where, and the three answers. Approving takes the number of the other screen and, where it is asked for,
 * that the phone verifies who holds it.
 */
export function AnswerRequest({
  phone,
  request,
  verification,
  onAnswered,
}: {
  phone: KeptPhone;
  request: ShownRequest;
  verification: Verification;
  onAnswered: (answer: ApprovalAnswer['state']) => void;
}) {
  const [typed, setTyped] = useState('');
  const [sending, setSending] = useState<ApprovalDecision | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  const mayApprove =
    verification.credentialId !== null ||
    (verification.policy !== 'required' && request.purpose !== 'phone_sign_in');

  async function send(decision: ApprovalDecision) {
    setTrouble(null);
    setSending(decision);
    const number = decision === 'approve' ? Number(typed) : null;
    const result = await answerRequest(phone, request, decision, number, verification);
    setSending(null);
    if (result.ok) onAnswered(result.value.state);
    else setTrouble(result.trouble);
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send('approve');
      }}
      className="flex flex-col gap-4"
    >
      <div role="alert">
        <h2 className="text-20 font-semibold">{approvalWords[request.purpose]}</h2>
      </div>
      <TroubleNotice trouble={trouble} />
      <Facts
        tight
        facts={[
          { term: 'Browser', value: request.browser },
          { term: 'Address', value: request.address },
          { term: 'Asked', value: <Time at={request.createdAt} form="absolute" /> },
          { term: 'Time left', value: <Countdown until={request.expiresAt} ended="none" /> },
        ]}
      />
      {mayApprove ? (
        <>
          <Field
            label="The number on the other screen"
            name="number"
            type="code"
            autoComplete="off"
            required
            pattern="[0-9]{2}"
            maxLength={2}
            hint="If you see no such screen, it is not you: choose “It wasn’t me”."
            value={typed}
            onChange={(event) => setTyped(event.target.value.replace(/\D/g, ''))}
          />
          <Button
            type="submit"
            tone="primary"
            size="large"
            wide
            pending={sending === 'approve' && 'Approving'}
            onPendingClick={(event) => event.preventDefault()}
          >
            Approve
          </Button>
        </>
      ) : (
        <AddVerification phone={phone} verification={verification} needed />
      )}
      <Button size="large" wide pending={sending === 'deny' && 'Denying'} onClick={() => send('deny')}>
        Deny
      </Button>
      <Button tone="quiet" wide pending={sending === 'report' && 'Telling'} onClick={() => send('report')}>
        It wasn’t me
      </Button>
    </form>
  );
}
