import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson, redeemPass, registerDevice, takenOver } from './people.ts';

let made = 0;
const own = (what: string) => `${what} ${process.pid}.${++made}`;

/** A group of one person, so that what a test publishes is for nobody else. */
async function groupOf(server: House, upn: string): Promise<string> {
  const name = own('First run');
  await server.admin(['group', 'create', name]);
  await server.admin(['group', 'add', name, '--user', upn]);
  return name;
}

/** Publishes a profile of Intune for a group. */
async function publish(
  server: House,
  group: string,
  values: Record<string, string>,
  given: { name?: string; required?: boolean } = {},
): Promise<void> {
  const file = join(server.dataDir, `${own('profile')}.json`);
  const settings = Object.entries(values).map(([name, value]) => ({ scope: 'device', name, value }));
  await writeFile(
    file,
    JSON.stringify({ name: own('Profile'), ...given, include: [group], values: settings }),
  );
  const said = await server.admin(['policy', 'source', 'create', 'settings_catalog', file]);
  await server.admin(['policy', 'source', 'publish', said.split('\n')[0] ?? '']);
}

/** Joins this browser with a pass, up to the registered device. */
async function joinDevice(
  page: Page,
  server: House,
  upn: string,
  device: string,
  begin: string,
): Promise<void> {
  await redeemPass(page, upn, await issuePass(server, upn));
  await page.getByRole('link', { name: begin, exact: true }).click();
  await registerDevice(page, device);
}

async function signInWithPassword(page: Page, upn: string, password: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function confirmAndMakeKey(page: Page, server: House, upn: string): Promise<void> {
  const pass = await issuePass(server, upn);
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await page.getByLabel('Temporary Access Pass').fill(pass);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**step=device');
  await takenOver(page);
  await page.getByRole('link', { name: /^Continue/ }).click();
  await page.getByRole('button', { name: 'Create my key' }).click();
}

const welcome = 'Use Windows Hello with your account';

test('the first-run page can be put off, until a profile asks for a key', async ({ page, server }) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  await virtualAuthenticator(page);
  await joinDevice(page, server, upn, 'FIRST-01', 'OK');
  await page.getByRole('link', { name: /^Continue/ }).waitFor();

  await test.step('nobody manages the device: the person goes on without a key', async () => {
    await signInWithPassword(page, upn, password);
    await expect(page.getByRole('heading', { name: welcome })).toBeVisible();
    await page.getByRole('link', { name: 'Not now' }).click();
    await expect(page.getByText('Signed in with a password on FIRST-01')).toBeVisible();
  });

  await test.step('a profile switches Windows Hello on: the page stays until there is a key', async () => {
    await publish(server, await groupOf(server, upn), { UsePassportForWork: 'true' });
    await signInWithPassword(page, upn, password);
    await expect(page.getByRole('heading', { name: welcome })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Not now' })).toHaveCount(0);
    await page.goto('/');
    await expect(page.getByRole('heading', { name: welcome })).toBeVisible();
    await confirmAndMakeKey(page, server, upn);
    await expect(page.getByText('Signed in with Windows Hello on FIRST-01')).toBeVisible();
  });
});

test('a device joined while Windows Hello is off is enrolled when it is on, and by hand where nothing starts by itself', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const off = await groupOf(server, upn);
  await publish(server, off, { UsePassportForWork: 'false' });
  await virtualAuthenticator(page);
  await joinDevice(page, server, upn, 'LATER-01', 'Register this device');
  const switchedOff = page.getByText('Your organisation has Windows Hello for Business switched off').first();
  await expect(switchedOff).toBeVisible();
  await signInWithPassword(page, upn, password);
  await expect(page.getByText('Windows Hello for Business is switched off')).toBeVisible();

  await server.admin(['group', 'remove', off, '--user', upn]);
  const on = { UsePassportForWork: 'true', DisablePostLogonProvisioning: 'true' };
  await publish(server, await groupOf(server, upn), on);
  await signInWithPassword(page, upn, password);
  await page.getByRole('link', { name: 'Set up this device' }).click();
  await confirmAndMakeKey(page, server, upn);
  await expect(page.getByText('Signed in with Windows Hello on LATER-01')).toBeVisible();
});

test('a new device waits for policy that is required, says what is missing, and goes on when it is there', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const old = await groupOf(server, upn);
  await publish(server, old, { UseBiometrics: 'true' });
  const name = own('Pilot');
  await publish(server, await groupOf(server, upn), { UseBiometrics: 'false' }, { name, required: true });
  await virtualAuthenticator(page);
  await server.admin(['policy', 'set', 'EnrollmentStatusPage.state', 'true']);
  try {
    await joinDevice(page, server, upn, 'WAIT-01', 'OK');
    await expect(
      page.getByRole('heading', { name: 'Your organisation is setting up this device' }),
    ).toBeVisible();
    const required = page.getByRole('listitem').filter({ hasText: name });
    await expect(required).toContainText('It contradicts another profile, so that neither applies.');
    await page.goto('/provision?step=key');
    await expect(required).toBeVisible();
    await server.admin(['group', 'remove', old, '--user', upn]);
    // Biometrics are off now: the page of the next step says so.
    await expect(page.getByText('Your organisation asks for the PIN only.')).toBeVisible();
    await page.getByRole('link', { name: /^Continue/ }).click();
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on WAIT-01')).toBeVisible();
  } finally {
    await server.admin(['policy', 'clear', 'EnrollmentStatusPage.state']);
  }
});
