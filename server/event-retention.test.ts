import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#domain/time';
import { forgetEvents, listEvents, record } from './event.ts';
import { forgetOldEvents, RETENTION_LEASE } from './event-retention.ts';
import { takeLease } from './lease.ts';
import { setPolicy } from './policy-setting.ts';
import { aRuntime, done, START, type TestRuntime } from './testing.ts';

const START_OF_DAY_19 = new Date('2026-03-21T00:00:00Z');

/** One event a day for so many days, every other of them sample data; the clock stands at the last one's time. */
async function days(runtime: TestRuntime, count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    if (day > 0) runtime.pass(DAY_MS);
    await record(runtime.db, { ...runtime, sample: day % 2 === 0 }, { code: 'sign_in', detail: { day } });
  }
}

const kept = async (runtime: TestRuntime) =>
  (await listEvents(runtime, { codes: ['sign_in'] }, 1000)).map(({ detail }) => detail.day).reverse();
const said = async (runtime: TestRuntime) =>
  (await listEvents(runtime, { codes: ['events_forgotten'] }, 1000)).map(({ detail, actorId, userId }) => ({
    count: detail.count,
    before: detail.before,
    actorId,
    userId,
  }));

describe('old events', () => {
  test('are forgotten after as many days as the setting says, sample data too, and the log says so', async () => {
    const runtime = await aRuntime();
    done(await setPolicy(runtime, null, { name: 'EventRetentionDays', value: '30' }));
    await days(runtime, 35);
    expect(await forgetOldEvents(runtime)).toBe(5);
    // The setting's own event of day 0 is among them; day 4 is exactly thirty days old and stays until its day is over.
    expect((await kept(runtime))[0]).toBe(4);
    expect(await said(runtime)).toEqual([
      { count: 5, before: '2026-03-06T00:00:00.000Z', actorId: null, userId: null },
    ]);
  });

  test('stay for 400 days where nobody set anything', async () => {
    const runtime = await aRuntime();
    await days(runtime, 1);
    runtime.pass(400 * DAY_MS);
    expect(await forgetOldEvents(runtime)).toBe(0);
    runtime.pass(15 * HOUR_MS);
    expect(await forgetOldEvents(runtime)).toBe(1);
  });

  test('are forgotten once: sweeping again says nothing, until the next day or another setting', async () => {
    const runtime = await aRuntime();
    await days(runtime, 500);
    expect(await forgetOldEvents(runtime)).toBe(99);
    for (let sweep = 0; sweep < 5; sweep += 1) {
      runtime.pass(10 * MINUTE_MS);
      expect(await forgetOldEvents(runtime)).toBe(0);
    }
    runtime.pass(DAY_MS);
    expect(await forgetOldEvents(runtime)).toBe(1);
    runtime.pass(MINUTE_MS);
    done(await setPolicy(runtime, null, { name: 'EventRetentionDays', value: '365' }));
    expect(await forgetOldEvents(runtime)).toBe(35);
    expect((await said(runtime)).map(({ count }) => count)).toEqual([35, 1, 99]);
  });

  test('go in bounded batches of their own transactions, and one line of the log grows with them', async () => {
    const runtime = await aRuntime();
    await days(runtime, 425);
    runtime.forget();
    expect(await forgetOldEvents(runtime, 10)).toBe(24);
    expect(runtime.statements.filter((statement) => statement.includes('DELETE FROM "Event"'))).toHaveLength(
      4,
    );
    expect(await said(runtime)).toMatchObject([{ count: 24 }]);
  });

  test('are forgotten by one of two instances at once', async () => {
    const one = await aRuntime();
    const two = await aRuntime({ databaseUrl: one.databaseUrl });
    await days(one, 420);
    two.pass(one.clock.now().getTime() - START.getTime());
    const counts = await Promise.all([forgetOldEvents(one, 5), forgetOldEvents(two, 5)]);
    expect(counts.sort()).toEqual([0, 19]);
    expect(await said(one)).toMatchObject([{ count: 19 }]);
    expect(await one.db.lease.count()).toBe(0);
  });

  test('wait while somebody holds the lease, and are taken over from one who was killed in the middle', async () => {
    const one = await aRuntime();
    const two = await aRuntime({ databaseUrl: one.databaseUrl });
    await days(one, 420);
    two.pass(one.clock.now().getTime() - START.getTime());
    expect(await takeLease(one, RETENTION_LEASE, 'killed', 5 * MINUTE_MS)).toBe(true);
    expect(await forgetEvents(one, START_OF_DAY_19, 7, null)).toMatchObject({ count: 7 });
    expect(await forgetOldEvents(two)).toBe(0);
    expect(await kept(two)).toHaveLength(413);
    two.pass(5 * MINUTE_MS);
    expect(await forgetOldEvents(two)).toBe(12);
    // What was forgotten before the end is on the log too.
    expect((await said(two)).map(({ count }) => count)).toEqual([12, 7]);
  });
});
