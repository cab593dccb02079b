import { describe, expect, test } from 'vitest';
import { countedByWords, limitedThings, limitedWords, limitName, limitOfName, limits } from './rate-limit.ts';

describe('the table of limits', () => {
  test.each(limitedThings)('says of %s by what it is counted, how often, in how long and why', (what) => {
    expect(limitedWords[what]).toMatch(/^[A-Z]/);
    for (const limit of limits[what]) {
      expect(limit.attempts).toBeGreaterThan(0);
      expect(limit.windowMs).toBeGreaterThan(0);
      expect(limit.source).toMatch(/^(NIST SP 800-63B-4 3\.2\.2|Own judgement)/);
      expect(countedByWords[limit.by]).toMatch(/^[A-Z]/);
      expect(limitOfName(limitName(what, limit.by))).toEqual({ what, limit });
    }
  });

  test('keeps guessing at one name from one place far below the 100 failures that NIST allows', () => {
    for (const what of ['password', 'temporary-access-pass', 'totp'] as const) {
      const pair = limits[what].find(({ by }) => by === 'name and address');
      expect(pair?.attempts).toBeLessThanOrEqual(10);
      expect(limits[what].at(-1)?.by).toBe('slowed');
    }
  });

  test('has room for hundreds of people behind one address at every door', () => {
    for (const what of ['options', 'verification', 'device-registration'] as const) {
      expect(limits[what].find(({ by }) => by === 'address')?.attempts).toBeGreaterThanOrEqual(300);
    }
  });

  test('does not know other names', () => {
    for (const name of ['', 'key', 'password', 'password: everybody', '__proto__: name']) {
      expect(limitOfName(name)).toBeNull();
    }
  });
});
