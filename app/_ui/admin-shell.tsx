import type { ReactNode } from 'react';
import { AdminNav, type NavGroup } from '#ui/admin-nav';

/** The frame of administration, for a layout: rail at the left, page at the right. */
export function AdminShell({
  workplace,
  nav,
  who,
  children,
}: {
  /** The tenant's name. */
  workplace: string;
  nav: readonly NavGroup[];
  /** An AccountChip (or a Menu around it). */
  who?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="min-h-dvh bg-canvas lg:flex">
      <a
        href="#page"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-card bg-accent px-4 py-2.5 text-14 font-semibold text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <AdminNav groups={nav} workplace={workplace} who={who} />
      <main id="page" tabIndex={-1} className="min-w-0 grow">
        {children}
      </main>
    </div>
  );
}
