import { Check } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';

export type FilterChip = {
  href: Route;
  label: ReactNode;
  count?: number | undefined;
  current?: boolean | undefined;
};

/** A row of filters, each a link, so that the address says what is shown. */
export function FilterChips({ label, chips }: { label: string; chips: readonly FilterChip[] }) {
  return (
    <nav aria-label={label}>
      <ul className="flex flex-wrap gap-2">
        {chips.map((chip) => (
          <li key={chip.href}>
            <Link
              href={chip.href}
              scroll={false}
              prefetch={false}
              aria-current={chip.current ? 'true' : undefined}
              className="inline-flex min-h-8 items-center gap-1.5 rounded-full border border-line-strong bg-surface px-3 text-14 text-ink hover:border-accent-ink hover:bg-accent-soft aria-current:border-accent-ink aria-current:bg-accent-soft aria-current:font-semibold aria-current:text-accent-ink pointer-coarse:min-h-11"
            >
              {chip.current ? <Check size={14} className="-ml-0.5" /> : null}
              {chip.label}
              {chip.count === undefined ? null : (
                <span className="figures text-12 text-ink-soft">{chip.count}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
