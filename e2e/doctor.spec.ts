import type { Page } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import { goToKeyStep, issuePass, newPerson, redeemPass, setUpHello, signOut } from './people.ts';
import { enrolled } from './visitor.ts';

/** What the event log says under the code on the page. */
async function eventOf(server: House, page: Page): Promise<Record<string, unknown>> {
  const code = (await page.getByTestId('support-code').first().textContent()) ?? '';
  expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const lines = (await server.admin(['events', 'list', '--support', code])).trim().split('\n');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

/** The errors that the stories below make a real browser answer with. */
const reached = [
  'NotAllowedError',
  'InvalidStateError',
  'SecurityError',
  'NotSupportedError',
  'unsupported',
  'offline',
  'other',
  // In the stories of the Hello container, key-container.spec.ts.
  'pin_cancelled',
  'storage_unavailable',
  'storage_full',
  'container_missing',
  'container_damaged',
  'container_newer',
  'container_not_asked',
  'server_untrusted',
  // In key-container-prf.spec.ts.
  'prf_missing',
];

test('every error that the doctor knows is reached here, or says that it is documented only', async ({
  page,
}) => {
  await page.goto('/help/errors');
  const shown = page
    .locator('section', { hasText: 'What your browser and device can answer' })
    .locator('li[id]');
  const ids = (entries: typeof shown) => entries.evaluateAll((all) => all.map(({ id }) => id).sort());
  expect(await ids(shown.filter({ hasNotText: 'Documented only' }))).toEqual([...reached].sort());
  expect(await ids(shown.filter({ hasText: 'Documented only' }))).toHaveLength(5);
});

test('each error that a browser throws is told in words, and its support code finds the event', async ({
  page,
  server,
  expectLoss,
}) => {
  const upn = await newPerson(server);
  const authenticator = await virtualAuthenticator(page, { isUserVerified: false });
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, 'DOCTOR-01');
  const create = page.getByRole('button', { name: /Create my key|Try again/ });
  const change = (what: (options: Record<string, unknown>) => void) =>
    page.route('**/api/registration/options', async (route) => {
      const response = await route.fetch();
      const options = (await response.json()) as Record<string, unknown>;
      what(options);
      await route.fulfill({ response, json: options });
    });

  await test.step('NotAllowedError, at once', async () => {
    // The clock that measures the answer stands still while it refuses: a busy machine is nobody who thinks.
    await page.evaluate(() => {
      const now = performance.now.bind(performance);
      const make = navigator.credentials.create.bind(navigator.credentials);
      navigator.credentials.create = async (options) => {
        const at = now();
        try {
          return await make(options);
        } finally {
          navigator.credentials.create = make;
          performance.now = () => at;
          setTimeout(() => {
            performance.now = now;
          });
        }
      };
    });
    await create.click();
    await expect(page.getByText("Your device didn't answer. Nothing was changed.")).toBeVisible();
    await expect(page.getByText('Your keys and your password are as they were.')).toBeVisible();
    await page.getByText('What could have happened').click();
    await expect(page.getByText('This window was not in front')).toBeVisible();
    expect(await eventOf(server, page)).toMatchObject({
      code: 'ceremony_abandoned',
      upn,
      detail: { cause: 'NotAllowedError', ceremony: 'creating', took: 'instant', keyExpected: true },
    });
  });
  await authenticator.setUserVerified(true);

  await test.step('SecurityError', async () => {
    await change((options) => {
      options.rp = { id: 'evil.example', name: 'x' };
    });
    await create.click();
    await expect(page.getByText("This address can't use your keys.")).toBeVisible();
    expect(await eventOf(server, page)).toMatchObject({ detail: { cause: 'SecurityError' } });
    await page.unroute('**/api/registration/options');
  });

  await test.step('NotSupportedError', async () => {
    await change((options) => {
      options.pubKeyCredParams = [{ type: 'of-tomorrow', alg: -7 }];
    });
    await create.click();
    await expect(page.getByText("This device can't make the kind of key that is needed.")).toBeVisible();
    expect(await eventOf(server, page)).toMatchObject({ detail: { cause: 'NotSupportedError' } });
    await page.unroute('**/api/registration/options');
  });

  await test.step('unsupported', async () => {
    await page.evaluate(() => Reflect.set(window, 'kept', window.PublicKeyCredential));
    await page.evaluate(() => Reflect.set(window, 'PublicKeyCredential', undefined));
    await create.click();
    await expect(page.getByText("This browser can't use passkeys.")).toBeVisible();
    expect(await eventOf(server, page)).toMatchObject({ detail: { cause: 'unsupported' } });
    await page.evaluate(() => Reflect.set(window, 'PublicKeyCredential', Reflect.get(window, 'kept')));
  });

  await test.step('offline', async () => {
    expectLoss('/api/registration/options');
    await page.route('**/api/registration/options', (route) => route.abort());
    await create.click();
    await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
    await expect(page.getByTestId('support-code')).toHaveCount(0);
    await page.unroute('**/api/registration/options');
  });

  await test.step('a name that nobody knows yet', async () => {
    await page.evaluate(() => {
      const real = navigator.credentials.create.bind(navigator.credentials);
      navigator.credentials.create = async () => {
        navigator.credentials.create = real;
        throw new DOMException('of tomorrow', 'FutureError');
      };
    });
    await create.click();
    await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    expect(await eventOf(server, page)).toMatchObject({ detail: { cause: 'other' } });
  });

  await test.step('InvalidStateError', async () => {
    await create.click();
    await expect(page.getByText('Signed in with Windows Hello on DOCTOR-01')).toBeVisible();
    await page.goto('/passkey');
    await page.getByRole('button', { name: /add a passkey/i }).click();
    await expect(page.getByText('This device is already set up.')).toBeVisible();
    expect(await eventOf(server, page)).toMatchObject({ detail: { cause: 'InvalidStateError' } });
  });
});

