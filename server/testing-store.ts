import 'server-only';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Db, type Engine, engineOfStore, migrate, migrationsOf, openStore } from './db.ts';
import { systemRandom } from './runtime.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of this run's PostgreSQL server; null for SQLite. */
    postgresql: string | null;
  }
}

export interface TestStore {
  readonly databaseUrl: string;
  remove(): Promise<void>;
}

/** An empty store on the engine that this run of vitest is about; migrated unless told otherwise. */
export async function makeTestStore(given: { migrated: boolean } = { migrated: true }): Promise<TestStore> {
  const server = inject('postgresql');
  return await (server === null ? sqliteStore(given.migrated) : postgresqlStore(server, given.migrated));
}

/** Tables that say what a store is, and hold nothing of a test. */
const KEPT = '_prisma_migrations';

/**
 * Empties a store for the next test. False where a test changed more than rows, so that it is another store now:
 * `statements` is all that was sent to it since.
 */
export async function emptyStore(db: Db, statements: readonly string[]): Promise<boolean> {
  const changes = /^\s*(CREATE|ALTER|DROP|VACUUM)\b|^\s*(INSERT|UPDATE|DELETE)\b.*"_prisma_migrations"/is;
  if (statements.some((statement) => changes.test(statement))) return false;
  const sqlite = engineOfStore(db) === 'sqlite';
  const tables = await db.$queryRawUnsafe<{ name: string }[]>(
    sqlite
      ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
      : `SELECT table_name::text AS "name" FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const full = await db.$queryRawUnsafe<{ name: string }[]>(
    tables
      .filter(({ name }) => name !== KEPT)
      .map(({ name }) => `SELECT '${name}' AS "name" WHERE EXISTS (SELECT 1 FROM "${name}")`)
      .join(' UNION ALL '),
  );
  if (full.length === 0) return true;
  if (sqlite)
    await db.$transaction([
      db.$executeRawUnsafe('PRAGMA defer_foreign_keys = ON'),
      ...full.map(({ name }) => db.$executeRawUnsafe(`DELETE FROM "${name}"`)),
    ]);
  else await db.$executeRawUnsafe(`TRUNCATE ${full.map(({ name }) => `"${name}"`).join(', ')} CASCADE`);
  return true;
}

const word = () => Buffer.from(systemRandom.bytes(8)).toString('hex');

async function sqliteStore(migrated: boolean): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const file = join(folder, 'store.db');
  if (migrated) copyFileSync(await sqliteTemplate(), file);
  return {
    databaseUrl: `file:${file}`,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Names a state of an engine's migrations: a template is made once for each and copied for every test. */
function stateOfMigrations(engine: Engine): string {
  const migrations = join(process.cwd(), migrationsOf(engine === 'sqlite' ? 'file:' : ''));
  const hash = createHash('sha256');
  for (const name of readdirSync(migrations).sort()) {
    const script = join(migrations, name, 'migration.sql');
    if (existsSync(script)) hash.update(readFileSync(script));
  }
  return hash.digest('hex').slice(0, 16);
}

async function sqliteTemplate(): Promise<string> {
  const folder = join(tmpdir(), 'latchkey-test-templates');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${stateOfMigrations('sqlite')}.db`);
  if (existsSync(path)) return path;
  const draft = join(folder, `${word()}.db`);
  const db = await openStore(`file:${draft}`);
  await migrate(db);
  // Closing the last connection folds the write-ahead log into the file.
  await db.$disconnect();
  renameSync(draft, path);
  return path;
}

/** One connection to the server and one look for the template, for all tests of this process. */
let administration: Promise<{ admin: Db; template: string }> | undefined;

async function administer(server: string): Promise<{ admin: Db; template: string }> {
  const admin = await openStore(server);
  const template = `latchkey_template_${stateOfMigrations('postgresql')}`;
  await admin.$transaction(
    async (tx) => {
      // Whoever comes first makes it, on a connection beside this one: no transaction may make a database.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(1)`;
      const found = await admin.$queryRaw<unknown[]>`SELECT 1 FROM pg_database WHERE datname = ${template}`;
      if (found.length > 0) return;
      const draft = `latchkey_draft_${word()}`;
      await admin.$executeRawUnsafe(`CREATE DATABASE "${draft}"`);
      const db = await openStore(databaseOn(server, draft));
      await migrate(db);
      await db.$disconnect();
      await admin.$executeRawUnsafe(`ALTER DATABASE "${draft}" RENAME TO "${template}"`);
    },
    { timeout: 60_000 },
  );
  return { admin, template };
}

async function postgresqlStore(server: string, migrated: boolean): Promise<TestStore> {
  administration ??= administer(server);
  const { admin, template } = await administration;
  const name = `latchkey_test_${word()}`;
  await admin.$executeRawUnsafe(`CREATE DATABASE "${name}" TEMPLATE "${migrated ? template : 'template0'}"`);
  return {
    databaseUrl: databaseOn(server, name),
    remove: async () => {
      await admin.$executeRawUnsafe(`DROP DATABASE "${name}" WITH (FORCE)`);
    },
  };
}

/** The address of another database on the same server. */
function databaseOn(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
