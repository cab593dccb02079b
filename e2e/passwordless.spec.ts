import { inStore } from './crash/store.ts';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { newPerson, setUpHello, signOut } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test.use({ viewport: { width: 1440, height: 900 } });

/** Everybody as the store holds them, judged here once more and not by the product. */
async function population(server: House) {
  return await inStore(server, async (store) => {
    const users = await store.rows('SELECT * FROM "User"');
    const keys = await store.rows(
      `SELECT c."userId", c."revokedAt", c."quarantinedAt", d."id" AS "device", d."disabledAt", d."deletedAt"
       FROM "Credential" c LEFT JOIN "Device" d ON d."id" = c."deviceId"`,
    );
    const members = await store.rows(
      'SELECT m."userId", g."name", g."id" FROM "GroupMember" m JOIN "Group" g ON g."id" = m."groupId"',
    );
    const works = new Set(
      keys
        .filter((key) =>
          [key.revokedAt, key.quarantinedAt, key.disabledAt, key.deletedAt].every((at) => at === null),
        )
        .map(({ userId }) => userId),
    );
    const concerned = users.filter(({ breakGlass, disabledAt }) => !breakGlass && disabledAt === null);
    return {
      all: users.length,
      ready: concerned.filter(({ id }) => works.has(id ?? '')),
      lockedOut: concerned.filter(({ id, passwordHash }) => !works.has(id ?? '') && passwordHash !== null),
      groupsOf: (id: unknown) =>
        members.filter(({ userId }) => userId === id).map(({ name }) => String(name)),
      idOf: (name: string) => String(members.find((each) => each.name === name)?.id),
    };
  });
}

const off = (server: House) => server.admin(['passwordless', 'off']);

/** Refuses passwords from the command line, with as many people locked out as there are. */
async function refuse(server: House): Promise<void> {
  const { lockedOut } = await population(server);
  await server.admin([
    'passwordless',
    'on',
    '--mode',
    'refuse',
    '--confirm-locked-out',
    String(lockedOut.length),
  ]);
}

test('the dry run counts what the store holds, group by group, by name and in the file', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await server.admin(['user', 'password', upn, '--keep']);
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-41');
  await administrator.enterBrowser(page.context());
  const { all, ready, lockedOut, groupsOf, idOf } = await population(server);
  expect(lockedOut.length).toBeGreaterThan(3);

  await page.goto('/admin/passwordless');
  await expect(
    page.getByText(`of ${ready.length + lockedOut.length} people can do without a password`),
  ).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'ready, with a key that works' })).toContainText(
    String(ready.length),
  );
  await expect(
    page.getByRole('heading', { name: `${lockedOut.length} people need help first` }),
  ).toBeVisible();
  for (const name of ['Design', 'Engineering', 'Everyone', 'Operations']) {
    const count = (people: typeof ready) => people.filter(({ id }) => groupsOf(id).includes(name)).length;
    const row = page
      .getByRole('table', { name: 'How ready each group is' })
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name, exact: true }) });
    await expect(row.getByRole('cell').nth(1)).toContainText(String(count(ready)));
    await expect(row.getByRole('cell').nth(2)).toContainText(String(count(lockedOut)));
  }
  await expect(page.getByRole('link', { name: /Samuel Osei/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /Samuel Osei/ })).toContainText('Key set aside');
  await expect(page.getByRole('row', { name: new RegExp(upn) })).toContainText('Only a password');

  await page.getByRole('button', { name: 'Try other groups' }).click();
  const dialog = page.getByRole('dialog', { name: 'Who goes without a password' });
  await dialog.getByRole('radio', { name: /Members of chosen groups/ }).check();
  await dialog.getByRole('checkbox', { name: 'Design' }).check();
  await dialog.getByRole('button', { name: 'Show the dry run' }).click();
  const design = [...ready, ...lockedOut].filter(({ id }) => groupsOf(id).includes('Design')).length;
  await expect(page.getByText(`of ${design} people can do without a password`)).toBeVisible();
  await expect(page.getByText('This is not what applies.')).toBeVisible();

  const headers = { origin: server.origin };
  const file = await administrator.send('/api/passwordless/export', { headers });
  const lines = file.text.trimEnd().split('\r\n');
  expect(lines).toHaveLength(all + 1);
  const locked = (text: string) =>
    text.split('\r\n').filter((line) => /,(true|false),[^,]*,[^,]*,true,/.test(line));
  expect(locked(file.text)).toHaveLength(lockedOut.length);
  const some = await administrator.send(`/api/passwordless/export?include=${idOf('Design')}`, { headers });
  expect(locked(some.text)).toHaveLength(
    lockedOut.filter(({ id }) => groupsOf(id).includes('Design')).length,
  );
  expect(await server.admin(['events', 'list', '--code', 'passwordless_exported'])).toContain(
    `"people":${all}`,
  );
  expect(await server.admin(['passwordless', 'status'])).toContain('Passwords are in use.');
  const stranger = await visitor(server).send('/api/passwordless/export', { headers });
  expect(stranger.status).toBe(401);
});

