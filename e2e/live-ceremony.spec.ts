import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page, Request } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { goToKeyStep, issuePass, newPerson, redeemPass, signOut } from './people.ts';

test.use({ policy: { 'LiveCeremony.state': 'true' } });

interface Told {
  readonly id: string;
  readonly run: { readonly id: string; readonly name: string | null };
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

const told = (live: Page): Promise<readonly Told[]> =>
  live.evaluate(() => JSON.parse(sessionStorage.getItem('latchkey-live-ceremony') ?? '[]'));

/** The doors of ceremonies that the browser asked, as the network saw them. */
function recordRequests(page: Page): string[] {
  const paths: string[] = [];
  page.context().on('request', (request: Request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'POST' && pathname.startsWith('/api/')) paths.push(pathname);
  });
  return paths;
}

const local = ['prove', 'proven'];
const asking = (path: string) => [`asks ${path}`, `answers ${path}`];

test('a set-up and a sign-in are drawn while they happen: every message, decoded, and no secret', async ({
  page,
  server,
  context,
  anotherBrowser,
}) => {
  const live = await context.newPage();
  await live.goto('/live');
  await expect(live.getByText('Ceremonies of this browser will be drawn here.')).toBeVisible();
  const stranger = await anotherBrowser();
  await stranger.goto('/live');

  const requests = recordRequests(page);
  const upn = await newPerson(server);
  const pass = await issuePass(server, upn);
  // The browser asks for keys only in the window in front.
  await page.bringToFront();
  await virtualAuthenticator(page);
  await redeemPass(page, upn, pass);
  await goToKeyStep(page, 'LIVE-01');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-01')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on LIVE-01')).toBeVisible();

  // None is missing and none is made up.
  await expect
    .poll(async () =>
      (await told(live)).filter(({ id }) => id.startsWith('asks ')).map(({ id }) => id.slice(5)),
    )
    .toEqual(requests);
  const messages = await told(live);
  const of = (name: string) => messages.filter(({ run }) => run.name === name).map(({ id }) => id);
  expect(of('register-device')).toEqual([
    ...asking('/api/device-registration/options'),
    ...local,
    ...asking('/api/device-registration/verification'),
  ]);
  expect(of('make-key').slice(0, 9)).toEqual([
    ...asking('/api/registration/options'),
    'create',
    'gesture',
    'created',
    ...local,
    ...asking('/api/registration/verification'),
  ]);
  const lastRun = messages.filter(({ run }) => run.name === 'sign-in').at(-1)?.run.id;
  const signIn = messages.filter(({ run }) => run.id === lastRun);
  expect(signIn.map(({ id }) => id).slice(0, 9)).toEqual([
    ...asking('/api/authentication/options'),
    'get',
    'gesture',
    'signed',
    ...local,
    ...asking('/api/authentication/verification'),
  ]);
  const answer = signIn.find(({ id }) => id === 'answers /api/authentication/verification');
  expect(answer?.facts).toContainEqual({ name: 'Status', value: '200' });
  expect(JSON.stringify(answer?.facts)).toContain('(sign_in)');
  const signed = signIn.find(({ id }) => id === 'signed');
  expect(signed?.facts).toEqual(
    expect.arrayContaining([
      { name: 'Type', value: 'webauthn.get' },
      { name: 'Origin', value: server.origin },
      { name: 'UV, it is them', value: '1' },
    ]),
  );

  // What must never be in it: the pass, the tokens, what names the person, whole challenges.
  const kept = await live.evaluate(() =>
    JSON.stringify({ ...sessionStorage, page: document.body.outerHTML }),
  );
  const cookies = (await context.cookies()).map(({ value }) => value).filter((value) => value.length > 8);
  expect(cookies.length).toBeGreaterThan(0);
  for (const secret of [pass, upn, ...cookies]) expect(kept).not.toContain(secret);

  // Another browser saw nothing of it.
  expect(await told(stranger)).toEqual([]);
  await expect(stranger.getByText('Ceremonies of this browser will be drawn here.')).toBeVisible();

  // It can be opened by the keyboard, read as a list, and taken along.
  await live.bringToFront();
  const section = live.locator('section').filter({ hasText: 'Device registration' }).last();
  const message = section.getByRole('button', { name: 'Public device key and proof' });
  await message.focus();
  await live.keyboard.press('Enter');
  await expect(section.getByRole('heading', { name: /Public device key and proof$/ })).toBeVisible();
  await expect(section.getByText('Public key of this browser').last()).toBeVisible();
  for (const form of ['SVG', 'PNG']) {
    const saved = live.waitForEvent('download');
    await section.getByRole('button', { name: form, exact: true }).click();
    const bytes = await readFile(await (await saved).path());
    expect(bytes.subarray(0, 4).toString('latin1')).toBe(form === 'SVG' ? '<svg' : '\x89PNG');
    for (const secret of [pass, upn, ...cookies]) expect(bytes.includes(secret)).toBe(false);
  }
  for (const look of [
    { colorScheme: 'light', width: 1440, height: 900 },
    { colorScheme: 'light', width: 1024, height: 768 },
    { colorScheme: 'dark', width: 360, height: 800 },
  ] as const) {
    await live.setViewportSize(look);
    await live.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page: live }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual(
      [],
    );
    const sideways = await live.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways).toBe(0);
    await test.info().attach(`live-${look.width}`, {
      body: await live.screenshot({ fullPage: true }),
      contentType: 'image/png',
    });
  }

  // With the window closed nothing is told, and the server is not asked.
  await live.close();
  await page.bringToFront();
  const after = page.waitForRequest('**/api/authentication/options');
  await signOut(page);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  expect((await after).headers()['latchkey-watch']).toBeUndefined();
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
  expect(JSON.parse(answer.headers.get('latchkey-seen') ?? '')).toEqual({ events: [], session: null });
});
