'use client';

import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { Actions } from '#ui/actions';
import { Field } from '#ui/field';
import { SubmitButton } from '#ui/submit-button';
import { answered } from '../../_device/answered.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { fieldOf, useTyped } from '../../_device/use-typed.ts';
import { joinShowAction } from './actions.ts';

/** A code, typed, or out of the address that the QR code leads to. */
export function Join() {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [code, setCode] = useState('');
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  useTyped(form, (typed) => setCode(typed('code')));
  useEffect(() => {
    const scan = () => {
      const scanned = new URLSearchParams(window.location.hash.slice(1)).get('code');
      if (scanned === null) return;
      setCode(scanned);
      // It is for this moment and no history.
      window.history.replaceState(null, '', window.location.pathname);
    };
    scan();
    // The same page may be open already.
    window.addEventListener('hashchange', scan);
    return () => window.removeEventListener('hashchange', scan);
  }, []);

  async function join(sent: FormData) {
    setTrouble(null);
    const answer = await answered(joinShowAction({ code: fieldOf(sent, 'code') }));
    if (answer.ok) router.push('/presentation/follow' as Route);
    else setTrouble(answer.problem);
  }

  return (
    <form ref={form} action={join} className="flex flex-col gap-6">
      <TroubleNotice trouble={trouble} />
      <Field
        label="Code"
        name="code"
        type="lettered-code"
        required
        maxLength={64}
        placeholder="ABCD-2345"
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <Actions>
        <SubmitButton size="large" pendingLabel="Looking for the presentation">
          Follow
        </SubmitButton>
      </Actions>
    </form>
  );
}
