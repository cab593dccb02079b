import { Check, Circle, CircleCheck, MapPin } from 'lucide-react';
import { Badge } from '#ui/badge';

export type StepCriterion = {
  text: string;
  met: boolean;
  progress: { value: number; of: number } | null;
};
export type StepCard = {
  number: number;
  name: string;
  aim: string;
  criteria: readonly StepCriterion[];
  state: 'done' | 'current' | 'ahead';
  /** Named, and not promised. */
  vision?: boolean | undefined;
};

/** Steps that are gone one after the other, with what each still wants. */
export function StepCards({ steps }: { steps: readonly StepCard[] }) {
  return (
    <ol className="grid gap-px overflow-hidden rounded-card border border-line bg-line sm:grid-cols-2 xl:grid-cols-4">
      {steps.map((step) => {
        const current = step.state === 'current';
        return (
          <li
            key={step.number}
            aria-current={current ? 'step' : undefined}
            className={`flex flex-col gap-3 p-5 ${current ? 'bg-accent-soft' : 'bg-surface'}`}
          >
            <div className="flex items-center justify-between gap-3">
              <span
                className={`figures grid size-8 shrink-0 place-items-center rounded-full text-14 font-semibold ${
                  step.state === 'ahead'
                    ? 'border border-line-strong text-ink-soft'
                    : 'bg-accent text-on-accent'
                }`}
              >
                {step.state === 'done' ? <Check size={16} aria-hidden /> : step.number}
              </span>
              <State step={step} />
            </div>
            <div className="flex flex-col gap-1">
              <h3 className="text-16 font-semibold text-balance">
                <span className="sr-only">Step {step.number}: </span>
                {step.name}
              </h3>
              <p className="text-14 text-ink-soft">{step.aim}</p>
            </div>
            <ul className="mt-auto flex flex-col gap-2.5 border-line-strong/25 border-t pt-3">
              {step.criteria.map((criterion) => (
                <Criterion key={criterion.text} criterion={criterion} />
              ))}
            </ul>
          </li>
        );
      })}
    </ol>
  );
}

function State({ step }: { step: StepCard }) {
  if (step.state === 'done')
    return (
      <Badge tone="success" icon={<CircleCheck size={12} />}>
        Done
      </Badge>
    );
  if (step.state === 'current')
    return (
      <Badge tone="accent" icon={<MapPin size={12} />}>
        You are here
      </Badge>
    );
  return <Badge>{step.vision ? 'Vision' : 'Ahead'}</Badge>;
}

function Criterion({ criterion: { text, met, progress } }: { criterion: StepCriterion }) {
  const Mark = met ? CircleCheck : Circle;
  return (
    <li className="flex gap-2 text-14">
      <Mark
        size={16}
        aria-hidden
        className={`mt-0.5 shrink-0 ${met ? 'text-success-ink' : 'text-ink-faint'}`}
      />
      <span className="flex min-w-0 grow flex-col gap-1.5">
        <span className="flex items-baseline justify-between gap-3">
          <span>
            {text}
            <span className="sr-only">{met ? ', met' : ', not yet'}</span>
          </span>
          {progress === null ? null : (
            <span className="figures shrink-0 whitespace-nowrap text-ink-soft">
              <span className="font-semibold text-ink">{progress.value}</span> of {progress.of}
            </span>
          )}
        </span>
        {progress === null ? null : (
          <svg aria-hidden="true" width="100%" height="6">
            <rect width="100%" height="6" rx="3" className="fill-line" />
            <rect
              width={`${progress.of === 0 ? 0 : (100 * progress.value) / progress.of}%`}
              height="6"
              rx="3"
              className="fill-series-1"
            />
          </svg>
        )}
      </span>
    </li>
  );
}
