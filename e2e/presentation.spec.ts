import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test.use({ putsBack: true });

/** The presenter's window, of a new administrator. */
async function atTheDesk(page: Page, server: House, deviceName: string) {
  const ada = await enrolled(server, await newPerson(server, 'global_administrator'), deviceName);
  await ada.enterBrowser(page.context());
  await page.goto('/presentation');
  await expect(page.getByText('Chapter 1 of')).toBeVisible();
  return ada;
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const FIRST = 'Today there is a password, and whoever knows it gets in';
const SECOND = 'A browser joins as a device, and policy arrives on it';
const THIRD = 'A pass proves who you are once, and a key takes over';

test('presenter and audience are in step, by buttons and by a clicker, and after a reload', async ({
  page,
  context,
  server,
}) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  await atTheDesk(page, server, 'STAGE-01');
  const audience = await context.newPage();
  await audience.setViewportSize({ width: 1024, height: 768 });
  await audience.goto('/presentation/audience');
  await expect(heading(audience)).toHaveText(FIRST);
  await expect(audience.getByText('A demonstration with the invented organisation')).toBeVisible();

  await page.getByRole('button', { name: 'Next' }).click();
  for (const each of [page, audience]) await expect(heading(each)).toHaveText(SECOND);
  await audience.keyboard.press('PageUp');
  for (const each of [page, audience]) await expect(heading(each)).toHaveText(FIRST);
  await audience.keyboard.press('PageDown');
  for (const each of [page, audience]) await expect(heading(each)).toHaveText(SECOND);
  await page.keyboard.press('b');
  await expect(heading(audience)).toHaveText('Nothing is shown for a moment');
  await expect(page.getByText('The audience sees nothing.')).toBeVisible();
  await audience.reload();
  await expect(heading(audience)).toHaveText('Nothing is shown for a moment');
  await page.keyboard.press('b');

  await page.getByRole('button', { name: 'Start the timer' }).click();
  await page.reload();
  for (const each of [page, audience]) await expect(heading(each)).toHaveText(SECOND);
  await expect(page.getByRole('button', { name: 'Reset the timer' })).toBeVisible();

  await page.getByLabel(/Listen to a clicker/).uncheck();
  // Loaded again it reads what this window wrote.
  await audience.reload();
  await expect(heading(audience)).toHaveText(SECOND);
  await audience.keyboard.press('PageDown');
  await page.getByRole('button', { name: 'Next' }).click();
  for (const each of [page, audience]) await expect(heading(each)).toHaveText(THIRD);
  await page.getByRole('button', { name: /What the administrator sees/ }).click();
  await expect(heading(audience)).toHaveText('What the administrator sees');
});

test('one press sets a chapter up: its pass works, what happened before is gone, and the presenter stays', async ({
  page,
  server,
  expectLoss,
}) => {
  await atTheDesk(page, server, 'STAGE-02');
  await page.getByRole('button', { name: 'Keep this as the beginning' }).click();
  await expect(page.getByText('This is the beginning now')).toBeVisible();
  const later = await newPerson(server);
  const passer = visitor(server);
  expect(await passer.redeemPass(later, await issuePass(server, later))).toMatchObject({ ok: true });

  await page.getByRole('button', { name: /A pass proves who you are once/ }).click();
  await page.getByRole('button', { name: 'Set up this chapter' }).click();
  await expect(page.getByText('The chapter is set up.')).toBeVisible();
  const pass = await page.locator('dd code').innerText();
  // A clicker that was pressed by mistake takes nothing away.
  await page.keyboard.press('PageDown');
  await expect(page.locator('dd code')).toHaveCount(0);
  await page.keyboard.press('PageUp');
  await expect(page.locator('dd code')).toHaveText(pass);
  expect(await visitor(server).redeemPass('mia@tidewater.example', pass)).toMatchObject({ ok: true });
  const answer = await passer.post('/api/registration/options', { purpose: 'hello' });
  expect(answer.json).toMatchObject({ code: 'sign_in_required' });

  // An answer that is lost takes neither the window nor what it shows.
  // What is asked for ahead of a press may be cut as well.
  expectLoss(/^\/(presentation|api|admin)\b/);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Set up this chapter' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Latchkey' })).toBeVisible();
  await expect(page.locator('dd code')).toHaveText(pass);
  await page.context().setOffline(false);

  await page.reload();
  await expect(page.getByRole('button', { name: 'Set up this chapter' })).toBeVisible();
  await expect(page.locator('dd code')).toHaveCount(0);
});

