import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CompactSign } from 'jose';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

// The library asks for the browser's type; Node's is the same interface.
const crypto = webcrypto as unknown as Crypto;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const YEAR_MS = 365 * 86_400_000;

/** An authority of metadata that signs what it is given. */
async function anAuthority() {
  const keys = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const signer = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const notBefore = new Date(Date.now() - 86_400_000);
  const notAfter = new Date(Date.now() + YEAR_MS);
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Metadata Root of a test',
      keys,
      signingAlgorithm: P256,
      notBefore,
      notAfter,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    },
    crypto,
  );
  const leaf = await X509CertificateGenerator.create(
    {
      subject: 'CN=Signer of a test',
      issuer: root.subjectName,
      publicKey: signer.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: P256,
      notBefore,
      notAfter,
      extensions: [new BasicConstraintsExtension(false, undefined, true)],
    },
    crypto,
  );
  const sign = async (no: number, names: readonly string[]) => {
    const entries = names.map((description, at) => ({
      aaguid: `00000000-0000-4000-8000-00000000000${at}`,
      metadataStatement: { description },
      statusReports: [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2025-01-01' }],
    }));
    const nextUpdate = notAfter.toISOString().slice(0, 10);
    const payload = new TextEncoder().encode(JSON.stringify({ no, nextUpdate, entries }));
    const x5c = [Buffer.from(leaf.rawData).toString('base64')];
    return await new CompactSign(payload)
      .setProtectedHeader({ alg: 'ES256', x5c })
      .sign(signer.privateKey as unknown as Parameters<CompactSign['sign']>[0]);
  };
  return { pem: root.toString('pem'), sign };
}

test('an administrator loads metadata, and is told why an older one is refused', async ({
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  expectRefusal(422, '/api/attestation/metadata');
  expectRefusal(409, '/api/attestation/metadata');
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-61');
  const page = await anotherBrowser();
  await administrator.enterBrowser(page.context());
  const authority = await anAuthority();
  const load = async (no: number, names: readonly string[]) =>
    await page.getByLabel('Metadata file').setInputFiles({
      name: 'blob.jwt',
      mimeType: 'application/jwt',
      buffer: Buffer.from(await authority.sign(no, names)),
    });

  await page.goto('/admin/attestation');
  await expect(page.getByText('No metadata is loaded')).toBeVisible();
  await load(5, ['One']);
  await expect(page.getByText('That metadata is not accepted.')).toBeVisible();

  await page.getByLabel('Certificate of the authority').fill(authority.pem);
  await page.getByRole('button', { name: 'Read the certificate' }).click();
  await page.getByLabel('Counts for the format').selectOption('metadata');
  await page.getByRole('button', { name: 'Pin this anchor' }).click();
  await expect(page.getByText('The anchor counts from now on.')).toBeVisible();

  await load(5, ['One', 'Two']);
  await expect(page.getByText('No. 5 is loaded: 2 models.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No. 5' })).toBeVisible();
  await expect(page.getByText('2, of which 0 compromised')).toBeVisible();

  await load(4, ['One']);
  await expect(page.getByText('That metadata is not newer than what is loaded.')).toBeVisible();
  await expect(page.getByText('No. 5 is loaded, and this is no. 4.').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No. 5' })).toBeVisible();

  await page.getByRole('button', { name: 'Forget the metadata' }).click();
  await page.getByRole('button', { name: 'Forget 2 models' }).click();
  await expect(page.getByText('The metadata is forgotten.')).toBeVisible();
  await load(4, ['One']);
  await expect(page.getByRole('heading', { name: 'No. 4' })).toBeVisible();
});
