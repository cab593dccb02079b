'use client';

import { Menu } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { Wordmark } from '#ui/wordmark';

export type NavItem = { href: Route; label: string; icon: ReactNode; count?: number | undefined };
export type NavGroup = { title?: string | undefined; items: readonly NavItem[] };

/** The rail of administration; on a phone a top bar that opens it. It marks the page one is on by its address. */
export function AdminNav({
  groups,
  workplace,
  who,
}: {
  groups: readonly NavGroup[];
  workplace: string;
  who?: ReactNode;
}) {
  const path = usePathname();
  const home = groups[0]?.items[0]?.href;
  const isAbove = (href: string) => path === href || (href !== home && path.startsWith(`${href}/`));
  const above = groups.flatMap(({ items }) => items.map(({ href }) => href)).filter(isAbove);
  // Of two that lead there the nearer one: a page below Policy that has an item of its own is not Policy.
  const current = above.toSorted((one, other) => other.length - one.length)[0];
  const isCurrent = (href: string) => href === current;

  const list = (
    <div className="flex flex-col gap-6">
      {groups.map((group) => (
        <div key={group.title ?? 'top'} className="flex flex-col gap-1">
          {group.title ? <p className="px-3 pb-1 text-12 text-ink-soft">{group.title}</p> : null}
          <ul className="flex flex-col gap-0.5">
            {group.items.map((item) => (
              <li key={item.href}>
                <Link
                  href={item.href}
                  aria-current={isCurrent(item.href) ? 'page' : undefined}
                  className="relative flex min-h-10 items-center gap-3 rounded-inner px-3 text-14 text-ink transition-colors before:absolute before:inset-y-2.5 before:left-0 before:w-1 before:rounded-full hover:bg-accent-soft aria-[current=page]:bg-accent-soft aria-[current=page]:font-semibold aria-[current=page]:text-accent-ink aria-[current=page]:before:bg-accent max-lg:min-h-11"
                >
                  <span className="text-ink-soft in-aria-[current=page]:text-accent-ink">{item.icon}</span>
                  <span className="grow">{item.label}</span>
                  {item.count ? (
                    <span className="figures rounded-full bg-sunken px-2 text-12 text-ink-soft">
                      {item.count}
                    </span>
                  ) : null}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );

  return (
    <>
      <header className="sticky top-(--band) hidden h-[calc(100dvh-var(--band))] w-60 shrink-0 flex-col gap-6 overflow-y-auto border-line border-r bg-surface px-3 py-5 lg:flex print:hidden">
        <div className="flex flex-col gap-1 px-3">
          <Wordmark size={24} />
          <p className="truncate text-12 text-ink-soft">{workplace}</p>
        </div>
        <nav aria-label="Administration" className="grow">
          {list}
        </nav>
        {who ? <div className="border-line border-t px-3 pt-3">{who}</div> : null}
      </header>
      <header className="sticky top-(--band) z-20 border-line border-b bg-surface lg:hidden print:hidden">
        <details key={path}>
          <summary className="flex min-h-14 items-center justify-between gap-4 px-4 focus-visible:-outline-offset-2">
            <span className="flex min-w-0 items-center gap-3">
              <Wordmark size={24} />
              <span className="truncate text-12 text-ink-soft">{workplace}</span>
            </span>
            <span className="inline-flex items-center gap-2 text-14 font-semibold text-accent-ink">
              <Menu size={20} />
              Menu
            </span>
          </summary>
          <div className="max-h-[calc(100dvh-3.5rem)] overflow-y-auto border-line border-t bg-surface px-1 py-4 shadow-over">
            <nav aria-label="Administration">{list}</nav>
            {who ? <div className="mt-4 border-line border-t px-3 pt-3">{who}</div> : null}
          </div>
        </details>
      </header>
    </>
  );
}
