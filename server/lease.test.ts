import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '#domain/time';
import { releaseLease, takeLease, withLease } from './lease.ts';
import { aRuntime } from './testing.ts';

/** Two instances on one store, whose clocks agree. */
async function twoInstances() {
  const one = await aRuntime();
  const two = await aRuntime({ databaseUrl: one.databaseUrl });
  return { one, two };
}

describe('a lease', () => {
  test('has one holder, of however many ask at once', async () => {
    const { one, two } = await twoInstances();
    const asked = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        takeLease(index % 2 ? one : two, 'job', `h${index}`, MINUTE_MS),
      ),
    );
    expect(asked.filter(Boolean)).toHaveLength(1);
    expect(await one.db.lease.count()).toBe(1);
  });

  test('is kept by its holder and by nobody else, and jobs do not meet', async () => {
    const { one, two } = await twoInstances();
    expect(await takeLease(one, 'job', 'a', MINUTE_MS)).toBe(true);
    expect(await takeLease(two, 'job', 'b', MINUTE_MS)).toBe(false);
    expect(await takeLease(one, 'job', 'a', MINUTE_MS)).toBe(true);
    expect(await takeLease(two, 'other', 'b', MINUTE_MS)).toBe(true);
    await releaseLease(two, 'job', 'b');
    expect(await takeLease(two, 'job', 'b', MINUTE_MS)).toBe(false);
    await releaseLease(one, 'job', 'a');
    expect(await takeLease(two, 'job', 'b', MINUTE_MS)).toBe(true);
  });

  test('of a holder that died is free when its time is over, and then lost to it', async () => {
    const { one, two } = await twoInstances();
    expect(await takeLease(one, 'job', 'killed', MINUTE_MS)).toBe(true);
    two.pass(MINUTE_MS - 1);
    expect(await takeLease(two, 'job', 'next', MINUTE_MS)).toBe(false);
    two.pass(1);
    expect(await takeLease(two, 'job', 'next', MINUTE_MS)).toBe(true);
    one.pass(MINUTE_MS + 1);
    expect(await takeLease(one, 'job', 'killed', MINUTE_MS)).toBe(false);
  });

  test('lets a job in once at a time, says when it is lost, and is given back after a failure', async () => {
    const { one, two } = await twoInstances();
    const told = await withLease(one, 'job', MINUTE_MS, async (keep) => {
      const inside = await withLease(two, 'job', MINUTE_MS, async () => 'two at once');
      const again = await withLease(one, 'job', MINUTE_MS, async () => 'two in one process');
      const kept = await keep();
      two.pass(2 * MINUTE_MS);
      const taken = await takeLease(two, 'job', 'next', MINUTE_MS);
      return { inside, again, kept, taken, keptOn: await keep() };
    });
    expect(told).toEqual({ inside: null, again: null, kept: true, taken: true, keptOn: false });
    // Giving back what is somebody else's by now leaves it alone.
    expect(await one.db.lease.findFirst()).toMatchObject({ holder: 'next' });

    const failed = withLease(one, 'other', MINUTE_MS, async () => {
      throw new Error('the job failed');
    });
    await expect(failed).rejects.toThrow('the job failed');
    expect(await withLease(two, 'other', MINUTE_MS, async () => 'done')).toBe('done');
  });
});
