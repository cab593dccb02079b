import 'server-only';
import { existsSync } from 'node:fs';
import { refusal, rowText, StoreRefusal, type TableContent, type Value } from '#domain/backup';
import type { Row } from '#domain/restore';
import {
  type Engine,
  engineOf,
  engineOfStore,
  migrate,
  migrationNames,
  openStore,
  placeOf,
  type Tx,
  whyUnusable,
  withSnapshot,
  withTablesLocked,
} from './db.ts';
import { countRows, readRows, readSchema, readTables, type Table, writeRows } from './db-rows.ts';

export interface Page {
  readonly table: TableContent;
  readonly rows: readonly (readonly Value[])[];
}

/** Everything that a store held at one moment, wherever it is read from. */
export interface StoreContent {
  readonly engine: Engine;
  /** The newest migration of that store. */
  readonly schema: string;
  /** Each after those that it refers to. */
  readonly tables: readonly TableContent[];
  /** All rows, table by table, in the order of their keys; the same ones each time. */
  pages(): AsyncIterable<Page>;
}

/** How far it is; `total` counts the rows of all tables. */
export interface Progress {
  readonly step: 'written' | 'compared';
  readonly table: string;
  readonly done: number;
  readonly total: number;
}
export type OnProgress = (progress: Progress) => void;

export const rowsIn = (content: Pick<StoreContent, 'tables'>): number =>
  content.tables.reduce((sum, { rows }) => sum + rows, 0);

/** Refuses what a later version of the product has made. */
export function checkSchema(engine: Engine, schema: string, what: string): void {
  if (!migrationNames(engine).includes(schema)) throw refusal('newer_schema', what);
}

/** Says in words what is wrong with a store that somebody named. */
async function saying<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof StoreRefusal ? null : whyUnusable(error);
    if (why === null) throw error;
    throw refusal('unreachable', placeOf(databaseUrl), why);
  }
}

/** Lends what a store holds at this moment. The store is not changed, not migrated, and may be in use. */
export async function readingStore<T>(
  databaseUrl: string,
  use: (content: StoreContent, tx: Tx) => Promise<T>,
): Promise<T> {
  const place = placeOf(databaseUrl);
  const engine = engineOf(databaseUrl);
  if (engine === 'sqlite' && !existsSync(place)) throw refusal('no_store', place);
  return await saying(databaseUrl, () =>
    withSnapshot(databaseUrl, async (tx) => {
      const schema = await readSchema(tx, engine);
      if (schema === null) throw refusal('no_store', place);
      checkSchema(engine, schema, place);
      const sources = await readTables(tx, engine);
      const tables: TableContent[] = [];
      for (const { name, columns } of sources) {
        tables.push({
          name,
          columns: columns.map((column) => ({ name: column.name, type: column.type })),
          rows: await countRows(tx, name),
        });
      }
      async function* pages(): AsyncGenerator<Page> {
        for (const [at, table] of tables.entries()) {
          const source = sources[at] as Table;
          for await (const rows of readRows(tx, engine, source, table.columns)) yield { table, rows };
        }
      }
      return await use({ engine, schema, tables, pages }, tx);
    }),
  );
}

/** What is written in place of a row of this table, or null where rows are written as they are. */
export type Judge = (table: string) => ((row: Row) => Row | null) | null;
const asItIs: Judge = () => null;

export interface Filling {
  readonly judge?: Judge;
  /** A row to add in the same transaction; columns that the store does not have yet are left out. */
  readonly also?: (filled: Filled) => { readonly table: string; readonly row: Row };
  readonly onProgress?: OnProgress | undefined;
}

export interface Filled {
  /** Rows that were written, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows that were not written as they were, by table. */
  readonly judged: Readonly<Record<string, number>>;
}

/**
 * Writes content into an empty store, reads it back, compares row by row, and only then keeps it: whatever happens on the
 * way, the store is empty or whole. A new store gets the schema of the content's time and then the migrations since, as
 * the original would have; in one that has later migrations already, columns that are missing take their defaults.
 */
export async function fillStore(
  databaseUrl: string,
  content: StoreContent,
  filling: Filling = {},
): Promise<Filled> {
  return await saying(databaseUrl, async () => {
    const db = await openStore(databaseUrl);
    const engine = engineOfStore(db);
    const place = placeOf(databaseUrl);
    try {
      // Before anything is changed; and again when nobody else can change it any more.
      const schema = await readSchema(db, engine);
      if (schema !== null) checkSchema(engine, schema, place);
      const before = await readTables(db, engine);
      await checkEmpty(db, before, place);
      await migrate(db, undefined, content.schema);
      const tables = await readTables(db, engine);
      const names = tables.map(({ name }) => name);
      const filled = await withTablesLocked(db, names, async (tx) => {
        await checkEmpty(tx, tables, place);
        checkFits(content, tables);
        const judge = filling.judge ?? asItIs;
        const written = await write(tx, engine, content, judge, filling.onProgress);
        await compare(tx, engine, content, tables, judge, written, filling.onProgress);
        if (filling.also) await addRow(tx, tables, filling.also(written));
        return written;
      });
      await migrate(db);
      return filled;
    } finally {
      await db.$disconnect();
    }
  });
}

