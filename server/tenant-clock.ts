import 'server-only';
import { later, MINUTE_MS } from '#domain/time';
import { isStoreUnavailable } from './db.ts';
import type { Clock } from './runtime.ts';
import { type MovedClock, readMovedClock } from './tenant.ts';

/** The clock of a process, which follows the one of its organisation; of one that is no demo tenant it asks once. */
export function createTenantClock({ world }: Clock): Required<Clock> {
  let known: MovedClock | null = null;
  return {
    now: () => (known === null ? world() : later(world(), known.aheadMinutes * MINUTE_MS)),
    world,
    follow: async (db) => {
      if (known?.demo === false) return;
      try {
        const read = await readMovedClock(db);
        // Requests look at the same time, and the answer to an earlier look may come last.
        if (read !== null && read.moves >= (known?.moves ?? 0)) known = read;
      } catch (error) {
        // Without a store nothing is decided by it.
        if (!isStoreUnavailable(error)) throw error;
      }
    },
  };
}
