import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import { newPerson, reported, setUpHello, takeOtherWay, typePassword } from './people.ts';
import { addPhone, aPhone, approve, numberOn } from './phones.ts';
import { enrolled, loseKey } from './visitor.ts';

// A laptop and a phone: two browsers that share nothing.

/** Signs somebody in with a Hello key of software on a new device; the ceremony is other stories' matter. */
async function atTheirDesk(page: Page, server: House, deviceName: string) {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, deviceName);
  await person.enterBrowser(page.context());
  return upn;
}

test('a phone is added by the QR code, and approves, denies and is asked again at a sign-in with a password', async ({
  page,
  server,
  anotherBrowser,
  expectLoss,
}) => {
  const upn = await atTheirDesk(page, server, 'PHONE-01');
  const phone = await aPhone(anotherBrowser);

  await test.step('the QR code leads to Authenticator, and both screens show the same number', async () => {
    await page.goto('/security-info');
    await page.getByRole('link', { name: 'Add your phone or an app' }).click();
    await page.waitForURL('**/second-factor');
    await page.getByRole('link', { name: 'Your phone' }).click();
    await page.getByRole('button', { name: 'Show the code to scan' }).click();
    await expect(
      page.getByRole('img', { name: 'Opens Authenticator on your phone and adds it' }),
    ).toBeVisible();
    await expectAccessible(page);
    const code = (await page.getByTestId('phone-code').innerText()).replaceAll('-', '');
    await phone.goto(`/authenticator#code=${code}`);
    await expect(phone.getByLabel('Code', { exact: true })).toHaveValue(code);
    expect(phone.url()).not.toContain(code);
    await expectAccessible(phone);
    await phone.getByLabel('Name of this phone').fill('Blue phone');
    await phone.getByRole('button', { name: 'Add this phone' }).click();
    await expect(page.getByText('Does your phone show this number?')).toBeVisible();
    const number = await page.getByTestId('phone-number').innerText();
    expect(number).toMatch(/^[1-9]\d$/);
    await expect(phone.getByTestId('phone-number')).toHaveText(number);
    await expectAccessible(page);
    await expectAccessible(phone);
    await page.getByRole('button', { name: 'Yes, add this phone' }).click();
    await expect(page.getByText('“Blue phone” approves for you now')).toBeVisible();
    await expect(phone.getByText('Nothing waits for you')).toBeVisible();
    await page.getByRole('link', { name: 'Done' }).click();
    await expect(page.getByText('Blue phone', { exact: true })).toBeVisible();
  });

  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const laptop = await anotherBrowser();
  await typePassword(laptop, upn, password);
  await expect(laptop.getByRole('heading', { name: 'Approve on your phone' })).toBeVisible();
  await expectAccessible(laptop);

  await test.step('a wrong number denies', async () => {
    await laptop.getByRole('button', { name: 'Approve on your phone' }).click();
    await expect(laptop.getByText('Asking Blue phone')).toBeVisible();
    await expectAccessible(laptop);
    const number = Number(await numberOn(laptop));
    await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
    await expect(phone.getByText(upn).first()).toBeVisible();
    await expectAccessible(phone);
    await approve(phone, String(number === 99 ? 10 : number + 1));
    await expect(phone.getByText('That was not the number')).toBeVisible();
    await expect(laptop.getByText('Another number was entered on your phone')).toBeVisible();
  });

  await test.step('denied on the phone, it is denied here', async () => {
    await laptop.getByRole('button', { name: 'Ask again' }).click();
    await phone.getByRole('button', { name: 'Deny' }).click();
    await expect(phone.getByText('Denied', { exact: true })).toBeVisible();
    await expect(laptop.getByText('It was denied on your phone')).toBeVisible();
  });

  await test.step('offline for a while, the phone has what waits as soon as it is back', async () => {
    expectLoss(/^\/api\/authenticator\//);
    await phone.context().setOffline(true);
    await laptop.getByRole('button', { name: 'Ask again' }).click();
    const number = await numberOn(laptop);
    await phone.context().setOffline(false);
    await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
    await approve(phone, number);
    await expect(phone.getByText('Approved', { exact: true })).toBeVisible();
    await expect(laptop.getByText('Signed in with a password and your phone')).toBeVisible();
  });

  await test.step('removed, the phone says so, and the session that it let in ends', async () => {
    await page.goto('/security-info');
    const row = page.getByRole('listitem').filter({ hasText: 'Blue phone' });
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove this phone' }).click();
    await expect(page.getByText('No second factor yet')).toBeVisible();
    await expect(phone.getByText('This phone approves no more')).toBeVisible();
    await expectAccessible(phone);
    await laptop.goto('/');
    await expect(laptop).toHaveURL(/\/sign-in$/);
    await phone.getByRole('button', { name: 'Take it off this phone' }).click();
    await expect(phone.getByLabel('Code', { exact: true })).toBeVisible();
  });
});

test('whoever used a stolen code is turned away at the other screen', async ({
  page,
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  await atTheirDesk(page, server, 'PHONE-02');
  const [thief, phone] = [await aPhone(anotherBrowser), await aPhone(anotherBrowser)];
  await page.goto('/phone');
  await page.getByRole('button', { name: 'Show the code to scan' }).click();
  const code = await page.getByTestId('phone-code').innerText();
  await thief.goto(`/authenticator#code=${code}`);
  await thief.getByRole('button', { name: 'Add this phone' }).click();
  await expect(thief.getByTestId('phone-number')).toBeVisible();
  expectRefusal(401, '/api/authenticator/registration');
  await phone.goto(`/authenticator#code=${code}`);
  await phone.getByRole('button', { name: 'Add this phone' }).click();
  await expect(phone.getByText("That code didn't work. Nothing was added.")).toBeVisible();
  await page.getByRole('button', { name: 'No, that is not my phone' }).click();
  await expect(page.getByText('That phone was not added')).toBeVisible();
  await expect(thief.getByText('This phone approves no more')).toBeVisible();
  await page.goto('/security-info');
  await expect(page.getByText('No second factor yet')).toBeVisible();
});

test('a change is confirmed on the phone in a session of a password; “It wasn’t me” ends such a session and tells an administrator', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await atTheirDesk(page, server, 'PHONE-03');
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  // A session of a password alone: begun before there was a phone.
  const laptop = await anotherBrowser();
  await typePassword(laptop, upn, password);
  await expect(laptop.getByText('Signed in with a password.')).toBeVisible();
  const phone = await aPhone(anotherBrowser);
  await addPhone(page, phone, 'Green phone');

  const rename = async (to: string) => {
    await laptop.goto('/security-info');
    const row = laptop.getByRole('listitem').filter({ hasText: 'Green phone' });
    await row.getByRole('button', { name: 'Rename' }).click();
    await laptop.getByLabel('Name', { exact: true }).fill(to);
    await laptop.getByRole('button', { name: 'Save name' }).click();
    const dialog = laptop.getByRole('dialog', { name: 'Confirm that it is you' });
    await dialog.getByRole('button', { name: 'Approve on your phone' }).click();
    return dialog;
  };
  const dialog = await rename('Grey phone');
  await expect(dialog.getByText('Asking Green phone')).toBeVisible();
  await expect(phone.getByRole('heading', { name: 'Confirm that it is you?' })).toBeVisible();
  await approve(phone, await numberOn(laptop));
  await expect(phone.getByText('Approved', { exact: true })).toBeVisible();
  await expect(dialog).toBeHidden();
  await laptop.keyboard.press('Escape');
  await expect(laptop.getByText('Grey phone', { exact: true })).toBeVisible();

  await test.step('somebody else, who has the password, is reported', async () => {
    const thief = await anotherBrowser();
    await typePassword(thief, upn, password);
    await thief.getByRole('button', { name: 'Approve on your phone' }).click();
    await phone.getByRole('button', { name: 'It wasn’t me' }).click();
    await expect(phone.getByText('Denied, and your administrator knows')).toBeVisible();
    await expect(thief.getByText('Somebody said on your phone that it wasn’t them')).toBeVisible();
    await thief.getByRole('button', { name: 'Ask again' }).click();
    await expect(thief.getByText('Your phone is not asked for now.')).toBeVisible();
  });
});

test('a phone that can makes sure who holds it: to approve, and never to deny', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await atTheirDesk(page, server, 'PHONE-05');
  const phone = await aPhone(anotherBrowser);
  const own = await virtualAuthenticator(phone);
  await addPhone(page, phone, 'Black phone');
  await expectAccessible(phone);
  await phone.getByRole('button', { name: 'Use face, finger or screen lock' }).click();
  await expect(phone.getByText('Let this phone make sure that it is you')).toHaveCount(0);
  const [kept] = await own.getCredentials();
  expect(kept).toMatchObject({ isResidentCredential: false });

  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const laptop = await anotherBrowser();
  await typePassword(laptop, upn, password);
  await laptop.getByRole('button', { name: 'Approve on your phone' }).click();
  await own.setUserVerified(false);
  await phone.getByRole('button', { name: 'Deny' }).click();
  await expect(phone.getByText('Denied', { exact: true })).toBeVisible();

  await laptop.getByRole('button', { name: 'Ask again' }).click();
  await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
  await approve(phone, await numberOn(laptop));
  await expect(phone.getByRole('alert').filter({ hasText: 'Nothing' })).toBeVisible();
  await expect(laptop.getByTestId('approval-number')).toBeVisible();
  await reported(phone);
  await own.setUserVerified(true);
  await phone.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(phone.getByText('Approved', { exact: true })).toBeVisible();
  await expect(laptop.getByText('Signed in with a password and your phone')).toBeVisible();

  await test.step('somebody who cancels takes it back from the phone', async () => {
    const thief = await anotherBrowser();
    await typePassword(thief, upn, password);
    await thief.getByRole('button', { name: 'Approve on your phone' }).click();
    await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
    await thief.getByRole('button', { name: 'Cancel' }).click();
    await expect(thief.getByText('Your phone is not asked any more')).toBeVisible();
    await expect(phone.getByText('Nothing waits for you')).toBeVisible();
    await thief.getByRole('button', { name: 'Ask again' }).click();
    await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
    await thief.getByRole('button', { name: 'Start again' }).click();
    await expect(phone.getByText('Nothing waits for you')).toBeVisible();
  });
});

