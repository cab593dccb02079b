'use client';

import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { SubmitButton } from '#ui/submit-button';
import { addBrowser, registerDevice } from '../../_device/ceremonies.ts';
import { type Machine, readMachine } from '../../_device/machine.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { useFreshPage } from '../../_device/use-fresh-page.ts';
import { fieldOf, useTyped } from '../../_device/use-typed.ts';

/** Makes this browser profile a device, or adds it to the device that a Hello key was made on. */
export function RegisterDevice({
  elsewhere,
  browserMayKeep,
  onRegistered,
}: {
  elsewhere: readonly string[];
  /** Whether this browser may keep a key itself where the device has nothing for it. */
  browserMayKeep: boolean;
  onRegistered?: () => void;
}) {
  const router = useRouter();
  const askAnew = useFreshPage();
  const form = useRef<HTMLFormElement>(null);
  const [machine, setMachine] = useState<Machine | null>(null);
  const [name, setName] = useState('');
  const [adding, setAdding] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  useTyped(form, (typed) => {
    setName(typed('name'));
    void readMachine().then((read) => {
      setMachine(read);
      // Not while somebody is in that field: it would stand in the middle of what they type.
      const isInIt = document.activeElement === form.current?.elements.namedItem('name');
      if (typed('name') === '' && !isInIt) setName(`My ${read.os} device`);
    });
  });

  function settle(outcome: Awaited<ReturnType<typeof registerDevice>>) {
    if (!outcome.ok) {
      setTrouble(outcome.trouble);
      // After a lost answer the store knows whether it was written: the page asks it.
      void askAnew();
    } else if (onRegistered) {
      onRegistered();
      router.refresh();
    } else {
      router.replace('/provision?step=gesture');
    }
  }

  async function register(sent: FormData) {
    setTrouble(null);
    settle(await registerDevice(fieldOf(sent, 'name')));
  }

  async function add() {
    setTrouble(null);
    setAdding(true);
    settle(await addBrowser());
    setAdding(false);
  }

  return (
    <form ref={form} action={register} className="flex flex-col gap-6">
      <p className="max-w-line">
        This browser gets a key of its own, so that we recognise it. It shows which browser profile this is;
        it says nothing about the hardware.
      </p>
      <TroubleNotice trouble={trouble} />
      <Field
        label="Name of this device"
        name="name"
        hint="As you would call it, such as STUDIO-07. You can change it later."
        required
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
      />
      {/* Its place is kept, so that this line moves no button when it comes. */}
      <p className="min-h-lh text-14 text-ink-soft">{machine && `${machine.browser} on ${machine.os}`}</p>
      {machine?.platformAuthenticator === 'no' && browserMayKeep ? (
        <Notice tone="info" title="This browser will keep your key itself" live="none">
          It finds nothing on this device that could. You choose a PIN for it in a moment. To use Windows
          Hello or the like, set that up in the system settings first.
        </Notice>
      ) : machine?.platformAuthenticator === 'no' ? (
        <Notice tone="warning" title="This browser finds nothing that could keep a key" live="none">
          Set up a PIN, face or fingerprint in the system settings first. On Windows: Settings, Accounts,
          Sign-in options.
        </Notice>
      ) : null}
      <Actions>
        <SubmitButton size="large" pendingLabel="Registering this device">
          Register this device
        </SubmitButton>
      </Actions>
      {elsewhere.length > 0 ? (
        <div className="flex flex-col gap-3 border-line border-t pt-6">
          <p className="max-w-line text-14">
            Is this {elsewhere.length === 1 ? elsewhere[0] : 'one of your devices'} with another browser? Then
            add the browser to it; the key is already there.
          </p>
          <Button tone="secondary" pending={adding && 'Asking your device'} onClick={add}>
            {elsewhere.length === 1
              ? `Add this browser to ${elsewhere[0]}`
              : 'Add this browser to a device I have'}
          </Button>
        </div>
      ) : null}
    </form>
  );
}
