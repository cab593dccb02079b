/** The people's stories on a computer with a real TPM, whose statements and refusals no virtual authenticator can make. */
import type { Page } from '@playwright/test';
import { inStore } from './crash/store.ts';
import { test as base, expect } from './fixtures.ts';
import type { House } from './house.ts';
import { enrol, goToKeyStep, issuePass, newPerson, redeemPass, reported } from './people.ts';
import { LOCKOUT, WINDOWS_HELLO_AAGUID } from './tpm/authenticator.ts';
import {
  type Dialog,
  type Hello,
  type TpmFixtures,
  type TpmWorkerFixtures,
  tpmFixtures,
} from './tpm/fixture.ts';

const test = base.extend<TpmFixtures, TpmWorkerFixtures>(tpmFixtures);

const onDevice = (page: Page, device: string) => page.getByText(`Signed in with Windows Hello on ${device}`);
const keyButton = (page: Page) => page.getByRole('button', { name: 'Sign in with a key' });
/** What the person sees who could not be signed in by the device, in whatever words. */
async function expectNotice(page: Page): Promise<void> {
  await expect(page.locator('[role=alert]:not(#__next-route-announcer__)')).toBeVisible();
  await reported(page);
}

async function signOut(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
}

/** Presses the button, and resolves to the system's dialog when it has come to its end. */
async function tryToSignIn(page: Page, hello: Hello): Promise<Dialog | undefined> {
  // Afterwards the page may offer autofill again, which is a dialog of its own.
  const ended = () => hello.dialogs.filter(({ kind, outcome }) => kind === 'get' && outcome !== 'open');
  const before = ended().length;
  await keyButton(page).click();
  await expect.poll(() => ended().length).toBe(before + 1);
  return ended().at(-1);
}

/** Keys of a person, as the store has them. */
const keysOf = (server: House, upn: string) =>
  inStore(server, ({ rows }) =>
    rows(
      `SELECT c."credentialId", c."attestationFormat", c."aaguid", c."algorithm", c."backupEligible", c."counter"
       FROM "Credential" c JOIN "User" u ON u."id" = c."userId" WHERE u."upn" = '${upn}'`,
    ),
  );

test('somebody sets up Hello from a pass, signs in, locks and unlocks with a key in a TPM', async ({
  page,
  server,
  hello,
}) => {
  const upn = await newPerson(server);
  await enrol(page, server, upn, 'TPM-01');
  const [key, ...others] = await keysOf(server, upn);
  expect(others).toEqual([]);
  expect(key).toMatchObject({
    credentialId: hello.machine.authenticator.keys()[0]?.id,
    attestationFormat: 'tpm',
    aaguid: WINDOWS_HELLO_AAGUID,
    algorithm: -7,
  });
  expect(Boolean(key?.backupEligible)).toBe(false);

  await signOut(page);
  await keyButton(page).click();
  await expect(onDevice(page, 'TPM-01')).toBeVisible();

  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(onDevice(page, 'TPM-01')).toBeVisible();

  // The list under the account field offers the key as well, and waits for nobody.
  await signOut(page);
  hello.choosesFromAutofill();
  await expect(onDevice(page, 'TPM-01')).toBeVisible();
  const outcomes = hello.dialogs.map(({ kind, outcome }) => `${kind} ${outcome}`);
  expect(outcomes).toContain('autofill answered');
  expect(outcomes.filter((outcome) => outcome === 'create answered')).toHaveLength(1);
  // Each use was counted by the key and came in order.
  const [{ counter } = { counter: 0 }] = await keysOf(server, upn);
  expect(Number(counter)).toBe((hello.machine.authenticator.keys()[0]?.counter ?? 0) - 1);
});

test.describe('before Windows 11 22H2', () => {
  test.use({ tpmOptions: { algorithms: [-257] } });
  test('an RSA key of the TPM is registered and signs in', async ({ page, server, hello }) => {
    const upn = await newPerson(server);
    await enrol(page, server, upn, 'TPM-RSA-01');
    expect(await keysOf(server, upn)).toMatchObject([{ attestationFormat: 'tpm', algorithm: -257 }]);
    await signOut(page);
    await tryToSignIn(page, hello);
    await expect(onDevice(page, 'TPM-RSA-01')).toBeVisible();
  });
});

test('a dialog that is closed leaves nothing behind, and the next one makes the key', async ({
  page,
  server,
  hello,
}) => {
  const upn = await newPerson(server);
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'TPM-02');
  hello.closesDialogs();
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expectNotice(page);
  expect(hello.dialogs.at(-1)).toMatchObject({ kind: 'create', userName: upn, outcome: 'cancelled' });
  expect(await keysOf(server, upn)).toEqual([]);

  hello.types(hello.pin);
  await page
    .getByRole('button', { name: /Create my key|Try again/ })
    .first()
    .click();
  await expect(onDevice(page, 'TPM-02')).toBeVisible();
  expect(await keysOf(server, upn)).toHaveLength(1);
});

