import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from '@playwright/test';
import { expectAccessible, expectNothingSideways } from './accessible.ts';
import { authenticatorApp } from './authenticator-app.ts';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import {
  addThisBrowser,
  chooseNewPin,
  enterPin,
  goToKeyStep,
  issuePass,
  LONG_PINS,
  newPerson,
  redeemPass,
  setUpHello,
  setUpSoftwareKey,
  signOut,
  takenOver,
  typePassword,
} from './people.ts';
import { addPhone, aPhone, approve, numberOn } from './phones.ts';
import { withUpstream } from './upstream.ts';
import { enrolled } from './visitor.ts';
import { documented, expectAll, expectNoSecret, listen, shownAs, told } from './watched.ts';

test.use({ policy: { 'LiveCeremony.state': 'true' } });

/** What every other tab says while the view is open. */
const HINT = 'The ceremonies of this browser are being shown in another window.';

/** The strength that one application asks for. */
const payrollAsks = (server: House, strength: string) =>
  server.admin([
    'methods',
    'set',
    'AuthenticationStrength.payroll',
    strength,
    '--confirm-locked-out',
    '9999',
  ]);

/** Opens the live view beside a page, which stays in front: the browser asks for keys only there. */
async function watching(context: BrowserContext, page: Page): Promise<Page> {
  const live = await context.newPage();
  await live.goto('/live');
  await expect(live.getByText('Ceremonies of this browser will be drawn here.')).toBeVisible();
  // By this mark every page of this browser tells it what happens.
  await expect.poll(() => live.evaluate(() => localStorage.getItem('latchkey-live-ceremony'))).not.toBeNull();
  await page.bringToFront();
  return live;
}

async function lock(page: Page): Promise<void> {
  await go(page, '/');
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
  await takenOver(page);
}

async function go(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await takenOver(page);
}

/** The live view as it looks, for whoever reads the report, and without a barrier. */
async function seenAt(live: Page, name: string): Promise<void> {
  for (const look of [
    { colorScheme: 'light', width: 1440, height: 900 },
    { colorScheme: 'light', width: 1024, height: 768 },
    { colorScheme: 'dark', width: 1024, height: 768 },
    { colorScheme: 'dark', width: 360, height: 800 },
  ] as const) {
    await live.setViewportSize(look);
    await live.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await expectAccessible(live, { everyRule: true });
    await expectNothingSideways(live);
    await test.info().attach(`${name}-${look.width}-${look.colorScheme}`, {
      body: await live.screenshot({ fullPage: true }),
      contentType: 'image/png',
    });
  }
  await live.setViewportSize({ width: 1280, height: 720 });
}

