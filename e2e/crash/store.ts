/** A look into a store past the product, as somebody with its files has it. */
import { createRequire } from 'node:module';
import { Client } from 'pg';
import type { House } from '../house.ts';

/** As much of better-sqlite3 as is used here; it comes without types. */
type Sqlite = {
  prepare: (sql: string) => { all: () => unknown[] };
  exec: (sql: string) => void;
  close: () => void;
};
const Database = createRequire(import.meta.url)('better-sqlite3') as new (
  file: string,
  options: { fileMustExist: boolean },
) => Sqlite;

export function openSqlite({ databaseUrl }: Pick<House, 'databaseUrl'>): Sqlite {
  return new Database(databaseUrl.slice('file:'.length), { fileMustExist: true });
}

export type Row = Record<string, string | number | boolean | Date | null>;
export type Store = { rows: (sql: string) => Promise<Row[]> };

/** Opens the store of a house, lends it to `use` and closes it. */
export async function inStore<T>(
  { engine, databaseUrl }: Pick<House, 'engine' | 'databaseUrl'>,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  if (engine === 'sqlite') {
    // Not read-only: whoever opens the file first after a crash replays its write-ahead log.
    const database = openSqlite({ databaseUrl });
    try {
      return await use({ rows: async (sql) => database.prepare(sql).all() as Row[] });
    } finally {
      database.close();
    }
  }
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    return await use({ rows: async (sql) => (await client.query(sql)).rows });
  } finally {
    await client.end();
  }
}
