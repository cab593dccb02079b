'use client';

import { Fingerprint } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#ui/button';
import { authenticate } from '../_device/ceremonies.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';

/** Asks for a key once more; the page then shows what it kept back. */
export function ConfirmItIsYou() {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function confirm() {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('step-up');
    setAsking(false);
    if (outcome.ok) router.refresh();
    else setTrouble(outcome.trouble);
  }

  return (
    <div className="flex flex-col gap-4">
      <p>This page asks you to confirm that it is still you. It stays open for five minutes.</p>
      <TroubleNotice trouble={trouble} />
      <div>
        <Button
          tone="primary"
          size="large"
          icon={<Fingerprint size={20} aria-hidden />}
          pending={asking && 'Asking your device'}
          onClick={confirm}
        >
          Confirm with a key
        </Button>
      </div>
    </div>
  );
}
