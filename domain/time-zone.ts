import { DAY_MS, HOUR_MS } from './time.ts';

/** The time zones that can be chosen, by their names in the IANA time zone database. */
export const timeZones: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** Whether a text is the name of a time zone that is known here; one that is only an offset has no summer. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w/+-]{0,59}$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  // Any spelling is taken, and all of a zone share one.
  const name = zone.toLowerCase();
  const made =
    formats.get(name) ??
    new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(name, made);
  return made;
}

/** What a clock on the wall shows at a moment, as the milliseconds that it would be in UTC. */
function wallClock(zone: string, at: number): number {
  const parts = formatOf(zone).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** The day of the calendar that it is somewhere at a moment, such as `2026-12-01`. */
export function dayIn(zone: string, at: Date): string {
  return new Date(wallClock(zone, at.getTime())).toISOString().slice(0, 10);
}

/** The day that is so many days of the calendar away, whatever hours they have. */
export function dayAfter(day: string, days: number): string {
  return new Date(new Date(day).getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The moment at which a clock somewhere shows an hour of a day. An hour that there is twice, when clocks are set back, is the
 * first of the two; one that is left out, when they are set forward, is as long after midnight as it would have been, as RFC
 * 5545 (3.3.5) reads it.
 */
export function momentOf(zone: string, day: string, hour: number): Date {
  const wall = new Date(day).getTime() + hour * HOUR_MS;
  // By the clock of the day before and by that of the day after: they differ where it is set in between.
  const byClockOf = (at: number) => wall - (wallClock(zone, at) - at);
  const [before, after] = [byClockOf(wall - DAY_MS), byClockOf(wall + DAY_MS)];
  const there = [before, after].filter((at) => wallClock(zone, at) === wall);
  return new Date(there.length === 0 ? before : Math.min(...there));
}

/** A moment in words, as a clock somewhere shows it: "29 March 2026, 8:00". */
export function momentWords(zone: string, at: Date): string {
  const shown = new Date(wallClock(zone, at.getTime()));
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(shown);
  return `${day}, ${shown.getUTCHours()}:${String(shown.getUTCMinutes()).padStart(2, '0')}`;
}
