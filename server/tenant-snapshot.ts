import 'server-only';
import { gunzipSync, gzipSync } from 'node:zlib';
import { contentsText, readContents, readRow, rowText, type TableContent, type Value } from '#domain/backup';
import { type Row, restoreRule } from '#domain/restore';
import { type Result, refuse } from '#domain/result';
import { type Engine, engineOfStore, storeWithin, type Tx, withTablesLocked } from './db.ts';
import { clearRows, readRows, readSchema, readTables, type Table, writeRows } from './db-rows.ts';
import { goOnWithRevocationLists, readRevocationNumbers } from './device-certificate.ts';
import type { Runtime } from './runtime.ts';
import { putSession, takeSession } from './session.ts';
import { advancePolicyVersion } from './tenant.ts';

/**
 * What never goes back. A challenge that was used stays used, and a decision that was made under an older policy stays one:
 * `Tenant` counts on. Leases are held by processes, which do not go back either, nor do the devices of an audience, and the rest is what the world outside has
 * published. None of them refers to a table that does go back.
 */
const LASTING = [
  'Tenant',
  'TenantSnapshot',
  'SharedShow',
  'ShowViewer',
  'ConsumedChallenge',
  'Lease',
  'MetadataBlob',
  'MetadataEntry',
  'RevocationList',
  'RevokedCertificate',
];
export const goesBack = ({ name }: Pick<Table, 'name'>) => !LASTING.includes(name);

/** What every chapter starts from, and where a moved clock returns to; and what is said to whoever is no part of it. */
const missing = { beginning: 'beginning_missing', present: 'present_missing' } as const;
export type SnapshotName = keyof typeof missing;

interface Content {
  readonly table: TableContent;
  readonly rows: readonly (readonly Value[])[];
}

const valueIn = ({ table }: Content, row: readonly Value[], column: string): Value =>
  row[table.columns.findIndex(({ name }) => name === column)] ?? null;

/** All rows that go back, in memory: a demo tenant is small. */
async function contentNow(tx: Tx, engine: Engine, tables: readonly Table[]): Promise<Content[]> {
  const content: Content[] = [];
  for (const table of tables.filter(goesBack)) {
    const columns = table.columns.map(({ name, type }) => ({ name, type }));
    const rows: Value[][] = [];
    for await (const page of readRows(tx, engine, table, columns)) rows.push(...page);
    content.push({ table: { name: table.name, columns, rows: rows.length }, rows });
  }
  return content;
}

function pack(content: readonly Content[]): Uint8Array<ArrayBuffer> {
  const lines = content.flatMap(({ table, rows }) => rows.map((row) => rowText(table.columns, row)));
  return new Uint8Array(gzipSync([contentsText(content.map(({ table }) => table)), ...lines].join('\n')));
}

/** What was packed, or null where it cannot be read. */
function unpack(packed: Uint8Array): Content[] | null {
  const [first = '', ...lines] = gunzipSync(packed).toString('utf8').split('\n');
  const tables = readContents(first);
  if (tables === null) return null;
  let at = 0;
  return tables.map((table) => {
    const rows = lines.slice(at, at + table.rows).map((line) => {
      const row = readRow(table.columns, line);
      if (row === null) throw new Error(`A row of ${table.name} in the snapshot cannot be read.`);
      return row;
    });
    at += table.rows;
    return { table, rows };
  });
}

/**
 * Keeps what the store holds now under a name; an older one of that name is gone. `also` is in the same transaction, before
 * anything is read, and where it says false nothing is kept.
 */
export async function keepSnapshot(
  runtime: Runtime,
  name: SnapshotName,
  also: (tx: Tx) => Promise<unknown>,
): Promise<boolean> {
  const engine = engineOfStore(runtime.db);
  const tables = await readTables(runtime.db, engine);
  return await withTablesLocked(
    runtime.db,
    tables.map((table) => table.name),
    async (tx) => {
      if ((await also(tx)) === false) return false;
      const kept = {
        takenAt: runtime.clock.now(),
        schema: (await readSchema(tx, engine)) ?? '',
        content: pack(await contentNow(tx, engine, tables)),
      };
      await tx.tenantSnapshot.upsert({ where: { name }, create: { name, ...kept }, update: kept });
      return true;
    },
  );
}

export async function readSnapshot(runtime: Runtime, name: SnapshotName): Promise<{ takenAt: Date } | null> {
  return await runtime.db.tenantSnapshot.findUnique({ where: { name }, select: { takenAt: true } });
}

/** Forgets what was kept under a name. */
export async function forgetSnapshot(tx: Tx, name: SnapshotName): Promise<void> {
  await tx.tenantSnapshot.deleteMany({ where: { name } });
}

/** What was refused after rows had gone back: thrown, so that nothing of it stays. */
class Refused extends Error {
  readonly answer: Result<never>;
  constructor(answer: Result<never>) {
    super('The work after a restore was refused.');
    this.answer = answer;
  }
}

/**
 * Puts everything that goes back to where it was and does what comes `then`, in one transaction during which nobody else
 * reads or writes: all of it or, where `then` is refused or the process dies, nothing. A ceremony that runs is finished
 * before it, or meets a store in which its person, device or session may be gone. What may have been used up since opens
 * nothing again, by the rules of a restored backup, and every session is over but `sessionId`, which goes on as it is now.
 * Refused where there is no snapshot of this schema, or one that this session's person or device are not in, and where the
 * session ended meanwhile, as it does when somebody else's restore came first.
 */
export async function restoreSnapshot<T>(
  runtime: Runtime,
  name: SnapshotName,
  sessionId: string,
  then: (runtime: Runtime) => Promise<Result<T>>,
): Promise<Result<T>> {
  const engine = engineOfStore(runtime.db);
  const tables = await readTables(runtime.db, engine);
  const names = tables.map((table) => table.name);
  try {
    return await withTablesLocked(runtime.db, names, async (tx) => {
      const session = await takeSession(tx, sessionId);
      if (session === null || session.endedAt !== null) return refuse('sign_in_required');
      const snapshot = await tx.tenantSnapshot.findUnique({ where: { name } });
      if (snapshot === null || snapshot.schema !== (await readSchema(tx, engine)))
        return refuse(missing[name]);
      const content = unpack(snapshot.content);
      const has = (table: string, id: string | null) =>
        id === null ||
        content?.some(
          (each) => each.table.name === table && each.rows.some((row) => valueIn(each, row, 'id') === id),
        );
      if (content === null || !has('User', session.userId) || !has('Device', session.deviceId))
        return refuse(missing[name]);

      const lists = await readRevocationNumbers(tx);
      for (const { name: table } of tables.filter(goesBack).toReversed()) await clearRows(tx, table);
      for (const each of content)
        await writeRows(tx, each.table.name, each.table.columns, judged(each, runtime.clock.now()));
      await putSession(tx, session);
      await advancePolicyVersion(tx);
      await goOnWithRevocationLists(tx, lists);
      const answer = await then({ ...runtime, db: storeWithin(runtime.db, tx) });
      if (!answer.ok) throw new Refused(answer);
      return answer;
    });
  } catch (error) {
    if (error instanceof Refused) return error.answer;
    throw error;
  }
}

function judged({ table, rows }: Content, now: Date): (readonly Value[])[] {
  const rule = restoreRule(table.name);
  if (rule === null) return [...rows];
  return rows.flatMap((values) => {
    const row: Row = Object.fromEntries(table.columns.map(({ name }, at) => [name, values[at] ?? null]));
    const outcome = rule.apply(row, now);
    return outcome === null ? [] : [table.columns.map(({ name }) => outcome[name] ?? null)];
  });
}
