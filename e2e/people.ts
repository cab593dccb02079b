import { expect, type Page } from '@playwright/test';
import { type VirtualAuthenticator, virtualAuthenticator } from './fixtures.ts';
import type { House } from './house.ts';

/** Letters and symbols are asked for, so that a PIN of a test stands in nothing else by chance. */
export const LONG_PINS = {
  'PINComplexity/LowercaseLetters': 'require',
  'PINComplexity/MinimumPINLength': '10',
} as const;

/** A pass from the command line on the server, as `npm run admin -- tap issue` prints it. */
export async function issuePass(server: House, upn: string, ...options: string[]): Promise<string> {
  const issued = JSON.parse(
    await server.admin(['tap', 'issue', upn, '--json', '--reason', 'A test', ...options]),
  ) as {
    pass: string;
  };
  return issued.pass;
}

let people = 0;

/** A person that no other test knows. */
export async function newPerson(server: House, role?: string): Promise<string> {
  people += 1;
  const upn = `person${people}.${process.pid}@tidewater.example`;
  await server.admin([
    'user',
    'add',
    upn,
    `Person ${people}`,
    ...(role === undefined ? [] : ['--role', role]),
  ]);
  return upn;
}

/**
 * Waits until the scripts of a page have taken it over: what they add above (that somebody looks, what Windows can do) would move
 * what is below away from under a press that makes them begin.
 */
export async function takenOver(page: Page): Promise<void> {
  await expect
    .poll(() =>
      page.evaluate(async () => {
        type Root = { stateNode: { current: { memoizedState: { isDehydrated: boolean } } } };
        const name = Object.keys(document).find((each) => each.startsWith('__reactContainer$'));
        if (name === undefined) return false;
        const root = (document as unknown as Record<string, Root>)[name];
        // What follows at once comes with the next turn.
        await new Promise((resolve) => setTimeout(resolve));
        return root?.stateNode.current.memoizedState.isDehydrated === false;
      }),
    )
    .toBe(true);
}

export async function redeemPass(page: Page, upn: string, pass: string): Promise<void> {
  await page.goto('/sign-in/pass');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Temporary Access Pass').fill(pass);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/provision**');
  await takenOver(page);
}

/** What a browser says of itself stands above the buttons, as soon as the scripts of the page are there. */
const toldOfBrowser = (page: Page) => expect(page.getByText(/ on (Linux|Windows|macOS)$/)).toBeVisible();

/** On the set-up's page for it, makes this browser a device. */
export async function registerDevice(page: Page, deviceName: string): Promise<void> {
  await toldOfBrowser(page);
  await page.getByLabel('Name of this device').fill(deviceName);
  await page.getByRole('button', { name: 'Register this device' }).click();
}

async function goToLastStep(page: Page, deviceName: string): Promise<void> {
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await registerDevice(page, deviceName);
  await page.getByRole('link', { name: /^Continue/ }).click();
}

/** From the set-up's first page to the key: everything but the ceremony itself. */
export async function goToKeyStep(page: Page, deviceName: string): Promise<void> {
  await goToLastStep(page, deviceName);
  await expect(page.getByRole('button', { name: 'Create my key' })).toBeVisible();
}

/** The same on a device that has nothing to keep a key: its browser asks for a PIN. */
export async function goToPinStep(page: Page, deviceName: string): Promise<void> {
  await goToLastStep(page, deviceName);
  await expect(page.getByRole('button', { name: 'Create my PIN and key' })).toBeVisible();
}

/** Takes a person from a pass to being signed in with Windows Hello on a new device, with the authenticator that is there. */
export async function enrol(page: Page, server: House, upn: string, deviceName: string): Promise<void> {
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToKeyStep(page, deviceName);
  await page.getByRole('button', { name: 'Create my key' }).click();
  await expect(page.getByText(`Signed in with Windows Hello on ${deviceName}`)).toBeVisible();
}

/** Where a key was refused because its device does not know this browser: adds the browser, with a pass. */
export async function addThisBrowser(
  page: Page,
  upn: string,
  pass: string,
  deviceName: string,
): Promise<void> {
  await page.getByRole('link', { name: `Add this browser to ${deviceName}` }).click();
  // The way on takes a proof of its own: the key alone adds nothing.
  await page.waitForURL('**/sign-in/pass**');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Temporary Access Pass').fill(pass);
  await page.getByRole('button', { name: 'Continue' }).click();
  await toldOfBrowser(page);
  await page.getByRole('button', { name: `Add this browser to ${deviceName}` }).click();
  // The set-up goes on by itself to the first sign-in, now with the proof of this browser.
  await expect(page.getByText(`Signed in with Windows Hello on ${deviceName}`)).toBeVisible();
}

/** The same with a virtual authenticator. */
export async function setUpHello(
  page: Page,
  server: House,
  upn: string,
  deviceName: string,
): Promise<VirtualAuthenticator> {
  const authenticator = await virtualAuthenticator(page);
  await enrol(page, server, upn, deviceName);
  return authenticator;
}

/** Types name and password on the page for them, and sends them. */
export async function typePassword(page: Page, upn: string, password: string): Promise<void> {
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(upn);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/**
 * Signs out, to a sign-in page in a browser that has no autofill for keys (as before Windows 11 22H2): what happens next
 * waits for the button.
 */
export async function signOut(page: Page): Promise<void> {
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  await page.goto('/');
  await takenOver(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await takenOver(page);
}

/**
 * From a sign-in page whose autofill offers a key that is gone, one of the other ways: autofill answers at once, and what its
 * refusal says moves everything below it. The account is asked for on both pages, so the next one is waited for.
 */
export async function takeOtherWay(page: Page, name: RegExp, path: string): Promise<void> {
  await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
  await page.getByRole('link', { name }).click();
  await page.waitForURL(`**${path}`);
}

/** The code of what went wrong in the browser comes after the words, when it was reported, and moves what stands below. */
export const reported = (page: Page) => expect(page.getByTestId('support-code')).toBeVisible();

/** Chooses a new PIN on the page that asks for one. */
export async function chooseNewPin(page: Page, pin: string): Promise<void> {
  await page.getByLabel('New PIN').fill(pin);
  await page.getByLabel('Confirm the PIN').fill(pin);
}

/** Answers the dialog that asks for a PIN. */
export async function enterPin(page: Page, pin: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('PIN', { exact: true }).fill(pin);
  await dialog.getByRole('button', { name: 'OK' }).click();
}

/**
 * Takes a person from a pass to being signed in with a key that this browser keeps, on a device that has nothing else for
 * one. The house's policy must take the PIN.
 */
export async function setUpSoftwareKey(
  page: Page,
  server: House,
  upn: string,
  deviceName: string,
  pin: string,
): Promise<void> {
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToPinStep(page, deviceName);
  await chooseNewPin(page, pin);
  await page.getByRole('button', { name: 'Create my PIN and key' }).click();
  await enterPin(page, pin);
  await expect(page.getByText(`on ${deviceName}. Software key`)).toBeVisible();
}
