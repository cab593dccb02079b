'use client';

import { Fingerprint, LogOut, Ticket } from 'lucide-react';
import { useState } from 'react';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { authenticate } from '../../_device/ceremonies.ts';
import { enter, SessionWatch } from '../../_device/tabs.tsx';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { signOutAction } from '../actions.ts';
import { PassForm } from '../pass-form.tsx';

/** Opens the lock with a key, or with another strong proof. A password does not. */
export function Unlock({ account }: { account: string }) {
  const [asking, setAsking] = useState(false);
  const [withPass, setWithPass] = useState(false);
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
      {withPass ? (
        <PassForm next="/" account={account} />
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
        <Button tone="quiet" icon={<Ticket size={16} aria-hidden />} onClick={() => setWithPass(!withPass)}>
          {withPass ? 'Use a key instead' : 'Use a Temporary Access Pass'}
        </Button>
        <Button tone="quiet" icon={<LogOut size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Button>
      </div>
    </div>
  );
}
