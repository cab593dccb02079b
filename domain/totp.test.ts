import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupedKey, judgeStep, normaliseCode, totpStep } from './totp.ts';

describe('a time step', () => {
  // RFC 6238 Appendix B, the column T.
  test.each([
    [59, 0x1],
    [1_111_111_109, 0x23523ec],
    [1_111_111_111, 0x23523ed],
    [1_234_567_890, 0x273ef07],
    [2_000_000_000, 0x3f940aa],
    [20_000_000_000, 0x27bc86aa],
  ])('at %i seconds is that of RFC 6238', (seconds, step) => {
    expect(totpStep(new Date(seconds * 1000))).toBe(step);
  });

  test('lasts thirty seconds, to the millisecond', () => {
    expect(totpStep(new Date(29_999))).toBe(0);
    expect(totpStep(new Date(30_000))).toBe(1);
  });

  test('counts once, and never after a later one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (last, step) => {
        expect(judgeStep(last, step)).toBe(step > last ? 'accept' : 'replayed');
      }),
    );
  });
});

describe('a typed code', () => {
  test.each(['123456', ' 123 456 ', '123-456', '123\u2013456', '123\u00a0456', '１２３４５６'])(
    '%j is six digits',
    (typed) => {
      expect(normaliseCode(typed)).toBe('123456');
    },
  );

  test.each(['', '12345', '1234567', '12345a', '١٢٣٤٥٦', '-12345.6', '1e5000', '123456\u0000'])(
    '%j is none',
    (typed) => {
      expect(normaliseCode(typed)).toBeNull();
    },
  );

  test('of any text is six digits or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        expect(normaliseCode(typed) ?? '000000').toMatch(/^[0-9]{6}$/);
      }),
    );
  });
});

test('a key is grouped for typing, and nothing is lost', () => {
  expect(groupedKey('ABCDEFGHIJ')).toBe('ABCD EFGH IJ');
  expect(groupedKey('ABCDEFGH')).toBe('ABCD EFGH');
});
