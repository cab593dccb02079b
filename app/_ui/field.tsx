import { type ComponentProps, type ReactNode, useId } from 'react';
import { Control, controlLook, describedBy } from '#ui/control';
import { PasswordInput } from '#ui/password-input';

export type FieldProps = Omit<ComponentProps<'input'>, 'className' | 'type' | 'size'> & {
  label: ReactNode;
  name: string;
  /** `code` is a short number with one-time-code autofill, `lettered-code` one of capitals and digits: both spaced. */
  type?:
    | 'text'
    | 'email'
    | 'password'
    | 'code'
    | 'lettered-code'
    | 'search'
    | 'url'
    | 'number'
    | 'date'
    | 'datetime-local'
    | undefined;
  hint?: ReactNode;
  /** One sentence; its presence marks the field invalid. */
  error?: ReactNode;
  optional?: boolean | undefined;
};

const typedAs = {
  code: { inputMode: 'numeric', autoComplete: 'one-time-code', autoCapitalize: 'off' },
  'lettered-code': { inputMode: 'text', autoComplete: 'off', autoCapitalize: 'characters' },
} as const;

/** A labelled native input with its hint and its error sentence. Takes every attribute of an input. */
export function Field({ label, type = 'text', hint, error, optional, id, ...rest }: FieldProps) {
  const made = useId();
  const own = id ?? made;
  const shared = {
    id: own,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': describedBy(own, hint, error),
    ...rest,
  };
  return (
    <Control id={own} label={label} hint={hint} error={error} optional={optional}>
      {type === 'password' ? (
        <PasswordInput {...shared} />
      ) : type === 'code' || type === 'lettered-code' ? (
        <input
          type="text"
          spellCheck={false}
          {...typedAs[type]}
          {...shared}
          className={`${controlLook} figures font-mono text-20 tracking-[0.2em]`}
        />
      ) : (
        <input type={type} {...shared} className={`${controlLook} ${type === 'number' ? 'figures' : ''}`} />
      )}
    </Control>
  );
}
