import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { guid } from './guid.ts';

test('every byte string has one text, and the text leads back to it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toBase64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(fromBase64Url(text)).toEqual(Uint8Array.from(bytes));
    }),
  );
});

test('any text is either canonical or nothing: no two texts mean the same bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 12 }), fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/)),
      (text) => {
        const bytes = fromBase64Url(text);
        if (bytes !== null) expect(toBase64Url(bytes)).toBe(text);
      },
    ),
  );
});

test.each([
  ['padding', 'AA=='],
  ['the other alphabet', '+/+/'],
  ['blanks', 'AA AA'],
  ['a line end', 'AAAA\n'],
  ['an impossible length', 'AAAAA'],
  ['bits that are left over', 'AB'],
])('%s is refused', (_what, text) => {
  expect(fromBase64Url(text)).toBeNull();
});

test('a GUID is version 4, variant 10, in lower case, and keeps 122 random bits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 40 }), (random) => {
      const id = guid(random);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
      const mask = Buffer.alloc(16, 0xff);
      mask[6] = 0x0f;
      mask[8] = 0x3f;
      for (let i = 0; i < 16; i += 1)
        expect((bytes[i] ?? 0) & (mask[i] ?? 0)).toBe((random[i] ?? 0) & (mask[i] ?? 0));
    }),
  );
  expect(guid(new Uint8Array(16))).toBe('00000000-0000-4000-8000-000000000000');
});
