import type { Page } from '@playwright/test';
import { expect, test, type VirtualAuthenticator, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import { leaksOf } from './leaks.ts';
import { chooseNewPin, enterPin, LONG_PINS, newPerson, setUpSoftwareKey, signOut } from './people.ts';

/** Nobody's birthday: each is found in what is sent only if it is sent. */
const PIN = 'breakwater3164pier';
const NEW_PIN = 'kittiwake8825reef';

test.use({ policy: { ...LONG_PINS, UseBiometrics: 'true' } });

test.beforeEach(({ keepIn }) => {
  for (const pin of [PIN, NEW_PIN]) keepIn(pin);
});

/** Adds a passkey on the security key that is there, in the browser that keeps the other key. */
async function addPasskey(page: Page): Promise<void> {
  await page.goto('/passkey');
  await page.getByRole('button', { name: /dd a passkey$/ }).click();
  const registered = page.getByText('Your passkey is registered');
  // A proof that is not fresh is asked for first.
  await expect(registered.or(page.getByRole('dialog'))).toBeVisible();
  if (await page.getByRole('dialog').isVisible()) await enterPin(page, PIN);
  await expect(registered).toBeVisible();
}

/** A person whose browser keeps a key, with a security key in it that holds a passkey of theirs. */
async function withSecurityKey(
  page: Page,
  server: House,
  deviceName: string,
  hasPrf = true,
): Promise<{ upn: string; securityKey: VirtualAuthenticator }> {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, deviceName, PIN);
  const securityKey = await virtualAuthenticator(page, { transport: 'usb', hasPrf });
  await addPasskey(page);
  return { upn, securityKey };
}

const letItOpen = (page: Page) => page.getByRole('button', { name: 'Let it open this key' });

async function prepare(page: Page): Promise<void> {
  await page.goto('/security-info/protectors');
  await letItOpen(page).click();
  await enterPin(page, PIN);
  await expect(page.getByText('opens this key from now on')).toBeVisible();
}

/** The 32 bytes that a security key gives, in every form in which they could leave: seen where the page gets them. */
async function watchOutputs(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen: string[] = JSON.parse(sessionStorage.getItem('prf-seen') ?? '[]');
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = async (options) => {
      const credential = await get(options);
      const first = (credential as PublicKeyCredential | null)?.getClientExtensionResults().prf?.results
        ?.first;
      if (first instanceof ArrayBuffer) {
        const text = String.fromCharCode(...new Uint8Array(first));
        seen.push(btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
        sessionStorage.setItem('prf-seen', JSON.stringify(seen));
      }
      return credential;
    };
  });
  return () => page.evaluate(() => JSON.parse(sessionStorage.getItem('prf-seen') ?? '[]') as string[]);
}

test('a security key opens the key of this browser for a new PIN: same key, no old PIN, and its secret stays here', async ({
  page,
  server,
  watch,
}) => {
  const outputs = await watchOutputs(page);
  const { upn } = await withSecurityKey(page, server, 'PRF-01');
  const keys = await server.admin(['events', 'list', '--person', upn, '--code', 'key_registered']);
  await prepare(page);
  await expect(page.getByRole('list', { name: 'What opens your key' })).toContainText(
    'When you forgot the PIN.',
  );
  await page.goto('/security-info');
  await expect(page.getByText(/^Opens also with /)).toBeVisible();

  await page.getByRole('link', { name: 'I forgot my PIN' }).first().click();
  await page.getByRole('link', { name: 'Use it and choose a new PIN' }).click();
  await chooseNewPin(page, NEW_PIN);
  await page.getByRole('button', { name: 'Set my new PIN' }).click();
  await expect(page.getByText('Your new PIN counts')).toBeVisible();
  expect(await server.admin(['events', 'list', '--person', upn, '--code', 'key_registered'])).toBe(keys);
  const told = await server.admin(['events', 'list', '--person', upn, '--code', 'pin_reset']);
  expect(told).toContain('non_destructive');
  expect(told).toContain('passkey');

  const secrets = await outputs();
  // Once when it was prepared, once when it opened: the same bytes for the same salt.
  expect(secrets).toHaveLength(2);
  expect(new Set(secrets).size).toBe(1);
  for (const secret of secrets) expect(leaksOf(Buffer.from(secret, 'base64url'), watch.sent)).toEqual([]);
  expect(watch.sent.some(({ where }) => where.includes('prf-protector'))).toBe(true);

  await signOut(page);
  await page.getByRole('button', { name: /^Sign in as .* with your PIN$/ }).click();
  await enterPin(page, PIN);
  await expect(page.getByRole('dialog')).toContainText('That PIN is wrong');
  await enterPin(page, NEW_PIN);
  await expect(page.getByText('on PRF-01. Software key')).toBeVisible();
});

test('it is taken back, and then the reset does not speak of it', async ({ page, server }) => {
  const { upn } = await withSecurityKey(page, server, 'PRF-02');
  await prepare(page);
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(letItOpen(page)).toBeVisible();
  const taken = await server.admin(['events', 'list', '--person', upn, '--code', 'prf_protector_forgotten']);
  expect(taken.trim().split('\n')).toHaveLength(1);
  await page.goto('/pin-reset');
  await expect(page.getByRole('table')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Use it and choose a new PIN' })).toHaveCount(0);
  await page.goto('/pin-reset?kind=passkey');
  await expect(page.getByText('No passkey opens what this browser keeps')).toBeVisible();
});

test('a passkey that cannot is told so before any PIN is asked for, and where the browser cannot there is no offer', async ({
  page,
  server,
}) => {
  await withSecurityKey(page, server, 'PRF-03', false);
  await page.goto('/security-info/protectors');
  await letItOpen(page).click();
  await expect(page.getByText("That passkey can't open the key that this browser keeps.")).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.addInitScript(() => {
    PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': false });
  });
  await page.reload();
  await expect(page.getByText("This browser can't let a passkey open it")).toBeVisible();
  await expect(letItOpen(page)).toHaveCount(0);
});

test('where policy switches biometrics off there is no offer', async ({ page, server }) => {
  await server.admin(['policy', 'set', 'UseBiometrics', 'false']);
  try {
    await withSecurityKey(page, server, 'PRF-04');
    await page.goto('/security-info/protectors');
    await expect(page.getByText('Your organisation lets no passkey open it')).toBeVisible();
    await expect(letItOpen(page)).toHaveCount(0);
    const openers = page.getByRole('list', { name: 'What opens your key' });
    await expect(openers).toContainText('The PIN reset service');
    await expect(openers.getByRole('listitem')).toHaveCount(2);
  } finally {
    await server.admin(['policy', 'set', 'UseBiometrics', 'true']);
  }
});
