'use client';

import {
  type ComponentProps,
  type ReactNode,
  startTransition as together,
  useState,
  useTransition,
} from 'react';
import { type Answer, answered } from '#device/answered';
import { type Trouble, UNANSWERED } from '#device/trouble';
import { type RolloutDoubt, rolloutDoubts } from '#domain/rollout';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { useReport } from '../../outcomes.tsx';
import { devices } from './words.ts';

/** The doubt that a problem is; null for one that nobody can confirm. */
export function doubtOf(problem: Trouble | null): RolloutDoubt | null {
  return rolloutDoubts.find((doubt) => doubt === problem?.code) ?? null;
}

/** A refusal, or a doubt that can be confirmed. */
export function Refusal({ problem }: { problem: Trouble }) {
  const held = problem.facts?.devices;
  return (
    <Notice tone={doubtOf(problem) === null ? 'danger' : 'warning'} title={problem.title}>
      {typeof held === 'number' ? `On a device now: ${devices(held)}. ` : null}
      {problem.detail}
    </Notice>
  );
}

/** Asks, does it, and asks again where the server names a doubt: each is confirmed by itself. */
export function RingAct<I extends object>({
  trigger,
  title,
  children,
  confirmLabel,
  pendingLabel,
  tone = 'primary',
  foreseen = [],
  action,
  input,
  done,
}: {
  trigger: ComponentProps<typeof Dialog>['trigger'];
  title: string;
  children: ReactNode;
  confirmLabel: string;
  pendingLabel: string;
  tone?: 'primary' | 'danger' | undefined;
  /** Doubts that the words of this dialog have told of. */
  foreseen?: readonly RolloutDoubt[] | undefined;
  action: (input: I & { confirmed: RolloutDoubt[] }) => Promise<Answer<unknown>>;
  input: I;
  done: string;
}) {
  const report = useReport();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [confirmed, setConfirmed] = useState(foreseen);
  const [pending, start] = useTransition();
  const doubt = doubtOf(problem);

  function turn(next: boolean) {
    setOpen(next);
    setProblem(null);
    setConfirmed(foreseen);
  }

  return (
    <Dialog trigger={trigger} title={title} open={open} onOpenChange={turn}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const all = doubt === null ? confirmed : [...confirmed, doubt];
          setConfirmed(all);
          start(async () => {
            const answer = await answered(action({ ...input, confirmed: [...all] }));
            together(() => {
              if (!answer.ok) return setProblem(answer.problem);
              turn(false);
              report({ done });
            });
          });
        }}
      >
        <div className="flex flex-col gap-2 text-14 text-ink-soft">{children}</div>
        {problem === null ? null : <Refusal problem={problem} />}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => turn(false)}>Keep things as they are</Button>
          {problem !== null && doubt === null && !UNANSWERED.includes(problem.code) ? null : (
            <Button
              type="submit"
              tone={doubt === null ? tone : 'danger'}
              pending={pending && pendingLabel}
              onPendingClick={(event) => event.preventDefault()}
            >
              {doubt === null ? confirmLabel : `${confirmLabel} all the same`}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
