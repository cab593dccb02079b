/**
 * The story of `docs/tour.md`, from a password to a workplace without them. It takes the pictures of the documentation with
 * `npm run screenshots`, and otherwise says which of them are out of date.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { test as base, expect, virtualAuthenticator, type WorkerFixtures } from './fixtures.ts';
import { withHouse } from './house.ts';
import { goToKeyStep, issuePass, redeemPass, signOut, typePassword } from './people.ts';
import { moveClock } from './tour/clock.mjs';
import { picture, renewing } from './tour/picture.ts';

const MIA = 'mia@tidewater.example';
const BASELINE = 'Windows Hello baseline';

/** The day of the tour, on every day: what the demo organisation has behind it depends on the weekday. */
const TODAY = new Date('2026-11-24T09:10:00Z');
const clockMovedByMs = TODAY.getTime() - Date.now();

/** A house that no other story has changed, and browsers that know the same day. */
const test = base.extend<object, Pick<WorkerFixtures, 'house'>>({
  house: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures this one needs.
    ({}, use) => withHouse({ demo: true, engine: 'sqlite', clockMovedByMs }, use),
    { scope: 'worker', timeout: 240_000 },
  ],
  context: async ({ context }, use) => {
    await context.addInitScript(moveClock, clockMovedByMs);
    await use(context);
  },
  anotherBrowser: ({ anotherBrowser }, use) =>
    use(async () => {
      const page = await anotherBrowser();
      await page.context().addInitScript(moveClock, clockMovedByMs);
      return page;
    }),
});

test.use({
  viewport: { width: 1200, height: 900 },
  // Sharp on every screen; words are the same at any size.
  deviceScaleFactor: renewing ? 2 : 1,
  colorScheme: 'light',
  locale: 'en-GB',
  timezoneId: 'UTC',
  contextOptions: { reducedMotion: 'reduce', forcedColors: 'none' },
});

/** Mia knows that her password was replaced for the tour. */
async function understood(mia: Page): Promise<void> {
  await mia.getByRole('button', { name: 'Got it' }).click();
  await expect(mia.getByText('This changed in your account')).toBeHidden();
}

