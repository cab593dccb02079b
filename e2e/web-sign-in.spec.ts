import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { issuePass, newPerson, setUpHello, takenOver, takeOtherWay } from './people.ts';
import { loseKey } from './visitor.ts';

async function showPass(page: Page, upn: string, pass: string): Promise<void> {
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Temporary Access Pass').fill(pass);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** From the first page of the set-up to being in by the new key. */
async function makeKey(page: Page, device: string): Promise<void> {
  await takenOver(page);
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await page.waitForURL('**step=**');
  await takenOver(page);
  await page.getByRole('link', { name: /^Continue/ }).click();
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText(`Signed in with Windows Hello on ${device}`)).toBeVisible();
}

test('somebody without a key on their device comes in by web sign-in, and is led to a key', async ({
  page,
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'WEB-01');
  // Autofill offers the key that is gone.
  expectRefusal(401, '/api/authentication/verification');
  await loseKey(await anotherBrowser(), server, upn);
  await page.goto('/');
  await takeOtherWay(page, /^Web sign-in/, '/sign-in/pass');
  const pass = await issuePass(server, upn);
  await showPass(page, upn, pass);
  await expect(page.getByRole('heading', { name: 'Use Windows Hello with your account' })).toBeVisible();
  await page.goto('/');
  await expect(page.getByText('Signed in with a Temporary Access Pass on WEB-01')).toBeVisible();

  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await page.getByRole('button', { name: 'Use a Temporary Access Pass' }).click();
  await expect(page.getByText("A pass doesn't open this lock")).toHaveCount(0);
  await page.getByLabel('Temporary Access Pass').fill(pass);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('Signed in with a Temporary Access Pass on WEB-01')).toBeVisible();
  await page.getByRole('link', { name: 'Set up this device' }).click();
  await makeKey(page, 'WEB-01');
  expect(
    await server.admin(['events', 'list', '--person', upn, '--code', 'pass_redeemed', '--json']),
  ).toContain('webSignIn');
});

test('whoever has a key here comes to the PIN reset with a pass, and past the lock with none', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'WEB-02');
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await page.getByRole('button', { name: 'Use a Temporary Access Pass' }).click();
  await expect(page.getByText('It lets you reset the PIN of that key.')).toBeVisible();
  await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/pin-reset**');
  expect((await page.request.get('/security-info')).url()).toContain('/provision');
  await page.goto('/sign-in/pass');
  await showPass(page, upn, await issuePass(server, upn));
  await page.waitForURL('**/pin-reset**');
});

test.describe('where it is off', () => {
  test.use({ policy: { EnableWebSignIn: 'off' } });

  test('a pass on a registered device opens the set-up, and nothing else', async ({
    page,
    server,
    anotherBrowser,
    expectRefusal,
  }) => {
    const upn = await newPerson(server);
    await setUpHello(page, server, upn, 'WEB-03');
    expectRefusal(401, '/api/authentication/verification');
    await loseKey(await anotherBrowser(), server, upn);
    await page.goto('/');
    await expect(page.getByRole('link', { name: /^Web sign-in/ })).toHaveCount(0);
    await takeOtherWay(page, /^Temporary Access Pass/, '/sign-in/pass');
    await showPass(page, upn, await issuePass(server, upn));
    await expect(page.getByRole('heading', { name: 'Use Windows Hello with your account' })).toBeVisible();
    for (const path of ['/', '/security-info', '/apps/handbook', '/devices']) {
      await page.goto(path);
      await expect(page, path).toHaveURL(/\/provision/);
    }
    await makeKey(page, 'WEB-03');
  });
});