test('device registration, provisioning, sign-in, unlock and step-up are drawn while they happen', async ({
  page,
  server,
  context,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const pass = await issuePass(server, upn);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  await virtualAuthenticator(page);
  const stranger = await anotherBrowser();
  await stranger.goto('/live');
  const live = await watching(context, page);
  const traffic = listen(context, server.origin);
  await redeemPass(page, upn, pass);
  await expect(page.getByText(HINT)).toBeVisible();
  await expect(live.getByText(HINT)).toHaveCount(0);
  await expect(stranger.getByText(HINT)).toHaveCount(0);
  await goToKeyStep(page, 'LIVE-01');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-01')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-01')).toBeVisible();
  const bySystem = documented('Sign-in with Windows Hello');
  await expect.poll(() => shownAs(live, 'Sign-in')).toEqual(bySystem);
  await expect
    .poll(async () => [
      ...(await shownAs(live, 'Temporary Access Pass', 'Device registration', 'Make a key')),
      ...bySystem,
    ])
    .toEqual(documented('Provisioning with managed authentication'));
  await live.getByLabel('Ceremony').selectOption('all');
  await seenAt(live, 'provisioning');
  await live.getByLabel('Ceremony').selectOption('newest');
  await page.bringToFront();

  await lock(page);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-01')).toBeVisible();
  await expect.poll(() => shownAs(live, 'Unlock')).toEqual(bySystem);
  await signOut(page);
  await typePassword(page, upn, password);
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  await payrollAsks(server, 'phishing_resistant_mfa');
  await go(page, '/apps/payroll');
  await page.getByRole('button', { name: 'Confirm with a key' }).click();
  await expect(page.getByText('Next payment on the 25th.')).toBeVisible();
  await payrollAsks(server, 'default');
  await expect.poll(() => shownAs(live, 'Step-up')).toEqual(bySystem);
  await expectAll(live, traffic);

  const messages = await told(live);
  const answer = messages.findLast(({ id }) => id === 'answers /api/authentication/verification');
  expect(answer?.facts).toContainEqual({ name: 'Status', value: '200' });
  expect(JSON.stringify(answer?.facts)).toContain('(step_up)');
  // The step-up gave the session of a password a new token, and left it what it is.
  expect(answer?.facts).toEqual(
    expect.arrayContaining([
      { name: 'Session', value: 'ordinary, by password' },
      { name: 'Session of the new cookie', value: 'ordinary, by password' },
    ]),
  );
  // What its statement proves, in the words that people know it by: a virtual authenticator proves nothing.
  const made = messages.findLast(({ id }) => id === 'answers /api/registration/verification');
  expect(made?.facts).toContainEqual({ name: 'Attestation verdict', value: 'Protection not verified' });
  const signed = messages.findLast(({ id }) => id === 'signed');
  expect(signed?.facts).toEqual(
    expect.arrayContaining([
      { name: 'Type', value: 'webauthn.get' },
      { name: 'Origin', value: server.origin },
      { name: 'UV, it is them', value: '1' },
      { name: 'Key kept by', value: 'An authenticator' },
    ]),
  );
  await expectNoSecret(live, page, traffic, [pass, password, upn]);

  // Another browser saw nothing of it.
  expect(await told(stranger)).toEqual([]);
  await expect(stranger.getByText('Ceremonies of this browser will be drawn here.')).toBeVisible();

  // It is chosen and opened by the keyboard, read as a list, and taken along.
  await live.bringToFront();
  const ceremony = live.getByLabel('Ceremony');
  await ceremony.selectOption({ label: await ceremony.getByText('Device registration').innerText() });
  await expect(live.getByRole('heading', { level: 2, name: 'Device registration' })).toBeVisible();
  const message = live.getByRole('button', { name: 'Public device key and proof' });
  await message.focus();
  await live.keyboard.press('Enter');
  await expect(message).toHaveAttribute('aria-expanded', 'true');
  await expect(live.getByRole('listitem').filter({ has: message })).toContainText(
    'Public key of this browser',
  );
  await expect(live.getByRole('listitem').filter({ has: message })).toContainText('Browser to Latchkey:');
  const saved = live.waitForEvent('download');
  await live.getByRole('button', { name: 'PNG', exact: true }).click();
  const bytes = await readFile(await (await saved).path());
  expect(bytes.subarray(0, 4).toString('latin1')).toBe('\x89PNG');
  // What a browser answers for a canvas that is larger than it can paint.
  await live.evaluate(() => {
    HTMLCanvasElement.prototype.toBlob = (done) => done(null);
  });
  await live.getByRole('button', { name: 'PNG', exact: true }).click();
  await expect(live.getByText('This picture is too large to be painted')).toBeVisible();
  await ceremony.selectOption('all');
  await expect(live.getByText('This picture is too large to be painted')).toHaveCount(0);

  // With the view gone nothing is told, and the server is not asked. A window that is closed in a hurry may leave its mark.
  await live.goto('about:blank');
  await page.bringToFront();
  await expect(page.getByText(HINT)).toHaveCount(0);
  await live.close();
  const after = page.waitForRequest('**/api/authentication/options');
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  expect((await after).headers()['latchkey-watch']).toBeUndefined();
});

test('a browser that is added to a device is drawn, with the try that led to it', async ({
  page,
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const [key] = await (await setUpHello(page, server, upn, 'LIVE-07')).getCredentials();
  if (key === undefined) throw new Error('The authenticator holds no key');
  const other = await anotherBrowser();
  const copy = await virtualAuthenticator(other, { isPresent: false });
  await copy.addCredential(key);
  const live = await watching(other.context(), other);
  const traffic = listen(other.context(), server.origin);
  await go(other, '/sign-in');
  await copy.setPresence(true);
  expectRefusal(403, '/api/authentication/verification');
  await other.getByRole('button', { name: 'Sign in with a key' }).click();
  const pass = await issuePass(server, upn);
  await addThisBrowser(other, upn, pass, 'LIVE-07');
  await expect
    .poll(() => shownAs(live, 'Add this browser to a device'))
    .toEqual(
      expect.arrayContaining([
        'Browser to Latchkey: Assertion and public device key',
        'Latchkey to Browser: Browser added',
      ]),
    );
  const refused = (await told(live)).find(({ id }) => id === 'answers /api/authentication/verification');
  expect(refused?.facts).toContainEqual({ name: 'Problem', value: 'device_unknown' });
  await expectAll(live, traffic);
  await expectNoSecret(live, other, traffic, [pass, upn]);
});

test('what is newest stays in sight, unless somebody reads', async ({ page, server, context }) => {
  const upn = await newPerson(server);
  await virtualAuthenticator(page);
  const live = await watching(context, page);
  await live.setViewportSize({ width: 1024, height: 768 });
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'LIVE-03');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-03')).toBeVisible();
  await live.bringToFront();
  await live.getByLabel('Ceremony').selectOption('all');
  const last = live.getByRole('button', { name: 'Verified, session rotated' });
  await expect(last).toBeInViewport();
  // Who takes part stays in sight above it.
  await expect(live.getByText('Stays: Face, finger and PIN')).toBeInViewport();
  await live.getByRole('button', { name: 'Account and Temporary Access Pass' }).click();
  await page.bringToFront();
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-03')).toBeVisible();
  await live.bringToFront();
  await expect(last).toHaveCount(2);
  await expect(last.last()).not.toBeInViewport();
});

