'use client';

import { LockKeyhole, LogOut } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#ui/button';
import { answered } from '../_device/answered.ts';
import { enter } from '../_device/tabs.tsx';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { lockAction, signOutAction } from '../(sign-in)/actions.ts';

/** Lock for a moment away, sign out for good. Forms: what is pressed before this page's scripts are here happens when they are. */
export function Leave({
  lock = true,
}: {
  /** Whether there is something to come back to. */ lock?: boolean;
}) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function leave(change: typeof lockAction, next: string) {
    setTrouble(null);
    const answer = await answered(change());
    if (answer.ok || answer.problem.code === 'sign_in_required') enter(next);
    else setTrouble(answer.problem);
  }

  return (
    <div className="flex flex-col gap-3">
      <TroubleNotice trouble={trouble} />
      <div className="flex flex-wrap gap-2">
        {lock ? (
          <form action={() => leave(lockAction, '/locked')}>
            <Button type="submit" icon={<LockKeyhole size={16} aria-hidden />}>
              Lock
            </Button>
          </form>
        ) : null}
        <form action={() => leave(signOutAction, '/sign-in')}>
          <Button type="submit" tone={lock ? 'quiet' : 'primary'} icon={<LogOut size={16} aria-hidden />}>
            {lock ? 'Sign out' : 'Sign in again'}
          </Button>
        </form>
      </div>
    </div>
  );
}
