import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { type Container, HISTORY_MAX, MOST, readContainer, type Upgrades, upgraded } from './format.ts';
import { seeded } from './testing.ts';

const random = seeded(21);
const bytes = (count: number) => toBase64Url(random(count));

const pin = (id: string) =>
  ({
    kind: 'pin',
    id,
    publicKey: bytes(32),
    salt: bytes(16),
    argon2: { m: 9_216, t: 4, p: 1 },
    sealed: bytes(60),
  }) as const;
const prf = (id: string) =>
  ({ kind: 'prf', id, credentialId: bytes(32), salt: bytes(32), sealed: bytes(60) }) as const;
const reset = (id: string) =>
  ({
    kind: 'pin-reset',
    id,
    keyId: 'service-1',
    encapsulation: bytes(65),
    ciphertext: bytes(48),
    sealed: bytes(60),
  }) as const;
const key = () => ({
  credentialId: bytes(32),
  relyingParty: 'latchkey.example',
  publicKey: bytes(91),
  counter: 0,
  sealed: bytes(166),
});

let container: Container;
beforeAll(() => {
  container = {
    version: 1,
    id: 'container-1',
    tenant: 'tenant-1',
    userHandle: 'dXNlcg',
    device: 'device-1',
    createdAt: '2026-03-01T10:00:00.000Z',
    keys: [key()],
    protectors: [pin('pin-1'), prf('prf-1'), reset('reset-1')],
    history: { publicKey: bytes(32), salt: bytes(16), argon2: { m: 9_216, t: 4, p: 1 }, sealed: null },
  };
});

const many = <T>(count: number, make: (id: string) => T) =>
  Array.from({ length: count }, (_, at) => make(`id-${at}`));
const withPins = (...more: readonly object[]) => ({ ...container, protectors: [pin('pin-1'), ...more] });

describe('reading a container', () => {
  test('what was written is read again, and what does not belong there is left out', () => {
    expect(readContainer(structuredClone(container))).toEqual(container);
    expect(readContainer({ ...container, stray: true, keys: [{ ...container.keys[0], stray: 1 }] })).toEqual(
      container,
    );
  });

  test('a newer version is left alone, and what is no version is damaged', () => {
    expect(readContainer({ ...container, version: 2 })).toBe('newer_version');
    expect(readContainer({ version: 3 })).toBe('newer_version');
    for (const version of [0, -1, 1.5, '1', null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(readContainer({ ...container, version }), String(version)).toBe('damaged');
  });

  test('an older version becomes a newer one step by step, and none is skipped', () => {
    const steps: Upgrades = {
      1: ({ name }) => ({ title: name }),
      2: ({ title }) => ({ titles: [title] }),
    };
    expect(upgraded({ version: 1, name: 'a' }, steps, 3)).toEqual({ version: 3, titles: ['a'] });
    expect(upgraded({ version: 2, title: 'a' }, steps, 3)).toEqual({ version: 3, titles: ['a'] });
    expect(upgraded({ version: 3, titles: [] }, steps, 3)).toEqual({ version: 3, titles: [] });
    expect(upgraded({ version: 4 }, steps, 3)).toBe('newer_version');
    expect(upgraded({ version: 0 }, steps, 3)).toBeNull();
  });

  test('anything else is damaged and throws nothing', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(readContainer(value)).toBe('damaged');
      }),
      { numRuns: 200 },
    );
  });

  test('a member that is missing or something else is damaged, whichever it is', () => {
    const paths = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
      typeof value !== 'object' || value === null
        ? [path]
        : [
            ...(path.length > 0 ? [path] : []),
            ...Object.entries(value).flatMap(([name, one]) => paths(one, [...path, name])),
          ];
    const all = paths(container);
    const places = fc.constantFrom(...all);
    const others = fc.oneof(
      fc.constant(undefined),
      fc.constant(true),
      fc.constant('!'),
      fc.constant({}),
      fc.constant(-1),
    );
    fc.assert(
      fc.property(places, others, (path, other) => {
        const copy = structuredClone(container) as unknown as Record<string, unknown>;
        const parent = path.slice(0, -1).reduce((one, name) => one[name] as Record<string, unknown>, copy);
        const last = path.at(-1) ?? '';
        // An ID may be any short text.
        fc.pre(!(other === '!' && ['id', 'tenant', 'userHandle', 'device', 'keyId'].includes(last)));
        parent[last] = other;
        expect(readContainer(copy), path.join('.')).toBe('damaged');
      }),
      { numRuns: 400 },
    );
    expect(all.length).toBeGreaterThan(35);
  });

  test('a container has a key and a PIN, and nothing more often than any flow makes it', () => {
    expect(readContainer({ ...container, keys: [] })).toBe('damaged');
    expect(readContainer({ ...container, protectors: [prf('prf-1')] })).toBe('damaged');
    expect(readContainer({ ...container, protectors: [] })).toBe('damaged');
    expect(readContainer({ ...container, keys: many(MOST.keys, key) })).not.toBe('damaged');
    expect(readContainer({ ...container, keys: many(MOST.keys + 1, key) })).toBe('damaged');
    expect(readContainer(withPins(pin('pin-2')))).not.toBe('damaged');
    expect(readContainer(withPins(pin('pin-2'), pin('pin-3')))).toBe('damaged');
    expect(readContainer(withPins(...many(MOST.prf, prf)))).not.toBe('damaged');
    expect(readContainer(withPins(...many(MOST.prf + 1, prf)))).toBe('damaged');
    expect(readContainer(withPins(...many(MOST['pin-reset'] + 1, reset)))).toBe('damaged');
  });

  test('two keys or two protectors of one ID are damaged', () => {
    expect(readContainer(withPins(prf('pin-1')))).toBe('damaged');
    expect(readContainer({ ...container, keys: [container.keys[0], container.keys[0]] })).toBe('damaged');
  });

  test('sizes have bounds', () => {
    const history = (count: number) => ({
      ...container,
      history: { ...container.history, sealed: bytes(28 + 32 * count) },
    });
    expect(readContainer(history(1))).not.toBe('damaged');
    expect(readContainer(history(HISTORY_MAX))).not.toBe('damaged');
    expect(readContainer(history(HISTORY_MAX + 1))).toBe('damaged');
    expect(readContainer({ ...container, keys: [{ ...key(), sealed: bytes(513) }] })).toBe('damaged');
    expect(readContainer({ ...container, id: 'x'.repeat(129) })).toBe('damaged');
    expect(readContainer(withPins({ ...prf('prf-1'), sealed: bytes(59) }))).toBe('damaged');
  });

  test('a cost that would hang the tab, or is below the floor, is damaged', () => {
    for (const argon2 of [
      { m: 4_000_000, t: 2, p: 1 },
      { m: 19_456, t: 1_000_000, p: 1 },
      { m: 64, t: 1, p: 1 },
      { m: 19_456, t: 2, p: 64 },
    ]) {
      expect(readContainer({ ...container, protectors: [{ ...pin('pin-1'), argon2 }] })).toBe('damaged');
      expect(readContainer({ ...container, history: { ...container.history, argon2 } })).toBe('damaged');
    }
  });
});
