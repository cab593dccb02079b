import { ChevronRight } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';

export type OtherWay = { href: Route; title: string; detail?: string | undefined; icon?: ReactNode };

/** The quiet list of other ways to reach the same end. */
export function OtherWays({
  title = 'Other ways',
  ways,
}: {
  title?: string | undefined;
  ways: readonly OtherWay[];
}) {
  return (
    <nav aria-label={title} className="flex flex-col">
      <p className="text-12 text-ink-soft">{title}</p>
      <ul className="divide-y divide-line">
        {ways.map((way) => (
          <li key={way.title}>
            <Link
              href={way.href}
              className="-mx-2 flex min-h-12 items-center gap-3 rounded-inner px-2 py-2 text-ink hover:bg-accent-soft"
            >
              {way.icon ? <span className="text-ink-soft">{way.icon}</span> : null}
              <span className="flex grow flex-col">
                <span className="text-14 font-semibold">{way.title}</span>
                {way.detail ? <span className="text-12 text-ink-soft">{way.detail}</span> : null}
              </span>
              <ChevronRight size={16} className="shrink-0 text-ink-soft" />
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
