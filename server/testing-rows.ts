import 'server-only';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { ColumnType, Value } from '#domain/backup';
import { rowText } from '#domain/backup';
import { type Db, engineOfStore, openStore } from './db.ts';
import { readRows, readTables, type Table } from './db-rows.ts';

/** The models as `schema.prisma` words them: what tests hold the store's own catalogue against. */
export interface Model {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly optional: boolean;
    readonly hasDefault: boolean;
    /** It is part of a key, or one itself: `anyRows` makes it another in every row. */
    readonly distinct: boolean;
    /** The model whose key it holds. */
    readonly parent: string | null;
  }[];
}

export function readModels(): Model[] {
  const source = readFileSync('prisma/schema.prisma', 'utf8');
  const found = [...source.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)];
  const names = new Set(found.map(([, name]) => name));
  return found.map(([, name = '', body = '']) => {
    const parents = new Map(
      [...body.matchAll(/^\s+\w+\s+(\w+)\??\s+@relation\((?:"\w+", )?fields: \[(\w+)\]/gm)].map(
        ([, parent = '', column = '']) => [column, parent] as const,
      ),
    );
    const shared = [...body.matchAll(/@@(?:id|unique)\(\[([^\]]+)\]/g)];
    const inKeys = new Set(shared.flatMap(([, names = '']) => names.split(', ')));
    const columns = [...body.matchAll(/^ {2}(\w+)\s+(\w+)(\?|\[\])?(.*)$/gm)]
      .filter(([, , type = '']) => !names.has(type))
      .map(([, column = '', type = '', mark, rest = '']) => ({
        name: column,
        type,
        optional: mark === '?',
        hasDefault: rest.includes('@default('),
        distinct: /@(id|unique)\b/.test(rest) || inKeys.has(column),
        parent: parents.get(column) ?? null,
      }));
    return { name, columns };
  });
}

/** PostgreSQL keeps no U+0000. */
const text = fc.string({ unit: 'binary', maxLength: 30 }).map((words) => words.replaceAll('\0', ''));
const values: Readonly<Record<ColumnType, fc.Arbitrary<Value>>> = {
  String: text,
  Int: fc.oneof(fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0), fc.integer()),
  BigInt: fc.oneof(
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 0n),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  Boolean: fc.boolean(),
  DateTime: fc.date({
    min: new Date('0001-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  Bytes: fc.uint8Array({ maxLength: 40 }),
};

/** Any rows for every table, those of a table fitting those before them: keys are new, and references lead somewhere. */
export function anyRows(tables: readonly Table[]): fc.Arbitrary<ReadonlyMap<string, Value[][]>> {
  const models = new Map(readModels().map((model) => [model.name, model]));
  const drafts = tables.map((table) =>
    fc.array(
      fc.tuple(
        fc.nat(),
        ...table.columns.map(({ name, type }) => {
          const column = models.get(table.name)?.columns.find((candidate) => candidate.name === name);
          return column?.optional ? fc.option(values[type], { nil: null }) : values[type];
        }),
      ),
      // An organisation that has none is no store.
      { minLength: table.name === 'Tenant' ? 1 : 0, maxLength: 5 },
    ),
  );
  return fc.tuple(...drafts).map((all) => {
    const rows = new Map<string, Value[][]>();
    for (const [at, table] of tables.entries()) {
      const own = (all[at] ?? []).flatMap(([choice, ...row], place) => {
        const fitted = table.columns.map(({ name, type }, index) => {
          const column = models.get(table.name)?.columns.find((candidate) => candidate.name === name);
          const value = row[index] as Value;
          if (value === null) return null;
          if (column?.parent) {
            const parents = rows.get(column.parent) ?? [];
            return parents[column.distinct ? place : choice % Math.max(parents.length, 1)]?.[0];
          }
          return column?.distinct && type === 'String' ? `${String(value)}${place}` : value;
        });
        // Without a parent there is no child.
        return fitted.includes(undefined) ? [] : [fitted as Value[]];
      });
      rows.set(table.name, own);
    }
    return rows;
  });
}

/** Everything in a store: each table's rows as text, in the order of their keys. */
export async function everything(store: Db | string): Promise<Record<string, string[]>> {
  const db = typeof store === 'string' ? await openStore(store) : store;
  try {
    const engine = engineOfStore(db);
    const all: Record<string, string[]> = {};
    await db.$transaction(async (tx) => {
      for (const table of await readTables(tx, engine)) {
        const rows: string[] = [];
        for await (const page of readRows(tx, engine, table, table.columns))
          rows.push(...page.map((row) => rowText(inNameOrder(table), reordered(table, row))));
        all[table.name] = rows;
      }
    });
    return all;
  } finally {
    if (typeof store === 'string') await db.$disconnect();
  }
}

/** Engines may have their columns in another order. */
const inNameOrder = ({ columns }: Table) => [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
const reordered = (table: Table, row: readonly Value[]) =>
  inNameOrder(table).map((column) => row[table.columns.indexOf(column)] ?? null);
