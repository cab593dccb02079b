import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { inStore } from './crash/store.ts';
import { cutOff, expect, routeOnce, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ putsBack: true });

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const FIRST = 'Today there is a password, and whoever knows it gets in';
const SECOND = 'A browser joins as a device, and policy arrives on it';

async function type(page: Page, code: string): Promise<void> {
  await page.goto('/presentation/join');
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Follow' }).click();
}

test('another device follows by a code: in step, after reloads too, until it is ended', async ({
  page: first,
  server,
  anotherBrowser,
  expectRefusal,
  expectLoss,
}) => {
  const ada = await enrolled(server, await newPerson(server, 'global_administrator'), 'SHARE-01');
  let page = first;
  await ada.enterBrowser(page.context());
  // Another test of this worker may have shown it.
  await inStore(server, ({ rows }) => rows('DELETE FROM "SharedShow" RETURNING "id"'));
  await page.goto('/presentation');
  const presenting = (window: Page) => window.locator('section').filter({ hasText: 'Other devices' });
  let shown = presenting(page);
  const newCode = async (button: string) => {
    const [before = ''] = await shown.locator('dd code').allInnerTexts();
    await shown.getByRole('button', { name: button }).click();
    await expect(shown.locator('dd code')).not.toHaveText(before);
    return await shown.locator('dd code').innerText();
  };
  const code = await newCode('Show on another device');

  const other = await anotherBrowser();
  await other.goto('/presentation/follow');
  await expect(other).toHaveURL(/\/presentation\/join$/);
  await type(other, 'AAAA-2222');
  await expect(other.getByText("That code didn't work. Nothing is shown here.")).toBeVisible();
  await type(other, code.toLowerCase());
  await expect(heading(other)).toHaveText(FIRST);
  await expectAccessible(other, { everyRule: true });
  await expect(shown.getByText('1 device of 5 joined.')).toBeVisible();

  await test.step('without a connection the presenter keeps their window, while it goes on counting', async () => {
    expectLoss('/api/health');
    const unheard = () =>
      page.waitForEvent('requestfailed', (request) => request.url().endsWith('/api/health'));
    let asked = unheard();
    const letThrough = await cutOff(page, '**/api/health');
    await asked;
    // After that question nothing is under way that the connection could take along.
    asked = unheard();
    await page.context().setOffline(true);
    await asked;
    await expect(shown.locator('dd code')).toHaveText(code);
    await page.context().setOffline(false);
    letThrough();
  });

  await page.getByRole('button', { name: 'Next' }).click();
  await expect(heading(other)).toHaveText(SECOND);
  await other.reload();
  await expect(heading(other)).toHaveText(SECOND);
  await page.keyboard.press('b');
  await expect(heading(other)).toHaveText('Nothing is shown for a moment');
  await page.keyboard.press('b');
  // Only whoever presents turns the chapter.
  await other.keyboard.press('PageDown');
  await expect(heading(other)).toHaveText(SECOND);

  await inStore(server, ({ rows }) =>
    rows('UPDATE "SharedShow" SET "codeExpiresAt" = "createdAt" RETURNING "id"'),
  );
  const third = await anotherBrowser();
  await type(third, code);
  await expect(third.getByText("That code didn't work. Nothing is shown here.")).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(heading(other)).toHaveText(FIRST);

  const next = await newCode('Show a new code');
  await third.goto('/sign-in');
  await third.goto(`/presentation/join#code=${next.replace('-', '')}`);
  await expect(third.getByLabel('Code')).toHaveValue(next.replace('-', ''));
  expect(new URL(third.url()).hash).toBe('');
  await third.getByRole('button', { name: 'Follow' }).click();
  await expect(heading(third)).toHaveText(FIRST);

  await test.step('an attack is seen while it runs', async () => {
    await page.getByRole('button', { name: /Somebody steals the database/ }).click();
    await expect(heading(other)).toHaveText('Somebody steals the database');
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await routeOnce(page, '**/presentation', async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Run this attack' }).first().click();
    await expect(other.getByText('The attack is running, against this very product')).toBeVisible();
    // Another window of the presenter does not take it for one whose window is gone.
    const second = await page.context().newPage();
    await second.goto('/presentation');
    await expect(heading(second)).toHaveText('Somebody steals the database');
    letGo();
    await expect(second.getByText(/^Refused: /)).toBeVisible();
    await expect(other.getByText(/^Refused: /)).toBeVisible();
    // Where the window that tells is closed, the other one goes on.
    await page.close();
    page = second;
    shown = presenting(page);
    await page.getByRole('button', { name: new RegExp(FIRST) }).click();
    await expect(heading(other)).toHaveText(FIRST);
  });

  await test.step('a second presenter who looks takes over nothing', async () => {
    const ben = await enrolled(server, await newPerson(server, 'global_administrator'), 'SHARE-04');
    const desk = await anotherBrowser();
    await ben.enterBrowser(desk.context());
    await desk.goto('/presentation');
    await desk.getByRole('button', { name: 'Next' }).click();
    await expect(heading(desk)).toHaveText(SECOND);
    await expect(desk.getByText('They follow another browser.')).toBeVisible();
    await page.keyboard.press('b');
    await expect(heading(other)).toHaveText('Nothing is shown for a moment');
    await page.keyboard.press('b');
    await expect(heading(other)).toHaveText(FIRST);

    // Who shows it takes over, and the code of before is shown no longer.
    await newCode('Show a new code');
    await desk.getByRole('button', { name: 'Show a new code' }).click();
    await expect(heading(other)).toHaveText(SECOND);
    await expect(shown.getByText('They follow another browser.')).toBeVisible();
    await expect(shown.locator('dd code')).toHaveCount(0);
    await newCode('Show a new code');
    await expect(heading(other)).toHaveText(FIRST);
  });

  await test.step('a device that cannot reach it says so, and goes on trying', async () => {
    expectLoss('/api/presentation/stream');
    let reachable = false;
    await third.route('**/api/presentation/stream', (route) =>
      reachable ? route.continue() : route.abort('connectionreset'),
    );
    await third.reload();
    await expect(third.getByText('We go on trying.')).toBeVisible();
    reachable = true;
    await expect(heading(third)).toHaveText(FIRST);
  });

  await test.step('what was not heard is told again', async () => {
    expectLoss('/api/presentation/show');
    await routeOnce(page, '**/api/presentation/show', (route) => route.abort('connectionreset'));
    await page.getByRole('button', { name: 'Next' }).click();
    await expect(heading(other)).toHaveText(SECOND);
    await page.getByRole('button', { name: 'Back' }).click();
    await expect(heading(other)).toHaveText(FIRST);
  });

  // Ended by the presenter elsewhere: with the next chapter this window hears of it.
  await newCode('Show a new code');
  expectRefusal(404, '/api/presentation/show');
  expect(await ada.act('presentation/join#unshareShowAction', {})).toMatchObject({ ok: true });
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(shown.getByText('No other device follows this browser any more.')).toBeVisible();
  await expect(shown.getByRole('button', { name: 'Show on another device' })).toBeVisible();
  for (const each of [other, third]) await expect(heading(each)).toHaveText('The presentation is over');
  await other.reload();
  await expect(other).toHaveURL(/\/presentation\/join$/);

  const last = await newCode('Show on another device');
  await type(other, last);
  await expect(heading(other)).toHaveText(SECOND);
  await shown.getByRole('button', { name: 'End on all other devices' }).click();
  await expect(heading(other)).toHaveText('The presentation is over');
});

test('what another device shows is a Global Administrator’s to say, and nothing but the story', async ({
  server,
}) => {
  const seen = { chapter: 0, blank: false, attacking: null, report: null };
  for (const role of [undefined, 'global_reader']) {
    const other = await enrolled(server, await newPerson(server, role), 'SHARE-02');
    const refused = { problem: { code: role === undefined ? 'not_found' : 'not_permitted' } };
    expect(await other.act('presentation/join#shareShowAction', seen)).toMatchObject(refused);
    expect((await other.post('/api/presentation/show', seen)).json).toMatchObject(refused.problem);
    expect(await other.act('presentation/join#unshareShowAction', {})).toMatchObject(refused);
  }
  const ada = await enrolled(server, await newPerson(server, 'global_administrator'), 'SHARE-03');
  expect(await ada.act('presentation/join#shareShowAction', { ...seen, pass: 'x' })).toMatchObject({
    problem: { code: 'bad_request' },
  });
});
