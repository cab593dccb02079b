import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, routeOnce, test, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import {
  goToKeyStep,
  issuePass,
  newPerson,
  redeemPass,
  registerDevice,
  setUpHello,
  signOut,
} from './people.ts';

test('the first administrator takes a colleague from a pass to signing in with Windows Hello', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const link = /http:\S+/.exec(await readFile(join(server.dataDir, 'announcement'), 'utf8'))?.[0] ?? '';
  const { hash } = new URL(link);

  await test.step('the administrator opens the one-time link and sets up their own device', async () => {
    await virtualAuthenticator(page);
    await page.goto(`/sign-in/pass${hash}`);
    await expect(page.getByLabel('Temporary Access Pass')).not.toHaveValue('');
    // The secret does not stay in the address.
    await expect(page).not.toHaveURL(/pass=/);
    await page.getByRole('button', { name: 'Continue' }).click();
    await goToKeyStep(page, 'OFFICE-01');
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on OFFICE-01')).toBeVisible();
  });

  let pass = '';
  await test.step('the administrator issues a pass on screen; it is shown once', async () => {
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByRole('link', { name: 'People' }).first().click();
    await page.getByRole('searchbox').fill('mIA');
    await page.keyboard.press('Enter');
    await page.waitForURL('**q=mIA**');
    await page.getByRole('link', { name: /Mia Berg/ }).click();
    await page.getByRole('button', { name: /Issue/ }).first().click();
    await page
      .getByRole('button', { name: /^Issue/ })
      .last()
      .click();
    pass = (await page.getByTestId('pass').innerText()).trim();
    expect(pass).toMatch(/^[A-Z2-9]{8}$/);
    await page.reload();
    await expect(page.getByText(pass)).toHaveCount(0);
  });

  const colleague = await anotherBrowser();
  await virtualAuthenticator(colleague);
  await test.step('the colleague registers the device and a key, and signs in with it', async () => {
    await redeemPass(colleague, 'MIA@tidewater.example', pass);
    await goToKeyStep(colleague, 'STUDIO-07');
    await colleague.getByRole('button', { name: 'Create my key' }).click();
    await expect(
      colleague.getByText('Signed in with Windows Hello on STUDIO-07. Key protection not verified.'),
    ).toBeVisible();
  });

  await test.step('signing in again takes one press', async () => {
    await signOut(colleague);
    await colleague.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(colleague.getByRole('heading', { name: 'Hello Mia' })).toBeVisible();
  });

  await test.step('the event log tells the story: 358, 300 with the kid, the sign-ins', async () => {
    const lines = (await server.admin(['events', 'list', '--user', 'mia@tidewater.example']))
      .trim()
      .split('\n');
    const events = lines.map(
      (line) => JSON.parse(line) as { windowsId: number | null; code: string; detail: { kid?: string } },
    );
    expect(events.map(({ windowsId }) => windowsId)).toEqual(expect.arrayContaining([105, 358, 300]));
    expect(events.find(({ windowsId }) => windowsId === 300)?.detail.kid).toMatch(/^[0-9a-f-]{36}$/);
    expect(events.filter(({ code }) => code === 'sign_in')).toHaveLength(2);
  });
});

test('a lock holds in every tab until a key opens it', async ({ page, server }) => {
  await setUpHello(page, server, await newPerson(server), 'LOCK-01');
  const tab = await page.context().newPage();
  await tab.goto('/security-info');
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await tab.waitForURL('**/locked');
  await tab.goto('/devices');
  await expect(tab).toHaveURL(/\/locked$/);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LOCK-01')).toBeVisible();
  // The tab looks for itself.
  await tab.waitForURL(`${server.origin}/`);
  await tab.goto('/devices');
  await expect(tab.getByRole('heading', { name: 'My devices' })).toBeVisible();
});

/** Holds back the scripts of what the page loads from now on; they come when the answer is called. */
async function holdScripts(page: Page): Promise<() => void> {
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  await page.route('**/_next/static/**/*.js', async (route) => {
    await held;
    await route.continue();
  });
  return go;
}

