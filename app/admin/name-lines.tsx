import type { ReactNode } from 'react';

/** A person in a table: the name, what is said about it, and the account, whose end may be cut where it is very long. */
export function NameLines({ name, upn, children }: { name: string; upn: string; children?: ReactNode }) {
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex flex-wrap items-center gap-x-2">
        {name}
        {children}
      </span>
      <span title={upn} className="max-w-64 truncate text-12 font-normal text-ink-soft">
        {upn}
      </span>
    </span>
  );
}
