import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type EventEntry, eventEntry } from '#domain/event-entry';
import { eventExportQuery } from '#domain/event-filter';
import { later, SECOND_MS } from '#domain/time';
import { joinSql, sql } from './db.ts';
import { listEvents, record, UNSETTLED_MS } from './event.ts';
import { describeEvents } from './event-entry.ts';
import { downloadEvents, type EventExport, exportEvents } from './event-export.ts';
import { lockSession } from './session.ts';
import {
  aBrowser,
  aPerson,
  aRuntime,
  aSession,
  done,
  lastEvent,
  outcome,
  START,
  type TestRuntime,
} from './testing.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const anybody = { by: {}, may: async () => true };
const query = (parts: Record<string, string>) => eventExportQuery.parse({ format: 'ndjson', ...parts });

async function begin(runtime: TestRuntime, parts: Record<string, string> = {}): Promise<EventExport> {
  return done(await exportEvents(runtime, query(parts), anybody));
}

async function whole({ chunks }: Pick<EventExport, 'chunks'>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

const parsed = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EventEntry);

const ALIKE = 20;

/** Many events by few statements: twenty that share each second from START on. */
async function manyEvents(runtime: TestRuntime, count: number): Promise<void> {
  const rows = Array.from({ length: count / ALIKE }, (_, index) => {
    const code = index % 2 === 0 ? 'sign_in' : 'unlock';
    const detail = '{"method":"hello","address":"192.0.2.7"}';
    return sql`(${`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`}, ${later(START, index * SECOND_MS)}, ${code}, ${'success'}, ${`u${index % 50}`}, ${detail}, ${false})`;
  });
  const AT_ONCE = 4000;
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    const some = joinSql(rows.slice(first, first + AT_ONCE));
    await runtime.db.$executeRaw(sql`
      INSERT INTO "Event" ("id", "at", "code", "outcome", "userId", "detail", "sample") VALUES ${some}`);
  }
  for (let copy = 1; copy < ALIKE; copy += 1) {
    await runtime.db.$executeRaw(sql`
      INSERT INTO "Event" ("id", "at", "code", "outcome", "userId", "detail", "sample")
      SELECT ${String(copy).padStart(2, '0')} || substr("id", 3), "at", "code", "outcome", "userId", "detail", "sample"
      FROM "Event" WHERE "id" >= '00' AND "id" < '01'`);
  }
  runtime.pass(rows.length * SECOND_MS + 2 * UNSETTLED_MS);
}

