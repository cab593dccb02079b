import { type ReactNode, useId } from 'react';
import { ControlError } from '#ui/control';

export type RadioCard = {
  value: string;
  title: ReactNode;
  detail?: ReactNode;
  icon?: ReactNode;
  /** A Badge at the right: "Recommended", "Not allowed here". */
  badge?: ReactNode;
  disabled?: boolean | undefined;
};

/** One choice of a few, each explained on its own card. Native radios: arrow keys move, the form carries the value. */
export function RadioCards({
  legend,
  hint,
  error,
  name,
  cards,
  defaultValue,
  required,
  columns = 1,
  onChoose,
}: {
  legend: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  name: string;
  cards: readonly RadioCard[];
  defaultValue?: string | undefined;
  required?: boolean | undefined;
  columns?: 1 | 2 | 3 | undefined;
  /** Only from client components. */
  onChoose?: ((value: string) => void) | undefined;
}) {
  const id = useId();
  const grid = { 1: '', 2: 'sm:grid-cols-2', 3: 'sm:grid-cols-3' }[columns];
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-2 text-14 font-semibold">{legend}</legend>
      {hint ? <p className="-mt-2 max-w-line text-14 text-ink-soft">{hint}</p> : null}
      <div className={`grid gap-2 ${grid}`}>
        {cards.map((card) => (
          <label
            key={card.value}
            className="choice relative flex min-h-14 gap-3 rounded-card border border-line-strong bg-surface p-4 transition-[background-color,border-color] hover:border-accent-ink has-checked:border-accent-ink has-checked:bg-accent-soft has-checked:inset-ring has-checked:inset-ring-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-ink has-disabled:border-line has-disabled:bg-sunken has-disabled:text-ink-soft"
          >
            <input
              type="radio"
              name={name}
              value={card.value}
              defaultChecked={card.value === defaultValue}
              disabled={card.disabled}
              required={required}
              onChange={onChoose ? () => onChoose(card.value) : undefined}
              className="tick mt-0.5 size-5 shrink-0 rounded-full border border-line-strong bg-surface focus-visible:outline-none"
            />
            <span className="flex min-w-0 grow flex-col gap-0.5">
              <span className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
                <span className="text-16 font-semibold">{card.title}</span>
                {card.badge}
              </span>
              {card.detail ? <span className="max-w-line text-14 text-ink-soft">{card.detail}</span> : null}
            </span>
            {card.icon ? <span className="shrink-0 text-accent-ink">{card.icon}</span> : null}
          </label>
        ))}
      </div>
      {error ? <ControlError id={id}>{error}</ControlError> : null}
    </fieldset>
  );
}
