import { Field } from '#ui/field';
import { Select } from '#ui/select';

/** What a setting takes: one of a few words, a number between bounds, or a text of a length. */
export type Takes =
  | { readonly choices: readonly { readonly value: string; readonly label: string }[] }
  | { readonly minimum: number; readonly maximum: number }
  | { readonly maximumLength: number };

/** The field of one setting, by what it takes. Its name is said by what stands beside it. */
export function SettingControl({
  name,
  label,
  takes,
  value,
  change,
  onBlur,
  error,
}: {
  name: string;
  label: string;
  takes: Takes;
  value: string;
  change: (value: string) => void;
  onBlur?: () => void;
  error: string | null;
}) {
  const shared = { label: <span className="sr-only">{label}</span>, name, value, error };
  if ('choices' in takes)
    return <Select {...shared} options={takes.choices} onChange={(event) => change(event.target.value)} />;
  const kind =
    'minimum' in takes
      ? { type: 'number' as const, inputMode: 'numeric' as const, min: takes.minimum, max: takes.maximum }
      : { maxLength: takes.maximumLength };
  return (
    <Field
      {...shared}
      {...kind}
      spellCheck={false}
      autoComplete="off"
      onBlur={onBlur}
      onChange={(event) => change(event.target.value)}
    />
  );
}
