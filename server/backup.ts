import 'server-only';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backupFileName, refusal } from '#domain/backup';
import { toBase64Url } from '#domain/base64url';
import { restoreRule } from '#domain/restore';
import manifest from '../package.json' with { type: 'json' };
import { openBackupFile, writeBackupFile } from './backup-file.ts';
import { migrationNames, openStore, placeOf } from './db.ts';
import { eventRow, record } from './event.ts';
import type { Runtime } from './runtime.ts';
import {
  checkSchema,
  type Filled,
  fillStore,
  type OnProgress,
  readingStore,
  rowsIn,
} from './store-content.ts';
import { keyCheck, readBinding } from './tenant.ts';

/** What works on whole stores has no open one: stores come as addresses. */
export type Outside = Pick<Runtime, 'clock' | 'random' | 'keys'> & {
  /** Where the master key is, for people. */
  readonly keyPlace: string;
};

export interface WrittenBackup {
  readonly file: string;
  readonly tables: number;
  readonly rows: number;
}

/**
 * Writes everything that a store holds at one moment into a new file, sealed under the master key. The store may be in
 * use. Without `file`, or with a folder, the file's name is made of the organisation's domain and the time. Throws
 * `StoreRefusal`.
 */
export async function writeBackup(
  outside: Outside,
  input: {
    readonly databaseUrl: string;
    readonly file?: string | undefined;
    readonly onProgress?: OnProgress;
  },
): Promise<WrittenBackup> {
  const { databaseUrl, onProgress } = input;
  const createdAt = outside.clock.now();
  const { schema, ...written } = await readingStore(databaseUrl, async (content, tx) => {
    const binding = await readBinding(tx);
    if (binding === null) throw refusal('empty_store', placeOf(databaseUrl));
    if (binding.masterKeyCheck !== keyCheck(outside)) throw refusal('wrong_key', outside.keyPlace);
    const file = fileFor(input.file, backupFileName(binding.domain, createdAt));
    const header = {
      product: manifest.version,
      createdAt,
      engine: content.engine,
      schema: content.schema,
      relyingPartyId: binding.relyingPartyId,
      keyCheck: binding.masterKeyCheck,
      salt: toBase64Url(outside.random.bytes(32)),
    };
    await writeBackupFile(file, header, outside.keys, content, onProgress);
    const { engine, tables } = content;
    return { engine, schema: content.schema, file, tables: tables.length, rows: rowsIn(content) };
  });
  // The event stands in the store that goes on, not in the backup. One of an older schema is left as it is: a backup
  // before an update must not be the update.
  if (schema === migrationNames(written.engine).at(-1)) {
    const db = await openStore(databaseUrl);
    try {
      const detail = { rows: written.rows };
      await record(db, { ...outside, sample: false }, { code: 'backup_written', detail });
    } finally {
      await db.$disconnect();
    }
  }
  return written;
}

function fileFor(given: string | undefined, name: string): string {
  if (given === undefined) return name;
  return existsSync(given) && statSync(given).isDirectory() ? join(given, name) : given;
}

export interface Restored extends Filled {
  readonly createdAt: Date;
  readonly product: string;
  readonly relyingPartyId: string;
}

/**
 * Restores a backup into an empty store, whole or not at all, under the rules of `domain/restore.ts`. Throws
 * `StoreRefusal` for a file that is not as it was written, is newer than this product, or belongs to another master key.
 */
export async function restoreBackup(
  outside: Outside,
  input: { readonly databaseUrl: string; readonly file: string; readonly onProgress?: OnProgress },
): Promise<Restored> {
  const { databaseUrl, file, onProgress } = input;
  const now = outside.clock.now();
  const backup = await openBackupFile(file);
  const { createdAt, product, relyingPartyId, engine, schema } = backup.header;
  if (backup.header.keyCheck !== keyCheck(outside)) throw refusal('wrong_key', outside.keyPlace);
  checkSchema(engine, schema, file);
  const content = await backup.content(outside.keys);
  const filled = await fillStore(databaseUrl, content, {
    judge: (table) => {
      const rule = restoreRule(table);
      return rule && ((row) => rule.apply(row, now));
    },
    also: ({ rows, judged }) => ({
      table: 'Event',
      row: eventRow(
        { ...outside, sample: false },
        {
          code: 'store_restored',
          detail: {
            backupAt: createdAt.toISOString(),
            rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
            sessionsClosed: judged.Session ?? 0,
            passesDropped: judged.TemporaryAccessPass ?? 0,
          },
        },
      ),
    }),
    onProgress,
  });
  return { ...filled, createdAt, product, relyingPartyId };
}
