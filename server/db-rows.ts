import 'server-only';
import type { Column, ColumnType, Value } from '#domain/backup';
import { type Engine, joinSql, rawSql, type Sql, sql, type Tx, tablesEverMade } from './db.ts';

/**
 * A store as nothing but tables of rows, read from its own catalogue: whatever a migration adds is here too, in a store
 * of any age, on either engine.
 */
export interface Table {
  readonly name: string;
  readonly columns: readonly (Column & { /** A row cannot do without it. */ readonly needed: boolean })[];
  /** The primary key. */
  readonly key: readonly string[];
}

/** What each engine calls the types of columns. */
const columnTypes: Readonly<Record<Engine, Readonly<Record<string, ColumnType>>>> = {
  sqlite: {
    TEXT: 'String',
    INTEGER: 'Int',
    BIGINT: 'BigInt',
    BOOLEAN: 'Boolean',
    DATETIME: 'DateTime',
    BLOB: 'Bytes',
  },
  postgresql: {
    text: 'String',
    int4: 'Int',
    int8: 'BigInt',
    bool: 'Boolean',
    timestamp: 'DateTime',
    bytea: 'Bytes',
  },
};

interface CatalogueColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean | number | bigint;
  readonly hasDefault: boolean | number | bigint;
  /** Its place in the primary key, from 1; 0 when it is not part of it. */
  readonly keyPlace: number | bigint;
}
interface CatalogueReference {
  readonly table: string;
  readonly parent: string;
}

const catalogue = {
  sqlite: {
    columns: `SELECT t."name" AS "table", c."name" AS "name", c."type" AS "type", c."notnull" AS "notNull",
        c."dflt_value" IS NOT NULL AS "hasDefault", c."pk" AS "keyPlace"
      FROM sqlite_schema t, pragma_table_info(t."name") c WHERE t."type" = 'table' ORDER BY t."name", c."cid"`,
    references: `SELECT DISTINCT t."name" AS "table", r."table" AS "parent"
      FROM sqlite_schema t, pragma_foreign_key_list(t."name") r WHERE t."type" = 'table'`,
  },
  postgresql: {
    columns: `SELECT r.relname::text AS "table", a.attname::text AS "name", t.typname::text AS "type",
        a.attnotnull AS "notNull", a.atthasdef AS "hasDefault",
        COALESCE(array_position(k.indkey::int2[], a.attnum) + 1, 0) AS "keyPlace"
      FROM pg_class r
      JOIN pg_namespace n ON n.oid = r.relnamespace AND n.nspname = current_schema()
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_index k ON k.indrelid = r.oid AND k.indisprimary
      WHERE r.relkind = 'r' ORDER BY r.relname, a.attnum`,
    references: `SELECT DISTINCT r.relname::text AS "table", p.relname::text AS "parent"
      FROM pg_constraint c
      JOIN pg_class r ON r.oid = c.conrelid
      JOIN pg_class p ON p.oid = c.confrelid
      JOIN pg_namespace n ON n.oid = r.relnamespace AND n.nspname = current_schema()
      WHERE c.contype = 'f'`,
  },
} as const satisfies Record<Engine, { columns: string; references: string }>;

/** The store's tables, each after those that it refers to. */
export async function readTables(tx: Tx, engine: Engine): Promise<Table[]> {
  const ours = tablesEverMade(engine);
  const columns = await tx.$queryRawUnsafe<CatalogueColumn[]>(catalogue[engine].columns);
  const references = await tx.$queryRawUnsafe<CatalogueReference[]>(catalogue[engine].references);
  const names = new Set(columns.map(({ table }) => table).filter((name) => ours.has(name)));
  return inOrder([...names], references).map((name) => {
    const own = columns.filter(({ table }) => table === name);
    const key = own.filter(({ keyPlace }) => Number(keyPlace) > 0);
    return {
      name,
      columns: own.map((column) => ({
        name: column.name,
        type: typeOf(engine, column),
        needed: Boolean(column.notNull) && !column.hasDefault,
      })),
      key: key.sort((a, b) => Number(a.keyPlace) - Number(b.keyPlace)).map((column) => column.name),
    };
  });
}

function typeOf(engine: Engine, { table, name, type }: CatalogueColumn): ColumnType {
  const known = columnTypes[engine][type];
  // A new kind of column is to be taught here before it is released: a test holds every column against this table.
  if (known === undefined) throw new Error(`${table}.${name} is of a type that is not kept yet: ${type}.`);
  return known;
}

