import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { newPerson, setUpHello } from './people.ts';

const PIN = '{D6886603-9D2F-4EB2-B667-1971041FA96B}';
const TRUSTED_SIGNAL = '{27FBDB57-B613-4AF2-9D7E-4FA7A66C21AD}';
const network = (prefix: string) =>
  `<rule schemaVersion="1.0"><signal type="ipConfig"><ipv4Prefix>${prefix}</ipv4Prefix></signal></rule>`;
/** In the order that the rules between them need. */
const factors = (prefix: string) => ({
  'DeviceUnlock/Plugins': network(prefix),
  'DeviceUnlock/GroupB': `${TRUSTED_SIGNAL},${PIN}`,
});

test.describe('away from the trusted network', () => {
  test.use({ policy: factors('203.0.113.0/24') });

  test('a lock takes two different proofs', async ({ page, server }) => {
    const upn = await newPerson(server);
    const platform = await setUpHello(page, server, upn, 'UNLOCK-01');
    const securityKey = await virtualAuthenticator(page, { transport: 'usb' });
    await platform.setPresence(false);
    await page.goto('/passkey');
    await page.getByRole('button', { name: /dd a passkey$/ }).click();
    await expect(page.getByText('Your passkey is registered')).toBeVisible();
    await securityKey.setPresence(false);
    await platform.setPresence(true);

    await page.goto('/');
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await page.getByRole('button', { name: 'Unlock', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'One more proof opens it' })).toBeVisible();
    await expect(page.getByText('Confirmed with Windows Hello')).toBeVisible();
    await page.goto('/devices');
    await expect(page).toHaveURL(/\/locked/);
    await securityKey.setPresence(true);
    await page.getByRole('button', { name: 'Unlock with another key' }).click();
    await expect(page.getByText('Signed in with Windows Hello on UNLOCK-01')).toBeVisible();
    const events = await server.admin(['events', 'list', '--person', upn, '--limit', '3']);
    expect(events.indexOf('"unlock"')).toBeGreaterThan(-1);
    expect(events.indexOf('"unlock_factor"')).toBeGreaterThan(events.indexOf('"unlock"'));
  });

  test('whoever has one key alone is told so, and signs out and in with it', async ({ page, server }) => {
    await setUpHello(page, server, await newPerson(server), 'UNLOCK-03');
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await page.getByRole('button', { name: 'Unlock', exact: true }).click();
    await expect(page.getByText('You have no second way here')).toBeVisible();
    // Autofill leaves that page by itself.
    const out = page.waitForURL('**/sign-in');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await out;
    await expect(page.getByText('Signed in with Windows Hello on UNLOCK-03')).toBeVisible();
  });
});

test.describe('on the trusted network', () => {
  test.use({ policy: factors('127.0.0.0/8') });

  test('Windows Hello opens the lock alone', async ({ page, server }) => {
    await setUpHello(page, server, await newPerson(server), 'UNLOCK-02');
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.waitForURL('**/locked');
    await page.getByRole('button', { name: 'Unlock', exact: true }).click();
    await expect(page.getByText('Signed in with Windows Hello on UNLOCK-02')).toBeVisible();
  });
});
