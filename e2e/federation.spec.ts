import type { Page } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { goToKeyStep, issuePass, newPerson, redeemPass, signOut } from './people.ts';
import { type Telling, withUpstream } from './upstream.ts';

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
    await expect(server.admin(['federation', 'test', DOMAIN])).rejects.toThrow('switched off');
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
