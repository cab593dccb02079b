/** What a page sees that asks an authenticator on a TPM: the browser's own classes, names of errors and origins. */
import { test as base, expect, type Frame, type Page } from '@playwright/test';
import { type TpmFixtures, type TpmWorkerFixtures, tpmFixtures } from './fixture.ts';

const test = base.extend<TpmFixtures, TpmWorkerFixtures>(tpmFixtures);

const origin = 'https://login.tidewater.example';
const framed = 'https://frame.example';

/** A page of nobody in particular, which lets no script run but what a test evaluates. */
test.beforeEach(async ({ context }) => {
  await context.route(/^https:/, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': "default-src 'none'; script-src 'none'; frame-src *" },
      body: '<!doctype html><title>A page</title>',
    }),
  );
});

/** Makes a key in the page; resolves to what the page could see, or to the name of the error. */
const create = (page: Page | Frame, exclude: string[] = [], rpId = 'tidewater.example') =>
  page.evaluate(
    async ([excluded, id]) => {
      const bytes = (text: string) => new TextEncoder().encode(text);
      const toBytes = (text: string) =>
        Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
          letter.charCodeAt(0),
        );
      try {
        const made = await navigator.credentials.create({
          publicKey: {
            challenge: bytes('challenge'),
            rp: { id, name: 'Tidewater' },
            user: { id: bytes('mia'), name: 'mia@tidewater.example', displayName: 'Mia Berg' },
            pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
            excludeCredentials: excluded.map((known) => ({ type: 'public-key', id: toBytes(known) })),
            attestation: 'direct',
            extensions: { credProps: true },
          },
        });
        if (!(made instanceof PublicKeyCredential)) return { error: 'not the class of the browser' };
        const { response } = made;
        if (!(response instanceof AuthenticatorAttestationResponse)) return { error: 'not its response' };
        return {
          id: made.id,
          idLength: made.rawId.byteLength,
          kind: [made.type, made.authenticatorAttachment],
          clientData: JSON.parse(new TextDecoder().decode(response.clientDataJSON)),
          transports: response.getTransports(),
          algorithm: response.getPublicKeyAlgorithm(),
          keyLength: response.getPublicKey()?.byteLength,
          rpIdHash: [...new Uint8Array(response.getAuthenticatorData())].length > 37,
          extensions: made.getClientExtensionResults(),
          json:
            made.toJSON().id === made.id &&
            made.id === (JSON.parse(JSON.stringify(made)) as { id: string }).id,
        };
      } catch (error) {
        return { error: error instanceof DOMException ? error.name : String(error) };
      }
    },
    [exclude, rpId] as const,
  );

type Asked = { mediation?: 'conditional'; abortAfterMs?: number; allow?: boolean };
const get = (page: Page, given: Asked = {}) =>
  page.evaluate(async ({ mediation, abortAfterMs, allow }) => {
    const abort = new AbortController();
    if (abortAfterMs !== undefined) setTimeout(() => abort.abort(), abortAfterMs);
    try {
      const answer = await navigator.credentials.get({
        publicKey: {
          challenge: new TextEncoder().encode('challenge'),
          rpId: 'tidewater.example',
          ...(allow && { allowCredentials: [{ type: 'public-key', id: new Uint8Array(32) }] }),
        },
        signal: abort.signal,
        ...(mediation && { mediation }),
      });
      const { response } = answer as PublicKeyCredential;
      if (!(response instanceof AuthenticatorAssertionResponse)) return 'not the class of the browser';
      return response.userHandle && new TextDecoder().decode(response.userHandle);
    } catch (error) {
      return error instanceof DOMException ? error.name : String(error);
    }
  }, given);

test("a page gets the browser's own kinds of objects, and answers from its own origin", async ({
  page,
  hello,
}) => {
  await page.goto(origin);
  const made = await create(page);
  expect(made).toMatchObject({
    idLength: 32,
    kind: ['public-key', 'platform'],
    clientData: { type: 'webauthn.create', challenge: 'Y2hhbGxlbmdl', origin, crossOrigin: false },
    transports: ['internal'],
    algorithm: -7,
    keyLength: 91,
    rpIdHash: true,
    extensions: { credProps: { rk: true } },
    json: true,
  });
  expect(await get(page)).toBe('mia');
  expect(hello.dialogs).toMatchObject([
    { kind: 'create', origin, userName: 'mia@tidewater.example', outcome: 'answered' },
    { kind: 'get', origin, rpId: 'tidewater.example', outcome: 'answered' },
  ]);
  const capabilities = await page.evaluate(() =>
    Promise.all([
      PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(),
      PublicKeyCredential.isConditionalMediationAvailable(),
    ]),
  );
  expect(capabilities).toEqual([true, true]);
});

