import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { newPerson, setUpHello, signOut } from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ viewport: { width: 1440, height: 900 } });

const set = (server: House, setting: string, value: string) =>
  server.admin(['methods', 'set', setting, value, '--confirm-locked-out', '9999']);

/** Everything as it was: other stories share this server. */
test.afterEach(async ({ server }) => {
  for (const setting of [
    'AuthenticationStrength.signIn',
    'AuthenticationStrength.administration',
    'AuthenticationStrength.payroll',
    'Fido2.state',
    'Fido2.excludeTargets',
  ])
    await set(server, setting, 'default');
});

const row = (page: Page, name: RegExp) => page.getByRole('row', { name });

test('an administrator sees what a change of methods does, and it acts at once on whom it is for', async ({
  page,
  anotherBrowser,
  server,
}) => {
  const boss = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-71');
  await boss.enterBrowser(page.context());
  const upn = await newPerson(server);
  const member = await enrolled(server, upn, 'DESK-71');
  expect((await member.registerKey('passkey')).status).toBe(200);
  await server.admin(['group', 'create', 'No passkeys']);
  await server.admin(['group', 'add', 'No passkeys', '--user', upn]);
  // The member looks at the page on which a passkey is added.
  const theirs = await anotherBrowser();
  await member.enterBrowser(theirs.context());
  await theirs.goto('/passkey');
  await expect(theirs.getByRole('button', { name: /passkey/i }).first()).toBeVisible();

  await page.goto('/admin');
  await page.getByRole('link', { name: 'Methods', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Methods' })).toBeVisible();
  await expect(row(page, /Windows Hello for Business/).first()).toContainText('Phishing-resistant MFA');
  await expect(row(page, /^Password/)).toContainText('None by itself');
  await page.getByRole('button', { name: /^Change\s*Passkey or security key/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Passkey or security key' });
  await dialog.getByText('Except for some groups').click();
  await dialog.getByRole('checkbox', { name: /No passkeys/ }).check();
  await dialog.getByRole('button', { name: 'See what this does' }).click();
  await expect(dialog.getByText(/1 person who registered one lose/)).toBeVisible();
  // They have Windows Hello: nobody is kept from anything.
  await dialog.getByRole('button', { name: 'Save the method' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, /Passkey or security key/)).toContainText('No passkeys');

  await theirs.reload();
  await expect(
    theirs.getByText('Passkeys and security keys are not switched on for you here.'),
  ).toBeVisible();
  const options = await member.post('/api/registration/options', { purpose: 'passkey' });
  expect(options.json).toMatchObject({ code: 'passkeys_not_enabled' });
  const log = await server.admin(['events', 'list', '--code', 'methods_changed', '--limit', '1']);
  expect(log).toContain('"Fido2.excludeTargets":"No passkeys"');
  await set(server, 'Fido2.excludeTargets', 'default');
  await server.admin(['group', 'delete', 'No passkeys']);
});

test('a strength is shown with those who could not meet it before it is saved; whoever does goes on', async ({
  page,
  server,
}) => {
  const boss = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-72');
  await boss.enterBrowser(page.context());
  await page.goto('/admin/methods');
  await page.getByRole('button', { name: 'Change what is asked for' }).click();
  const dialog = page.getByRole('dialog', { name: 'How strong a proof has to be' });
  await dialog.getByLabel('Payroll').selectOption('phishing_resistant_mfa');
  await dialog.getByRole('button', { name: 'See what this does' }).click();
  await expect(dialog.getByText(/Payroll: .* could not show what it asks for/)).toBeVisible();
  // What was shown was of something else, once the choice changes.
  await dialog.getByLabel('Payroll').selectOption('none');
  await expect(dialog.getByRole('button', { name: 'See what this does' })).toBeVisible();
  await dialog.getByLabel('Administration').selectOption('phishing_resistant_mfa');
  await dialog.getByRole('button', { name: 'See what this does' }).click();
  await dialog.getByRole('button', { name: /^Save/ }).click();
  await expect(dialog).toBeHidden();
  // The administrator came in with Windows Hello: the page goes on.
  await expect(row(page, /^Administration/)).toContainText('Phishing-resistant MFA');
});

test('an open browser that falls short is told what is asked for and what is enough, and comes through with it', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  await page.goto('/apps/payroll');
  await expect(page.getByRole('heading', { level: 1, name: 'Payroll' })).toBeVisible();

  await set(server, 'AuthenticationStrength.payroll', 'phishing_resistant_mfa');
  await page.goto('/apps/payroll');
  await expect(page.getByText(/Payroll asks for Phishing-resistant MFA/)).toBeVisible();
  await expect(page.getByText('You came in with a password.')).toBeVisible();
  await expect(page.getByText('You have nothing of that strength yet')).toBeVisible();
  await page.goto('/apps/handbook');
  await expect(page.getByText('Boats leave at high water')).toBeVisible();

  await set(server, 'AuthenticationStrength.signIn', 'mfa');
  await page.goto('/apps/handbook');
  await expect(page).toHaveURL(`${server.origin}/step-up`);
  await expect(page.getByRole('heading', { name: 'This asks for a stronger proof' })).toBeVisible();
  // The way out of it: the set-up stays open.
  await page.getByRole('link', { name: 'Set up this device' }).click();
  await expect(page).toHaveURL(/\/provision/);
});

test('a session that began with a password steps up with the key that is named', async ({ page, server }) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'STEP-71');
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  await signOut(page);
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  await set(server, 'AuthenticationStrength.payroll', 'phishing_resistant_mfa');
  await page.goto('/apps/payroll');
  await expect(page.getByText(/^Windows Hello on STEP-71/)).toBeVisible();
  await page.getByRole('button', { name: 'Confirm with a key' }).click();
  await expect(page.getByText('Next payment on the 25th.')).toBeVisible();
});

test('the reports count, list and leave as files; members get none of them', async ({ page, server }) => {
  const upn = await newPerson(server, 'global_administrator');
  const boss = await enrolled(server, upn, 'BOSS-73');
  await boss.enterBrowser(page.context());
  await page.goto(`/admin/methods/activity?q=${encodeURIComponent(upn)}`);
  await expect(row(page, new RegExp(upn.split('@')[0] ?? ''))).toContainText('Windows Hello for Business');
  await page.getByRole('link', { name: 'Last 24 hours' }).click();
  await expect(page).toHaveURL(/window=24h/);
  const headers = { origin: server.origin };
  const summary = await boss.send('/api/methods/registration?window=24h', { headers });
  expect(summary.json).toMatchObject({ window: '24h' });
  const csv = await boss.send('/api/methods/registration-details', { headers });
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect(csv.text).toContain(`${upn},`);
  const list = await boss.send('/api/methods/registration-details?format=json', { headers });
  expect(JSON.stringify(list.json)).toContain(upn);
  const events = await boss.send('/api/methods/registration-events?format=json&window=24h', { headers });
  expect(JSON.stringify(events.json)).toContain('windowsHelloForBusiness');
  expect((await boss.send('/api/methods/registration?window=year', { headers })).status).toBe(400);
  const member = await enrolled(server, await newPerson(server), 'DESK-73');
  for (const path of ['registration', 'registration-details', 'registration-events'])
    expect((await member.send(`/api/methods/${path}`, { headers })).status).toBe(404);
});
