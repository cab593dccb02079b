import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOGO_MAX_BYTES, readLogo } from './logo.ts';

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
/** One pixel each, as any program writes them. */
const PNG = bytes(
  '89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c' +
    '49444154789c63e00e4d0300013500c792cf2f260000000049454e44ae426082',
);
const JPEG = bytes(
  'ffd8ffe000104a46494600010100000100010000ffc0000b080001000201011100ffda0008010100003f00d2cfffd9',
);
const text = (words: string) => new TextEncoder().encode(words);

describe('a logo', () => {
  test('is a PNG or a JPEG by its own bytes', () => {
    expect(readLogo(PNG)).toEqual({ type: 'image/png', width: 1, height: 1 });
    expect(readLogo(JPEG)).toEqual({ type: 'image/jpeg', width: 2, height: 1 });
  });

  test.each([
    ['an SVG', text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['a GIF', text('GIF89a\u0001\u0000\u0001\u0000')],
    ['HTML', text('<!doctype html>')],
    ['nothing', new Uint8Array()],
    ['a PNG with more after its end', Uint8Array.from([...PNG, ...text('<script>')])],
    ['a PNG that is cut off', PNG.slice(0, -12)],
    ['a JPEG with more after its end', Uint8Array.from([...JPEG, 0])],
    ['a JPEG without a frame', bytes('ffd8ffe000104a46494600010100000100010000ffd9')],
    ['a PNG that is too large', Uint8Array.from({ length: LOGO_MAX_BYTES + 1 }, (_, at) => PNG[at] ?? 0)],
    ['a PNG of no size', Uint8Array.from(PNG, (byte, at) => (at >= 16 && at < 20 ? 0 : byte))],
  ])('is not %s', (_, content) => {
    expect(readLogo(content)).toBeNull();
  });

  test('anything at all is judged, and nothing is believed to be larger than it is', () => {
    const begins = fc.constantFrom(PNG.slice(0, 33), JPEG.slice(0, 4), new Uint8Array());
    fc.assert(
      fc.property(begins, fc.uint8Array({ maxLength: 200 }), (head, rest) => {
        const kind = readLogo(Uint8Array.from([...head, ...rest]));
        expect(kind === null || kind.width <= 2000).toBe(true);
      }),
    );
  });
});
