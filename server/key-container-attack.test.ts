import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { addProtector, newContainer, unlock } from '#domain/key-container/engine';
import type { Container, PinFacts } from '#domain/key-container/format';
import { finishPin, newPinFacts, startPin } from '#domain/key-container/pin-protector';
import { createKey } from '#domain/key-container/registration';
import { newResetSecret, resetWrappingKey } from '#domain/key-container/reset-protector';
import { seeded } from '#domain/key-container/testing';
import { evaluate, newOprfKey, type OprfKey } from '#domain/oprf';
import { keyPairFrom, openResetSecret, sealResetSecret } from '#domain/pin-reset-protector';
import { proveProfile } from '#domain/software-authenticator';
import { beginContainer } from './container-creation.ts';
import { revokeCredential } from './credential.ts';
import { openStore } from './db.ts';
import { protectorPlace } from './pin-protector.ts';
import { openKeyRing } from './pin-reset-service/key-ring.ts';
import { beginPinTry, evaluatePin } from './pin-try.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { newId } from './runtime.ts';
import { type Keyring, openKeyring, unseal } from './secrets.ts';
import { aRuntime, done, ORIGIN, type TestRuntime } from './testing.ts';
import { atSoftwareDesk } from './testing-container.ts';

/** The least that a protector may cost: the attack is about who can search, not about how long it takes. */
const CHEAP = { m: 7168, t: 5, p: 1 };
const PIN = '4071';
/** What an attacker tries first. The right one is among them, as it is among all ten thousand. */
const CANDIDATES = ['1234', '0000', PIN, '9999'];

const random = seeded(4071);
const read = (text: string) => fromBase64Url(text) ?? new Uint8Array();

/** A person with a software key whose container is a real one, made through the doors by what the browser runs. */
async function aVictim(runtime: TestRuntime) {
  const { session, device } = await atSoftwareDesk(runtime);
  const begun = done(await beginContainer(runtime, session));
  const { tenant, userHandle } = begun;
  const ids = {
    id: begun.container,
    tenant,
    userHandle,
    device: begun.device,
    createdAt: runtime.clock.now().toISOString(),
  };
  const { container: empty, unlocked } = newContainer(ids, begun.history, random);
  const facts = newPinFacts(begun.protector, random, CHEAP);
  const attempt = await startPin(facts, PIN, random);
  const { challenge, protector } = done(await beginPinTry(runtime, session, { container: ids.id }));
  const proof = (over: string, about: string) => ({
    id: device.profileId,
    signature: proveProfile(device.profile, ORIGIN, over, about),
  });
  const { element } = attempt;
  const tried = { container: ids.id, protector, challenge, element, device: proof(challenge, element) };
  const evaluated = done(await evaluatePin(runtime, session, tried));
  const wrappingKey = finishPin(empty, facts, attempt, evaluated);
  if (wrappingKey === 'untrusted_server') throw new Error(wrappingKey);
  const withPin = await addProtector(empty, unlocked, facts, wrappingKey, random);
  const asked = { purpose: 'hello', attestation: 'none', ticket: evaluated.ticket } as const;
  const options = done(await beginRegistration(runtime, session, asked));
  const made = await createKey(withPin, unlocked, options as never, ORIGIN, random);
  if (made === 'other_person') throw new Error(made);
  const { response } = made;
  const { kid: keyId, publicKey } = await runtime.pinResetService.publicKey();
  const secret = newResetSecret(random);
  const sealed = await sealResetSecret(secret, publicKey, placeOf(made.container), random(32));
  if (sealed === null) throw new Error('not sealed');
  const reset = { kind: 'pin-reset', id: newId(runtime), keyId, ...sealed } as const;
  const resetKey = resetWrappingKey(made.container, reset, secret);
  const container = await addProtector(made.container, unlocked, reset, resetKey, random);
  unlocked.lock();
  const input = { response, device: proof(options.challenge, response.id) };
  const { kid } = done(await finishRegistration(runtime, session, input as never));
  return { container: JSON.parse(JSON.stringify(container)) as Container, kid, session };
}

const placeOf = ({ id, tenant, userHandle, device }: Container) => ({
  tenant,
  userHandle,
  device,
  container: id,
});

/** What somebody has stolen; each part may be missing. */
interface Loot {
  readonly container?: Container;
  /** The address of a copy of the database. */
  readonly store?: string;
  readonly masterKey?: Keyring;
  /** The folder of the PIN reset service's keys. */
  readonly keyRing?: string;
}

