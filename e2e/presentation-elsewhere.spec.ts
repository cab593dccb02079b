import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

test.use({ demo: false });

test('an organisation that is no demo tenant has no presenter mode', async ({
  page,
  server,
  expectRefusal,
}) => {
  const boss = await enrolled(server, await newPerson(server, 'global_administrator'), 'REAL-01');
  await boss.enterBrowser(page.context());
  for (const path of [
    '/presentation',
    '/presentation/audience',
    '/presentation/join',
    '/presentation/follow',
    // Nor has it a live view, until it asks for one.
    '/live',
  ]) {
    expectRefusal(404, path);
    expect([path, (await page.goto(path))?.status()]).toEqual([path, 404]);
  }
  await page.goto('/admin');
  await expect(page.getByRole('link', { name: 'Presenter' })).toHaveCount(0);
  const refused = { problem: { code: 'not_found' } };
  expect(await boss.act('presentation#beginPresentationAction', {})).toMatchObject(refused);
  expect(await boss.act('presentation#setUpChapterAction', { chapter: 'password' })).toMatchObject(refused);
  expect(await boss.act('presentation#runAttackAction', { attack: 'wrong_origin' })).toMatchObject(refused);
  expect(await boss.act('presentation/clock#moveClockAction', { minutes: 31 })).toMatchObject(refused);
  expect(await boss.act('presentation/clock#returnClockAction', {})).toMatchObject(refused);
  const seen = { chapter: 0, blank: false, attacking: null, report: null };
  expect(await boss.act('presentation/join#shareShowAction', seen)).toMatchObject(refused);
  expect((await boss.post('/api/presentation/show', seen)).json).toMatchObject(refused.problem);
  expect(await boss.act('presentation/join#unshareShowAction', {})).toMatchObject(refused);
  expect(await boss.act('presentation/join#joinShowAction', { code: 'AAAA-BBBB' })).toMatchObject(refused);
  const headers = { 'sec-fetch-site': 'same-origin' };
  for (const door of ['/api/presentation/clock', '/api/presentation/stream'])
    expect((await boss.send(door, { headers })).status).toBe(404);
});
