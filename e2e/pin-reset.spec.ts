import { generateKeyPairSync } from 'node:crypto';
import type { Page } from '@playwright/test';
import { inStore } from './crash/store.ts';
import {
  cutOff,
  expect,
  routeOnce,
  test,
  type VirtualCredential,
  virtualAuthenticator,
  waitEndsUnheard,
} from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson, setUpHello, signOut, takenOver } from './people.ts';
import { enrolled } from './visitor.ts';

const FINISH = '**/api/registration/verification';

async function enterPass(page: Page, server: House, upn: string, typed = true): Promise<void> {
  if (typed) await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** From being signed in to the step that makes the key, by way of security info and a pass. */
async function goToNewKey(page: Page, server: House, upn: string): Promise<void> {
  await page.goto('/security-info');
  await page.getByRole('link', { name: 'I forgot my PIN' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await enterPass(page, server, upn, false);
  await page.waitForURL('**step=create');
  await expect(page.getByRole('button', { name: 'Make my new key' })).toBeVisible();
}

/** The way on from what is kept and what is lost, where the proof was given before. */
async function goOn(page: Page): Promise<void> {
  await page.waitForURL('**/pin-reset');
  await expect(page.getByRole('heading', { name: /What happens here/ })).toBeVisible();
  await takenOver(page);
  await page.getByRole('button', { name: 'Continue' }).click();
}

const makeKey = (page: Page) => page.getByRole('button', { name: 'Make my new key' }).click();

/** How often a reset happened, and which Hello keys of this person stand. */
const resets = async (server: House, upn: string) =>
  (await server.admin(['events', 'list', '--person', upn, '--code', 'pin_reset', '--outcome', 'success']))
    .split('\n')
    .filter(Boolean).length;
const standing = (server: House, upn: string) =>
  inStore(server, async ({ rows }) =>
    (
      await rows(`SELECT c."credentialId" AS "id" FROM "Credential" c JOIN "User" u ON u."id" = c."userId"
        WHERE u."upn" = '${upn}' AND c."revokedAt" IS NULL`)
    ).map(({ id }) => String(id)),
  );

/** A person makes their new key while nothing reaches the server. */
async function makeKeyUnheard(page: Page, server: House, device: string, expectLoss: (path: string) => void) {
  const upn = await newPerson(server);
  const authenticator = await setUpHello(page, server, upn, device);
  const [old] = await authenticator.getCredentials();
  await goToNewKey(page, server, upn);
  const letThrough = await cutOff(page, FINISH);
  expectLoss('/api/registration/verification');
  await makeKey(page);
  await expect(page.getByText("We can't reach Latchkey at the moment")).toBeVisible();
  return { upn, authenticator, old, letThrough };
}

const idOf = (credential: VirtualCredential | undefined) =>
  Buffer.from(credential?.credentialId ?? '', 'base64').toString('base64url');

test.describe('the PIN is reset', () => {
  test('from sign-in, with a pass; the old key never signs in again, and other devices keep theirs', async ({
    page,
    server,
    expectRefusal,
  }) => {
    const upn = await newPerson(server);
    const elsewhere = await enrolled(server, upn, 'FAR-01');
    const authenticator = await setUpHello(page, server, upn, 'FORGOT-01');
    const [old] = await authenticator.getCredentials();
    if (old === undefined) throw new Error('The authenticator holds no key');
    await signOut(page);
    await page.getByRole('link', { name: /^I forgot my PIN/ }).click();
    await expect(page.getByRole('heading', { level: 2 })).toHaveText([
      'Make a new key on this device',
      'Use another key of yours',
      'Ask an administrator for a Temporary Access Pass',
      'For administrators: the server itself',
    ]);
    await page.getByRole('link', { name: 'With a pass', exact: true }).click();
    await enterPass(page, server, upn);
    await goOn(page);
    await makeKey(page);
    // Whoever came with a pass is led through the first sign-in with the new key.
    await expect(page.getByText('Signed in with Windows Hello on FORGOT-01')).toBeVisible();
    const [made, ...more] = await authenticator.getCredentials();
    expect(more).toEqual([]);
    expect(idOf(made)).not.toBe(idOf(old));
    expect((await standing(server, upn)).sort()).toEqual(
      [idOf(made), elsewhere.own.key?.credentialId].sort(),
    );
    expect((await elsewhere.signIn()).status).toBe(200);

    await signOut(page);
    await authenticator.clear();
    await authenticator.addCredential(old);
    expectRefusal(401, '/api/authentication/verification');
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    // A revoked key is no unknown one: nobody deletes it.
    expect(await authenticator.getCredentials()).toHaveLength(1);
  });

  test('from the lock, where the ladder shows only what this person has', async ({ page, server }) => {
    const upn = await newPerson(server);
    await setUpHello(page, server, upn, 'FORGOT-02');
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await page.getByRole('link', { name: 'I forgot my PIN' }).click();
    await expect(page.getByRole('heading', { level: 2 })).toHaveText([
      'Make a new key on this device',
      'Ask an administrator for a Temporary Access Pass',
    ]);
    await page.getByRole('link', { name: 'Reset my PIN' }).click();
    await expect(page.getByRole('heading', { name: 'Unlock another way' })).toBeVisible();
    await enterPass(page, server, upn, false);
    await goOn(page);
    await makeKey(page);
    await expect(page.getByText('Signed in with Windows Hello on FORGOT-02')).toBeVisible();
    expect(await resets(server, upn)).toBe(1);
  });

  test('from security info, with a security key: the key that is replaced is not asked, and would not do', async ({
    page,
    server,
    anotherBrowser,
  }) => {
    const upn = await newPerson(server);
    const authenticator = await setUpHello(page, server, upn, 'FORGOT-03');
    const [old] = await authenticator.getCredentials();
    const other = await anotherBrowser();
    const maker = await virtualAuthenticator(other, { transport: 'usb' });
    await other.goto('/sign-in/pass');
    await enterPass(other, server, upn);
    await other.waitForURL('**/provision**');
    await other.goto('/passkey');
    await other.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(other.getByText('Your passkey is registered')).toBeVisible();
    const [securityKey] = await maker.getCredentials();
    if (securityKey === undefined) throw new Error('The security key holds no key');

    await page.goto('/security-info');
    await page.getByRole('link', { name: 'I forgot my PIN' }).click();
    await expect(page.getByRole('heading', { name: /What happens here/ })).toBeVisible();
    await page.getByRole('button', { name: 'Continue' }).click();
    const hand = await virtualAuthenticator(page, { transport: 'usb' });
    await hand.addCredential(securityKey);
    await page.getByRole('button', { name: 'Confirm with another key' }).click();
    await expect(page.getByRole('button', { name: 'Make my new key' })).toBeVisible();
    expect((await authenticator.getCredentials())[0]?.signCount).toBe(old?.signCount);
    expect(await hand.getCredentials()).toHaveLength(1);
    // Put away again: the first sign-in is the new key's.
    await hand.setPresence(false);
    await makeKey(page);
    await expect(page.getByText('Signed in with Windows Hello on FORGOT-03')).toBeVisible();
    // The session that the old key began goes on with the new one.
    const [made] = await authenticator.getCredentials();
    expect(idOf(made)).not.toBe(idOf(old));
    expect((await standing(server, upn)).sort()).toEqual([idOf(made), idOf(securityKey)].sort());
  });
});

test.describe('a reset that is cut is finished', () => {
  test('when the answer to asking is lost', async ({ page, server, expectLoss }) => {
    const upn = await newPerson(server);
    await setUpHello(page, server, upn, 'CUT-11');
    await goToNewKey(page, server, upn);
    await routeOnce(page, '**/api/registration/options', (route) => route.abort('connectionreset'));
    expectLoss('/api/registration/options');
    await makeKey(page);
    await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByText('Signed in with Windows Hello on CUT-11')).toBeVisible();
  });

  test('when the network goes right after the key was made, over a reload, and nobody deletes the key that waits', async ({
    page,
    server,
    expectLoss,
  }) => {
    const { upn, authenticator, old, letThrough } = await makeKeyUnheard(page, server, 'CUT-12', expectLoss);
    const [made, ...more] = await authenticator.getCredentials();
    expect(more).toEqual([]);
    // The authenticator has overwritten the old key; on the server it stands as if nothing had happened.
    expect(idOf(made)).not.toBe(idOf(old));
    expect(await standing(server, upn)).toEqual([idOf(old)]);
    expect(await resets(server, upn)).toBe(0);

    // Another tab tells the browser which keys count: the one that waits is among them.
    const second = await page.context().newPage();
    await second.addInitScript(() => {
      const told: string[][] = [];
      Object.assign(window, { told });
      Object.assign(PublicKeyCredential, {
        signalAllAcceptedCredentials: async (options: { allAcceptedCredentialIds: string[] }) => {
          told.push(options.allAcceptedCredentialIds);
        },
      });
    });
    await second.goto('/');
    await expect
      .poll(() => second.evaluate(() => (window as unknown as { told: string[][] }).told.at(-1)?.toSorted()))
      .toEqual([idOf(old), idOf(made)].sort());
    await second.close();

    await page.reload();
    await expect(page.getByText("We can't reach Latchkey at the moment")).toBeVisible();
    await page.goto('/pin-reset');
    await expect(page.getByText("We can't reach Latchkey at the moment")).toBeVisible();
    letThrough();
    await expect(page.getByText('Signed in with Windows Hello on CUT-12')).toBeVisible();
    expect(await standing(server, upn)).toEqual([idOf(made)]);
    expect(await resets(server, upn)).toBe(1);
    expect(await page.evaluate(() => sessionStorage.getItem('latchkey-kept-reset'))).toBeNull();
  });

  test('when only the answer is lost: the same response gets the same answer, and it happens once', async ({
    page,
    server,
    expectLoss,
  }) => {
    const upn = await newPerson(server);
    const authenticator = await setUpHello(page, server, upn, 'CUT-13');
    await goToNewKey(page, server, upn);
    await routeOnce(page, FINISH, async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    expectLoss('/api/registration/verification');
    await makeKey(page);
    await expect(page.getByText('Signed in with Windows Hello on CUT-13')).toBeVisible();
    expect(await standing(server, upn)).toEqual([idOf((await authenticator.getCredentials())[0])]);
    expect(await resets(server, upn)).toBe(1);
  });

  test('when the proof runs out while nobody answers: the page stays, and goes on when it is back', async ({
    page,
    server,
    expectLoss,
  }) => {
    await page.clock.install();
    const upn = await newPerson(server);
    await setUpHello(page, server, upn, 'FORGOT-14');
    await goToNewKey(page, server, upn);
    await expect(page.getByText('Left before we ask again who you are')).toBeVisible();
    expectLoss('/api/health');
    await waitEndsUnheard(page, 10);
    await expect(page.getByText('0:00', { exact: true })).toBeVisible();
    await makeKey(page);
    await expect.poll(() => resets(server, upn)).toBe(1);
  });

  test('when the response never arrives: the same proof starts it again', async ({
    page,
    server,
    expectLoss,
  }) => {
    const { upn, authenticator, old, letThrough } = await makeKeyUnheard(page, server, 'CUT-14', expectLoss);
    const lost = idOf((await authenticator.getCredentials())[0]);
    // What the tab kept is gone, as when it was closed.
    await page.evaluate(() => sessionStorage.clear());
    await page.goto('/pin-reset');
    await goOn(page);
    letThrough();
    expect(await standing(server, upn)).toEqual([idOf(old)]);
    await makeKey(page);
    await expect(page.getByText('Signed in with Windows Hello on CUT-14')).toBeVisible();
    const made = idOf((await authenticator.getCredentials())[0]);
    expect(await standing(server, upn)).toEqual([made]);
    expect(made).not.toBe(lost);
  });

  test('when the system dialog is closed: nothing changed, and the old key still signs in', async ({
    page,
    server,
  }) => {
    const upn = await newPerson(server);
    const authenticator = await setUpHello(page, server, upn, 'CUT-15');
    const before = await standing(server, upn);
    await goToNewKey(page, server, upn);
    await authenticator.setUserVerified(false);
    await makeKey(page);
    await expect(page.getByText("Your device didn't answer. Nothing was changed.")).toBeVisible();
    await authenticator.setUserVerified(true);
    expect(await standing(server, upn)).toEqual(before);
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on CUT-15')).toBeVisible();
  });
});

test('a synced passkey in place of the new key replaces nothing, and can be kept as what it is', async ({
  page,
  server,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const hello = await setUpHello(page, server, upn, 'SYNC-11');
  const [old] = await hello.getCredentials();
  await goToNewKey(page, server, upn);
  await hello.remove();
  const manager = await virtualAuthenticator(page, { synced: true });
  expectRefusal(422, '/api/registration/verification');
  await makeKey(page);
  await expect(page.getByText('Your browser made a synced passkey, not a key on this device.')).toBeVisible();
  expect(await standing(server, upn)).toEqual([idOf(old)]);
  const [passkey] = await manager.getCredentials();
  await page.getByRole('button', { name: 'Keep it as a synced passkey' }).click();
  await expect(page.getByText('Your passkey is kept')).toBeVisible();
  expect((await standing(server, upn)).sort()).toEqual([idOf(old), idOf(passkey)].sort());
  expect(await manager.getCredentials()).toHaveLength(1);
});

test('after a failed ask a device that should hold a key asks whether Windows was reset', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const authenticator = await setUpHello(page, server, upn, 'SILENT-01');
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'userAgentData', { get: () => ({ platform: 'Windows', brands: [] }) });
  });
  await signOut(page);
  await authenticator.setUserVerified(false);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await page.getByRole('link', { name: 'Was Windows reset? Make a new key' }).click();
  await page.waitForURL('**/sign-in/recovery');
  await page.getByRole('link', { name: 'With a pass', exact: true }).click();
  await enterPass(page, server, upn);
  await page.waitForURL('**/pin-reset**');
  await page.goto('/pin-reset');
  await expect(page.getByRole('link', { name: 'Open Sign-in options' })).toHaveAttribute(
    'href',
    'ms-settings:signinoptions',
  );

  // A browser that never held a key is asked nothing of the kind, and offered no reset.
  const other = await anotherBrowser();
  await (await virtualAuthenticator(other, { isPresent: false })).setUserVerified(false);
  await other.goto('/sign-in/recovery');
  await expect(other.getByRole('heading', { level: 2 }).first()).toHaveText('Use another key of yours');
});

