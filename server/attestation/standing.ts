import 'server-only';
import { createHash } from 'node:crypto';
import { DAY_MS, later, MINUTE_MS } from '#domain/time';
import { countUnjudged } from '../credential.ts';
import type { Reach } from '../download.ts';
import { releaseLease, takeLease, withLease } from '../lease.ts';
import { readPolicy } from '../policy.ts';
import { newId, type Runtime } from '../runtime.ts';
import { metadataKnowledge } from './metadata.ts';
import { listsNamed, rejudge } from './rejudge.ts';
import { FETCHED_AT_ONCE, fetchLists, forgetLists, revocationKnowledge } from './revocation.ts';

export const STANDING_LEASE = 'attestation-standing';
const UNNAMED_LEASE = 'attestation-unnamed-lists';
const LEASE_MS = 5 * MINUTE_MS;
const THE_STANDING = 'keys';

/** How long a key may take from its verdict to its row: it is not there yet while the others are judged. */
const OVERLAP_MS = MINUTE_MS;

/** Judging brings lists to light, and lists change what was judged; more rounds than that wait for the next run. */
const ROUNDS = 3;

async function knowledge(runtime: Runtime): Promise<string> {
  const at = runtime.clock.world();
  const known = [await metadataKnowledge(runtime.db, at), await revocationKnowledge(runtime.db, at)];
  return createHash('sha256').update(known.join('\n')).digest('hex');
}

/**
 * Brings what is known against keys up to date, one instance at a time: whenever metadata or revocation lists say something
 * else than when the keys were last judged, all of them are judged again, and fetches the lists that are due. Idempotent; cut off, it begins
 * again. Never part of a ceremony. Returns how many keys were judged.
 */
export async function settleStanding(
  runtime: Runtime,
  given: { readonly reach?: Reach; readonly timeoutMs?: number } = {},
): Promise<number> {
  const judged = await withLease(runtime, STANDING_LEASE, LEASE_MS, async (keep) => {
    let count = 0;
    let most = FETCHED_AT_ONCE;
    await forgetUnnamed(runtime, keep);
    for (let round = 0; round < ROUNDS; round += 1) {
      count += await judgeByKnowledge(runtime, keep);
      const tried = await fetchLists(runtime, keep, { ...given, most });
      if (tried === 0) return count;
      most -= tried;
    }
    return count + (await judgeByKnowledge(runtime, keep));
  });
  return judged ?? 0;
}

/**
 * Once a day, as a lease says that nobody gives back: forgets the lists that no key names any more, so that they are not
 * asked for, and leave their places to others.
 */
async function forgetUnnamed(runtime: Runtime, keep: () => Promise<boolean>): Promise<void> {
  if (!(await readPolicy(runtime.db))('AttestationRevocation.state').value) return;
  const begunAt = runtime.clock.world();
  const holder = newId(runtime);
  if (!(await takeLease(runtime, UNNAMED_LEASE, holder, DAY_MS))) return;
  const named = await listsNamed(runtime, keep);
  if (named === null) await releaseLease(runtime, UNNAMED_LEASE, holder);
  else await forgetLists(runtime, named, begunAt);
}

/** Judges the keys by what is known already, and fetches nothing: for whoever just changed it and waits. */
export async function settleKeys(runtime: Runtime): Promise<number> {
  return (await withLease(runtime, STANDING_LEASE, LEASE_MS, (keep) => judgeByKnowledge(runtime, keep))) ?? 0;
}

async function judgeByKnowledge(runtime: Runtime, keep: () => Promise<boolean>): Promise<number> {
  const now = runtime.clock.world();
  const id = THE_STANDING;
  const known = await knowledge(runtime);
  const before = await runtime.db.attestationStanding.findUnique({ where: { id } });
  const same = before?.knowledge === known;
  // Keys made since name lists that are new, and may have been judged by what was known before.
  const since = same ? { madeSince: later(before.judgedAt, -OVERLAP_MS) } : {};
  const result = await rejudge(runtime, null, { ...since, since: later(now, 1), keep });
  if (!result.whole || (same && result.judged === 0)) return result.judged;
  const row = { knowledge: known, judgedAt: now };
  await runtime.db.attestationStanding.upsert({ where: { id }, create: { id, ...row }, update: row });
  return result.judged;
}

/** How many keys are still to be judged by what is known now. */
export async function countUnsettled(runtime: Runtime): Promise<number> {
  const before = await runtime.db.attestationStanding.findUnique({ where: { id: THE_STANDING } });
  if (before?.knowledge === (await knowledge(runtime))) return 0;
  return await countUnjudged(runtime, runtime.clock.world());
}
