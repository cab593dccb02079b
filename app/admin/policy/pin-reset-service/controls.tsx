'use client';

import { KeyRound, ShieldCheck, ShieldOff } from 'lucide-react';
import { useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { Button } from '#ui/button';
import { ConfirmDialog } from '#ui/dialog';
import { Notice, type NoticeTone } from '#ui/notice';
import { registerService, rotateServiceKey, withdrawService } from './actions.ts';

interface Said {
  readonly tone: NoticeTone;
  readonly title: string;
  readonly detail?: string;
}

type Act = 'register' | 'withdraw' | 'rotate';

/** What was done, or why not. */
async function perform(act: Act): Promise<Said> {
  if (act === 'withdraw') {
    const answer = await answered(withdrawService({}));
    if (!answer.ok) return refused(answer.problem);
    return {
      tone: 'success',
      title: 'The registration is withdrawn',
      ...(answer.value.told
        ? {}
        : {
            detail:
              'The service could not be told. The key for tickets is destroyed here all the same, so nobody can sign one.',
          }),
    };
  }
  const answer = await answered(act === 'register' ? registerService({}) : rotateServiceKey({}));
  if (!answer.ok) return refused(answer.problem);
  return {
    tone: 'success',
    title: act === 'register' ? 'The service is registered' : 'New protectors use a new key from now on',
  };
}

const refused = ({ title, detail }: { title: string; detail: string }): Said => ({
  tone: 'danger',
  title,
  detail,
});

/** Registers, withdraws and rotates; each says what it will do first, or can be taken back. */
export function Controls({
  registered,
  incomplete,
  reachable,
  protectors,
}: {
  registered: boolean;
  incomplete: boolean;
  reachable: boolean;
  /** How many devices would lose their protector. */
  protectors: number;
}) {
  const [said, setSaid] = useState<Said | null>(null);
  const [pending, startTransition] = useTransition();
  const act = async (which: Act) => setSaid(await perform(which));

  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-2">
        {registered && !incomplete ? null : (
          <Button
            tone="primary"
            icon={<ShieldCheck size={16} />}
            pending={pending && 'Registering'}
            onClick={() => startTransition(() => act('register'))}
          >
            {incomplete ? 'Register again' : 'Give both consents and register'}
          </Button>
        )}
        {registered && reachable ? (
          <ConfirmDialog
            trigger={{ label: 'New key', icon: <KeyRound size={16} /> }}
            title="Give the service a new key?"
            confirmLabel="Make a new key"
            cancelLabel="Keep this one"
            pendingLabel="Making a new key"
            tone="primary"
            action={() => act('rotate')}
          >
            <p>Protectors that are made from now on are encrypted to it.</p>
            <p>The old keys stay: what devices prepared before still opens. No key can be removed.</p>
          </ConfirmDialog>
        ) : null}
        {registered ? (
          <ConfirmDialog
            trigger={{ label: 'Withdraw', tone: 'quiet', icon: <ShieldOff size={16} /> }}
            title="Withdraw both consents?"
            confirmLabel="Withdraw both"
            cancelLabel="Keep the service"
            pendingLabel="Withdrawing"
            action={() => act('withdraw')}
          >
            <p>
              {protectors === 1
                ? '1 device has a protector. It counts'
                : `${protectors} devices have a protector. They count`}{' '}
              no more: whoever forgets a PIN there makes a new key.
            </p>
            <p>
              Tickets that wait are refused, and the key that signs them is destroyed. Keys and PINs go on
              working. Registering again makes another key; devices prepare their protectors anew.
            </p>
          </ConfirmDialog>
        ) : null}
      </div>
      {said === null ? null : (
        <Notice tone={said.tone} title={said.title}>
          {said.detail}
        </Notice>
      )}
    </div>
  );
}
