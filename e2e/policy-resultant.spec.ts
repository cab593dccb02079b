import { writeFileSync } from 'node:fs';
import { NOBODY } from './deeds.ts';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test('an administrator sees why a value applies, tries a change first, and the device gets it by a sync', async ({
  page,
  anotherBrowser,
  server,
}, testInfo) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'STUDIO-81');
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-81');
  await administrator.enterBrowser(page.context());
  const device = await anotherBrowser();
  await person.enterBrowser(device.context());
  await device.goto('/devices/status');
  const told = device
    .locator('section')
    .filter({ has: device.getByRole('heading', { name: 'Policy on this device' }) });
  await expect(told.getByText('Use biometrics')).toBeVisible();

  const file = testInfo.outputPath('profile.json');
  const values = [{ scope: 'device', name: 'PINComplexity/MinimumPINLength', value: '9' }];
  writeFileSync(file, JSON.stringify({ name: 'Longer PINs', include: ['all_users'], values }));
  const [id = ''] = (await server.admin(['policy', 'source', 'create', 'settings_catalog', file])).split(
    '\n',
  );

  // Before it is published: what it would do to this person, and to everybody.
  await page.goto('/admin/policy/resultant');
  await page.getByRole('searchbox', { name: 'Find a person' }).fill(upn);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('table', { name: 'People' }).getByRole('link').click();
  await page.getByRole('link', { name: 'What if' }).click();
  await page.getByLabel('Source').selectOption({ label: 'Publish the draft of Longer PINs' });
  await page.getByRole('button', { name: 'Show the difference' }).click();
  const length = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: 'Minimum PIN length', exact: true }) });
  await expect(length.getByText('9 characters')).toBeVisible();
  // Devices of other stories may have had another one before.
  const row = page.getByRole('row', { name: /PINComplexity\/MinimumPINLength 6 characters/ });
  await expect(row).toContainText('6 characters');
  await expect(row).toContainText('9 characters');

  // Published: the device knows the old value until it asks.
  await server.admin(['policy', 'source', 'publish', id]);
  await page.getByRole('link', { name: 'What applies now' }).click();
  await page.getByRole('link', { name: /^Changed at next refresh/ }).click();
  await expect(length.getByText('Next refresh')).toBeVisible();
  await expect(length.getByRole('link', { name: 'Longer PINs' })).toHaveAttribute(
    'href',
    `/admin/policy/sources/${id}`,
  );
  await told.getByRole('button', { name: 'Sync now' }).click();
  await expect(told.getByText('1 setting changed')).toBeVisible();
  await expect(told.getByText('Minimum PIN length: 9 characters')).toBeVisible();
  await expect(told.getByText('From Longer PINs (Intune profile, device)')).toBeVisible();
  await told.getByRole('button', { name: 'Sync now' }).click();
  await expect(told.getByText('Nothing changed')).toBeVisible();

  await page.reload();
  await expect(page.getByText('The next refresh changes nothing')).toBeVisible();
  await page.getByRole('link', { name: /^Set by a source/ }).click();
  await expect(length.getByRole('link', { name: 'Longer PINs' })).toBeVisible();
  expect(await server.admin(['policy', 'resolve', '--user', upn, '--device', 'STUDIO-81'])).toContain(
    'PINComplexity/MinimumPINLength\t9\tLonger PINs v1 (Intune profile, device)',
  );
});

test('the doors of policy answer administrators, and nobody else', async ({ server }) => {
  const upn = await newPerson(server);
  const member = await enrolled(server, upn, 'MEMBER-82');
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'READER-82');
  const headers = { 'sec-fetch-site': 'same-origin' };
  const resultant = `/api/policy/resultant?user=${encodeURIComponent(upn)}`;
  const answer = await reader.send(resultant, { headers });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ person: { upn }, device: null, refreshedAt: null });
  const effect = await reader.send('/api/policy/effect', { headers });
  expect(effect.json).toMatchObject({ people: { changed: 0, unknown: 0 }, settings: [] });
  for (const [path, status] of [
    [`${resultant}&device=${NOBODY}`, 404],
    ['/api/policy/resultant?user=nobody@tidewater.example', 404],
    ['/api/policy/resultant', 400],
    ['/api/policy/resultant?user=a%00b', 400],
    [`/api/policy/effect?off=${NOBODY}`, 404],
    ['/api/policy/effect?off=x', 400],
    ['/api/policy/effect?unknown=1', 400],
  ] as const)
    expect([path, (await reader.send(path, { headers })).status]).toEqual([path, status]);
  for (const path of [resultant, '/api/policy/effect']) {
    expect([path, (await member.send(path, { headers })).status]).toEqual([path, 404]);
    expect([path, (await visitor(server).send(path, { headers })).status]).toEqual([path, 401]);
    expect([path, (await reader.send(path)).status]).toEqual([path, 403]);
  }
  const synced = await member.post('/api/policy/refresh', {});
  expect(synced.json).toMatchObject({ refreshedAt: expect.any(String), changed: expect.any(Array) });
  expect((await visitor(server).post('/api/policy/refresh', {})).status).toBe(401);
});
