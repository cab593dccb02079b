import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventCodes } from '#domain/event';
import { type EventCursor, type EventSelection, selects } from '#domain/event-filter';
import { idsOfSupportCode, supportCode } from '#domain/support-code';
import { later } from '#domain/time';
import { engineOfStore, sql } from './db.ts';
import {
  type EventDraft,
  type EventPage,
  eventStatement,
  listEvents,
  readEventPage,
  readEvents,
  record,
} from './event.ts';
import { aRuntime, START, type TestRuntime } from './testing.ts';

async function write(runtime: TestRuntime, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await record(runtime.db, runtime, { code: 'sign_in', userId: `u${index % 2}`, detail: { index } });
    // Several share a moment: the page must still have one order.
    if (index % 3 === 2) runtime.pass(1);
  }
}

const ids = (page: { readonly events: readonly { readonly id: string }[] }) =>
  page.events.map(({ id }) => id);

describe('the event log', () => {
  test.each(['newest', 'oldest'] as const)(
    'is paged by key both ways, %s first: every event once, the same whatever is written meanwhile',
    async (order) => {
      const runtime = await aRuntime();
      await write(runtime, 20);
      const all = (await listEvents(runtime, { to: later(START, 10_000) }, 100)).map(({ id }) => id);
      if (order === 'oldest') all.reverse();
      // What is written later stands at the newest end: before the first page, or after the last.
      const written = { to: later(START, 10_000) };
      runtime.pass(20_000);
      const forth: string[][] = [];
      let page: EventPage = await readEventPage(runtime, written, { order, limit: 3 });
      for (;;) {
        forth.push(ids(page));
        await record(runtime.db, runtime, { code: 'sign_in', detail: {} });
        if (page.next === null) break;
        page = await readEventPage(runtime, written, { order, limit: 3, after: page.next });
      }
      expect(forth.flat()).toEqual(all);
      const back: string[][] = [];
      while (page.previous !== null) {
        page = await readEventPage(runtime, written, { order, limit: 3, before: page.previous });
        back.unshift(ids(page));
      }
      expect(back).toEqual(forth.slice(0, -1));
    },
  );

  test('going back to the beginning fills the first page, with what was written since', async () => {
    const runtime = await aRuntime();
    await write(runtime, 7);
    const first = await readEventPage(runtime, {}, { order: 'newest', limit: 3 });
    const second = await readEventPage(
      runtime,
      {},
      {
        order: 'newest',
        limit: 3,
        after: first.next ?? undefined,
      },
    );
    runtime.pass(1000);
    await record(runtime.db, runtime, { code: 'unlock' });
    const again = await readEventPage(
      runtime,
      {},
      {
        order: 'newest',
        limit: 3,
        before: second.previous ?? undefined,
      },
    );
    // Three stand before the second page, and the new one on top of them is a page back.
    expect(ids(again)).toEqual(ids(first));
    const top = await readEventPage(
      runtime,
      {},
      {
        order: 'newest',
        limit: 3,
        before: again.previous ?? undefined,
      },
    );
    expect(top.previous).toBeNull();
    expect(top.events).toHaveLength(3);
    expect(top.events[0]?.code).toBe('unlock');
  });

  test('a page is never longer than its bound', async () => {
    const runtime = await aRuntime();
    await write(runtime, 4);
    expect((await readEvents(runtime, {}, { order: 'newest', limit: 3 })).events).toHaveLength(3);
    expect((await readEvents(runtime, {}, { order: 'newest', limit: -1 })).events).toHaveLength(0);
    runtime.forget();
    await readEvents(runtime, {}, { order: 'newest', limit: 1_000_000 });
    expect(eventStatement({}, { order: 'newest', limit: 1_000_000 })?.values).toEqual([1000]);
  });

  test('a place that no event has any more is a place all the same', async () => {
    const runtime = await aRuntime();
    await write(runtime, 5);
    const gone: EventCursor = { at: later(START, 1), id: '7' };
    const older = await readEvents(runtime, {}, { order: 'newest', after: gone, limit: 10 });
    const newer = await readEvents(runtime, {}, { order: 'oldest', after: gone, limit: 10 });
    expect(new Set([...ids(older), ...ids(newer)]).size).toBe(5);
  });

  test('leaves out codes that this version does not know, and pages on behind them', async () => {
    const runtime = await aRuntime();
    await write(runtime, 9);
    const all = await listEvents(runtime, {}, 100);
    const unknown = all.slice(2, 7).map(({ id }) => id);
    await runtime.db.event.updateMany({ where: { id: { in: unknown } }, data: { code: 'of_tomorrow' } });
    expect((await listEvents(runtime, {}, 100)).map(({ id }) => id)).toEqual(
      all.map(({ id }) => id).filter((id) => !unknown.includes(id)),
    );
    const seen: string[] = [];
    let page = await readEventPage(runtime, {}, { order: 'newest', limit: 2 });
    seen.push(...ids(page));
    while (page.next !== null) {
      page = await readEventPage(runtime, {}, { order: 'newest', limit: 2, after: page.next });
      seen.push(...ids(page));
    }
    expect(seen).toEqual(all.map(({ id }) => id).filter((id) => !unknown.includes(id)));
  });

  test('finds an event by its support code along the primary key, whatever else is asked for', async () => {
    const runtime = await aRuntime();
    await write(runtime, 30);
    for (const event of await listEvents(runtime, {}, 100)) {
      const ids = idsOfSupportCode(supportCode(event.id));
      expect(await listEvents(runtime, { ids }, 10)).toEqual([event]);
      expect(await listEvents(runtime, { ids, userId: event.userId ?? '' }, 10)).toEqual([event]);
      expect(await listEvents(runtime, { ids, userId: 'another' }, 10)).toEqual([]);
      expect(await listEvents(runtime, { ids, codes: ['unlock'] }, 10)).toEqual([]);
    }
    if (engineOfStore(runtime.db) !== 'sqlite') return;
    const asked = { ids: idsOfSupportCode('79XX-3WP4'), userId: 'u1', from: START, codes: eventCodes };
    const statement = eventStatement(asked, { order: 'newest', limit: 50 });
    const plan = await runtime.db.$queryRaw<{ detail: string }[]>(sql`EXPLAIN QUERY PLAN ${statement}`);
    expect(plan.map(({ detail }) => detail).join()).toMatch(
      /SEARCH Event USING INDEX sqlite_autoindex_Event_1 \(id>\? AND id<\?\)/,
    );
  });

  test('keeps line ends and markup inside one event', async () => {
    const runtime = await aRuntime();
    const cause = 'a\n{"code":"sign_in","outcome":"success"}\r<script>';
    await record(runtime.db, runtime, { code: 'sign_in', outcome: 'failure', detail: { cause } });
    const [event] = await listEvents(runtime, {}, 10);
    expect(event?.detail).toEqual({ cause });
    expect(JSON.stringify(event).split('\n')).toHaveLength(1);
  });
});

