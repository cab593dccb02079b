import type { ReactNode } from 'react';
import { UPN_MAX_LENGTH } from '#domain/identity';
import { Field } from '#ui/field';

/** Where somebody says who they are, before they prove it. */
export function AccountField({
  value,
  onType,
  hint,
}: {
  value: string;
  onType: (upn: string) => void;
  hint?: ReactNode;
}) {
  return (
    <Field
      label="Your account"
      name="upn"
      type="text"
      inputMode="email"
      autoComplete="username"
      placeholder="name@organisation"
      autoCapitalize="none"
      spellCheck={false}
      required
      maxLength={UPN_MAX_LENGTH}
      hint={hint}
      value={value}
      onChange={(event) => onType(event.target.value)}
    />
  );
}
