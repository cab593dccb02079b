'use client';

import { type ComponentProps, useEffect, useRef } from 'react';
import { TOTP_INPUT_LIMIT } from '#domain/totp';
import { Field } from '#ui/field';

/** Six digits from an authenticator app. With `focused` the caret waits here when the field appears. */
export function CodeField({
  value,
  onChange,
  focused = false,
  hint,
}: {
  value: string;
  onChange: (value: string) => void;
  focused?: boolean;
  hint?: ComponentProps<typeof Field>['hint'];
}) {
  const place = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (focused) place.current?.focus();
  }, [focused]);

  return (
    <Field
      ref={place}
      label="Code from your authenticator app"
      name="code"
      type="code"
      required
      maxLength={TOTP_INPUT_LIMIT}
      placeholder="123 456"
      hint={hint}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
