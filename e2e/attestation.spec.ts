import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expectAccessible } from './accessible.ts';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { newPerson } from './people.ts';
import { createTestCa } from './tpm/test-ca.ts';
import { enrolled } from './visitor.ts';

const MICROSOFT =
  '87:0C:7A:35:CE:AB:3D:59:97:9F:2C:6A:52:40:42:D4:04:CB:71:51:80:04:35:09:25:FB:2C:ED:79:A9:99:DA';

/** An authority, and a certificate of it for a key that must not issue others. */
async function anAuthority() {
  const { root, rootPem, certify } = await createTestCa();
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leafPem = new X509Certificate(await certify(publicKey)).toString();
  return { root, rootPem, leafPem };
}

test('anybody reads what a registration proves, while the demo tenant is on', async ({ page }) => {
  await virtualAuthenticator(page);
  await page.goto('/inspector');
  const response = await page.evaluate(async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { name: 'Here' },
        user: { id: new Uint8Array(16), name: 'mia', displayName: 'Mia' },
        challenge: new Uint8Array(32),
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { userVerification: 'required' },
        attestation: 'direct',
      },
    });
    return JSON.stringify((made as PublicKeyCredential).toJSON());
  });
  await page.getByLabel('Registration response').fill('not JSON');
  await page.getByRole('button', { name: 'Inspect', exact: true }).click();
  await expect(page.getByText('This is not JSON of a registration response.')).toBeVisible();

  await page.getByLabel('Registration response').fill(response);
  await page.getByRole('button', { name: 'Inspect', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Protection not verified' })).toBeVisible();
  await expect(page.locator('[data-check=client_data_type]')).toHaveAttribute('data-outcome', 'passed');
  await expect(page.locator('[data-check=challenge]')).toHaveAttribute('data-outcome', 'not_checked');
  await page.locator('[data-check=challenge] summary').click();
  await expect(page.getByText('Without it, an old statement could be sent again.')).toBeVisible();
  await expect(page.getByText('credentialPublicKey (COSE_Key)')).toBeVisible();
});