test('refusals have the names that a browser gives them', async ({ page, hello }) => {
  await page.goto(origin);
  expect(await get(page)).toBe('NotAllowedError');
  const { id = '' } = (await create(page)) as { id?: string };
  expect(await create(page, [id])).toEqual({ error: 'InvalidStateError' });
  expect(await create(page, [], 'evil.example')).toEqual({ error: 'SecurityError' });
  expect(await get(page, { allow: true })).toBe('NotAllowedError');
  hello.types('000000', '111111');
  expect(await get(page)).toBe('NotAllowedError');
  hello.closesDialogs();
  expect(await create(page)).toEqual({ error: 'NotAllowedError' });
  expect(hello.dialogs.map(({ outcome, refusals }) => [outcome, refusals.length])).toEqual([
    ['no_credential', 1],
    ['answered', 0],
    ['excluded', 1],
    ['foreign_rp_id', 1],
    ['no_credential', 1],
    ['wrong_pin', 2],
    ['cancelled', 0],
  ]);
  expect((await hello.machine.authenticator.lockout()).counter).toBe(2);
});

test('autofill waits until the person chooses, the page aborts, or the page is left', async ({
  page,
  hello,
}) => {
  await page.goto(origin);
  await create(page);
  const autofill = { mediation: 'conditional' } as const;
  expect(await get(page, { ...autofill, abortAfterMs: 50 })).toBe('AbortError');
  const left = get(page, autofill).catch(() => 'left');
  await expect.poll(() => hello.dialogs.at(-1)).toMatchObject({ kind: 'autofill', outcome: 'open' });
  expect(await get(page)).toBe('OperationError');
  await page.goto(`${origin}/elsewhere`);
  expect(await left).toBe('left');
  await expect.poll(() => hello.dialogs.at(-1)?.outcome).toBe('aborted');
  const chosen = get(page, autofill);
  await expect.poll(() => hello.dialogs.at(-1)?.outcome).toBe('open');
  hello.choosesFromAutofill();
  expect(await chosen).toBe('mia');
  expect(hello.machine.authenticator.keys()[0]?.counter).toBe(2);
});

test('a dialog that is taken back while the person thinks makes no key', async ({ page, hello }) => {
  await page.goto(origin);
  await create(page);
  let decide: (pins: string[]) => void = () => undefined;
  hello.decides(() => new Promise((resolve) => (decide = resolve)));
  expect(await get(page, { abortAfterMs: 50 })).toBe('AbortError');
  decide([hello.pin]);
  await expect.poll(() => hello.dialogs.at(-1)?.outcome).toBe('aborted');
  expect(hello.machine.authenticator.keys()[0]?.counter).toBe(1);
  hello.types(hello.pin);
  expect(await get(page)).toBe('mia');
});

test('a frame of another origin speaks for itself, and says whose page it is in', async ({ page, hello }) => {
  await page.goto(origin);
  await page.evaluate((src) => {
    document.body.append(Object.assign(document.createElement('iframe'), { src }));
  }, framed);
  await expect.poll(() => page.frames().some((each) => each.url().startsWith(framed))).toBe(true);
  const inside = page.frames().find((each) => each.url().startsWith(framed));
  if (inside === undefined) throw new Error('There is no frame');
  await inside.waitForLoadState();
  expect(await create(inside, [], 'frame.example')).toMatchObject({
    clientData: { origin: framed, crossOrigin: true, topOrigin: origin },
  });
  expect(await create(inside)).toEqual({ error: 'SecurityError' });
  expect(hello.dialogs.map((dialog) => dialog.origin)).toEqual([framed, framed]);
});

test('each test has a TPM and keys of its own', async ({ hello, newMachine }) => {
  expect(hello.machine.authenticator.keys()).toEqual([]);
  const other = await newMachine();
  expect(other.swtpm.folder).not.toBe(hello.machine.swtpm.folder);
});
