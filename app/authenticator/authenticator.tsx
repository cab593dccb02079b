'use client';

import { Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '#ui/button';
import { Skeleton } from '#ui/skeleton';
import { type KeptPhone, keptPhones } from '../_device/phone.ts';
import { registerWorker } from '../_device/phone-push.ts';
import { AddThisPhone } from './add-this-phone.tsx';
import { PhoneDesk } from './phone-desk.tsx';

/** Takes the code out of the address, which the QR code leads to: it is for this moment and no history. */
function takeCode(): string {
  const code = new URLSearchParams(window.location.hash.slice(1)).get('code') ?? '';
  if (window.location.hash !== '') window.history.replaceState(null, '', window.location.pathname);
  return code;
}

/** Everything that a phone does: it is added here, shows what waits for it, and answers. */
export function Authenticator() {
  const [phones, setPhones] = useState<readonly KeptPhone[] | null>(null);
  const [adding, setAdding] = useState<{ readonly code: string } | null>(null);

  useEffect(() => {
    void registerWorker();
    const code = takeCode();
    if (code !== '') setAdding({ code });
    void keptPhones().then(setPhones);
    // A code that is scanned while this page is open only changes its fragment.
    const onHash = () => {
      const scanned = takeCode();
      if (scanned !== '') setAdding({ code: scanned });
    };
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);

  const reload = async () => {
    setPhones(await keptPhones());
    setAdding(null);
  };

  if (phones === null) return <Skeleton label="Looking for your accounts" rows={2} />;
  if (adding !== null || phones.length === 0) {
    return (
      <AddThisPhone
        key={adding?.code ?? ''}
        code={adding?.code ?? ''}
        onAdded={reload}
        onLeave={phones.length === 0 ? undefined : () => setAdding(null)}
      />
    );
  }
  return (
    <div className="flex flex-col gap-6">
      {phones.map((phone) => (
        <PhoneDesk key={phone.phoneId} phone={phone} onForgotten={reload} />
      ))}
      <div>
        <Button
          tone="quiet"
          size="small"
          icon={<Plus size={16} aria-hidden />}
          onClick={() => setAdding({ code: '' })}
        >
          Add another account
        </Button>
      </div>
    </div>
  );
}
