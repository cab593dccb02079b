'use client';

import { Fingerprint, KeyRound, Smartphone, Terminal, Ticket } from 'lucide-react';
import type { Route } from 'next';
import { useEffect, useState } from 'react';
import type { RecoveryRung } from '#domain/recovery-ladder';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { keysAvailable } from '../../../_device/platform-authenticator.ts';
import { knownProfiles } from '../../../_device/profile.ts';

type Standing = 'signed_out' | 'locked' | 'signed_in';
type Way = { readonly href: Route; readonly label: string; readonly icon: React.ReactNode };

interface Words {
  readonly icon: React.ReactNode;
  readonly title: string;
  readonly text: string;
  readonly ways: Readonly<Record<Standing, readonly Way[]>>;
}

const key = <KeyRound size={16} aria-hidden />;
const pass = <Ticket size={16} aria-hidden />;
const code = <Smartphone size={16} aria-hidden />;

const words: Readonly<Record<RecoveryRung, Words>> = {
  pin_reset: {
    icon: <Fingerprint size={24} aria-hidden />,
    title: 'Make a new key on this device',
    text: 'You forgot the PIN, or Windows was reset. Prove who you are another way, and a new key takes the place of the old one.',
    ways: {
      signed_out: [
        { href: '/sign-in?then=pin-reset', label: 'With another key', icon: key },
        { href: '/sign-in/pass?then=pin-reset', label: 'With a pass', icon: pass },
        { href: '/sign-in/password?then=pin-reset', label: 'With password and code', icon: code },
      ],
      locked: [{ href: '/locked?then=pin-reset', label: 'Reset my PIN', icon: key }],
      signed_in: [{ href: '/pin-reset', label: 'Reset my PIN', icon: key }],
    },
  },
  another_key: {
    icon: <KeyRound size={24} aria-hidden />,
    title: 'Use another key of yours',
    text: 'A key on your phone, a security key, or a passkey that your password manager keeps.',
    ways: {
      signed_out: [{ href: '/sign-in', label: 'Sign in with it', icon: key }],
      locked: [{ href: '/locked', label: 'Unlock with it', icon: key }],
      signed_in: [{ href: '/security-info', label: 'See your keys', icon: key }],
    },
  },
  temporary_access_pass: {
    icon: <Ticket size={24} aria-hidden />,
    title: 'Ask an administrator for a Temporary Access Pass',
    text: 'They check who you are, and give you a pass that works for a short time.',
    ways: {
      signed_out: [{ href: '/sign-in/pass?then=pin-reset', label: 'I have a pass', icon: pass }],
      locked: [{ href: '/locked', label: 'I have a pass', icon: pass }],
      signed_in: [],
    },
  },
  command_line: {
    icon: <Terminal size={24} aria-hidden />,
    title: 'For administrators: the server itself',
    text: 'Where no administrator can help another one, whoever runs the server can issue a pass on its command line.',
    ways: { signed_out: [], locked: [], signed_in: [] },
  },
};

/** What this browser must have for a rung that stands open to somebody who is signed out. */
async function openHere(rung: RecoveryRung): Promise<boolean> {
  if (rung === 'pin_reset') return keysAvailable() && (await knownProfiles()).length > 0;
  return rung !== 'another_key' || keysAvailable();
}

/** The rungs that are open here, from the top. For somebody signed out the browser says what else it takes. */
export function Ladder({
  rungs,
  standing,
  passwords,
}: {
  rungs: readonly RecoveryRung[];
  standing: Standing;
  /** Whether this browser shows ways with a password. */
  passwords: boolean;
}) {
  const [shown, setShown] = useState(standing === 'signed_out' ? null : rungs);

  useEffect(() => {
    if (standing !== 'signed_out') return setShown(rungs);
    void Promise.all(rungs.map(openHere)).then((open) => setShown(rungs.filter((_, index) => open[index])));
  }, [rungs, standing]);

  if (shown === null) return <p className="text-14 text-ink-soft">Looking at what this browser can do</p>;
  if (shown.length === 0) {
    return (
      <Notice tone="warning" live="none" title="No way is open here">
        You have no other key, and your organisation uses no passes. Ask your administrator.
      </Notice>
    );
  }
  const passes = shown.includes('temporary_access_pass');
  return (
    <ol className="flex flex-col divide-y divide-line">
      {shown.map((rung) => {
        const { icon: emblem, title, text, ways } = words[rung];
        const open = ways[standing].filter(
          ({ icon }) => (icon !== pass || passes) && (icon !== code || passwords),
        );
        return (
          <li key={rung} className="flex gap-4 py-5 first:pt-0 last:pb-0">
            <span className="grid size-10 shrink-0 place-items-center rounded-full border border-accent-line bg-accent-soft text-accent-ink">
              {emblem}
            </span>
            <div className="flex min-w-0 grow flex-col gap-3">
              <div className="flex flex-col gap-1">
                <h2 className="text-16 font-semibold">{title}</h2>
                <p className="max-w-line text-14 text-ink-soft">{text}</p>
              </div>
              {open.length === 0 ? null : (
                <div className="flex flex-wrap gap-2">
                  {open.map((way) => (
                    <ButtonLink key={way.href} href={way.href} size="small" icon={way.icon}>
                      {way.label}
                    </ButtonLink>
                  ))}
                </div>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
