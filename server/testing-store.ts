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
import { type Db, type Engine, migrate, migrationsOf, openStore } from './db.ts';
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
