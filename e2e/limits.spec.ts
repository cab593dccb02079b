import { expect, test, waitEndsUnheard } from './fixtures.ts';
import { newPerson, setUpHello, signOut } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

test('too many wrong passwords: the wait counts down, a key still signs in, an administrator sees it and clears it', async ({
  page,
  server,
  anotherBrowser,
  expectLoss,
}) => {
  const upn = await newPerson(server);
  await setUpHello(page, server, upn, 'DESK-41');
  await signOut(page);
  const attempt = async (password: string) => {
    await page.getByLabel('Your account').fill(upn);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  await page.goto('/sign-in/password');
  const guesser = visitor(server);
  for (let guess = 0; guess < 4; guess += 1) {
    await guesser.act('(sign-in)#passwordAction', { upn, password: `wrong ${guess}` });
  }
  await attempt('wrong once more');
  await expect(page.getByText("That didn't work. Nothing was changed.")).toBeVisible();
  await attempt('and again');
  await expect(page.getByText('Too many attempts.')).toBeVisible();
  const wait = page.getByText(/Try again in .*, or sign in another way\./);
  await expect(wait).toBeVisible();
  await expect(wait.getByRole('timer')).toHaveText(/^4 min \d+ s$/);
  const first = await wait.textContent();
  await expect(wait).not.toHaveText(first ?? '');

  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-41');
  const desk = await anotherBrowser();
  await administrator.enterBrowser(desk.context());
  await desk.clock.install();
  await desk.goto('/admin/limits');
  const row = desk.getByRole('row').filter({ hasText: upn });
  await expect(row).toContainText('5 of 5');
  await expect(row).toContainText('1 refused');
  await expect(row).toContainText('127.0.0.1');
  // The menu asks for its pages ahead, this one among them.
  expectLoss(/^\/(api\/health|admin\/limits)$/);
  await waitEndsUnheard(desk, 5);
  await expect(row).toContainText('over');

  await page.getByRole('link', { name: /Use a key instead/ }).click();
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await expect(page.getByText('Signed in with Windows Hello on DESK-41')).toBeVisible();

  await row.getByRole('button', { name: 'Clear' }).click();
  await desk.getByRole('alertdialog').getByRole('button', { name: 'Clear 1 limit' }).click();
  await expect(desk.getByText(/^The limit of .* is cleared\.$/)).toBeVisible();
  await expect(desk.getByRole('row').filter({ hasText: upn })).toHaveCount(0);
  expect(await guesser.act('(sign-in)#passwordAction', { upn, password: 'wrong' })).toMatchObject({
    problem: { code: 'sign_in_failed' },
  });
  expect(await server.admin(['events', 'list', '--user', upn])).toMatch(
    /limits_cleared[\s\S]*attempts_limited/,
  );
});

test('a door that is knocked at too often answers 429 with Retry-After, and lets in who is signed in', async ({
  server,
}) => {
  const person = await enrolled(server, await newPerson(server), 'DESK-42');
  const crowd = visitor(server);
  const knock = () => crowd.post('/api/authentication/verification', {});
  let answer = await knock();
  for (let n = 0; n < 320 && answer.status !== 429; n += 1) answer = await knock();
  expect(answer.status).toBe(429);
  expect(answer.json).toMatchObject({ code: 'too_many_attempts', status: 429 });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect((await person.signIn()).status).toBe(200);
  const listed = await server.admin(['limits', 'list']);
  expect(listed).toMatch(/^-\t127\.0\.0\.1\tverification: address\t30\d of 300/m);
  expect(await server.admin(['limits', 'clear', '127.0.0.1'])).toContain('Cleared:');
  expect((await knock()).status).toBe(400);
});
