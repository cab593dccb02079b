'use client';

import { Radio } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { useSyncExternalStore } from 'react';
import { isWatched, onWatch } from './run.ts';

/** Says in every other tab that the live view of this browser is open. */
export function WatchedHint() {
  const watched = useSyncExternalStore(onWatch, isWatched, () => false);
  const path = usePathname();
  if (!watched || path === '/live') return null;
  return (
    <p className="flex items-center justify-center gap-2 border-line border-b bg-sunken px-4 py-2 text-12 text-ink-soft">
      <Radio size={16} className="shrink-0" aria-hidden />
      The ceremonies of this browser are being shown in another window.
    </p>
  );
}
