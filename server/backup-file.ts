import 'server-only';
import { createHash, hkdfSync } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import {
  type BackupHeader,
  contentsText,
  headerText,
  readContents,
  readHeader,
  readRow,
  refusal,
  rowText,
  type TableContent,
  type Value,
} from '#domain/backup';
import { NotAsSealed, sealStream, unsealStream } from './sealed-stream.ts';
import type { Keyring } from './secrets.ts';
import { type OnProgress, type Page, rowsIn, type StoreContent } from './store-content.ts';

/** No header is longer; what has no line's end so far is no backup. */
const HEADER_BYTES = 4096;
const LINE_END = 0x0a;

/** The key of one file: of the master key, the file's salt, and every byte of its header. */
function fileKey(keys: Keyring, salt: string, line: string): Buffer {
  const info = createHash('sha256').update(line).digest();
  return Buffer.from(hkdfSync('sha256', keys('backup'), Buffer.from(salt, 'base64url'), info, 32));
}

const words: Readonly<Record<string, string>> = {
  EACCES: 'access is denied',
  EDQUOT: 'the disk is full',
  EFBIG: 'it would be too large',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'there is no such folder',
  EPERM: 'access is denied',
  EROFS: 'the disk is read-only',
};

/** Says in words what the file system refused; other errors go on as they are. */
function said(code: 'file_unwritable' | 'file_unreadable', file: string, error: unknown): unknown {
  const { code: errno = '', syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || syscall === 'connect') return error;
  return refusal(code, file, words[errno] ?? errno);
}

/**
 * Writes a backup, readable by its owner only. The file appears under its name when it is whole and on the disk, and
 * never in place of another.
 */
export async function writeBackupFile(
  file: string,
  given: Omit<BackupHeader, 'format' | 'formatVersion'>,
  keys: Keyring,
  content: StoreContent,
  onProgress?: OnProgress,
): Promise<void> {
  if (existsSync(file)) throw refusal('file_exists', file);
  const line = headerText(given);
  const key = fileKey(keys, given.salt, line);
  const draft = `${file}.${given.salt.slice(0, 8)}.part`;
  let begun = false;
  try {
    const handle = await open(draft, 'wx', 0o600);
    begun = true;
    try {
      await handle.appendFile(`${line}\n`);
      await pipeline(
        lines(content, onProgress),
        createGzip(),
        (source: AsyncIterable<Uint8Array>) => sealStream(key, source),
        async (source: AsyncIterable<Uint8Array>) => {
          for await (const bytes of source) await handle.appendFile(bytes);
        },
      );
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw refusal('file_exists', file);
    throw said('file_unwritable', file, error);
  } finally {
    if (begun) await rm(draft, { force: true });
  }
}

/** Gives the whole file its name, unless that is taken. */
async function place(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    // Some file systems, such as those of USB sticks, have no links.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(code) || existsSync(file))
      throw error;
    await rename(draft, file);
  }
}

async function* lines(content: StoreContent, onProgress?: OnProgress): AsyncGenerator<Buffer> {
  yield Buffer.from(`${contentsText(content.tables)}\n`);
  const total = rowsIn(content);
  let done = 0;
  for await (const { table, rows } of content.pages()) {
    yield Buffer.from(rows.map((row) => `${rowText(table.columns, row)}\n`).join(''));
    done += rows.length;
    onProgress?.({ step: 'written', table: table.name, done, total });
  }
  // One moment was read: counting and reading cannot differ.
  if (done !== total) throw new Error(`${done} rows were read where ${total} were counted.`);
}

export interface BackupFile {
  readonly header: BackupHeader;
  /** Opens what is sealed; each row is known to be as it was written before it is yielded. */
  content(keys: Keyring): Promise<StoreContent>;
}

/** Opens a backup as far as anybody can without its key. */
export async function openBackupFile(file: string): Promise<BackupFile> {
  const line = await firstLine(file);
  const header = line === null ? null : readHeader(line);
  if (line === null || header === null) throw refusal('not_a_backup', file);
  if ('newer' in header) throw refusal('newer_format', file, header.newer);
  const start = Buffer.byteLength(line) + 1;
  return {
    header,
    content: async (keys) => {
      const key = fileKey(keys, header.salt, line);
      const open = () => sealedLines(file, start, key);
      return {
        engine: header.engine,
        schema: header.schema,
        tables: await readTables(file, open),
        pages: () => readPages(file, open),
      };
    },
  };
}

async function firstLine(file: string): Promise<string | null> {
  try {
    // Neither a folder nor a pipe that would never end.
    if (!statSync(file).isFile()) return null;
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      const end = buffer.subarray(0, bytesRead).indexOf(LINE_END);
      const line = buffer.subarray(0, Math.max(end, 0));
      // Bytes that are no UTF-8 would make another line of the same text.
      return end > 0 && Buffer.from(line.toString()).equals(line) ? line.toString() : null;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw said('file_unreadable', file, error);
  }
}

async function* sealedLines(file: string, start: number, key: Buffer): AsyncGenerator<string> {
  const gunzip = createGunzip();
  const flow = pipeline(
    createReadStream(file, { start }),
    (source: AsyncIterable<Uint8Array>) => unsealStream(key, source),
    gunzip,
  );
  // Its failure arrives through the loop below; whoever stops reading early is no failure.
  flow.catch(() => {});
  let held: Buffer[] = [];
  try {
    for await (const bytes of gunzip as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
        yield Buffer.concat([...held, bytes.subarray(from, end)]).toString();
        held = [];
        from = end + 1;
      }
      held.push(bytes.subarray(from));
    }
  } catch (error) {
    if (error instanceof NotAsSealed) throw refusal('changed_file', file);
    throw said('file_unreadable', file, error);
  }
  if (Buffer.concat(held).length > 0) throw refusal('changed_file', file);
}

async function readTables(file: string, open: () => AsyncGenerator<string>): Promise<TableContent[]> {
  for await (const line of open()) {
    const tables = readContents(line);
    if (tables !== null) return tables;
    break;
  }
  throw refusal('changed_file', file);
}

const PAGE_ROWS = 500;

/** Each table's rows follow the line of contents in its order; nothing may be missing, and nothing left over. */
async function* readPages(file: string, open: () => AsyncGenerator<string>): AsyncGenerator<Page> {
  const source = open();
  const tables = readContents((await source.next()).value ?? '') ?? [];
  for (const table of tables) {
    for (let left = table.rows; left > 0; ) {
      const rows: Value[][] = [];
      for (; left > 0 && rows.length < PAGE_ROWS; left -= 1) {
        const row = readRow(table.columns, (await source.next()).value ?? '');
        if (row === null) throw refusal('changed_file', file);
        rows.push(row);
      }
      yield { table, rows };
    }
  }
  if (!(await source.next()).done) throw refusal('changed_file', file);
}
