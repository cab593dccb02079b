import { beforeEach, expect, test, vi } from 'vitest';
import { keyContainer } from '#device/key-container/key-container';
import { promptShown, subscribeToPrompt } from '#device/key-container/pin-prompt';
import { resetPin } from '#device/key-container/reset-pin';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { addProtector, newContainer } from '#domain/key-container/engine';
import type { Container, ResetFacts } from '#domain/key-container/format';
import { finishPin, newPinFacts, startPin } from '#domain/key-container/pin-protector';
import { createKey } from '#domain/key-container/registration';
import { newResetSecret, resetWrappingKey } from '#domain/key-container/reset-protector';
import { evaluate, newOprfKey, type OprfKey } from '#domain/oprf';
import { keyPairFrom, openResetSecret, sealAnswer, sealResetSecret } from '#domain/pin-reset-protector';

/** What stands in for IndexedDB: the product opens each store once. */
const { keptIn } = vi.hoisted(() => {
  const stores = new Map<string, Map<string, unknown>>();
  const open = (name: string) => {
    const found = stores.get(name) ?? new Map<string, unknown>();
    stores.set(name, found);
    return found;
  };
  return { keptIn: open };
});

vi.mock('idb-keyval', () => {
  type Kept = Map<string, unknown>;
  return {
    createStore: keptIn,
    get: async (key: string, store: Kept) => structuredClone(store.get(key)),
    getMany: async (keys: string[], store: Kept) => keys.map((key) => structuredClone(store.get(key))),
    set: async (key: string, value: unknown, store: Kept) => void store.set(key, structuredClone(value)),
    del: async (key: string, store: Kept) => void store.delete(key),
    values: async (store: Kept) => [...store.values()],
  };
});

const ORIGIN = 'https://latchkey.test';
const random = (count: number) => crypto.getRandomValues(new Uint8Array(count));
const read = (text: string) => fromBase64Url(text) ?? new Uint8Array();

beforeEach(() => {
  vi.stubGlobal('window', { location: { origin: ORIGIN } });
  vi.stubGlobal('navigator', { userAgent: '' });
});

