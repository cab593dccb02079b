import { describe, expect, test, vi } from 'vitest';
import type { EventEntry } from '#domain/event-entry';
import { cursorAt, type EventSelection, eventStreamQuery } from '#domain/event-filter';
import { HOUR_MS, later, SECOND_MS } from '#domain/time';
import type { SignedIn } from './caller.ts';
import { type EventDraft, record, UNSETTLED_MS } from './event.ts';
import { createEventFeed, type EventFeed, lastEventId, streamEvents } from './event-stream.ts';
import { setUserDisabled } from './identity.ts';
import type { Listening } from './live-connection.ts';
import { lockSession, signOut } from './session.ts';
import { aPerson, aRuntime, aSession, done, outcome, type TestRuntime } from './testing.ts';

async function aReader(runtime: TestRuntime, alias = 'priya') {
  const person = await aPerson(runtime, alias, ['global_reader']);
  return { person, caller: await aSession(runtime, person, 'passkey') };
}

/** Reads a stream in the background, as a connection does that always has room. */
function follow({ chunks }: Listening) {
  let text = '';
  const reading = (async () => {
    for await (const chunk of chunks) text += chunk;
  })();
  return {
    reading,
    text: () => text,
    frames: () =>
      text
        .split('\n\n')
        .filter((frame) => frame.startsWith('id: '))
        .map((frame) => {
          const [id = '', data = ''] = frame.split('\n');
          return { cursor: id.slice(4), entry: JSON.parse(data.slice(6)) as EventEntry };
        }),
    codes: () => [...text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code),
  };
}

const SETTLING = 6;
/** Lets everything that waits for the store or for each other come to rest. */
async function settle(runtime: TestRuntime): Promise<void> {
  for (let turn = 0; turn < SETTLING; turn += 1) {
    await runtime.db.event.count();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until nothing but this has asked the store, over and over, however busy the machine is. */
async function atRest(runtime: TestRuntime): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    runtime.forget();
    await settle(runtime);
    quiet = runtime.statements.length === SETTLING ? quiet + 1 : 0;
  }
}

async function aTurn(runtime: TestRuntime, feed: EventFeed): Promise<void> {
  runtime.pass(SECOND_MS);
  await feed.turn();
  await settle(runtime);
}

/** An event whose transaction took so long: it bears the time of its writing, and appears now. */
async function late(runtime: TestRuntime, ms: number, draft: EventDraft): Promise<void> {
  const clock = { ...runtime.clock, now: () => later(runtime.clock.now(), -ms) };
  await record(runtime.db, { ...runtime, clock }, draft);
}

async function listening(selection: EventSelection = {}, agoMs = 0) {
  const runtime = await aRuntime();
  const { person, caller } = await aReader(runtime);
  runtime.pass(10 * UNSETTLED_MS);
  const feed = createEventFeed(runtime);
  const open = (who: SignedIn = caller, what = selection, ago = agoMs) =>
    feed.listen(who, what, cursorAt(later(runtime.clock.now(), -ago)));
  const listener = open();
  const reader = follow(listener);
  await aTurn(runtime, feed);
  return { runtime, person, caller, feed, open, listener, reader };
}

