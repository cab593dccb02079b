'use client';

import { ClockArrowUp, Undo2 } from 'lucide-react';
import { useState, useTransition } from 'react';
import { aheadWords, CLOCK_AHEAD_MAX_MINUTES, clockSteps } from '#domain/presentation/clock';
import { Button } from '#ui/button';
import { type Answer, answered } from '../../_device/answered.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { moveClockAction, returnClockAction } from './actions.ts';

/** Moves the clock of the demo tenant ahead, and returns it. */
export function ClockDesk({
  aheadMinutes,
  begun,
  onReturned,
}: {
  aheadMinutes: number;
  begun: boolean;
  onReturned: () => void;
}) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const press = (work: () => Promise<Answer<null>>, then?: () => void) =>
    start(async () => {
      const answer = await answered(work());
      setTrouble(answer.ok ? null : answer.problem);
      if (answer.ok) then?.();
    });
  const moved = aheadMinutes > 0;
  return (
    <section className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4">
      <h2 className="text-20 font-semibold">The clock</h2>
      <p className="max-w-line text-14 text-ink-soft">
        {begun
          ? 'Moves the time of the whole demo organisation ahead, for everybody but you. Every page says so while it lasts. Nothing is sent by e-mail meanwhile.'
          : 'First keep what there is now as the beginning: the clock can be moved from then on.'}
      </p>
      <TroubleNotice trouble={trouble} />
      <ul className="flex flex-col gap-2">
        {clockSteps.map(({ minutes, words, shows }) => (
          <li key={minutes} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className="w-48">
              <Button
                size="small"
                wide
                icon={<ClockArrowUp size={16} aria-hidden />}
                disabled={!begun || pending || aheadMinutes + minutes > CLOCK_AHEAD_MAX_MINUTES}
                onClick={() => press(() => moveClockAction({ minutes }))}
              >
                {words} ahead
              </Button>
            </span>
            <span className="text-14 text-ink-soft">{shows}</span>
          </li>
        ))}
      </ul>
      {moved ? (
        <div className="flex flex-col items-start gap-2">
          <p className="figures text-16 font-semibold">{aheadWords(aheadMinutes)} ahead</p>
          <Button
            tone="primary"
            icon={<Undo2 size={20} aria-hidden />}
            pending={pending && 'Working'}
            onClick={() => press(() => returnClockAction({}), onReturned)}
          >
            Return to the present
          </Button>
          <p className="max-w-line text-14 text-ink-soft">
            Puts the demo organisation back to the moment when its clock was first moved, without what
            happened since. You stay signed in; everybody else is signed out, and passes that were open work
            no more: set the chapter up again for a new one. Setting a chapter up returns the clock too.
          </p>
        </div>
      ) : null}
    </section>
  );
}
