'use client';

import { Check } from 'lucide-react';
import {
  PASSWORD_INPUT_LIMIT,
  PASSWORD_MAXIMUM_LENGTH,
  type PasswordFault,
  passwordFaults,
  passwordFaultWords,
  passwordLength,
} from '#domain/password';
import { Field } from '#ui/field';
import type { Trouble } from '../_device/trouble.ts';

/** What the server found wrong with a new password; empty for any other problem. */
export function faultsOf({ facts }: Pick<Trouble, 'facts'>): PasswordFault[] {
  const told = String(facts?.faults ?? '').split(' ');
  return passwordFaults.filter((fault) => told.includes(fault));
}

/** A new password: its length as it grows, and every reason why it cannot be used beside it. */
export function NewPasswordField({
  minimumLength,
  account,
  value,
  onChange,
  faults,
}: {
  minimumLength: number;
  /** Whose password it is, for the browser's password manager. */
  account: string;
  value: string;
  onChange: (value: string) => void;
  faults: readonly PasswordFault[];
}) {
  const length = passwordLength(value);
  const enough = length >= minimumLength && length <= PASSWORD_MAXIMUM_LENGTH;
  const share = Math.min(1, length / minimumLength);
  return (
    <div className="flex flex-col gap-2">
      <input type="text" name="username" autoComplete="username" value={account} readOnly hidden />
      <Field
        label="New password"
        name="new-password"
        type="password"
        autoComplete="new-password"
        required
        maxLength={PASSWORD_INPUT_LIMIT}
        hint={`At least ${minimumLength} characters, of any kind. Several words in a row are good. The eye shows what you typed.`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={
          faults.length === 0
            ? undefined
            : faults.map((fault) => (
                <span key={fault} className="block">
                  {passwordFaultWords(fault, minimumLength)}
                </span>
              ))
        }
      />
      <svg
        aria-hidden="true"
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        className={`h-1 w-full rounded-full bg-line ${enough ? 'fill-success' : 'fill-accent'}`}
      >
        <rect width={share * 100} height={4} />
      </svg>
      <p
        role="status"
        className={`flex items-center gap-1.5 text-14 ${enough ? 'text-success-ink' : 'text-ink-soft'}`}
      >
        {enough ? (
          <>
            <Check size={16} aria-hidden /> Long enough
          </>
        ) : length > PASSWORD_MAXIMUM_LENGTH ? (
          `${PASSWORD_MAXIMUM_LENGTH} characters at most`
        ) : (
          <span aria-live="off" className="figures">
            {length} of {minimumLength} characters
          </span>
        )}
      </p>
    </div>
  );
}
