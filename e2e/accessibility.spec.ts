import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { arrived, expectAccessible, expectNothingSideways } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import {
  chooseNewPin,
  enterPin,
  issuePass,
  LONG_PINS,
  newPerson,
  redeemPass,
  registerDevice,
  setUpHello,
} from './people.ts';

/** Every page of the product, read off the app folder: a page that is added is tested without anybody thinking of it. */
function routes(folder = 'app', path = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'page.tsx') return [path || '/'];
    if (!entry.isDirectory() || entry.name.startsWith('_') || entry.name === 'api') return [];
    return routes(join(folder, entry.name), entry.name.startsWith('(') ? path : `${path}/${entry.name}`);
  });
}

/** A real address for each route with a name in it. */
const examples: Record<string, readonly string[]> = {
  '/apps/[app]': ['/apps/handbook', '/apps/payroll'],
  '/pin-reset': ['/pin-reset', '/pin-reset?step=confirm'],
  // Nobody has made one yet: its own story looks at it.
  '/admin/policy/sources/[id]': [],
};
/** Pages for people who are not signed in, or not any more. */
const signedOut = [
  '/sign-in',
  '/sign-in/pass',
  '/sign-in/password',
  '/sign-in/federated',
  '/sign-in/recovery',
  '/help/errors',
  '/reminders',
];
const locked = ['/locked'];

const addresses = routes().flatMap((route) => examples[route] ?? [route]);

async function check(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await arrived(page);
  await checkAsItIs(page, path);
}

async function checkAsItIs(page: Page, path: string): Promise<void> {
  for (const look of [
    { colorScheme: 'light', width: 1440 },
    { colorScheme: 'dark', width: 360 },
  ] as const) {
    await test.step(`${path}, ${look.colorScheme}, ${look.width} px`, async () => {
      await page.setViewportSize({ width: look.width, height: 800 });
      await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
      // A frame that may run nothing runs no axe either, and axe would wait for it.
      await expectAccessible(page, { exclude: 'iframe[sandbox=""]' });
      await expectNothingSideways(page);
    });
  }
}

test('every route with a name in it has an example', () => {
  expect(addresses.filter((path) => path.includes('['))).toEqual([]);
  expect(addresses).toEqual(
    expect.arrayContaining([...signedOut, ...locked, '/', '/provision', '/admin/people']),
  );
});

test('pages for people who are signed out are accessible', async ({ page }) => {
  for (const path of signedOut) await check(page, path);
});

test('the set-up is accessible at every step of it', async ({ page, server, expectRefusal }) => {
  const upn = await newPerson(server);
  await redeemPass(page, upn, await issuePass(server, upn));
  await check(page, '/provision');
  await check(page, '/provision?step=device');
  await registerDevice(page, 'AXE-01');
  await expect(page.getByRole('link', { name: /^Continue/ })).toBeVisible();
  await check(page, '/provision?step=gesture');
  await check(page, '/provision?step=key');
  expectRefusal(404, '/nothing-here');
  await check(page, '/nothing-here');
});

const SHARES = 3;
const signedIn = addresses.filter((path) => ![...signedOut, ...locked].includes(path));

for (let share = 0; share < SHARES; share += 1)
  test(`every page of a member and an administrator is accessible (${share + 1} of ${SHARES})`, async ({
    page,
    server,
  }) => {
    test.setTimeout(600_000);
    await setUpHello(page, server, await newPerson(server, 'global_administrator'), `AXE-1${share}`);
    for (const [at, path] of signedIn.entries()) if (at % SHARES === share) await check(page, path);
  });

test('the panel of a person and the lock are accessible', async ({ page, server }) => {
  await setUpHello(page, server, await newPerson(server, 'global_administrator'), 'AXE-02');
  await page.goto('/admin/people');
  await page.getByRole('link', { name: /Samuel Osei/ }).click();
  await expect(page.getByRole('heading', { name: 'Samuel Osei' })).toBeVisible();
  await check(page, new URL(page.url()).pathname + new URL(page.url()).search);
  await page.goto('/');
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await check(page, '/locked');
});

test.describe('where PINs need letters', () => {
  test.use({ policy: LONG_PINS });

  test('choosing a PIN for this browser, being asked for it and changing it are accessible', async ({
    page,
    server,
    keepIn,
  }) => {
    const pin = keepIn('harbour4417west');
    const upn = await newPerson(server);
    await redeemPass(page, upn, await issuePass(server, upn));
    await page.getByRole('link', { name: 'OK', exact: true }).click();
    await registerDevice(page, 'AXE-03');
    await page.getByRole('link', { name: /^Continue/ }).click();
    await chooseNewPin(page, '1111');
    await checkAsItIs(page, 'a new PIN');
    await chooseNewPin(page, pin);
    await page.getByRole('button', { name: 'Create my PIN and key' }).click();
    await enterPin(page, pin);
    await expect(page.getByText('on AXE-03. Software key')).toBeVisible();
    await check(page, '/security-info');
    await check(page, '/security-info/pin');
    await page.goto('/');
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await check(page, '/locked');
    await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await checkAsItIs(page, 'the PIN is asked for');
    for (const said of ['31 tries', '30 tries', 'Type A1B2C3']) {
      await enterPin(page, 'wrongharbour1');
      await expect(page.getByRole('dialog').getByText(said).first()).toBeVisible();
    }
    await checkAsItIs(page, 'the phrase is asked for');
  });
});

test('signing in can be done with the keyboard alone', async ({ page, server }) => {
  const upn = await newPerson(server);
  const pass = await issuePass(server, upn);
  await page.goto('/sign-in');
  await page.getByLabel('Your account').focus();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Sign in with a key' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/sign-in/pass');
  await page.getByLabel('Your account').focus();
  await page.keyboard.type(upn);
  await page.keyboard.press('Tab');
  await page.keyboard.type(pass);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/provision**');
});
