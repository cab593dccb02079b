import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isStoreUnavailable, migrate, migrationsOf, openStore } from './db.ts';
import { aFolder, aRuntime, aStore, START } from './testing.ts';

describe('the SQLite store', () => {
  test('acknowledges nothing that a power cut could take back, and keeps its foreign keys', async () => {
    const db = await openStore(await aStore({ migrated: false }));
    try {
      const pragma = async (name: string) =>
        Object.values((await db.$queryRawUnsafe<object[]>(`PRAGMA ${name}`))[0] ?? {})[0] as unknown;
      expect(await pragma('journal_mode')).toBe('wal');
      expect(Number(await pragma('synchronous'))).toBe(2);
      expect(Number(await pragma('foreign_keys'))).toBe(1);
      await migrate(db);
      expect(Number(await pragma('foreign_keys'))).toBe(1);
    } finally {
      await db.$disconnect();
    }
  });

  test('migrated by a script that makes a table anew, as Prisma does, keeps the rows that hang on it', async () => {
    const { db } = await aRuntime();
    const folder = join(aFolder(), 'migrations');
    cpSync(migrationsOf('file:'), folder, { recursive: true });
    mkdirSync(join(folder, '29990101000000_redefine'));
    writeFileSync(
      join(folder, '29990101000000_redefine', 'migration.sql'),
      `PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Group" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL, "description" TEXT NOT NULL DEFAULT '');
INSERT INTO "new_Group" ("id", "name", "description") SELECT "id", "name", "description" FROM "Group";
DROP TABLE "Group";
ALTER TABLE "new_Group" RENAME TO "Group";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
`,
    );
    await db.user.create({
      data: { id: 'u', upn: 'u', displayName: 'U', userHandle: 'h', createdAt: START },
    });
    await db.group.create({ data: { id: 'g', name: 'G', members: { create: { userId: 'u' } } } });
    await migrate(db, folder);
    expect(await db.groupMember.count()).toBe(1);
    await db.group.delete({ where: { id: 'g' } });
    expect(await db.groupMember.count()).toBe(0);
  });

  test('that is full refuses each write as unavailable, keeps nothing of it, and goes on when there is room', async () => {
    const { db } = await aRuntime();
    const write = (id: string) =>
      db.$transaction(async (tx) => {
        await tx.group.create({ data: { id, name: id } });
        await tx.group.create({
          data: { id: `${id}-2`, name: `${id}-2`, description: 'x'.repeat(1_000_000) },
        });
      });
    const [pages] = await db.$queryRaw<{ page_count: bigint }[]>`PRAGMA page_count`;
    await db.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(pages?.page_count) + 2}`);
    for (const id of ['a', 'b']) {
      const error = await write(id).catch((thrown) => thrown);
      expect(String(error)).toContain('full');
      expect(isStoreUnavailable(error)).toBe(true);
    }
    const lone = await db
      .$executeRawUnsafe(
        `INSERT INTO "Group" ("id", "name", "description") VALUES ('c', 'C', '${'x'.repeat(100_000)}')`,
      )
      .catch((thrown) => thrown);
    expect(isStoreUnavailable(lone)).toBe(true);
    expect(await db.group.count()).toBe(0);
    await db.$queryRawUnsafe('PRAGMA max_page_count = 1000000');
    await write('d');
    expect(await db.group.count()).toBe(2);
  });

  test('locked by somebody else is read meanwhile, written when the lock goes, and given up in the end', async () => {
    const { db, databaseUrl } = await aRuntime();
    const other = await openStore(databaseUrl);
    const hold = async (meanwhile: () => Promise<void>) => {
      await other.$transaction(
        async (tx) => {
          await tx.group.count();
          await meanwhile();
        },
        { timeout: 60_000 },
      );
    };
    const written: string[] = [];
    const write = (id: string) =>
      db.$transaction((tx) => tx.group.create({ data: { id, name: id } })).then(() => written.push(id));
    const lone = () => db.$executeRaw`INSERT INTO "Group" ("id", "name") VALUES ('lone', 'lone')`.then();
    try {
      let waiting: Promise<unknown>[] = [];
      await hold(async () => {
        waiting = [write('a'), lone()];
        for (let reads = 0; reads < 20; reads += 1) expect(await db.group.count()).toBe(0);
        expect(written).toEqual([]);
      });
      await Promise.all(waiting);
      expect(await db.group.count()).toBe(2);

      await hold(async () => {
        const errors = await Promise.all(
          [write('b'), lone()].map((write) => write.catch((thrown) => thrown)),
        );
        expect(errors.map(isStoreUnavailable)).toEqual([true, true]);
      });
      await write('c');
      expect(await db.group.count()).toBe(3);
    } finally {
      await other.$disconnect();
    }
  }, 60_000);
});
