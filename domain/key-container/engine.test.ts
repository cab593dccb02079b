import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { joinBytes, toHex } from '../attestation/bytes.ts';
import { isUnreadable, readRegistration } from '../attestation/statement.ts';
import { fromBase64Url, toBase64Url } from '../base64url.ts';
import { blind, finalize } from '../oprf.ts';
import { authenticationResponse, registrationResponse } from '../wire.ts';
import { keyAad } from './aad.ts';
import { SOFTWARE_KEY_AAGUID } from './aaguid.ts';
import { ARGON2_DEFAULT, isBearable, stretch } from './argon2.ts';
import { addProtector, keepPin, keyOf, removeProtector, sign, type Unlocked, unlock } from './engine.ts';
import { type Container, type Protector, readContainer } from './format.ts';
import { finishHistory, forgetHistory, rememberTags, startHistory, usedBefore } from './history.ts';
import { finishPin, newPinFacts, startPin } from './pin-protector.ts';
import { newPrfFacts, prfWrappingKey } from './prf-protector.ts';
import { createKey } from './registration.ts';
import { newResetSecret, resetWrappingKey } from './reset-protector.ts';
import { open } from './seal.ts';
import {
  aHouse,
  answerWith,
  aServerKey,
  type House,
  ids,
  ORIGIN,
  PIN,
  pinOf,
  publicKeyOf,
  seeded,
  trusted,
  wrappingKeyFor,
} from './testing.ts';
import { wrappingKeyOf } from './wrapping-key.ts';

const bytesOf = (text: string) => fromBase64Url(text) ?? new Uint8Array();
const request = (challenge = 'Z2V0') => ({ challenge, rpId: 'latchkey.example' });
const opened = (answer: Unlocked | 'wrong'): Unlocked => {
  if (answer === 'wrong') throw new Error('the container did not open');
  return answer;
};
const done = <T extends object>(answer: T | string): T => {
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
};

let house: House;
let stranger: House;
/** The house with every kind of protector and a history, and what opens each. */
let full: Container;
const prfOutput = () => new Uint8Array(32).fill(7);
const resetSecret = () => new Uint8Array(32).fill(9);

beforeAll(async () => {
  house = await aHouse();
  stranger = await aHouse({ ...ids, id: 'another-container', userHandle: 'c29tZWJvZHktZWxzZQ' }, 2);
  const { container, unlocked, random } = house;
  const prf = newPrfFacts({ id: 'prf-1', credentialId: toBase64Url(random(32)) }, random);
  const reset = {
    kind: 'pin-reset',
    id: 'reset-1',
    keyId: 'service-key-1',
    encapsulation: toBase64Url(random(65)),
    ciphertext: toBase64Url(random(48)),
  } as const;
  const withPrf = await addProtector(
    container,
    unlocked,
    prf,
    prfWrappingKey(container, prf, prfOutput()),
    random,
  );
  const withReset = await addProtector(
    withPrf,
    unlocked,
    reset,
    resetWrappingKey(container, reset, resetSecret()),
    random,
  );
  full = done(await rememberTags(withReset, unlocked, [random(32)], 3, random));
});

/** What opens a protector of `full`, computed for the container as it is given. */
function wrappingKeyOfFull(container: Container, protector: Protector): Uint8Array {
  if (protector.kind === 'pin') return house.wrappingKey();
  return protector.kind === 'prf'
    ? prfWrappingKey(container, protector, prfOutput())
    : resetWrappingKey(container, protector, resetSecret());
}

