import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test.use({ viewport: { width: 1440, height: 900 } });

test('an administrator narrows who may use a pass, sees why a colleague cannot, and widens it again', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-31');
  await administrator.enterBrowser(page.context());
  const people = `/admin/people?q=${encodeURIComponent(upn)}`;
  const choose = (title: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

  await page.goto('/admin/policy');
  const who = choose('Who can use a pass');
  await who.getByRole('button', { name: 'Choose' }).click();
  const dialog = page.getByRole('dialog', { name: 'Who can use a pass' });
  await dialog.getByRole('radio', { name: /Members of chosen groups/ }).check();
  await dialog.getByRole('checkbox', { name: 'Design' }).check();
  await dialog.getByRole('checkbox', { name: /^IT\b/ }).check();
  await dialog.getByRole('button', { name: /^Save/ }).click();
  await expect(who.getByText('Saved. It applies from now on.')).toBeVisible();
  await expect(who.getByText('IT', { exact: true })).toBeVisible();

  await page.goto(people);
  await page.getByRole('link', { name: new RegExp(upn) }).click();
  await page.getByRole('button', { name: 'Issue a pass' }).click();
  await expect(page.getByText(/No group of this person is among those who can use a pass/)).toBeVisible();
  await page.getByRole('button', { name: 'Issue the pass' }).click();
  const pass = ((await page.getByTestId('pass').textContent()) ?? '').replaceAll(' ', '');
  expect(pass).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
  await page.getByRole('button', { name: 'Done, I handed it over' }).click();
  await expect(page.getByText('Policy keeps it from being used')).toBeVisible();
  expect(await visitor(server).redeemPass(upn, pass)).toMatchObject({ problem: { code: 'sign_in_failed' } });
  const log = await server.admin(['events', 'list', '--user', upn]);
  expect(log).toContain('"cause":"DisabledByPolicy","policy":"not_included"');
  expect(log).not.toContain(pass);

  await page.goto('/admin/policy');
  await who.getByRole('button', { name: 'Back to default (Everybody)' }).click();
  await expect(who.getByText('Back to the default: Everybody.')).toBeVisible();
  expect(await visitor(server).redeemPass(upn, pass)).toMatchObject({ ok: true });
});

test('settings that would contradict each other are refused in words, and nothing changes', async ({
  page,
  server,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-32');
  await administrator.enterBrowser(page.context());
  await page.goto('/admin/policy');
  const longest = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: 'Longest lifetime', exact: true }) });
  await longest.getByLabel('Longest lifetime').fill('30');
  await longest.getByRole('button', { name: 'Save' }).click();
  await expect(
    longest.getByText(/“Usual lifetime” \(60\) can't be more than “Longest lifetime” \(30\)/),
  ).toBeVisible();
  expect(await server.admin(['policy', 'list'])).toContain(
    'TemporaryAccessPass.maximumLifetimeInMinutes\t480\tdefault',
  );
});

test('a member sees their own pass with its time, and deletes it', async ({ page, server }) => {
  const upn = await newPerson(server);
  const member = await enrolled(server, upn, 'DESK-33');
  await server.admin(['tap', 'issue', upn, '--lifetime', '120', '--reason', 'A test']);
  await member.enterBrowser(page.context());
  await page.goto('/security-info');
  await expect(page.getByText('Works now')).toBeVisible();
  await expect(page.getByText(/Runs out in 1 h 5\d min/)).toBeVisible();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete the pass' }).click();
  await expect(page.getByRole('heading', { name: 'Temporary Access Pass' })).toHaveCount(0);
});

test('the command line issues a pass for later, and knows the bounds of policy', async ({ server }) => {
  const upn = await newPerson(server);
  const start = new Date(Date.now() + 86_400_000).toISOString();
  const issued = JSON.parse(
    await server.admin(['tap', 'issue', upn, '--start', start, '--lifetime', '60', '--one-time', '--json']),
  );
  expect(issued).toMatchObject({ startsAt: start, oneTime: true, usability: 'NotYetValid', obstacle: null });
  expect(await visitor(server).redeemPass(upn, issued.pass)).toMatchObject({
    problem: { code: 'sign_in_failed' },
  });
  const refused = (args: string[]) =>
    server.admin(['tap', 'issue', upn, ...args]).catch((error) => error.message);
  expect(await refused(['--lifetime', '10'])).toContain('60 to 480 minutes');
  expect(await refused(['--start', 'tomorrow'])).toContain('a time with its zone');
  expect(await refused(['--start', '2020-01-01T00:00:00Z'])).toContain('within the next 30 days');
});
