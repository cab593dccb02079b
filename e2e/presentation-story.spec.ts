/**
 * What a chapter tells its presenter to do is done here, as it says, from the start that one press set up. Devices are named by
 * their story: what an earlier one left is part of the beginning that the next one keeps.
 */
import type { Page } from '@playwright/test';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';
import {
  addThisBrowser,
  chooseNewPin,
  enterPin,
  goToKeyStep,
  goToPinStep,
  newPerson,
  signOut,
  typePassword,
} from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ putsBack: true });

const MIA = 'mia@tidewater.example';
const TOMAS = 'tomas@tidewater.example';
const FORGOTTEN = '739152';
const NEW_PIN = '482067';

/** A presenter with a beginning to go back to. */
async function presenter(page: Page, server: House, deviceName: string): Promise<void> {
  const ada = await enrolled(server, await newPerson(server, 'global_administrator'), deviceName);
  await ada.enterBrowser(page.context());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/presentation');
  await page.getByRole('button', { name: 'Keep this as the beginning' }).click();
  await expect(page.getByText('This is the beginning now')).toBeVisible();
}

async function pressSetUp(page: Page, chapter: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Chapters' }).getByRole('button', { name: chapter }).click();
  await page.getByRole('button', { name: 'Set up this chapter' }).click();
  await expect(page.getByText('The chapter is set up.')).toBeVisible();
}

/** Sets a chapter up; what it gives stands on the page, its link is copied. */
async function setUp(page: Page, chapter: string): Promise<{ secret: string; link: () => Promise<string> }> {
  await pressSetUp(page, chapter);
  const secret = await page.locator('dd code').innerText();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  return {
    secret,
    link: async () => {
      await page.getByRole('button', { name: 'Copy the link' }).click();
      // An earlier link may be there still.
      await expect.poll(copied).toContain(secret);
      return await copied();
    },
  };
}

async function openLink(colleague: Page, link: string): Promise<void> {
  await colleague.goto(link);
  await expect(colleague.getByLabel('Temporary Access Pass')).not.toHaveValue('');
  await colleague.getByRole('button', { name: 'Continue' }).click();
}

/** From the link of a pass to a key on this device. */
async function makeKey(colleague: Page, link: string, deviceName: string): Promise<void> {
  await openLink(colleague, link);
  await goToKeyStep(colleague, deviceName);
  await colleague.getByRole('button', { name: 'Create my key' }).click();
  await expect(colleague.getByText(`Signed in with Windows Hello on ${deviceName}`)).toBeVisible();
}

/** The same with a key that this browser keeps. */
async function keepKey(colleague: Page, link: string, deviceName: string, pin: string): Promise<void> {
  await openLink(colleague, link);
  await goToPinStep(colleague, deviceName);
  await chooseNewPin(colleague, pin);
  await colleague.getByRole('button', { name: 'Create my PIN and key' }).click();
  await enterPin(colleague, pin);
  await expect(colleague.getByText(`on ${deviceName}. Software key`)).toBeVisible();
}

/** From sign-in to the reset, with the pass once more. */
async function forgetPin(colleague: Page, pass: string): Promise<void> {
  await colleague.getByRole('link', { name: /^I forgot my PIN/ }).click();
  await colleague.getByRole('link', { name: 'With a pass', exact: true }).click();
  await colleague.getByLabel('Your account').fill(MIA);
  await colleague.getByLabel('Temporary Access Pass').fill(pass);
  await colleague.getByRole('button', { name: 'Continue' }).click();
  await colleague.waitForURL('**/pin-reset');
  await colleague.getByRole('button', { name: 'Continue' }).click();
}

test('a password opens the door and registers nothing', async ({ page, server, anotherBrowser }) => {
  await presenter(page, server, 'TELL-01');
  const { secret } = await setUp(page, 'Today there is a password');
  const colleague = await anotherBrowser();
  await typePassword(colleague, TOMAS, secret);
  await expect(colleague.getByText(/Signed in with .*password/i).first()).toBeVisible();
  await colleague.goto('/security-info');
  await colleague.getByRole('link', { name: 'Add a passkey' }).first().click();
  await expect(colleague.getByText('A password alone is not enough for this.')).toBeVisible();
});

test('policy arrives on a device that joins, and a pass makes a key that signs in', async ({
  page,
  server,
  anotherBrowser,
}) => {
  await presenter(page, server, 'TELL-02');
  await test.step('a pass makes a key, once', async () => {
    const { link } = await setUp(page, 'A pass proves who you are once');
    const address = await link();
    const colleague = await anotherBrowser();
    await virtualAuthenticator(colleague);
    await makeKey(colleague, address, 'STUDIO-07');
    await signOut(colleague);
    await openLink(colleague, address);
    await expect(colleague.getByText("That didn't work. Nothing was changed.")).toBeVisible();
    // The next chapter, without setting up: the story goes on.
    await page.getByRole('button', { name: 'Next' }).click();
    await colleague.goto('/sign-in');
    await colleague.getByRole('button', { name: 'Sign in with a key' }).click();
    await expect(colleague.getByText('Signed in with Windows Hello on STUDIO-07')).toBeVisible();
  });
  await test.step('before the key there is a device, and its policy', async () => {
    const { link } = await setUp(page, 'A browser joins as a device');
    const colleague = await anotherBrowser();
    await virtualAuthenticator(colleague);
    await openLink(colleague, await link());
    await goToKeyStep(colleague, 'STUDIO-17');
    await page.goto('/admin/policy/resultant');
    await page.getByRole('searchbox', { name: 'Find a person' }).fill(MIA);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('table', { name: 'People' }).getByRole('link').click();
    await page
      .getByRole('navigation', { name: 'Which device' })
      .getByRole('link', { name: 'STUDIO-17' })
      .click();
    await expect(page.getByText('The device was told last')).toBeVisible();
    await page.goto('/admin/events');
    for (const event of [/Device registered/, /provisioning will be launched/])
      await expect(page.getByRole('row').filter({ hasText: event }).first()).toBeVisible();
  });
});

