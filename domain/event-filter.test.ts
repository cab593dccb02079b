import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventCodes, windowsEventId } from './event.ts';
import {
  codesAndOutcome,
  cursorText,
  eventCursor,
  eventExportQuery,
  eventFilter,
  filterWords,
  momentOf,
} from './event-filter.ts';
import { codesOf, eventKinds } from './event-kind.ts';
import { forgottenBefore } from './event-retention.ts';

const NOW = new Date('2026-03-02T09:00:00.000Z');

describe('a filter', () => {
  test('comes back from its words as it was', () => {
    const words = {
      person: 'mia@tidewater.example',
      device: 'STUDIO-07',
      code: 'sign_in,unlock',
      windowsId: '300,358',
      kind: 'sign-ins',
      outcome: 'failure',
      from: '-24h',
      to: '2026-03-02',
    };
    expect(filterWords(eventFilter.parse(words))).toEqual(words);
    expect(filterWords(eventFilter.parse({ person: '  ', code: '' }))).toEqual({});
    expect(eventFilter.parse({ code: 'unlock, unlock' }).code).toEqual(['unlock']);
  });

  test.each([
    { persn: 'mia' },
    { code: 'of_tomorrow' },
    { code: ',' },
    { windowsId: '300;358' },
    { kind: 'everything' },
    { outcome: 'maybe' },
    { session: "' OR 1" },
    { credential: 'x'.repeat(65) },
    { person: 'x'.repeat(400) },
    { from: 'yesterday' },
    { from: '2026-02-30' },
    { from: '-0h' },
    { to: '2026-03-02T25:00' },
    { person: ['a', 'b'] },
  ])('that says %j is refused, never widened', (words) => {
    expect(eventFilter.safeParse(words).success).toBe(false);
  });

  test('of an export needs a format', () => {
    expect(eventExportQuery.safeParse({}).success).toBe(false);
    expect(eventExportQuery.safeParse({ format: 'xlsx' }).success).toBe(false);
    expect(eventExportQuery.parse({ format: 'csv' })).toMatchObject({ format: 'csv' });
  });

  test('means a moment: a whole day, a time in UTC where no zone is given, or so long ago', () => {
    const iso = (written: string, edge: 'from' | 'to') => momentOf(written, edge, NOW).toISOString();
    expect(iso('2026-03-01', 'from')).toBe('2026-03-01T00:00:00.000Z');
    expect(iso('2026-03-01', 'to')).toBe('2026-03-02T00:00:00.000Z');
    expect(iso('2026-03-01T08:30', 'to')).toBe('2026-03-01T08:30:00.000Z');
    expect(iso('2026-03-01T08:30:00+02:00', 'from')).toBe('2026-03-01T06:30:00.000Z');
    expect(iso('-90m', 'from')).toBe('2026-03-02T07:30:00.000Z');
    expect(iso('-7d', 'from')).toBe('2026-02-23T09:00:00.000Z');
  });

  test('by code, Windows event ID and kind narrows with each, and problems are failures of every kind', () => {
    expect(codesAndOutcome({})).toEqual({ outcome: undefined });
    expect(codesAndOutcome({ windowsId: [300, 360] }).codes).toEqual([
      'provisioning_will_not_launch',
      'key_registered',
    ]);
    expect(codesAndOutcome({ windowsId: [300], kind: 'sign-ins' }).codes).toEqual([]);
    expect(codesAndOutcome({ windowsId: [4711] }).codes).toEqual([]);
    expect(codesAndOutcome({ code: ['unlock'], kind: 'sign-ins', outcome: 'failure' })).toEqual({
      codes: ['unlock'],
      outcome: 'failure',
    });
    expect(codesAndOutcome({ kind: 'problems' })).toEqual({ codes: codesOf('problems'), outcome: 'failure' });
    expect(codesAndOutcome({ kind: 'problems', outcome: 'success' }).codes).toEqual([]);
    for (const id of new Set(eventCodes.map(windowsEventId)))
      if (id !== null)
        expect(codesAndOutcome({ windowsId: [id] }).codes?.every((code) => windowsEventId(code) === id)).toBe(
          true,
        );
    const everywhere = eventKinds.filter((kind) => kind !== 'problems').flatMap(codesOf);
    expect(everywhere.sort()).toEqual([...eventCodes].sort());
  });
});

describe('a place in the log', () => {
  test('comes back from its text as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999_999 }), fc.uuid(), (time, id) => {
        const place = { at: new Date(time), id };
        expect(eventCursor.parse(cursorText(place))).toEqual(place);
      }),
    );
  });

  test('is nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\d{1,13}\.[0-9a-f-]{1,64}$/.test(text));
        expect(eventCursor.safeParse(text).success).toBe(false);
      }),
    );
  });
});

test('events are forgotten a whole day at a time, and none is younger than the setting says', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('2020-01-01'), max: new Date('2120-01-01'), noInvalidDate: true }),
      fc.integer({ min: 30, max: 3650 }),
      (now, days) => {
        const before = forgottenBefore(now, days);
        const age = (now.getTime() - before.getTime()) / 86_400_000;
        expect(before.getTime() % 86_400_000).toBe(0);
        expect(age).toBeGreaterThanOrEqual(days);
        expect(age).toBeLessThan(days + 1);
      },
    ),
  );
});
