import 'server-only';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';

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
export class OneAtATime extends PrismaBetterSqlite3 {
  override async connect() {
    const adapter = await super.connect();
    // The adapter has no way to say how a transaction begins.
    const { client } = adapter as unknown as { client: { prepare(statement: string): unknown } };
    const prepare = client.prepare.bind(client);
    client.prepare = (statement) => prepare(statement === 'BEGIN' ? 'BEGIN IMMEDIATE' : statement);
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
