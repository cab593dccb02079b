'use client';

import { BellRing } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import type { KeptPhone } from '../_device/phone.ts';
import { canBeWoken, type Push, wake } from '../_device/phone-push.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';

/** Lets this phone be woken when something waits; nothing where it is so already, or cannot be. */
export function AddPush({ phone, push }: { phone: KeptPhone; push: Push }) {
  const [able, setAble] = useState(false);
  const [refused, setRefused] = useState(false);
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { key, on } = push;

  useEffect(() => setAble(canBeWoken()), []);

  if (key === null || on || !able) return null;

  async function add(known: string) {
    setTrouble(null);
    setAsking(true);
    const woken = await wake(phone, known);
    setAsking(false);
    setRefused(woken === null);
    if (woken?.ok === false) setTrouble(woken.trouble);
  }

  return (
    <div className="flex flex-col gap-4">
      <TroubleNotice trouble={trouble} />
      {refused ? (
        <Notice tone="info" title="This phone shows no notifications from here">
          Allow them for this page in your browser’s settings, or keep this page open when you sign in.
        </Notice>
      ) : null}
      <div>
        <Button
          icon={<BellRing size={16} aria-hidden />}
          pending={asking && 'Asking your browser'}
          onClick={() => add(key)}
        >
          Tell me when something waits
        </Button>
      </div>
    </div>
  );
}