describe('an export', () => {
  test.each(['newest', 'oldest'] as const)(
    'holds exactly what is filtered, %s first, with texts and names',
    async (order) => {
      const runtime = await aRuntime();
      const mia = await aPerson(runtime, 'mia');
      const ada = await aPerson(runtime, 'ada');
      for (let index = 0; index < 9; index += 1) {
        const userId = index % 2 ? mia.id : ada.id;
        const failed = index % 3 === 0;
        await record(runtime.db, runtime, {
          code: 'key_registered',
          outcome: failed ? 'failure' : 'success',
          userId,
          actorId: ada.id,
        });
        runtime.pass(SECOND_MS);
      }
      const made = await begin(runtime, { person: ' MIA@tidewater.example', windowsId: '300,358', order });
      expect(made.fileName).toBe('latchkey-events-2026-03-02T09-00-09Z.ndjson');
      const entries = parsed(await whole(made));
      const shown = await listEvents(runtime, { userId: mia.id, codes: ['key_registered'] }, 100);
      const expected = await describeEvents(runtime, order === 'newest' ? shown : shown.reverse());
      expect(entries).toEqual(expected);
      expect(entries).toHaveLength(4);
      expect(eventEntry.parse(entries[0])).toMatchObject({
        windowsId: 300,
        text: 'NGC key registered',
        upn: mia.upn,
        displayName: 'mia',
        actorUpn: ada.upn,
      });
      expect(await lastEvent(runtime)).toMatchObject({
        code: 'events_exported',
        outcome: 'success',
        detail: {
          format: 'ndjson',
          order,
          filter: 'person=MIA@tidewater.example&windowsId=300,358',
          count: 4,
          complete: true,
        },
      });
    },
  );

  test('ends at the moment it began, in both directions', async () => {
    const runtime = await aRuntime();
    await manyEvents(runtime, 3000);
    await record(runtime.db, runtime, { code: 'sign_in' });
    for (const order of ['newest', 'oldest']) {
      const before = (await listEvents(runtime, {}, 10_000)).length;
      const { chunks } = await begin(runtime, { order });
      const pages = [(await chunks.next()).value ?? ''];
      // Later, at the same moment, and of an earlier time: a transaction that commits only now.
      await record(runtime.db, runtime, { code: 'unlock' });
      const earlier = { ...runtime.clock, now: () => later(runtime.clock.now(), -SECOND_MS) };
      await record(runtime.db, { ...runtime, clock: earlier }, { code: 'unlock' });
      runtime.pass(SECOND_MS);
      await record(runtime.db, runtime, { code: 'unlock' });
      for await (const page of chunks) pages.push(page);
      expect(parsed(pages.join(''))).toHaveLength(before);
    }
  });

  test('is CSV by RFC 4180, and no cell of it is a formula', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime, 'mia');
    const names = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\tx',
      '\rx',
      'a "quoted", name',
      'two\r\nlines',
      'Zoë – 日本',
      "it's",
    ];
    for (const displayName of names) {
      await runtime.db.user.update({ where: { id: mia.id }, data: { displayName } });
      await record(runtime.db, runtime, { code: 'unlock', userId: mia.id, detail: { cause: '=cmd|"x"' } });
      const text = await whole(await begin(runtime, { format: 'csv', code: 'unlock' }));
      await runtime.db.event.deleteMany({ where: { code: 'unlock' } });
      const [header, row, ...rest] = readCsv(text);
      expect(header).toEqual(Object.keys(eventEntry.shape));
      expect(rest).toEqual([]);
      const at = (column: string) => row?.[header?.indexOf(column) ?? -1];
      expect(at('displayName')).toBe(/^[=+\-@\t\r]/.test(displayName) ? `'${displayName}` : displayName);
      expect(at('detail')).toBe('{"cause":"=cmd|\\"x\\""}');
      expect(at('actorName')).toBe('');
    }
  });

  test('of nothing is a header, or nothing, and is an event too', async () => {
    const runtime = await aRuntime();
    expect(await whole(await begin(runtime, { person: 'nobody@tidewater.example' }))).toBe('');
    expect(readCsv(await whole(await begin(runtime, { format: 'csv', device: 'NONE-01' })))).toHaveLength(1);
    expect(await lastEvent(runtime)).toMatchObject({
      detail: { count: 0, complete: true, filter: 'device=NONE-01' },
    });
  });

  test('that is broken off reads no further, and the log says how much went out', async () => {
    const runtime = await aRuntime();
    await manyEvents(runtime, 5000);
    const { chunks } = await begin(runtime);
    await chunks.next();
    await chunks.next();
    runtime.forget();
    await chunks.return();
    expect(runtime.statements.filter((statement) => statement.includes('FROM "Event"'))).toEqual([]);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'events_exported',
      outcome: 'failure',
      detail: { count: 2000, complete: false, filter: 'none' },
    });
  });

  test('holds one page in memory, however many rows there are', async () => {
    const runtime = await aRuntime();
    await manyEvents(runtime, 200_000);
    /** Exports so many rows; by how many bytes what is really held grew at the most. */
    async function held(count: number): Promise<{ rows: number; bytes: number }> {
      const to = later(START, (count / ALIKE) * SECOND_MS).toISOString();
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      let rows = 0;
      let bytes = 0;
      for await (const chunk of (await begin(runtime, { to, order: 'oldest' })).chunks) {
        rows += chunk.split('\n').length - 1;
        runtime.forget();
        if (rows % 20_000 !== 0) continue;
        collectGarbage();
        bytes = Math.max(bytes, process.memoryUsage().heapUsed - before);
      }
      return { rows, bytes };
    }
    // What is needed once (code, caches, statements) is there before it counts.
    await held(20_000);
    const few = await held(20_000);
    const many = await held(200_000);
    expect([few.rows, many.rows]).toEqual([20_000, 200_000]);
    // All rows at once are more than 80 MB.
    expect(many.bytes).toBeLessThan(2 * Math.max(few.bytes, 0) + 8 * 1024 * 1024);
  }, 60_000);
});

