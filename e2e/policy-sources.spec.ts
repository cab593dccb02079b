import type { Page } from '@playwright/test';
import { expectAccessible, expectNothingSideways } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ viewport: { width: 1440, height: 900 } });

/** Nothing that axe finds, and nothing that scrolls sideways, light on a desk and dark on a phone. */
async function isAccessible(page: Page): Promise<void> {
  for (const look of [
    { colorScheme: 'light', width: 1440 },
    { colorScheme: 'dark', width: 360 },
  ] as const) {
    await page.setViewportSize({ width: look.width, height: 900 });
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await expectAccessible(page);
    await expectNothingSideways(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** Adds a number to the source that is open. */
async function addNumber(page: Page, search: string, title: string, value: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a setting' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('searchbox', { name: 'Find a setting' }).fill(search);
  await dialog.getByRole('button', { name: title }).click();
  await dialog.getByLabel(title, { exact: true }).fill(value);
  await dialog.getByRole('button', { name: 'Add to the draft' }).click();
}

test('an administrator drafts a profile for a group, publishes it, changes it and goes back to the first version', async ({
  page,
  server,
}) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-62');
  await administrator.enterBrowser(page.context());

  await page.goto('/admin/policy');
  await page.getByRole('main').getByRole('link', { name: 'Sources' }).click();
  await page.getByRole('button', { name: 'New source' }).click();
  await page.getByRole('radio', { name: /Settings catalogue/ }).check();
  await page.getByLabel('Name', { exact: true }).fill('PIN of the pilot');
  await page.getByRole('button', { name: 'Make a draft' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'PIN of the pilot' })).toBeVisible();

  // What is out of range is told beside the field, and not sent.
  await addNumber(page, 'minimumpinlength', 'Minimum PIN length', '3');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Choose a whole number from 4 to 127.')).toBeVisible();
  await dialog.getByLabel('Minimum PIN length', { exact: true }).fill('8');
  await dialog.getByRole('button', { name: 'Add to the draft' }).click();
  await expect(page.getByText('Minimum PIN length: added to the draft.')).toBeVisible();

  await page.getByRole('button', { name: /^Choose\W+Included groups/ }).click();
  await dialog.getByRole('checkbox', { name: 'All users' }).check();
  await dialog.getByRole('button', { name: 'Save in the draft' }).click();
  await expect(page.getByText('Who gets it: saved in the draft.')).toBeVisible();
  await isAccessible(page);

  await page.getByRole('button', { name: 'Publish version 1' }).click();
  await expect(page.getByText('Version 1 is published. Devices get it at their next refresh.')).toBeVisible();

  const length = page.getByRole('listitem').filter({
    has: page.getByRole('heading', { name: 'Minimum PIN length', exact: true }),
  });
  await length.getByLabel('Minimum PIN length', { exact: true }).fill('10');
  await length.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Minimum PIN length: saved in the draft.')).toBeVisible();
  await page.getByRole('button', { name: 'Publish version 2' }).click();
  await expect(page.getByText('Version 2 is published. Devices get it at their next refresh.')).toBeVisible();

  await page.getByRole('button', { name: 'Restore version 1' }).click();
  await page.getByRole('button', { name: 'Make version 1 the draft' }).click();
  await expect(page.getByText('Version 1 is the draft now. It applies once you publish it.')).toBeVisible();
  await expect(length.getByLabel('Minimum PIN length', { exact: true })).toHaveValue('8');
  await isAccessible(page);

  await page.goto('/admin/policy/sources');
  const row = page.getByRole('row').filter({ hasText: 'PIN of the pilot' });
  await expect(row).toContainText('Published v2');
  await expect(row).toContainText('With a draft');
  await expect(row).toContainText('All users');
  expect(await server.admin(['policy', 'source', 'list'])).toContain(
    'published v2, with a draft\tPIN of the pilot',
  );
});

test('the second of two editors sees what the first one changed, and puts the own change on top', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const [one, other] = [
    await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-63'),
    await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-64'),
  ];
  const beside = await anotherBrowser();
  await one.enterBrowser(page.context());
  await other.enterBrowser(beside.context());
  await page.goto('/admin/policy/sources');
  await page.getByRole('button', { name: 'New source' }).click();
  await page.getByRole('radio', { name: /Group policy object/ }).check();
  await page.getByLabel('Name', { exact: true }).fill('Two at once');
  await page.getByRole('button', { name: 'Make a draft' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Two at once' })).toBeVisible();
  await beside.goto(page.url());
  await expect(beside.getByRole('heading', { level: 1, name: 'Two at once' })).toBeVisible();

  await addNumber(page, 'minimumpinlength', 'Minimum PIN length', '8');
  await expect(page.getByText('Minimum PIN length: added to the draft.')).toBeVisible();
  await addNumber(beside, 'history', 'PIN history', '5');
  await expect(beside.getByText('Somebody changed this draft while you had it open')).toBeVisible();
  const told = beside.getByRole('alert');
  await expect(told.getByRole('listitem').filter({ hasText: 'Minimum PIN length' })).toContainText('8');
  await expect(told.getByRole('listitem').filter({ hasText: 'PIN history' })).toContainText('5');
  await told.getByRole('button', { name: 'Put my change on top of theirs' }).click();
  await expect(beside.getByText('Saved in the draft, on top of what the other saved.')).toBeVisible();
  await beside.reload();
  const settings = beside.getByRole('region', { name: 'Computer Configuration' });
  await expect(settings.getByRole('heading', { level: 4 })).toHaveText(['Minimum PIN length', 'PIN history']);
});
