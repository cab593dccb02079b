import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { StoreRefusal, type StoreRefusalCode } from '#domain/backup';
import { engineOf, migrate, migrationNames, openStore } from './db.ts';
import { countRows, readSchema, readTables } from './db-rows.ts';
import { findSession } from './session.ts';
import { copyStore } from './store-copy.ts';
import { checkTenant, createTenant } from './tenant.ts';
import {
  aFolder,
  aPersonWithHelloKey,
  aRuntime,
  aStore,
  outcome,
  signedInAt,
  signIn,
  type TestRuntime,
} from './testing.ts';
import { commandLine } from './testing-process.ts';
import { everything } from './testing-rows.ts';

const onPostgresql = inject('postgresql') !== null;
const sqliteStore = () => `file:${join(aFolder(), 'latchkey.db')}`;

/** An organisation in a store on either engine. */
async function anOrganisation(databaseUrl?: string): Promise<TestRuntime> {
  if (databaseUrl !== undefined) {
    const db = await openStore(databaseUrl);
    await migrate(db);
    await db.$disconnect();
  }
  const runtime = await aRuntime(databaseUrl === undefined ? {} : { databaseUrl });
  await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example' });
  return runtime;
}

async function manyGroups({ db }: TestRuntime, count: number): Promise<void> {
  await db.group.createMany({
    data: Array.from({ length: count }, (_, n) => ({ id: `g${n}`, name: `Group ${n}` })),
  });
}

async function refused(work: Promise<unknown>): Promise<StoreRefusalCode | 'ok'> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (!(error instanceof StoreRefusal)) throw error;
    return error.code;
  }
}

describe('a copy', { timeout: 30_000 }, () => {
  test.each([
    ['SQLite', 'this engine'],
    ['this engine', 'SQLite'],
  ])('from %s to %s is the same store at another place: people and sessions go on there', async (from) => {
    const runtime = await anOrganisation(from === 'SQLite' ? sqliteStore() : undefined);
    const desk = await aPersonWithHelloKey(runtime, 'mia', ['global_administrator']);
    const { token } = await signedInAt(runtime, desk);
    const before = await everything(runtime.db);
    const to = from === 'SQLite' ? await aStore({ migrated: false }) : sqliteStore();
    const { rows } = await copyStore({ from: runtime.databaseUrl, to });
    expect(await everything(to)).toEqual(before);
    expect(rows).toEqual(Object.fromEntries(Object.entries(before).map(([name, all]) => [name, all.length])));
    const other = await aRuntime({ databaseUrl: to });
    await checkTenant(other);
    expect(await findSession(other, token)).not.toBeNull();
    expect(outcome(await signIn(other, desk))).toBe('ok');
  });

  test('leaves not a byte of its source changed', async () => {
    const runtime = await anOrganisation(sqliteStore());
    await manyGroups(runtime, 1200);
    await runtime.db.$disconnect();
    const file = runtime.databaseUrl.slice('file:'.length);
    const hash = () => createHash('sha256').update(readFileSync(file)).digest('hex');
    const before = hash();
    await copyStore({ from: runtime.databaseUrl, to: await aStore({ migrated: false }) });
    expect(hash()).toBe(before);
  });

  test('reads what a source that was killed had acknowledged, and still changes no byte of it', async () => {
    // Open here, its newest rows are in the write-ahead log only.
    const runtime = await anOrganisation(sqliteStore());
    await manyGroups(runtime, 10);
    const file = runtime.databaseUrl.slice('file:'.length);
    const before = [file, `${file}-wal`].map((path) => readFileSync(path));
    const to = await aStore({ migrated: false });
    await copyStore({ from: runtime.databaseUrl, to });
    expect((await everything(to)).Group).toHaveLength(10);
    const after = [file, `${file}-wal`].map((path) => readFileSync(path));
    expect(after.map((bytes, at) => bytes.equals(before[at] ?? Buffer.of()))).toEqual([true, true]);
  });

  test('is of one moment: what is written while it runs is not in it, and what hangs together stays so', async () => {
    const runtime = await anOrganisation();
    await manyGroups(runtime, 1200);
    const to = sqliteStore();
    let late: Promise<unknown> | undefined;
    await copyStore({
      from: runtime.databaseUrl,
      to,
      onProgress: ({ table }) => {
        // Groups are read before people and members.
        if (table !== 'Group') return;
        late ??= aPersonWithHelloKey(runtime, 'late');
      },
    });
    await late;
    expect(await runtime.db.user.count()).toBe(1);
    expect((await everything(to)).User).toHaveLength(0);
    expect((await everything(to)).Credential).toHaveLength(0);
  });

  test('shows its progress by rows, up to all of them, written and then compared', async () => {
    const runtime = await anOrganisation();
    await manyGroups(runtime, 1200);
    const seen: { step: string; done: number; total: number }[] = [];
    await copyStore({
      from: runtime.databaseUrl,
      to: sqliteStore(),
      onProgress: (progress) => seen.push(progress),
    });
    for (const step of ['written', 'compared']) {
      const steps = seen.filter((progress) => progress.step === step);
      expect(steps.length).toBeGreaterThan(2);
      expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).sort((a, b) => a - b));
      expect(steps.at(-1)).toMatchObject({ done: 1201, total: 1201 });
    }
  });

  test('of a store of an older version stands at the schema of this one, the source where it stood', async () => {
    const [oldest = ''] = migrationNames('sqlite');
    const from = sqliteStore();
    const db = await openStore(from);
    await migrate(db, undefined, oldest);
    await db.$executeRaw`INSERT INTO "Tenant" ("id", "name", "domain", "relyingPartyId", "masterKeyCheck", "createdAt")
      VALUES ('t', 'T', 't.example', 'localhost', 'x', ${new Date(0)})`;
    const to = await aStore({ migrated: false });
    await copyStore({ from, to });
    expect(await readSchema(db, 'sqlite')).toBe(oldest);
    await db.$disconnect();
    const copy = await openStore(to);
    expect(await readSchema(copy, engineOf(to))).toBe(migrationNames(engineOf(to)).at(-1));
    expect(await copy.tenant.count()).toBe(1);
    await copy.$disconnect();
  });
});