describe('a new container', () => {
  test('is what can be kept and read again', () => {
    expect(readContainer(structuredClone(full))).toEqual(full);
    expect(readContainer(JSON.parse(JSON.stringify(full)))).toEqual(full);
    expect(readContainer(house.container)).toEqual(house.container);
  });

  test('answers a registration with a software key: attestation none, AAGUID of its own, UP and UV, not backed up', async () => {
    const { container, unlocked } = house;
    const options = { challenge: 'Y3JlYXRl', rp: { id: 'latchkey.example' }, user: { id: ids.userHandle } };
    const { response, container: next } = done(
      await createKey(container, unlocked, options, ORIGIN, seeded(5)),
    );
    expect(registrationResponse.parse(response)).toEqual(response);
    expect(response.authenticatorAttachment).toBe('platform');
    expect(response.response.transports).toEqual(['internal']);
    const read = readRegistration(
      bytesOf(response.response.attestationObject),
      bytesOf(response.response.clientDataJSON),
    );
    if (isUnreadable(read)) throw new Error(read.unreadable);
    const { authData, clientData, format, statement } = read;
    expect([format, statement]).toEqual(['none', { format: 'none' }]);
    expect(clientData).toMatchObject({ type: 'webauthn.create', origin: ORIGIN });
    expect(toBase64Url(clientData.challenge)).toBe('Y3JlYXRl');
    expect(authData.aaguid).toBe(SOFTWARE_KEY_AAGUID);
    expect(SOFTWARE_KEY_AAGUID).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(authData.flags).toEqual({
      userPresent: true,
      userVerified: true,
      backupEligible: false,
      backedUp: false,
      attestedCredential: true,
      extensions: false,
    });
    expect(authData.trailing).toBe(0);
    const kept = next.keys.at(-1);
    expect(kept?.credentialId).toBe(response.id);
    expect(toBase64Url(authData.credentialId)).toBe(response.id);
    // It holds its new key beside the other.
    expect(next.keys).toHaveLength(2);
    const other = { ...options, user: { id: stranger.container.userHandle } };
    expect(await createKey(container, unlocked, other, ORIGIN, seeded(5))).toBe('other_person');
    await expect(
      createKey(container, unlocked, { ...options, rp: { id: 'example.org' } }, ORIGIN, seeded(5)),
    ).rejects.toThrow();
  });

  test('holds nothing in clear: neither PIN, authentication key nor private key', async () => {
    const [key] = full.keys;
    const pkcs8 = await open(
      house.unlocked.authenticationKey,
      key?.sealed ?? '',
      keyAad(full, key as NonNullable<typeof key>),
    );
    const everything = JSON.stringify(full);
    for (const secret of [
      house.unlocked.authenticationKey,
      house.wrappingKey(),
      pkcs8?.slice(36, 68) ?? new Uint8Array(),
      new TextEncoder().encode(PIN),
    ]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(everything).not.toContain(toBase64Url(secret));
      expect(everything).not.toContain(toHex(secret));
    }
    expect(everything).not.toContain(PIN);
  });
});

