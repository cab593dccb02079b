'use client';

import { Fingerprint, LogOut, Smartphone, Ticket } from 'lucide-react';
import { useState } from 'react';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { authenticate } from '../../_device/ceremonies.ts';
import { enter, SessionWatch } from '../../_device/tabs.tsx';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { signOutAction } from '../actions.ts';
import { ConfirmWithCode } from '../confirm-with-code.tsx';
import { PassForm } from '../pass-form.tsx';

/** Opens the lock with a key, or with another strong proof. A password alone does not. */
export function Unlock({ account, canUseCode }: { account: string; canUseCode: boolean }) {
  const [asking, setAsking] = useState(false);
  const [way, setWay] = useState<'key' | 'pass' | 'code'>('key');
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function unlock() {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('unlock');
    if (outcome.ok) return enter('/');
    setAsking(false);
    setTrouble(outcome.trouble);
  }

  async function leave() {
    await signOutAction();
    enter('/sign-in');
  }

  return (
    <div className="flex flex-col gap-6">
      <SessionWatch />
      <TroubleNotice trouble={trouble} />
      {way === 'pass' ? (
        <PassForm next="/" account={account} />
      ) : way === 'code' ? (
        <ConfirmWithCode account={account} onConfirmed={() => enter('/')} />
      ) : (
        <Actions>
          <Button
            tone="primary"
            size="large"
            icon={<Fingerprint size={20} aria-hidden />}
            pending={asking && 'Asking your device'}
            onClick={unlock}
          >
            Unlock
          </Button>
        </Actions>
      )}
      <div className="flex flex-wrap gap-2">
        {way === 'key' ? null : (
          <Button tone="quiet" icon={<Fingerprint size={16} aria-hidden />} onClick={() => setWay('key')}>
            Use a key instead
          </Button>
        )}
        {way === 'pass' ? null : (
          <Button tone="quiet" icon={<Ticket size={16} aria-hidden />} onClick={() => setWay('pass')}>
            Use a Temporary Access Pass
          </Button>
        )}
        {way === 'code' || !canUseCode ? null : (
          <Button tone="quiet" icon={<Smartphone size={16} aria-hidden />} onClick={() => setWay('code')}>
            Use password and code
          </Button>
        )}
        <Button tone="quiet" icon={<LogOut size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Button>
      </div>
    </div>
  );
}
