import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guid } from './guid.ts';
import { idsOfSupportCode, readSupportCode, supportCode } from './support-code.ts';

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(guid);

describe('a support code', () => {
  test('is eight characters that nobody mistakes for another, in two groups', () => {
    expect(supportCode('00000000-0000-4000-8000-000000000000')).toBe('0000-0000');
    expect(supportCode('ffffffff-ffff-4fff-bfff-ffffffffffff')).toBe('ZZZZ-ZZZZ');
    expect(supportCode('3a7bd1f2-c4e5-4123-8abc-0123456789ab')).toBe('79XX-3WP4');
    fc.assert(
      fc.property(id, (each) => /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/.test(supportCode(each))),
    );
  });

  test('finds its own event, and no event of another code', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        const { first, last } = idsOfSupportCode(supportCode(one));
        expect(first <= one && one <= last).toBe(true);
        expect(first <= other && other <= last).toBe(supportCode(one) === supportCode(other));
      }),
    );
  });

  test('is read as people write it: small letters, blanks, no dash, O for 0 and l for 1', () => {
    fc.assert(
      fc.property(id, (each) => {
        const code = supportCode(each);
        for (const written of [
          code,
          code.toLowerCase(),
          code.replace('-', ''),
          ` ${code.replace('-', ' ')} `,
          code.replaceAll('0', 'o').replaceAll('1', 'l'),
        ])
          expect(readSupportCode(written)).toBe(code);
      }),
    );
    for (const wrong of ['', '79XX', '79XX-3WP', '79XX-3WP44', '79XX-3WPU', 'ABCD!EFG', '79XX-3WP4; DROP'])
      expect(readSupportCode(wrong)).toBeNull();
  });
});
