import 'server-only';
import { helloAaguid } from '#domain/attestation/aaguids';
import {
  type KeyProtection,
  type MetadataContent,
  type ModelEntry,
  type ModelStanding,
  standingOf,
  storedReports,
} from '#domain/attestation/metadata';
import { ok, type Result, refuse } from '#domain/result';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#domain/time';
import type { Tx } from '../db.ts';
import { download, PUBLIC_HTTPS, type Reach } from '../download.ts';
import { record } from '../event.ts';
import { withLease } from '../lease.ts';
import { readPolicy } from '../policy.ts';
import type { Runtime } from '../runtime.ts';
import { addedAnchors } from './anchor.ts';
import { blobFaults, METADATA_FORMAT, readBlob, shippedMetadataAnchors } from './metadata-blob.ts';
import type { Anchor } from './verification.ts';

/** Where the FIDO Alliance publishes its metadata. */
export const METADATA_ADDRESS = 'https://mds3.fidoalliance.org/';
/** Several times what the service publishes. */
export const BLOB_MAX_BYTES = 32 * 1024 * 1024;
/** What an administrator can upload; the front door lets the same through. */
export const METADATA_BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const DOWNLOAD = { bytes: BLOB_MAX_BYTES, timeoutMs: 60 * SECOND_MS };
const THE_BLOB = 'fido';

/** Where a BLOB comes from: its own text, or an https address. */
export type BlobSource = { readonly blob: string } | { readonly address: string };

export interface LoadedMetadata {
  readonly number: number;
  readonly entries: number;
  readonly nextUpdate: string;
}

interface Given {
  /** What may be reached. */
  readonly reach?: Reach;
  readonly timeoutMs?: number;
  /** A BLOB with the number that is loaded already is fine: there is nothing new. */
  readonly sameIsFine?: boolean;
}

/**
 * Loads a metadata BLOB in place of the one before, whole or not at all. It has to be signed under the FIDO Alliance's root
 * or an authority that an administrator pinned for metadata, and to have a higher number than the one in force (FIDO MDS
 * 3.2). Whatever is wrong with it, the old one stays. Keys are judged by it afterwards (`settleStanding`).
 */
export async function loadMetadata(
  runtime: Runtime,
  actorId: string | null,
  source: BlobSource,
  given: Given = {},
): Promise<Result<LoadedMetadata>> {
  const from = 'address' in source ? source.address : 'file';
  const fail = async (code: 'metadata_refused' | 'metadata_unreachable', cause: string, why: string) => {
    await noteFailure(runtime, actorId, from, cause, why);
    return refuse(code, { facts: { why } });
  };
  let blob: string;
  if ('blob' in source) blob = source.blob;
  else {
    const limits = { ...DOWNLOAD, ...(given.timeoutMs === undefined ? {} : { timeoutMs: given.timeoutMs }) };
    const fetched = await download(source.address, given.reach ?? PUBLIC_HTTPS, limits);
    if ('failure' in fetched) return await fail('metadata_unreachable', 'unreachable', fetched.failure);
    blob = fetched.bytes.toString('latin1');
  }
  const read = await readBlob(blob.trim(), await metadataAuthorities(runtime.db), runtime.clock.world());
  if ('fault' in read) {
    const words = blobFaults[read.fault];
    const why = read.detail === null ? words : `${words} (${read.detail.slice(0, 200)})`;
    return await fail('metadata_refused', read.fault, why);
  }
  return await replace(runtime, actorId, from, read.content, given.sameIsFine === true);
}

