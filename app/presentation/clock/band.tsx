'use client';

import { ClockAlert } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { aheadWords, CLOCK_AHEAD, type ClockAnswer, clockAnswer } from '#domain/presentation/clock';
import { SECOND_MS } from '#domain/time';

/** How often it is asked, and how often where no presentation has begun. */
const LOOK_MS = 4 * SECOND_MS;
const LOOK_BEFORE_MS = 30 * SECOND_MS;

/**
 * Says on every page of a demo tenant that its clock is moved, also on one that was open before: while somebody looks at the page, it
 * asks every few seconds (each half minute where no presentation has begun), and where the clock was moved meanwhile it shows what is
 * true now.
 */
export function ClockBand(drawn: ClockAnswer) {
  const router = useRouter();
  const [{ aheadMinutes: ahead, begun }, setClock] = useState(drawn);

  useEffect(
    () => setClock({ aheadMinutes: drawn.aheadMinutes, begun: drawn.begun }),
    [drawn.aheadMinutes, drawn.begun],
  );

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
      const now = await readClock();
      if (left || now === null) return;
      setClock(now);
      if (now.aheadMinutes !== ahead) router.refresh();
    }
    const looking = setInterval(look, begun ? LOOK_MS : LOOK_BEFORE_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      left = true;
      clearInterval(looking);
      document.removeEventListener('visibilitychange', look);
    };
  }, [ahead, begun, router]);

  return (
    <div role={begun ? 'status' : undefined} className="sticky top-0 z-50 print:hidden">
      {ahead === 0 ? null : (
        <p className="figures flex h-8 items-center justify-center gap-2 border-warning-line border-b bg-warning-soft px-4 text-14 font-semibold whitespace-nowrap text-warning-ink">
          <ClockAlert size={16} aria-hidden className="shrink-0" />
          Demo clock: {aheadWords(ahead)} ahead
        </p>
      )}
    </div>
  );
}

/** How the clock stands now; null where that cannot be known. */
async function readClock(): Promise<ClockAnswer | null> {
  try {
    const response = await fetch('/api/presentation/clock', { cache: 'no-store' });
    return response.ok ? clockAnswer.parse(await response.json()) : null;
  } catch {
    return null;
  }
}
