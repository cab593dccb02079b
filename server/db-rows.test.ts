import { describe, expect, test } from 'vitest';
import { engineOf, engineOfStore } from './db.ts';
import { countRows, readRows, readSchema, readTables, writeRows } from './db-rows.ts';
import { aRuntime, START } from './testing.ts';
import { readModels } from './testing-rows.ts';

const uniqueKeys = {
  sqlite: `SELECT t."name" AS "table", i."name" AS "key", c."name" AS "column"
    FROM sqlite_schema t, pragma_index_list(t."name") i, pragma_index_info(i."name") c
    WHERE t."type" = 'table' AND i."unique"`,
  postgresql: `SELECT r.relname::text AS "table", i.indexrelid::regclass::text AS "key", a.attname::text AS "column"
    FROM pg_index i
    JOIN pg_class r ON r.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace AND n.nspname = current_schema()
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (i.indkey)
    WHERE i.indisunique`,
};

describe('a store as rows', () => {
  test('is every model with every column, of the type and with the needs that the models say', async () => {
    const { db } = await aRuntime();
    const tables = await readTables(db, engineOfStore(db));
    const models = readModels();
    expect(models.length).toBeGreaterThan(15);
    expect(tables.map(({ name }) => name).sort()).toEqual(models.map(({ name }) => name).sort());
    for (const model of models) {
      const table = tables.find(({ name }) => name === model.name);
      const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
      expect([...(table?.columns ?? [])].sort(byName), model.name).toEqual(
        model.columns
          .map(({ name, type, optional, hasDefault }) => ({ name, type, needed: !optional && !hasDefault }))
          .sort(byName),
      );
      expect(table?.key.length, model.name).toBeGreaterThan(0);
    }
  });

  test('has no key but those that the models say, each with something that differs from row to row', async () => {
    const { db } = await aRuntime();
    const found = await db.$queryRawUnsafe<{ table: string; key: string; column: string }[]>(
      uniqueKeys[engineOfStore(db)],
    );
    const models = new Map(readModels().map(({ name, columns }) => [name, columns]));
    const parts = found.filter(({ table }) => models.has(table));
    const keys = new Set(parts.map(({ key }) => key));
    expect(keys.size).toBeGreaterThan(models.size);
    for (const key of keys) {
      const columns = parts
        .filter((part) => part.key === key)
        .map(({ table, column }) => models.get(table)?.find(({ name }) => name === column));
      expect(
        columns.every((column) => column?.distinct),
        key,
      ).toBe(true);
      expect(
        columns.some((column) => column?.type === 'String'),
        key,
      ).toBe(true);
    }
  });

  test('has each table after those that it refers to', async () => {
    const { db } = await aRuntime();
    const order = (await readTables(db, engineOfStore(db))).map(({ name }) => name);
    const references = readModels().flatMap(({ name, columns }) =>
      columns.flatMap(({ parent }) => (parent === null ? [] : [[parent, name] as const])),
    );
    expect(references.length).toBeGreaterThan(8);
    for (const [parent, child] of references)
      expect(order.indexOf(parent), `${parent} before ${child}`).toBeLessThan(order.indexOf(child));
  });

  test('leaves out what others keep in the same database', async () => {
    const { db } = await aRuntime();
    await db.$executeRawUnsafe('CREATE TABLE "theirs" ("anything" REAL)');
    const tables = await readTables(db, engineOfStore(db));
    expect(tables.map(({ name }) => name)).not.toContain('theirs');
  });

  test('names the newest migration, and none in a database without a store', async () => {
    const { db, databaseUrl } = await aRuntime();
    expect(await readSchema(db, engineOf(databaseUrl))).toMatch(/^\d{14}_/);
    await db.$executeRawUnsafe('DROP TABLE "_prisma_migrations"');
    expect(await readSchema(db, engineOf(databaseUrl))).toBeNull();
  });

  test('comes in pages, in the order of the bytes of its keys, each row once', async () => {
    const { db } = await aRuntime();
    const engine = engineOfStore(db);
    const tables = await readTables(db, engine);
    const group = tables.find(({ name }) => name === 'Group');
    const policy = tables.find(({ name }) => name === 'PolicyValue');
    if (group === undefined || policy === undefined) throw new Error('a table is missing');
    const words = ['a', 'B', 'ä', 'Z', '_', '', '~', '\uffee', '😀', 'a b', 'ab'];
    const ids = Array.from({ length: 1200 }, (_, n) => `${words[n % words.length]}${n}`);
    const [id, name] = [
      { name: 'id', type: 'String' },
      { name: 'name', type: 'String' },
    ] as const;
    await writeRows(
      db,
      'Group',
      [id, name],
      ids.map((value) => [value, value]),
    );
    await writeRows(
      db,
      'PolicyValue',
      policy.columns,
      ids.map((value, n) => policy.columns.map((column) => (column.name === 'source' ? `s${n % 3}` : value))),
    );
    const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    await db.$transaction(async (tx) => {
      const read: string[] = [];
      let largest = 0;
      for await (const page of readRows(tx, engine, group, [name])) {
        largest = Math.max(largest, page.length);
        read.push(...page.map(([value]) => String(value)));
      }
      expect(largest).toBeLessThan(ids.length);
      expect(read).toEqual([...ids].sort(bytes));
      let pairs = 0;
      for await (const page of readRows(tx, engine, policy, policy.columns)) pairs += page.length;
      expect(pairs).toBe(ids.length);
    });
    expect(await countRows(db, 'Group')).toBe(ids.length);
  });

  test('left in the middle of a table disturbs nothing that follows', async () => {
    const { db } = await aRuntime();
    const engine = engineOfStore(db);
    await db.lease.createMany({
      data: Array.from({ length: 3 }, (_, n) => ({ name: `l${n}`, holder: 'h', expiresAt: START })),
    });
    const lease = (await readTables(db, engine)).find(({ name }) => name === 'Lease');
    if (lease === undefined) throw new Error('a table is missing');
    await db.$transaction(async (tx) => {
      for await (const _page of readRows(tx, engine, lease, lease.columns)) break;
      for await (const page of readRows(tx, engine, lease, lease.columns)) expect(page).toHaveLength(3);
    });
  });
});
