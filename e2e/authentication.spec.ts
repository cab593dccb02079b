import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { addThisBrowser, issuePass, newPerson, setUpHello, signOut } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test('a Hello key works only on the device where it was enrolled, until its owner adds another browser there', async ({
  page,
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const authenticator = await setUpHello(page, server, upn, 'HOME-01');
  const [credential] = await authenticator.getCredentials();
  if (credential === undefined) throw new Error('The authenticator holds no key');

  const other = await anotherBrowser();
  const copy = await virtualAuthenticator(other, { isPresent: false });
  await copy.addCredential(credential);
  await other.goto('/sign-in');
  await copy.setPresence(true);
  expectRefusal(403, '/api/authentication/verification');
  await other.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(other.getByText("This browser isn't known on the key's device yet.")).toBeVisible();
  await addThisBrowser(other, upn, await issuePass(server, upn), 'HOME-01');
  // The same device, with two browsers.
  await other.goto('/devices');
  await expect(other.getByRole('listitem').filter({ hasText: 'HOME-01' })).toHaveCount(1);
});

test('what is shown about the device decides: no proof, a foreign one, a forged one, an unverified person', async ({
  server,
}) => {
  const person = await enrolled(server, await newPerson(server), 'OWN-01');
  const stranger = await enrolled(server, await newPerson(server), 'OWN-02');
  const forged = person.own.profile &&
    stranger.own.profile && { ...person.own.profile, secretKey: stranger.own.profile.secretKey };
  const attempts = [
    { how: { profile: null }, status: 403, code: 'device_unknown', facts: { deviceName: 'OWN-01' } },
    { how: { profile: stranger.own.profile }, status: 403, code: 'wrong_device' },
    { how: { profile: forged }, status: 401, code: 'sign_in_failed' },
    { how: { userVerified: false }, status: 401, code: 'sign_in_failed' },
    { how: { userPresent: false }, status: 401, code: 'sign_in_failed' },
    {
      how: { secretKey: stranger.own.key?.secretKey ?? new Uint8Array() },
      status: 401,
      code: 'sign_in_failed',
    },
    { how: { origin: 'https://evil.example' }, status: 401, code: 'sign_in_failed' },
    { how: { rpId: 'evil.example' }, status: 401, code: 'sign_in_failed' },
    { how: { type: 'webauthn.create' }, status: 401, code: 'sign_in_failed' },
    { how: { backupEligible: true }, status: 401, code: 'sign_in_failed' },
    { how: { userHandle: stranger.own.key?.userHandle ?? '' }, status: 401, code: 'sign_in_failed' },
    { how: { userHandle: null }, status: 401, code: 'sign_in_failed' },
    { how: { credentialId: stranger.own.key?.credentialId ?? '' }, status: 401, code: 'sign_in_failed' },
    { how: { credentialId: 'bm9ib2R5J3Mga2V5' }, status: 401, code: 'credential_unknown' },
  ];
  for (const { how, status, ...said } of attempts) {
    const answer = await person.signIn(how);
    expect([Object.keys(how), answer.status, answer.json]).toMatchObject([Object.keys(how), status, said]);
    expect(answer.cookies).toEqual([]);
  }
  expect((await person.signIn()).status).toBe(200);
});

test('a new sign-in ends the token before it, and ending a session ends it at once', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'MANY-01');
  const token = async () =>
    (await page.context().cookies()).find(({ name }) => name === '__Host-latchkey-session')?.value ?? '';
  const [browser] = (await page.context().cookies()).filter(({ name }) => name.endsWith('browser'));
  const before = await token();
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on MANY-01')).toBeVisible();
  expect(await token()).not.toBe(before);
  const old = visitor(server);
  old.jar.set('__Host-latchkey-session', before).set('__Host-latchkey-browser', browser?.value ?? '');
  expect((await old.send('/')).headers.get('location')).toBe('/sign-in');

  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const elsewhere = [visitor(server), visitor(server), visitor(server)];
  for (const each of elsewhere) {
    expect(await each.act('(sign-in)#passwordAction', { upn, password })).toMatchObject({ ok: true });
  }
  const alive = async () => Promise.all(elsewhere.map(async (each) => (await each.send('/')).status === 200));
  expect(await alive()).toEqual([true, true, true]);
  await page.goto('/security-info');
  const others = page.getByRole('listitem').filter({ hasText: 'With a password' });
  await expect(others).toHaveCount(3);
  await others.first().getByRole('button', { name: 'End', exact: true }).click();
  await expect(others).toHaveCount(2);
  expect((await alive()).filter(Boolean)).toHaveLength(2);
  await page.getByRole('button', { name: 'End all others' }).click();
  await expect(others).toHaveCount(0);
  expect(await alive()).toEqual([false, false, false]);
  await page.goto('/');
  await expect(page.getByText('Signed in with Windows Hello on MANY-01')).toBeVisible();
});

