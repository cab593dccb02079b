'use client';

import { Check, Undo2 } from 'lucide-react';
import { useRef, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import { Button } from '#ui/button';
import { ConfirmDialog } from '#ui/dialog';
import { setConfirmed } from './actions.ts';

/** Confirms one requirement, or takes the confirmation back. Focus stays at the line. */
export function Confirmation({
  name,
  sentence,
  by,
}: {
  name: string;
  sentence: string;
  /** Who confirmed it; null: nobody. */
  by: string | null;
}) {
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, startTransition] = useTransition();
  const place = useRef<HTMLDivElement>(null);

  async function set(confirmed: boolean) {
    const answer = await answered(setConfirmed({ name, confirmed }));
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) place.current?.focus();
  }

  return (
    <div ref={place} tabIndex={-1} className="flex flex-col items-start gap-1.5 rounded-inner print:hidden">
      {by === null ? (
        <Button
          size="small"
          icon={<Check size={16} />}
          aria-label={`Confirm: ${sentence}`}
          pending={pending && 'Confirming'}
          onClick={() => startTransition(() => set(true))}
        >
          Confirm
        </Button>
      ) : (
        <div className="-ml-3">
          <ConfirmDialog
            trigger={{ label: 'Withdraw', size: 'small', tone: 'quiet', icon: <Undo2 size={16} /> }}
            title="Withdraw this confirmation?"
            confirmLabel="Withdraw it"
            cancelLabel="Keep it"
            pendingLabel="Withdrawing"
            tone="primary"
            action={() => set(false)}
          >
            <p>{sentence}</p>
            <p>It was confirmed by {by}. The event log keeps that; the checklist asks again.</p>
          </ConfirmDialog>
        </div>
      )}
      <p role="alert" className="max-w-line text-14 text-danger-ink empty:hidden">
        {problem === null ? null : `${problem.title} ${problem.detail}`}
      </p>
    </div>
  );
}
