'use client';

import { X } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useId, useRef } from 'react';

/** Details beside the list, opened by address. Escape closes it and gives the focus back to where it came from. */
export function SidePanel({
  title,
  subtitle,
  closeHref,
  closeLabel = 'Close',
  footer,
  children,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  /** The list without this panel. */
  closeHref: Route;
  closeLabel?: string | undefined;
  /** Actions that stay in sight at the bottom. */
  footer?: ReactNode;
  children: ReactNode;
}) {
  const router = useRouter();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    heading.current?.focus({ preventScroll: window.innerWidth >= 1024 });
    return () => before?.focus({ preventScroll: true });
  }, []);

  return (
    <aside
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) router.push(closeHref, { scroll: false });
      }}
      className="side-panel rise flex min-w-0 flex-col rounded-card border border-line bg-raised shadow-card lg:sticky lg:top-[calc(var(--band)+2rem)] lg:max-h-[calc(100dvh-var(--band)-4rem)]"
    >
      <div className="flex items-start justify-between gap-4 border-line border-b py-4 pr-3 pl-5">
        <div className="flex min-w-0 flex-col">
          <h2 ref={heading} id={id} tabIndex={-1} className="text-20 font-semibold">
            {title}
          </h2>
          {subtitle ? <div className="text-14 text-ink-soft">{subtitle}</div> : null}
        </div>
        <Link
          href={closeHref}
          scroll={false}
          aria-label={closeLabel}
          className="grid size-10 shrink-0 place-items-center rounded-inner text-ink-soft hover:bg-accent-soft hover:text-accent-ink"
        >
          <X size={20} />
        </Link>
      </div>
      <div className="relative flex min-h-0 flex-col gap-6 overflow-y-auto p-5">{children}</div>
      {footer ? <div className="flex flex-wrap gap-2 border-line border-t px-5 py-4">{footer}</div> : null}
    </aside>
  );
}