test('a disabled person is out at once, and back with the same key when enabled', async ({ server }) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'OFF-01');
  expect((await person.send('/security-info')).status).toBe(200);
  const waiting = await person.assertion();
  await server.admin(['user', 'disable', upn]);
  expect((await person.send('/security-info')).headers.get('location')).toBe('/sign-in');
  expect(await person.act('(member)#endSessionAction', { sessionId: 'others' })).toMatchObject({
    problem: { code: 'sign_in_required' },
  });
  // Also with an answer to a question that was asked before.
  expect((await person.verify(waiting)).json.code).toBe('sign_in_failed');
  expect((await person.signIn()).json.code).toBe('sign_in_failed');
  await server.admin(['user', 'enable', upn]);
  expect((await person.signIn()).status).toBe(200);
});

for (const { what, transport, synced, words } of [
  { what: 'a synced passkey', transport: 'internal', synced: true, words: 'copies it between your devices' },
  { what: 'a security key', transport: 'usb', synced: false, words: 'bound to the device that made it' },
] as const) {
  test(`${what} is added after confirming, and signs in from a browser nobody registered`, async ({
    page,
    server,
    anotherBrowser,
  }) => {
    const upn = await newPerson(server);
    const person = visitor(server);
    await person.redeemPass(upn, await issuePass(server, upn));
    await person.enterBrowser(page.context());
    const authenticator = await virtualAuthenticator(page, { transport, synced });
    await page.goto('/passkey');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByText(words)).toBeVisible();
    const [credential] = await authenticator.getCredentials();
    if (credential === undefined) throw new Error('The authenticator holds no key');

    const other = await anotherBrowser();
    const there = await virtualAuthenticator(other, { transport, synced, isPresent: false });
    await there.addCredential(credential);
    await other.goto('/sign-in');
    await there.setPresence(true);
    const signedIn = other.getByText('Signed in with a passkey.');
    // On a busy machine the page asks for autofill only now, and is answered before anybody could press the button.
    const pressed = other.getByRole('button', { name: 'Sign in with a key' }).click();
    await Promise.race([pressed.catch(() => {}), signedIn.waitFor()]);
    await expect(signedIn).toBeVisible();
  });
}

test('a key is renamed only after confirming, and one that is reported lost opens nothing', async ({
  page,
  server,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  const password = (await server.admin(['user', 'password', upn, '--keep'])).trim();
  const authenticator = await setUpHello(page, server, upn, 'TIDY-01');
  // A password opens a session that is too weak to change anything.
  await signOut(page);
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Signed in with a password on TIDY-01')).toBeVisible();

  await page.goto('/security-info');
  await authenticator.setUserVerified(false);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Morning key');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText("Your device didn't answer. Nothing was changed.")).toBeVisible();
  await authenticator.setUserVerified(true);
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Morning key', exact: true })).toBeVisible();

  // It is their last one: what cannot be removed can still be lost, with the session that it confirmed.
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'This is your last key' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Report lost' }).click();
  await page.getByRole('button', { name: 'Report it lost' }).click();
  await page.waitForURL('**/sign-in');
  expectRefusal(401, '/api/authentication/verification');
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
});
