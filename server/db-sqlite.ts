import 'server-only';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';

/** A connection of its own that writes nothing, not even the file's own housekeeping, and makes no file. */
export function readOnly(databaseUrl: string): PrismaBetterSqlite3 {
  return new PrismaBetterSqlite3({ url: databaseUrl, readonly: true, fileMustExist: true, timeout: 10_000 });
}

/** SQLITE_MAX_VARIABLE_NUMBER since 3.32; the client takes it for 999, which a list of groups passes. */
const VALUES_MAX = 32_766;

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

/** How long another process may hold the write lock before those who wait for it are refused. */
const BUSY_LIMIT_MS = 8_000;
/** SQLite itself waits inside the one thread that serves everybody: no longer than a usual commit takes. */
const BUSY_IN_SQLITE_MS = 5;
const BUSY_PAUSE_MS = 25;

/** Whether another process holds the lock: the statement did nothing, and may be tried again. */
function isBusy(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { originalCode?: unknown } | undefined) : undefined;
  return String(cause?.originalCode).startsWith('SQLITE_BUSY');
}

const sql = (text: string) => ({ sql: text, args: [], argTypes: [] });

/**
 * The store has one connection. Left alone, the adapter runs a lone statement inside whatever transaction happens to be
 * open, and loses it when that one rolls back: a consumed challenge would be unused again. Here everything takes turns,
 * and a transaction begins with the write lock, so that nothing it has read changes before it writes. Whoever meets
 * another process's lock steps aside and comes again, for eight seconds at most: others read meanwhile.
 */
export class OneAtATime extends PrismaBetterSqlite3 {
  constructor({ url }: { readonly url: string }) {
    super({ url, timeout: BUSY_IN_SQLITE_MS });
  }

  override async connect() {
    const adapter = await super.connect();
    const execute = adapter.executeRaw.bind(adapter);
    // The adapter has no way to say how a transaction begins, and never lets go of its own lock where beginning fails:
    // it begins here, before that.
    const { client } = adapter as unknown as { client: { prepare(statement: string): unknown } };
    const prepare = client.prepare.bind(client);
    client.prepare = (statement) => (statement === 'BEGIN' ? { run: () => {} } : prepare(statement));
    const enter = turnstile();

    /** Gives `run` turns until it meets no lock. It leaves by itself when it succeeds. */
    const patiently = async <R>(run: (leave: () => void) => Promise<R>): Promise<R> => {
      let late = false;
      const limit = setTimeout(() => {
        late = true;
      }, BUSY_LIMIT_MS);
      try {
        for (;;) {
          const leave = await enter();
          try {
            return await run(leave);
          } catch (error) {
            leave();
            if (!isBusy(error) || late) throw error;
          }
          await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
        }
      } finally {
        clearTimeout(limit);
      }
    };
    const inTurn =
      <Q, R>(run: (query: Q) => Promise<R>) =>
      (query: Q): Promise<R> =>
        patiently(async (leave) => {
          const result = await run(query);
          leave();
          return result;
        });

    const begin = adapter.startTransaction.bind(adapter);
    const startTransaction: typeof begin = (isolationLevel) =>
      patiently(async (leave) => {
        await execute(sql('BEGIN IMMEDIATE'));
        const transaction = await begin(isolationLevel).catch(async (error) => {
          await execute(sql('ROLLBACK'));
          throw error;
        });
        const commit = transaction.commit.bind(transaction);
        const rollback = transaction.rollback.bind(transaction);
        return Object.assign(transaction, {
          commit: () => commit().finally(leave),
          // Also called after a COMMIT that failed: most failures have rolled back already, and one has not.
          rollback: async () => {
            await transaction.executeRaw(sql('ROLLBACK')).catch(() => {});
            await rollback().finally(leave);
          },
        });
      });
    return Object.assign(adapter, {
      queryRaw: inTurn(adapter.queryRaw.bind(adapter)),
      executeRaw: inTurn(execute),
      startTransaction,
      getConnectionInfo: () => ({ maxBindValues: VALUES_MAX, supportsRelationJoins: false }),
    });
  }
}
