'use client';

import { KeyRound } from 'lucide-react';
import type { Route } from 'next';
import { useState } from 'react';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { authenticate } from '../../_device/ceremonies.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { ConfirmOnPhone } from '../../(sign-in)/approve-on-phone.tsx';
import { ConfirmWithCode } from '../../(sign-in)/confirm-with-code.tsx';
import { PassForm } from '../../(sign-in)/pass-form.tsx';

/** The ways to prove who one is without the key that is replaced. */
export interface OtherProofs {
  readonly key: boolean;
  readonly code: boolean;
  readonly phone: boolean;
  readonly pass: boolean;
}

/** A proof by another way than the key that is replaced, at most ten minutes old. */
export function ConfirmOtherwise({
  account,
  oldKeys,
  ways,
  waiting,
  afterPass,
  onProven,
}: {
  account: string;
  oldKeys: readonly string[];
  ways: OtherProofs;
  /** A new key is made already and waits for this proof. */
  waiting: boolean;
  /** Where a pass leads on to, in a session of its own. */
  afterPass: Route;
  onProven: () => void;
}) {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function confirm() {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('step-up', { leaveOut: oldKeys });
    setAsking(false);
    if (outcome.ok) onProven();
    else setTrouble(outcome.trouble);
  }

  return (
    <>
      {waiting ? (
        <Notice tone="info" title="Your new key is made and kept in this tab">
          It took a while to reach us. Confirm once more, and it takes its place.
        </Notice>
      ) : (
        <p className="max-w-line">
          Whoever found this device must not get a key of yours. A password alone is not enough, and the key
          that you can no longer open does not count.
        </p>
      )}
      <TroubleNotice trouble={trouble} />
      {asking ? (
        <Waiting title="Waiting for your other key">
          Answer on the phone or security key that holds it. We wait up to five minutes, then you can try
          again.
        </Waiting>
      ) : null}
      {ways.key ? (
        <Button
          tone="primary"
          size="large"
          wide
          icon={<KeyRound size={20} aria-hidden />}
          pending={asking && 'Waiting for your other key'}
          onClick={confirm}
        >
          Confirm with another key
        </Button>
      ) : null}
      {ways.code && !asking ? (
        <Way first={!ways.key} title="With your password and a code">
          <ConfirmWithCode account={account} onConfirmed={onProven} />
        </Way>
      ) : null}
      {ways.phone && !asking ? (
        <Way first={!ways.key && !ways.code} title="With your phone">
          <ConfirmOnPhone onConfirmed={onProven} />
        </Way>
      ) : null}
      {ways.pass && !asking ? (
        <Way first={!ways.key && !ways.code && !ways.phone} title="With a Temporary Access Pass">
          <PassForm next={afterPass} account={account} />
        </Way>
      ) : null}
      {ways.key || ways.code || ways.phone || ways.pass ? null : (
        <Notice tone="warning" live="none" title="There is no other way to confirm here">
          Your organisation uses no Temporary Access Passes, and you have no other key. Ask your
          administrator.
        </Notice>
      )}
    </>
  );
}

function Way({ first, title, children }: { first: boolean; title: string; children: React.ReactNode }) {
  return (
    <section className={`flex flex-col gap-4 ${first ? '' : 'border-line border-t pt-6'}`}>
      <h2 className="text-16 font-semibold">{title}</h2>
      {children}
    </section>
  );
}
