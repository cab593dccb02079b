import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { newPerson, setUpHello } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

/** A public file of the device CA, fetched as another program does: without cookies. */
async function publicFile(address: string, headers: Record<string, string> = {}) {
  const response = await fetch(address, { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    cache: response.headers.get('cache-control'),
    tag: response.headers.get('etag') ?? '',
    cookies: response.headers.getSetCookie(),
    content: Buffer.from(await response.arrayBuffer()),
  };
}

/** Whether a list names a serial number: as an INTEGER of 16 octets. */
function names(list: Buffer, serialNumber: string): boolean {
  return list.includes(Buffer.concat([Buffer.from([0x02, 0x10]), Buffer.from(serialNumber, 'hex')]));
}

test('a registered browser has a certificate that other programs verify, and that is on hold while the device is disabled', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'CERT-01');
  await page.goto('/devices/status');
  await expect(page.getByText('This browser', { exact: true })).toBeVisible();
  await expect(page.getByText('browser, non-extractable (WebCrypto)')).toBeVisible();

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download certificate' }).click(),
  ]);
  const certificate = new X509Certificate(readFileSync(await file.path()));
  const thumbprint = certificate.fingerprint.replaceAll(':', '');
  expect(file.suggestedFilename()).toBe(`${thumbprint}.cer`);
  await expect(page.getByText(thumbprint)).toHaveCount(2);
  const deviceId = certificate.subject.replace('CN=', '');
  await expect(page.getByText(deviceId, { exact: true })).toBeVisible();
  const iso = (text: string) => new Date(text).toISOString().replace('T', ' ').replace('Z', ' UTC');
  await expect(
    page.getByText(`[ ${iso(certificate.validFrom)} -- ${iso(certificate.validTo)} ]`),
  ).toBeVisible();

  const addressOf = async (name: string) =>
    (await page.getByRole('link', { name }).getAttribute('href')) ?? '';
  const authority = await publicFile(await addressOf('Certificate of the issuer'));
  expect(authority).toMatchObject({ status: 200, type: 'application/pkix-cert', cookies: [] });
  const issuer = new X509Certificate(authority.content);
  expect(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)).toBe(true);
  const listAddress = await addressOf('Revocation list');
  const before = await publicFile(listAddress);
  expect(before).toMatchObject({ status: 200, type: 'application/pkix-crl', cookies: [] });
  expect(before.cache).toBe('public, max-age=300');
  expect(names(before.content, certificate.serialNumber)).toBe(false);
  expect((await publicFile(listAddress, { 'if-none-match': before.tag })).status).toBe(304);

  const office = await anotherBrowser();
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-CERT');
  await administrator.enterBrowser(office.context());
  await office.goto(`/admin/devices?device=${deviceId}`);
  await expect(office.getByText(thumbprint)).toBeVisible();
  await expect(office.getByText(issuer.fingerprint256)).toBeVisible();
  const press = async (name: string) => {
    await office.getByRole('button', { name, exact: true }).click();
    await office
      .getByRole('alertdialog')
      .getByRole('button', { name: `${name} 1 device` })
      .click();
  };
  await press('Disable');
  await expect(office.getByText('On hold')).toBeVisible();
  const held = await publicFile(listAddress, { 'if-none-match': before.tag });
  expect(held.status).toBe(200);
  expect(names(held.content, certificate.serialNumber)).toBe(true);
  await press('Enable');
  await expect(office.getByText('CERT-01 is enabled.')).toBeVisible();
  expect(names((await publicFile(listAddress)).content, certificate.serialNumber)).toBe(false);
});

/** An authority of this house, by the address of its list. */
async function listAddress(server: House): Promise<string> {
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'READER-CERT');
  const { text } = await reader.send('/admin/devices');
  return /\/api\/device-certificates\/[0-9a-f-]{36}\.crl/.exec(text)?.[0] ?? '';
}

test('no door takes a certificate: not in a request, not in a header', async ({ server }) => {
  const person = await enrolled(server, await newPerson(server), 'CERT-02');
  const { profile } = person.own;
  const authority = await publicFile(server.origin + (await listAddress(server)).replace('.crl', '.cer'));
  const certificate = authority.content.toString('base64');
  const pem = encodeURIComponent(`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`);
  const stranger = visitor(server);
  for (const name of ['x-client-cert', 'x-ssl-client-cert', 'x-forwarded-client-cert', 'ssl-client-cert']) {
    const answer = await stranger.send('/security-info', { headers: { [name]: pem } });
    expect([name, answer.status, answer.headers.get('location')]).toEqual([name, 307, '/sign-in']);
  }
  const options = await person.post('/api/device-registration/options', { purpose: 'register-device' });
  for (const field of ['certificate', 'csr', 'deviceId']) {
    const answer = await person.post('/api/device-registration/verification', {
      publicKey: profile?.publicKey,
      challenge: options.json.challenge,
      signature: 'AAAA',
      browser: 'A program',
      os: 'Linux',
      platformAuthenticator: 'yes',
      name: 'CERT-02',
      joinType: 'joined',
      [field]: certificate,
    });
    expect([field, answer.status, answer.json.code]).toEqual([field, 400, 'bad_request']);
  }
});

test('the CA’s files are there by their own names only', async ({ server }) => {
  const path = await listAddress(server);
  const nobody = '00000000-0000-4000-8000-000000000000';
  const wrong = [
    path.replace('.crl', ''),
    path.replace('.crl', '.key'),
    path.replace('.crl', '.pem'),
    path.replace(/[0-9a-f-]{36}/, nobody),
    path.replace(/[0-9a-f-]{36}/, '..%2f..%2fmaster.key'),
  ];
  for (const each of wrong) {
    const answer = await publicFile(server.origin + each);
    expect([each, answer.status, answer.type]).toEqual([each, 404, 'application/problem+json']);
  }
  const posted = await fetch(server.origin + path, { method: 'POST', headers: { origin: server.origin } });
  expect(posted.status).toBe(405);
});
