import { type ComponentProps, type ReactNode, useId } from 'react';
import { ControlError, describedBy } from '#ui/control';

/** A native checkbox with its sentence, an optional hint and error. */
export function Checkbox({
  label,
  hint,
  error,
  id,
  ...rest
}: Omit<ComponentProps<'input'>, 'className' | 'type'> & {
  label: ReactNode;
  name: string;
  hint?: ReactNode;
  error?: ReactNode;
}) {
  const made = useId();
  const own = id ?? made;
  return (
    <div className="flex flex-col gap-1.5">
      <label className="flex min-h-11 gap-3 py-2.5 has-disabled:text-ink-soft" htmlFor={own}>
        <input
          id={own}
          type="checkbox"
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(own, hint, error)}
          {...rest}
          className="tick mt-0.5 size-5 shrink-0 rounded-tick border border-line-strong bg-surface"
        />
        <span className="flex flex-col gap-0.5">
          <span className="text-16 leading-6">{label}</span>
          {hint ? (
            <span id={`${own}-hint`} className="max-w-line text-14 text-ink-soft">
              {hint}
            </span>
          ) : null}
        </span>
      </label>
      {error ? <ControlError id={own}>{error}</ControlError> : null}
    </div>
  );
}
