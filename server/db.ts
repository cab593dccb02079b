import 'server-only';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Prisma, PrismaClient } from '../prisma/generated/sqlite/client.ts';

export type Db = PrismaClient;
/** A transaction, or the store itself where a statement stands alone. */
export type Tx = Prisma.TransactionClient;
export const { sql, raw: rawSql, join: joinSql } = Prisma;
export type Sql = Prisma.Sql;
/** A condition on people. */
export type PeopleWhere = Prisma.UserWhereInput;
export type CredentialWhere = Prisma.CredentialWhereInput;

/** Rows that a sign-in adds, and what events tell people. */
interface Added {
  Session: Prisma.SessionCreateManyInput;
  Proof: Prisma.ProofCreateManyInput;
  Event: Prisma.EventCreateManyInput;
  Notice: Prisma.NoticeCreateManyInput;
  NoticeReading: Prisma.NoticeReadingCreateManyInput;
  Mail: Prisma.MailCreateManyInput;
}

/**
 * Adds a row by one statement that reads nothing back: a third of what Prisma's `create` costs, for the rows that every
 * sign-in writes. Their keys are random, so a duplicate is no outcome here.
 */
export async function insert<T extends keyof Added>(tx: Tx, table: T, row: Added[T]): Promise<void> {
  const columns = Object.keys(row).map((column) => Prisma.raw(`"${column}"`));
  await tx.$executeRaw`INSERT INTO ${Prisma.raw(`"${table}"`)} (${Prisma.join(columns)})
    VALUES (${Prisma.join(Object.values(row))})`;
}

/** Waiting for a turn is normal under load; giving up early would turn load into errors. */
export const TRANSACTION = { maxWait: 10_000, timeout: 20_000 } as const;
/** Another instance may be at it already, and a large store takes its time. */
const MIGRATION = { maxWait: 60_000, timeout: 600_000 } as const;

/** The lock orders migrations; each must see what the one before it did. SQLite knows one level only, hence the type. */
const MIGRATION_ON_POSTGRESQL = { ...MIGRATION, isolationLevel: 'ReadCommitted' as 'Serializable' };

/** Reading or filling a whole store is one transaction, however large the store is. */
const WHOLE_STORE = { maxWait: 60_000, timeout: 86_400_000 } as const;

export type Engine = 'sqlite' | 'postgresql';

export function engineOf(databaseUrl: string): Engine {
  return databaseUrl.startsWith('file:') ? 'sqlite' : 'postgresql';
}

// Next loads instrumentation, pages and route handlers from different bundles, and a store opened in one is used in all.
const home = globalThis as typeof globalThis & { latchkeyEngines?: WeakMap<Db, Engine> };
home.latchkeyEngines ??= new WeakMap();
const engines = home.latchkeyEngines;

/** Stores that are being migrated now: a statement may take its time there. */
const migrating = new WeakSet<Db>();

/** The engine of an open store, for the few statements that differ. */
export function engineOfStore(db: Db): Engine {
  const engine = engines.get(db);
  if (engine === undefined) throw new Error('This store was not opened here: its engine is not known.');
  return engine;
}

/**
 * Ends a SELECT in a transaction: what it has read is not changed by anybody else until that transaction ends, and was not
 * since it began. On SQLite a transaction has the write lock, and so it has no word for it.
 */
export function keepingRows(db: Db): Sql {
  return engineOfStore(db) === 'sqlite' ? Prisma.empty : Prisma.raw('FOR SHARE');
}

/** The filter for a text that contains another, whatever the case of its letters (SQLite: of its ASCII letters). */
export function containing(db: Db, text: string): { contains: string } {
  // SQLite's LIKE knows no other way, and so its client has no word for it.
  return engineOfStore(db) === 'sqlite'
    ? { contains: text }
    : ({ contains: text, mode: 'insensitive' } as { contains: string });
}

/**
 * Opens the store. What it acknowledges survives a power cut, and a transaction is serializable on either engine: nothing
 * that it has read changes before it writes. It is not migrated. `onQuery` sees every statement's text.
 */
export async function openStore(databaseUrl: string, onQuery?: (statement: string) => void): Promise<Db> {
  const engine = engineOf(databaseUrl);
  const options = {
    transactionOptions: TRANSACTION,
    log: onQuery ? [{ emit: 'event' as const, level: 'query' as const }] : [],
  };
  const client = await (engine === 'sqlite' ? openSqlite : openPostgresql)(databaseUrl, options);
  if (onQuery) client.$on('query', (event) => onQuery(event.query));
  engines.set(client, engine);
  return client;
}

