import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ viewport: { width: 1440, height: 900 } });

test('an administrator chooses the deployment, confirms a requirement, and takes it back', async ({
  page,
  server,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-51');
  await administrator.enterBrowser(page.context());
  await page.goto('/admin');
  await page
    .getByRole('navigation', { name: 'Administration' })
    .getByRole('link', { name: 'Deployment' })
    .click();
  await expect(page.getByRole('heading', { level: 2, name: 'Cloud-only' })).toBeVisible();
  await expect(page.getByText('Not a part of this deployment: no key has to be synchronised.')).toBeVisible();

  await page.getByRole('button', { name: 'Choose yours' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: /^On-premises/ }).check();
  await expect(dialog.getByRole('radio', { name: /^Cloud Kerberos/ })).toHaveCount(0);
  await dialog.getByRole('radio', { name: /^Hybrid/ }).check();
  await dialog.getByRole('radio', { name: /^Key trust/ }).check();
  await expect(dialog.getByText('Needed, and a new key waits for it')).toBeVisible();
  await dialog.getByRole('button', { name: 'Choose Hybrid, key trust' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Hybrid, key trust' })).toBeVisible();
  await expect(dialog).toBeHidden();

  const sentence = 'The domain and forest functional levels are Windows Server 2008 R2 or higher.';
  const line = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: sentence }) });
  const progress = page.getByText(/^\d+ of \d+$/).first();
  const before = await progress.innerText();
  await expect(line.getByText('Not confirmed')).toBeVisible();
  await line.getByRole('button', { name: `Confirm: ${sentence}` }).click();
  await expect(line.getByText('Confirmed', { exact: true })).toBeVisible();
  await expect(line.getByText(/^By Person \d+, /)).toBeVisible();
  await expect(progress).not.toHaveText(before);
  expect(JSON.parse(await server.admin(['deployment', '--json']))).toMatchObject({
    deployment: 'hybrid_key',
    requirements: expect.arrayContaining([
      expect.objectContaining({ name: 'functional_levels', state: 'confirmed' }),
    ]),
  });

  await line.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Withdraw it' }).click();
  await expect(line.getByText('Not confirmed')).toBeVisible();
  await expect(progress).toHaveText(before);
  await server.admin(['policy', 'clear', 'Deployment.modelAndTrust']);
});

test('the command line prints the checklist, confirms, withdraws, and knows no other names', async ({
  server,
}) => {
  expect(await server.admin(['deployment'])).toContain(
    '[?] Every device runs a supported version of Windows.',
  );
  await server.admin(['deployment', 'confirm', 'windows_supported']);
  expect(await server.admin(['deployment'])).toContain(
    '[x] Every device runs a supported version of Windows.',
  );
  await server.admin(['deployment', 'withdraw', 'windows_supported']);
  expect(await server.admin(['deployment'])).toContain(
    'Nobody has confirmed it: deployment confirm windows_supported',
  );
  await expect(server.admin(['deployment', 'confirm', 'hello_on'])).rejects.toThrow('nothing to confirm');
});

test('who may only read sees the checklist and can change nothing on it', async ({ page, server }) => {
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'READ-51');
  await reader.enterBrowser(page.context());
  await page.goto('/admin/deployment');
  await expect(page.getByText('You can look, not change')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Device registration' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^(Confirm|Withdraw|Change|Choose)/ })).toHaveCount(0);
});