describe('unlock and sign', () => {
  test('the PIN opens, and every assertion verifies and counts', async () => {
    let { container } = house;
    const facts = pinOf(container, house.pinKey.id);
    const wrappingKey = trusted(await wrappingKeyFor(container, facts, PIN, house.pinKey, seeded(11)));
    const unlocked = opened(await unlock(container, facts.id, wrappingKey));
    expect(wrappingKey.every((byte) => byte === 0)).toBe(true);
    const spki = bytesOf(container.keys[0]?.publicKey ?? '');
    for (const counter of [1, 2, 3]) {
      const signed = done(await sign(container, unlocked, request(`Z2V0${counter}abc`), ORIGIN));
      container = signed.container;
      const { response } = signed.response;
      expect(authenticationResponse.parse(signed.response)).toEqual(signed.response);
      expect(response.userHandle).toBe(ids.userHandle);
      const authData = bytesOf(response.authenticatorData);
      expect(toHex(authData)).toBe(
        `${toHex(sha256(new TextEncoder().encode('latchkey.example')))}050000000${counter}`,
      );
      expect(container.keys[0]?.counter).toBe(counter);
      expect(JSON.parse(new TextDecoder().decode(bytesOf(response.clientDataJSON)))).toEqual({
        type: 'webauthn.get',
        challenge: `Z2V0${counter}abc`,
        origin: ORIGIN,
        crossOrigin: false,
      });
      const message = joinBytes(authData, sha256(bytesOf(response.clientDataJSON)));
      const valid = p256.verify(bytesOf(response.signature), message, spki.slice(26), {
        format: 'der',
        lowS: false,
      });
      expect(valid).toBe(true);
    }
  });

  test('a wrong PIN opens nothing', async () => {
    const facts = pinOf(house.container, house.pinKey.id);
    const wrong = trusted(
      await wrappingKeyFor(house.container, facts, 'lantern5moss', house.pinKey, seeded(12)),
    );
    expect(await unlock(house.container, facts.id, wrong)).toBe('wrong');
  });

  test('a server that answers with another key is refused before anything is tried', async () => {
    const { random, container, pinKey } = house;
    const facts = pinOf(container, pinKey.id);
    const liar = aServerKey(pinKey.id, random);
    expect(await wrappingKeyFor(container, facts, PIN, liar, random)).toBe('untrusted_server');
    const boasting = { ...liar, key: { ...liar.key, publicKey: pinKey.key.publicKey } };
    expect(await wrappingKeyFor(container, facts, PIN, boasting, random)).toBe('untrusted_server');
  });

  test('a protector by PRF and one of the PIN reset service open the same key', async () => {
    for (const protector of full.protectors) {
      const unlocked = opened(await unlock(full, protector.id, wrappingKeyOfFull(full, protector)));
      const { response } = done(await sign(full, unlocked, request(), ORIGIN));
      expect(response.id).toBe(full.keys[0]?.credentialId);
    }
    expect(newResetSecret(seeded(1))).toHaveLength(32);
  });

  test('a PRF protector opens by its own passkey, salt and container alone', async () => {
    const { container, unlocked, random } = house;
    const prf = full.protectors.find((each) => each.kind === 'prf');
    if (prf?.kind !== 'prf') throw new Error('there is no PRF protector');
    const at = (changed: Partial<typeof prf>, output = prfOutput()) => {
      const facts = { ...prf, ...changed };
      const swapped = { ...full, protectors: full.protectors.map((each) => (each === prf ? facts : each)) };
      return unlock(swapped, facts.id, prfWrappingKey(swapped, facts, output));
    };
    expect(await at({})).not.toBe('wrong');
    expect(await at({}, new Uint8Array(32).fill(8))).toBe('wrong');
    expect(await at({ credentialId: toBase64Url(random(32)) })).toBe('wrong');
    expect(await at({ salt: toBase64Url(random(32)) })).toBe('wrong');
    expect(await at({ id: 'prf-2' })).toBe('wrong');
    // Moved to a container of somebody else, it does not open that one.
    const moved = { ...stranger.container, protectors: [...stranger.container.protectors, prf] };
    expect(await unlock(moved, prf.id, prfWrappingKey(moved, prf, prfOutput()))).toBe('wrong');
    // Each has a salt of its own, and none has half an output.
    const salts = new Set([1, 2, 3].map((seed) => newPrfFacts(prf, seeded(seed)).salt));
    expect(salts.size).toBe(3);
    expect(() => prfWrappingKey(full, prf, new Uint8Array(16))).toThrow('32 bytes');
    // No passkey stands for a PIN: a container with nothing but one is damaged, and is never made.
    expect(readContainer({ ...full, protectors: [prf] })).toBe('damaged');
    expect(() => removeProtector({ ...full, protectors: [prf] }, 'none')).toThrow('always has a PIN');
    const bare = { ...full, protectors: [...container.protectors, { ...prf, salt: '' }] };
    expect(readContainer(bare)).toBe('damaged');
    expect(unlocked.container).toBe(full.id);
  });

  test('after the lock its key is zeros and nothing can be done with it', async () => {
    const unlocked = opened(await unlock(full, house.pinKey.id, house.wrappingKey()));
    const key = unlocked.authenticationKey;
    unlocked.lock();
    unlocked.lock();
    expect(key.every((byte) => byte === 0)).toBe(true);
    await expect(sign(full, unlocked, request(), ORIGIN)).rejects.toThrow('locked');
    expect(() => keyOf(house.unlocked, stranger.container)).toThrow('another container');
  });

  test('what is dropped is overwritten: an attempt, a PRF output, a secret', async () => {
    const facts = pinOf(full, house.pinKey.id);
    const attempt = await startPin(facts, PIN, seeded(3));
    const { elements, proof } = answerWith(house.pinKey, [attempt.element], seeded(4));
    finishPin(full, facts, attempt, { element: elements[0] ?? '', proof });
    const [output, secret] = [prfOutput(), resetSecret()];
    for (const protector of full.protectors) {
      if (protector.kind === 'prf') prfWrappingKey(full, protector, output);
      if (protector.kind === 'pin-reset') resetWrappingKey(full, protector, secret);
    }
    for (const array of [attempt.blinded.blind, attempt.blinded.input, output, secret])
      expect(array.every((byte) => byte === 0)).toBe(true);
  });

  test('only keys that are asked for answer, and only to pages of their relying party', async () => {
    const { container, unlocked } = house;
    const id = container.keys[0]?.credentialId ?? '';
    const asked = async (more: object, origin = ORIGIN) => {
      const answer = await sign(container, unlocked, { ...request(), ...more }, origin);
      return typeof answer === 'string' ? answer : answer.response.id;
    };
    expect(await asked({ allowCredentials: [{ id: 'b3RoZXI' }, { id }] })).toBe(id);
    expect(await asked({ allowCredentials: [{ id: 'b3RoZXI' }] })).toBe('no_key');
    expect(await asked({ rpId: 'example' })).toBe('no_key');
    expect(await asked({ rpId: undefined })).toBe(id);
    expect(await asked({}, 'https://app.latchkey.example:8443')).toBe(id);
    expect(await asked({}, 'https://evil-latchkey.example')).toBe('no_key');
    expect(await asked({}, 'https://latchkey.example.org')).toBe('no_key');
  });
});

