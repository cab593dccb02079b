import { expect, routeOnce, test, virtualAuthenticator, waitEndsUnheard } from './fixtures.ts';
import { goToKeyStep, issuePass, newPerson, redeemPass, registerDevice, reported } from './people.ts';

test.describe('the set-up, cut after every step, leads back to a working key', () => {
  test('by a reload at every step, and by the back button', async ({ page, server }) => {
    const upn = await newPerson(server);
    await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    await page.reload();
    await page.getByRole('link', { name: 'OK', exact: true }).click();
    await expect(page.getByRole('button', { name: 'Register this device' })).toBeVisible();
    await page.reload();
    await registerDevice(page, 'CUT-01');
    await page.getByRole('link', { name: /^Continue/ }).waitFor();
    await page.reload();
    await page.goBack();
    await expect(page.getByText('STUDIO')).toHaveCount(0);
    await page.goto('/provision?step=done');
    await expect(page.getByRole('button', { name: 'Create my key' })).toBeVisible();
    await page.reload();
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on CUT-01')).toBeVisible();
  });

  test('when the answer to the device registration is lost', async ({ page, server, expectLoss }) => {
    const upn = await newPerson(server);
    await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    // The server writes; the browser never hears of it.
    await routeOnce(page, '**/api/device-registration/verification', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByRole('link', { name: 'OK', exact: true }).click();
    expectLoss('/api/device-registration/verification');
    await registerDevice(page, 'CUT-02');
    await expect(page.getByRole('link', { name: /^Continue/ })).toBeVisible();
    await page.getByRole('link', { name: /^Continue/ }).click();
    // The page notices that this browser does not know its own device, and registers the same key again.
    await registerDevice(page, 'CUT-02');
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on CUT-02')).toBeVisible();
    await page.getByRole('link', { name: 'My devices' }).click();
    await expect(page.getByRole('listitem')).toHaveCount(1);
  });

  test('when the answer to the key registration is lost', async ({ page, server, expectLoss }) => {
    const upn = await newPerson(server);
    await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    await goToKeyStep(page, 'CUT-03');
    await routeOnce(page, '**/api/registration/verification', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    expectLoss('/api/registration/verification');
    await page.getByRole('button', { name: 'Create my key' }).click();
    // The store knows the key: the page goes on to the first sign-in.
    await expect(page.getByText('Signed in with Windows Hello on CUT-03')).toBeVisible();
  });

  test('when the key registration never reaches the server', async ({ page, server, expectLoss }) => {
    const upn = await newPerson(server);
    const authenticator = await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    await goToKeyStep(page, 'CUT-04');
    await routeOnce(page, '**/api/registration/verification', (route) => route.abort('connectionrefused'));
    expectLoss('/api/registration/verification');
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
    expect(await authenticator.getCredentials()).toHaveLength(1);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByText('Signed in with Windows Hello on CUT-04')).toBeVisible();
  });

  test('when the proof runs out while nobody answers', async ({ page, server, expectLoss }) => {
    await page.clock.install();
    const upn = await newPerson(server);
    await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    await goToKeyStep(page, 'CUT-07');
    await expect(page.getByText('Left before we ask again who you are')).toBeVisible();
    expectLoss('/api/health');
    await waitEndsUnheard(page, 10);
    await expect(page.getByText('0:00', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on CUT-07')).toBeVisible();
  });

  test('when the first sign-in fails', async ({ page, server }) => {
    const upn = await newPerson(server);
    const authenticator = await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    await goToKeyStep(page, 'CUT-05');
    await routeOnce(page, '**/api/authentication/options', async (route) => {
      await authenticator.setUserVerified(false);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText("Your device didn't answer. Nothing was changed.")).toBeVisible();
    await authenticator.setUserVerified(true);
    await page.reload();
    await expect(page.getByText('Signed in with Windows Hello on CUT-05')).toBeVisible();
  });
});

test('a closed system dialog is told in plain words, and the third try asks for no statement', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const authenticator = await virtualAuthenticator(page, { isUserVerified: false });
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'PLAIN-01');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/registration/options'))
      asked.push(String(request.postDataJSON().attestation));
  });
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText("Your device didn't answer. Nothing was changed.")).toBeVisible();
  await expect(page.getByText('What could have happened')).toBeVisible();
  await reported(page);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('The next try leaves the hardware statement out')).toBeVisible();
  await reported(page);
  await authenticator.setUserVerified(true);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('Signed in with Windows Hello on PLAIN-01')).toBeVisible();
  expect(asked).toEqual(['direct', 'direct', 'none']);
});

test('a synced passkey in place of a Hello key is not one, and can be kept as what it is', async ({
  page,
  server,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  await virtualAuthenticator(page, { synced: true });
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'SYNC-01');
  expectRefusal(422, '/api/registration/verification');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Your browser made a synced passkey, not a key on this device.')).toBeVisible();
  await page.getByRole('button', { name: 'Keep it as a synced passkey' }).click();
  await expect(page.getByText('Your passkey is kept')).toBeVisible();
  // Still no Hello key: the set-up goes on where it was.
  await expect(page.getByRole('button', { name: 'Create my key' })).toBeVisible();
});

test('a pass session can do nothing but register', async ({ page, server }) => {
  const upn = await newPerson(server, 'global_administrator');
  await redeemPass(page, upn, await issuePass(server, upn));
  for (const path of [
    '/',
    '/security-info',
    '/devices',
    '/apps/handbook',
    '/admin',
    '/admin/people',
    '/activity',
  ]) {
    await page.goto(path);
    await expect(page).toHaveURL(/\/provision/);
  }
});
