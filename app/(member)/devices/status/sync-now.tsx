'use client';

import { RefreshCw } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState, useTransition } from 'react';
import type { RefreshAnswer } from '#domain/policy/resultant';
import type { SettingName } from '#domain/policy/settings';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { answered } from '../../../_device/answered.ts';
import { sendForm } from '../../../_device/send-form.ts';
import type { Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';
import { textWords } from '../../../admin/policy/words.ts';
import { syncPolicyAction } from '../../actions.ts';

/** Asks for what policy says now, and says what is another value since. */
export function SyncNow() {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const [brought, setBrought] = useState<RefreshAnswer | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  function sync() {
    startTransition(async () => {
      setTrouble(null);
      setBrought(null);
      const answer = await answered(sendForm('policy-refresh', syncPolicyAction, {}));
      if (!answer.ok) return setTrouble(answer.problem);
      setBrought(answer.value);
      router.refresh();
    });
  }

  return (
    <div className="flex flex-col gap-4">
      <div>
        <Button icon={<RefreshCw size={16} />} pending={pending && 'Asking'} onClick={sync}>
          Sync now
        </Button>
      </div>
      <TroubleNotice trouble={trouble} />
      {brought === null ? null : brought.changed.length === 0 ? (
        <Notice tone="success" title="Nothing changed">
          This device has what your organisation says.
        </Notice>
      ) : (
        <Notice
          tone="success"
          title={
            brought.changed.length === 1 ? '1 setting changed' : `${brought.changed.length} settings changed`
          }
        >
          <ul>
            {brought.changed.map(({ name, title, value }) => (
              <li key={name} className="wrap-anywhere">
                {title}: {textWords(name as SettingName, value)}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}