describe('whatever somebody changed', () => {
  /** Opens a protector and signs, as far as it goes. */
  async function attempted(container: Container, protectorId: string, wrappingKey: Uint8Array) {
    const unlocked = await unlock(container, protectorId, wrappingKey);
    if (unlocked === 'wrong') return 'wrong';
    const signed = await sign(container, unlocked, request(), ORIGIN);
    return typeof signed === 'string' ? signed : 'signed';
  }

  /** Every text of a container, but those that nothing binds or that would only make a new place for it. */
  function texts(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
    if (typeof value === 'string') return [path];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, one]) => texts(one, [...path, name]));
  }
  const textAt = (container: Container, path: readonly (string | number)[]): string =>
    path.reduce((value: unknown, name) => (value as Record<string, unknown>)[name], container) as string;
  function withText(container: Container, path: readonly (string | number)[], text: string): Container {
    const copy = structuredClone(container) as unknown as Record<string, unknown>;
    const last = path.at(-1) ?? '';
    const parent = path
      .slice(0, -1)
      .reduce((value, name) => value[name] as Record<string, unknown>, copy) as Record<string, unknown>;
    parent[last] = text;
    return copy as unknown as Container;
  }

  /** Whether what opened before still opens, signs, and knows its history. */
  async function whole(changed: Container): Promise<boolean> {
    if (readContainer(changed) === 'damaged') return false;
    for (const [at, protector] of full.protectors.entries()) {
      const now = changed.protectors[at] ?? protector;
      const wrappingKey =
        now.kind === 'pin' ? house.wrappingKey() : wrappingKeyOfFull(changed, now as Protector);
      const unlocked = await unlock(changed, now.id, wrappingKey);
      if (unlocked === 'wrong') return false;
      const signed = await sign(changed, unlocked, { challenge: 'Z2V0' }, ORIGIN);
      if (typeof signed === 'string') return false;
      if ((await usedBefore(changed, unlocked, new Uint8Array(32), 3)) === 'damaged') return false;
    }
    return true;
  }

  test('one bit anywhere in a ciphertext, an ID or a fact beside it refuses', async () => {
    expect(await whole(full)).toBe(true);
    const places = texts(full);
    expect(places.length).toBeGreaterThan(25);
    const flips = fc.record({ at: fc.nat(), bit: fc.nat(7) });
    for (const place of places) {
      const text = textAt(full, place);
      // What is base64url is changed in its bytes, all else in its letters.
      const isBytes = !text.includes('-') && (fromBase64Url(text)?.length ?? 0) >= 12;
      await fc.assert(
        fc.asyncProperty(flips, async ({ at, bit }) => {
          const bytes = isBytes ? bytesOf(text) : new TextEncoder().encode(text);
          const bits = isBytes ? 8 : 7;
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (bit % bits));
          const changed = isBytes ? toBase64Url(bytes) : new TextDecoder().decode(bytes);
          expect(await whole(withText(full, place, changed)), `${place.join('.')}: ${changed}`).toBe(false);
        }),
        { numRuns: 12 },
      );
    }
  });

  test('each cost of argon2id is bound, too', async () => {
    for (const cost of [
      { m: 12_288, t: 3, p: 1 },
      { ...ARGON2_DEFAULT, p: 2 },
    ]) {
      const protectors = full.protectors.map((one) => (one.kind === 'pin' ? { ...one, argon2: cost } : one));
      expect(await whole({ ...full, protectors })).toBe(false);
      expect(await whole({ ...full, history: { ...full.history, argon2: cost } })).toBe(false);
    }
  });

  test('no protector, key or history can be moved to another container, person or device', async () => {
    const theirs = stranger.container;
    const mine = house.container;
    const moved: readonly Container[] = [
      { ...theirs, protectors: mine.protectors },
      { ...theirs, protectors: mine.protectors, keys: mine.keys },
      { ...mine, id: theirs.id },
      { ...mine, userHandle: theirs.userHandle },
      { ...mine, tenant: 'another-tenant' },
      { ...mine, device: 'another-device' },
      { ...mine, createdAt: '2026-03-01T10:00:00.001Z' },
      { ...mine, keys: theirs.keys },
    ];
    expect(await attempted(mine, house.pinKey.id, house.wrappingKey())).toBe('signed');
    for (const one of moved)
      expect(['wrong', 'damaged']).toContain(await attempted(one, house.pinKey.id, house.wrappingKey()));
    const swapped = { ...full, history: { ...full.history, sealed: full.keys[0]?.sealed ?? '' } };
    expect(await usedBefore(swapped, house.unlocked, new Uint8Array(32), 3)).toBe('damaged');
    expect(await rememberTags(swapped, house.unlocked, [], 3, seeded(1))).toBe('damaged');
  });

  test('no sealed text can take the place of another', async () => {
    const places = texts(full).filter((path) => path.at(-1) === 'sealed');
    expect(places).toHaveLength(5);
    for (const one of places)
      for (const other of places)
        if (one !== other) expect(await whole(withText(full, one, textAt(full, other)))).toBe(false);
  });

  test('a container and any missing half opens nothing', async () => {
    const { container, pinKey, random } = house;
    const facts = pinOf(container, pinKey.id);
    const stretched = await stretch(PIN, bytesOf(facts.salt), facts.argon2);
    const attempt = await startPin(facts, PIN, random);
    const { elements, proof } = answerWith(pinKey, [attempt.element], random);
    const evaluation = { elements: elements.map(bytesOf), proof: bytesOf(proof) };
    const [output = new Uint8Array()] =
      finalize([attempt.blinded], evaluation, bytesOf(facts.publicKey)) ?? [];
    const salt = bytesOf(facts.salt);
    const tried = (material: Uint8Array) =>
      attempted(container, facts.id, wrappingKeyOf(container, facts, material, salt));
    expect(await tried(joinBytes(output, stretched))).toBe('signed');
    // The device's half, the server's half, one of them made up, and the two in another order.
    for (const material of [
      stretched,
      output,
      joinBytes(new Uint8Array(64), stretched),
      joinBytes(output, new Uint8Array(32)),
      joinBytes(stretched, output),
      bytesOf(elements[0] ?? ''),
    ])
      expect(await tried(material)).toBe('wrong');
  });
});

