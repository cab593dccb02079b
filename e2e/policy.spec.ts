import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ viewport: { width: 1440, height: 900 } });

test('an administrator finds a setting by its registry value, sets it, exports it as a registry file and imports it', async ({
  page,
  server,
}, testInfo) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-61');
  await administrator.enterBrowser(page.context());
  const setting = (title: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

  await page.goto('/admin/policy');
  await page.getByRole('searchbox', { name: 'Find a setting' }).fill('minimumpinlength');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page).toHaveURL(/q=minimumpinlength/);
  await expect(page.getByRole('heading', { level: 3 })).toHaveText(['Minimum PIN length']);
  const length = setting('Minimum PIN length');
  await expect(length.getByText('Enforced here')).toBeVisible();
  await length.getByText('Default, range and names in Windows').click();
  await expect(
    length.getByText(
      './Device/Vendor/MSFT/PassportForWork/{TenantId}/Policies/PINComplexity/MinimumPINLength',
    ),
  ).toBeVisible();
  await expect(
    length.getByText(
      'HKLM\\SOFTWARE\\Policies\\Microsoft\\PassportForWork\\PINComplexity\\MinimumPINLength (REG_DWORD)',
    ),
  ).toBeVisible();
  await length.getByLabel('Minimum PIN length').fill('8');
  await length.getByRole('button', { name: 'Save' }).click();
  await expect(length.getByText('Saved. Devices that are enrolled from now on get it.')).toBeVisible();

  await page.goto('/admin/policy/files');
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download: Registry file (.reg)' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^latchkey-policy-\d{4}-\d\d-\d\d\.reg$/);
  const file = await readFile(await download.path());
  expect([file[0], file[1]]).toEqual([0xff, 0xfe]);
  const text = file.toString('utf16le');
  expect(text).toContain('"MinimumPINLength"=dword:00000008\r\n');

  // As somebody else would send it back: another length, a number that does not fit, and something that is not ours.
  const changed = text
    .replace('dword:00000008', 'dword:0000000a')
    .concat('"History"=dword:00000063\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]\r\n"Thing"="x"\r\n');
  const path = testInfo.outputPath('changed.reg');
  writeFileSync(path, Buffer.from(changed, 'utf16le'));
  await page.getByLabel('Policy file').setInputFiles(path);
  const preview = page.getByRole('region', { name: 'What the file would change' });
  await expect(preview.getByText('1 understood, 1 refused, 1 ignored.')).toBeVisible();
  await expect(preview.getByText('10 characters')).toBeVisible();
  await expect(preview.getByText('This setting cannot have that value.')).toBeVisible();
  expect(await server.admin(['policy', 'list'])).toContain('PINComplexity/MinimumPINLength\t8\ttenant');
  await preview.getByRole('button', { name: 'Apply 1 change, leave out 1' }).click();
  await expect(page.getByText('1 setting changed.')).toBeVisible();
  expect(await server.admin(['policy', 'list'])).toContain('PINComplexity/MinimumPINLength\t10\ttenant');
  expect(await server.admin(['policy', 'list'])).toContain('PINComplexity/History\t0\tdefault');

  await page.getByLabel('Policy file').setInputFiles({
    name: 'broken.pol',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('50526567010000005b00', 'hex'),
  });
  await expect(page.getByText(/broken\.pol: That file couldn't be read.* At entry 1/)).toBeVisible();
  await server.admin(['policy', 'clear', 'PINComplexity/MinimumPINLength']);
});

test('the doors and the command line carry a policy from one to the other', async ({ server }, testInfo) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-62');
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'READER-62');
  const member = await enrolled(server, await newPerson(server), 'MEMBER-62');
  await server.admin(['policy', 'set', 'DynamicLock/DynamicLock', 'true']);

  const headers = { 'sec-fetch-site': 'same-origin' };
  const kinds = {
    reg: 'application/octet-stream',
    pol: 'application/octet-stream',
    intune: 'application/json',
    syncml: 'application/xml; charset=utf-8',
  };
  for (const [format, type] of Object.entries(kinds)) {
    const answer = await reader.send(`/api/policy/export?format=${format}`, { headers });
    expect([format, answer.status, answer.headers.get('content-type')]).toEqual([format, 200, type]);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="latchkey-policy-/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  expect((await member.send('/api/policy/export?format=reg', { headers })).status).toBe(404);
  expect((await reader.send('/api/policy/export?format=reg')).status).toBe(403);
  expect((await reader.send('/api/policy/export?format=exe', { headers })).status).toBe(400);
  expect((await reader.send('/api/policy/export?format=intune&tenantId=x', { headers })).status).toBe(400);

  const out = testInfo.outputPath('Registry.pol');
  expect(await server.admin(['policy', 'export', '--format', 'pol', '--out', out])).toContain('1 setting in');
  await expect(server.admin(['policy', 'export', '--format', 'pol', '--out', out])).rejects.toThrow(
    /cannot be written/,
  );
  await server.admin(['policy', 'clear', 'DynamicLock/DynamicLock']);
  expect(await server.admin(['policy', 'import', out, '--dry-run'])).toContain(
    'understood\tDynamicLock/DynamicLock\ttrue\t(now default)',
  );
  const file = (await readFile(out)).toString('base64url');
  const bring = (who: typeof reader, body: unknown) => who.post('/api/policy/import', body);
  expect((await bring(member, { file, dryRun: true })).status).toBe(404);
  expect((await bring(reader, { file, dryRun: true })).status).toBe(403);
  const tried = await bring(administrator, { file, dryRun: true });
  expect(tried.json).toMatchObject({ format: 'pol', changed: 1, applied: false });
  expect(await server.admin(['policy', 'list'])).toContain('DynamicLock/DynamicLock\tfalse\tdefault');
  const { policyVersion } = tried.json as { policyVersion: number };
  expect((await bring(administrator, { file, dryRun: false, policyVersion })).json).toMatchObject({
    applied: true,
  });
  expect((await bring(administrator, { file, dryRun: false, policyVersion })).json).toMatchObject({
    code: 'policy_changed_meanwhile',
  });
  expect((await bring(administrator, { file: 'A'.repeat(800_000), dryRun: true })).status).toBe(413);
  expect((await bring(administrator, { file: '***', dryRun: true })).status).toBe(400);
  await server.admin(['policy', 'clear', 'DynamicLock/DynamicLock']);
});
