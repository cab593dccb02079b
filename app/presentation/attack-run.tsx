'use client';

import { Swords } from 'lucide-react';
import { useState, useTransition } from 'react';
import { type AttackName, type AttackReport, attacks } from '#domain/presentation/attack';
import { Button } from '#ui/button';
import { answered } from '../_device/answered.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { runAttackAction } from './actions.ts';

/** Held by the window in which an attack runs, as long as it does. */
const RUNNING = 'latchkey-attack';

/** Does that where no window of this browser runs an attack. */
export async function unlessAttacking(does: () => void): Promise<void> {
  await navigator.locks.request(RUNNING, { ifAvailable: true }, (lock) => {
    if (lock !== null) does();
  });
}

/** One attack, run for real on somebody invented for it; what it met is told to both windows. */
export function AttackRun({
  attack,
  onStart,
  onEnd,
}: {
  attack: AttackName;
  onStart: () => void;
  /** With null where there is nothing to report. */
  onEnd: (report: AttackReport | null) => void;
}) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const { title, has } = attacks[attack];
  const press = () =>
    start(
      async () =>
        await navigator.locks.request(RUNNING, async () => {
          onStart();
          const answer = await answered(runAttackAction({ attack }));
          setTrouble(answer.ok ? null : answer.problem);
          onEnd(answer.ok ? answer.value : null);
        }),
    );
  return (
    <section className="flex flex-col gap-3 rounded-card border border-line bg-surface p-4">
      <h2 className="text-16 font-semibold">{title}</h2>
      <p className="max-w-line text-14 text-ink-soft">The attacker has: {has}</p>
      <div>
        <Button icon={<Swords size={16} aria-hidden />} pending={pending && 'Attacking'} onClick={press}>
          Run this attack
        </Button>
      </div>
      <TroubleNotice trouble={trouble} />
    </section>
  );
}