test('a destructive PIN reset is drawn, from the pass to the new key', async ({ page, server, context }) => {
  const upn = await newPerson(server);
  await virtualAuthenticator(page);
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'LIVE-04');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-04')).toBeVisible();
  const live = await watching(context, page);
  const traffic = listen(context, server.origin);
  const pass = await issuePass(server, upn);
  await go(page, '/security-info');
  await page.getByRole('link', { name: 'I forgot my PIN' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Temporary Access Pass').fill(pass);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**step=create');
  await takenOver(page);
  await page.getByRole('button', { name: 'Make my new key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-04')).toBeVisible();
  await expect
    .poll(() => shownAs(live, 'Temporary Access Pass', 'Destructive PIN reset'))
    .toEqual(documented('Destructive PIN reset'));
  await expectAll(live, traffic);
  await expectNoSecret(live, page, traffic, [pass]);
});

test.describe('a key that this browser keeps', () => {
  const PIN = 'harbour4417west';
  const NEW_PIN = 'lantern9023east';
  const LAST_PIN = 'sandpiper6074cove';
  test.use({ policy: { 'LiveCeremony.state': 'true', ...LONG_PINS, EnablePinRecovery: 'true' } });

  test('its making, sign-in, unlock, PIN change and non-destructive PIN reset are drawn, and no PIN', async ({
    page,
    server,
    context,
    keepIn,
  }) => {
    await server.admin(['pin-reset-service', 'register']);
    for (const pin of [PIN, NEW_PIN, LAST_PIN]) keepIn(pin);
    const upn = await newPerson(server);
    const live = await watching(context, page);
    const traffic = listen(context, server.origin);
    await setUpSoftwareKey(page, server, upn, 'LIVE-05', PIN);
    await signOut(page);
    await page.getByRole('button', { name: /^Sign in as .* with your PIN$/ }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('on LIVE-05. Software key')).toBeVisible();
    await lock(page);
    await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('on LIVE-05. Software key')).toBeVisible();
    const unlock = documented('Unlock with a PIN of this browser');
    for (const title of ['Sign-in', 'Unlock'])
      await expect.poll(async () => (await shownAs(live, title)).slice(0, unlock.length)).toEqual(unlock);
    for (const step of ['created', 'signed'])
      expect((await told(live)).findLast(({ id }) => id === step)?.facts).toContainEqual({
        name: 'Key kept by',
        value: 'The container of this browser',
      });

    await go(page, '/security-info/pin');
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Change my PIN' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('Your PIN is changed')).toBeVisible();
    await expect
      .poll(() => shownAs(live, 'PIN change'))
      .toContain('Browser to Latchkey: Ask for another PIN');

    const pass = await issuePass(server, upn);
    await go(page, '/security-info');
    await page.getByRole('link', { name: 'I forgot my PIN' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Temporary Access Pass').fill(pass);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL('**/pin-reset?step=new_pin');
    await takenOver(page);
    await chooseNewPin(page, LAST_PIN);
    await page.getByRole('button', { name: 'Set my new PIN' }).click();
    await expect(page.getByText('Your new PIN counts')).toBeVisible();
    const reset = documented('Non-destructive PIN reset');
    await expect
      .poll(async () =>
        (await shownAs(live, 'Temporary Access Pass', 'Non-destructive PIN reset')).slice(0, reset.length),
      )
      .toEqual(reset);
    await live.bringToFront();
    await seenAt(live, 'pin-reset');
    await page.bringToFront();
    await expectAll(live, traffic);
    await expectNoSecret(live, page, traffic, [pass, PIN, NEW_PIN, LAST_PIN]);
  });
});

test('a phone that is asked and answers is drawn; what asks it over and over is one line on the side', async ({
  page,
  server,
  context,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  await (await enrolled(server, upn, 'LIVE-06')).enterBrowser(context);
  const phone = await aPhone(anotherBrowser);
  // The phone’s part is told in the phone’s own browser.
  const liveOnPhone = await watching(phone.context(), phone);
  const fromPhone = listen(phone.context(), server.origin);
  await addPhone(page, phone, 'Blue phone');
  await expect
    .poll(() => shownAs(liveOnPhone, 'Add a phone'))
    .toContain('Browser to Latchkey: Public key of this phone, and proof');
  await phone.bringToFront();
  await signOut(page);
  const live = await watching(context, page);
  const traffic = listen(context, server.origin);
  await typePassword(page, upn, password);
  await page.getByRole('button', { name: 'Approve on your phone' }).click();
  const number = await numberOn(page);
  await expect.poll(async () => (await told(live)).map(({ id }) => id)).toContain('phoneAsks');
  await approve(phone, number);
  await expect(page.getByText('Signed in with a password and your phone')).toBeVisible();
  await expect
    .poll(() => shownAs(live, 'Sign-in with a password'))
    .toEqual(documented('Sign-in with a password and a phone'));
  await expectAll(live, traffic);
  await expect
    .poll(() => shownAs(liveOnPhone, 'Approve on a phone'))
    .toContain('Browser to Latchkey: Signed answer');
  await expectAll(liveOnPhone, fromPhone);
  await expectNoSecret(liveOnPhone, phone, fromPhone, [upn]);
  await phone.bringToFront();
  await live.bringToFront();
  await seenAt(live, 'phone');
  await live.getByLabel('Also what pages ask on the side').check();
  await expect(live.getByRole('button', { name: 'Has it answered?' })).toHaveCount(1);
  await expectNoSecret(live, page, traffic, [password, upn]);

  // Denied, it is drawn as denied; confirmed in one's session, it is a ceremony of its own.
  await signOut(page);
  await typePassword(page, upn, password);
  await page.getByRole('button', { name: 'Approve on your phone' }).click();
  await expect(page.getByText('Asking Blue phone')).toBeVisible();
  await phone.getByRole('button', { name: 'Deny' }).click();
  await expect(page.getByText('It was denied on your phone')).toBeVisible();
  await expect
    .poll(async () => (await told(live)).findLast(({ id }) => id === 'phoneAnswers')?.facts)
    .toEqual([{ name: 'Answer', value: 'denied' }]);
  await expectAll(live, traffic);
});

test('the way to an identity provider and back is drawn, with what Latchkey found there', async ({
  page,
  server,
  context,
}) => {
  const upn = await newPerson(server);
  await withUpstream(server, 'tidewater.example', [], async (upstream) => {
    const subject = `subject of ${upn}`;
    await upstream.tell({ subject, claims: { upn }, methods: { amr: ['pwd', 'otp'] } });
    const live = await watching(context, page);
    const traffic = listen(context, server.origin);
    const goThere = async () => {
      await go(page, '/sign-in/federated');
      await page.getByLabel('Your account').fill(upn);
      await page.getByRole('button', { name: 'Go to your organisation' }).click();
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await goThere();
    await expect(page.getByText("Signed in with your organisation's sign-in and MFA.")).toBeVisible();
    const byProvider = documented('Provisioning with federated authentication').slice(0, 9);
    await expect.poll(() => shownAs(live, 'Sign-in at the identity provider')).toEqual(byProvider);
    const found = (await told(live)).find(({ id }) => id === 'idToken');
    expect(found?.facts).toEqual([{ name: 'Counts as', value: 'federated-mfa' }]);
    await expectAll(live, traffic);
    await expectNoSecret(live, page, traffic, [upn, upstream.issuer, subject]);

    // Somebody else comes back: it is drawn as refused. An address alone draws nothing.
    await signOut(page);
    // The provider remembers who signed in there.
    await context.clearCookies();
    const other = await newPerson(server);
    await upstream.tell({ subject: 'another', claims: { upn: other }, methods: { amr: ['pwd'] } });
    await goThere();
    await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    await expect.poll(async () => (await told(live)).at(-1)?.id).toBe('upstreamRefused');
    const refused = (await told(live)).at(-1);
    expect(refused?.facts).toEqual([{ name: 'Problem', value: 'sign_in_failed' }]);
    const before = (await told(live)).length;
    await page.goto('/sign-in/federated?problem=sign_in_failed');
    await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    expect(await told(live)).toHaveLength(before);
  });
});

test('forms are drawn, and nothing that was typed into them', async ({ page, server, context }) => {
  const upn = await newPerson(server);
  const given = (await server.admin(['user', 'password', upn])).trim();
  const password = 'violet engines hum at dawn';
  await (await enrolled(server, upn, 'LIVE-02')).enterBrowser(context);
  await page.goto('/authenticator-app');
  await page.getByRole('button', { name: 'Show the code to scan' }).click();
  const app = authenticatorApp(await page.getByTestId('totp-key').innerText());
  const halfMinute = () => Math.floor(Date.now() / 30_000);
  const added = halfMinute();
  await page.getByLabel('Code from your authenticator app').fill(app.code());
  await page.getByLabel('Name of this app').fill('Blue phone');
  await page.getByRole('button', { name: 'Add this app' }).click();
  await expect(page.getByText('“Blue phone” is set up')).toBeVisible();

  const live = await watching(context, page);
  const traffic = listen(context, server.origin);
  await go(page, '/devices/status');
  await page.getByRole('button', { name: 'Sync now' }).click();
  await expect(page.getByText('Nothing changed')).toBeVisible();
  await signOut(page);
  await typePassword(page, upn, `${given}!`);
  await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue(`${given}!`);
  await page.getByLabel('Password', { exact: true }).fill(given);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const codes = [app.code()];
  await page.getByLabel('Code from your authenticator app').fill(codes[0] ?? '');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('New password').fill(given);
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText('This is the password that you have now.')).toBeVisible();
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText('Signed in with a password and a code')).toBeVisible();
  await expect(live.getByText(/^refused, \+/).first()).toBeVisible();
  await seenAt(live, 'password-and-code');
  await page.bringToFront();
  await lock(page);
  await page.getByRole('button', { name: 'Use password and code' }).click();
  await page.getByLabel('Password', { exact: true }).fill(password);
  // Its third code may be of no later step than the one ahead.
  await expect.poll(halfMinute, { timeout: 35_000 }).toBeGreaterThan(added);
  codes.push(app.code());
  await page.getByLabel('Code from your authenticator app').fill(codes[1] ?? '');
  await page.getByRole('button', { name: 'Confirm with password and code' }).click();
  await expect(page.getByText('Signed in with a password and a code')).toBeVisible();

  const halves = (...names: string[]) => names.flatMap((name) => [`sends ${name}`, `gets ${name}`]);
  await expectAll(live, traffic);
  const messages = await told(live);
  expect(messages.map(({ id }) => id).filter((id) => /^(sends|gets) /.test(id))).toEqual([
    ...halves('policy-refresh', 'password', 'password', 'code'),
    ...halves('new-password', 'new-password', 'confirmation'),
  ]);
  const [refused, next] = messages.filter(({ id }) => id === 'gets password');
  expect(refused?.facts).toContainEqual({ name: 'Outcome', value: 'refused' });
  expect(next?.facts).toContainEqual({ name: 'Next', value: 'code' });
  const signedIn = messages.findLast(({ id }) => id === 'gets new-password');
  expect(signedIn?.facts).toContainEqual({ name: 'Next', value: 'signed_in' });
  // One ceremony, with its wrong try.
  expect([refused?.run, next?.run]).toEqual([signedIn?.run, signedIn?.run]);
  for (const each of messages.filter(({ id }) => id.startsWith('sends ')))
    expect(each).not.toHaveProperty('bytes');
  await expectNoSecret(live, page, traffic, [upn, given, password, ...codes]);
});

test.describe('where the organisation does not allow it', () => {
  test.use({ policy: { 'LiveCeremony.state': 'false' } });

  test('there is no live view, and the server tells nothing', async ({ server }) => {
    const answer = await fetch(`${server.origin}/api/authentication/options`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.origin, 'latchkey-watch': '1' },
      body: '{}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('latchkey-seen')).toBeNull();
    expect((await fetch(`${server.origin}/live`)).status).toBe(404);
  });
});

test('a refusal tells no more to whoever watches', async ({ server }) => {
  const answer = await fetch(`${server.origin}/api/authentication/verification`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.origin, 'latchkey-watch': '1' },
    body: JSON.stringify({
      response: {
        id: 'AAAA',
        rawId: 'AAAA',
        type: 'public-key',
        response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
      },
    }),
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(JSON.parse(answer.headers.get('latchkey-seen') ?? '')).toEqual({
    events: [],
    session: null,
    given: null,
  });
});
