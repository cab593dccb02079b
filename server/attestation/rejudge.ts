import 'server-only';
import { failedChecks } from '#domain/attestation/verdict';
import { fromBase64Url } from '#domain/base64url';
import { readStatements, type StoredStatement, writeVerdict } from '../credential.ts';
import { record } from '../event.ts';
import type { Runtime } from '../runtime.ts';
import { listName, noteLists } from './revocation.ts';
import { type Trust, trustFor } from './trust.ts';
import { type Answered, verifyAttestation } from './verification.ts';

/** Statements that are in memory at once. */
const BATCH = 200;

export interface Rejudged {
  readonly judged: number;
  /** Whether it came to the end. */
  readonly whole: boolean;
  /** Every key whose protection is another one now. */
  readonly changed: readonly {
    readonly id: string;
    readonly before: string;
    readonly after: string;
    readonly failed: readonly string[];
  }[];
}

/**
 * A stored statement under a given trust. Its certificates have to be valid at the time when it was made: that is when
 * somebody vouched for the key. The challenge was consumed then, and is not known any more.
 */
export function judgeStored(
  runtime: Pick<Runtime, 'relyingParty'>,
  stored: {
    readonly attestationObject: Uint8Array;
    readonly clientDataJson: Uint8Array;
    readonly credentialId: string;
    readonly madeAt: Date;
  },
  trust: Trust,
): Answered | null {
  const answer = verifyAttestation({
    attestationObject: stored.attestationObject,
    clientDataJSON: stored.clientDataJson,
    expected: {
      origin: runtime.relyingParty.origin,
      rpId: runtime.relyingParty.id,
      credentialId: fromBase64Url(stored.credentialId) ?? undefined,
    },
    at: stored.madeAt,
    ...trust,
  });
  return 'unreadable' in answer ? null : answer;
}

/**
 * Judges all stored statements again under today's rules and anchors, in batches, each key in a transaction of its own.
 * `since` goes on where an earlier run ended: keys that were judged since then are passed over.
 */
export async function rejudge(
  runtime: Runtime,
  actorId: string | null,
  given: {
    readonly since?: Date;
    /** Only keys that were made since then. */
    readonly madeSince?: Date;
    /** Asked between two batches: false stops it. */
    readonly keep?: () => Promise<boolean>;
  } = {},
): Promise<Rejudged> {
  const begunAt = runtime.clock.world();
  const before = given.since ?? begunAt;
  const changed: Rejudged['changed'][number][] = [];
  let judged = 0;
  for (let after: string | undefined; ; ) {
    const batch = await readStatements(runtime, {
      judgedBefore: before,
      madeSince: given.madeSince,
      after,
      limit: BATCH,
    });
    for (const stored of batch) {
      const change = await judgeOne(runtime, actorId, stored);
      if (change !== null) changed.push(change);
    }
    judged += batch.length;
    after = batch.at(-1)?.id;
    if (batch.length < BATCH) return { judged, changed, whole: true };
    if (given.keep !== undefined && !(await given.keep())) return { judged, changed, whole: false };
  }
}

/** The `listName` of every list that a key which stands names on a trusted path; null when it was stopped. Writes nothing. */
export async function listsNamed(
  runtime: Runtime,
  keep: () => Promise<boolean>,
): Promise<ReadonlySet<string> | null> {
  const named = new Set<string>();
  for (let after: string | undefined; ; ) {
    const batch = await readStatements(runtime, { after, limit: BATCH });
    for (const stored of batch) {
      const trust = await trustFor(runtime.db, runtime, stored);
      const answer = judgeStored(runtime, { ...stored, madeAt: stored.createdAt }, trust);
      for (const list of answer?.lists ?? []) named.add(listName(list));
    }
    after = batch.at(-1)?.id;
    if (batch.length < BATCH) return named;
    if (!(await keep())) return null;
  }
}

async function judgeOne(
  runtime: Runtime,
  actorId: string | null,
  stored: StoredStatement,
): Promise<Rejudged['changed'][number] | null> {
  const trust = await trustFor(runtime.db, runtime, stored);
  const answer = judgeStored(runtime, { ...stored, madeAt: stored.createdAt }, trust);
  const verdict = answer?.verdict ?? null;
  const compromised = verdict?.compromised ?? null;
  const after = verdict?.class ?? 'unverified';
  const failed = verdict === null ? ['unreadable'] : failedChecks(verdict);
  const change =
    after === stored.protection ? null : { id: stored.id, before: stored.protection, after, failed };
  await runtime.db.$transaction(async (tx) => {
    await writeVerdict(tx, runtime, stored.id, verdict);
    await noteLists(tx, runtime, answer?.lists ?? []);
    const about = { actorId, userId: stored.userId, deviceId: stored.deviceId, credentialId: stored.id };
    if (compromised !== stored.compromised)
      await record(tx, runtime, {
        ...about,
        code: compromised === null ? 'authenticator_cleared' : 'authenticator_compromised',
        detail: { why: compromised ?? stored.compromised },
      });
    if (change === null) return;
    await record(tx, runtime, {
      code: 'attestation_rejudged',
      ...about,
      detail: { before: change.before, after: change.after, failed: failed.join(', ') },
    });
  });
  return change;
}
