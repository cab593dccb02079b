import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  normalisePass,
  ONE_TIME_REGISTRATION_MS,
  PASS_LENGTH,
  PASS_LIFETIME_MINUTES,
  type PassState,
  passFromRandom,
  passSessionEnd,
  passUsability,
} from './temporary-access-pass.ts';
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from './time.ts';

const now = new Date('2026-03-02T09:00:00Z');
const pass = (change: Partial<PassState> = {}): PassState => ({
  oneTime: false,
  startsAt: now,
  expiresAt: later(now, HOUR_MS),
  usedAt: null,
  ...change,
});

test('a pass lives 10 minutes to 30 days, one hour where nobody says otherwise', () => {
  expect(PASS_LIFETIME_MINUTES).toEqual({ minimum: 10, default: 60, maximum: (30 * DAY_MS) / MINUTE_MS });
});

describe('the value of a pass', () => {
  test('has eight characters that nobody mistakes for one another', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: PASS_LENGTH, maxLength: 20 }), (random) => {
        expect(passFromRandom(random)).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
      }),
    );
  });

  test('has every character equally often', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte += 1) {
      const character = passFromRandom(Uint8Array.of(byte));
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from({ length: 32 }, () => 8));
  });

  test('may be typed with blanks, dashes and small letters', () => {
    expect(normalisePass(' abcd-ef gh\n')).toBe('ABCDEFGH');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (random) => {
        const value = passFromRandom(random);
        expect(normalisePass(`${value.slice(0, 4)}-${value.slice(4)} `.toLowerCase())).toBe(value);
      }),
    );
  });
});

describe('a pass can be used', () => {
  test.each([
    ['from its first millisecond', pass(), 0, 'EnabledByPolicy'],
    ['to its last', pass(), HOUR_MS - 1, 'EnabledByPolicy'],
    ['but not a moment later', pass(), HOUR_MS, 'Expired'],
    ['not before it starts', pass({ startsAt: later(now, 1) }), 0, 'NotYetValid'],
    ['again when it is not for one time', pass({ usedAt: now }), 1, 'EnabledByPolicy'],
    ['once when it is for one time', pass({ oneTime: true }), 0, 'EnabledByPolicy'],
    ['not twice then', pass({ oneTime: true, usedAt: now }), 1, 'OneTimeUsed'],
    [
      'and says that it was used even when it also ran out',
      pass({ oneTime: true, usedAt: now }),
      DAY_MS,
      'OneTimeUsed',
    ],
  ] as const)('%s', (_when, state, ms, usability) => {
    expect(passUsability(state, later(now, ms))).toBe(usability);
  });
});

describe('a session that began with a pass ends', () => {
  test('with the pass', () => {
    expect(passSessionEnd(pass(), now)).toEqual(later(now, HOUR_MS));
  });

  test('ten minutes after a one-time pass was used, or with the pass if that is sooner', () => {
    expect(ONE_TIME_REGISTRATION_MS).toBe(10 * MINUTE_MS);
    expect(passSessionEnd(pass({ oneTime: true }), now)).toEqual(later(now, 10 * MINUTE_MS));
    expect(passSessionEnd(pass({ oneTime: true, expiresAt: later(now, 5) }), now)).toEqual(later(now, 5));
  });

  test('after a day at the latest, as every session does', () => {
    expect(passSessionEnd(pass({ expiresAt: later(now, 30 * DAY_MS) }), now)).toEqual(later(now, DAY_MS));
  });
});
