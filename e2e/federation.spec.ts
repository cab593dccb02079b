import type { Page } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { goToKeyStep, issuePass, newPerson, redeemPass, signOut } from './people.ts';
import { CLIENT_ID, CLIENT_SECRET, type Telling, withProvider, withUpstream } from './upstream.ts';
import { enrolled } from './visitor.ts';

// The domain is everybody's in a house: one story at a time has it federated.
test.describe.configure({ mode: 'serial' });

const DOMAIN = 'tidewater.example';

const someone = (upn: string): Telling => ({
  subject: `subject of ${upn}`,
  claims: { upn },
  methods: { amr: ['pwd'] },
  mfa: { amr: ['pwd', 'otp'] },
});

/** From the sign-in page to the provider's own. */
async function goThere(page: Page, upn: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByRole('link', { name: /^Your organisation/ }).click();
  await page.waitForURL('**/sign-in/federated');
  await page.getByLabel('Your account').fill(upn);
  await page.getByRole('button', { name: 'Go to your organisation' }).click();
}

async function signInThere(page: Page, telling: Telling): Promise<void> {
  await expect(page.getByRole('heading', { name: `Upstream of ${telling.subject}` })).toBeVisible();
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a person signs in at their organisation, sets up Hello, and never needs it again', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await withUpstream(server, DOMAIN, [], async (upstream) => {
    await virtualAuthenticator(page);
    const ada: Telling = { ...someone(upn), methods: { amr: ['pwd', 'otp'] } };
    await upstream.tell(ada);
    await goThere(page, upn);
    await signInThere(page, ada);
    await expect(page.getByText("Signed in with your organisation's sign-in and MFA.")).toBeVisible();
    expect(new URL(page.url()).pathname).toBe('/');

    // The MFA over there is fresh: nothing more is asked.
    await page.getByRole('link', { name: 'Set up this device' }).click();
    await goToKeyStep(page, 'FED-01');
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on FED-01')).toBeVisible();

    await signOut(page);
    await upstream.tell({ ...ada, silent: true });
    await upstream.asked();
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on FED-01')).toBeVisible();
    expect(await upstream.asked()).toEqual([]);
  });
});

test('who came without MFA confirms there when the set-up asks for it', async ({ page, server }) => {
  const upn = await newPerson(server);
  await withUpstream(server, DOMAIN, [], async (upstream) => {
    await virtualAuthenticator(page);
    const ben = someone(upn);
    await upstream.tell(ben);
    await goThere(page, upn);
    await signInThere(page, ben);
    await expect(page.getByText("Signed in with your organisation's sign-in.")).toBeVisible();
    await page.getByRole('link', { name: 'Set up this device' }).click();
    await page.getByRole('link', { name: 'OK', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'First, confirm that it is you' })).toBeVisible();
    await page.getByRole('link', { name: 'Confirm at your organisation' }).click();
    await page.getByRole('button', { name: 'Go to your organisation' }).click();
    await signInThere(page, ben);
    await expect(page.getByRole('button', { name: 'Register this device' })).toBeVisible();
  });
});

test('who is refused without MFA is led to a key, a pass, or a second factor over there', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await withUpstream(server, DOMAIN, [], async (upstream) => {
    const dana = someone(upn);
    await upstream.tell(dana);
    await page.goto('/sign-in/federated?problem=federated_mfa_required');
    await expect(
      page.getByText("A sign-in over there without a second factor doesn't get you in."),
    ).toBeVisible();
    for (const way of ['Sign in with a key', 'Use a Temporary Access Pass'])
      await expect(page.getByRole('link', { name: way })).toBeVisible();
    await page.getByLabel('Your account').fill(upn);
    await page.getByRole('button', { name: 'Sign in there with a second factor' }).click();
    await signInThere(page, dana);
    await expect(page.getByText("Signed in with your organisation's sign-in and MFA.")).toBeVisible();
  });
});

test('where the organisation must do MFA, whoever comes without is sent back for it', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await withUpstream(server, DOMAIN, ['--mfa', 'enforceMfaByFederatedIdp'], async (upstream) => {
    const cleo = someone(upn);
    await upstream.tell(cleo);
    await goThere(page, upn);
    await signInThere(page, cleo);
    await signInThere(page, cleo);
    await expect(page.getByText("Signed in with your organisation's sign-in and MFA.")).toBeVisible();
  });
});

