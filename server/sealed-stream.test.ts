import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemRandom } from './runtime.ts';
import { NotAsSealed, sealStream, unsealStream } from './sealed-stream.ts';

const key = Buffer.alloc(32, 7);
const CHUNK = 64 * 1024;
const SEALED_CHUNK = CHUNK + 16;

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
const sealed = (bytes: Uint8Array, piece = 10_000) => whole(sealStream(key, inPieces(bytes, piece)));
const opened = (bytes: Uint8Array, piece = 10_000) => whole(unsealStream(key, inPieces(bytes, piece)));

describe('a sealed stream', () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])(
    'of %i bytes opens as it was, however it is cut on its way',
    async (length) => {
      const bytes = Buffer.from(systemRandom.bytes(length));
      const outcomes = await Promise.all([1 << 20, 7001, CHUNK].map((piece) => sealed(bytes, piece)));
      expect(new Set(outcomes.map((outcome) => outcome.toString('hex'))).size).toBe(1);
      const [one = Buffer.of()] = outcomes;
      for (const piece of [1 << 20, 7001, SEALED_CHUNK])
        expect((await opened(one, piece)).equals(bytes)).toBe(true);
    },
  );

  test('does not open with any bit of it changed', async () => {
    const one = await sealed(Buffer.from(systemRandom.bytes(CHUNK + 100)));
    await fc.assert(
      fc.asyncProperty(fc.nat(one.length - 1), fc.nat(7), async (at, bit) => {
        const changed = Buffer.from(one);
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
        await expect(opened(changed)).rejects.toThrow(NotAsSealed);
      }),
      { numRuns: 60 },
    );
  });

  test('does not open cut anywhere, and between two chunks neither', async () => {
    const one = await sealed(Buffer.from(systemRandom.bytes(2 * CHUNK + 100)));
    for (const end of [0, 1, 15, 16, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1, 2 * SEALED_CHUNK])
      await expect(opened(one.subarray(0, end))).rejects.toThrow(NotAsSealed);
    await expect(opened(one.subarray(0, -1))).rejects.toThrow(NotAsSealed);
  });

  test('does not open with chunks swapped, repeated, left out or added', async () => {
    const one = await sealed(Buffer.from(systemRandom.bytes(3 * CHUNK + 100)));
    const [a, b, c, end] = [0, 1, 2, 3].map((n) => one.subarray(n * SEALED_CHUNK, (n + 1) * SEALED_CHUNK));
    const other = await sealed(Buffer.from(systemRandom.bytes(5)));
    for (const parts of [
      [b, a, c, end],
      [a, a, b, c, end],
      [a, c, end],
      [a, b, c, end, end],
      [a, b, c, end, Buffer.from('x')],
      [a, b, c, other],
    ])
      await expect(opened(Buffer.concat(parts as Buffer[]))).rejects.toThrow(NotAsSealed);
    expect((await opened(Buffer.concat([a, b, c, end] as Buffer[]))).length).toBe(3 * CHUNK + 100);
  });

  test('does not open under another key', async () => {
    const one = await sealed(Buffer.from('secret'));
    await expect(whole(unsealStream(Buffer.alloc(32, 8), inPieces(one, 9)))).rejects.toThrow(NotAsSealed);
  });
});
