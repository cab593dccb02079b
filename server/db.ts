import 'server-only';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { Prisma, PrismaClient } from '../prisma/generated/client.ts';

export type Db = PrismaClient;
/** A transaction, or the store itself where a statement stands alone. */
export type Tx = Prisma.TransactionClient;
export const sql = Prisma.sql;

/** Rows that a sign-in adds. */
interface Added {
  Session: Prisma.SessionCreateManyInput;
  Proof: Prisma.ProofCreateManyInput;
  Event: Prisma.EventCreateManyInput;
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

/** Waiting for the one writer is normal under load; giving up early would turn load into errors. */
const TRANSACTION = { maxWait: 10_000, timeout: 20_000 } as const;
/** Another instance may be at it already, and a large store takes its time. */
const MIGRATION = { maxWait: 60_000, timeout: 600_000 } as const;

type Turn = () => Promise<() => void>;

/** Lets one in at a time, in the order of arrival; each gets the way to leave. */
function turnstile(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return async () => {
    const before = last;
    let leave = () => {};
    last = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await before;
    return leave;
  };
}

/**
 * The store has one connection. Left alone, the adapter runs a lone statement inside whatever transaction happens to be
 * open, and loses it when that one rolls back: a consumed challenge would be unused again. Here everything takes turns,
 * and a transaction begins with the write lock, so that nothing it has read changes before it writes.
 */
class OneAtATime extends PrismaBetterSqlite3 {
  override async connect() {
    const adapter = await super.connect();
    const enter = turnstile();
    const inTurn =
      <Q, R>(run: (query: Q) => Promise<R>) =>
      async (query: Q): Promise<R> => {
        const leave = await enter();
        try {
          return await run(query);
        } finally {
          leave();
        }
      };
    const begin = adapter.startTransaction.bind(adapter);
    const startTransaction: typeof begin = async (isolationLevel) => {
      const leave = await enter();
      try {
        const transaction = await begin(isolationLevel);
        const commit = transaction.commit.bind(transaction);
        const rollback = transaction.rollback.bind(transaction);
        try {
          await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] });
          await transaction.executeRaw({ sql: 'BEGIN IMMEDIATE', args: [], argTypes: [] });
        } catch (error) {
          await rollback();
          throw error;
        }
        return Object.assign(transaction, {
          commit: () => commit().finally(leave),
          rollback: () => rollback().finally(leave),
        });
      } catch (error) {
        leave();
        throw error;
      }
    };
    return Object.assign(adapter, {
      queryRaw: inTurn(adapter.queryRaw.bind(adapter)),
      executeRaw: inTurn(adapter.executeRaw.bind(adapter)),
      startTransaction,
    });
  }
}

/**
 * Opens the store: WAL, and `synchronous=FULL` so that what was acknowledged survives a power cut. It is not migrated.
 * `onQuery` sees every statement's text.
 */
export async function openStore(databaseUrl: string, onQuery?: (statement: string) => void): Promise<Db> {
  mkdirSync(dirname(databaseUrl.slice('file:'.length)), { recursive: true, mode: 0o700 });
  const client = new PrismaClient({
    adapter: new OneAtATime({ url: databaseUrl, timeout: 10_000 }),
    transactionOptions: TRANSACTION,
    log: onQuery ? [{ emit: 'event', level: 'query' }] : [],
  });
  if (onQuery) client.$on('query', (event) => onQuery(event.query));
  await client.$queryRawUnsafe('PRAGMA journal_mode = WAL');
  await client.$queryRawUnsafe('PRAGMA synchronous = FULL');
  await client.$queryRawUnsafe('PRAGMA foreign_keys = ON');
  return client;
}

/**
 * Applies what is missing of `prisma/migrations`, each migration whole or not at all, and keeps Prisma's own record, so
 * that the official CLI can go on from there. Two instances that start at once apply each migration once: a transaction
 * begins with the write lock, and the list is read under it. Returns the names applied.
 */
export async function migrate(
  db: Db,
  folder = join(process.cwd(), 'prisma', 'migrations'),
): Promise<string[]> {
  // Prisma's scripts make a table anew to change it. With foreign keys on, dropping the old one would empty its children;
  // the switch does nothing inside a transaction, so it is thrown here and every key is checked at the end.
  await db.$queryRawUnsafe('PRAGMA foreign_keys = OFF');
  try {
    return await db.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
        "id" TEXT NOT NULL PRIMARY KEY, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
        "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
        "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`);
      const rows = await tx.$queryRawUnsafe<{ migration_name: string }[]>(
        'SELECT "migration_name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL',
      );
      const applied = new Set(rows.map((row) => row.migration_name));
      const missing = readdirSync(/* turbopackIgnore: true */ folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !applied.has(entry.name))
        .map((entry) => entry.name)
        .sort();
      for (const name of missing) {
        const script = readFileSync(/* turbopackIgnore: true */ join(folder, name, 'migration.sql'), 'utf8');
        for (const statement of statements(script)) await tx.$executeRawUnsafe(statement);
        const checksum = createHash('sha256').update(script).digest('hex');
        await tx.$executeRaw`INSERT INTO "_prisma_migrations"
          ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
          VALUES (${checksum.slice(0, 36)}, ${checksum}, current_timestamp, ${name}, current_timestamp, 1)`;
      }
      const orphans = await tx.$queryRawUnsafe<unknown[]>('PRAGMA foreign_key_check');
      if (orphans.length > 0)
        throw new Error(`A migration left ${orphans.length} rows without their parents.`);
      return missing;
    }, MIGRATION);
  } finally {
    await db.$queryRawUnsafe('PRAGMA foreign_keys = ON');
  }
}

/** Prisma's migrations hold one statement per `;` at a line's end. */
function statements(script: string): string[] {
  return script
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Whether a write failed because a row with that key is already there. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** Whether the store could not be reached or is too busy; the same request may succeed later. */
export function isStoreUnavailable(error: unknown): boolean {
  return (
    error instanceof Prisma.PrismaClientInitializationError ||
    (error instanceof Prisma.PrismaClientKnownRequestError &&
      ['P1001', 'P1008', 'P1017', 'P2024', 'P2028'].includes(error.code))
  );
}
