import 'server-only';
import { forgottenBefore } from '#domain/event-retention';
import { MINUTE_MS } from '#domain/time';
import { forgetEvents } from './event.ts';
import { withLease } from './lease.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';

export const RETENTION_LEASE = 'event-retention';
const LEASE_MS = 5 * MINUTE_MS;

/** Rows of one transaction: few enough that nobody waits noticeably for the store meanwhile. */
const BATCH = 1000;

/**
 * Deletes what is older than the setting `EventRetentionDays` allows, sample data too, in batches of their own
 * transactions, and records one `events_forgotten` for the run. Run it as often as you like, on any number of instances:
 * one at a time works, and there is nothing to do again before the next day (UTC) or another setting. Returns how many.
 */
export async function forgetOldEvents(runtime: Runtime, batch = BATCH): Promise<number> {
  const forgotten = await withLease(runtime, RETENTION_LEASE, LEASE_MS, async (keep) => {
    const days = (await readPolicy(runtime.db))('EventRetentionDays').value;
    const before = forgottenBefore(runtime.clock.now(), days);
    let line: Awaited<ReturnType<typeof forgetEvents>> = null;
    for (;;) {
      const grown = await forgetEvents(runtime, before, batch, line);
      if (grown === null) return line?.count ?? 0;
      line = grown;
      if (!(await keep())) return line.count;
    }
  });
  return forgotten ?? 0;
}
