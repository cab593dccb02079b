import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  keyPairFrom,
  openAnswer,
  openResetSecret,
  type ProtectorPlace,
  protectorDigest,
  publicKeyThumbprint,
  sealAnswer,
  sealResetSecret,
} from './pin-reset-protector.ts';

const place: ProtectorPlace = { tenant: 't', userHandle: 'u', device: 'd', container: 'c' };
const secret = new Uint8Array(32).fill(7);
const seed = (byte: number) => new Uint8Array(32).fill(byte);
const service = await keyPairFrom(seed(1));
const sealed = await sealResetSecret(secret, service.publicKey, place, seed(2));
if (sealed === null) throw new Error('not sealed');

describe('the PIN reset protector', () => {
  test('opens for its place with its key, and nothing that was handed in is changed', async () => {
    expect(await openResetSecret(service, sealed, place)).toEqual(secret);
    expect(secret).toEqual(new Uint8Array(32).fill(7));
    expect(await openResetSecret(await keyPairFrom(seed(3)), sealed, place)).toBeNull();
  });

  test('a seed gives the same key always, another seed another one, and the thumbprint names it', async () => {
    expect((await keyPairFrom(seed(1))).publicKey).toBe(service.publicKey);
    expect((await keyPairFrom(seed(2))).publicKey).not.toBe(service.publicKey);
    expect(publicKeyThumbprint(service.publicKey)).toBe(service.thumbprint);
  });

  test('stays closed for every other place, also where the parts run into one another', async () => {
    const parts = fc.record({
      tenant: fc.constantFrom('t', 'tu', ''),
      userHandle: fc.constantFrom('u', 'ud', '', 'tu'),
      device: fc.constantFrom('d', 'dc', '', 'c'),
      container: fc.constantFrom('c', '', 'uc'),
    });
    await fc.assert(
      fc.asyncProperty(parts, async (other) => {
        const same = JSON.stringify(other) === JSON.stringify(place);
        expect((await openResetSecret(service, sealed, other)) !== null).toBe(same);
      }),
      { numRuns: 40 },
    );
  });

  test('one changed bit anywhere keeps it closed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('encapsulation' as const, 'ciphertext' as const),
        fc.nat(),
        fc.nat(7),
        async (part, at, bit) => {
          const bytes = Uint8Array.from(
            atob(sealed[part].replaceAll('-', '+').replaceAll('_', '/')),
            (letter) => letter.charCodeAt(0),
          );
          const index = at % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
          const text = btoa(String.fromCharCode(...bytes))
            .replaceAll('+', '-')
            .replaceAll('/', '_')
            .replaceAll('=', '');
          const changed = { ...sealed, [part]: text };
          expect(await openResetSecret(service, changed, place)).toBeNull();
          expect(protectorDigest(changed)).not.toBe(protectorDigest(sealed));
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each(['', 'A', 'A'.repeat(87), service.publicKey.slice(0, -1), `${service.publicKey}A`])(
    'is not made for a key that is none: %s',
    async (publicKey) => {
      expect(await sealResetSecret(secret, publicKey, place, seed(2))).toBeNull();
    },
  );

  test('a secret of another length is not sealed', async () => {
    expect(await sealResetSecret(secret.subarray(1), service.publicKey, place, seed(2))).toBeNull();
  });

  test('an answer is no protector, and a protector no answer', async () => {
    const answer = await sealAnswer(secret, service.publicKey, 'a.b.c', seed(4));
    if (answer === null) throw new Error('not sealed');
    expect(await openAnswer(service, answer, 'a.b.c')).toEqual(secret);
    expect(await openAnswer(service, answer, 'a.b.d')).toBeNull();
    expect(await openResetSecret(service, answer, place)).toBeNull();
    expect(await openAnswer(service, sealed, 'a.b.c')).toBeNull();
  });
});
