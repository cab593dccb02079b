'use client';

import { Eye, EyeOff, ShieldBan } from 'lucide-react';
import { startTransition, useEffect, useRef, useState } from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import type { PasswordlessMode } from '#domain/passwordless';
import { Badge } from '#ui/badge';
import { ConfirmDialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { RadioCards } from '#ui/radio-cards';
import { showAtTop } from '../scroll.ts';
import { counted } from '../words.ts';
import { turnPasswordless } from './actions.ts';
import { modeTitles } from './words.ts';

const people = (count: number) => counted(count, 'person', 'people');

/** Why it was not switched, with the number that would be locked out now. */
function refusal({ code, title, detail, facts = {} }: Trouble): { title: string; detail: string } {
  return code === 'lockout_not_confirmed'
    ? {
        title: `${people(Number(facts.lockedOut))} would be locked out now, and ${facts.confirmed} ${facts.confirmed === 1 ? 'was' : 'were'} confirmed.`,
        detail,
      }
    : { title, detail };
}

/** The switch itself. It carries the version of policy and the number that the dry run above it showed. */
export function SwitchForm({
  mode: now,
  draft,
  include,
  exclude,
  policyVersion,
  ready,
  lockedOut,
  passwordSessions,
  ownSessionEnds,
}: {
  mode: PasswordlessMode;
  /** Whether whom it is for differs from what applies. */
  draft: boolean;
  include: string[];
  exclude: string[];
  policyVersion: number;
  ready: number;
  lockedOut: number;
  passwordSessions: number;
  /** Whether whoever looks came in with a password that would be refused. */
  ownSessionEnds: boolean;
}) {
  const [mode, setMode] = useState<PasswordlessMode>(now);
  const [answer, setAnswer] = useState<Answer<{ readonly sessionsEnded: number }> | null>(null);
  const place = useRef<HTMLDivElement>(null);

  useEffect(() => setMode(now), [now]);
  useEffect(() => {
    if (answer !== null) showAtTop(place.current);
  }, [answer]);

  const unchanged = mode === now && !draft;
  const confirmed = mode === 'refuse' ? lockedOut : 0;
  const words = {
    off: {
      verb: 'Let passwords back in',
      title: 'Let passwords back in for everybody?',
      text: [
        'Every password works again at once, and every way to use one comes back. Keys stay as they are.',
      ],
    },
    hide: {
      verb: `Hide passwords from ${people(ready)}`,
      title: `Hide passwords from ${people(ready)}?`,
      text: [
        'Where they came in with their key, they meet no password any more. Nobody is locked out: passwords go on working under “Other user”.',
        ...(lockedOut > 0
          ? [`${people(lockedOut)} without a key that works will see theirs until they have one.`]
          : []),
      ],
    },
    refuse: {
      verb: `Refuse the passwords of ${people(ready + lockedOut)}`,
      title:
        lockedOut === 0
          ? `Refuse the passwords of ${people(ready)}?`
          : `Refuse passwords and lock out ${people(lockedOut)}?`,
      text: [
        `From that moment the server accepts no password of ${people(ready + lockedOut)}, whatever program asks. ${
          passwordSessions === 0
            ? 'Nobody is signed in with one now.'
            : `${counted(passwordSessions, 'session')} that began with one, or at a provider without MFA, ${passwordSessions === 1 ? 'ends' : 'end'}.`
        }`,
        lockedOut === 0
          ? 'All of them have a key that works. Nobody is locked out.'
          : `${people(lockedOut)} ${lockedOut === 1 ? 'has' : 'have'} no key that works: only a pass from an administrator gets them in again.`,
        ...(ownSessionEnds
          ? ['You are signed in with a password yourself: your own session ends with the others.']
          : []),
        'Switching off again gives everything back at once.',
      ],
    },
  }[mode];

  return (
    <div className="flex flex-col gap-5">
      <div ref={place} aria-live="polite" className="scroll-my-20 empty:hidden">
        {answer === null ? null : answer.ok ? (
          <Notice tone="success" live="none" title={`${modeTitles[now]} from now on.`}>
            {answer.value.sessionsEnded > 0
              ? `${counted(answer.value.sessionsEnded, 'session')} that began with a password ended.`
              : null}
          </Notice>
        ) : (
          <Notice
            tone="danger"
            live="none"
            title={refusal(answer.problem).title}
            safe={safeAfter(answer.problem)}
          >
            {refusal(answer.problem).detail}
          </Notice>
        )}
      </div>
      <RadioCards
        key={now}
        legend="What people meet"
        name="mode"
        columns={3}
        defaultValue={now}
        onChoose={(value) => setMode(value as PasswordlessMode)}
        cards={[
          {
            value: 'off',
            title: 'Passwords',
            detail: 'Everybody may use a password where they have one.',
            icon: <Eye size={20} />,
            badge: now === 'off' ? <Badge tone="accent">Now</Badge> : undefined,
          },
          {
            value: 'hide',
            title: 'Hide',
            detail: 'As Windows does: out of sight, still there. Locks nobody out.',
            icon: <EyeOff size={20} />,
            badge: now === 'hide' ? <Badge tone="accent">Now</Badge> : undefined,
          },
          {
            value: 'refuse',
            title: 'Refuse',
            detail: 'Beyond Windows: the server accepts none, whoever asks.',
            icon: <ShieldBan size={20} />,
            badge: now === 'refuse' ? <Badge tone="accent">Now</Badge> : undefined,
          },
        ]}
      />
      <div className="flex flex-wrap items-center gap-4">
        <ConfirmDialog
          key={`${mode} ${policyVersion} ${lockedOut}`}
          trigger={{
            label: unchanged ? 'This applies now' : words.verb,
            tone: mode === 'refuse' && lockedOut > 0 && !unchanged ? 'danger' : 'primary',
            size: 'large',
            disabled: unchanged,
          }}
          title={words.title}
          confirmLabel={words.verb}
          pendingLabel="Switching"
          tone={mode === 'refuse' && lockedOut > 0 ? 'danger' : 'primary'}
          typed={confirmed > 0 ? String(confirmed) : undefined}
          action={async () => {
            const result = await answered(
              turnPasswordless({
                mode,
                include: include as [],
                exclude,
                policyVersion,
                confirmedLockedOut: confirmed,
              }),
            );
            // Together with the fresh page that the action brings, not before it.
            startTransition(() => setAnswer(result));
          }}
        >
          {words.text.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </ConfirmDialog>
        <p className="max-w-line text-14 text-ink-soft">
          {mode === 'refuse' && lockedOut > 0 && !unchanged
            ? `You will be asked to confirm that ${people(lockedOut)} lose their only lasting way in.`
            : 'You will be asked once more.'}
        </p>
      </div>
    </div>
  );
}