async function replace(
  runtime: Runtime,
  actorId: string | null,
  source: string,
  { number, nextUpdate, legalHeader, entries }: MetadataContent,
  sameIsFine: boolean,
): Promise<Result<LoadedMetadata>> {
  const now = runtime.clock.world();
  const loaded = { number, entries: entries.length, nextUpdate: nextUpdate.toISOString() };
  return await runtime.db.$transaction(
    async (tx) => {
      const before = await tx.metadataBlob.findUnique({ where: { id: THE_BLOB } });
      const inForce = before?.number ?? -1;
      if (number <= inForce) {
        if (number === inForce && sameIsFine) {
          await tx.metadataBlob.update({
            where: { id: THE_BLOB },
            data: { checkedAt: now, failure: null },
          });
          return ok(loaded);
        }
        const why = `No. ${inForce} is loaded, and this is no. ${number}.`;
        await tx.metadataBlob.update({ where: { id: THE_BLOB }, data: { checkedAt: now, failure: why } });
        await record(tx, runtime, {
          code: 'metadata_refused',
          outcome: 'failure',
          actorId,
          detail: { cause: 'not_newer', source, number, loaded: inForce },
        });
        return refuse('metadata_not_newer', { facts: { why } });
      }
      await tx.metadataEntry.deleteMany();
      for (let at = 0; at < entries.length; at += ROWS) {
        await tx.metadataEntry.createMany({ data: entries.slice(at, at + ROWS).map(rowOf) });
      }
      const row = { number, nextUpdate, loadedAt: now, source, legalHeader, checkedAt: now, failure: null };
      await tx.metadataBlob.upsert({
        where: { id: THE_BLOB },
        create: { id: THE_BLOB, ...row },
        update: row,
      });
      await record(tx, runtime, {
        code: 'metadata_loaded',
        actorId,
        detail: {
          number,
          entries: entries.length,
          source,
          nextUpdate: nextUpdate.toISOString().slice(0, 10),
        },
      });
      return ok(loaded);
    },
    { timeout: MINUTE_MS },
  );
}

/** Rows of one statement. */
const ROWS = 100;

function rowOf({ model, name, icon, reports, keyProtection, roots }: ModelEntry) {
  return { model, name, icon, reports: JSON.stringify(reports), keyProtection, roots: JSON.stringify(roots) };
}

async function noteFailure(
  runtime: Runtime,
  actorId: string | null,
  source: string,
  cause: string,
  why: string,
): Promise<void> {
  const now = runtime.clock.world();
  await runtime.db.$transaction(async (tx) => {
    await tx.metadataBlob.upsert({
      where: { id: THE_BLOB },
      create: { id: THE_BLOB, checkedAt: now, failure: why },
      update: { checkedAt: now, failure: why },
    });
    await record(tx, runtime, {
      code: 'metadata_refused',
      outcome: 'failure',
      actorId,
      detail: { cause, source: source.slice(0, 256), why },
    });
  });
}

/** Who may sign metadata: the root that ships, and authorities that administrators pinned for it. */
async function metadataAuthorities(tx: Tx): Promise<Anchor[]> {
  return [...shippedMetadataAnchors(), ...(await addedAnchors(tx, METADATA_FORMAT))];
}

/** Forgets the metadata, its number too. Everything works without it; what it said of keys counts no longer. */
export async function forgetMetadata(runtime: Runtime, actorId: string | null): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const before = await tx.metadataBlob.findUnique({ where: { id: THE_BLOB } });
    if (before === null) return refuse('not_found');
    await tx.metadataEntry.deleteMany();
    await tx.metadataBlob.deleteMany();
    await record(tx, runtime, { code: 'metadata_forgotten', actorId, detail: { number: before.number } });
    return ok(null);
  });
}

export const METADATA_LEASE = 'metadata';

/**
 * Fetches the metadata once a day where policy says so, one instance at a time: from where it was last loaded by address,
 * or else from the FIDO Alliance. A failure is noted and tried again a day later.
 */
export async function refreshMetadata(runtime: Runtime, given: Given = {}): Promise<void> {
  if (!(await readPolicy(runtime.db))('AttestationMetadata.state').value) return;
  await withLease(runtime, METADATA_LEASE, 5 * MINUTE_MS, async () => {
    const row = await runtime.db.metadataBlob.findUnique({ where: { id: THE_BLOB } });
    const since = row === null ? DAY_MS : runtime.clock.world().getTime() - row.checkedAt.getTime();
    if (since < DAY_MS) return;
    const address = row?.source?.startsWith('http') ? row.source : METADATA_ADDRESS;
    await loadMetadata(runtime, null, { address }, { ...given, sameIsFine: true });
  });
}

/** A model as metadata knows it. */
export interface KnownModel extends ModelEntry {
  readonly keyProtection: KeyProtection;
}

function modelOf(row: Awaited<ReturnType<Tx['metadataEntry']['findMany']>>[number]): KnownModel {
  return {
    ...row,
    keyProtection: row.keyProtection as KeyProtection,
    reports: storedReports(row.reports),
    roots: JSON.parse(row.roots) as string[],
  };
}