describe('an offline search', () => {
  const candidates = ['lantern3moss', PIN, 'lantern5moss'];

  test('finds the PIN with the container and its OPRF key, and with neither alone', async () => {
    const { container, pinKey, random } = house;
    const stretching = new Map<string, Promise<Uint8Array>>();
    async function search(searched: Container, protectorId: string, serverKey: typeof pinKey) {
      const facts = pinOf(searched, protectorId);
      for (const pin of candidates) {
        const at = `${facts.salt} ${pin}`;
        if (!stretching.has(at)) stretching.set(at, stretch(pin, bytesOf(facts.salt), facts.argon2));
        const stretched = (await stretching.get(at)) ?? new Uint8Array();
        const blinded = blind(stretched, random);
        const answer = answerWith(serverKey, [toBase64Url(blinded.element)], random);
        const evaluation = { elements: answer.elements.map(bytesOf), proof: bytesOf(answer.proof) };
        // The attacker believes any key.
        const [output] = finalize([blinded], evaluation, serverKey.key.publicKey) ?? [];
        const material = joinBytes(output ?? new Uint8Array(), stretched);
        const wrappingKey = wrappingKeyOf(searched, facts, material, bytesOf(facts.salt));
        if ((await unlock(searched, protectorId, wrappingKey)) !== 'wrong') return pin;
      }
      return null;
    }
    expect(await search(container, pinKey.id, pinKey)).toBe(PIN);
    expect(await search(container, pinKey.id, aServerKey(pinKey.id, random))).toBeNull();
    expect(await search(container, pinKey.id, stranger.pinKey)).toBeNull();
    expect(await search(stranger.container, stranger.pinKey.id, pinKey)).toBeNull();
  });
});

