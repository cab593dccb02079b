import { describe, expect, test } from 'vitest';
import { SHARED_SHOW_LIFETIME_MS, seenOf, VIEWERS_MAX } from '#domain/presentation/shared';
import { beginning } from '#domain/presentation/show';
import { HOUR_MS, MINUTE_MS } from '#domain/time';
import type { Caller } from './caller.ts';
import { beginPresentation, setUpChapter } from './presentation.ts';
import {
  createShowFeed,
  isViewer,
  joinShow,
  readSharedShow,
  shareShow,
  streamShow,
  tellShow,
  unshareShow,
} from './shared-show.ts';
import { createTenant } from './tenant.ts';
import {
  aBrowser,
  aPerson,
  aRuntime,
  aSession,
  done,
  lastEvent,
  outcome,
  type TestRuntime,
} from './testing.ts';

const seen = seenOf(beginning);

async function aStage(demo = true) {
  const runtime = await aRuntime();
  await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example', demo });
  const ada = await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello');
  const share = async () => done(await shareShow(runtime, ada, seen)).code;
  const join = async (code: string, browser: Caller = aBrowser(runtime)) =>
    outcome(await joinShow(runtime, browser, { code }));
  const viewer = async (code: string) => {
    const browser = aBrowser(runtime);
    expect(await join(code, browser)).toBe('ok');
    return browser;
  };
  return { runtime, ada, share, join, viewer };
}

async function settle() {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Reads what a device is told, turn by turn. */
async function following(runtime: TestRuntime, id: string) {
  const feed = createShowFeed(runtime);
  const { chunks } = feed.listen(id);
  let text = '';
  const reading = (async () => {
    for await (const chunk of chunks) text += chunk;
  })();
  const told = async () => {
    await feed.turn();
    await settle();
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
  };
  return { told, reading, text: () => text };
}

const idOfViewer = async (runtime: TestRuntime) => (await runtime.db.showViewer.findFirstOrThrow()).id;

describe('a code for another device', () => {
  test('lets a browser follow, however it is typed, and names nobody', async () => {
    const { runtime, share, join } = await aStage();
    const code = await share();
    const browser = aBrowser(runtime);
    expect(await isViewer(runtime, browser)).toBe(false);
    expect(await join(` ${code.toLowerCase().replace('-', ' ')} `, browser)).toBe('ok');
    expect(await isViewer(runtime, browser)).toBe(true);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'presentation_joined', userId: null });
    expect(await runtime.db.session.count()).toBe(1);
  });

  test('is not in the store, and nor is the cookie of the browser that used it', async () => {
    const { runtime, share, viewer } = await aStage();
    const code = await share();
    const { browser } = await viewer(code);
    const kept = JSON.stringify([
      await runtime.db.sharedShow.findMany(),
      await runtime.db.showViewer.findMany(),
      await runtime.db.event.findMany(),
    ]);
    for (const secret of [code, code.replace('-', ''), browser]) expect(kept).not.toContain(secret);
  });

  test('runs out, and a newer one takes its place; those who follow already go on', async () => {
    const { runtime, share, join, viewer } = await aStage();
    const first = await share();
    const early = await viewer(first);
    const second = await share();
    expect(await join(first)).toBe('join_code_refused');
    runtime.pass(10 * MINUTE_MS - 1);
    expect(await join(second)).toBe('ok');
    runtime.pass(1);
    expect(await join(second)).toBe('join_code_refused');
    expect(await isViewer(runtime, early)).toBe(true);
    expect(outcome(await streamShow(runtime, early))).toBe('ok');
  });

  test('lets so many devices in and no more, also at once, and one device once', async () => {
    const { runtime, ada, share, join } = await aStage();
    const code = await share();
    const same = aBrowser(runtime);
    for (const _ of [1, 2, 3]) expect(await join(code, same)).toBe('ok');
    const outcomes = await Promise.all(Array.from({ length: VIEWERS_MAX + 2 }, () => join(code)));
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(VIEWERS_MAX - 1);
    expect(await readSharedShow(runtime, ada)).toEqual({ viewers: VIEWERS_MAX, mine: true });
    expect(await join(code, same)).toBe('ok');
  });

  test('cannot be guessed: after some turns an address waits, and each failure reads the same', async () => {
    const { runtime, share, join } = await aStage();
    const code = await share();
    const attacker = aBrowser(runtime, '198.51.100.9');
    const answers: string[] = [];
    for (let guess = 0; guess < 40; guess += 1)
      answers.push(await join(`AAAA-${String(2222 + guess).replace(/[01]/g, '9')}`, attacker));
    expect(new Set(answers.slice(0, 30))).toEqual(new Set(['join_code_refused']));
    expect(new Set(answers.slice(30))).toEqual(new Set(['too_many_attempts']));
    // A right one among them is not told from a wrong one any more; elsewhere it works.
    expect(await join(code, attacker)).toBe('too_many_attempts');
    expect(await join(code)).toBe('ok');
    expect(await runtime.db.event.count({ where: { code: 'presentation_join_failed' } })).toBe(30);
  });

  test('is a demo tenant’s', async () => {
    const { runtime, ada, join } = await aStage(false);
    expect(outcome(await shareShow(runtime, ada, seen))).toBe('not_found');
    expect(outcome(await tellShow(runtime, ada, seen))).toBe('not_found');
    expect(outcome(await unshareShow(runtime, ada))).toBe('not_found');
    expect(await join('AAAA-BBBB')).toBe('not_found');
    expect(outcome(await streamShow(runtime, aBrowser(runtime)))).toBe('not_found');
  });

  test('opens nothing on a store that is no demo tenant’s any more', async () => {
    const { runtime, share, join, viewer } = await aStage();
    const code = await share();
    const browser = await viewer(code);
    await runtime.db.tenant.updateMany({ data: { demo: false } });
    expect(await join(code)).toBe('not_found');
    expect(outcome(await streamShow(runtime, browser))).toBe('not_found');
  });
});