test('hidden, there is no password anywhere on a device whose person came in with a key; “Other user” keeps it', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'HIDE-01');
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  await page.goto('/security-info');
  await expect(page.getByRole('link', { name: 'Change your password' })).toBeVisible();

  await server.admin(['passwordless', 'on', '--mode', 'hide']);
  await page.goto('/security-info');
  await expect(page.getByRole('heading', { name: 'Security info' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Change your password' })).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Password', exact: true })).toHaveCount(0);
  await page.goto('/security-info/password');
  await expect(page.getByRole('heading', { name: 'You sign in without a password' })).toBeVisible();
  await expect(page.locator('input')).toHaveCount(0);

  await signOut(page);
  await expect(page.getByRole('link', { name: /Other user/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /Password/ })).toHaveCount(0);
  await page.goto('/sign-in/password');
  await expect(page).toHaveURL(`${server.origin}/sign-in`);
  await page.getByRole('link', { name: /Other user/ }).click();
  await page.waitForURL('**/sign-in/password**');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${server.origin}/**`);
  await expect(page.getByText(/Signed in with .*password/i).first()).toBeVisible();

  // The last person came in with a password now: it is there again, and goes with the next key.
  await signOut(page);
  await expect(page.getByRole('link', { name: /Password/ })).toBeVisible();
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on HIDE-01')).toBeVisible();
  await signOut(page);
  await expect(page.getByRole('link', { name: /Other user/ })).toBeVisible();

  await off(server);
  await page.goto('/sign-in');
  await expect(page.getByRole('link', { name: /Password/ })).toBeVisible();
  await page.goto('/sign-in/password');
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
});

test('a cookie about who was here last that is forged, or of another browser, changes nothing', async ({
  server,
}) => {
  const person = await enrolled(server, await newPerson(server), 'HIDE-02');
  const last = person.jar.get('__Host-latchkey-last') ?? '';
  expect(last).not.toBe('');
  await server.admin(['passwordless', 'on', '--mode', 'hide']);
  const change = await person.act('(member)#changePasswordAction', { current: 'x', password: 'y' });
  expect(change).toMatchObject({ problem: { code: 'password_hidden' } });
  person.jar.delete('__Host-latchkey-session');
  const shown = async (who: typeof person) => (await who.send('/sign-in')).text.includes('Other user');
  expect(await shown(person)).toBe(true);
  const thief = visitor(server);
  await thief.post('/api/authentication/options', {});
  thief.jar.set('__Host-latchkey-last', last);
  expect(await shown(thief)).toBe(false);
  for (const forged of ['x', `${last.slice(0, -3)}AAA`, 'A'.repeat(3000)]) {
    person.jar.set('__Host-latchkey-last', forged);
    expect(await shown(person)).toBe(false);
  }
  await off(server);
});

test('refused, a right password answers as a wrong one does, by any program; off gives it back at once', async ({
  server,
}) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const attempt = (typed: { upn: string; password: string }) =>
    visitor(server).callAction('(sign-in)#passwordAction', typed);
  const before = visitor(server);
  expect(await before.act('(sign-in)#passwordAction', { upn, password })).toMatchObject({ ok: true });
  expect((await before.send('/')).status).toBe(200);

  await expect(server.admin(['passwordless', 'on', '--mode', 'refuse'])).rejects.toThrow(
    /would lock out \d+ people.*Nothing was changed/,
  );
  await refuse(server);
  const home = await before.send('/');
  expect([home.status, home.headers.get('location')]).toEqual([307, '/sign-in']);
  const answers = [
    await attempt({ upn, password }),
    await attempt({ upn, password: 'wrong' }),
    await attempt({ upn: 'nobody@tidewater.example', password }),
  ];
  const seen = answers.map(({ status, text }) => [
    status,
    /^1:.*$/m.exec(text)?.[0].replace(/(?<="support":")[0-9A-Z]{4}-[0-9A-Z]{4}(?=")/, 'CODE'),
  ]);
  expect(seen[0]?.[1]).toContain('sign_in_failed');
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
  const log = await server.admin(['events', 'list', '--person', upn, '--code', 'password_sign_in']);
  expect(log).toContain('"cause":"passwordless"');

  await off(server);
  expect(await visitor(server).act('(sign-in)#passwordAction', { upn, password })).toMatchObject({
    ok: true,
  });
});

test('two administrators: one refuses passwords with the number of those locked out, the other is told', async ({
  page,
  anotherBrowser,
  server,
}) => {
  await server.admin(['user', 'password', await newPerson(server), '--keep']);
  const first = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-42');
  await first.enterBrowser(page.context());
  const second = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-43');
  const beside = await anotherBrowser();
  await second.enterBrowser(beside.context());
  for (const each of [page, beside]) await each.goto('/admin/passwordless');
  const { lockedOut } = await population(server);

  await page.getByRole('radio', { name: /^Refuse/ }).check();
  await page.getByRole('button', { name: /^Refuse the passwords of \d+ people/ }).click();
  const dialog = page.getByRole('alertdialog', {
    name: `Refuse passwords and lock out ${lockedOut.length} people?`,
  });
  const go = dialog.getByRole('button', { name: /^Refuse the passwords/ });
  await expect(go).toBeDisabled();
  await dialog.getByRole('textbox').fill(String(lockedOut.length - 1));
  await expect(go).toBeDisabled();
  await dialog.getByRole('textbox').fill(String(lockedOut.length));
  await go.click();
  await expect(page.getByText('Passwords are refused from now on.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Passwords are refused' })).toBeVisible();

  await beside.getByRole('radio', { name: /^Hide/ }).check();
  await beside.getByRole('button', { name: /^Hide passwords/ }).click();
  await beside
    .getByRole('alertdialog')
    .getByRole('button', { name: /^Hide passwords/ })
    .click();
  await expect(beside.getByText(/Somebody changed the policy while this page was open/)).toBeVisible();
  await expect(beside.getByRole('heading', { name: 'Passwords are refused' })).toBeVisible();
  expect(await server.admin(['passwordless', 'status'])).toContain('are refused');

  // What the page now shows is what applies: the second one may decide again.
  await beside.getByRole('radio', { name: /^Passwords/ }).check();
  await beside.getByRole('button', { name: 'Let passwords back in' }).click();
  await beside.getByRole('alertdialog').getByRole('button', { name: 'Let passwords back in' }).click();
  await expect(beside.getByText('Passwords are in use from now on.')).toBeVisible();
});

test('the ordinary policy form and command line lead to the switch, and set none of its settings', async ({
  page,
  server,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-44');
  for (const name of ['EnablePasswordlessExperience', 'Passwordless.refusePasswords'])
    expect(await administrator.act('admin/policy#saveSetting', { name, value: 'true' })).toMatchObject({
      problem: { code: 'settings_set_together' },
    });
  await expect(server.admin(['policy', 'set', 'Passwordless.refusePasswords', 'true'])).rejects.toThrow(
    /changed together/,
  );
  await administrator.enterBrowser(page.context());
  await page.goto('/admin/policy');
  await page.getByRole('link', { name: 'Open Passwordless' }).click();
  await expect(page.getByRole('heading', { name: 'Passwords are in use' })).toBeVisible();
});
