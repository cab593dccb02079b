'use client';

import { CaseSensitive, Eye, EyeOff, Grid3x3 } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { Control, controlLook, describedBy } from '#ui/control';

const side =
  'grid w-11 place-items-center rounded-card text-ink-soft hover:text-accent-ink focus-visible:-outline-offset-4';

/**
 * A PIN. Phones show their number pad, and letters on demand; its owner may look at it. It has no name and says to password
 * managers that it is none of theirs.
 */
export function PinInput({
  label,
  hint,
  error,
  letters,
  describedBy: more,
  id,
  value,
  onChange,
  ...rest
}: Omit<ComponentProps<'input'>, 'type' | 'className' | 'name' | 'onChange' | 'value'> & {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** Whether the PIN has letters: the keyboard is for them. Without a word on it there is a switch. */
  letters?: boolean | undefined;
  /** The ID of what else describes it. */
  describedBy?: string | undefined;
  value: string;
  onChange: (value: string) => void;
}) {
  const made = useId();
  const own = id ?? made;
  const [shown, setShown] = useState(false);
  const [chosen, setChosen] = useState(false);
  const Look = shown ? EyeOff : Eye;
  const withLetters = letters ?? chosen;
  const Keys = withLetters ? Grid3x3 : CaseSensitive;
  return (
    <Control id={own} label={label} hint={hint} error={error}>
      <span className="relative block">
        <input
          id={own}
          aria-invalid={error ? true : undefined}
          aria-describedby={[describedBy(own, hint, error), more].filter(Boolean).join(' ') || undefined}
          autoComplete="off"
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          data-1p-ignore=""
          data-lpignore="true"
          data-bwignore=""
          data-form-type="other"
          maxLength={127}
          {...rest}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          type={shown ? 'text' : 'password'}
          inputMode={withLetters ? 'text' : 'numeric'}
          className={`${controlLook} figures tracking-[0.12em] ${letters === undefined ? 'pr-12 pointer-coarse:pr-23' : 'pr-12'}`}
        />
        <span className="absolute inset-y-0 right-0 flex">
          {letters === undefined ? (
            <button
              type="button"
              aria-label={withLetters ? 'Show the number pad' : 'Show the keyboard with letters'}
              onClick={() => setChosen(!chosen)}
              className={`${side} hidden pointer-coarse:grid`}
            >
              <Keys size={20} />
            </button>
          ) : null}
          <button
            type="button"
            aria-label={shown ? 'Hide what you typed' : 'Show what you typed'}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className={side}
          >
            <Look size={20} />
          </button>
        </span>
      </span>
    </Control>
  );
}
