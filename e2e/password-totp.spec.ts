import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { authenticatorApp } from './authenticator-app.ts';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { newPerson, typePassword } from './people.ts';
import { enrolled } from './visitor.ts';

// Several people in several browsers.

const FIRST = 'violet engines hum at dawn';
const SECOND = 'seven ropes and a brass bell';

async function givePassword(server: House, upn: string): Promise<string> {
  return (await server.admin(['user', 'password', upn, '--keep'])).trim();
}

/** Signs somebody in with a Hello key of software on a new device; the ceremony is other stories' matter. */
async function signInWithHello(page: Page, server: House, upn: string, deviceName: string): Promise<void> {
  const person = await enrolled(server, upn, deviceName);
  await person.enterBrowser(page.context());
}

async function addApp(page: Page, name: string) {
  await page.goto('/security-info');
  await page
    .getByRole('link', { name: /Add (a second factor|your phone or an app)/ })
    .first()
    .click();
  await page.waitForURL('**/second-factor');
  await page.getByRole('link', { name: 'An app for codes' }).click();
  await page.getByRole('button', { name: 'Show the code to scan' }).click();
  const app = authenticatorApp(await page.getByTestId('totp-key').innerText());
  await page.getByLabel('Code from your authenticator app').fill(app.oldCode());
  await page.getByLabel('Name of this app').fill(name);
  await page.getByRole('button', { name: 'Add this app' }).click();
  await expect(page.getByText("That code didn't work. Nothing was changed.")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Code from your authenticator app').fill(app.code());
  await page.getByRole('button', { name: 'Add this app' }).click();
  await expect(page.getByText(`“${name}” is set up`)).toBeVisible();
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(page.getByText(name)).toBeVisible();
  return app;
}

test('with an authenticator app a password opens nothing without its code, and both together are a strong proof', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  await signInWithHello(page, server, upn, 'TOTP-01');
  const password = await givePassword(server, upn);
  const app = await addApp(page, 'Blue phone');

  const other = await anotherBrowser();
  await typePassword(other, upn, password);
  await expect(other.getByRole('heading', { name: 'Enter the code' })).toBeVisible();
  await expect(other.getByLabel('Code from your authenticator app')).toBeFocused();
  expect((await other.context().cookies()).map(({ name }) => name)).not.toContain('__Host-latchkey-session');
  await expectAccessible(other);
  await other.getByLabel('Code from your authenticator app').fill(app.oldCode());
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(other.getByText("That code didn't work. Nothing was changed.")).toBeVisible();
  // The page goes on with what the refusal brought.
  await other.getByLabel('Code from your authenticator app').fill(app.code());
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(other.getByText('Signed in with a password and a code')).toBeVisible();

  await test.step('it may change credentials while it is fresh: here, the name of the app', async () => {
    await other.goto('/security-info');
    const row = other.getByRole('listitem').filter({ hasText: 'Blue phone' });
    await row.getByRole('button', { name: 'Rename' }).click();
    await other.getByLabel('Name', { exact: true }).fill('Red phone');
    await other.getByRole('button', { name: 'Save name' }).click();
    await other.keyboard.press('Escape');
    await expect(other.getByText('Red phone', { exact: true })).toBeVisible();
  });

  await test.step('removing the app ends the session that its code opened, and leaves the Hello session', async () => {
    await page.goto('/security-info');
    const row = page.getByRole('listitem').filter({ hasText: 'Red phone' });
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove this app' }).click();
    await expect(page.getByText('No second factor yet')).toBeVisible();
    await other.goto('/');
    await expect(other).toHaveURL(/\/sign-in$/);
  });
});

