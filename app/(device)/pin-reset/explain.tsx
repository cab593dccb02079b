'use client';

import { CircleCheck, CircleMinus, ExternalLink } from 'lucide-react';
import type { Route } from 'next';
import { useEffect, useState } from 'react';
import { destructiveConsequences } from '#domain/pin-reset';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { readMachine } from '../../_device/machine.ts';
import { WINDOWS_HELLO_SETTINGS } from '../../_device/trouble.ts';

/** What is kept and what is lost, before anything starts; and the system's own way, which Latchkey cannot see. */
export function Explain({
  deviceName,
  back,
  onGoOn,
}: {
  deviceName: string;
  back: Route;
  onGoOn: () => void;
}) {
  const [windows, setWindows] = useState(false);

  useEffect(() => {
    void readMachine().then(({ os }) => setWindows(os === 'Windows'));
  }, []);

  return (
    <>
      <p className="max-w-line">
        Nobody can read your PIN, so nobody can give it back. You confirm another way that it is you, and{' '}
        {deviceName} makes a new key. Nothing changes before that key is here.
      </p>
      <div className="grid gap-6 sm:grid-cols-2">
        <List title="What stays" icon={<CircleCheck size={16} className="text-success-ink" aria-hidden />}>
          {destructiveConsequences.kept}
        </List>
        <List title="What goes" icon={<CircleMinus size={16} className="text-warning-ink" aria-hidden />}>
          {destructiveConsequences.lost}
        </List>
      </div>
      <Notice
        tone="info"
        live="none"
        title={
          windows
            ? 'On Windows, reset the PIN itself in Windows first'
            : "The PIN itself is your system's own"
        }
        action={
          windows ? (
            <ButtonLink href={WINDOWS_HELLO_SETTINGS as Route} icon={<ExternalLink size={16} aria-hidden />}>
              Open Sign-in options
            </ButtonLink>
          ) : undefined
        }
      >
        {windows
          ? 'Settings, Accounts, Sign-in options, PIN, “I forgot my PIN”. Windows then throws away the keys that the old PIN opened, this one too. Come back here for a new one.'
          : 'If its dialog asks for a PIN that you no longer know, change that in the system settings first. Then come back here for a new key.'}
      </Notice>
      <Actions>
        <Button tone="primary" size="large" onClick={onGoOn}>
          Continue
        </Button>
        <ButtonLink href={back} tone="quiet">
          Not now
        </ButtonLink>
      </Actions>
    </>
  );
}

function List({
  title,
  icon,
  children,
}: {
  title: string;
  icon: React.ReactNode;
  children: readonly string[];
}) {
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-16 font-semibold">{title}</h2>
      <ul className="flex flex-col gap-2 text-14">
        {children.map((text) => (
          <li key={text} className="flex gap-2">
            <span className="mt-0.5 shrink-0">{icon}</span>
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
