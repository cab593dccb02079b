import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

const MICROSOFT =
  '87:0C:7A:35:CE:AB:3D:59:97:9F:2C:6A:52:40:42:D4:04:CB:71:51:80:04:35:09:25:FB:2C:ED:79:A9:99:DA';

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
  await page.getByLabel('Certificate of the authority').fill('hello');
  await page.getByRole('button', { name: 'Read the certificate' }).click();
  await expect(page.getByText("That certificate couldn't be read.")).toBeVisible();
});