test('every chapter is set up by one press, and every attack is sent to the running product and refused', async ({
  page,
  context,
  server,
}) => {
  test.setTimeout(180_000);
  const ada = await atTheDesk(page, server, 'STAGE-03');
  const audience = await context.newPage();
  await audience.setViewportSize({ width: 1024, height: 768 });
  await audience.goto('/presentation/audience');
  const fits = () =>
    audience.evaluate(() => {
      const { scrollHeight, scrollWidth } = document.documentElement;
      return scrollHeight <= innerHeight && scrollWidth <= innerWidth;
    });
  const chapters = await page.getByRole('navigation', { name: 'Chapters' }).getByRole('button').all();
  await page.getByRole('button', { name: 'Keep this as the beginning' }).click();
  await expect(page.getByText('This is the beginning now')).toBeVisible();
  let shown = 0;
  const given: string[] = [];
  for (const chapter of chapters) {
    await chapter.click();
    await expect(chapter).toHaveAttribute('aria-current', 'step');
    await expect(heading(audience)).toHaveText(await heading(page).innerText());
    expect([await heading(audience).innerText(), await fits()]).toEqual([expect.any(String), true]);
    await page.getByRole('button', { name: 'Set up this chapter' }).click();
    await expect(page.getByText('The chapter is set up.')).toBeVisible();
    // What it gives opens what it is for.
    const props = page.locator('dl').filter({ has: page.locator('dd code') });
    for (const prop of await props.all()) {
      const [, kind = '', upn = ''] =
        /^(Pass|Password) of ([^,]+)/.exec(await prop.locator('dt').innerText()) ?? [];
      const secret = await prop.locator('code').innerText();
      const guest = visitor(server);
      const answer =
        kind === 'Pass'
          ? await guest.redeemPass(upn, secret)
          : await guest.act('(sign-in)#passwordAction', { upn, password: secret });
      expect([kind, upn, answer]).toEqual([kind, upn, expect.objectContaining({ ok: true })]);
      given.push(kind);
    }
    for (const attack of await page.getByRole('button', { name: 'Run this attack' }).all()) {
      const title = await attack.locator('xpath=ancestor::section').getByRole('heading').innerText();
      await attack.click();
      await expect(heading(audience)).toHaveText(title);
      await expect(audience.getByText(/^Refused: /)).toBeVisible();
      await expect(audience.getByText(/^In the event log: .*, cause .*, support code /)).toBeVisible();
      expect([title, await fits()]).toEqual([title, true]);
      shown += 1;
    }
    for (const place of await page.getByRole('main').getByRole('link').all()) {
      const path = (await place.getAttribute('href')) ?? '';
      expect([path, (await ada.send(path)).status]).toEqual([path, 200]);
    }
  }
  expect(shown).toBe(7);
  expect(given.sort()).toEqual([...Array(7).fill('Pass'), ...Array(2).fill('Password')]);
});

test('presenter mode is a Global Administrator’s', async ({ page, server, expectRefusal }) => {
  for (const role of [undefined, 'global_reader', 'authentication_administrator']) {
    const other = await enrolled(server, await newPerson(server, role), 'STAGE-04');
    await other.enterBrowser(page.context());
    expectRefusal(404, '/presentation');
    expect((await page.goto('/presentation'))?.status()).toBe(404);
    const refused = { problem: { code: role === undefined ? 'not_found' : 'not_permitted' } };
    expect(await other.act('presentation#beginPresentationAction', {})).toMatchObject(refused);
    expect(await other.act('presentation#setUpChapterAction', { chapter: 'password' })).toMatchObject(
      refused,
    );
    expect(await other.act('presentation#runAttackAction', { attack: 'wrong_origin' })).toMatchObject(
      refused,
    );
  }
});
