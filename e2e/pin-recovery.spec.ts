import type { Page } from '@playwright/test';
import { cutOff, expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import {
  chooseNewPin,
  enterPin,
  issuePass,
  LONG_PINS,
  newPerson,
  setUpSoftwareKey,
  signOut,
} from './people.ts';

/** Nobody's birthday: each is found in what is sent only if it is sent. */
const FORGOTTEN = 'driftwood2291bay';
const NEW_PIN = 'sandpiper6074cove';

// The service is turned on before a device is registered: later values of the organisation do not reach it.
test.use({ policy: { ...LONG_PINS, EnablePinRecovery: 'true' } });

test.beforeEach(async ({ server, keepIn }) => {
  await server.admin(['pin-reset-service', 'register']);
  for (const pin of [FORGOTTEN, NEW_PIN]) keepIn(pin);
});

const kid = async (server: House, upn: string) =>
  (await server.admin(['events', 'list', '--person', upn, '--code', 'key_registered'])).split('\n').length;
const pass = async (page: Page, server: House, upn: string) => {
  await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
  await page.getByRole('button', { name: 'Continue' }).click();
};

/** By a pass to the choice of a new PIN; the session is another one then, and its page is loaded anew. */
const passToNewPin = async (page: Page, server: House, upn: string) => {
  await pass(page, server, upn);
  await page.waitForURL('**/pin-reset?step=new_pin');
};

test('a forgotten PIN is replaced and the key stays: by a pass, from security info', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'KEPT-01', FORGOTTEN);
  const keys = await kid(server, upn);
  await page.goto('/devices/status');
  await expect(page.getByText('DestructiveAndNonDestructive')).toBeVisible();

  await page.goto('/security-info');
  await page.getByRole('link', { name: 'I forgot my PIN' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your key stays, and gets a new PIN');
  await expect(page.getByRole('table')).toContainText('The key on this device');
  await page.getByRole('button', { name: 'Continue' }).click();
  await passToNewPin(page, server, upn);
  await chooseNewPin(page, NEW_PIN);
  await page.getByRole('button', { name: 'Set my new PIN' }).click();
  await expect(page.getByText('Your new PIN counts')).toBeVisible();
  await page.getByRole('link', { name: 'Go to my workplace' }).click();
  await expect(page.getByText('on KEPT-01. Software key')).toBeVisible();
  expect(await kid(server, upn)).toBe(keys);
  const told = await server.admin(['events', 'list', '--person', upn, '--code', 'pin_reset']);
  expect(told).toContain('non_destructive');

  // Another protector was made for the next time, and the old PIN is no PIN any more.
  await page.goto('/devices/status');
  await expect(page.getByText('DestructiveAndNonDestructive')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: /^Sign in as .* with your PIN$/ }).click();
  await enterPin(page, FORGOTTEN);
  await expect(page.getByRole('dialog')).toContainText('That PIN is wrong');
  await enterPin(page, NEW_PIN);
  await expect(page.getByText('on KEPT-01. Software key')).toBeVisible();
});

test('where the service has left, the reset makes a new key and says so beforehand', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'KEPT-02', FORGOTTEN);
  await server.admin(['pin-reset-service', 'withdraw']);
  await page.goto('/security-info');
  await page.getByRole('link', { name: 'I forgot my PIN' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'A new key replaces the one you can no longer open',
  );
  await page.goto('/devices/status');
  await expect(page.getByText('DestructiveOnly')).toBeVisible();
});

test('from sign-in, with a pass: the same key gets the new PIN, and its answer signs in', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'KEPT-03', FORGOTTEN);
  const keys = await kid(server, upn);
  await signOut(page);
  // Found in this browser, and put above the other ways.
  await expect(page.getByRole('button', { name: /^Sign in as .* with your PIN$/ })).toBeVisible();
  await page.getByRole('link', { name: /^I forgot my PIN/ }).click();
  await page.getByRole('link', { name: 'With a pass', exact: true }).click();
  await page.getByLabel('Your account').fill(upn);
  await pass(page, server, upn);
  await page.waitForURL('**/pin-reset');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your key stays, and gets a new PIN');
  await page.getByRole('button', { name: 'Continue' }).click();
  await chooseNewPin(page, NEW_PIN);
  await page.getByRole('button', { name: 'Set my new PIN' }).click();
  await expect(page.getByText('Your new PIN counts')).toBeVisible();
  await page.getByRole('link', { name: 'Go to my workplace' }).click();
  await expect(page.getByText('on KEPT-03. Software key')).toBeVisible();
  expect(await kid(server, upn)).toBe(keys);
});

test('a reset that was cut before its last answer is begun again, and the old PIN counts until then', async ({
  page,
  server,
  expectLoss,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'CUT-31', FORGOTTEN);
  const setNewPin = async () => {
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Set my new PIN' }).click();
  };
  await page.goto('/pin-reset');
  await page.getByRole('button', { name: 'Continue' }).click();
  await passToNewPin(page, server, upn);
  const letThrough = await cutOff(page, '**/api/authentication/verification');
  expectLoss('/api/authentication/verification');
  await setNewPin();
  await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
  letThrough();
  expect(await server.admin(['events', 'list', '--person', upn, '--code', 'pin_reset'])).toBe('');
  await setNewPin();
  await expect(page.getByText('Your new PIN counts')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: /^Sign in as .* with your PIN$/ }).click();
  await enterPin(page, NEW_PIN);
  await expect(page.getByText('on CUT-31. Software key')).toBeVisible();
});