describe('changing the PIN', () => {
  const NEW_PIN = 'meadow7stone';

  test('both PINs open until it is settled, and then one alone does', async () => {
    const { container, unlocked, pinKey, random } = house;
    const nextKey = aServerKey('pin-next', random);
    const facts = newPinFacts({ id: nextKey.id, publicKey: publicKeyOf(nextKey) }, random);
    const wrappingKey = trusted(await wrappingKeyFor(container, facts, NEW_PIN, nextKey, random));
    const copy = Uint8Array.from(wrappingKey);
    const both = await addProtector(container, unlocked, facts, wrappingKey, random);
    expect(wrappingKey.every((byte) => byte === 0)).toBe(true);
    expect(readContainer(both)).toEqual(both);
    const opens = async (one: Container, id: string, key: Uint8Array) => {
      const answer = await unlock(one, id, Uint8Array.from(key));
      return answer !== 'wrong' && typeof (await sign(one, answer, request(), ORIGIN)) !== 'string';
    };
    expect(await opens(both, pinKey.id, house.wrappingKey())).toBe(true);
    expect(await opens(both, nextKey.id, copy)).toBe(true);
    // The one PIN does not open the place of the other.
    expect(await opens(both, nextKey.id, house.wrappingKey())).toBe(false);

    const committed = done(keepPin(both, nextKey.id));
    expect(committed.protectors.map(({ id }) => id)).toEqual([nextKey.id]);
    expect(await opens(committed, nextKey.id, copy)).toBe(true);
    const brokenOff = done(keepPin(both, pinKey.id));
    expect(brokenOff).toEqual(container);
    // A container from before the change has no protector that the server names.
    expect(keepPin(container, nextKey.id)).toBe('unknown_protector');
    await expect(unlock(committed, pinKey.id, house.wrappingKey())).rejects.toThrow();

    const third = { ...facts, id: 'pin-third' };
    await expect(addProtector(both, unlocked, third, random(32), random)).rejects.toThrow('enough');
    await expect(addProtector(both, unlocked, facts, random(32), random)).rejects.toThrow('has this');
  });

  test('other protectors are kept, and can be removed; the last PIN cannot', () => {
    expect(done(keepPin(full, house.pinKey.id))).toEqual(full);
    expect(removeProtector(full, 'prf-1').protectors.map(({ id }) => id)).toEqual([
      house.pinKey.id,
      'reset-1',
    ]);
    expect(() => removeProtector(full, house.pinKey.id)).toThrow('always has a PIN');
    expect(keepPin(full, 'prf-1')).toBe('unknown_protector');
  });
});

