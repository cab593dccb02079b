import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Db, migrate, migrationsOf, openStore } from './db.ts';
import { aFolder, aRuntime, aStore, START } from './testing.ts';

/** A store of this test's own, not migrated yet; closed at the end. */
async function anEmptyStore<T>(use: (db: Db, databaseUrl: string) => Promise<T>): Promise<T> {
  const databaseUrl = await aStore({ migrated: false });
  const db = await openStore(databaseUrl);
  try {
    return await use(db, databaseUrl);
  } finally {
    await db.$disconnect();
  }
}

/** Runs a script with `db` and `migrate` in a process of its own; returns what it said. */
async function elsewhere(databaseUrl: string, script: string): Promise<string> {
  const whole = `const { openStore, migrate } = await import(process.argv[1]);
    const db = await openStore(process.argv[2]);
    ${script}
    await db.$disconnect();`;
  const words = ['--conditions=react-server', '--import', 'tsx', '--input-type=module', '--eval', whole];
  const door = pathToFileURL(join(process.cwd(), 'server', 'db.ts')).href;
  const child = spawn(process.execPath, [...words, door, databaseUrl]);
  const said = { out: '', error: '' };
  child.stdout.on('data', (chunk) => {
    said.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.error += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0 || said.error !== '') throw new Error(`the process ended with ${code}: ${said.error}`);
  return said.out;
}

/** The product's migrations and one more. */
function migrationsWith(databaseUrl: string, name: string, script: string): string {
  const folder = join(aFolder(), 'migrations');
  cpSync(migrationsOf(databaseUrl), folder, { recursive: true });
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'migration.sql'), script);
  return folder;
}

describe('the store', () => {
  test('keeps a lone statement when another request’s transaction rolls back around it', async () => {
    const { db } = await aRuntime();
    let inside = () => {};
    const opened = new Promise<void>((resolve) => {
      inside = resolve;
    });
    const failing = db.$transaction(async (tx) => {
      await tx.group.create({ data: { id: 'a', name: 'A' } });
      inside();
      await tx.group.count();
      await tx.group.count();
      throw new Error('roll back');
    });
    await opened;
    const lone = db.$executeRaw`INSERT INTO "Group" ("id", "name") VALUES ('b', 'B')`.then();
    await expect(failing).rejects.toThrow('roll back');
    await lone;
    expect(await db.group.findMany({ select: { id: true } })).toEqual([{ id: 'b' }]);
  });

  test('shows nobody what is not committed', async () => {
    const { db } = await aRuntime();
    let inside = () => {};
    const opened = new Promise<void>((resolve) => {
      inside = resolve;
    });
    const failing = db.$transaction(async (tx) => {
      await tx.group.create({ data: { id: 'a', name: 'A' } });
      inside();
      await tx.group.count();
      throw new Error('roll back');
    });
    await opened;
    const seen = db.group.count().then();
    await expect(failing).rejects.toThrow('roll back');
    expect(await seen).toBe(0);
  });

  test('serves many transactions and statements at once, each whole', async () => {
    const { db } = await aRuntime();
    await db.rateLimit.create({ data: { key: 'n', count: 0, windowEndsAt: START } });
    const increments = Array.from({ length: 30 }, () =>
      db.$transaction(async (tx) => {
        const { count } = await tx.rateLimit.findUniqueOrThrow({ where: { key: 'n' } });
        await tx.rateLimit.update({ where: { key: 'n' }, data: { count: count + 1 } });
      }),
    );
    await Promise.all([...increments, ...Array.from({ length: 30 }, () => db.group.count())]);
    expect((await db.rateLimit.findUniqueOrThrow({ where: { key: 'n' } })).count).toBe(30);
  });

  test('serves several processes at once: nobody’s reading is old when they write, and nobody is turned away', async () => {
    const { db, databaseUrl } = await aRuntime();
    await db.rateLimit.create({ data: { key: 'n', count: 0, windowEndsAt: START } });
    const script = `const where = { key: 'n' };
      for (let turn = 0; turn < 40; turn += 1) {
        await db.$transaction(async (tx) => {
          const { count } = await tx.rateLimit.findUniqueOrThrow({ where });
          await tx.rateLimit.update({ where, data: { count: count + 1 } });
        });
      }`;
    await Promise.all([1, 2].map(() => elsewhere(databaseUrl, script)));
    expect((await db.rateLimit.findUniqueOrThrow({ where: { key: 'n' } })).count).toBe(80);
  }, 60_000);

  test('goes on after a transaction that failed in any way', async () => {
    const { db } = await aRuntime();
    await expect(
      db.$transaction([db.$executeRawUnsafe('INSERT INTO "Nowhere" VALUES (1)')]),
    ).rejects.toThrow();
    await expect(db.$executeRawUnsafe('not sql')).rejects.toThrow();
    await expect(db.$transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await db.group.count()).toBe(0);
  });

  test('writes times in one form, so that raw and other statements compare them alike', async () => {
    const { db } = await aRuntime();
    const at = new Date('2026-03-02T09:00:00.500Z');
    await db.consumedChallenge.create({ data: { nonceHash: 'one', expiresAt: at } });
    await db.$executeRaw`INSERT INTO "ConsumedChallenge" ("nonceHash", "expiresAt") VALUES ('raw', ${at})`;
    const written = await db.$queryRaw<
      { text: string }[]
    >`SELECT CAST("expiresAt" AS TEXT) AS "text" FROM "ConsumedChallenge"`;
    expect(new Set(written.map(({ text }) => text)).size).toBe(1);
    expect(await db.consumedChallenge.count({ where: { expiresAt: { lt: at } } })).toBe(0);
    expect(
      await db.consumedChallenge.count({ where: { expiresAt: { lt: new Date(at.getTime() + 1) } } }),
    ).toBe(2);
    const compared = await db.$queryRaw<
      { n: bigint }[]
    >`SELECT COUNT(*) AS n FROM "ConsumedChallenge" WHERE "expiresAt" <= ${at}`;
    expect(Number(compared[0]?.n)).toBe(2);
  });
});

describe('migrating', () => {
  test('twice applies each migration once', async () => {
    await anEmptyStore(async (db) => {
      expect((await migrate(db)).length).toBeGreaterThan(0);
      expect(await migrate(db)).toEqual([]);
      expect(await db.user.count()).toBe(0);
    });
  });

  test('by several processes at once applies each migration once, and none of them fails', async () => {
    const databaseUrl = await aStore({ migrated: false });
    const script = 'process.stdout.write(JSON.stringify(await migrate(db)));';
    const answers = await Promise.all([1, 2, 3].map(() => elsewhere(databaseUrl, script)));
    const applied = answers.map((said) => (JSON.parse(said) as string[]).length).filter((count) => count > 0);
    expect(applied).toHaveLength(1);
  }, 60_000);

  test('with a script that breaks in its middle leaves nothing of it', async () => {
    await anEmptyStore(async (db, databaseUrl) => {
      const broken = migrationsWith(
        databaseUrl,
        '29990101000000_broken',
        'CREATE TABLE "Half" ("id" TEXT);\nINSERT INTO "Nowhere" VALUES (1);\n',
      );
      await migrate(db);
      await expect(migrate(db, broken)).rejects.toThrow();
      await expect(db.$queryRaw`SELECT * FROM "Half"`).rejects.toThrow();
      expect(await migrate(db)).toEqual([]);
      expect(await db.user.count()).toBe(0);
    });
  });
});