function inOrder(names: readonly string[], references: readonly CatalogueReference[]): string[] {
  const ordered: string[] = [];
  const left = new Set(names);
  while (left.size > 0) {
    const next = [...left]
      .filter((name) => !references.some(({ table, parent }) => table === name && left.has(parent)))
      .sort();
    if (next.length === 0)
      throw new Error(`Tables refer to each other in a circle: ${[...left].join(', ')}.`);
    for (const name of next) {
      ordered.push(name);
      left.delete(name);
    }
  }
  return ordered;
}

/** The newest migration of a store, or null for a database without one. */
export async function readSchema(tx: Tx, engine: Engine): Promise<string | null> {
  const tables = await tx.$queryRawUnsafe<CatalogueColumn[]>(catalogue[engine].columns);
  if (!tables.some(({ table }) => table === '_prisma_migrations')) return null;
  const rows = await tx.$queryRawUnsafe<{ name: string | null }[]>(
    'SELECT MAX("migration_name") AS "name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL',
  );
  return rows[0]?.name ?? null;
}

const quoted = (name: string): Sql => rawSql(`"${name}"`);
const list = (names: readonly string[]): Sql => joinSql(names.map(quoted));

export async function countRows(tx: Tx, table: string): Promise<number> {
  const rows = await tx.$queryRaw<{ count: bigint }[]>`SELECT COUNT(*) AS "count" FROM ${quoted(table)}`;
  return Number(rows[0]?.count);
}

/** Rows that are in memory at once. */
const PAGE_ROWS = 500;

/**
 * The rows of a table, in pages, in the order of its key: the same order on either engine, whatever language a database
 * sorts in. `columns` says which values, in which order.
 */
export async function* readRows(
  tx: Tx,
  engine: Engine,
  table: Table,
  columns: readonly Column[],
): AsyncGenerator<Value[][]> {
  const pages = engine === 'sqlite' ? pagesByKey(tx, table, columns) : pagesByCursor(tx, table, columns);
  for await (const page of pages) {
    yield page.map((row) => columns.map(({ name, type }) => typed(type, row[name])));
  }
}

type RawRow = Readonly<Record<string, unknown>>;

async function* pagesByKey(tx: Tx, table: Table, columns: readonly Column[]): AsyncGenerator<RawRow[]> {
  const names = [...new Set([...columns.map(({ name }) => name), ...table.key])];
  let after: unknown[] | undefined;
  for (;;) {
    const where = after === undefined ? rawSql('') : sql`WHERE (${list(table.key)}) > (${joinSql(after)})`;
    const page = await tx.$queryRaw<RawRow[]>`SELECT ${list(names)} FROM ${quoted(table.name)} ${where}
      ORDER BY ${list(table.key)} LIMIT ${PAGE_ROWS}`;
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = table.key.map((name) => last[name]);
  }
}

let cursors = 0;

/** One sort for each table, which keyset pages would repeat where the database's own order is another. */
async function* pagesByCursor(tx: Tx, table: Table, columns: readonly Column[]): AsyncGenerator<RawRow[]> {
  cursors += 1;
  const cursor = quoted(`rows_${cursors}`);
  const order = table.key.map((name) => {
    const isText = table.columns.some((column) => column.name === name && column.type === 'String');
    return isText ? sql`${quoted(name)} COLLATE "C"` : quoted(name);
  });
  await tx.$executeRaw`DECLARE ${cursor} NO SCROLL CURSOR FOR
    SELECT ${list(columns.map(({ name }) => name))} FROM ${quoted(table.name)} ORDER BY ${joinSql(order)}`;
  for (;;) {
    const page = await tx.$queryRaw<RawRow[]>`FETCH ${rawSql(String(PAGE_ROWS))} FROM ${cursor}`;
    if (page.length === 0) break;
    yield page;
  }
  // One that is left early ends with its transaction.
  await tx.$executeRaw`CLOSE ${cursor}`;
}

function typed(type: ColumnType, raw: unknown): Value {
  if (raw === null || raw === undefined) return null;
  if (type === 'Boolean') return Boolean(raw);
  if (type === 'BigInt') return BigInt(raw as bigint | number);
  return raw as Value;
}

/** Values in one statement: SQLite takes 32766, but the adapters remember their last hundred statements, values and all. */
const MAX_VALUES = 2000;

/** Adds rows as they are. */
export async function writeRows(
  tx: Tx,
  table: string,
  columns: readonly Column[],
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const names = list(columns.map(({ name }) => name));
  const size = Math.max(1, Math.floor(MAX_VALUES / columns.length));
  for (let at = 0; at < rows.length; at += size) {
    const values = rows.slice(at, at + size).map((row) => sql`(${joinSql([...row])})`);
    await tx.$executeRaw`INSERT INTO ${quoted(table)} (${names}) VALUES ${joinSql(values)}`;
  }
}

/** Removes every row; others that refer to them go first. */
export async function clearRows(tx: Tx, table: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM ${quoted(table)}`;
}