test('a change that wants a fresh proof asks for a key or for password and code, and goes on after it', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const password = await givePassword(server, upn);
  const other = await anotherBrowser();
  await typePassword(other, upn, password);
  await expect(other.getByText('Signed in with a password.')).toBeVisible();
  await signInWithHello(page, server, upn, 'TOTP-02');
  const app = await addApp(page, 'Green phone');

  // A session of a password alone is too weak to change anything.
  await other.goto('/security-info');
  const row = other.getByRole('listitem').filter({ hasText: 'Green phone' });
  await row.getByRole('button', { name: 'Rename' }).click();
  await other.getByLabel('Name', { exact: true }).fill('Grey phone');
  await other.getByRole('button', { name: 'Save name' }).click();
  const dialog = other.getByRole('dialog', { name: 'Confirm that it is you' });
  await expect(dialog.getByRole('button', { name: 'Confirm with a key' })).toBeVisible();
  await expectAccessible(other);
  await dialog.getByLabel('Password', { exact: true }).fill('wrong');
  await dialog.getByLabel('Code from your authenticator app').fill(app.oldCode());
  await dialog.getByRole('button', { name: 'Confirm with password and code' }).click();
  await expect(dialog.getByText("That didn't work. Nothing was changed.")).toBeVisible();
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByLabel('Code from your authenticator app').fill(app.code());
  await dialog.getByRole('button', { name: 'Confirm with password and code' }).click();
  await expect(dialog).toHaveCount(0);
  await other.keyboard.press('Escape');
  await expect(other.getByText('Grey phone', { exact: true })).toBeVisible();
  await other.getByRole('link', { name: 'Home' }).click();
  await other.getByRole('button', { name: 'Lock' }).click();
  await other.waitForURL('**/locked');
  await other.getByRole('button', { name: 'Use password and code' }).click();
  await expect(other.getByRole('button', { name: 'Confirm with password and code' })).toBeVisible();
  await expectAccessible(other);
});

test('changing the password ends where it was used, not where Hello was, and says what is wrong with a weak one', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  await signInWithHello(page, server, upn, 'PASS-01');
  const password = await givePassword(server, upn);
  const other = await anotherBrowser();
  await typePassword(other, upn, password);
  await expect(other.getByText('Signed in with a password.')).toBeVisible();

  await page.goto('/security-info');
  await page.getByRole('link', { name: 'Change your password' }).click();
  await page.getByLabel('Current password').fill('not that one');
  await page.getByLabel('New password').fill('password');
  await expect(page.getByText('8 of 15 characters')).toBeVisible();
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('Use at least 15 characters.')).toBeVisible();
  await expect(page.getByText('Many people use this password')).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('New password').fill(FIRST);
  await expect(page.getByText('Long enough')).toBeVisible();
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText("Your current password wasn't accepted")).toBeVisible();
  await page.getByLabel('Current password').fill(password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  await expect(page.getByText('The one other place')).toBeVisible();

  await other.goto('/');
  await expect(other).toHaveURL(/\/sign-in$/);
  await page.goto('/');
  await expect(page.getByText('Signed in with Windows Hello on PASS-01')).toBeVisible();
  await typePassword(other, upn, FIRST);
  await expect(other.getByText('Signed in with a password.')).toBeVisible();
});

test('an administrator asks for a new password: the old one opens nothing but its own change', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const password = await givePassword(server, upn);
  await signInWithHello(page, server, await newPerson(server, 'global_administrator'), 'DESK-09');
  await page.goto(`/admin/people?q=${encodeURIComponent(upn)}`);
  await page.getByRole('link', { name: new RegExp(upn.replaceAll('.', '\\.')) }).click();
  await page.getByRole('button', { name: 'Ask for a new password' }).click();
  await page.getByRole('button', { name: 'Ask at the next sign-in' }).click();
  await expect(page.getByText('Has a password that must change')).toBeVisible();

  const other = await anotherBrowser();
  await typePassword(other, upn, password);
  await expect(other.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  expect((await other.context().cookies()).map(({ name }) => name)).not.toContain('__Host-latchkey-session');
  await other.goto('/');
  await expect(other).toHaveURL(/\/sign-in$/);
  await typePassword(other, upn, password);
  await other.getByLabel('New password').fill(password);
  await other.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(other.getByText('This is the password that you have now.')).toBeVisible();
  await expectAccessible(other);
  await other.getByLabel('New password').fill(SECOND);
  await other.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(other.getByText('Signed in with a password.')).toBeVisible();
});

test('the list of common passwords is in no file that a browser loads', () => {
  const root = join('.next', 'static');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const file of files)
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/passwords-common|trustno1/);
});
