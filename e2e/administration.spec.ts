import { arrived } from './accessible.ts';
import { administrationDeeds } from './deeds.ts';
import { expect, routeOnce, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled, serverActions, type Visitor } from './visitor.ts';

const ADMIN_PAGES = [
  '/admin',
  '/admin/people',
  '/admin/approvals',
  '/admin/groups',
  '/admin/devices',
  '/admin/events',
  '/admin/policy',
  '/admin/policy/files',
  '/admin/policy/sources',
  '/admin/policy/resultant',
  '/admin/policy/what-if',
  '/admin/policy/rollout',
  '/admin/policy/pin-reset-service',
  '/admin/attestation',
  '/admin/methods',
  '/admin/methods/activity',
  '/admin/passwordless',
  '/admin/key-rules',
  '/admin/federation',
  '/admin/deployment',
  '/admin/limits',
  '/admin/communication',
  '/admin/communication/words',
  '/admin/communication/print',
  '/admin/outbox',
];

/** The ID of a person, as the directory's link says it. */
async function idOf(reader: Visitor, upn: string): Promise<string> {
  const { text } = await reader.send(`/admin/people?q=${encodeURIComponent(upn)}`);
  return /person=([0-9a-f-]{36})/.exec(text)?.[1] ?? '';
}

test('an administrator revokes a key, disables a device, ends a session, and each stops the person at once', async ({
  page,
  server,
  expectLoss,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'DESK-11');
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-11');
  await administrator.enterBrowser(page.context());
  const isIn = async () => (await person.send('/security-info')).status === 200;
  const confirm = async (name: RegExp) => {
    await page.getByRole('alertdialog').getByRole('button', { name }).click();
  };
  await page.goto(`/admin/people?person=${await idOf(administrator, upn)}`);

  await test.step('an answer that got lost leaves the page, which says what it knows', async () => {
    expectLoss('/admin/people');
    await routeOnce(page, '**/admin/people?**', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await confirm(/^End 1 session/);
    await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
    await expect(page.getByText('load the page again to see where you are')).toBeVisible();
    await expect(page.getByText('Nothing was changed.')).toHaveCount(0);
    expect(await isIn()).toBe(false);
    expect((await person.signIn()).status).toBe(200);
    await page.reload();
  });

  await test.step('a page that is older than the server is told to load again', async () => {
    expectRefusal(409, '/admin/people');
    await routeOnce(page, '**/admin/people?**', async (route) => {
      const headers = { ...route.request().headers(), 'next-action': '00'.repeat(21) };
      await route.continue({ headers });
    });
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await confirm(/^End 1 session/);
    await expect(page.getByText("That request couldn't be read.")).toBeVisible();
    await expect(page.getByText('Nothing was changed.')).toBeVisible();
  });

  expect(await isIn()).toBe(true);
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await confirm(/^End 1 session/);
  await expect(page.getByText('The session is ended.')).toBeVisible();
  expect(await isIn()).toBe(false);

  expect((await person.signIn()).status).toBe(200);
  const waiting = await person.assertion();
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await confirm(/^Disable 1 device/);
  await expect(page.getByText('DESK-11 is disabled.')).toBeVisible();
  expect(await isIn()).toBe(false);
  // With its proof, without one, and with an answer to a question that was asked before.
  expect((await person.signIn()).json.code).toBe('device_disabled');
  expect((await person.signIn({ profile: null })).json.code).toBe('device_disabled');
  expect((await person.verify(waiting)).json.code).toBe('device_disabled');
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await confirm(/^Enable 1 device/);
  await expect(page.getByText('DESK-11 is enabled.')).toBeVisible();

  expect((await person.signIn()).status).toBe(200);
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  await confirm(/^Revoke 1 key/);
  await expect(page.getByText('The key is revoked.')).toBeVisible();
  expect(await isIn()).toBe(false);
  expect((await person.signIn()).json.code).toBe('sign_in_failed');

  await page.getByRole('link', { name: /^All events of/ }).click();
  await expect(page.getByText('credential_revoked').first()).toBeVisible();
  await page.getByRole('link', { name: 'Succeeded', exact: true }).click();
  await expect(page.getByText('credential_revoked')).toHaveCount(0);
});

test('a reader sees everything and changes nothing; for a member none of it exists', async ({
  page,
  server,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const member = await enrolled(server, upn, 'MEMBER-12');
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'READER-12');
  const userId = await idOf(reader, upn);
  const acts = administrationDeeds(userId);
  expect([...serverActions().keys()].filter((name) => name.startsWith('admin')).sort()).toEqual(
    Object.keys(acts).sort(),
  );
  for (const [name, input] of Object.entries(acts)) {
    expect([name, await reader.act(name, input)]).toMatchObject([
      name,
      { problem: { code: 'not_permitted' } },
    ]);
    expect([name, await member.act(name, input)]).toMatchObject([name, { problem: { code: 'not_found' } }]);
  }
  expect((await member.send('/')).status).toBe(200);

  await reader.enterBrowser(page.context());
  for (const path of [...ADMIN_PAGES, `/admin/people?person=${userId}`]) {
    await page.goto(path);
    await arrived(page);
    const acting =
      /^(Issue|Revoke|End|Disable|Enable|Delete|Set a new|Remove|Save|Choose|Clear|Ask|Report|Approve|Decline|Collect|Read the file|Apply|New group|Rename|Federate)/;
    await expect(page.getByRole('button', { name: acting })).toHaveCount(0);
  }
  await member.enterBrowser(page.context());
  for (const path of ADMIN_PAGES) {
    expectRefusal(404, path);
    expect([path, (await page.goto(path))?.status()]).toEqual([path, 404]);
    await expect(page.getByText("There's nothing here")).toBeVisible();
  }
});

test('an Authentication Administrator manages members only, and nobody manages themself', async ({
  server,
}) => {
  const bossUpn = await newPerson(server, 'global_administrator');
  const helperUpn = await newPerson(server, 'authentication_administrator');
  const memberUpn = await newPerson(server);
  const boss = await enrolled(server, bossUpn, 'BOSS-13');
  const helper = await enrolled(server, helperUpn, 'HELP-13');
  const [bossId, helperId, memberId] = [
    await idOf(boss, bossUpn),
    await idOf(boss, helperUpn),
    await idOf(boss, memberUpn),
  ];
  const issue = (by: Visitor, userId: string) =>
    by.act('admin/people#issuePass', { userId, lifetimeMinutes: 60, oneTime: true, reason: 'A new desk' });
  expect(await issue(helper, memberId)).toMatchObject({ ok: true, value: { upn: memberUpn } });
  expect(await issue(helper, bossId)).toMatchObject({ problem: { code: 'not_permitted' } });
  expect(await issue(helper, helperId)).toMatchObject({ problem: { code: 'own_account' } });
  expect(await issue(boss, bossId)).toMatchObject({ problem: { code: 'own_account' } });
  expect(await issue(boss, helperId)).toMatchObject({ problem: { code: 'approval_required' } });
  expect(await boss.act('admin/people#setPassword', { userId: helperId })).toMatchObject({
    problem: { code: 'administrator_password' },
  });
  for (const name of ['admin/people#setPassword', 'admin/people#setDisabled', 'admin/people#revokeKey']) {
    expect([name, await helper.act(name, administrationDeeds(bossId)[name])]).toMatchObject([
      name,
      { problem: { code: 'not_permitted' } },
    ]);
  }
});
