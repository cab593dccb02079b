'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import { startTransition as together, useTransition } from 'react';
import { answered } from '#device/answered';
import { Button } from '#ui/button';
import { useReport } from '../../outcomes.tsx';
import { shiftRing } from './actions.ts';

/** Puts a ring one turn earlier or later. */
export function MoveRing({
  ringId,
  name,
  seen,
  first,
  last,
}: {
  ringId: string;
  name: string;
  seen: number;
  first: boolean;
  last: boolean;
}) {
  const report = useReport();
  const [pending, start] = useTransition();
  const move = (to: 'earlier' | 'later') =>
    start(async () => {
      const answer = await answered(shiftRing({ ringId, to, seen }));
      together(() => report(answer.ok ? null : { problem: answer.problem }));
    });
  return (
    <span className="flex">
      <Button
        size="small"
        tone="quiet"
        aria-label={`Move ${name} earlier`}
        disabled={first || pending}
        icon={<ArrowUp size={16} />}
        onClick={() => move('earlier')}
      />
      <Button
        size="small"
        tone="quiet"
        aria-label={`Move ${name} later`}
        disabled={last || pending}
        icon={<ArrowDown size={16} />}
        onClick={() => move('later')}
      />
    </span>
  );
}
