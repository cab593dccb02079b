'use client';

import { ScanFace } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { addVerification, type KeptPhone, type Verification } from '../_device/phone.ts';
import { verifiesHolder } from '../_device/platform-authenticator.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';

/** Sets up that this phone makes sure who holds it; nothing where it does so already, cannot, or nobody asks for it. */
export function AddVerification({
  phone,
  verification,
  needed = verification.policy === 'required',
}: {
  phone: KeptPhone;
  verification: Verification;
  /** Without it this phone approves nothing. */
  needed?: boolean;
}) {
  const [able, setAble] = useState<boolean | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [adding, setAdding] = useState(false);
  const { policy, credentialId } = verification;

  useEffect(() => {
    void verifiesHolder().then(setAble);
  }, []);

  if (able === null || policy === 'off' || credentialId !== null) return null;
  if (!able) {
    return needed ? (
      <Notice tone="warning" title="This phone can’t approve for you">
        It has to make sure who holds it, and this browser has no face, finger or screen lock to ask for. Set
        one up on this phone, or use another one.
      </Notice>
    ) : null;
  }

  async function add() {
    setTrouble(null);
    setAdding(true);
    const added = await addVerification(phone, verification);
    setAdding(false);
    // What comes by the live connection says that it is there.
    if (!added.ok) setTrouble(added.trouble);
  }

  return (
    <div className="flex flex-col gap-4">
      <TroubleNotice trouble={trouble} />
      <Notice
        tone="info"
        live="none"
        title={
          needed
            ? 'Before you approve: this phone has to know that it is you'
            : 'Let this phone make sure that it is you'
        }
        action={
          <Button
            tone="primary"
            icon={<ScanFace size={20} aria-hidden />}
            pending={adding && 'Asking your phone'}
            onClick={add}
          >
            Use face, finger or screen lock
          </Button>
        }
      >
        It asks each time that you approve, and never to deny. What it looks at stays on this phone.
      </Notice>
    </div>
  );
}
