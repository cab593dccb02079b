'use client';

import { Swords } from 'lucide-react';
import { useState, useTransition } from 'react';
import { type AttackName, type AttackReport, attacks } from '#domain/presentation/attack';
import type { Problem } from '#domain/problem';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { runAttackAction } from './actions.ts';

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
  const [problem, setProblem] = useState<Problem | null>(null);
  const [pending, start] = useTransition();
  const { title, has } = attacks[attack];
  const press = () =>
    start(async () => {
      onStart();
      let report: AttackReport | null = null;
      try {
        const answer = await runAttackAction({ attack });
        setProblem(answer.ok ? null : answer.problem);
        if (answer.ok) report = answer.value;
      } finally {
        onEnd(report);
      }
    });
  return (
    <section className="flex flex-col gap-3 rounded-card border border-line bg-surface p-4">
      <h2 className="text-16 font-semibold">{title}</h2>
      <p className="max-w-line text-14 text-ink-soft">The attacker has: {has}</p>
      <div>
        <Button icon={<Swords size={16} aria-hidden />} pending={pending && 'Attacking'} onClick={press}>
          Run this attack
        </Button>
      </div>
      {problem === null ? null : (
        <Notice tone="danger" title={problem.title}>
          {problem.detail}
        </Notice>
      )}
    </section>
  );
}
