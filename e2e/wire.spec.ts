import type { Request } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { goToKeyStep, issuePass, newPerson, redeemPass, signOut } from './people.ts';

test('from the pass to the second sign-in nothing leaves but what must: no PIN, no private key, no other origin', async ({
  page,
  server,
}) => {
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));
  const upn = await newPerson(server);
  const pass = await issuePass(server, upn);
  const authenticator = await virtualAuthenticator(page);
  // The link's fragment fills the form; it is no part of any request.
  await page.goto(`/sign-in/pass#${new URLSearchParams({ upn, pass })}`);
  await expect(page.getByLabel('Temporary Access Pass')).toHaveValue(pass);
  await redeemPass(page, upn, pass);
  await goToKeyStep(page, 'WIRE-01');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on WIRE-01')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on WIRE-01')).toBeVisible();

  const [credential] = await authenticator.getCredentials();
  const secret = Buffer.from(credential?.privateKey ?? '', 'base64');
  expect(secret.length).toBeGreaterThan(32);
  const forbidden = [credential?.privateKey ?? '', secret.toString('base64url'), secret.toString('hex')];
  expect(requests.length).toBeGreaterThan(20);
  for (const request of requests) {
    expect(new URL(request.url()).origin).toBe(server.origin);
    const body = request.postData() ?? '';
    const headers = JSON.stringify(await request.allHeaders());
    expect(request.url()).not.toContain(pass);
    expect(headers).not.toContain(pass);
    for (const text of [request.url(), headers, body]) {
      for (const value of forbidden) expect(text).not.toContain(value);
      expect(text).not.toMatch(/"(pin|gesture|biometric|privateKey|secretKey|d)"\s*:/i);
    }
  }
  const withPass = requests.filter((request) => request.postData()?.includes(pass));
  expect(withPass.map((request) => [request.method(), new URL(request.url()).pathname])).toEqual([
    ['POST', '/sign-in/pass'],
  ]);

  const profile = await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('latchkey');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const [kept] = await new Promise<{ keys: CryptoKeyPair }[]>((resolve, reject) => {
      const reading = db.transaction('profiles').objectStore('profiles').getAll();
      reading.onsuccess = () => resolve(reading.result);
      reading.onerror = () => reject(reading.error);
    });
    if (kept === undefined) return null;
    const { privateKey } = kept.keys;
    const attempts = await Promise.allSettled(
      (['pkcs8', 'jwk'] as const).map((format) => crypto.subtle.exportKey(format as 'pkcs8', privateKey)),
    );
    return { extractable: privateKey.extractable, exported: attempts.map(({ status }) => status) };
  });
  expect(profile).toEqual({ extractable: false, exported: ['rejected', 'rejected'] });
  expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(pass);
});
