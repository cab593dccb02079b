/** Groups: an administrator makes them, fills them with people, devices and groups, and deletes what policy does not name. */
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

const PASS_EXCLUSIONS = 'TemporaryAccessPass.excludeTargets';

test('a group is made and filled, a group in it brings its people, and policy that names it keeps it', async ({
  page,
  server,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-91');
  const upn = await newPerson(server);
  await enrolled(server, upn, 'DESK-91');
  await administrator.enterBrowser(page.context());
  const suffix = String(process.pid);
  const [pilot, team] = [`Pilot ${suffix}`, `Team ${suffix}`];
  const panel = page.getByRole('complementary', { name: pilot });
  const confirm = async (name: string) => {
    await page.getByRole('alertdialog').getByRole('button', { name }).click();
  };

  await test.step('it is made, with a name that no other has', async () => {
    await page.goto('/admin/groups');
    await page.getByRole('button', { name: 'New group' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Everyone');
    await dialog.getByRole('button', { name: 'Make the group' }).click();
    await expect(dialog.getByText('That already exists. Choose another name.')).toBeVisible();
    await dialog.getByLabel('Name').fill(pilot);
    await dialog.getByLabel(/^Description/).fill('Who tries it first');
    await dialog.getByRole('button', { name: 'Make the group' }).click();
    await expect(panel).toContainText('Who tries it first');
    await expect(panel).toContainText('Nobody is in it directly.');
  });

  await test.step('a device and a group are added by searching for them', async () => {
    await server.admin(['group', 'create', team]);
    await server.admin(['group', 'add', team, '--user', upn]);
    for (const [kind, one, name] of [
      ['Devices', 'device', 'DESK-91'],
      ['Groups', 'group', team],
    ] as const) {
      await panel.getByRole('link', { name: new RegExp(`^${kind}`) }).click();
      await panel.getByLabel(`Find a ${one} to add`).fill(name);
      await panel.getByRole('button', { name: 'Search' }).click();
      await panel.getByRole('button', { name: `Add ${name}` }).click();
      await expect(panel.getByText(`${name} is in the group.`)).toBeVisible();
      await expect(panel.getByRole('list', { name: `${kind} in it` })).toContainText(name);
    }
    await expect(panel).toContainText('1 person, 1 device');
  });

  await test.step('the person is in both, as their own panel says', async () => {
    await page.goto(`/admin/people?q=${encodeURIComponent(upn)}`);
    await page.getByRole('row').filter({ hasText: upn }).getByRole('link').first().click();
    const person = page.getByRole('complementary');
    await expect(person).toContainText(`${pilot} through another`);
    await person.getByRole('link', { name: pilot }).click();
    await expect(panel).toBeVisible();
  });

  await test.step('while policy names it, it cannot be deleted, here or on the server', async () => {
    await server.admin(['policy', 'set', PASS_EXCLUSIONS, pilot]);
    await page.reload();
    await expect(panel.getByRole('link', { name: 'Who can never use a pass' })).toBeVisible();
    await expect(panel.getByRole('button', { name: 'Delete' })).toHaveCount(0);
    await expect(server.admin(['group', 'delete', pilot])).rejects.toThrow(/Who can never use a pass/);
    await expectAccessible(page, { everyRule: true });
    await server.admin(['policy', 'clear', PASS_EXCLUSIONS]);
  });

  await test.step('a member is removed, and then the group is deleted; its members stay', async () => {
    await page.reload();
    await panel.getByRole('link', { name: /^Groups/ }).click();
    await panel.getByRole('button', { name: `Remove ${team}` }).click();
    await confirm('Remove 1 member');
    await expect(panel.getByText(`${team} is not in the group any more.`)).toBeVisible();
    await expect(panel).toContainText('no people, 1 device');
    await panel.getByRole('button', { name: 'Delete' }).click();
    await confirm('Delete 1 group');
    await expect(panel).toHaveCount(0);
    expect(await server.admin(['group', 'list', suffix])).not.toContain(pilot);
    expect(await server.admin(['group', 'members', team])).toContain(upn);
    expect(await server.admin(['events', 'list', '--kind', 'accounts', '--limit', '20'])).toMatch(
      /group_deleted[\s\S]*group_member_removed[\s\S]*group_member_added[\s\S]*group_created/,
    );
  });
  await server.admin(['group', 'delete', team]);
});
