import { Check } from 'lucide-react';

export type Step = { key: string; title: string };

/** Where one is on a way of several steps. On phones: "Step 2 of 5" and a bar. `current` null means all done. */
export function Stepper({
  label,
  steps,
  current,
}: {
  /** What the steps lead to: "Set up Windows Hello". */
  label: string;
  steps: readonly Step[];
  current: string | null;
}) {
  const at =
    current === null
      ? steps.length
      : Math.max(
          0,
          steps.findIndex((step) => step.key === current),
        );
  const now = steps[at];
  return (
    <nav aria-label={label}>
      <div className="sm:hidden">
        <p className="text-14 text-ink-soft">
          <span className="figures font-semibold text-ink">
            {now ? `Step ${at + 1} of ${steps.length}` : `All ${steps.length} steps done`}
          </span>
          {now ? `: ${now.title}` : null}
        </p>
        <div aria-hidden="true" className="mt-2 flex gap-1">
          {steps.map((step, index) => (
            <span key={step.key} className={`h-1 grow rounded-full ${bars[standing(index, at)]}`} />
          ))}
        </div>
      </div>
      <ol className="hidden gap-2 sm:flex">
        {steps.map((step, index) => {
          const state = standing(index, at);
          return (
            <li
              key={step.key}
              aria-current={state === 'current' ? 'step' : undefined}
              className="flex min-w-0 flex-1 flex-col gap-2 outline-none!"
            >
              <span aria-hidden="true" className="flex items-center gap-2">
                <span
                  className={`figures grid size-6 shrink-0 place-items-center rounded-full border text-12 font-semibold ${discs[state]}`}
                >
                  {state === 'done' ? <Check size={14} strokeWidth={2.5} /> : index + 1}
                </span>
                {index < steps.length - 1 ? (
                  <span className={`h-0.5 grow rounded-full ${index < at ? 'bg-accent' : 'bg-line'}`} />
                ) : null}
              </span>
              <span
                className={`pr-2 text-12 ${state === 'current' ? 'font-semibold text-ink' : 'text-ink-soft'}`}
              >
                <span className="sr-only">{said[state]}</span>
                {step.title}
              </span>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

type Standing = 'done' | 'current' | 'upcoming';

function standing(index: number, at: number): Standing {
  return index < at ? 'done' : index === at ? 'current' : 'upcoming';
}

const said: Record<Standing, string> = { done: 'Done: ', current: 'Now: ', upcoming: 'Later: ' };

const bars: Record<Standing, string> = { done: 'bg-accent', current: 'bg-accent', upcoming: 'bg-line' };

const discs: Record<Standing, string> = {
  done: 'border-accent bg-accent text-on-accent',
  current: 'border-2 border-accent-ink bg-surface text-accent-ink ring-4 ring-accent-line',
  upcoming: 'border-line-strong bg-surface text-ink-soft',
};
