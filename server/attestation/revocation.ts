import 'server-only';
import { createHash } from 'node:crypto';
import {
  isCurrent,
  isDue,
  type KnownList,
  type Revoked,
  revokedAfter,
  serialOf,
} from '#domain/attestation/revocation';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import type { Tx } from '../db.ts';
import { download, PUBLIC_WEB, type Reach } from '../download.ts';
import { record } from '../event.ts';
import { readPolicy } from '../policy.ts';
import { newId, type Runtime } from '../runtime.ts';
import { readRevocationList } from './revocation-list.ts';
import type { NamedList } from './verification.ts';

const DOWNLOAD = { bytes: 8 * 1024 * 1024, timeoutMs: 20 * SECOND_MS };
/** More lists than all makers of authenticators publish together. */
export const LISTS_MAX = 1000;

/** Lists of one run: hosts that keep silent must not hold the lease for long. */
export const FETCHED_AT_ONCE = 20;

/**
 * Remembers the lists that a key's trusted path names, in the transaction that keeps its verdict. Nothing is fetched. Beyond
 * `LISTS_MAX` none is added, and the log says so once, with the last.
 */
export async function noteLists(tx: Tx, runtime: Runtime, lists: readonly NamedList[]): Promise<void> {
  for (const { issuer, certificate, address } of lists) {
    const known = await tx.revocationList.count({ where: { issuer, address } });
    if (known > 0) continue;
    const count = await tx.revocationList.count();
    if (count >= LISTS_MAX) continue;
    await tx.revocationList.create({
      data: {
        id: newId(runtime),
        issuer,
        certificate: new Uint8Array(certificate),
        address,
        createdAt: runtime.clock.world(),
      },
    });
    if (count + 1 === LISTS_MAX)
      await record(tx, runtime, {
        code: 'revocation_list_refused',
        outcome: 'failure',
        detail: {
          address: address.slice(0, 256),
          cause: `It is number ${LISTS_MAX}: no further list is kept.`,
        },
      });
  }
}

/** One list among others. */
export const listName = ({ issuer, address }: Pick<NamedList, 'issuer' | 'address'>) =>
  `${issuer} ${address}`;

/** Forgets every list, with what it revoked, that is not among these names and was known before a time. */
export async function forgetLists(
  runtime: Runtime,
  named: ReadonlySet<string>,
  knownBefore: Date,
): Promise<void> {
  const lists = await runtime.db.revocationList.findMany({
    where: { createdAt: { lt: knownBefore } },
    select: { id: true, issuer: true, address: true },
  });
  for (const list of lists.filter((each) => !named.has(listName(each))))
    await runtime.db.revocationList.deleteMany({ where: { id: list.id } });
}

/** What is known of the lists of these issuers (fingerprints), as far as these serial numbers are concerned. */
export async function listsOfIssuers(
  tx: Tx,
  issuers: readonly string[],
  serialNumbers: readonly string[],
): Promise<KnownList[]> {
  return await tx.revocationList.findMany({
    where: { issuer: { in: [...new Set(issuers)] } },
    select: {
      issuer: true,
      address: true,
      fetchedAt: true,
      nextUpdate: true,
      failure: true,
      revoked: {
        where: { serialNumber: { in: serialNumbers.map(serialOf) } },
        select: { serialNumber: true, revokedAt: true, reason: true },
      },
    },
  });
}

/**
 * Fetches lists that are due, `most` of them at most, one after another, where policy says so: first those that were never
 * asked for, then those whose last attempt is the oldest. Each is kept whole or not at all, and never in place of a newer
 * one; a failure is noted with it. The caller holds the lease. Returns how many were tried.
 */
export async function fetchLists(
  runtime: Runtime,
  keep: () => Promise<boolean>,
  { most, ...given }: { readonly most: number; readonly reach?: Reach; readonly timeoutMs?: number },
): Promise<number> {
  const policy = await readPolicy(runtime.db);
  if (!policy('AttestationRevocation.state').value) return 0;
  const limitHours = policy('AttestationRevocation.limitHours').value;
  const lists = await runtime.db.revocationList.findMany({ orderBy: { id: 'asc' } });
  const due = lists
    .filter((each) => isDue(each, limitHours, runtime.clock.world()))
    .sort((a, b) => (a.checkedAt?.getTime() ?? 0) - (b.checkedAt?.getTime() ?? 0));
  let tried = 0;
  for (const list of due.slice(0, most)) {
    if (!(await keep())) return tried;
    tried += 1;
    await fetchList(runtime, list, given);
  }
  return tried;
}

type StoredList = Awaited<ReturnType<Runtime['db']['revocationList']['findMany']>>[number];

