/** The server is killed, here and there, and nothing that it acknowledged is lost. The longer mode: `npm run test:crash`. */
import { randomInt } from 'node:crypto';
import { Crowd } from './crash/crowd.ts';
import { killAtEveryStep } from './crash/steps.ts';
import { expect, test } from './fixtures.ts';
import { withHouse } from './house.ts';

const given = { demo: true, crashable: true, env: { TRUSTED_PROXY_HOPS: '1' } };

test('killed at every step of a ceremony, nothing is lost, half there or used twice', async ({ engine }) => {
  test.setTimeout(900_000);
  await withHouse({ ...given, engine }, async (house) => {
    expect(await killAtEveryStep(house, { short: true })).toBeGreaterThan(25);
  });
});

test('killed at random under a crowd, everything acknowledged is there and everybody goes on', async ({
  engine,
}) => {
  test.setTimeout(900_000);
  const seed = randomInt(2 ** 31);
  test.info().annotations.push({ type: 'seed', description: String(seed) });
  await withHouse({ ...given, engine }, async (house) => {
    const crowd = await Crowd.gather(house, { seed, people: 8 });
    const report = await crowd.run({ acknowledged: 300, kills: 5 }).catch((error) => {
      throw new Error(`Seed ${seed}: ${error.message}`, { cause: error });
    });
    expect(report.acknowledged).toBeGreaterThanOrEqual(300);
  });
});
