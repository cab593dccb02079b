'use client';

import { ClockAlert } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { aheadWords, CLOCK_AHEAD, clockAnswer } from '#domain/presentation/clock';
import { SECOND_MS } from '#domain/time';

const LOOK_MS = 4 * SECOND_MS;

/**
 * Says on every page of a demo tenant that its clock is moved, also on one that was open before: while somebody looks at the page, it
 * asks every few seconds, and where the clock was moved meanwhile it shows what is true now.
 */
export function ClockBand({ aheadMinutes }: { aheadMinutes: number }) {
  const router = useRouter();
  const [ahead, setAhead] = useState(aheadMinutes);

  useEffect(() => setAhead(aheadMinutes), [aheadMinutes]);

  useEffect(() => {
    // Counting clocks of this page read it there.
    const root = document.documentElement;
    if (ahead > 0) root.setAttribute(CLOCK_AHEAD, String(ahead));
    else root.removeAttribute(CLOCK_AHEAD);
  }, [ahead]);

  useEffect(() => {
    let left = false;
    async function look() {
      if (document.visibilityState !== 'visible') return;
      const now = await readAhead();
      if (left || now === null || now === ahead) return;
      setAhead(now);
      router.refresh();
    }
    const looking = setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      left = true;
      clearInterval(looking);
      document.removeEventListener('visibilitychange', look);
    };
  }, [ahead, router]);

  return (
    <div role="status" className="sticky top-0 z-50 print:hidden">
      {ahead === 0 ? null : (
        <p className="figures flex h-8 items-center justify-center gap-2 border-warning-line border-b bg-warning-soft px-4 text-14 font-semibold whitespace-nowrap text-warning-ink">
          <ClockAlert size={16} aria-hidden className="shrink-0" />
          Demo clock: {aheadWords(ahead)} ahead
        </p>
      )}
    </div>
  );
}

/** How far the clock is ahead now; null where that cannot be known. */
async function readAhead(): Promise<number | null> {
  try {
    const response = await fetch('/api/presentation/clock', { cache: 'no-store' });
    return response.ok ? clockAnswer.parse(await response.json()).aheadMinutes : null;
  } catch {
    return null;
  }
}