describe('a copy that is not made', { timeout: 30_000 }, () => {
  test('refuses a target that holds anything, also itself, and a source that holds nothing', async () => {
    const runtime = await anOrganisation();
    const from = runtime.databaseUrl;
    const before = await everything(runtime.db);
    expect(await refused(copyStore({ from, to: from }))).toBe('not_empty');
    const other = await anOrganisation(sqliteStore());
    expect(await refused(copyStore({ from, to: other.databaseUrl }))).toBe('not_empty');
    expect(await everything(runtime.db)).toEqual(before);
    expect(await refused(copyStore({ from: await aStore(), to: sqliteStore() }))).toBe('empty_store');
    const nowhere = sqliteStore();
    expect(await refused(copyStore({ from: nowhere, to: sqliteStore() }))).toBe('no_store');
    expect(existsSync(nowhere.slice('file:'.length))).toBe(false);
  });

  test('finds a row that did not arrive as it was, and keeps nothing', async () => {
    const runtime = await anOrganisation();
    await manyGroups(runtime, 3);
    const to = sqliteStore();
    const db = await openStore(to);
    await migrate(db);
    await db.$executeRawUnsafe(`CREATE TRIGGER "liar" AFTER INSERT ON "Group" WHEN NEW."id" = 'g1'
      BEGIN UPDATE "Group" SET "description" = 'changed' WHERE "id" = 'g1'; END`);
    await db.$disconnect();
    await expect(copyStore({ from: runtime.databaseUrl, to })).rejects.toThrow(/^Group g1 did not arrive/);
    expect(Object.values(await everything(to)).flat()).toEqual([]);
  });

  test('finds a row too many and one that is missing', async () => {
    const runtime = await anOrganisation();
    await manyGroups(runtime, 3);
    for (const lie of [
      `INSERT INTO "Lease" VALUES ('added', 'x', '2026-03-02T09:00:00.000+00:00')`,
      `DELETE FROM "Group" WHERE "id" = 'g2'`,
    ]) {
      const to = sqliteStore();
      const db = await openStore(to);
      await migrate(db);
      await db.$executeRawUnsafe(
        `CREATE TRIGGER "liar" AFTER INSERT ON "Group" WHEN NEW."id" = 'g2' BEGIN ${lie}; END`,
      );
      await db.$disconnect();
      expect(await refused(copyStore({ from: runtime.databaseUrl, to }))).toBe('differs');
      expect(Object.values(await everything(to)).flat()).toEqual([]);
    }
  });

  // The other engine has nothing to say here, and a skipped test would be a failed one.
  if (onPostgresql) {
    test('says which text PostgreSQL cannot keep', async () => {
      const runtime = await anOrganisation(sqliteStore());
      await runtime.db.group.create({ data: { id: 'odd', name: 'a\0b' } });
      const to = await aStore({ migrated: false });
      await expect(copyStore({ from: runtime.databaseUrl, to })).rejects.toThrow(
        /U\+0000, and a text in Group odd/,
      );
      expect(Object.values(await everything(to)).flat()).toEqual([]);
    });
  }

  test('killed while it writes or compares leaves an empty target, and begun again makes a whole one', async () => {
    const runtime = await anOrganisation(sqliteStore());
    await manyGroups(runtime, 4000);
    const before = await everything(runtime.db);
    const dataDir = aFolder();
    mkdirSync(dataDir, { recursive: true });
    const to = await aStore({ migrated: false });
    const words = ['db', 'copy', '--from', runtime.databaseUrl, '--to', to];
    const group = '^INSERT INTO "Group"';
    for (const [moment, crash] of [
      ['written', { when: 'after', path: [group], count: 3 }],
      ['compared', { when: 'before', path: [group, '^COMMIT'] }],
    ] as const) {
      const { ended } = commandLine({ dataDir, databaseUrl: '', crash }, ...words);
      const killed = await ended.catch((error) => error);
      expect(killed).toMatchObject({ code: null });
      expect(killed.message).toContain(moment);
      const db = await openStore(to);
      for (const { name } of await readTables(db, engineOf(to)))
        expect(await countRows(db, name), name).toBe(0);
      await db.$disconnect();
    }
    const said = await commandLine({ dataDir, databaseUrl: '' }, ...words).ended;
    expect(said).toMatch(/Group +4000\n.*Copied and compared row by row: 4001 rows/s);
    expect(await everything(to)).toEqual(before);
    // The product starts on it as on any other store.
    const db = await openStore(to);
    expect(await migrate(db)).toEqual([]);
    await db.$disconnect();
  }, 90_000);

  test('says in a sentence what was wrong with the command', async () => {
    const nowhere = ['--from', 'file:/nowhere/a.db'];
    const wrong: [string[], string][] = [
      [['db', 'copy', ...nowhere], '--to takes a store'],
      [['db', 'copy', ...nowhere, '--to', 'file:/tmp/b.db'], 'There is no store at /nowhere/a.db.'],
      [['restore'], 'Which file?'],
      [['restore', 'package.json', '--to', 'mysql://x/y'], '--to takes a store'],
    ];
    const outcomes = wrong.map(
      ([words]) => commandLine({ dataDir: aFolder(), databaseUrl: '' }, ...words).ended,
    );
    for (const [at, outcome] of (await Promise.allSettled(outcomes)).entries())
      expect(outcome).toMatchObject({
        reason: { code: 2, message: expect.stringContaining(wrong[at]?.[1] ?? '') },
      });
  }, 90_000);

  if (onPostgresql) {
    test('never prints the password of an address', async () => {
      const { databaseUrl } = await anOrganisation(sqliteStore());
      const to = new URL(await aStore({ migrated: false }));
      to.username = 'nobody_here';
      to.password = 'hunter2';
      const { ended } = commandLine(
        { dataDir: aFolder(), databaseUrl: '' },
        'db',
        'copy',
        '--from',
        databaseUrl,
        '--to',
        to.href,
      );
      const error = (await ended.then(
        () => null,
        (reason) => reason,
      )) as { code: number; message: string };
      expect(error.code).toBe(2);
      expect(error.message).toMatch(/^The store at postgresql:\/\/[^@]+ could not be used: .+\.\n$/);
      expect(error.message).not.toContain('hunter2');
    }, 30_000);
  }
});