test('an organisation that does not answer, another person who comes back, and an answer of another browser get nobody in; a pass does', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const [upn, other] = [await newPerson(server), await newPerson(server)];
  await withUpstream(server, DOMAIN, [], async (upstream) => {
    await upstream.tell({ ...someone(upn), silent: true });
    await goThere(page, upn);
    await expect(page.getByText("Your organisation's own sign-in can't be reached")).toBeVisible();

    const them = someone(other);
    await upstream.tell(them);
    await page.getByRole('button', { name: 'Go to your organisation' }).click();
    await signInThere(page, them);
    await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    expect(new URL(page.url()).pathname).toBe('/sign-in/federated');

    // Somebody hands the address that they were given to another person, who signs in over there.
    const me = someone(upn);
    await upstream.tell(me);
    await page.route(`${upstream.issuer}/auth**`, (route) => route.fulfill({ status: 204 }));
    const asked = page.waitForRequest((request) => request.url().startsWith(`${upstream.issuer}/auth`));
    await page.getByLabel('Your account').fill(upn);
    await page.getByRole('button', { name: 'Go to your organisation' }).click();
    const address = (await asked).url();
    const theirs = await anotherBrowser();
    const back = theirs.waitForRequest((request) => request.url().includes('/sign-in/federated/callback/'));
    await theirs.goto(address);
    await signInThere(theirs, me);
    await expect(theirs.getByText("This request doesn't belong to this page.")).toBeVisible();
    const link = (await back).url();
    // Where it was begun it counts, once.
    await page.goto(link);
    await expect(page.getByText("Signed in with your organisation's sign-in.")).toBeVisible();
    await redeemPass(theirs, other, await issuePass(server, other));
  });
});

test('whoever has no key on their device yet unlocks at their organisation, and is led to one', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await withUpstream(server, DOMAIN, [], async (upstream) => {
    await virtualAuthenticator(page);
    const eve: Telling = { ...someone(upn), methods: { amr: ['pwd', 'otp'] } };
    await upstream.tell(eve);
    await goThere(page, upn);
    await signInThere(page, eve);
    await page.getByRole('link', { name: 'Set up this device' }).click();
    await goToKeyStep(page, 'FED-02');
    // Registered, and the key is still to be made.
    await page.goto('/');
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await page.getByRole('button', { name: "Use your organisation's sign-in" }).click();

    // Another person comes back: the lock stays, and says so.
    const other = someone(await newPerson(server));
    await upstream.tell(other);
    await page.getByRole('button', { name: 'Unlock at your organisation' }).click();
    await signInThere(page, other);
    await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    expect(new URL(page.url()).pathname).toBe('/locked');

    await page.waitForLoadState();
    await upstream.tell(eve);
    await page.getByRole('button', { name: "Use your organisation's sign-in" }).click();
    await page.getByRole('button', { name: 'Unlock at your organisation' }).click();
    await signInThere(page, eve);
    await page.waitForURL('**/provision');
    await page.getByRole('link', { name: 'OK', exact: true }).click();
    await page.getByRole('link', { name: /^Continue/ }).click();
    await page.getByRole('button', { name: 'Create my key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on FED-02')).toBeVisible();

    // The key opens the next lock: the provider is not asked again.
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await expect(page.getByRole('button', { name: 'Unlock', exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: "Use your organisation's sign-in" })).toHaveCount(0);
  });
});

test('an administrator sees how a domain is federated, asks its provider, and decides whose MFA counts', async ({
  server,
}) => {
  const upn = await newPerson(server);
  await withUpstream(server, DOMAIN, [], async (upstream) => {
    const returnTo = `${server.origin}/sign-in/federated/callback/${DOMAIN}`;
    const shown = await server.admin(['federation', 'show']);
    for (const line of [upstream.issuer, returnTo, 'acceptIfMfaDoneByFederatedIdp'])
      expect(shown).toContain(line);
    expect(await server.admin(['federation', 'test', DOMAIN])).toContain(`${upstream.issuer}/token`);
    await server.admin([
      'federation',
      'change',
      DOMAIN,
      '--mfa',
      'rejectMfaByFederatedIdp',
      '--enabled',
      'false',
    ]);
    expect(await server.admin(['federation', 'show', '--json'])).toContain('rejectMfaByFederatedIdp');
    // A domain is tried before it is switched on.
    expect(await server.admin(['federation', 'test', DOMAIN])).toContain('Keys that it signs with');
    await expect(server.admin(['federation', 'change', DOMAIN, '--mfa', 'never'])).rejects.toThrow(
      '--mfa is one',
    );
    await expect(server.admin(['federation', 'unlink', upn])).rejects.toThrow("There's nothing here.");
  });
});

