'use client';

import { useState } from 'react';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { SubmitButton } from '#ui/submit-button';
import { addPhone } from '../_device/phone.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { ScanCode } from './scan-code.tsx';

/** Adds this phone by the code of security info, scanned or typed. Whose phone it becomes is told once the code was right. */
export function AddThisPhone({
  code: scanned,
  onAdded,
  onLeave,
}: {
  code: string;
  onAdded: () => Promise<void>;
  onLeave: (() => void) | undefined;
}) {
  const [typed, setTyped] = useState({ code: scanned, name: 'My phone' });
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function add() {
    setTrouble(null);
    const added = await addPhone(typed.code, typed.name);
    if (added.ok) await onAdded();
    else setTrouble(added.trouble);
  }

  return (
    <form action={add} className="flex flex-col gap-6">
      <TroubleNotice trouble={trouble} />
      <ScanCode onCode={(code) => setTyped({ ...typed, code })} />
      <Field
        label="Code"
        name="code"
        type="lettered-code"
        required
        maxLength={64}
        hint="On your computer: Security info, Add your phone. Scan what it shows with this phone’s camera, or type the code."
        value={typed.code}
        onChange={(event) => setTyped({ ...typed, code: event.target.value })}
      />
      <Field
        label="Name of this phone"
        name="name"
        required
        maxLength={64}
        hint="The other screen shows it when it asks this phone."
        value={typed.name}
        onChange={(event) => setTyped({ ...typed, name: event.target.value })}
      />
      <Actions>
        <SubmitButton size="large" pendingLabel="Making a key on this phone">
          Add this phone
        </SubmitButton>
        {onLeave === undefined ? null : (
          <Button tone="quiet" onClick={onLeave}>
            Not now
          </Button>
        )}
      </Actions>
    </form>
  );
}
