'use client';

import { useFormStatus } from 'react-dom';
import { Button, type ButtonProps } from '#ui/button';

/** The submit button of the form around it; while the form is on its way it says `pendingLabel`. */
export function SubmitButton({
  pendingLabel = 'Saving',
  tone = 'primary',
  ...rest
}: Omit<ButtonProps, 'type' | 'pending' | 'onPendingClick'> & { pendingLabel?: string | undefined }) {
  const { pending } = useFormStatus();
  return (
    <Button
      {...rest}
      tone={tone}
      type="submit"
      pending={pending && pendingLabel}
      onPendingClick={(event) => event.preventDefault()}
    />
  );
}
