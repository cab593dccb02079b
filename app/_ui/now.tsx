'use client';

import { useEffect, useState } from 'react';

/** The moment so many seconds from now, by the browser's clock (ISO 8601). */
export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** The browser's clock, ticking; null on the server and in the first paint, so that both draw the same. */
export function useNow(everyMs: number): number | null {
  const [now, setNow] = useState<number | null>(null);

  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  return now;
}