test('the tour', async ({ page: ada, server, anotherBrowser, expectRefusal }) => {
  test.setTimeout(600_000);
  const mia = await anotherBrowser();
  const authenticator = await virtualAuthenticator(mia, { isPresent: true });

  await test.step('a policy is rolled out, and its first ring is open', async () => {
    const add = (ring: string, groups: string) =>
      server.admin(['rollout', 'add', BASELINE, ring, '--groups', groups, '--confirmed']);
    await add('Pilot', 'Hello pilot');
    await add('Early', 'Design, IT');
    await add('Everybody', 'all');
    await server.admin(['rollout', 'open', `${BASELINE}/Pilot`, '--confirmed']);
  });

  await test.step('today: Mia signs in with a password', async () => {
    const password = (await server.admin(['user', 'password', MIA, '--keep'])).trim();
    await typePassword(mia, MIA, password);
    await expect(mia.getByText('Signed in with a password. No key was used.')).toBeVisible();
    await understood(mia);
    await picture(mia, 'password', { height: 732 });
    await signOut(mia);
  });

  let pass = '';
  await test.step('the first administrator sets up her own device and issues a pass', async () => {
    const link = /http:\S+/.exec(await readFile(join(server.dataDir, 'announcement'), 'utf8'))?.[0] ?? '';
    await virtualAuthenticator(ada);
    await ada.goto(`/sign-in/pass${new URL(link).hash}`);
    await expect(ada.getByLabel('Temporary Access Pass')).not.toHaveValue('');
    await ada.getByRole('button', { name: 'Continue' }).click();
    await goToKeyStep(ada, 'OFFICE-01');
    await ada.getByRole('button', { name: 'Create my key' }).click();
    await expect(ada.getByText('Signed in with Windows Hello on OFFICE-01')).toBeVisible();
    await ada.goto('/admin/people?q=Mia');
    await ada.getByRole('link', { name: /Mia Berg/ }).click();
    await ada.getByRole('button', { name: /Issue/ }).first().click();
    await ada
      .getByRole('button', { name: /^Issue/ })
      .last()
      .click();
    pass = (await ada.getByTestId('pass').innerText()).trim();
    await picture(ada, 'pass', { height: 984 });
  });

  await test.step('Mia sets up her device', async () => {
    await redeemPass(mia, MIA, pass);
    await expect(mia.getByRole('heading', { name: 'Use Windows Hello with your account' })).toBeVisible();
    await picture(mia, 'prerequisites');
    await goToKeyStep(mia, 'STUDIO-07');
    await picture(mia, 'set-up');
    await mia.getByRole('button', { name: 'Create my key' }).click();
    await expect(mia.getByText('Signed in with Windows Hello on STUDIO-07')).toBeVisible();
    await understood(mia);
    await picture(mia, 'home', { height: 548 });
  });

  await test.step('from then on she signs in with it', async () => {
    await signOut(mia);
    await expect(mia.getByRole('button', { name: 'Sign in with a key' })).toBeVisible();
    await picture(mia, 'sign-in');
    const live = await mia.context().newPage();
    await live.goto('/live');
    await expect(live.getByText('Ceremonies of this browser will be drawn here.')).toBeVisible();
    // The browser asks for keys only in the window in front.
    await mia.bringToFront();
    await expect(mia.getByText('are being shown in another window')).toBeVisible();
    await mia.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(mia.getByRole('heading', { name: 'Hello Mia' })).toBeVisible();
    await live.bringToFront();
    await expect(live.getByRole('button', { name: 'Verified, session rotated' })).toBeVisible();
    await picture(live, 'live-ceremony', {
      height: 1120,
      from: live.getByRole('heading', { name: 'Sign-in' }),
    });
    await live.close();
    // A view that ends in a hurry may leave the mark by which other tabs say that it is open.
    await mia.evaluate(() => localStorage.removeItem('latchkey-live-ceremony'));
    await mia.bringToFront();
  });

  await test.step('the same key in a second browser of her machine is known, and the browser is not', async () => {
    const [key] = await authenticator.getCredentials();
    if (key === undefined) throw new Error('The authenticator holds no key.');
    const second = await anotherBrowser();
    const same = await virtualAuthenticator(second, { isPresent: false });
    await same.addCredential(key);
    await second.goto('/sign-in');
    await same.setPresence(true);
    expectRefusal(403, '/api/authentication/verification');
    await second.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(second.getByText("This browser isn't known on the key's device yet.")).toBeVisible();
    await picture(second, 'second-browser', { height: 804 });
  });

  await test.step('she forgets her PIN, and a new key takes the place of the old one', async () => {
    await signOut(mia);
    await mia.getByRole('link', { name: /^I forgot my PIN/ }).click();
    await expect(mia.getByRole('heading', { level: 2, name: 'Make a new key on this device' })).toBeVisible();
    await picture(mia, 'forgotten-pin');
    await mia.getByRole('link', { name: 'With a pass', exact: true }).click();
    await mia.getByLabel('Your account').fill(MIA);
    await mia.getByLabel('Temporary Access Pass').fill(await issuePass(server, MIA));
    await mia.getByRole('button', { name: 'Continue' }).click();
    await expect(mia.getByRole('heading', { name: /What happens here/ })).toBeVisible();
    await picture(mia, 'pin-reset', { height: 890 });
    await mia.getByRole('button', { name: 'Continue' }).click();
    await mia.getByRole('button', { name: 'Make my new key' }).click();
    await expect(mia.getByText('Signed in with Windows Hello on STUDIO-07')).toBeVisible();
  });

  await test.step('the administrator watches and decides', async () => {
    await ada.goto('/admin');
    await expect(ada.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
    await picture(ada, 'overview', { height: 1080 });
    await ada.goto('/admin/methods');
    await expect(ada.getByRole('heading', { level: 1, name: 'Methods' })).toBeVisible();
    await picture(ada, 'methods', { height: 720 });
    await ada.goto('/admin/policy/rollout');
    await ada.getByRole('link', { name: BASELINE }).click();
    await expect(ada.getByRole('heading', { level: 2, name: 'Everybody' })).toBeVisible();
    await picture(ada, 'roll-out', { height: 766 });
    await ada.goto('/admin/passwordless');
    await expect(ada.getByRole('heading', { level: 1, name: 'Passwordless' })).toBeVisible();
    await picture(ada, 'passwordless', { height: 762 });
  });

  await test.step('she tells the story to others', async () => {
    await ada.goto('/presentation');
    await ada
      .getByRole('navigation', { name: 'Chapters' })
      .getByRole('button', { name: /one gesture/ })
      .click();
    await picture(ada, 'presenter');
    const audience = await ada.context().newPage();
    await audience.goto('/presentation/audience');
    await ada.getByRole('button', { name: 'Run this attack' }).first().click();
    await expect(audience.getByText(/^Refused: /)).toBeVisible();
    await picture(audience, 'audience', { height: 720 });
  });
});
