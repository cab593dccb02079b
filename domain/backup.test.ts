import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BACKUP_FORMAT_VERSION,
  backupFileName,
  type Column,
  type ColumnType,
  contentsText,
  headerText,
  readContents,
  readHeader,
  readRow,
  rowText,
  type Value,
} from './backup.ts';

const at = new Date('2026-03-02T09:00:00.123Z');
const header = {
  product: '0.1.0',
  createdAt: at,
  engine: 'sqlite',
  schema: '20261122000000_solid_ground',
  relyingPartyId: 'localhost',
  keyCheck: 'x',
  salt: 'A'.repeat(43),
} as const;

const values: Readonly<Record<ColumnType, fc.Arbitrary<Value>>> = {
  String: fc.string({ unit: 'binary' }),
  Int: fc.integer(),
  BigInt: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  Boolean: fc.boolean(),
  DateTime: fc.date({ noInvalidDate: true }),
  Bytes: fc.uint8Array(),
};
const types = Object.keys(values) as ColumnType[];

describe('a row of a backup', () => {
  test('comes back as it was, whatever its columns hold', () => {
    const rows = fc.array(fc.constantFrom(...types), { minLength: 1 }).chain((columns) =>
      fc.record({
        columns: fc.constant(columns.map((type, place): Column => ({ name: `c${place}`, type }))),
        row: fc.tuple(...columns.map((type) => fc.option(values[type], { nil: null }))),
      }),
    );
    fc.assert(
      fc.property(rows, ({ columns, row }) => {
        const line = rowText(columns, row);
        expect(line).not.toContain('\n');
        expect(readRow(columns, line)).toEqual(row);
      }),
    );
  });

  test('tells apart what is nothing and what is empty', () => {
    const columns: Column[] = [
      { name: 'a', type: 'String' },
      { name: 'b', type: 'Bytes' },
    ];
    expect(readRow(columns, rowText(columns, ['', new Uint8Array()]))).toEqual(['', new Uint8Array()]);
    expect(readRow(columns, rowText(columns, [null, null]))).toEqual([null, null]);
  });

  test.each([
    ['another number of values', '[1]'],
    ['a text where a number stands', '["1",true]'],
    ['a number where a truth stands', '[1,1]'],
    ['an object', '{"0":1,"1":true}'],
    ['no JSON', '[1,true'],
    ['nothing', ''],
  ])('is refused as %s', (_what, line) => {
    const columns: Column[] = [
      { name: 'a', type: 'Int' },
      { name: 'b', type: 'Boolean' },
    ];
    expect(readRow(columns, '[1,true]')).toEqual([1, true]);
    expect(readRow(columns, line)).toBeNull();
  });

  test.each<[ColumnType, string]>([
    ['DateTime', '["yesterday"]'],
    ['BigInt', '["1.5"]'],
    ['BigInt', '[15]'],
    ['Bytes', '["a+b="]'],
  ])('of a %s is refused as %s', (type, line) => {
    expect(readRow([{ name: 'a', type }], line)).toBeNull();
  });
});

describe('a header', () => {
  test('comes back as it was, and is one line', () => {
    const line = headerText(header);
    expect(line).not.toContain('\n');
    expect(readHeader(line)).toMatchObject(header);
  });

  test('of a newer format says who wrote it, whatever else it holds', () => {
    const newer = JSON.stringify({
      format: 'latchkey-backup',
      formatVersion: BACKUP_FORMAT_VERSION + 1,
      product: '7.0.0',
      anything: {},
    });
    expect(readHeader(newer)).toEqual({ newer: '7.0.0' });
  });

  test.each([
    ['no JSON', 'PK'],
    ['another format', JSON.stringify({ ...header, format: 'tar', formatVersion: 1 })],
    ['no version', JSON.stringify({ ...header, format: 'latchkey-backup' })],
    ['a version below the first', headerText(header).replace('"formatVersion":1', '"formatVersion":0')],
    ['something missing', headerText(header).replace(/"salt":"\w+"/, '"other":1')],
    ['something more', headerText(header).replace('{', '{"more":1,')],
    ['a short salt', headerText({ ...header, salt: 'AAAA' })],
  ])('with %s is none', (_what, line) => {
    expect(readHeader(line)).toBeNull();
  });
});

test('a table of contents comes back as it was, and refuses what is none', () => {
  const tables = [{ name: 'User', columns: [{ name: 'id', type: 'String' as const }], rows: 3 }];
  expect(readContents(contentsText(tables))).toEqual(tables);
  expect(readContents('[]')).toEqual([]);
  for (const wrong of ['', '{}', '[{"name":"User","columns":[],"rows":-1}]', '[{"name":"User"}]'])
    expect(readContents(wrong)).toBeNull();
});

test('a file name holds nothing of an organisation that could lead elsewhere', () => {
  expect(backupFileName('tidewater.example', at)).toBe('latchkey-tidewater-example-20260302T090000Z.backup');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (domain) => {
      expect(backupFileName(domain, at)).toMatch(/^latchkey-([a-z0-9]+-)*20260302T090000Z\.backup$/);
    }),
  );
});