test.describe('where the organisation asks that a phone verifies its holder', () => {
  test.use({ policy: { 'Authenticator.phoneVerification': 'required' } });

  test('a phone without it denies only, and says why', async ({ page, server, anotherBrowser }) => {
    const upn = await atTheirDesk(page, server, 'PHONE-06');
    const phone = await aPhone(anotherBrowser);
    await addPhone(page, phone, 'White phone');
    await expect(phone.getByText('This phone can’t approve for you')).toBeVisible();
    await expectAccessible(phone);
    const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
    const laptop = await anotherBrowser();
    await typePassword(laptop, upn, password);
    await laptop.getByRole('button', { name: 'Approve on your phone' }).click();
    await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
    await expect(phone.getByRole('button', { name: 'Approve', exact: true })).toHaveCount(0);
    await expect(phone.getByText('This phone can’t approve for you')).toBeVisible();
    await phone.getByRole('button', { name: 'Deny' }).click();
    await expect(laptop.getByText('It was denied on your phone')).toBeVisible();
  });
});

test('a phone alone signs in on a registered device where no key does, opens its lock, and nothing elsewhere', async ({
  page,
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'PHONE-07');
  const phone = await aPhone(anotherBrowser);
  await virtualAuthenticator(phone);
  await addPhone(page, phone, 'Gold phone');
  await phone.getByRole('button', { name: 'Use face, finger or screen lock' }).click();
  await expect(phone.getByText('Let this phone make sure that it is you')).toHaveCount(0);
  // Autofill offers the key that is gone.
  expectRefusal(401, '/api/authentication/verification');
  await loseKey(await anotherBrowser(), server, upn);

  await page.goto('/');
  await takeOtherWay(page, /^Your phone/, '/sign-in/phone');
  await expectAccessible(page);
  await page.getByLabel('Your account').fill(upn);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Approve on your phone' }).click();
  await expect(page.getByText('Asking your phone')).toBeVisible();
  await expectAccessible(page);
  await expect(phone.getByRole('heading', { name: 'Are you signing in with this phone?' })).toBeVisible();
  await expectAccessible(phone);
  await approve(phone, await numberOn(page));
  await expect(page.getByRole('heading', { name: 'Use Windows Hello with your account' })).toBeVisible();
  await page.goto('/');
  await expect(page.getByText('Signed in with your phone on PHONE-07')).toBeVisible();

  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await page.getByRole('button', { name: 'Use your phone' }).click();
  await page.getByRole('button', { name: 'Approve on your phone' }).click();
  await approve(phone, await numberOn(page));
  await expect(page.getByText('Signed in with your phone on PHONE-07')).toBeVisible();

  await test.step('in another browser it waits for nobody', async () => {
    const elsewhere = await anotherBrowser();
    await elsewhere.goto('/sign-in');
    await expect(elsewhere.getByRole('link', { name: /^Your phone/ })).toHaveCount(0);
    await elsewhere.goto('/sign-in/phone');
    await elsewhere.getByLabel('Your account').fill(upn);
    await elsewhere.getByRole('button', { name: 'Continue' }).click();
    await elsewhere.getByRole('button', { name: 'Approve on your phone' }).click();
    await expect(elsewhere.getByText('Asking your phone')).toBeVisible();
    await expect(elsewhere.getByTestId('approval-number')).toHaveText(/^[1-9]\d$/);
    await phone.reload();
    await expect(phone.getByText('Nothing waits for you')).toBeVisible();
    await elsewhere.getByRole('button', { name: 'Cancel' }).click();
    await expect(elsewhere.getByText('Your phone is not asked any more')).toBeVisible();
  });
});