test('a wait of more than a minute is told as one, and a device that should hold a key hears of a reset', async ({
  page,
  server,
}) => {
  const authenticator = await setUpHello(page, server, await newPerson(server), 'DOCTOR-02');
  await signOut(page);
  await authenticator.setUserVerified(false);
  // The clock that measures the answer is moved by a minute; the refusal is the browser's own.
  await page.evaluate(() => {
    const now = performance.now.bind(performance);
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = async (options) => {
      performance.now = () => now() + 61_000;
      return await get(options);
    };
  });
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Try again, and answer within a minute.')).toBeVisible();
  await page.getByText('What could have happened').click();
  await expect(page.getByRole('listitem').filter({ hasText: 'waited too long' })).toBeVisible();
  await expect(page.getByText('Windows Hello or this device was reset')).toBeVisible();
  expect(await eventOf(server, page)).toMatchObject({
    userId: null,
    detail: { cause: 'NotAllowedError', ceremony: 'asking', took: 'long', keyExpected: true },
  });
});

test('what a server refuses has a support code, found by administrators and by the person themself', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'DOCTOR-03');
  const stranger = await anotherBrowser();
  await stranger.goto('/sign-in/pass');
  await stranger.getByLabel('Your account').fill(upn);
  await stranger.getByLabel('Temporary Access Pass').fill('WRONG234');
  await stranger.getByRole('button', { name: 'Continue' }).click();
  const code = (await stranger.getByTestId('support-code').textContent()) ?? '';
  expect(await eventOf(server, stranger)).toMatchObject({
    code: 'pass_redeemed',
    upn,
    detail: { cause: 'pass_wrong' },
  });

  await page.goto('/activity');
  await page.getByLabel('Find a support code').fill(code.toLowerCase().replace('-', ' '));
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByText("Temporary Access Pass used: didn't work")).toBeVisible();
  await expect(page.getByText(code)).toBeVisible();

  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'DOCTOR-05');
  const { text } = await reader.send(`/admin/events?support=${code}`);
  expect(text).toContain('pass_wrong');

  const other = await anotherBrowser();
  await setUpHello(other, server, await newPerson(server), 'DOCTOR-04');
  await other.goto(`/activity?support=${code}`);
  await expect(other.getByText('Nothing of yours has this code')).toBeVisible();
});

test('the reference of every message is open to everybody and can be searched', async ({ page }) => {
  await page.goto('/help/errors');
  await page.getByLabel('Search').fill('0x801C000E');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByRole('heading', { name: 'The registration quota is reached' })).toBeVisible();
  await expect(page.getByText('1 of')).toBeVisible();
  await page.goto('/help/errors?q=tpm.msc');
  await expect(page.getByText('Documented only')).toBeVisible();
});