describe('the live event log', () => {
  test('sends what is written from now on, once, and only what the filter selects', async () => {
    const { runtime, feed, reader, open } = await listening({
      codes: ['unlock', 'sign_in'],
      outcome: 'failure',
    });
    const everything = follow(open(undefined, {}));
    for (const [code, result] of [
      ['unlock', 'failure'],
      ['unlock', 'success'],
      ['step_up', 'failure'],
      ['sign_in', 'failure'],
    ] as const) {
      await record(runtime.db, runtime, { code, outcome: result });
      await aTurn(runtime, feed);
      await aTurn(runtime, feed);
    }
    expect(reader.codes()).toEqual(['unlock', 'sign_in']);
    expect(everything.codes()).toEqual(['unlock', 'unlock', 'step_up', 'sign_in']);
    expect(reader.frames()[0]?.entry).toMatchObject({ code: 'unlock', text: 'Unlock', outcome: 'failure' });
  });

  test('misses no event that appears late with an earlier time, and sends none twice', async () => {
    const { runtime, feed, reader } = await listening();
    const expected: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      await record(runtime.db, runtime, { code: 'sign_in', detail: { index } });
      await late(runtime, (index * 977) % 20_000, { code: 'unlock', detail: { index } });
      expected.push('sign_in', 'unlock');
      await aTurn(runtime, feed);
    }
    for (let turn = 0; turn < 40; turn += 1) await aTurn(runtime, feed);
    expect(reader.codes().sort()).toEqual(expected.sort());
    expect(new Set(reader.frames().map(({ entry }) => entry.id)).size).toBe(80);
  });

  test('goes on where a reader was: nothing is missed, and what is repeated bears an ID that it knows', async () => {
    const { runtime, feed, caller, reader, listener } = await listening();
    await record(runtime.db, runtime, { code: 'sign_in' });
    await aTurn(runtime, feed);
    const known = reader.frames().map(({ entry }) => entry.id);
    const had = reader.frames().at(-1)?.cursor ?? '';
    listener.close();
    await reader.reading;
    // While it is away: more than a page, some of it late, and a long time.
    await late(runtime, 15_000, { code: 'step_up' });
    for (let index = 0; index < 450; index += 1) await record(runtime.db, runtime, { code: 'unlock' });
    runtime.pass(HOUR_MS / 2);
    const { after } = eventStreamQuery.parse({ after: had });
    const again = follow(feed.listen(caller, {}, after ?? cursorAt(runtime.clock.now())));
    await atRest(runtime);
    await aTurn(runtime, feed);
    await atRest(runtime);
    const fresh = again.frames().filter(({ entry }) => !known.includes(entry.id));
    expect(fresh).toHaveLength(451);
    expect(fresh.filter(({ entry }) => entry.code === 'step_up')).toHaveLength(1);
    expect(new Set(again.frames().map(({ cursor }) => cursor)).size).toBe(again.frames().length);
  });

  test('asks the store once a turn for all its readers together', async () => {
    const { runtime, feed, open } = await listening();
    const more = Array.from({ length: 20 }, () => follow(open()));
    await aTurn(runtime, feed);
    await aTurn(runtime, feed);
    await aTurn(runtime, feed);
    await record(runtime.db, runtime, { code: 'unlock' });
    await atRest(runtime);
    runtime.forget();
    runtime.pass(1);
    await feed.turn();
    // The keys, the rows and the names of what is new.
    expect(runtime.statements.filter((statement) => /^\s*SELECT/.test(statement)).length).toBeLessThanOrEqual(
      4,
    );
    await settle(runtime);
    for (const reader of more) expect(reader.codes()).toEqual(['unlock']);
  });

  test('keeps little for a slow reader, who gets everything in the end', async () => {
    const { runtime, feed, open } = await listening();
    const slow = open();
    await slow.chunks.next();
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 150; index += 1) await record(runtime.db, runtime, { code: 'unlock' });
      runtime.pass(SECOND_MS);
      await feed.turn();
    }
    // 900 wait: nothing of it is held for this reader, whose next look goes to the store.
    runtime.forget();
    const first = await slow.chunks.next();
    expect(String(first.value).match(/^id: /gm)).toHaveLength(200);
    expect(runtime.statements.some((statement) => statement.includes('FROM "Event"'))).toBe(true);
    const reader = follow(slow);
    await atRest(runtime);
    await aTurn(runtime, feed);
    await atRest(runtime);
    await aTurn(runtime, feed);
    await atRest(runtime);
    expect(reader.frames()).toHaveLength(700);
  });

  test('hands a flood round by way of the store, whole', async () => {
    const { runtime, feed, reader } = await listening();
    for (let index = 0; index < 700; index += 1) await record(runtime.db, runtime, { code: 'unlock' });
    await aTurn(runtime, feed);
    await atRest(runtime);
    await aTurn(runtime, feed);
    await atRest(runtime);
    expect(reader.frames()).toHaveLength(700);
  });

  test('shows a sign of life when nothing happens', async () => {
    const { runtime, feed, reader } = await listening();
    for (let turn = 0; turn < 31; turn += 1) await aTurn(runtime, feed);
    expect(reader.text().match(/^: still here$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(reader.text()).toMatch(/^: /);
  });
});