type Options = Pick<Prisma.PrismaClientOptions, 'transactionOptions'> & { log: Prisma.LogDefinition[] };
type Client = PrismaClient<'query'>;

async function openSqlite(databaseUrl: string, options: Options): Promise<Client> {
  const { OneAtATime } = await import('./db-sqlite.ts');
  mkdirSync(dirname(databaseUrl.slice('file:'.length)), { recursive: true, mode: 0o700 });
  const adapter = new OneAtATime({ url: databaseUrl });
  const client: Client = new PrismaClient({ ...options, adapter });
  await client.$queryRawUnsafe('PRAGMA journal_mode = WAL');
  await client.$queryRawUnsafe('PRAGMA synchronous = FULL');
  await client.$queryRawUnsafe('PRAGMA foreign_keys = ON');
  return client;
}

/** How often a transaction that lost to another one is begun again before the store counts as too busy. */
const ATTEMPTS = 30;

/**
 * PostgreSQL lets serializable transactions run side by side and ends the one that would have read what another changed
 * (SQLSTATE 40001); it is begun again here. From the second attempt on they queue behind a lock that only they take, so
 * that every attempt ends in somebody's commit. `LOCK TABLE` takes no snapshot: what follows it reads the present.
 */
async function openPostgresql(databaseUrl: string, options: Options): Promise<Client> {
  const [{ PrismaClient: PostgresqlClient }, { Impatient }] = await Promise.all([
    import('../prisma/generated/postgresql/client.ts'),
    import('./db-postgresql.ts'),
  ]);
  const adapter = new Impatient(databaseUrl, () => migrating.has(client));
  // Both clients are generated from the same models; only what they send differs.
  const client: Client = new PostgresqlClient({ ...options, adapter }) as unknown as Client;
  const begin = client.$transaction.bind(client);
  const serializable = async <T>(work: (tx: Tx) => Promise<T>, given: object = {}): Promise<T> => {
    // A list of statements depends on nothing that was read.
    if (typeof work !== 'function') return (await begin(work)) as T;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await begin(
          async (tx) => {
            if (attempt > 1) await tx.$executeRaw`LOCK TABLE "Tenant" IN SHARE UPDATE EXCLUSIVE MODE`;
            return await work(tx);
          },
          { isolationLevel: 'Serializable', ...given },
        );
      } catch (error) {
        if (attempt === ATTEMPTS || !isWriteConflict(error)) throw error;
      }
    }
  };
  return Object.assign(client, { $transaction: serializable }) as Client;
}

/**
 * Lends one moment of a store that other processes go on using: nothing that is written meanwhile is seen, nobody waits
 * for the reader, and nothing can be written. The store is neither made nor migrated.
 */
export async function withSnapshot<T>(databaseUrl: string, read: (tx: Tx) => Promise<T>): Promise<T> {
  if (engineOf(databaseUrl) === 'sqlite') {
    const { readOnly } = await import('./db-sqlite.ts');
    const client = new PrismaClient({ adapter: readOnly(databaseUrl) });
    try {
      // The transaction takes no lock; its first statement fixes the moment (WAL).
      return await client.$transaction(read, WHOLE_STORE);
    } finally {
      await client.$disconnect();
    }
  }
  const client = await openStore(databaseUrl);
  try {
    return await client.$transaction(
      async (tx) => {
        await tx.$executeRaw`SET TRANSACTION READ ONLY`;
        await forgetTimeLimits(tx);
        return await read(tx);
      },
      { ...WHOLE_STORE, isolationLevel: 'RepeatableRead' as 'Serializable' },
    );
  } finally {
    await client.$disconnect();
  }
}