test('an administrator sees the anchors and reads a certificate before anything is pinned', async ({
  server,
  anotherBrowser,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-51');
  const page = await anotherBrowser();
  await administrator.enterBrowser(page.context());
  await page.goto('/admin/attestation');
  await expect(page.getByText('Microsoft TPM Root Certificate Authority 2014')).toBeVisible();
  await expect(page.getByText(MICROSOFT)).toBeVisible();
});

test('an anchor is compared before it is pinned, counts from then on, and is removed again', async ({
  server,
  anotherBrowser,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-52');
  const page = await anotherBrowser();
  await administrator.enterBrowser(page.context());
  await page.goto('/admin/attestation');
  const { rootPem, root, leafPem } = await anAuthority();
  const field = page.getByLabel('Certificate of the authority');
  const read = page.getByRole('button', { name: 'Read the certificate' });
  const card = page.getByRole('heading', { name: /Test TPM Root/ }).locator('../../..');

  await test.step('garbage and a certificate of a key are told at the field', async () => {
    for (const [pem, words] of [
      ['hello', "That certificate couldn't be read."],
      [`${rootPem}${leafPem}`, "That certificate couldn't be read."],
      [leafPem, 'That certificate is no authority.'],
    ] as const) {
      await field.fill(pem);
      await read.click();
      await expect(field).toHaveAccessibleDescription(new RegExp(words));
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByRole('button', { name: 'Pin this anchor' })).toHaveCount(0);
    }
  });

  await test.step('the fingerprint is shown, and confirmed', async () => {
    await field.fill(rootPem);
    await read.click();
    const fingerprint = createHash('sha256').update(root).digest('hex').toUpperCase().match(/../g)?.join(':');
    await expect(page.getByText(fingerprint ?? 'none', { exact: true })).toBeVisible();
    await expect(page.getByText("Compare the fingerprint with its publisher's")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Pin this anchor' }).click();
    await expect(page.getByText('The anchor counts from now on.')).toBeVisible();
    await expect(card.getByText(fingerprint ?? 'none', { exact: true })).toBeVisible();
  });

  await test.step('the same one a second time is refused', async () => {
    await field.fill(rootPem);
    await read.click();
    await page.getByRole('button', { name: 'Pin this anchor' }).click();
    await expect(page.locator('[role=alert]:not(#__next-route-announcer__)')).toBeVisible();
  });

  await test.step('it is removed only when that is confirmed', async () => {
    await card.getByRole('button', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
    await expect(dialog).toContainText('Remove the anchor CN=Test TPM Root');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(card).toBeVisible();
    await card.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove 1 anchor' }).click();
    await expect(page.getByText(/no longer counts/)).toBeVisible();
    await expect(card).toBeHidden();
  });
});

test('an administrator opens any stored key, found by its person, and nobody else does', async ({
  server,
  page,
  anotherBrowser,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const mia = await enrolled(server, upn, 'STUDIO-53');
  const administrator = await enrolled(server, await newPerson(server, 'global_reader'), 'BOSS-53');
  const boss = await anotherBrowser();
  await administrator.enterBrowser(boss.context());
  await boss.goto('/inspector');
  const search = boss.getByLabel('Person, device or key');
  await search.fill('nobody of that name');
  await boss.getByRole('button', { name: 'Search' }).click();
  await expect(boss.getByText('No key matches “nobody of that name”')).toBeVisible();
  await search.fill(upn);
  await boss.getByRole('button', { name: 'Search' }).click();
  await boss.getByRole('link', { name: 'STUDIO-53' }).click();
  await expect(boss.getByRole('heading', { level: 1, name: 'What does “STUDIO-53” prove?' })).toBeVisible();
  await expect(boss.getByText('Judged again, and nothing has changed')).toBeVisible();
  await expect(boss.locator('[data-check=rp_id]')).toHaveAttribute('data-outcome', 'passed');
  await expectAccessible(boss);
  const address = new URL(boss.url());

  // The demo tenant lets everybody inspect what they bring, and nobody else's keys.
  for (const visitor of [page, await anotherBrowser()]) {
    if (visitor !== page) await mia.enterBrowser(visitor.context());
    await visitor.goto(`/inspector?q=${encodeURIComponent(upn)}`);
    await expect(visitor.getByLabel('Registration response')).toBeVisible();
    await expect(visitor.getByLabel('Person, device or key')).toHaveCount(0);
    await expect(visitor.getByText('STUDIO-53')).toHaveCount(0);
    expectRefusal(404, '/inspector');
    const answer = await visitor.goto(`${address.pathname}${address.search}`);
    expect(answer?.status()).toBe(404);
  }
});

test('what is no registration response is told at the field: a file too large, garbage, a broken one', async ({
  page,
  expectRefusal,
}) => {
  await page.goto('/inspector');
  const field = page.getByLabel('Registration response');
  const drop = (name: string, content: string) =>
    page.getByLabel('Response file').setInputFiles({
      name,
      mimeType: 'application/json',
      buffer: Buffer.from(content),
    });
  await drop('large.json', 'x'.repeat(70_000));
  await expect(field).toHaveAccessibleDescription(/large\.json is larger than 64 KiB/);
  await expect(field).toHaveValue('');
  await drop('garbage.json', '{');
  await expect(field).toHaveValue('{');
  await page.getByRole('button', { name: 'Inspect', exact: true }).click();
  await expect(field).toHaveAccessibleDescription(/This is not JSON of a registration response/);
  expectRefusal(422, '/api/attestation/inspect');
  const response = { clientDataJSON: 'AAAA', attestationObject: 'AAAA' };
  await drop(
    'broken.json',
    JSON.stringify({ id: 'AAAA', rawId: 'AAAA', type: 'public-key', clientExtensionResults: {}, response }),
  );
  await expect(field).toHaveValue(/public-key/);
  await page.getByRole('button', { name: 'Inspect', exact: true }).click();
  await expect(page.locator('[role=alert]:not(#__next-route-announcer__)')).toBeVisible();
});