/** The OPRF key of a protector, out of the database and the master key. */
async function oprfKeyOf({ store, masterKey }: Loot, facts: PinFacts): Promise<OprfKey | null> {
  if (store === undefined) return null;
  const db = await openStore(store);
  try {
    const row = await db.pinProtector.findUnique({ where: { id: facts.id } });
    if (row === null) return null;
    const keys = masterKey ?? openKeyring({ secretKey: '00'.repeat(32), dataDir: '' }, random);
    const content = unseal(keys('pin-oprf'), row.key, protectorPlace(row));
    return content && { secretKey: content.subarray(0, 32), publicKey: content.subarray(32) };
  } finally {
    await db.$disconnect();
  }
}

/** Searches for the PIN with what there is, offline: what is missing is guessed. */
async function search(loot: Loot): Promise<string | null> {
  const { container } = loot;
  const facts = container?.protectors.find((each) => each.kind === 'pin');
  if (container === undefined || facts === undefined || facts.kind !== 'pin') return null;
  const stolen = await oprfKeyOf(loot, facts);
  const key = stolen ?? newOprfKey(random);
  // Whoever guesses the server's half would also take its word for it.
  const believed = { ...facts, publicKey: toBase64Url(key.publicKey) };
  for (const pin of CANDIDATES) {
    const attempt = await startPin(facts, pin, random);
    const evaluated = evaluate(key, [read(attempt.element)], random);
    const [element] = evaluated?.elements ?? [];
    if (evaluated === null || element === undefined) return null;
    const answer = { element: toBase64Url(element), proof: toBase64Url(evaluated.proof) };
    const wrappingKey = finishPin(container, stolen === null ? believed : facts, attempt, answer);
    if (wrappingKey === 'untrusted_server') continue;
    const opened = await unlock(container, facts.id, wrappingKey);
    if (opened !== 'wrong') return pin;
  }
  return null;
}

/** Opens the container by its reset protector, offline: with the service's key, or one that is guessed. */
async function openByKeyRing(runtime: TestRuntime, { container, keyRing }: Loot): Promise<boolean> {
  const facts = container?.protectors.find((each) => each.kind === 'pin-reset');
  if (container === undefined || facts?.kind !== 'pin-reset') return false;
  const stolen = keyRing === undefined ? null : await openKeyRing(keyRing, runtime).find(facts.keyId);
  const key = stolen ?? (await keyPairFrom(random(32)));
  const secret = await openResetSecret(key, facts, placeOf(container));
  if (secret === null) return false;
  return (await unlock(container, facts.id, resetWrappingKey(container, facts, secret))) !== 'wrong';
}

describe('an attack with everything in its hands', () => {
  test('finds the PIN with the container, the database and the master key, and not with any one of them missing', async () => {
    const runtime = await aRuntime();
    const { container } = await aVictim(runtime);
    const everything: Loot = { container, store: runtime.databaseUrl, masterKey: runtime.keys };
    expect(await search(everything)).toBe(PIN);
    for (const missing of ['container', 'store', 'masterKey'] as const) {
      const { [missing]: _, ...rest } = everything;
      expect(await search(rest)).toBeNull();
    }
  });

  test('opens the container with the key ring of the PIN reset service, and with all the rest it does not', async () => {
    const runtime = await aRuntime();
    const { container } = await aVictim(runtime);
    const keyRing = join(runtime.pinResetFolder, 'keys');
    expect(await openByKeyRing(runtime, { container, keyRing })).toBe(true);
    const store = runtime.databaseUrl;
    expect(await openByKeyRing(runtime, { container, store, masterKey: runtime.keys })).toBe(false);
    expect(await openByKeyRing(runtime, { store, masterKey: runtime.keys, keyRing })).toBe(false);
    // And the key ring is no way to the PIN.
    expect(await search({ container, store, keyRing })).toBeNull();
    expect(await search({ container, masterKey: runtime.keys, keyRing })).toBeNull();
  });

  test('finds none once the key was revoked, with all that is left', async () => {
    const runtime = await aRuntime();
    const { container, kid, session } = await aVictim(runtime);
    done(
      await revokeCredential(runtime, null, {
        credentialId: kid,
        userId: session.session.userId,
        evenLast: true,
      }),
    );
    expect(await search({ container, store: runtime.databaseUrl, masterKey: runtime.keys })).toBeNull();
  });
});
