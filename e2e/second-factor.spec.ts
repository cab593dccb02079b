import type { Page } from '@playwright/test';
import { authenticatorApp } from './authenticator-app.ts';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson, typePassword } from './people.ts';
import { enrolled } from './visitor.ts';

async function givePassword(server: House, upn: string): Promise<string> {
  return (await server.admin(['user', 'password', upn, '--keep'])).trim();
}

/** On a page that adds an authenticator app, with a fresh proof: adds one. */
async function addApp(page: Page, name: string) {
  await page.getByRole('button', { name: 'Show the code to scan' }).click();
  const app = authenticatorApp(await page.getByTestId('totp-key').innerText());
  await page.getByLabel('Code from your authenticator app').fill(app.code());
  await page.getByLabel('Name of this app').fill(name);
  await page.getByRole('button', { name: 'Add this app' }).click();
  await expect(page.getByText(`“${name}” is set up`)).toBeVisible();
  return app;
}

/** On a page that adds a phone, with a fresh proof: adds one. */
async function addPhone(laptop: Page, phone: Page, name: string): Promise<void> {
  await laptop.getByRole('button', { name: 'Show the code to scan' }).click();
  await phone.goto(`/authenticator#code=${await laptop.getByTestId('phone-code').innerText()}`);
  await phone.getByLabel('Name of this phone').fill(name);
  await phone.getByRole('button', { name: 'Add this phone' }).click();
  await laptop.getByRole('button', { name: 'Yes, add this phone' }).click();
  await expect(laptop.getByText(`“${name}” approves for you now`)).toBeVisible();
}

async function typeCode(page: Page, app: { code: () => string }): Promise<void> {
  await page.getByLabel('Code from your authenticator app').fill(app.code());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('a person with a phone and an app is asked by the phone first, until they choose the app', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'FACTOR-01');
  await person.enterBrowser(page.context());
  const password = await givePassword(server, upn);
  await page.goto('/second-factor');
  await page.getByRole('link', { name: 'An app for codes' }).click();
  const app = await addApp(page, 'Codes');
  await page.goto('/second-factor');
  await page.getByRole('link', { name: 'Your phone' }).click();
  await addPhone(page, await anotherBrowser(), 'Blue phone');
  await page.getByRole('link', { name: 'Done' }).click();
  const row = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  await expect(row('Blue phone').getByText('Asked for first')).toBeVisible();

  const laptop = await anotherBrowser();
  await typePassword(laptop, upn, password);
  await expect(laptop.getByRole('heading', { name: 'Approve on your phone' })).toBeVisible();
  await row('Codes').getByRole('button', { name: 'Ask for this first' }).click();
  await expect(row('Codes').getByText('Asked for first')).toBeVisible();
  await expect(row('Blue phone').getByText('Asked for first')).toHaveCount(0);
  await typePassword(laptop, upn, password);
  await expect(laptop.getByRole('heading', { name: 'Enter the code' })).toBeVisible();
  await expect(laptop.getByLabel('Code from your authenticator app')).toBeFocused();
  await typeCode(laptop, app);
  await expect(laptop.getByText('Signed in with a password and a code')).toBeVisible();
});

test('an administrator asks for a new second factor: the old one only adds it, and is gone then', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'FACTOR-02');
  const desk = await anotherBrowser();
  await person.enterBrowser(desk.context());
  const password = await givePassword(server, upn);
  await desk.goto('/authenticator-app');
  const old = await addApp(desk, 'Old app');

  const administrator = await newPerson(server, 'authentication_administrator');
  await (await enrolled(server, administrator, 'ADMIN-01')).enterBrowser(page.context());
  await page.goto(`/admin/people?q=${encodeURIComponent(upn)}`);
  await page.getByRole('link', { name: new RegExp(upn.replaceAll('.', '\\.')) }).click();
  await page.getByRole('button', { name: 'Ask for new ones' }).click();
  await page.getByRole('button', { name: 'Ask at the next sign-in' }).click();
  await expect(page.getByText('New ones were asked for')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Ask for new ones' })).toHaveCount(0);

  await test.step('what Hello let in goes on, and is told', async () => {
    await desk.goto('/security-info');
    await expect(desk.getByText('Your organisation asks for a new second factor')).toBeVisible();
  });

  const laptop = await anotherBrowser();
  await test.step('password and old code lead to the new one, and nowhere else', async () => {
    await typePassword(laptop, upn, password);
    await typeCode(laptop, old);
    await expect(laptop.getByRole('heading', { name: 'Set up a new second factor' })).toBeVisible();
    await laptop.goto('/security-info');
    await expect(laptop).toHaveURL(/\/second-factor$/);
    await laptop.getByRole('link', { name: 'An app for codes' }).click();
    const app = await addApp(laptop, 'New app');
    await laptop.getByRole('link', { name: 'Done' }).click();
    await expect(laptop.getByRole('heading', { name: 'Your new second factor is set up' })).toBeVisible();
    await laptop.getByRole('button', { name: 'Sign in again' }).click();
    await laptop.waitForURL('**/sign-in');
    await typePassword(laptop, upn, password);
    await typeCode(laptop, app);
    await expect(laptop.getByText('Signed in with a password and a code')).toBeVisible();
    await laptop.goto('/security-info');
    await expect(laptop.getByText('New app', { exact: true })).toBeVisible();
    await expect(laptop.getByText('Old app', { exact: true })).toHaveCount(0);
  });
});

test('somebody with nothing that shows who they are sets up an app first, within the set-up of their device', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const password = await givePassword(server, upn);
  await typePassword(page, upn, password);
  await expect(page.getByText('Signed in with a password.')).toBeVisible();
  await page.goto('/provision');
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await expect(page.getByText('you have nothing yet that shows it is you')).toBeVisible();
  await page.getByRole('link', { name: 'Set up your phone or an app for codes' }).click();
  await page.waitForURL('**/second-factor?then=provision');
  await page.getByRole('link', { name: 'An app for codes' }).click();
  await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
  await page.getByRole('button', { name: 'Continue' }).click();
  // The same address, loaded anew.
  await expect(page.getByRole('button', { name: 'Show the code to scan' })).toBeVisible();
  await page.waitForLoadState();
  await addApp(page, 'My app');
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(page.getByRole('button', { name: 'Register this device' })).toBeVisible();
});
