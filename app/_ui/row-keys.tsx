'use client';

import type { KeyboardEvent, ReactNode } from 'react';

const moves: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_at, last) => last,
};

/** Arrow keys, Home and End move from row link to row link; Tab still visits everything. */
export function RowKeys({ children, className }: { children: ReactNode; className?: string | undefined }) {
  function move(event: KeyboardEvent<HTMLDivElement>) {
    const rows = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('a[data-row]')];
    const at = rows.indexOf(document.activeElement as HTMLAnchorElement);
    const to = moves[event.key];
    if (at < 0 || !to || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    rows[to(at, rows.length - 1)]?.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are the controls; this only moves between them
    <div onKeyDown={move} className={className}>
      {children}
    </div>
  );
}