async function checkEmpty(tx: Tx, tables: readonly Table[], place: string): Promise<void> {
  // An organisation says more than the first table that happens to hold something.
  const names = tables
    .map(({ name }) => name)
    .sort((a, b) => Number(b === 'Tenant') - Number(a === 'Tenant'));
  for (const name of names) {
    const rows = await countRows(tx, name);
    if (rows > 0) throw refusal('not_empty', place, name, rows);
  }
}

/** Refuses what this store has no place for, or cannot do without. */
function checkFits(content: StoreContent, tables: readonly Table[]): void {
  for (const source of content.tables) {
    const target = tables.find(({ name }) => name === source.name);
    if (target === undefined) throw refusal('unknown_table', source.name);
    for (const { name, type } of source.columns) {
      const known = target.columns.find((column) => column.name === name);
      if (known?.type !== type) throw refusal('unknown_table', `${source.name}.${name}`);
    }
    const missing = target.columns.find(
      ({ name, needed }) => needed && !source.columns.some((column) => column.name === name),
    );
    if (missing && source.rows > 0) throw refusal('column_needed', `${source.name}.${missing.name}`);
  }
}

const objectOf = ({ columns }: TableContent, row: readonly Value[]): Row =>
  Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]));

/** The rows of a page as they are to be written, each beside what it was. */
function judged(
  { table, rows }: Page,
  judge: Judge,
): { was: readonly Value[]; is: readonly Value[] | null }[] {
  const rule = judge(table.name);
  if (rule === null) return rows.map((row) => ({ was: row, is: row }));
  return rows.map((was) => {
    const row = objectOf(table, was);
    const outcome = rule(row);
    if (outcome === row) return { was, is: was };
    return { was, is: outcome && table.columns.map(({ name }) => outcome[name] ?? null) };
  });
}

/** Names a row to people: models begin with their key. */
const nameOf = (row: readonly Value[]) => String(row[0]);

async function write(
  tx: Tx,
  engine: Engine,
  content: StoreContent,
  judge: Judge,
  onProgress?: OnProgress,
): Promise<Filled> {
  const total = rowsIn(content);
  const filled = {
    rows: Object.fromEntries(content.tables.map(({ name }) => [name, 0])),
    judged: {} as Record<string, number>,
  };
  let done = 0;
  for await (const page of content.pages()) {
    const { name, columns } = page.table;
    const outcomes = judged(page, judge);
    const rows = outcomes.flatMap(({ is }) => (is === null ? [] : [is]));
    const unkept = engine === 'postgresql' && rows.find((row) => row.some(holdsNull));
    if (unkept) throw refusal('not_storable', name, nameOf(unkept));
    await writeRows(tx, name, columns, rows);
    const touched = outcomes.filter(({ was, is }) => was !== is).length;
    if (touched > 0) filled.judged[name] = (filled.judged[name] ?? 0) + touched;
    filled.rows[name] = (filled.rows[name] ?? 0) + rows.length;
    done += page.rows.length;
    onProgress?.({ step: 'written', table: name, done, total });
  }
  return filled;
}

const holdsNull = (value: Value) => typeof value === 'string' && value.includes('\0');

/** Reads everything again on both sides, in the order of the keys, and throws at the first row that differs. */
async function compare(
  tx: Tx,
  engine: Engine,
  content: StoreContent,
  tables: readonly Table[],
  judge: Judge,
  written: Filled,
  onProgress?: OnProgress,
): Promise<void> {
  const total = rowsIn(content);
  let done = 0;
  let reading: { table: TableContent; rows: AsyncIterator<readonly Value[]> } | undefined;
  for await (const page of content.pages()) {
    const { name, columns } = page.table;
    if (reading?.table !== page.table) {
      const target = tables.find((table) => table.name === name) as Table;
      reading = { table: page.table, rows: oneByOne(readRows(tx, engine, target, columns)) };
    }
    for (const { is } of judged(page, judge)) {
      if (is === null) continue;
      const { value, done: over } = await reading.rows.next();
      if (over || rowText(columns, value) !== rowText(columns, is))
        throw refusal('differs', name, nameOf(is));
    }
    done += page.rows.length;
    onProgress?.({ step: 'compared', table: name, done, total });
  }
  for (const { name } of tables) {
    if ((await countRows(tx, name)) !== (written.rows[name] ?? 0))
      throw refusal('differs', name, '(number of rows)');
  }
}

async function* oneByOne<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

async function addRow(
  tx: Tx,
  tables: readonly Table[],
  { table, row }: { readonly table: string; readonly row: Row },
): Promise<void> {
  const columns = tables.find(({ name }) => name === table)?.columns.filter(({ name }) => name in row) ?? [];
  await writeRows(tx, table, columns, [columns.map(({ name }) => row[name] ?? null)]);
}
