import { DAY_MS } from './time.ts';

/** A little more than a year: what happened this time last year can still be seen. */
export const EVENT_RETENTION_DAYS_DEFAULT = 400;

/**
 * The time before which events are forgotten: the beginning of a UTC day, so that each is kept for at least `days`, and the
 * log says once a day that some are gone, not at every sweep.
 */
export function forgottenBefore(now: Date, days: number): Date {
  return new Date((Math.floor(now.getTime() / DAY_MS) - days) * DAY_MS);
}
