import type { Page } from '@playwright/test';
import { inStore } from './crash/store.ts';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test.use({ putsBack: true });

async function begin(page: Page, server: House, deviceName: string) {
  const ada = await enrolled(server, await newPerson(server, 'global_administrator'), deviceName);
  await ada.enterBrowser(page.context());
  await page.goto('/presentation');
  await page.getByRole('button', { name: 'Keep this as the beginning' }).click();
  await expect(page.getByText('This is the beginning now')).toBeVisible();
  return ada;
}

const band = (page: Page) => page.getByText(/^Demo clock: /);

test('the clock is moved ahead for everybody, every page says so, and it returns with everything', async ({
  page,
  context,
  server,
  anotherBrowser,
}) => {
  // Another story may have kept one: this page is from before there was any.
  await inStore(server, ({ rows }) => rows('DELETE FROM "TenantSnapshot" RETURNING "name"'));
  const early = await anotherBrowser();
  await early.goto('/sign-in');
  await begin(page, server, 'CLOCK-01');
  const mia = await enrolled(server, await newPerson(server), 'CLOCK-02');
  const ask = async () => (await mia.post('/api/registration/options', { purpose: 'passkey' })).json;
  const late = await newPerson(server);
  const pass = await issuePass(server, late);
  expect(await ask()).toHaveProperty('challenge');
  const audience = await context.newPage();
  await audience.goto('/presentation/audience');
  const elsewhere = await anotherBrowser();
  await elsewhere.goto('/sign-in');
  await expect(band(elsewhere)).toHaveCount(0);

  await page.getByRole('button', { name: '10 minutes ahead' }).click();
  for (const each of [page, audience, elsewhere])
    await expect(band(each)).toHaveText('Demo clock: 10 minutes ahead');
  // Before a presentation begins it is asked less often.
  await expect(band(early)).toHaveText('Demo clock: 10 minutes ahead', { timeout: 90_000 });
  expect(await ask()).toMatchObject({ code: 'proof_required' });
  expect(await visitor(server).redeemPass(late, pass)).toMatchObject({ ok: true });

  await page.getByRole('button', { name: '31 minutes ahead' }).click();
  await expect(band(page)).toHaveText('Demo clock: 41 minutes ahead');
  // What a server's clock ends, a browser counts by the same.
  await page.getByRole('button', { name: 'Show on another device' }).click();
  await expect(page.getByText(/Good for (10 min 0 s|9 min)/)).toBeVisible();
  // It comes afterwards, and moves what is below.
  await expect(page.getByText('0 devices of 5 joined.')).toBeVisible();

  await page.getByRole('button', { name: '2 hours ahead' }).click();
  await expect(band(page)).toHaveText('Demo clock: 2 hours 41 minutes ahead');
  expect(await ask()).toMatchObject({ code: 'sign_in_required' });
  expect(await visitor(server).redeemPass(late, pass)).toMatchObject({ ok: false });
  await page.keyboard.press('b');
  await expect(band(audience)).toBeVisible();
  await page.keyboard.press('b');
  await elsewhere.goto('/sign-in/pass');
  await expect(band(elsewhere)).toHaveText('Demo clock: 2 hours 41 minutes ahead');
  expect(await visitor(server).redeemPass(late, await issuePass(server, late))).toMatchObject({ ok: true });

  await page.getByRole('button', { name: 'Keep this as the beginning' }).click();
  await expect(page.getByText('The clock of this demo organisation is moved ahead.')).toBeVisible();

  await page.getByRole('button', { name: 'Return to the present' }).click();
  for (const each of [page, audience, elsewhere]) await expect(band(each)).toHaveCount(0);
  expect(await ask()).toMatchObject({ code: 'sign_in_required' });
  expect((await mia.signIn()).status).toBe(200);
  expect(await ask()).toHaveProperty('challenge');
  await page.reload();
  await expect(page.getByRole('button', { name: '10 minutes ahead' })).toBeEnabled();
});

test('the clock is a Global Administrator’s to move, and setting a chapter up returns it', async ({
  page,
  server,
}) => {
  const ada = await begin(page, server, 'CLOCK-03');
  for (const role of [undefined, 'global_reader', 'authentication_administrator']) {
    const other = await enrolled(server, await newPerson(server, role), 'CLOCK-04');
    const refused = { problem: { code: role === undefined ? 'not_found' : 'not_permitted' } };
    expect(await other.act('presentation/clock#moveClockAction', { minutes: 31 })).toMatchObject(refused);
    expect(await other.act('presentation/clock#returnClockAction', {})).toMatchObject(refused);
  }
  expect(await ada.act('presentation/clock#moveClockAction', { minutes: 31 })).toMatchObject({ ok: true });
  expect(await ada.act('presentation/clock#moveClockAction', { minutes: 7 })).toMatchObject({ ok: false });
  await page.reload();
  await expect(band(page)).toBeVisible();
  await page.getByRole('button', { name: 'Set up this chapter' }).click();
  await expect(page.getByText('The chapter is set up.')).toBeVisible();
  await expect(band(page)).toHaveCount(0);
});
