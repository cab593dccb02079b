'use client';

import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import {
  type ComponentProps,
  createContext,
  type ReactNode,
  startTransition,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { ConfirmDialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { showAtTop } from './scroll.ts';

type Outcome = { readonly done: string } | { readonly problem: Trouble };

const Report = createContext<((outcome: Outcome | null) => void) | null>(null);

/** Tells where the thing that was acted on may be gone: what was done, or why nothing was. */
export function useReport(): (outcome: Outcome | null) => void {
  return useContext(Report) ?? (() => {});
}

/** The place where the outcomes of the actions inside are told; it stays when what was acted on goes. */
export function Outcomes({ children }: { children: ReactNode }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const place = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (outcome !== null) showAtTop(place.current);
  }, [outcome]);

  return (
    <Report value={setOutcome}>
      <div ref={place} aria-live="polite" className="scroll-my-20 empty:hidden">
        {outcome === null ? null : 'done' in outcome ? (
          <Notice tone="success" title={outcome.done} live="none" />
        ) : (
          <Notice tone="danger" title={outcome.problem.title} live="none" safe={safeAfter(outcome.problem)}>
            {outcome.problem.detail}
          </Notice>
        )}
      </div>
      {children}
    </Report>
  );
}

/** A dangerous button: asks first, does it, and tells the outcome. */
export function Act<I>({
  action,
  input,
  done,
  thenHref,
  ...dialog
}: Omit<ComponentProps<typeof ConfirmDialog>, 'action' | 'fields'> & {
  action: (input: I) => Promise<Answer<unknown>>;
  input: I;
  /** What is said afterwards: "The key was revoked." */
  done: string;
  /** Where to go afterwards, when this place goes too. */
  thenHref?: Route | undefined;
}) {
  const report = useReport();
  const router = useRouter();
  return (
    <ConfirmDialog
      {...dialog}
      action={async () => {
        const answer = await answered(action(input));
        // Together with the fresh page that the action brings, not before it.
        startTransition(() => report(answer.ok ? { done } : { problem: answer.problem }));
        if (answer.ok && thenHref !== undefined) router.push(thenHref, { scroll: false });
      }}
    />
  );
}