describe('a download', () => {
  async function aReader(runtime: TestRuntime, alias = 'priya') {
    const person = await aPerson(runtime, alias, ['global_reader']);
    return { person, caller: await aSession(runtime, person, 'passkey') };
  }

  test('names its file and its reader, and is nothing that a browser would show', async () => {
    const runtime = await aRuntime();
    const { person, caller } = await aReader(runtime);
    const { headers, chunks, closed } = done(await downloadEvents(runtime, caller, query({ format: 'csv' })));
    await whole({ chunks });
    closed();
    expect(headers).toEqual({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="latchkey-events-2026-03-02T09-00-00Z.csv"',
    });
    expect(await lastEvent(runtime)).toMatchObject({ userId: person.id, sessionId: caller.session.id });
  });

  test('breaks off when the reader may not read any more', async () => {
    const runtime = await aRuntime();
    await manyEvents(runtime, 9000);
    const { person, caller } = await aReader(runtime);
    const deeds = [
      () => runtime.db.userRole.deleteMany({ where: { userId: person.id } }),
      async () => {
        await runtime.db.userRole.create({ data: { userId: person.id, role: 'global_reader' } });
        await lockSession(runtime, caller);
      },
    ];
    for (const deed of deeds) {
      const { chunks, closed } = done(await downloadEvents(runtime, caller, query({})));
      expect((await chunks.next()).done).toBe(false);
      await deed();
      runtime.pass(5 * SECOND_MS);
      await expect(whole({ chunks })).rejects.toThrow('may not read');
      closed();
      expect(await lastEvent(runtime)).toMatchObject({ outcome: 'failure', detail: { complete: false } });
    }
  });

  test('is one of two for a person, and a place is free again when one ends, however it ends', async () => {
    const runtime = await aRuntime();
    const { caller } = await aReader(runtime);
    const other = await aReader(runtime, 'ada');
    const first = done(await downloadEvents(runtime, caller, query({})));
    const second = done(await downloadEvents(runtime, caller, query({})));
    const again = async (who = caller) => outcome(await downloadEvents(runtime, who, query({})));
    expect(await again()).toBe('too_many_streams');
    expect(await again(other.caller)).toBe('ok');
    expect(outcome(await downloadEvents(runtime, other.caller, query({ session: 'abc' })))).toBe(
      'session_unknown',
    );
    first.closed();
    first.closed();
    expect(await again()).toBe('ok');
    expect(await again()).toBe('too_many_streams');
    await second.chunks.return();
    second.closed();
    expect(await again()).toBe('ok');
  });

  test('is one of six for everybody together', async () => {
    const runtime = await aRuntime();
    const found: string[] = [];
    for (const alias of ['ada', 'jonas', 'priya', 'mia']) {
      const { caller } = await aReader(runtime, alias);
      for (let turn = 0; turn < 2; turn += 1)
        found.push(outcome(await downloadEvents(runtime, caller, query({}))));
    }
    expect(found).toEqual([...Array(6).fill('ok'), 'streams_busy', 'streams_busy']);
    expect(aBrowser(runtime).session).toBeNull();
  });
});

/** RFC 4180: rows of cells. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
