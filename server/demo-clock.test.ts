import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#domain/time';
import { beginAuthentication } from './authentication.ts';
import { type SignedIn, signedIn } from './caller.ts';
import { consumeChallenge, sealChallenge } from './ceremony.ts';
import { isClockMoved, moveClock, readDemoClock, returnClock, unlessMoved } from './demo-clock.ts';
import { createEventFeed } from './event-stream.ts';
import { takeLease } from './lease.ts';
import { beginPresentation, setUpChapter } from './presentation.ts';
import { beginRegistration } from './registration.ts';
import type { Runtime } from './runtime.ts';
import { findSession, openSession } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import { createTenant } from './tenant.ts';
import { createTenantClock } from './tenant-clock.ts';
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

/** An instance of the product on the store of a test, whose clock follows the organisation's. */
async function anInstance(real: TestRuntime) {
  const clock = createTenantClock(real.clock);
  const runtime: Runtime = { ...real, clock };
  const follow = async () => {
    await clock.follow(real.db);
    return runtime;
  };
  return { runtime: await follow(), follow };
}

async function aStage({ demo = true, begun = true } = {}) {
  const real = await aRuntime();
  await createTenant(real, { name: 'Tidewater Studio', domain: 'tidewater.example', demo });
  const { runtime, follow } = await anInstance(real);
  const mia = await aPerson(runtime, 'mia');
  const presenter = await aPerson(runtime, 'ada', ['global_administrator']);
  const ada = await aSession(runtime, presenter, 'hello');
  if (begun) done(await beginPresentation(runtime, ada));
  const move = async (minutes: 10 | 31 | 120 | 1440 | 44_640) => {
    done(await moveClock(runtime, ada, { minutes }));
    await follow();
  };
  const goBack = async () => {
    done(await returnClock(runtime, ada));
    await follow();
  };
  return { real, runtime, follow, mia, ada, move, goBack };
}

const live = async (runtime: Runtime, { token }: { token: string }) =>
  (await findSession(runtime, token)) !== null;

async function aPass(runtime: Runtime, ada: SignedIn, userId: string) {
  const issued = await issueTemporaryAccessPass(runtime, ada.session.person, {
    userId,
    oneTime: false,
    lifetimeMinutes: 60,
    reason: 'A test',
  });
  return done(issued).pass;
}

const redeem = async (runtime: Runtime, pass: string) =>
  outcome(
    await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn: 'mia@tidewater.example', pass }),
  );

describe('the clock of an organisation that is no demo tenant', () => {
  test('cannot be moved or returned', async () => {
    const { runtime, ada } = await aStage({ demo: false, begun: false });
    const before = runtime.clock.now();
    expect(outcome(await moveClock(runtime, ada, { minutes: 31 }))).toBe('not_found');
    expect(outcome(await returnClock(runtime, ada))).toBe('not_found');
    expect(await readDemoClock(runtime)).toBeNull();
    expect(runtime.clock.now()).toEqual(before);
  });

  test('stands at the time of the world whatever the store says', async () => {
    const { real } = await aStage({ demo: false, begun: false });
    await real.db.tenant.updateMany({ data: { clockMinutes: 44_640, clockMoves: 9 } });
    const { runtime } = await anInstance(real);
    expect(runtime.clock.now()).toEqual(real.clock.now());
    expect(await isClockMoved(runtime)).toBe(false);
  });
});

describe('a moved clock', () => {
  test('needs a beginning, and no beginning is kept from a time that has not come', async () => {
    const { runtime, ada } = await aStage({ begun: false });
    expect(outcome(await moveClock(runtime, ada, { minutes: 31 }))).toBe('beginning_missing');
    expect(await readDemoClock(runtime)).toEqual({ aheadMinutes: 0, begun: false });
    done(await beginPresentation(runtime, ada));
    done(await moveClock(runtime, ada, { minutes: 31 }));
    expect(outcome(await beginPresentation(runtime, ada))).toBe('clock_moved');
  });

  test('is ahead on every instance, also on one that starts later, and each move comes on top', async () => {
    const { real, runtime, move } = await aStage();
    const other = await anInstance(real);
    await move(31);
    await move(10);
    for (const each of [runtime, await other.follow(), (await anInstance(real)).runtime]) {
      expect(each.clock.now().getTime() - real.clock.now().getTime()).toBe(41 * MINUTE_MS);
      expect(each.clock.world()).toEqual(real.clock.now());
    }
    expect(await lastEvent(runtime)).toMatchObject({ detail: { minutes: 10, aheadMinutes: 41 } });
  });

  test('of two presses at once both count, and one present is kept', async () => {
    const { runtime, follow, ada } = await aStage();
    const press = async () => done(await moveClock(runtime, ada, { minutes: 31 }));
    await Promise.all([press(), press(), press()]);
    await follow();
    expect(runtime.clock.now().getTime() - runtime.clock.world().getTime()).toBe(93 * MINUTE_MS);
    done(await returnClock(runtime, ada));
    expect((await follow()).clock.now()).toEqual(runtime.clock.world());
  });

  test('goes no further than a year', async () => {
    const { runtime, ada, move } = await aStage();
    for (let months = 0; months < 11; months += 1) await move(44_640);
    expect(outcome(await moveClock(runtime, ada, { minutes: 44_640 }))).toBe('bad_request');
  });

  test('ends a pass, makes a proof too old, and idles sessions out; not the presenter’s', async () => {
    const { real, runtime, ada, mia, move } = await aStage();
    const pass = await aPass(runtime, ada, mia.id);
    const session = await aSession(runtime, mia, 'hello');
    const ask = async () =>
      outcome(await beginRegistration(runtime, session, { purpose: 'passkey', attestation: 'none' }));
    expect(await ask()).not.toBe('proof_required');
    await move(10);
    expect(await ask()).toBe('proof_required');
    expect(await redeem(runtime, pass)).toBe('ok');
    await move(120);
    expect(await redeem(runtime, pass)).not.toBe('ok');
    expect(await live(runtime, session)).toBe(false);
    expect(await live(runtime, ada)).toBe(true);

    // Nor does the presenter's live any longer than it would have.
    await move(44_640);
    real.pass(59 * MINUTE_MS);
    expect(await live(runtime, ada)).toBe(true);
    real.pass(23 * HOUR_MS + MINUTE_MS);
    expect(await live(runtime, ada)).toBe(false);
  });

  test('leaves what is sealed, what the world signs and what processes hold in the time of the world', async () => {
    const { real, runtime, move, goBack } = await aStage();
    const browser = aBrowser(runtime);
    const binding = { browser: browser.browser };
    const before = sealChallenge(runtime, 'sign-in', binding);
    await move(120);
    expect(await consumeChallenge(runtime, before, 'sign-in', binding)).toHaveProperty('challenge');
    expect(outcome(await beginAuthentication(runtime, browser, { purpose: 'sign-in' }))).toBe('ok');
    await move(44_640);
    // Sealed in a time that has not come: it lives for minutes all the same.
    const ahead = sealChallenge(runtime, 'sign-in', binding);
    expect(await takeLease(runtime, 'a job', 'one', MINUTE_MS)).toBe(true);
    await goBack();
    real.pass(6 * MINUTE_MS);
    expect(await takeLease(runtime, 'a job', 'two', MINUTE_MS)).toBe(true);
    expect(await consumeChallenge(runtime, ahead, 'sign-in', binding)).toMatchObject({
      refused: 'challenge_expired',
    });
  });
});