test('realm discovery knows domains, and the way back leads nowhere else', async ({
  page,
  server,
  request,
}) => {
  await page.goto('/sign-in');
  await expect(page.getByRole('link', { name: /^Your organisation/ })).toHaveCount(0);
  await page.goto('/sign-in/federated');
  await page.getByLabel('Your account').fill('somebody@elsewhere.example');
  await page.getByRole('button', { name: 'Go to your organisation' }).click();
  await expect(
    page.getByText("Names like that don't sign in at an organisation of their own."),
  ).toBeVisible();
  for (const query of ['', '?state=x&code=y', '?state=x&state=y', '?next=https://evil.example&state=AAAA']) {
    const answer = await request.get(`/sign-in/federated/callback/${DOMAIN}${query}`, { maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    const to = new URL(answer.headers().location ?? '');
    expect([to.origin, to.pathname, to.searchParams.get('problem')]).toEqual([
      server.origin,
      '/sign-in/federated',
      'challenge_invalid',
    ]);
    expect(answer.headers()['cache-control']).toContain('no-store');
    expect(answer.headers()['set-cookie']).toBeUndefined();
  }
});

test('a Global Administrator federates a domain on its page, tests its provider, sees and unlinks who is linked, and takes it back', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-FED');
  await withProvider(server, DOMAIN, async (upstream) => {
    await administrator.enterBrowser(page.context());
    await page.goto('/admin/federation');
    await expect(page.getByText('No domain is federated')).toBeVisible();
    await page.getByRole('button', { name: 'Federate a domain' }).click();
    await page.getByLabel('Domain', { exact: true }).fill('not a domain');
    await page.getByLabel('Issuer').fill(upstream.issuer);
    await page.getByLabel('Client ID').fill(CLIENT_ID);
    await page.getByLabel('Client secret').fill(CLIENT_SECRET);
    await page.getByRole('button', { name: 'Federate the domain' }).click();
    await expect(page.getByText('That is no domain.')).toBeVisible();
    await page.getByLabel('Domain', { exact: true }).fill(DOMAIN);
    await page.getByLabel('Issuer').fill('http://elsewhere.example');
    await page.getByRole('button', { name: 'Federate the domain' }).click();
    await expect(page.getByText('That is no issuer.')).toBeVisible();
    await page.getByLabel('Issuer').fill(upstream.issuer);
    await page.getByRole('button', { name: 'Federate the domain' }).click();

    const panel = page.getByRole('complementary', { name: DOMAIN });
    await expect(panel.getByText(`${server.origin}/sign-in/federated/callback/${DOMAIN}`)).toBeVisible();
    expect(await page.content()).not.toContain(CLIENT_SECRET);
    await panel.getByRole('button', { name: 'Test' }).click();
    await expect(panel.getByText('The provider answers')).toBeVisible();
    await expect(page.getByText('Answers', { exact: true }).first()).toBeVisible();
    const ada = someone(upn);
    await upstream.tell({ ...ada, silent: true });
    await panel.getByRole('button', { name: 'Test' }).click();
    await expect(panel.getByText('The provider cannot be used')).toBeVisible();
    await expect(panel.getByText('It does not answer at its issuer').first()).toBeVisible();

    // The secret of one provider is shown to no other.
    await panel.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('Client ID').fill('another');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Another issuer or client ID has a secret of its own.')).toBeVisible();
    await page.getByLabel('Client ID').fill(CLIENT_ID);
    await page.getByRole('radio', { name: /^Insist on it over there/ }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(panel.getByText('The provider is asked like this from now on.')).toBeVisible();
    await expect(panel.getByText('Insist on it over there.')).toBeVisible();

    const theirs = await anotherBrowser();
    await upstream.tell({ ...ada, methods: { amr: ['pwd', 'otp'] } });
    await goThere(theirs, upn);
    await signInThere(theirs, ada);
    await expect(theirs.getByText("Signed in with your organisation's sign-in and MFA.")).toBeVisible();
    await page.reload();
    await panel.getByRole('link', { name: upn }).click();
    await expect(page.getByText(ada.subject)).toBeVisible();
    await page.getByRole('button', { name: 'Unlink' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Unlink 1 person' }).click();
    await expect(page.getByText('is not linked any more.')).toBeVisible();
    await theirs.reload();
    await expect(theirs).toHaveURL(/\/sign-in/);

    await page.goto(`/admin/federation?domain=${DOMAIN}`);
    await panel.getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Switch 1 domain off' }).click();
    await expect(panel.getByText(`${DOMAIN} is switched off.`)).toBeVisible();
    await panel.getByRole('button', { name: 'Take back' }).click();
    const takeBack = page.getByRole('alertdialog').getByRole('button', { name: 'Take 1 domain back' });
    await expect(takeBack).toBeDisabled();
    await page.getByRole('alertdialog').getByRole('textbox').fill(DOMAIN);
    await takeBack.click();
    await expect(page.getByText('No domain is federated')).toBeVisible();
  });
});
