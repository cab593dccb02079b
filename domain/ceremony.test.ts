import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Binding,
  bindingBytes,
  CEREMONY_TIMEOUT_MS,
  type CeremonyPurpose,
  CHALLENGE_LIFETIME_MS,
  ceremonyPurposes,
  challengeHeader,
  MAC_BYTES,
  NONCE_BYTES,
  readChallenge,
  TICKET_BYTES,
} from './ceremony.ts';

const purposes = Object.keys(ceremonyPurposes) as CeremonyPurpose[];
/** All that six bytes of milliseconds hold and a Date can be. */
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map((ms) => new Date(ms));
const challenge = fc.record({
  purpose: fc.constantFrom(...purposes),
  issuedAt: time,
  expiresAt: time,
  nonce: fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES }),
  ticket: fc.option(fc.uint8Array({ minLength: TICKET_BYTES, maxLength: TICKET_BYTES })),
});
const mac = fc.uint8Array({ minLength: MAC_BYTES, maxLength: MAC_BYTES });

describe('the layout of a challenge', () => {
  test('gives back exactly what was written', () => {
    fc.assert(
      fc.property(challenge, mac, (written, seal) => {
        const header = challengeHeader(written);
        const read = readChallenge(Uint8Array.from([...header, ...seal]));
        expect(read?.challenge).toEqual({
          ...written,
          nonce: Uint8Array.from(written.nonce),
          ticket: written.ticket && Uint8Array.from(written.ticket),
        });
        expect(read?.header).toEqual(header);
        expect(read?.mac).toEqual(Uint8Array.from(seal));
      }),
    );
  });

  test('reads a challenge that lies inside a larger buffer', () => {
    fc.assert(
      fc.property(challenge, fc.integer({ min: 1, max: 9 }), (written, offset) => {
        const large = new Uint8Array(96 + offset);
        const header = challengeHeader(written);
        large.set(header, offset);
        expect(
          readChallenge(large.subarray(offset, offset + header.length + MAC_BYTES))?.challenge.issuedAt,
        ).toEqual(written.issuedAt);
      }),
    );
  });

  test('two challenges that differ in anything differ in their header', () => {
    const text = (value: object) => JSON.stringify(value);
    fc.assert(
      fc.property(challenge, challenge, (one, other) => {
        const same = Buffer.compare(challengeHeader(one), challengeHeader(other)) === 0;
        expect(same).toBe(
          text({ ...one, nonce: [...one.nonce], ticket: one.ticket && [...one.ticket] }) ===
            text({ ...other, nonce: [...other.nonce], ticket: other.ticket && [...other.ticket] }),
        );
      }),
    );
  });

  test('garbage of any length is no challenge and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = readChallenge(bytes);
        const possible =
          ((bytes.length === 62 && bytes[0] === 1) || (bytes.length === 78 && bytes[0] === 2)) &&
          purposes.some((name) => ceremonyPurposes[name] === bytes[1]);
        expect(read !== null).toBe(possible);
      }),
    );
  });

  test('another version, an unknown purpose, one byte more or less is no challenge', () => {
    const header = challengeHeader({
      purpose: 'hello',
      issuedAt: new Date(1),
      expiresAt: new Date(2),
      nonce: new Uint8Array(16),
      ticket: null,
    });
    const sealed = Uint8Array.from([...header, ...new Uint8Array(32)]);
    expect(readChallenge(sealed)).not.toBeNull();
    expect(readChallenge(sealed.with(0, 2))).toBeNull();
    expect(readChallenge(sealed.with(0, 0))).toBeNull();
    expect(readChallenge(sealed.with(1, 0))).toBeNull();
    expect(readChallenge(sealed.with(1, 99))).toBeNull();
    expect(readChallenge(sealed.slice(1))).toBeNull();
    expect(readChallenge(Uint8Array.from([...sealed, 0]))).toBeNull();
    const longer = Uint8Array.from([...sealed, ...new Uint8Array(16)]);
    expect(readChallenge(longer)).toBeNull();
    expect(readChallenge(longer.with(0, 2))).not.toBeNull();
    expect(readChallenge(longer.with(0, 3))).toBeNull();
  });
});

test('no two purposes share a number on the wire', () => {
  expect(new Set(Object.values(ceremonyPurposes)).size).toBe(purposes.length);
});

test('a challenge lives as long as WebAuthn recommends, and the browser gives up before it does', () => {
  expect(CHALLENGE_LIFETIME_MS).toBeGreaterThanOrEqual(300_000);
  expect(CHALLENGE_LIFETIME_MS).toBeLessThanOrEqual(600_000);
  expect(CEREMONY_TIMEOUT_MS).toBeLessThan(CHALLENGE_LIFETIME_MS);
});

describe('the bytes of a binding', () => {
  /** Text that likes to look like our own encoding. */
  const field = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.stringMatching(/^[-|:0-9]{0,6}$/),
    fc.constantFrom('-', '', '0:', '1:a|-'),
  );
  const binding: fc.Arbitrary<Binding> = fc.record({
    browser: field,
    sessionId: fc.option(field, { nil: undefined }),
    userId: fc.option(field, { nil: undefined }),
    deviceId: fc.option(field, { nil: undefined }),
    passwordHash: fc.option(field, { nil: undefined }),
    totpId: fc.option(field, { nil: undefined }),
    containerId: fc.option(field, { nil: undefined }),
  });
  const parts = (of: Binding) => [
    of.browser,
    of.sessionId,
    of.userId,
    of.deviceId,
    of.passwordHash,
    of.totpId,
    of.containerId,
  ];

  test('are the same for two bindings only if every part is the same', () => {
    fc.assert(
      fc.property(binding, binding, (one, other) => {
        const same = Buffer.compare(bindingBytes(one), bindingBytes(other)) === 0;
        expect(same).toBe(parts(one).every((part, index) => part === parts(other)[index]));
      }),
      { numRuns: 2000 },
    );
  });

  test('tell an absent part from an empty one, and a part from its neighbour', () => {
    const bytes = (of: Binding) => Buffer.from(bindingBytes(of)).toString();
    expect(bytes({ browser: 'b' })).not.toBe(bytes({ browser: 'b', sessionId: '' }));
    expect(bytes({ browser: 'b', sessionId: 'x' })).not.toBe(bytes({ browser: 'b', userId: 'x' }));
    expect(bytes({ browser: 'b', userId: 'x' })).not.toBe(bytes({ browser: 'b', deviceId: 'x' }));
    expect(bytes({ browser: 'b', sessionId: undefined })).toBe(bytes({ browser: 'b' }));
  });
});