describe('returning', () => {
  test('puts everything back to the moment before, the presenter’s session as it is', async () => {
    const { real, runtime, ada, mia, move, goBack } = await aStage();
    const kept = await aSession(runtime, mia, 'hello');
    const pass = await aPass(runtime, ada, mia.id);
    await move(31);
    await move(44_640);
    const made = await aPerson(runtime, 'tomas');
    const future = await aPass(runtime, ada, mia.id);
    const begun = await aSession(runtime, mia, 'hello');
    await goBack();
    expect(runtime.clock.now()).toEqual(real.clock.now());
    expect(await runtime.db.user.count({ where: { id: made.id } })).toBe(0);
    for (const gone of [kept, begun]) expect(await live(runtime, gone)).toBe(false);
    expect(await live(runtime, ada)).toBe(true);

    const session = await runtime.db.session.findUniqueOrThrow({
      where: { id: ada.session.id },
      include: { proofs: true },
    });
    const times = [session.createdAt, session.lastSeenAt, ...session.proofs.map(({ provenAt }) => provenAt)];
    for (const at of times) expect(at.getTime()).toBeLessThanOrEqual(real.clock.now().getTime());
    expect(session.expiresAt.getTime()).toBeLessThanOrEqual(real.clock.now().getTime() + DAY_MS);
    expect(await runtime.db.event.count({ where: { at: { gt: real.clock.now() } } })).toBe(0);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'demo_clock_returned',
      detail: { minutes: 44_671 },
    });
    expect(outcome(await returnClock(runtime, ada))).toBe('not_found');
    for (const each of [pass, future]) expect(await redeem(runtime, each)).not.toBe('ok');
  });

  test('is part of setting a chapter up, whose passes are good now', async () => {
    const { real, follow, ada, move } = await aStage();
    await move(44_640);
    const [pass] = done(await setUpChapter(await follow(), ada, { chapter: 'provision' }));
    const runtime = await follow();
    expect(runtime.clock.now()).toEqual(real.clock.now());
    expect(await redeem(runtime, pass?.value ?? '')).toBe('ok');
    expect(await live(runtime, ada)).toBe(true);
    expect(await readDemoClock(runtime)).toEqual({ aheadMinutes: 0, begun: true });
  });

  test('leaves no session that was begun by a request which was still on its way', async () => {
    const { real, runtime, mia, ada, move, goBack } = await aStage();
    await move(44_640);
    // Another instance, which looked at the clock a moment before.
    const late = (await anInstance(real)).runtime;
    await goBack();
    const { token } = await late.db.$transaction((tx) =>
      openSession(tx, late, aBrowser(late), {
        userId: mia.id,
        kind: 'ordinary',
        method: 'hello',
        deviceId: null,
      }),
    );
    expect(await live(runtime, { token })).toBe(false);
    expect(signedIn(ada).ok).toBe(true);
  });

  test('hides no new event from whoever follows the log', async () => {
    const { runtime, ada, move, goBack } = await aStage();
    const feed = createEventFeed(runtime);
    await move(120);
    const { chunks, close } = feed.listen(ada, {}, { at: runtime.clock.now(), id: '' });
    const read = async () => (await chunks.next()).value ?? '';
    await read();
    await feed.turn();
    await goBack();
    await feed.turn();
    for (let text = ''; !text.includes('demo_clock_returned'); ) text += await read();
    close();
  });

  test('lets no job run while it is moved, and each again when it has returned', async () => {
    const { runtime, move, goBack } = await aStage();
    let ran = 0;
    const job = async () => {
      ran += 1;
    };
    await unlessMoved(runtime, job);
    await move(31);
    await unlessMoved(runtime, job);
    expect(ran).toBe(1);
    await goBack();
    await unlessMoved(runtime, job);
    expect(ran).toBe(2);
  });
});
