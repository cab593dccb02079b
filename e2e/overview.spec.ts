import { expect, test } from './fixtures.ts';
import { newPerson, setUpHello } from './people.ts';

test('the overview says where the tenant stands, and every chart has its numbers as a table', async ({
  page,
  server,
}) => {
  await setUpHello(page, server, await newPerson(server, 'global_reader'), 'BOARD-01');
  await page.goto('/admin');
  await expect(page.getByRole('heading', { name: /^Step 2 of 4/ })).toBeVisible();
  const current = page.locator('[aria-current="step"]');
  await expect(current).toHaveCount(1);
  await expect(current).toContainText('You are here');

  // The step's own number is the funnel's, and the directory's.
  const people = (await server.admin(['user', 'list'])).split('\n').filter((line) => line.includes('@'));
  const funnel = page.getByRole('figure', { name: 'How far people have come' });
  await funnel.getByText('Show the numbers').click();
  const counted = await funnel
    .getByRole('row', { name: /^Targeted/ })
    .getByRole('cell')
    .first()
    .textContent();
  // The account for emergencies is no target.
  expect(Number(counted)).toBe(people.length - 1);
  await expect(current.getByText(`of ${counted}`).first()).toBeVisible();

  const charts = page.getByRole('figure');
  await expect(charts).toHaveCount(5);
  for (const chart of await charts.all()) await expect(chart.getByText('Show the numbers')).toHaveCount(1);
  const resets = page.getByRole('figure', { name: /^PIN resets and passes/ });
  await resets.getByText('Show the numbers').click();
  await expect(resets.getByRole('row')).toHaveCount(9);
});
