'use client';

import { Check, RotateCcwKey } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { type Answer, answered } from '#device/answered';
import { Button } from '#ui/button';
import { CopyButton } from '#ui/copy-button';
import { ConfirmDialog } from '#ui/dialog';
import { useReport } from '../outcomes.tsx';
import { showAtTop } from '../scroll.ts';

/** Gives a person a new random password, after asking, and shows it once. */
export function NewPassword({
  userId,
  name,
  sessions,
  has,
  set,
}: {
  userId: string;
  name: string;
  /** "2 sessions": those that began with the old one. */
  sessions: string;
  has: boolean;
  set: (input: { userId: string }) => Promise<Answer<{ password: string }>>;
}) {
  const [password, setPassword] = useState<string | null>(null);
  const place = useRef<HTMLElement>(null);
  const report = useReport();

  useEffect(() => {
    if (password === null) return;
    place.current?.focus({ preventScroll: true });
    showAtTop(place.current);
  }, [password]);

  if (password !== null) {
    return (
      <section
        ref={place}
        tabIndex={-1}
        aria-label={`The new password of ${name}`}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.preventDefault();
        }}
        className="rise flex scroll-mt-20 flex-col gap-3 rounded-card border border-accent-line bg-surface p-4 outline-none"
      >
        <p className="text-14 text-ink-soft">
          New password of {name}. It is shown once, and the first sign-in asks for another.
        </p>
        <p className="figures font-mono text-20 font-semibold break-all text-accent-ink">{password}</p>
        <div className="flex flex-wrap items-center gap-2">
          <CopyButton text={password} label="Copy the password" />
          <Button size="small" icon={<Check size={16} />} onClick={() => setPassword(null)}>
            Done
          </Button>
        </div>
      </section>
    );
  }
  return (
    <div>
      <ConfirmDialog
        trigger={{ label: 'Set a new random password', size: 'small', icon: <RotateCcwKey size={16} /> }}
        title={`Give ${name} a new random password?`}
        confirmLabel="Set the new password"
        tone="danger"
        action={async () => {
          const answer = await answered(set({ userId }));
          report(answer.ok ? null : { problem: answer.problem });
          if (answer.ok) setPassword(answer.value.password);
        }}
      >
        <p>
          {has ? 'The old password stops working at once. ' : 'They have none now. '}
          {`This ends ${sessions} that began with a password.`}
        </p>
        <p>Windows Hello keys and passkeys keep working. A pass is the better way to a first key.</p>
      </ConfirmDialog>
    </div>
  );
}
