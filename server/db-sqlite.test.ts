import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate, migrationsOf, openStore } from './db.ts';
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
});