/** A browser with a container that has a PIN and a reset protector, and the doors that it asks. */
async function aBrowser() {
  const half = (): { id: string; key: OprfKey } => ({ id: crypto.randomUUID(), key: newOprfKey(random) });
  const service = await keyPairFrom(random(32));
  let counts = half();
  let making: ReturnType<typeof half> | null = null;
  const ids = {
    id: crypto.randomUUID(),
    tenant: crypto.randomUUID(),
    userHandle: 'mia',
    device: crypto.randomUUID(),
    createdAt: '2026-11-22T00:00:00.000Z',
  };
  const place = { tenant: ids.tenant, userHandle: ids.userHandle, device: ids.device, container: ids.id };
  const publicOf = ({ id, key }: ReturnType<typeof half>) => ({ id, publicKey: toBase64Url(key.publicKey) });
  const answerTo = ({ key }: ReturnType<typeof half>, element: string) => {
    const made = evaluate(key, [read(element)], random);
    return {
      element: toBase64Url(made?.elements[0] ?? new Uint8Array()),
      proof: toBase64Url(made?.proof ?? new Uint8Array()),
    };
  };

  const { container: empty, unlocked } = newContainer(ids, { publicKey: publicOf(half()).publicKey }, random);
  const facts = newPinFacts(publicOf(counts), random);
  const attempt = await startPin(facts, 'forgotten 4417', random);
  const wrapping = finishPin(empty, facts, attempt, answerTo(counts, attempt.element));
  if (wrapping === 'untrusted_server') throw new Error(wrapping);
  const withPin = await addProtector(empty, unlocked, facts, wrapping, random);
  const options = { challenge: toBase64Url(random(32)), rp: { id: 'latchkey.test' }, user: { id: 'mia' } };
  const made = await createKey(withPin, unlocked, options, ORIGIN, random);
  if (made === 'other_person') throw new Error(made);
  const secret = newResetSecret(random);
  const sealed = await sealResetSecret(secret, service.publicKey, place, random(32));
  if (sealed === null) throw new Error('not sealed');
  const reset: ResetFacts = {
    kind: 'pin-reset',
    id: crypto.randomUUID(),
    keyId: service.thumbprint,
    ...sealed,
  };
  const container = await addProtector(
    made.container,
    unlocked,
    reset,
    resetWrappingKey(empty, reset, secret),
    random,
  );

  const beside = { userHandle: 'mia', name: 'Mia', account: 'mia@latchkey.test', deviceName: 'CUT-01' };
  keptIn('latchkey-container').set('mia', { ...beside, credentialId: made.response.id, container });
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  const profile = {
    userHandle: 'mia',
    upn: beside.account,
    deviceId: ids.device,
    profileId: 'p',
    deviceName: 'CUT-01',
    keys,
  };
  keptIn('latchkey').set('mia', profile);

  const doors: Record<string, (body: Record<string, string>) => unknown> = {
    '/api/key-container/options': () => ({ challenge: toBase64Url(random(32)), protector: counts.id }),
    '/api/key-container/evaluation': ({ protector, element = '' }) => {
      const asked = [counts, making].find((each) => each?.id === protector);
      if (!asked) throw new Error('no such protector');
      const ladder = { triesLeft: 31, phraseNeeded: false, waitSeconds: 0 };
      return { ...answerTo(asked, element), ticket: toBase64Url(random(32)), ladder };
    },
    '/api/key-container/change': () => {
      making = half();
      return { protector: publicOf(making) };
    },
    '/api/key-container/recovery': () => ({ ticket: 'a.b.c' }),
    '/api/pin-reset-service/recovery': async ({ encapsulation = '', ciphertext = '', oneTimeKey = '' }) => {
      const opened = await openResetSecret(service, { encapsulation, ciphertext }, place);
      if (opened === null) throw new Error('not opened');
      return await sealAnswer(opened, oneTimeKey, 'a.b.c', random(32));
    },
  };
  vi.stubGlobal('fetch', async (path: string, { body }: { body: string }) =>
    Response.json(await doors[path]?.(JSON.parse(body))),
  );

  const ask = async () =>
    ({ ok: true, value: { challenge: toBase64Url(random(32)), rpId: 'latchkey.test' } }) as never;
  const offline = { ok: false, trouble: { code: 'offline', title: 'offline', detail: '' } } as never;
  return {
    pins: () =>
      (keptIn('latchkey-container').get('mia') as { container: Container }).container.protectors.filter(
        ({ kind }) => kind === 'pin',
      ).length,
    /** The reset, up to the last answer where the network goes. */
    reset: async (cut: boolean) => {
      const handIn = async () => {
        if (cut) return offline;
        if (making !== null) counts = making;
        return { ok: true, value: {} } as never;
      };
      const stepUp = { ask, handIn };
      return await resetPin('mia', { pin: 'remembered 9023', onStep: () => undefined }, 'service', {
        first: stepUp,
        after: stepUp,
      });
    },
  };
}

test('a PIN reset that was cut off before its last answer can be begun again', async () => {
  const browser = await aBrowser();
  expect(await browser.reset(true)).toMatchObject({ ok: false, trouble: { code: 'offline' } });
  expect(browser.pins()).toBe(2);
  expect(await browser.reset(false)).toEqual({ ok: true, value: 'changed' });
  expect(browser.pins()).toBe(1);
});

test('a PIN reset goes through at once', async () => {
  const browser = await aBrowser();
  expect(await browser.reset(false)).toEqual({ ok: true, value: 'changed' });
  expect(browser.pins()).toBe(1);
});

test('a key that is set aside stays in its browser: it may be found to be in order', async () => {
  const browser = await aBrowser();
  const stop = subscribeToPrompt(() => {
    const prompt = promptShown();
    void prompt?.attempt('forgotten 4417').then(({ state }) => state === 'opened' && prompt.end('opened'));
  });
  // An unlock asks for the person's other key alone: one that is set aside is not asked for.
  const outcome = await keyContainer('mia').get(
    async () =>
      ({
        ok: true,
        value: {
          challenge: toBase64Url(random(32)),
          rpId: 'latchkey.test',
          allowCredentials: [{ id: toBase64Url(random(32)), type: 'public-key' }],
        },
      }) as never,
    'asking',
    async () => ({ ok: true, value: {} }) as never,
  );
  stop();
  expect(outcome.ok).toBe(false);
  expect(keptIn('latchkey-container').has('mia')).toBe(true);
  expect(browser.pins()).toBe(1);
});