const some = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const selection: fc.Arbitrary<EventSelection> = fc.record({
  ids: some(
    { first: '00000000-0000-0000-0000-000000000000', last: '9fffffff-ffff-ffff-ffff-ffffffffffff' },
    idsOfSupportCode('0000-0000'),
  ),
  userId: some('u0', 'u1', 'nobody'),
  deviceId: some<string | string[]>('d0', ['d0', 'd1'], []),
  credentialId: some('c0', 'c1'),
  sessionId: some('s0', 's1'),
  codes: fc.option(
    fc.subarray(['sign_in', 'unlock', 'key_registered', 'provisioning_will_launch'] as const),
    {
      nil: undefined,
    },
  ),
  outcome: some('success' as const, 'failure' as const),
  from: some(START, later(START, 2), later(START, 5)),
  to: some(START, later(START, 3), later(START, 9)),
});

describe('a selection', () => {
  test('means the same to the store and to whoever holds an event against it', async () => {
    const runtime = await aRuntime();
    const drafts: EventDraft[] = [];
    for (let index = 0; index < 96; index += 1) {
      drafts.push({
        code: (['sign_in', 'unlock', 'key_registered'] as const)[index % 3] ?? 'sign_in',
        outcome: index % 5 < 2 ? 'failure' : 'success',
        userId: index % 7 === 0 ? null : `u${index % 2}`,
        deviceId: index % 4 === 0 ? null : `d${index % 3}`,
        credentialId: index % 3 === 0 ? null : `c${index % 2}`,
        sessionId: index % 2 === 0 ? null : `s${index % 4}`,
      });
    }
    for (const [index, draft] of drafts.entries()) {
      await record(runtime.db, runtime, draft);
      if (index % 9 === 8) runtime.pass(1);
    }
    const all = await listEvents(runtime, {}, 1000);
    expect(all).toHaveLength(96);
    await fc.assert(
      fc.asyncProperty(selection, async (asked) => {
        const expected = all.filter((event) => selects(asked, event)).map(({ id }) => id);
        expect((await listEvents(runtime, asked, 1000)).map(({ id }) => id)).toEqual(expected);
        const forward = await readEvents(runtime, asked, { order: 'oldest', limit: 1000 });
        expect(ids(forward)).toEqual(expected.reverse());
      }),
      { numRuns: 300 },
    );
  });

  test('runs along an index and sorts no more than a few pages, whatever it is and wherever the page begins', async () => {
    const runtime = await aRuntime();
    // PostgreSQL plans by what a table holds, and an empty one needs no index.
    if (engineOfStore(runtime.db) !== 'sqlite') return;
    const after: EventCursor = { at: START, id: '7' };
    const kinds: readonly EventSelection[] = [
      {},
      { userId: 'u' },
      { deviceId: 'd' },
      { deviceId: ['d', 'e'] },
      { codes: ['sign_in'] },
      { codes: eventCodes },
      { outcome: 'failure' },
      { outcome: 'success' },
      { userId: 'u', credentialId: 'c' },
      { userId: 'u', sessionId: 's', outcome: 'failure', codes: ['unlock'] },
      { userId: 'u', deviceId: 'd' },
      { deviceId: 'd', codes: ['unlock', 'sign_in'], outcome: 'success' },
      { codes: ['unlock', 'sign_in'], outcome: 'failure' },
      { codes: ['unlock', 'sign_in'], outcome: 'success' },
    ];
    for (const kind of kinds) {
      for (const span of [{}, { from: START }, { to: START }, { from: START, to: later(START, 1) }]) {
        for (const slice of [
          { order: 'newest' },
          { order: 'newest', after },
          { order: 'oldest', after },
        ] as const) {
          const statement = eventStatement({ ...kind, ...span }, { ...slice, limit: 50 });
          const plan = await runtime.db.$queryRaw<{ detail: string }[]>(sql`EXPLAIN QUERY PLAN ${statement}`);
          const steps = plan.map(({ detail }) => detail);
          const of = JSON.stringify({ ...kind, ...span, ...slice, steps });
          for (const step of steps.filter((each) => /Event\b/.test(each))) {
            expect(step, of).toMatch(
              /USING INDEX Event_(at|userId_at|deviceId_at|code_at|outcome_at)_id_idx/,
            );
            // Without anything to search by, the index is read from its end, up to the page's length.
            if (Object.keys({ ...kind, ...span }).length > 0 || 'after' in slice)
              expect(step, of).toMatch(/^SEARCH Event/);
          }
          // Only what several branches have read, each no more than a page, is sorted.
          if (!steps.some((each) => /UNION ALL/.test(each)))
            expect(steps.join('\n'), of).not.toMatch(/TEMP B-TREE/);
        }
      }
    }
  });
});