test('a second browser is added with the pass, a second device gets its own key, and a lost laptop is shut', async ({
  page,
  server,
  anotherBrowser,
  expectRefusal,
}) => {
  await presenter(page, server, 'TELL-03');
  const { secret, link } = await setUp(page, 'A second browser is added');
  const colleague = await anotherBrowser();
  const authenticator = await virtualAuthenticator(colleague);
  const address = await link();
  await makeKey(colleague, address, 'STUDIO-27');
  const [key] = await authenticator.getCredentials();
  if (key === undefined) throw new Error('The authenticator holds no key');
  const profile = await anotherBrowser();
  const same = await virtualAuthenticator(profile, { isPresent: false });
  await same.addCredential(key);
  await profile.goto('/sign-in');
  await same.setPresence(true);
  expectRefusal(403, '/api/authentication/verification');
  await profile.getByRole('button', { name: 'Sign in with a key' }).click();
  await addThisBrowser(profile, MIA, secret, 'STUDIO-27');

  const second = await anotherBrowser();
  await keepKey(second, address, 'STUDIO-28', NEW_PIN);
  await second.goto('/devices');
  for (const name of ['STUDIO-27', 'STUDIO-28'])
    await expect(second.getByRole('heading', { name })).toBeVisible();

  await page.goto('/admin/devices?q=STUDIO-27');
  await page
    .getByRole('link', { name: /STUDIO-27/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Report lost' }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /^Disable 1 device/ })
    .click();
  await expect(page.getByText('STUDIO-27 is reported lost.')).toBeVisible();
  // Out at once; and autofill offers the key, which opens nothing any more.
  expectRefusal(401, '/api/authentication/verification');
  await colleague.goto('/security-info');
  await expect(colleague).toHaveURL(/\/sign-in/);
  await expect(colleague.getByText("That didn't work. Nothing was changed.")).toBeVisible();
  // Losing one device leaves the other.
  await second.reload();
  await expect(second.getByRole('heading', { name: 'STUDIO-28' })).toBeVisible();
});

test('a forgotten PIN: a new key takes the old one’s place', async ({ page, server, anotherBrowser }) => {
  await presenter(page, server, 'TELL-04');
  const { secret, link } = await setUp(page, 'A forgotten PIN, the thorough way');
  const colleague = await anotherBrowser();
  await virtualAuthenticator(colleague);
  await makeKey(colleague, await link(), 'STUDIO-37');
  await signOut(colleague);
  await forgetPin(colleague, secret);
  await colleague.getByRole('button', { name: 'Make my new key' }).click();
  await expect(colleague.getByText('Signed in with Windows Hello on STUDIO-37')).toBeVisible();
  const told = await server.admin(['events', 'list', '--person', MIA, '--code', 'pin_reset']);
  expect(told).toContain('"destructive"');
});

test('a forgotten PIN: the same key gets a new one', async ({ page, server, anotherBrowser }) => {
  await presenter(page, server, 'TELL-05');
  const { secret, link } = await setUp(page, 'A forgotten PIN, the gentle way');
  const colleague = await anotherBrowser();
  await keepKey(colleague, await link(), 'STUDIO-48', FORGOTTEN);
  await signOut(colleague);
  // Found in this browser, and put above the other ways.
  await expect(colleague.getByRole('button', { name: /^Sign in as .* with your PIN$/ })).toBeVisible();
  await forgetPin(colleague, secret);
  await chooseNewPin(colleague, NEW_PIN);
  await colleague.getByRole('button', { name: 'Set my new PIN' }).click();
  await expect(colleague.getByText('Your new PIN counts')).toBeVisible();
  const newest = ['--person', MIA, '--limit', '1', '--code'];
  const reset = await server.admin(['events', 'list', ...newest, 'pin_reset']);
  expect(reset).toContain('non_destructive');
  const kid = (told: string) => /"kid":"([\w-]+)"/.exec(told)?.[1];
  expect(kid(reset)).toMatch(/./);
  expect(kid(reset)).toBe(kid(await server.admin(['events', 'list', ...newest, 'key_registered'])));
});

test('the password is switched off, and its right one answers as a wrong one', async ({
  page,
  server,
  anotherBrowser,
}) => {
  await presenter(page, server, 'TELL-06');
  const { secret } = await setUp(page, 'The password is switched off');
  const desk = await page.context().newPage();
  await desk.goto('/admin/passwordless');
  await desk.getByRole('radio', { name: /^Refuse/ }).check();
  await desk.getByRole('button', { name: /^Refuse the passwords of \d+ people/ }).click();
  const dialog = desk.getByRole('alertdialog', { name: /lock out \d+ people/ });
  const [count = ''] = /\d+/.exec(await dialog.getByRole('heading').innerText()) ?? [];
  await dialog.getByRole('textbox').fill(count);
  await dialog.getByRole('button', { name: /^Refuse the passwords/ }).click();
  await expect(desk.getByText('Passwords are refused from now on.')).toBeVisible();
  const colleague = await anotherBrowser();
  await typePassword(colleague, TOMAS, secret);
  await expect(colleague.getByText("That didn't work. Nothing was changed.")).toBeVisible();
  const log = await server.admin(['events', 'list', '--person', TOMAS, '--code', 'password_sign_in']);
  expect(log).toContain('"cause":"passwordless"');
  // The next chapter begins with passwords again.
  await pressSetUp(page, 'What the administrator sees');
  expect(await server.admin(['passwordless', 'status'])).toContain('Passwords are in use.');
});
