import { ChevronDown } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { Control, controlLook, describedBy } from '#ui/control';

export type SelectOption = { value: string; label: string; disabled?: boolean | undefined };

/** A labelled native select. */
export function Select({
  label,
  hint,
  error,
  options,
  id,
  ...rest
}: Omit<ComponentProps<'select'>, 'className' | 'children' | 'size'> & {
  label: ReactNode;
  name: string;
  options: readonly SelectOption[];
  hint?: ReactNode;
  error?: ReactNode;
}) {
  const made = useId();
  const own = id ?? made;
  return (
    <Control id={own} label={label} hint={hint} error={error}>
      <span className="relative block">
        <select
          id={own}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(own, hint, error)}
          {...rest}
          className={`${controlLook} appearance-none truncate pr-10`}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown
          size={16}
          className="pointer-events-none absolute inset-y-0 right-3.5 my-auto text-ink-soft"
        />
      </span>
    </Control>
  );
}
