import { z } from 'zod';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/** A backup names its format and the format's version; a reader refuses a version that is not its own. */
export const BACKUP_FORMAT = 'latchkey-backup';
export const BACKUP_FORMAT_VERSION = 1;

/** What a column holds, whatever its engine calls it. */
export type ColumnType = 'String' | 'Int' | 'BigInt' | 'Boolean' | 'DateTime' | 'Bytes';
export type Value = string | number | bigint | boolean | Date | Uint8Array | null;

const columnSchema = z.strictObject({
  name: z.string(),
  type: z.enum(['String', 'Int', 'BigInt', 'Boolean', 'DateTime', 'Bytes']),
});
export type Column = z.infer<typeof columnSchema>;

/** A table as it stands in a backup: its columns in the order of each row's values, and how many rows there are. */
const tableSchema = z.strictObject({
  name: z.string(),
  columns: z.array(columnSchema),
  rows: z.int().nonnegative(),
});
export type TableContent = z.infer<typeof tableSchema>;
const contentsSchema = z.array(tableSchema);

const headerSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  formatVersion: z.literal(BACKUP_FORMAT_VERSION),
  /** The version of the product that wrote it. */
  product: z.string(),
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  engine: z.enum(['sqlite', 'postgresql']),
  /** The newest migration that the store had. */
  schema: z.string(),
  relyingPartyId: z.string(),
  /** Tells whether a master key is the one; it says nothing about the key. */
  keyCheck: z.string(),
  /** With the master key it makes the key of this one file. */
  salt: z.string().regex(/^[\w-]{43}$/),
});
export type BackupHeader = z.infer<typeof headerSchema>;

/** The first line of a backup, readable without any key. */
export function headerText(header: Omit<BackupHeader, 'format' | 'formatVersion'>): string {
  return JSON.stringify({ format: BACKUP_FORMAT, formatVersion: BACKUP_FORMAT_VERSION, ...header });
}

/** What the first line of a backup says: a header, the newer product that wrote it, or null when it is none. */
export function readHeader(text: string): BackupHeader | { readonly newer: string } | null {
  const json = jsonOf(text);
  const claimed = z
    .object({ format: z.literal(BACKUP_FORMAT), formatVersion: z.int(), product: z.string().max(40) })
    .safeParse(json);
  if (!claimed.success) return null;
  const { formatVersion, product } = claimed.data;
  return formatVersion > BACKUP_FORMAT_VERSION
    ? { newer: product }
    : (headerSchema.safeParse(json).data ?? null);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first sealed line: every table with its columns and its number of rows, in the order in which they follow. */
export function contentsText(tables: readonly TableContent[]): string {
  return JSON.stringify(tables);
}

/** The tables, or null when the line is none of ours. */
export function readContents(text: string): TableContent[] | null {
  return contentsSchema.safeParse(jsonOf(text)).data ?? null;
}

interface Codec {
  readonly write: (value: never) => unknown;
  /** Throws for what `write` cannot have written. */
  readonly read: (json: unknown) => Value;
}

function exactly<T extends Value>(type: 'string' | 'number' | 'boolean'): (json: unknown) => T {
  return (json) => {
    if (typeof json !== type) throw new TypeError(`a ${type} is needed`);
    return json as T;
  };
}
const textOf = exactly<string>('string');

/** How each type of column is written as JSON, so that it comes back the same. */
const codecs: Readonly<Record<ColumnType, Codec>> = {
  String: { write: (value: string) => value, read: textOf },
  Int: { write: (value: number) => value, read: exactly<number>('number') },
  Boolean: { write: (value: boolean) => value, read: exactly<boolean>('boolean') },
  BigInt: { write: (value: bigint) => value.toString(), read: (json) => BigInt(textOf(json)) },
  DateTime: { write: (value: Date) => value.toISOString(), read: (json) => timeOf(textOf(json)) },
  Bytes: { write: toBase64Url, read: (json) => bytesOf(textOf(json)) },
};

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new TypeError('a time is needed');
  return time;
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes === null) throw new TypeError('base64url is needed');
  return bytes;
}

/** A row as one line of JSON. The same row gives the same line whatever the engine: lines compare rows. */
export function rowText(columns: readonly Column[], row: readonly Value[]): string {
  return JSON.stringify(
    columns.map(({ type }, at) => {
      const value = row[at] ?? null;
      return value === null ? null : codecs[type].write(value as never);
    }),
  );
}

/** The row of a line, or null when it does not fit the columns. */
export function readRow(columns: readonly Column[], text: string): Value[] | null {
  const json = jsonOf(text);
  if (!Array.isArray(json) || json.length !== columns.length) return null;
  try {
    return columns.map(({ type }, at) => (json[at] === null ? null : codecs[type].read(json[at])));
  } catch {
    return null;
  }
}

/** A file name for a backup that is safe anywhere: what a name of an organisation may hold is not. */
export function backupFileName(domain: string, at: Date): string {
  const word = domain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return ['latchkey', word, time].filter(Boolean).join('-').concat('.backup');
}

/** Why a whole store was not written, read or copied. Each is a sentence for the person at the command line. */
const refusals = {
  file_exists: (file: string) =>
    `${file} is there already, and a backup never overwrites: name another file.`,
  file_unwritable: (file: string, why: string) =>
    `${file} could not be written (${why}). Nothing was left behind.`,
  file_unreadable: (file: string, why: string) => `${file} could not be read (${why}).`,
  not_a_backup: (file: string) => `${file} is not a backup of Latchkey.`,
  newer_format: (file: string, product: string) =>
    `${file} was written by a newer Latchkey (${product}), and this one cannot read its format.`,
  newer_schema: (what: string) =>
    `${what} was written by a newer Latchkey, with tables that this one does not know. Use that version or a later one.`,
  wrong_key: (place: string) =>
    `The master key here (${place}) is not the one that belongs to it. Nothing was changed: put the right one there.`,
  changed_file: (file: string) =>
    `${file} was changed or cut short since it was written. Nothing of it was restored: use another copy.`,
  no_store: (place: string) => `There is no store at ${place}.`,
  empty_store: (place: string) => `The store at ${place} is empty: there is no organisation in it.`,
  not_empty: (place: string, table: string, rows: number) =>
    `The store at ${place} is not empty (${table}: ${rows}), and nothing is ever overwritten. Name another one.`,
  unknown_table: (table: string) =>
    `This Latchkey keeps nothing called ${table}: use the version that wrote it, or one not older.`,
  column_needed: (column: string) =>
    `Rows of this age have no ${column}, which the store needs. Take a store that was never opened: it gets their schema first.`,
  unreachable: (place: string, why: string) => `The store at ${place} could not be used: ${why}.`,
  not_storable: (table: string, key: string) =>
    `PostgreSQL keeps no character U+0000, and a text in ${table} ${key} holds one. Change it in the source first.`,
  differs: (table: string, key: string) =>
    `${table} ${key} did not arrive as it was. Nothing was kept: the target is empty.`,
} as const satisfies Record<string, (...words: never[]) => string>;

export type StoreRefusalCode = keyof typeof refusals;

/** Thrown, because it must also roll back what was written; the message is one readable sentence. */
export class StoreRefusal extends Error {
  readonly code: StoreRefusalCode;
  constructor(code: StoreRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function refusal<C extends StoreRefusalCode>(
  code: C,
  ...words: Parameters<(typeof refusals)[C]>
): StoreRefusal {
  return new StoreRefusal(code, (refusals[code] as (...given: unknown[]) => string)(...words));
}
