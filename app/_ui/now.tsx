'use client';

import { useEffect, useState } from 'react';
import { CLOCK_AHEAD } from '#domain/presentation/clock';
import { MINUTE_MS } from '#domain/time';

/**
 * The organisation's time in milliseconds, which every moment that the server tells is of: the browser's clock, and what the
 * clock of a demo tenant is moved ahead by, which the page's root says.
 */
export function organisationNow(): number {
  return Date.now() + Number(document.documentElement.getAttribute(CLOCK_AHEAD) ?? 0) * MINUTE_MS;
}

/** The moment so many seconds from now (ISO 8601). */
export const inSeconds = (seconds: number) => new Date(organisationNow() + seconds * 1000).toISOString();

/** The organisation's time, ticking; null on the server and in the first paint, so that both draw the same. */
export function useNow(everyMs: number): number | null {
  const [now, setNow] = useState<number | null>(null);

  useEffect(() => {
    setNow(organisationNow());
    const timer = setInterval(() => setNow(organisationNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  return now;
}
