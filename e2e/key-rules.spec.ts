/** Rules for keys: an administrator's dry run, and the whole story on a real TPM with RequireSecurityDevice enforced. */
import { X509Certificate } from 'node:crypto';
import { expectAccessible } from './accessible.ts';
import { test as base, expect } from './fixtures.ts';
import type { House } from './house.ts';
import { enrol, goToKeyStep, issuePass, newPerson, redeemPass } from './people.ts';
import { type TpmFixtures, type TpmWorkerFixtures, tpmFixtures } from './tpm/fixture.ts';
import { enrolled } from './visitor.ts';

const test = base.extend<TpmFixtures, TpmWorkerFixtures>(tpmFixtures);

const rules = (server: House, ...words: string[]) => server.admin(['key-rules', 'set', ...words]);
const FINISH = '/api/registration/verification';

test.afterEach(async ({ server }) => {
  await rules(server, '--hello', 'off', '--security-device', 'off', '--passkey', 'enforce', '--synced', 'on');
});

test('the whole story with RequireSecurityDevice enforced: set up, sign in, reset the PIN, all on a TPM', async ({
  page,
  server,
  hello,
  testCa,
}) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-51');
  const { fingerprint256: fingerprint } = new X509Certificate(testCa.rootPem);
  const pinned = await administrator.act('admin/attestation#pinAnchor', {
    format: 'tpm',
    pem: testCa.rootPem,
    fingerprint,
  });
  expect(pinned).toMatchObject({ ok: true });
  expect(await rules(server, '--hello', 'enforce', '--security-device', 'on')).toContain(
    'Hello keys: enforce',
  );

  const upn = await newPerson(server);
  await enrol(page, server, upn, 'TPM-51');
  await expect(page.getByText('Key protected by TPM (IBM (software TPM)), verified.')).toBeVisible();
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on TPM-51')).toBeVisible();

  await test.step('the PIN is forgotten, and a new key takes the place of the old one', async () => {
    const [old] = hello.machine.authenticator.keys();
    await page.goto('/security-info');
    await page.getByRole('link', { name: 'I forgot my PIN' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL('**step=create');
    await page.getByRole('button', { name: 'Make my new key' }).click();
    // Whoever came by the old key signs in with the new one at once.
    await page.waitForURL((url) => url.pathname === '/');
    await expect(page.getByText('Key protected by TPM (IBM (software TPM)), verified.')).toBeVisible();
    const made = await server.admin(['events', 'list', '--person', upn, '--code', 'pin_reset']);
    expect(JSON.parse(made.split('\n')[0] ?? '')).toMatchObject({ outcome: 'success' });
    expect(old?.id).toBeDefined();
  });
});

test('a device that proves nothing gets a second try and then the truth, and nothing is registered', async ({
  page,
  server,
  hello,
  expectRefusal,
}) => {
  await rules(server, '--hello', 'enforce', '--security-device', 'on');
  const upn = await newPerson(server);
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'TPM-52');
  const { authenticator } = hello.machine;
  const { create } = authenticator;
  hello.machine = {
    ...hello.machine,
    authenticator: {
      ...authenticator,
      create: (asked, given) => create(asked, given, { attestation: 'none' }),
    },
  };
  expectRefusal(422, FINISH);
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(
    page.getByRole('alert').filter({ hasText: "hasn't said yet what keeps this key" }),
  ).toBeVisible();
  await expect(page.getByText('Try again in a few seconds')).toBeVisible();
  expectRefusal(403, FINISH);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(
    page.getByText('This device cannot prove that a security chip (TPM) keeps this key'),
  ).toBeVisible();
  await expect(page.getByText('The next try leaves the hardware statement out')).toHaveCount(0);
  await expectAccessible(page);
  const log = await server.admin(['events', 'list', '--person', upn, '--code', 'key_registration_failed']);
  expect(
    log
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { detail: unknown }).detail),
  ).toEqual([
    expect.objectContaining({ cause: 'security_device_required', findings: 'no_security_device' }),
    expect.objectContaining({ cause: 'statement_missing', attestation: 'none' }),
  ]);
  expect(await server.admin(['events', 'list', '--person', upn, '--code', 'key_registered'])).toBe('');
});

test('an administrator sees which keys would fall, and applies the rules that they saw', async ({
  page,
  server,
  anotherBrowser,
}) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  const upn = await newPerson(server);
  await enrolled(server, upn, 'DESK-53');
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-53');
  await administrator.enterBrowser(page.context());
  await page.goto('/admin/policy');
  await page.getByRole('link', { name: 'Open Rules for keys' }).click();
  await expect(page.getByRole('heading', { name: 'Rules for keys', level: 1 })).toBeVisible();
  await expect(page.getByRole('button', { name: 'These rules apply now' })).toBeDisabled();

  await page.getByRole('combobox', { name: 'What happens to Hello keys' }).selectOption('monitor');
  await page.getByRole('checkbox', { name: /Use a hardware security device/ }).check();
  const never = page.getByRole('group', { name: /Never these models/ });
  await never.getByRole('searchbox').fill('bitwarden');
  await never.getByRole('checkbox', { name: /Bitwarden/ }).check();
  await never.getByLabel('Others by their AAGUID').fill('nonsense');
  await never.getByRole('button', { name: /Add/ }).click();
  await expect(never.getByText('This is no AAGUID: nonsense')).toBeVisible();
  await page.getByRole('button', { name: 'Show the dry run' }).click();
  await expect(page.getByRole('heading', { name: 'Rules that are not applied yet' })).toBeVisible();
  await page.getByRole('link', { name: /^No TPM proven/ }).click();
  await page.waitForURL('**show=no_security_device**');
  await expect(page.getByRole('row', { name: new RegExp(upn) })).toContainText('No TPM proven (when made)');
  await expect(page.getByRole('listitem').filter({ hasText: 'Hello keys: off → monitor' })).toBeVisible();
  await expectAccessible(page);
  expect(await server.admin(['key-rules', 'status'])).toContain('Hello keys: off');

  const beside = await anotherBrowser();
  await administrator.enterBrowser(beside.context());
  await beside.goto(page.url());
  await page.getByRole('button', { name: 'Apply these rules' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Apply these rules' }).click();
  await expect(page.getByText('The rules apply from now on.')).toBeVisible();
  expect(await server.admin(['key-rules', 'status'])).toContain(
    'd548826e-79b4-db40-a3d8-11116f7e8349 (Bitwarden)',
  );

  await beside.getByRole('button', { name: 'Apply these rules' }).click();
  await beside.getByRole('alertdialog').getByRole('button', { name: 'Apply these rules' }).click();
  await expect(beside.getByText('Somebody changed the policy while this page was open')).toBeVisible();

  const headers = { origin: server.origin };
  const file = await administrator.send('/api/key-rules/export', { headers });
  expect(file.text.split('\r\n').some((line) => line.includes(upn) && line.includes('No TPM proven'))).toBe(
    true,
  );
  expect((await administrator.send('/api/key-rules/export?hello=nonsense', { headers })).status).toBe(400);
  await server.admin(['key-rules', 'set', '--block', 'none']);
});
