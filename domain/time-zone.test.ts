import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR_MS } from './time.ts';
import { dayAfter, dayIn, isTimeZone, momentOf, momentWords, timeZones } from './time-zone.ts';

const at = (zone: string, day: string, hour: number) => momentOf(zone, day, hour).toISOString();

describe('an hour of a day somewhere', () => {
  test.each([
    ['UTC', '2026-03-29', 8, '2026-03-29T08:00:00.000Z'],
    ['Europe/Berlin', '2026-03-28', 8, '2026-03-28T07:00:00.000Z'],
    // Clocks go from 1:59 to 3:00 that night, and from 2:59 back to 2:00 in autumn.
    ['Europe/Berlin', '2026-03-29', 1, '2026-03-29T00:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', 2, '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', 3, '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', 8, '2026-03-29T06:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', 1, '2026-10-24T23:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', 2, '2026-10-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', 3, '2026-10-25T02:00:00.000Z'],
    ['Europe/Berlin', '2026-10-26', 0, '2026-10-25T23:00:00.000Z'],
    ['America/New_York', '2026-03-08', 2, '2026-03-08T07:00:00.000Z'],
    ['America/New_York', '2026-11-01', 1, '2026-11-01T05:00:00.000Z'],
    // Half an hour of summer, and a quarter of an hour all year round.
    ['Australia/Lord_Howe', '2026-10-04', 2, '2026-10-03T15:30:00.000Z'],
    ['Asia/Kathmandu', '2026-05-01', 9, '2026-05-01T03:15:00.000Z'],
    // A midnight that is left out, the far ends of the date line, and a day that never was.
    ['America/Asuncion', '2024-10-06', 0, '2024-10-06T04:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-01-01', 0, '2025-12-31T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-01-01', 23, '2026-01-02T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30', 8, '2011-12-30T18:00:00.000Z'],
  ])('%s %s %i:00', (zone, day, hour, moment) => {
    expect(at(zone, day, hour)).toBe(moment);
  });

  test('is that hour of that day, wherever and whenever there is one', () => {
    const zone = fc.constantFrom(...timeZones);
    const days = fc.integer({ min: 0, max: 365 * 10 });
    fc.assert(
      fc.property(zone, days, fc.integer({ min: 0, max: 23 }), (name, after, hour) => {
        const day = dayAfter('2024-01-01', after);
        const moment = momentOf(name, day, hour);
        const shown = momentWords(name, moment);
        // Where it was left out, no moment shows it; then it comes no later than two hours after the clock was set.
        const isThere = shown.endsWith(`, ${hour}:00`) && dayIn(name, moment) === day;
        const earlier = new Date(moment.getTime() - HOUR_MS);
        const later = new Date(moment.getTime() + HOUR_MS);
        if (isThere) expect(momentWords(name, earlier)).not.toBe(shown);
        else expect([dayIn(name, earlier), dayIn(name, later)]).toContain(day);
      }),
      { numRuns: 300 },
    );
  });
});

test('a day is the one that it is there', () => {
  const moment = new Date('2026-11-30T23:30:00.000Z');
  expect(['UTC', 'Europe/Berlin', 'America/New_York'].map((zone) => dayIn(zone, moment))).toEqual([
    '2026-11-30',
    '2026-12-01',
    '2026-11-30',
  ]);
  expect([dayAfter('2026-03-28', 2), dayAfter('2026-03-01', -1)]).toEqual(['2026-03-30', '2026-02-28']);
});

test('a zone is one of the names that are known', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Etc/GMT+5'])
    expect([name, isTimeZone(name)]).toEqual([name, true]);
  for (const name of ['', 'Mars/Olympus', '+02:00', '../etc/passwd', 'Europe/Berlin\n', 'x'.repeat(100)])
    expect([name, isTimeZone(name)]).toEqual([name, false]);
  expect(timeZones.filter((name) => !isTimeZone(name))).toEqual([]);
  expect(new Set(timeZones).size).toBe(timeZones.length);
});