test('the ladder has no rung for passes where the organisation uses none', async ({ page, server }) => {
  const rung = page.getByText('Ask an administrator for a Temporary Access Pass');
  await page.goto('/sign-in/recovery');
  await expect(rung).toBeVisible();
  await server.admin(['policy', 'set', 'TemporaryAccessPass.state', 'false']);
  await page.reload();
  await expect(page.getByText('For administrators: the server itself')).toBeVisible();
  await expect(rung).toHaveCount(0);
  await server.admin(['policy', 'clear', 'TemporaryAccessPass.state']);
});

test.describe('the browser is told', () => {
  test('which keys count: a removed one disappears from its authenticator', async ({ page, server }) => {
    const upn = await newPerson(server);
    // With a key elsewhere this one is not their last.
    await enrolled(server, upn, 'FAR-05');
    const authenticator = await setUpHello(page, server, upn, 'TOLD-01');
    await page.goto('/security-info');
    await page.getByRole('button', { name: 'Remove', exact: true }).first().click();
    await page.getByRole('button', { name: 'Remove this key' }).click();
    await expect(page.getByRole('heading', { name: 'TOLD-01', exact: true })).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'FAR-05', exact: true })).toBeVisible();
    await expect.poll(() => authenticator.getCredentials()).toEqual([]);
  });

  test('what somebody is called now, at their next sign-in', async ({ page, server }) => {
    const upn = await newPerson(server);
    const authenticator = await setUpHello(page, server, upn, 'TOLD-02');
    await signOut(page);
    await inStore(server, ({ rows }) =>
      rows(`UPDATE "User" SET "displayName" = 'Somebody Else' WHERE "upn" = '${upn}' RETURNING "id"`),
    );
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on TOLD-02')).toBeVisible();
    await expect
      .poll(async () => (await authenticator.getCredentials())[0])
      .toMatchObject({ userName: upn, userDisplayName: 'Somebody Else' });
  });

  test('that a key is unknown, when nobody has it: it disappears from its authenticator', async ({
    page,
    server,
    expectRefusal,
  }) => {
    const authenticator = await virtualAuthenticator(page, { isPresent: false });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await authenticator.addCredential({
      credentialId: Buffer.from('a key that nobody has').toString('base64'),
      isResidentCredential: true,
      privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      rpId: new URL(server.origin).hostname,
      userHandle: Buffer.from('nobody').toString('base64'),
      signCount: 0,
    });
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    await page.goto('/sign-in');
    await authenticator.setPresence(true);
    expectRefusal(401, '/api/authentication/verification');
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText("That key isn't known here. Nothing was changed.")).toBeVisible();
    await expect.poll(() => authenticator.getCredentials()).toEqual([]);
  });

  test('nothing against a key that is set aside: it stays where it is', async ({
    page,
    server,
    expectRefusal,
  }) => {
    const upn = await newPerson(server);
    const authenticator = await setUpHello(page, server, upn, 'TOLD-03');
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on TOLD-03')).toBeVisible();
    await signOut(page);
    const [key] = await authenticator.getCredentials();
    if (key === undefined) throw new Error('The authenticator holds no key');
    await authenticator.clear();
    await authenticator.addCredential({ ...key, signCount: 0 });
    expectRefusal(403, '/api/authentication/verification');
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText(/so it is set aside/)).toBeVisible();
    expect(await authenticator.getCredentials()).toHaveLength(1);
    const told = page.waitForResponse('**/api/credential/signals');
    await page.goto('/sign-in/pass?then=pin-reset');
    await enterPass(page, server, upn);
    await told;
    expect(await authenticator.getCredentials()).toHaveLength(1);
    await goOn(page);
    await makeKey(page);
    // Its place is taken, and only then it goes.
    await expect(page.getByText('Signed in with Windows Hello on TOLD-03')).toBeVisible();
    expect(await standing(server, upn)).toEqual([idOf((await authenticator.getCredentials())[0])]);
  });
});