test.describe('wrong PINs', () => {
  test.use({ tpmOptions: { lockout: LOCKOUT.fast } });
  test('lock the TPM, which refuses the right one too until it has recovered; the key stays', async ({
    page,
    server,
    hello,
  }) => {
    const upn = await newPerson(server);
    await enrol(page, server, upn, 'TPM-03');
    await signOut(page);

    await test.step('a wrong PIN, then the right one in the same dialog', async () => {
      hello.types('000000', hello.pin);
      const dialog = await tryToSignIn(page, hello);
      expect(dialog).toMatchObject({ refusals: ['wrong_pin'], outcome: 'answered' });
      await expect(onDevice(page, 'TPM-03')).toBeVisible();
      await signOut(page);
    });

    await test.step('too many wrong PINs', async () => {
      hello.types('1', '2', '3', '4', '5', '6', hello.pin);
      const dialog = await tryToSignIn(page, hello);
      await expectNotice(page);
      await expect(page).toHaveURL(/\/sign-in$/);
      expect(dialog).toMatchObject({ outcome: 'locked_out', tpm: 'TPM_RC_LOCKOUT' });
    });

    await test.step('the TPM recovers by itself, and nothing had to be set up again', async () => {
      const recovered = async () => !(await hello.machine.authenticator.lockout()).inLockout;
      await expect.poll(recovered, { timeout: 30_000 }).toBe(true);
      hello.types(hello.pin);
      await tryToSignIn(page, hello);
      await expect(onDevice(page, 'TPM-03')).toBeVisible();
    });
  });
});

test.describe('a lockout that nobody waits for', () => {
  test.use({ tpmOptions: { lockout: { maxTries: 5, recoverySeconds: 600, lockoutRecoverySeconds: 600 } } });
  test('is told as what the device would not do, and other ways in stay open', async ({
    page,
    server,
    hello,
  }) => {
    const upn = await newPerson(server);
    await enrol(page, server, upn, 'TPM-04');
    await signOut(page);
    hello.types('1', '2', '3', '4', '5', '6');
    await tryToSignIn(page, hello);
    await expectNotice(page);
    const dialog = await tryToSignIn(page, hello);
    expect(dialog?.refusals).toEqual(['locked_out']);
    await expectNotice(page);
    await expect(page.getByRole('link', { name: /pass/i }).first()).toBeVisible();
  });
});

test('a new PIN opens the key that was registered, and the old one does not', async ({
  page,
  server,
  hello,
}) => {
  const upn = await newPerson(server);
  await enrol(page, server, upn, 'TPM-05');
  const registered = (await keysOf(server, upn)).map(({ credentialId }) => credentialId);
  await signOut(page);
  const { authenticator } = hello.machine;
  await authenticator.changePin(hello.pin, '735108');

  hello.types(hello.pin);
  const dialog = await tryToSignIn(page, hello);
  await expectNotice(page);
  expect(dialog).toMatchObject({ outcome: 'wrong_pin', tpm: 'TPM_RC_AUTH_FAIL' });

  hello.types('735108');
  await tryToSignIn(page, hello);
  await expect(onDevice(page, 'TPM-05')).toBeVisible();
  expect((await keysOf(server, upn)).map(({ credentialId }) => credentialId)).toEqual(registered);
});

test('a forgotten PIN is replaced with an approval, and the registered key stays', async ({
  page,
  server,
  hello,
}) => {
  const upn = await newPerson(server);
  await enrol(page, server, upn, 'TPM-06');
  await signOut(page);
  await hello.machine.authenticator.resetPin('735108');
  hello.types('735108');
  await tryToSignIn(page, hello);
  await expect(onDevice(page, 'TPM-06')).toBeVisible();
  expect(await keysOf(server, upn)).toHaveLength(1);
});

test('a key that was copied to a computer with another TPM signs nobody in, with the right PIN neither', async ({
  page,
  server,
  hello,
  newMachine,
}) => {
  const upn = await newPerson(server);
  await enrol(page, server, upn, 'TPM-07');
  await signOut(page);
  const own = hello.machine;
  // The whole disk is copied: the browser profile with its device key, and the TPM's private areas.
  const thief = await newMachine();
  for (const key of own.authenticator.keys()) thief.authenticator.restore(key);
  hello.machine = thief;
  const dialog = await tryToSignIn(page, hello);
  await expectNotice(page);
  expect(dialog).toMatchObject({ outcome: 'tpm_refused', tpm: 'TPM_RC_INTEGRITY' });

  hello.machine = own;
  await tryToSignIn(page, hello);
  await expect(onDevice(page, 'TPM-07')).toBeVisible();
});
