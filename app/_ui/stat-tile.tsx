import { ArrowUpRight } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';

/** One number that matters, what it counts, and where it stands. With `href` the tile leads to its list. */
export function StatTile({
  label,
  value,
  unit,
  detail,
  href,
  children,
}: {
  label: ReactNode;
  value: ReactNode;
  unit?: string | undefined;
  /** "12 more than last week". */
  detail?: ReactNode;
  href?: Route | undefined;
  /** A Sparkline. */
  children?: ReactNode;
}) {
  return (
    <div className="relative flex min-w-0 flex-col justify-between gap-3 rounded-card border border-line bg-surface p-4 shadow-card transition-colors has-[a:hover]:border-accent-ink sm:p-5">
      <div className="flex items-start justify-between gap-2 text-14 text-ink-soft">
        {href ? (
          <Link href={href} className="rounded-inner after:absolute after:inset-0 after:rounded-card">
            {label}
          </Link>
        ) : (
          <span>{label}</span>
        )}
        {href ? <ArrowUpRight size={16} className="shrink-0" /> : null}
      </div>
      <p className="figures text-40 font-semibold tracking-[-0.02em] text-ink">
        {value}
        {unit ? (
          <span className="whitespace-nowrap pl-1.5 text-14 font-normal tracking-normal text-ink-soft">
            {unit}
          </span>
        ) : null}
      </p>
      {detail || children ? (
        <div className="flex min-h-8 items-end justify-between gap-4 text-12 text-ink-soft">
          <p>{detail}</p>
          {children}
        </div>
      ) : null}
    </div>
  );
}
