import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** How every one-line control looks: the same height, border, error and focus. */
export const controlLook =
  'min-h-11 w-full min-w-0 rounded-card border border-line-strong bg-surface px-3.5 py-2 text-16 text-ink transition-[border-color] hover:border-accent-ink focus-visible:outline-offset-0 aria-invalid:border-danger-ink disabled:bg-sunken disabled:text-ink-soft [input&[readonly]]:bg-sunken';

/** The ids that a control announces with itself; pass to aria-describedby. */
export function describedBy(id: string, hint: unknown, error: unknown): string | undefined {
  return [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean).join(' ') || undefined;
}

/** Label above, hint below it, the error sentence right under the control. */
export function Control({
  id,
  label,
  hint,
  error,
  optional = false,
  children,
}: {
  id: string;
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  optional?: boolean | undefined;
  children: ReactNode;
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-14 font-semibold">
        {label}
        {optional ? <span className="font-normal text-ink-soft"> (optional)</span> : null}
      </label>
      {hint ? (
        <p id={`${id}-hint`} className="max-w-line text-14 text-ink-soft">
          {hint}
        </p>
      ) : null}
      {children}
      {error ? <ControlError id={id}>{error}</ControlError> : null}
    </div>
  );
}

/** The sentence that says what is wrong with one control. */
export function ControlError({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={`${id}-error`} className="flex max-w-line gap-1.5 text-14 text-danger-ink">
      <CircleAlert size={16} className="mt-0.5 shrink-0" />
      <span>{children}</span>
    </p>
  );
}
