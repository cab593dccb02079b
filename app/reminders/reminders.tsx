'use client';

import { BellOff, BellRing } from 'lucide-react';
import { useState, useTransition } from 'react';
import { answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { setRemindersAction } from './actions.ts';

/** One button, and the way back. */
export function Reminders({ token }: { token: string }) {
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const stops = wanted !== false;
  const press = () =>
    start(async () => {
      const answer = await answered(setRemindersAction({ token, wanted: !stops }));
      setProblem(answer.ok ? null : answer.problem);
      if (answer.ok) setWanted(!stops);
    });

  return (
    <div className="flex flex-col gap-4">
      {problem === null ? null : (
        <Notice tone="danger" title={problem.title}>
          {problem.detail}
        </Notice>
      )}
      {wanted === null ? null : (
        <Notice tone="success" title={wanted ? 'Reminders are on again.' : 'You get no more reminders.'} />
      )}
      <div className="actions flex flex-col">
        <Button
          size="large"
          tone={stops ? 'primary' : 'secondary'}
          icon={stops ? <BellOff size={20} /> : <BellRing size={20} />}
          pending={pending && 'Saving'}
          onClick={press}
        >
          {stops ? 'Stop reminders' : 'Get reminders again'}
        </Button>
      </div>
    </div>
  );
}