describe('a device that follows', () => {
  test('is told the whole of what the audience sees, again when it changes, on every instance', async () => {
    const { runtime, ada, share, viewer } = await aStage();
    await viewer(await share());
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const id = await idOfViewer(runtime);
    const [here, there] = [await following(runtime, id), await following(other, id)];
    expect(await here.told()).toEqual([seen]);
    expect(await here.told()).toEqual([seen]);
    const next = { ...seen, chapter: 3, blank: true };
    done(await tellShow(runtime, ada, next));
    expect(await here.told()).toEqual([seen, next]);
    expect(await there.told()).toEqual([next]);
  });

  test('is told that it is over when the presenter ends it, and hears nothing of the next one', async () => {
    const { runtime, ada, share, viewer } = await aStage();
    const browser = await viewer(await share());
    const { told, reading } = await following(runtime, await idOfViewer(runtime));
    await told();
    done(await unshareShow(runtime, ada));
    expect((await told()).at(-1)).toEqual({ over: true });
    await reading;
    expect(outcome(await tellShow(runtime, ada, seen))).toBe('not_found');
    await share();
    expect(outcome(await streamShow(runtime, browser))).toBe('not_found');
  });

  test('follows one presenter: another one’s page tells it nothing, until they show theirs', async () => {
    const { runtime, ada, share, viewer } = await aStage();
    await viewer(await share());
    const ben = await aSession(runtime, await aPerson(runtime, 'ben', ['global_administrator']), 'hello');
    const { told } = await following(runtime, await idOfViewer(runtime));
    const theirs = { ...seen, chapter: 5 };
    // On a second computer of the same presenter neither.
    for (const other of [ben, { ...ada, browser: aBrowser(runtime).browser }]) {
      expect(await readSharedShow(runtime, other)).toEqual({ viewers: 1, mine: false });
      expect(outcome(await tellShow(runtime, other, theirs))).toBe('not_found');
    }
    expect(await told()).toEqual([seen]);
    done(await shareShow(runtime, ben, theirs));
    expect(await told()).toEqual([seen, theirs]);
    expect(outcome(await tellShow(runtime, ada, seen))).toBe('not_found');
    expect(await readSharedShow(runtime, ada)).toEqual({ viewers: 1, mine: false });
  });

  test('follows for half a day at most', async () => {
    const { runtime, ada, share, viewer } = await aStage();
    const browser = await viewer(await share());
    runtime.pass(12 * HOUR_MS - 1);
    expect(await isViewer(runtime, browser)).toBe(true);
    runtime.pass(1);
    expect(await isViewer(runtime, browser)).toBe(false);
    expect(outcome(await tellShow(runtime, ada, seen))).toBe('not_found');
  });

  test('and for half a day more when another code is shown', async () => {
    const { runtime, share, viewer } = await aStage();
    const early = await viewer(await share());
    runtime.pass(SHARED_SHOW_LIFETIME_MS - 1);
    await share();
    runtime.pass(SHARED_SHOW_LIFETIME_MS - 1);
    expect(await isViewer(runtime, early)).toBe(true);
    runtime.pass(1);
    expect(await isViewer(runtime, early)).toBe(false);
  });

  test('goes on when a chapter is set up', async () => {
    const { runtime, ada, share, viewer } = await aStage();
    await aPerson(runtime, 'mia');
    done(await beginPresentation(runtime, ada));
    const browser = await viewer(await share());
    done(await setUpChapter(runtime, ada, { chapter: 'provision' }));
    expect(await isViewer(runtime, browser)).toBe(true);
  });

  test('is another one than its neighbour: no cookie of another browser opens it', async () => {
    const { runtime, share, viewer } = await aStage();
    const browser = await viewer(await share());
    const stranger = { ...aBrowser(runtime), address: browser.address, userAgent: browser.userAgent };
    expect(outcome(await streamShow(runtime, stranger))).toBe('not_found');
  });
});