test('a tab that was loading while another one locked is locked as soon as it has loaded', async ({
  page,
  server,
}) => {
  await setUpHello(page, server, await newPerson(server), 'LOCK-02');
  const tab = await page.context().newPage();
  // Its page is here, and none of its scripts.
  const go = await holdScripts(tab);
  await tab.goto('/security-info', { waitUntil: 'commit' });
  await expect(tab.getByRole('heading', { name: 'Security info' })).toBeVisible();
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  go();
  await tab.waitForURL('**/locked');
});

test('who locks, or signs out, before the scripts of the page are there is heard when they come', async ({
  page,
  server,
  expectLoss,
}) => {
  await setUpHello(page, server, await newPerson(server), 'LOCK-03');
  const go = await holdScripts(page);
  await page.reload({ waitUntil: 'commit' });
  await page.getByRole('button', { name: 'Lock' }).click();
  go();
  await page.waitForURL('**/locked');

  expectLoss('/locked');
  await routeOnce(page, '**/locked', (route) => route.abort('connectionreset'));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();

  const leave = await holdScripts(page);
  await page.reload({ waitUntil: 'commit' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  leave();
  await page.waitForURL('**/sign-in');
});

/** Types a name into the form for a password, whose scripts come when `go` is called. */
async function typeNameEarly(page: Page, server: House) {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const go = await holdScripts(page);
  await page.goto('/sign-in/password', { waitUntil: 'commit' });
  await page.getByLabel('Your account').fill(upn);
  return { upn, password, go };
}

test('what was typed before the scripts of the page are there is still there when they come', async ({
  page,
  server,
}) => {
  const { upn, password, go } = await typeNameEarly(page, server);
  go();
  // By keys, of which the first may be what the scripts begin with.
  await page.getByLabel('Password', { exact: true }).pressSequentially(password);
  await expect(page.getByLabel('Your account')).toHaveValue(upn);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('Signed in with a password. No key was used.')).toBeVisible();
});

test('a form that was sent before the scripts of the page are there is sent as it was typed', async ({
  page,
  server,
}) => {
  const { upn, password, go } = await typeNameEarly(page, server);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  go();
  await expect(page.getByText('Signed in with a password. No key was used.')).toBeVisible();

  await page.context().clearCookies();
  const andAgain = await holdScripts(page);
  await page.goto('/sign-in/pass', { waitUntil: 'commit' });
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
  await page.getByRole('button', { name: 'Continue' }).click();
  andAgain();
  await page.waitForURL('**/provision');
});

test('changing the password changes nothing for Hello', async ({ page, server }) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'KEEP-01');
  await server.admin(['user', 'password', upn]);
  await page.reload();
  await expect(page.getByText('Signed in with Windows Hello on KEEP-01')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on KEEP-01')).toBeVisible();
});

test('somebody who comes with a password proves more before a key is made, then never needs it again', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn])).trim();
  await virtualAuthenticator(page, { isPresent: true });
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // A password that an administrator gave out opens nothing but the choice of another.
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await page.getByLabel('New password').fill('violet engines hum at dawn');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText('Signed in with a password. No key was used.')).toBeVisible();
  await page.getByRole('link', { name: 'Set up this device' }).click();
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'First, confirm that it is you' })).toBeVisible();
  await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
  await page.getByRole('button', { name: 'Continue' }).click();
  await registerDevice(page, 'DESK-01');
  await page.getByRole('link', { name: /^Continue/ }).click();
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on DESK-01')).toBeVisible();
});

test('a key offered by autofill signs in', async ({ page, server }) => {
  const upn = await newPerson(server);
  const authenticator = await setUpHello(page, server, upn, 'FILL-01');
  await authenticator.setPresence(false);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  // With somebody there from the start, the browser's autofill answers as soon as the page asks.
  await page.goto('/help/errors');
  await authenticator.setPresence(true);
  await page.goto('/sign-in');
  await expect(page.getByText('Signed in with Windows Hello on FILL-01')).toBeVisible();
});