/** A server may end statements or transactions that take long; these are meant to. */
async function forgetTimeLimits(tx: Tx): Promise<void> {
  await tx.$executeRaw`SET LOCAL statement_timeout = 0`;
  await tx.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = 0`;
}

/**
 * The store from within a transaction, for use cases that are a part of it: what they do in a transaction of their own
 * stands or falls with the whole.
 */
export function storeWithin(db: Db, tx: Tx): Db {
  const within = new Proxy(tx, {
    get: (store, name) =>
      name === '$transaction'
        ? async (work: (tx: Tx) => Promise<unknown>) => await work(tx)
        : Reflect.get(store, name),
  }) as Db;
  engines.set(within, engineOfStore(db));
  return within;
}

/** One transaction of any length, during which nobody else sees or changes these tables. */
export async function withTablesLocked<T>(
  db: Db,
  tables: readonly string[],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  // On SQLite the transaction has the write lock from its beginning.
  if (engineOfStore(db) === 'sqlite') return await db.$transaction(work, WHOLE_STORE);
  return await db.$transaction(
    async (tx) => {
      await forgetTimeLimits(tx);
      const names = joinSql(tables.map((name) => rawSql(`"${name}"`)));
      await tx.$executeRaw`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`;
      return await work(tx);
    },
    // The lock leaves nothing to conflict with; what met it halfway (a deadlock) is begun again.
    { ...WHOLE_STORE, isolationLevel: 'ReadCommitted' as 'Serializable' },
  );
}

function migrationsFolder(engine: Engine): string {
  // The folder is read as it is, and no part of the bundle.
  return join(/* turbopackIgnore: true */ process.cwd(), migrationsOf(engine === 'sqlite' ? 'file:' : ''));
}

/** Where the migrations of a store's engine are. */
export function migrationsOf(databaseUrl: string): string {
  return join('prisma', ...(engineOf(databaseUrl) === 'sqlite' ? [] : ['postgresql']), 'migrations');
}

/** The names of an engine's migrations, oldest first. */
export function migrationNames(engine: Engine, folder = migrationsFolder(engine)): string[] {
  return readdirSync(/* turbopackIgnore: true */ folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Every table that the engine's migrations have ever made; a database may hold other people's tables beside them. */
export function tablesEverMade(engine: Engine): Set<string> {
  const folder = migrationsFolder(engine);
  const scripts = migrationNames(engine).map((name) =>
    readFileSync(/* turbopackIgnore: true */ join(folder, name, 'migration.sql'), 'utf8'),
  );
  return new Set(
    scripts.flatMap((script) =>
      [...script.matchAll(/^CREATE TABLE "(\w+)"/gm)].map(([, name]) => name ?? ''),
    ),
  );
}

/**
 * Applies what is missing of the engine's migrations, each migration whole or not at all, and keeps Prisma's own record,
 * so that the official CLI can go on from there. Instances that start at once apply each migration once: the list is read
 * under a lock. With `upTo` it stops at the schema of that time, or at the oldest there is. Returns the names applied.
 */
export async function migrate(db: Db, folder?: string, upTo?: string): Promise<string[]> {
  const engine = engineOfStore(db);
  const from = folder ?? migrationsFolder(engine);
  if (engine === 'postgresql') {
    migrating.add(db);
    try {
      return await db.$transaction((tx) => applyMissing(tx, engine, from, upTo), MIGRATION_ON_POSTGRESQL);
    } finally {
      migrating.delete(db);
    }
  }
  // Prisma's scripts make a table anew to change it. With foreign keys on, dropping the old one would empty its children;
  // the switch does nothing inside a transaction, so it is thrown here and every key is checked at the end.
  await db.$queryRawUnsafe('PRAGMA foreign_keys = OFF');
  try {
    return await db.$transaction(async (tx) => {
      const applied = await applyMissing(tx, engine, from, upTo);
      const orphans = await tx.$queryRawUnsafe<unknown[]>('PRAGMA foreign_key_check');
      if (orphans.length > 0)
        throw new Error(`A migration left ${orphans.length} rows without their parents.`);
      return applied;
    }, MIGRATION);
  } finally {
    await db.$queryRawUnsafe('PRAGMA foreign_keys = ON');
  }
}

/** Prisma's own table of migrations, as its CLI makes it. */
const MIGRATIONS_TABLE: Readonly<Record<Engine, string>> = {
  sqlite: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" TEXT NOT NULL PRIMARY KEY, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
    "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
  postgresql: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
};

/** Any number that no other program on the same PostgreSQL database is likely to lock. */
const MIGRATION_LOCK = 0x1a7c4;

async function applyMissing(tx: Tx, engine: Engine, folder: string, upTo?: string): Promise<string[]> {
  // On SQLite the transaction has the write lock already.
  if (engine === 'postgresql') await tx.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await tx.$executeRawUnsafe(MIGRATIONS_TABLE[engine]);
  const rows = await tx.$queryRawUnsafe<{ migration_name: string }[]>(
    'SELECT "migration_name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL',
  );
  const applied = new Set(rows.map((row) => row.migration_name));
  const missing = migrationNames(engine, folder)
    .filter((name, place) => upTo === undefined || place === 0 || name <= upTo)
    .filter((name) => !applied.has(name));
  for (const name of missing) {
    const script = readFileSync(/* turbopackIgnore: true */ join(folder, name, 'migration.sql'), 'utf8');
    for (const statement of statements(script)) await tx.$executeRawUnsafe(statement);
    const checksum = createHash('sha256').update(script).digest('hex');
    await tx.$executeRaw`INSERT INTO "_prisma_migrations"
      ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
      VALUES (${checksum.slice(0, 36)}, ${checksum}, current_timestamp, ${name}, current_timestamp, 1)`;
  }
  return missing;
}

/** Prisma's migrations hold one statement per `;` at a line's end. */
function statements(script: string): string[] {
  return script
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** What an adapter says of a failure: its kind, and the engine's own code. A failed COMMIT arrives without Prisma's wrap. */
function causeOf(error: unknown): { readonly kind?: string; readonly originalCode?: string } {
  if (!(error instanceof Error)) return {};
  const { driverAdapterError } = ((error as { meta?: object }).meta ?? {}) as { driverAdapterError?: Error };
  const adapterError = error.name === 'DriverAdapterError' ? error : driverAdapterError;
  return (adapterError?.cause ?? {}) as ReturnType<typeof causeOf>;
}

const hasCode = (error: unknown, ...codes: string[]) =>
  error instanceof Prisma.PrismaClientKnownRequestError && codes.includes(error.code);

/** Whether a write failed because a row with that key is already there. */
export function isDuplicate(error: unknown): boolean {
  return hasCode(error, 'P2002') || causeOf(error).kind === 'UniqueConstraintViolation';
}

/** Whether a transaction lost to another one that ran beside it. */
function isWriteConflict(error: unknown): boolean {
  return hasCode(error, 'P2034') || causeOf(error).kind === 'TransactionWriteConflict';
}

const UNAVAILABLE_KINDS = [
  'DatabaseNotReachable',
  'DatabaseDoesNotExist',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
];
/**
 * PostgreSQL: connection exceptions, insufficient resources (a full disk is 53100), a cancelled statement, operator
 * intervention. SQLite: full, I/O error, cannot open, turned read-only, out of memory, locked by somebody else.
 */
const UNAVAILABLE_ENGINE_CODES =
  /^(08...|53...|57014|57P0.|SQLITE_(FULL|IOERR.*|CANTOPEN.*|READONLY.*|NOMEM|BUSY.*|PROTOCOL))$/;
/** What the PostgreSQL driver throws, without any code, on a connection that broke or could not be had. */
const BROKEN_CONNECTION =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded|Cannot use a pool)/;
/** Sockets and name servers: what the adapter leaves as it is. */
const UNREACHABLE =
  /^E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|NOTFOUND|AI_AGAIN)$/;

/** Whether the store could not be reached, is full or is too busy; the same request may succeed later. */
export function isStoreUnavailable(error: unknown): boolean {
  const { kind = '', originalCode = '' } = causeOf(error);
  return (
    error instanceof Prisma.PrismaClientInitializationError ||
    hasCode(error, 'P1001', 'P1002', 'P1003', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037') ||
    isWriteConflict(error) ||
    UNAVAILABLE_KINDS.includes(kind) ||
    UNAVAILABLE_ENGINE_CODES.test(originalCode) ||
    (error instanceof Error &&
      (BROKEN_CONNECTION.test(error.message) || UNREACHABLE.test(String((error as { code?: unknown }).code))))
  );
}

const UNUSABLE: Readonly<Record<string, string>> = {
  AuthenticationFailed: 'its user name or its password is wrong',
  DatabaseDoesNotExist: 'there is no such database',
  DatabaseAccessDenied: 'access is denied',
  SQLITE_NOTADB: 'it is not an SQLite file',
  SQLITE_CORRUPT: 'it is damaged',
  SQLITE_FULL: 'its disk is full',
};

/** Why a store that somebody named cannot be used, for them to read; null when it is something else. */
export function whyUnusable(error: unknown): string | null {
  const { kind = '', originalCode = '' } = causeOf(error);
  const { code = '' } = error as { code?: string };
  return (
    UNUSABLE[kind] ??
    UNUSABLE[originalCode] ??
    UNUSABLE[code] ??
    (isStoreUnavailable(error) || code.startsWith('SQLITE_CANTOPEN') ? 'it cannot be reached' : null)
  );
}

/** A store's address without what opens it. */
export function placeOf(databaseUrl: string): string {
  if (engineOf(databaseUrl) === 'sqlite') return databaseUrl.slice('file:'.length);
  const { host, pathname } = new URL(databaseUrl);
  return `postgresql://${host}${pathname}`;
}
