/** Roll-out: rings are planned, opened and paused on screen, and a failing ring leads to its events. */
import { writeFile } from 'node:fs/promises';
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

/** A source that is published, for everybody. */
async function aSource(server: House, name: string): Promise<string> {
  const file = test.info().outputPath('source.json');
  await writeFile(
    file,
    JSON.stringify({
      name,
      description: '',
      enabled: true,
      order: 1,
      include: ['all_users'],
      exclude: [],
      scopeTags: [],
      required: false,
      values: [{ scope: 'device', name: 'UseBiometrics', value: 'true' }],
    }),
  );
  const made = await server.admin(['policy', 'source', 'create', 'settings_catalog', file]);
  return /[0-9a-f-]{36}/.exec(made)?.[0] ?? '';
}

test('rings are planned, filled, opened and paused, and a failing one leads to exactly its events', async ({
  page,
  server,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-97');
  const upn = await newPerson(server);
  const member = await enrolled(server, upn, 'DESK-97');
  const other = await enrolled(server, await newPerson(server), 'ELSE-97');
  await administrator.enterBrowser(page.context());
  const suffix = String(process.pid);
  const [name, group, inner] = [`Biometrics ${suffix}`, `Pilot people ${suffix}`, `Team ${suffix}`];
  for (const each of [group, inner]) await server.admin(['group', 'create', each]);
  await server.admin(['group', 'add', group, '--group', inner]);
  await server.admin(['group', 'add', inner, '--user', upn]);
  const source = await aSource(server, name);
  const ring = (called: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name: called }) });

  await test.step('the empty page proposes three rings; they wait, and the drafted source opens none', async () => {
    await page.goto('/admin/policy');
    await page.getByRole('link', { name: 'Roll-out' }).click();
    await page.getByRole('link', { name }).click();
    await page.getByRole('button', { name: 'Plan three rings' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Plan 3 rings' }).click();
    await expect(page.getByText('Three rings were planned.')).toBeVisible();
    await expect(ring('Everybody').getByText('Waiting')).toBeVisible();
    await expect(ring('Everybody').getByRole('button', { name: 'Open Everybody' })).toBeDisabled();
    await server.admin(['policy', 'source', 'publish', source]);
  });

  await test.step('the pilot gets its group, and is opened', async () => {
    await page.reload();
    await ring('Pilot').getByRole('button', { name: 'Edit Pilot' }).click();
    const dialog = page.getByRole('dialog');
    const search = dialog.getByLabel('Find a group');
    if ((await search.count()) > 0) await search.fill(group);
    await dialog.getByRole('checkbox', { name: group }).check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toBeHidden();
    await expect(ring('Pilot').getByText('1 of 1, 100 %').first()).toBeVisible();
    await ring('Pilot').getByRole('button', { name: 'Open Pilot' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Open the ring' }).click();
    await expect(ring('Pilot').getByText('Open', { exact: true })).toBeVisible();
  });

  await test.step('a later ring is opened before its turn only after a clear sentence', async () => {
    await ring('Everybody').getByRole('button', { name: 'Open Everybody' }).click();
    await expect(page.getByRole('dialog')).toContainText('It goes before Early, which has not been opened');
    await page.getByRole('dialog').getByRole('button', { name: 'Keep things as they are' }).click();
    await expect(server.admin(['rollout', 'open', `${name}/Everybody`])).rejects.toThrow(/--confirmed/);
  });

  await test.step('failures lead to the events of its people, and of nobody else', async () => {
    for (const each of [member, other])
      await each.post('/api/ceremony-reports', {
        ceremony: 'creating',
        error: 'NotAllowedError',
        took: 'long',
        windows: false,
        keyExpected: false,
      });
    await page.reload();
    await ring('Pilot')
      .getByRole('link', { name: /^Show \d+ failures?$/ })
      .click();
    await expect(page).toHaveURL(/\/admin\/events\?group=.*outcome=failure.*from=/);
    await expect(page.getByText(`People of ${group}`)).toBeVisible();
    const lines = page.getByRole('row').filter({ hasText: 'Ceremony ended in the browser' });
    await expect(lines).toHaveCount(1);
    await expect(page.getByText('ELSE-97')).toHaveCount(0);
    const listed = await server.admin(['events', 'list', '--group', group, '--outcome', 'failure']);
    expect(listed.trim().split('\n')).toHaveLength(1);
  });

  await test.step('it is paused, and goes on', async () => {
    await page.goBack();
    await ring('Pilot').getByRole('button', { name: 'Pause Pilot' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause the ring' }).click();
    await expect(ring('Pilot').getByText('Paused', { exact: true })).toBeVisible();
    await expectAccessible(page, { everyRule: true });
    expect(await server.admin(['rollout', 'list', name])).toMatch(/Pilot\tpaused[\s\S]*Everybody\twaiting/);
    await server.admin(['rollout', 'resume', `${name}/Pilot`]);
    await page.reload();
    await expect(ring('Pilot').getByText('Open', { exact: true })).toBeVisible();
  });
});