describe('a live reader', () => {
  const endings: readonly [
    string,
    (at: Awaited<ReturnType<typeof listening>>) => Promise<unknown>,
    string,
  ][] = [
    ['signs out', ({ runtime, caller }) => signOut(runtime, caller), 'sign_in_required'],
    ['locks the session', ({ runtime, caller }) => lockSession(runtime, caller), 'session_locked'],
    [
      'loses the role',
      ({ runtime, person }) => runtime.db.userRole.deleteMany({ where: { userId: person.id } }),
      'not_found',
    ],
    [
      'is disabled',
      ({ runtime, person }) => setUserDisabled(runtime, null, { userId: person.id, disabled: true }),
      'sign_in_required',
    ],
    // Watching is no activity.
    ['only watches for an hour', async ({ runtime }) => runtime.pass(HOUR_MS), 'sign_in_required'],
  ];
  test.each(endings)('who %s hears no more within seconds', async (_what, deed, code) => {
    const at = await listening();
    const { runtime, feed, reader } = at;
    await deed(at);
    for (let turn = 0; turn < 3; turn += 1) await aTurn(runtime, feed);
    await reader.reading;
    expect(reader.text()).toContain(`event: over\ndata: {"code":"${code}"}\n\n`);
    expect(feed.listeners).toBe(0);
    const heard = reader.text();
    await record(runtime.db, runtime, { code: 'unlock' });
    await aTurn(runtime, feed);
    expect(reader.text()).toBe(heard);
  });

  test('who leaves is gone at once, also in the middle of waiting', async () => {
    const { feed, listener, reader } = await listening();
    listener.close();
    await reader.reading;
    expect(feed.listeners).toBe(0);
    expect(reader.text()).not.toContain('event: over');
  });

  test('is not served while nobody can say whether they may', async () => {
    const { runtime, feed, reader } = await listening();
    await runtime.db.$executeRawUnsafe('ALTER TABLE "UserRole" RENAME TO "Elsewhere"');
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    for (let turn = 0; turn < 3; turn += 1) await aTurn(runtime, feed);
    await reader.reading;
    expect(told).toHaveBeenCalledTimes(1);
    expect(reader.text()).toContain('{"code":"store_unavailable"}');
  });

  test('has four streams at the most, and everybody together 64', async () => {
    const runtime = await aRuntime();
    const { caller } = await aReader(runtime);
    const closings: (() => void)[] = [];
    const open = async (who: SignedIn, parts: Record<string, string> = {}) => {
      const result = await streamEvents(runtime, who, eventStreamQuery.parse(parts));
      if (result.ok) closings.push(result.value.closed);
      return outcome(result);
    };
    const found: string[] = [];
    for (let index = 0; index < 5; index += 1) found.push(await open(caller));
    expect(found).toEqual(['ok', 'ok', 'ok', 'ok', 'too_many_streams']);
    closings.pop()?.();
    // A refused filter takes no place.
    expect(await open(caller, { session: 'abc' })).toBe('session_unknown');
    expect(await open(caller)).toBe('ok');
    const all: string[] = [];
    for (let person = 0; person < 16; person += 1) {
      const reader = await aReader(runtime, `reader${person}`);
      for (let index = 0; index < 4; index += 1) all.push(await open(reader.caller));
    }
    expect(all.filter((each) => each === 'ok')).toHaveLength(60);
    expect(all.slice(60)).toEqual(Array(4).fill('streams_busy'));
    for (const close of closings) close();
    expect(await open(caller)).toBe('ok');
    closings.at(-1)?.();
  });

  test('gets a stream that nobody stores, transforms or buffers', async () => {
    const runtime = await aRuntime();
    const { caller } = await aReader(runtime);
    const { headers, closed } = done(await streamEvents(runtime, caller, eventStreamQuery.parse({})));
    expect(headers).toEqual({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    closed();
  });

  test('that reconnects is heard by its header first', () => {
    expect(lastEventId(new Headers({ 'last-event-id': '5.a' }))).toEqual({ after: '5.a' });
    expect(lastEventId(new Headers())).toEqual({});
    for (const wrong of ['', 'x', '5', '5.', '.a', '-5.a', '5.a.b', '99999999999999.a', '5.A', '5.a\n'])
      expect([wrong, eventStreamQuery.safeParse({ after: wrong || 'x' }).success]).toEqual([wrong, false]);
  });
});