describe('the history of PINs', () => {
  test('the one in use and the last ones cannot be chosen again; older ones can', async () => {
    const { container, unlocked, historyKey, random } = house;
    const attempt = await startHistory(container.history, [PIN, 'meadow7stone'], random);
    const answer = answerWith(historyKey, attempt.elements, random);
    const [current, other] = trusted(finishHistory(container.history, attempt, answer));
    if (current === undefined || other === undefined) throw new Error('a tag is missing');
    expect(attempt.blinded.every(({ input }) => input.every((byte) => byte === 0))).toBe(true);
    // The same PIN has the same tag, in a batch or alone.
    const again = await startHistory(container.history, [PIN], random);
    const tags = trusted(
      finishHistory(container.history, again, answerWith(historyKey, again.elements, random)),
    );
    expect(tags).toEqual([current]);
    expect(current).not.toEqual(other);

    const [a, b, c] = [random(32), random(32), random(32)] as const;
    let kept = done(await rememberTags(container, unlocked, [current], 3, random));
    expect(readContainer(kept)).toEqual(kept);
    expect(await usedBefore(kept, unlocked, current, 3)).toBe(true);
    expect(await usedBefore(kept, unlocked, other, 3)).toBe(false);
    for (const tag of [a, b]) kept = done(await rememberTags(kept, unlocked, [tag], 3, random));
    expect(await usedBefore(kept, unlocked, current, 3)).toBe(true);
    expect(await usedBefore(kept, unlocked, current, 2)).toBe(false);
    kept = done(await rememberTags(kept, unlocked, [c, b], 3, random));
    expect(await usedBefore(kept, unlocked, current, 50)).toBe(false);
    for (const tag of [a, b, c]) expect(await usedBefore(kept, unlocked, tag, 3)).toBe(true);

    expect(forgetHistory(kept)).toEqual(container);
    expect(await rememberTags(kept, unlocked, [a], 0, random)).toEqual(container);
    expect(await usedBefore(container, unlocked, current, 50)).toBe(false);
  });

  test('a server that lies about its key is refused, and so is an answer cut short', async () => {
    const { container, historyKey, random } = house;
    const anAttempt = () => {
      const blinded = [random(32), random(32)].map((input) => blind(input, random));
      return { elements: blinded.map(({ element }) => toBase64Url(element)), blinded };
    };
    const liar = aServerKey(historyKey.id, random);
    let attempt = anAttempt();
    const lie = answerWith(liar, attempt.elements, random);
    expect(finishHistory(container.history, attempt, lie)).toBe('untrusted_server');
    attempt = anAttempt();
    const { elements, proof } = answerWith(historyKey, attempt.elements, random);
    const cut = { elements: elements.slice(1), proof };
    expect(finishHistory(container.history, attempt, cut)).toBe('untrusted_server');
  });
});

describe('the cost of argon2id', () => {
  test.each([
    [ARGON2_DEFAULT, true],
    [{ m: 19_456, t: 2, p: 1 }, true],
    [{ m: 12_288, t: 3, p: 1 }, true],
    [{ m: 9_216, t: 4, p: 1 }, true],
    [{ m: 7_168, t: 5, p: 1 }, true],
    [{ m: 65_536, t: 3, p: 4 }, true],
    [{ m: 19_456, t: 1, p: 1 }, false],
    [{ m: 19_455, t: 2, p: 1 }, false],
    [{ m: 7_167, t: 20, p: 1 }, false],
    [{ m: 65_537, t: 2, p: 1 }, false],
    [{ m: 65_536, t: 4, p: 1 }, false],
    [{ m: 8_192, t: 1e6, p: 1 }, false],
    [{ m: 19_456, t: 2, p: 0 }, false],
    [{ m: 19_456, t: 2, p: 5 }, false],
    [{ m: 19_456.5, t: 2, p: 1 }, false],
    [{ m: Number.NaN, t: 2, p: 1 }, false],
    [{ m: 19_456, t: Number.POSITIVE_INFINITY, p: 1 }, false],
  ])('%o: %s', (cost, bearable) => {
    expect(isBearable(cost)).toBe(bearable);
  });

  test('what is not bearable is not computed', async () => {
    await expect(stretch(PIN, new Uint8Array(16), { m: 8, t: 1, p: 1 })).rejects.toThrow(RangeError);
  });
});
