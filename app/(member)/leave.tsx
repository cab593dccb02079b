'use client';

import { LockKeyhole, LogOut } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#ui/button';
import { enter } from '../_device/tabs.tsx';
import { offline, type Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { lockAction, signOutAction } from '../(sign-in)/actions.ts';

/** Lock for a moment away, sign out for good. */
export function Leave() {
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function leave(change: typeof lockAction, next: string) {
    setTrouble(null);
    try {
      const result = await change();
      if (result.ok || result.problem.code === 'sign_in_required') enter(next);
      else setTrouble(result.problem);
    } catch {
      setTrouble(offline);
    }
  }

  return (
    <div className="flex flex-col gap-3">
      <TroubleNotice trouble={trouble} />
      <div className="flex flex-wrap gap-2">
        <Button icon={<LockKeyhole size={16} aria-hidden />} onClick={() => leave(lockAction, '/locked')}>
          Lock
        </Button>
        <Button
          tone="quiet"
          icon={<LogOut size={16} aria-hidden />}
          onClick={() => leave(signOutAction, '/sign-in')}
        >
          Sign out
        </Button>
      </div>
    </div>
  );
}