/** What the metadata in force says of a key: by its model, or by the certificates that stand for one. null: none is loaded. */
export async function findModel(tx: Tx, models: readonly string[], at: Date) {
  const blob = await tx.metadataBlob.findUnique({ where: { id: THE_BLOB } });
  if (blob === null || blob.number === null) return null;
  const [row] =
    models.length === 0
      ? []
      : await tx.metadataEntry.findMany({ where: { model: { in: [...models] } }, take: 1 });
  const overdue = blob.nextUpdate !== null && blob.nextUpdate < at;
  return { number: blob.number, overdue, model: row === undefined ? null : modelOf(row) };
}

/** The formats whose anchors metadata may add to. A TPM is believed under pinned anchors only. */
const METADATA_FORMATS = ['packed', 'android-key', 'apple'] as const;

/**
 * The roots of a model's own metadata statement, as anchors for that one model. Windows Hello's are never taken: its
 * statement lists algorithms and roots by which every real one would be refused, and its anchor is pinned.
 */
export function metadataAnchors({ model, name, keyProtection, roots }: KnownModel): Anchor[] {
  if (helloAaguid(model) !== null || model.length !== 36) return [];
  const only = { aaguid: model, keyProtection };
  return roots.flatMap((root) => {
    const certificate = new Uint8Array(Buffer.from(root, 'base64'));
    return METADATA_FORMATS.map((format) => ({
      format,
      name: `${name} (metadata)`,
      certificate,
      builtIn: false,
      only,
    }));
  });
}

export interface ShownModel {
  readonly name: string;
  readonly icon: string | null;
}

/** Names and icons of these models, where metadata has them. */
export async function namesOfModels(
  runtime: Runtime,
  aaguids: readonly string[],
): Promise<ReadonlyMap<string, ShownModel>> {
  const rows = await runtime.db.metadataEntry.findMany({
    where: { model: { in: [...new Set(aaguids)] } },
    select: { model: true, name: true, icon: true },
  });
  return new Map(rows.map(({ model, name, icon }) => [model, { name, icon }]));
}

export interface MetadataSummary {
  readonly number: number | null;
  readonly nextUpdate: Date | null;
  readonly loadedAt: Date | null;
  readonly source: string | null;
  readonly checkedAt: Date;
  readonly failure: string | null;
  readonly overdue: boolean;
  readonly models: number;
  readonly compromisedModels: number;
}

/** The metadata in force, and how the latest attempt to load some went; null: nobody ever tried. */
export async function readMetadata(runtime: Runtime): Promise<MetadataSummary | null> {
  const blob = await runtime.db.metadataBlob.findUnique({ where: { id: THE_BLOB } });
  if (blob === null) return null;
  const now = runtime.clock.world();
  return {
    ...blob,
    overdue: blob.nextUpdate !== null && blob.nextUpdate < now,
    models: await runtime.db.metadataEntry.count(),
    compromisedModels: (await compromisedModels(runtime.db, now)).length,
  };
}

/** The models all of whose keys are compromised at a time, sorted. */
export async function compromisedModels(tx: Tx, at: Date): Promise<string[]> {
  const rows = await tx.metadataEntry.findMany({
    select: { model: true, reports: true },
    orderBy: { model: 'asc' },
  });
  const standing = (reports: string): ModelStanding => standingOf(storedReports(reports), [], at);
  return rows.filter(({ reports }) => standing(reports).compromised !== null).map(({ model }) => model);
}

/** What changes when other metadata is in force, or a report comes into force; for `settleStanding`. */
export async function metadataKnowledge(tx: Tx, at: Date): Promise<string> {
  const blob = await tx.metadataBlob.findUnique({ where: { id: THE_BLOB } });
  if (blob === null || blob.number === null) return 'none';
  const overdue = blob.nextUpdate !== null && blob.nextUpdate < at;
  const rows = await tx.metadataEntry.findMany({
    where: { reports: { contains: '"effectiveDate":"' } },
    select: { reports: true },
  });
  const today = at.toISOString().slice(0, 10);
  const dated = rows.flatMap(({ reports }) => storedReports(reports));
  const inForce = dated.filter(
    ({ effectiveDate }) => effectiveDate !== null && effectiveDate <= today,
  ).length;
  return `${blob.number} ${blob.loadedAt?.toISOString()} ${overdue} ${inForce}`;
}