async function fetchList(
  runtime: Runtime,
  list: StoredList,
  { reach = PUBLIC_WEB, timeoutMs = DOWNLOAD.timeoutMs }: { reach?: Reach; timeoutMs?: number },
): Promise<void> {
  const fetched = await download(list.address, reach, { ...DOWNLOAD, timeoutMs });
  const now = runtime.clock.world();
  const read = 'failure' in fetched ? fetched : readRevocationList(fetched.bytes, list.certificate, now);
  await runtime.db.$transaction(
    async (tx) => {
      const before = await tx.revocationList.findUnique({ where: { id: list.id } });
      if (before === null) return;
      const failure = 'failure' in read ? read.failure : olderThan(before, read);
      if ('failure' in read || failure !== null) {
        await tx.revocationList.update({ where: { id: list.id }, data: { checkedAt: now, failure } });
        // Once for each trouble: an authority that stays away for a week is one line of the log.
        if (failure !== before.failure)
          await record(tx, runtime, {
            code: 'revocation_list_refused',
            outcome: 'failure',
            detail: { address: list.address.slice(0, 256), cause: failure },
          });
        return;
      }
      const { thisUpdate, nextUpdate, number } = read;
      const entries = await writeRevoked(tx, list.id, read.revoked);
      await tx.revocationList.update({
        where: { id: list.id },
        data: {
          thisUpdate,
          nextUpdate,
          number,
          entries,
          fetchedAt: now,
          checkedAt: now,
          failure: null,
        },
      });
    },
    { timeout: MINUTE_MS },
  );
}

/** Rows of one statement. */
const ROWS = 100;

/** Writes what is revoked by a newer list, as far as it is another thing than before. Returns how many certificates that are. */
async function writeRevoked(tx: Tx, listId: string, listed: readonly Revoked[]): Promise<number> {
  const select = { serialNumber: true, revokedAt: true, reason: true } as const;
  const before = await tx.revokedCertificate.findMany({ where: { listId }, select });
  const after = revokedAfter(before, listed);
  const words = (each: Revoked) => `${each.serialNumber} ${each.reason} ${each.revokedAt.getTime()}`;
  const [was, is] = [new Set(before.map(words)), new Set(after.map(words))];
  const gone = before.filter((each) => !is.has(words(each)));
  for (let at = 0; at < gone.length; at += ROWS) {
    const serialNumber = { in: gone.slice(at, at + ROWS).map((each) => each.serialNumber) };
    await tx.revokedCertificate.deleteMany({ where: { listId, serialNumber } });
  }
  const fresh = after.filter((each) => !was.has(words(each)));
  for (let at = 0; at < fresh.length; at += ROWS)
    await tx.revokedCertificate.createMany({
      data: fresh.slice(at, at + ROWS).map((each) => ({ listId, ...each })),
    });
  return after.length;
}

/** RFC 5280 5.2.3: numbers only grow. One that goes back would hide what was revoked since. */
function olderThan(
  before: Pick<StoredList, 'number' | 'thisUpdate'>,
  read: { readonly number: string | null; readonly thisUpdate: Date },
): string | null {
  const number = (text: string) => BigInt(`0x${text}`);
  if (before.number !== null && (read.number === null || number(read.number) < number(before.number)))
    return 'Its number went back: it is older than the one that is known.';
  if (before.thisUpdate !== null && read.thisUpdate < before.thisUpdate)
    return 'It is older than the one that is known.';
  return null;
}

export interface ShownList {
  readonly id: string;
  readonly issuer: string;
  readonly address: string;
  readonly state: 'current' | 'waiting' | 'failing' | 'outdated';
  readonly entries: number;
  readonly fetchedAt: Date | null;
  readonly checkedAt: Date | null;
  readonly nextUpdate: Date | null;
  readonly failure: string | null;
}

/** Every list that a verified certificate names, and how it stands. */
export async function listRevocationLists(runtime: Runtime): Promise<ShownList[]> {
  const limitHours = (await readPolicy(runtime.db))('AttestationRevocation.limitHours').value;
  const rows = await runtime.db.revocationList.findMany({ orderBy: [{ address: 'asc' }, { id: 'asc' }] });
  const now = runtime.clock.world();
  return rows.map((row) => ({
    ...row,
    state: isCurrent(row, limitHours, now)
      ? row.failure === null
        ? 'current'
        : 'failing'
      : row.checkedAt === null
        ? 'waiting'
        : 'outdated',
  }));
}

/** What changes when lists say something else, or can no longer be relied on; for `settleStanding`. */
export async function revocationKnowledge(tx: Tx, at: Date): Promise<string> {
  const policy = await readPolicy(tx);
  if (!policy('AttestationRevocation.state').value) return 'off';
  const limitHours = policy('AttestationRevocation.limitHours').value;
  const lists = await tx.revocationList.findMany({ orderBy: { id: 'asc' } });
  const revoked = await tx.revokedCertificate.findMany({
    orderBy: [{ listId: 'asc' }, { serialNumber: 'asc' }],
  });
  const hash = createHash('sha256');
  for (const { listId, serialNumber, reason } of revoked)
    hash.update(`${listId} ${serialNumber} ${reason}\n`);
  const standing = lists.map((list) => {
    const current = isCurrent(list, limitHours, at);
    return `${list.id} ${current} ${current ? '' : list.failure}`;
  });
  return `${limitHours} ${standing.join()} ${hash.digest('hex')}`;
}
