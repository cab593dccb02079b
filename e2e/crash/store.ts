/** A look into a store past the product, as somebody with its files has it. */
import Database from 'better-sqlite3';
import { Client } from 'pg';
import type { House } from '../house.ts';

export type Row = Record<string, string | number | boolean | Date | null>;
export type Store = { rows: (sql: string) => Promise<Row[]> };

/** Opens the store of a house, lends it to `use` and closes it. */
export async function inStore<T>(
  { engine, databaseUrl }: Pick<House, 'engine' | 'databaseUrl'>,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  if (engine === 'sqlite') {
    // Not read-only: whoever opens the file first after a crash replays its write-ahead log.
    const database = new Database(databaseUrl.slice('file:'.length), { fileMustExist: true });
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
