/** Nobody loses their last key by accident, a pass is never a back door, and people hear of what changed. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled, type Visitor } from './visitor.ts';

async function idOf(reader: Visitor, upn: string): Promise<string> {
  const { text } = await reader.send(`/admin/people?q=${encodeURIComponent(upn)}`);
  return /person=([0-9a-f-]{36})/.exec(text)?.[1] ?? '';
}

const confirm = (page: Page, name: RegExp) =>
  page.getByRole('alertdialog').getByRole('button', { name }).click();

test('the last key is not removed; reported lost, it stops at once and signs its session out', async ({
  page,
  server,
}) => {
  const person = await enrolled(server, await newPerson(server), 'LAST-01');
  await person.enterBrowser(page.context());
  await page.goto('/security-info');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'This is your last key' })).toBeVisible();
  await page.keyboard.press('Escape');
  // Past the page, too.
  const credentialId = /<dd[^>]*>([0-9a-f-]{36})/.exec((await person.send('/security-info')).text)?.[1];
  if (credentialId !== undefined)
    expect(await person.act('(member)#removeKeyAction', { credentialId })).toMatchObject({
      problem: { code: 'last_strong_credential' },
    });

  await page.getByRole('button', { name: 'Report lost' }).click();
  await expect(page.getByText('Then you have no key left.')).toBeVisible();
  await confirm(page, /^Report it lost/);
  await page.waitForURL('**/sign-in');
  expect((await person.signIn()).json.code).toBe('sign_in_failed');
  expect((await person.send('/security-info')).status).toBe(307);
});

test('a pass for somebody with a key takes a reason, and they hear of it in every session until they dismiss it', async ({
  page,
  anotherBrowser,
  server,
}) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'TOLD-01');
  const boss = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-21');
  await boss.enterBrowser(page.context());
  await page.goto(`/admin/people?person=${await idOf(boss, upn)}`);
  // Who enrolled has the used pass still.
  await page.getByRole('button', { name: 'Issue another pass' }).click();
  await expect(page.getByText('has a key that works')).toBeVisible();
  await page.getByRole('button', { name: 'Issue the pass' }).click();
  await expect(page.getByText('Say why, in a sentence.')).toBeVisible();
  await page.getByLabel('Why they need a pass').fill('Left the laptop on the ferry');
  await page.getByRole('button', { name: 'Issue the pass' }).click();
  await expect(page.getByTestId('pass')).toBeVisible();

  const home = await anotherBrowser();
  await person.enterBrowser(home.context());
  await home.goto('/');
  await expect(home.getByText('This changed in your account')).toBeVisible();
  await expect(home.getByText(/^An administrator issued a Temporary Access Pass for you/)).toBeVisible();
  await expect(home.getByText('Left the laptop on the ferry')).toHaveCount(0);
  await home.getByRole('link', { name: 'This wasn’t me' }).click();
  await expect(home.getByRole('heading', { name: 'If this wasn’t you' })).toBeVisible();
  await home.getByRole('button', { name: 'Delete', exact: true }).click();
  await confirm(home, /^Delete the pass/);
  await expect(home.getByRole('button', { name: 'Delete', exact: true })).toHaveCount(0);
  await home.goto('/security-info');
  await home.getByRole('button', { name: 'Got it' }).click();
  await expect(home.getByText('This changed in your account')).toHaveCount(0);
  await home.goto('/');
  await expect(home.getByText('This changed in your account')).toHaveCount(0);

  await page.goto('/admin/outbox');
  await expect(page.getByText('No e-mail leaves this server')).toBeVisible();
  // The latest one: the pass of the enrolment has a message of its own.
  const row = page
    .getByRole('row')
    .filter({ hasText: upn })
    .filter({ hasText: 'A Temporary Access Pass' })
    .first();
  await expect(row.getByText('Waits')).toBeVisible();
  await row.getByText('A Temporary Access Pass was issued for you').click();
  await expect(row.getByText('There are no links in this message, on purpose.')).toBeVisible();
});

test('a pass for an administrator is asked for by one, approved by another, and shown once to the first', async ({
  page,
  anotherBrowser,
  server,
}) => {
  const upn = await newPerson(server, 'authentication_administrator');
  const asks = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-31');
  const decides = await enrolled(
    server,
    await newPerson(server, 'privileged_authentication_administrator'),
    'BOSS-32',
  );
  await asks.enterBrowser(page.context());
  await page.goto(`/admin/people?person=${await idOf(asks, upn)}`);
  await expect(page.getByText('a second administrator has to approve')).toBeVisible();
  await page.getByRole('button', { name: 'Ask for a pass' }).click();
  await page.getByLabel('Why they need a pass').fill('New laptop, old one returned');
  await page.getByRole('button', { name: 'Ask for the pass' }).click();
  await expect(page.getByText('Asked. A second administrator decides under Approvals.')).toBeVisible();
  await page.goto('/admin/approvals');
  await expect(page.getByText('You asked: another administrator decides.')).toBeVisible();
  await expect(page.getByRole('button', { name: /Approve|Collect/ })).toHaveCount(0);

  const second = await anotherBrowser();
  await decides.enterBrowser(second.context());
  await second.goto('/admin');
  await second
    .getByRole('link', { name: /^Approvals/ })
    .first()
    .click();
  await expect(second.getByText('New laptop, old one returned')).toBeVisible();
  await second.getByRole('button', { name: 'Approve', exact: true }).click();
  await confirm(second, /^Approve 1 pass/);
  await expect(second.getByText(/^Approved\. Person/)).toBeVisible();

  await page.reload();
  await page.getByRole('button', { name: 'Collect the pass' }).click();
  const pass = await page.getByTestId('pass').textContent();
  expect(pass).toMatch(/^[A-Z2-9]{8,}$/);
  await page.getByRole('button', { name: 'Done, I handed it over' }).click();
  await expect(page.getByText('Collected', { exact: true })).toBeVisible();
  await expect(page.getByTestId('pass')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Collect the pass' })).toHaveCount(0);
});

test('a device reported lost by its person is disabled with its keys and sessions, in one step', async ({
  page,
  anotherBrowser,
  server,
}) => {
  const upn = await newPerson(server);
  const there = await enrolled(server, upn, 'LOST-41');
  const here = await enrolled(server, upn, 'HERE-41');
  await here.enterBrowser(page.context());
  await page.goto('/devices');
  const lost = page.getByRole('listitem').filter({ hasText: 'LOST-41' });
  await lost.getByRole('button', { name: 'Report lost' }).click();
  await expect(page.getByText('One other key still gets you in.')).toBeVisible();
  await confirm(page, /^Report LOST-41 lost/);
  await expect(lost.getByText('Disabled')).toBeVisible();
  expect((await there.send('/')).status).toBe(307);
  expect((await there.signIn()).json.code).toBe('sign_in_failed');
  expect((await here.send('/')).status).toBe(200);

  // By an administrator, with what it takes.
  const boss = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-41');
  const admin = await anotherBrowser();
  await boss.enterBrowser(admin.context());
  await admin.goto(`/admin/people?person=${await idOf(boss, upn)}`);
  const device = admin.getByRole('listitem').filter({ hasText: 'HERE-41' });
  await device.getByRole('button', { name: 'Report lost' }).click();
  await expect(admin.getByText(/has no other key that works: this takes their last one/)).toBeVisible();
  await confirm(admin, /^Disable 1 device and revoke 1 key/);
  await expect(admin.getByText('HERE-41 is reported lost.')).toBeVisible();
  expect((await here.send('/')).status).toBe(307);
  expect((await here.signIn()).json.code).toBe('sign_in_failed');
});
