import 'server-only';
import { later } from '#domain/time';
import { sql } from './db.ts';
import { newId, type Runtime } from './runtime.ts';

/**
 * Takes a lease, or keeps it for longer: true when it is `holder`'s for so many milliseconds from now. One conditional
 * statement decides it, so that of several instances at once exactly one hears true. A lease that its holder neither
 * keeps nor gives back, because it died, is free when its time is over. It is long compared to what the clocks of instances may
 * differ by: who finds it expired early only shares work that is harmless twice.
 */
export async function takeLease(
  runtime: Runtime,
  name: string,
  holder: string,
  durationMs: number,
): Promise<boolean> {
  const now = runtime.clock.world();
  const taken = await runtime.db.$executeRaw(sql`
    INSERT INTO "Lease" ("name", "holder", "expiresAt") VALUES (${name}, ${holder}, ${later(now, durationMs)})
    ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "expiresAt" = excluded."expiresAt"
    WHERE "Lease"."holder" = excluded."holder" OR "Lease"."expiresAt" <= ${now}`);
  return taken === 1;
}

/** Gives a lease back; somebody else's stays. */
export async function releaseLease(runtime: Runtime, name: string, holder: string): Promise<void> {
  await runtime.db.lease.deleteMany({ where: { name, holder } });
}

/**
 * Does a job unless somebody is at it: null then. `keep` prolongs the lease between two steps; once it says false the
 * lease is lost and the job has to stop. The lease is given back whatever happens.
 */
export async function withLease<T>(
  runtime: Runtime,
  name: string,
  durationMs: number,
  work: (keep: () => Promise<boolean>) => Promise<T>,
): Promise<T | null> {
  // A holder of its own for each run: two runs in one process exclude each other as well.
  const holder = newId(runtime);
  const keep = () => takeLease(runtime, name, holder, durationMs);
  if (!(await keep())) return null;
  try {
    return await work(keep);
  } finally {
    await releaseLease(runtime, name, holder);
  }
}