test('nobody answers: it ends by itself, says so, and is asked again', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await atTheirDesk(page, server, 'PHONE-04');
  const phone = await aPhone(anotherBrowser);
  await addPhone(page, phone, 'Red phone');
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const laptop = await anotherBrowser();
  await typePassword(laptop, upn, password);
  await laptop.getByRole('button', { name: 'Approve on your phone' }).click();
  await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
  await expect(laptop.getByText('Nobody answered in time')).toBeVisible({ timeout: 75_000 });
  await expect(phone.getByText('Nothing waits for you')).toBeVisible();
  await laptop.getByRole('button', { name: 'Ask again' }).click();
  await expect(phone.getByRole('heading', { name: 'Are you signing in?' })).toBeVisible();
  await approve(phone, await numberOn(laptop));
  await expect(laptop.getByText('Signed in with a password and your phone')).toBeVisible();
});

test('Authenticator is an app of its own: its manifest, its worker, and the words when there is no connection', async ({
  page,
  expectLoss,
}) => {
  expectLoss(/^\/(icon\.svg|favicon\.ico)$/);
  await page.goto('/authenticator');
  expect(await page.locator('link[rel=manifest]').getAttribute('href')).toBe('/authenticator.webmanifest');
  await page.evaluate(async () => await navigator.serviceWorker.ready);
  await page.reload();
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'This phone is offline' })).toBeVisible();
  await page.context().setOffline(false);
  await page.reload();
  await expect(page.getByLabel('Code', { exact: true })).toBeVisible();
});

test('a push message shows that something waits, and nothing of what', async ({ page }) => {
  await page.context().grantPermissions(['notifications']);
  await page.goto('/authenticator');
  await page.evaluate(async () => await navigator.serviceWorker.ready);
  const cdp = await page.context().newCDPSession(page);
  const registered = new Promise<string>((found) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => new URL(scopeURL).pathname === '/authenticator');
      if (own !== undefined) found(own.registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  const { origin } = new URL(page.url());
  await cdp.send('ServiceWorker.deliverPushMessage', {
    origin,
    registrationId: await registered,
    data: '{"waits":true}',
  });
  const shown = () =>
    page.evaluate(async () => {
      const notifications = await (await navigator.serviceWorker.ready).getNotifications();
      return notifications.map(({ title, body }) => ({ title, body }));
    });
  await expect.poll(shown).toEqual([{ title: 'Authenticator', body: 'Something waits for your answer.' }]);
});
