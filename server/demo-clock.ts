import 'server-only';
import type { z } from 'zod';
import { CLOCK_AHEAD_MAX_MINUTES, type ClockAnswer, type clockMove } from '#domain/presentation/clock';
import { ok, type Result, refuse } from '#domain/result';
import { MINUTE_MS } from '#domain/time';
import type { Caller, SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { oneJson, type Streamed } from './endpoint.ts';
import { record } from './event.ts';
import { inWorldTime, type Runtime } from './runtime.ts';
import { carrySession } from './session.ts';
import { readMovedClock, writeMovedClock } from './tenant.ts';
import { forgetSnapshot, keepSnapshot, readSnapshot, restoreSnapshot } from './tenant-snapshot.ts';

/** Whether the clock of the demo tenant is moved. */
export async function isClockMoved({ db }: { readonly db: Tx }): Promise<boolean> {
  return ((await readMovedClock(db))?.aheadMinutes ?? 0) > 0;
}

/**
 * Runs a job, but not while the clock of a demo tenant is moved: what a job does is rows and messages of its own time, and
 * there is none that would stay right. Phones are woken all the same, for whoever waits now.
 */
export async function unlessMoved(
  runtime: Runtime,
  job: (runtime: Runtime) => Promise<unknown>,
): Promise<void> {
  // Should it be moved meanwhile, the job stays in the time in which it began.
  if (!(await isClockMoved(runtime))) await job(inWorldTime(runtime));
}

/** How the clock of a demo tenant stands; null elsewhere. */
export async function readDemoClock(runtime: Runtime): Promise<ClockAnswer | null> {
  const clock = await readMovedClock(runtime.db);
  if (!clock?.demo) return null;
  const begun = (await readSnapshot(runtime, 'beginning')) !== null;
  return { aheadMinutes: clock.aheadMinutes, begun };
}

/** The same over HTTP, for pages that are open already. It is no secret: every page says it. */
export async function tellClock(runtime: Runtime, _caller: Caller): Promise<Result<Streamed>> {
  const clock = await readDemoClock(runtime);
  return clock === null ? refuse('not_found') : ok(oneJson(clock));
}

/**
 * Moves the clock of the demo tenant ahead for everybody in it but the presenter, whose session comes along as it is. With the first move
 * the present is kept to return to.
 */
export async function moveClock(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof clockMove>,
): Promise<Result<null>> {
  const clock = await readMovedClock(runtime.db);
  if (!clock?.demo) return refuse('not_found');
  if ((await readSnapshot(runtime, 'beginning')) === null) return refuse('beginning_missing');
  const aheadMinutes = clock.aheadMinutes + input.minutes;
  if (aheadMinutes > CLOCK_AHEAD_MAX_MINUTES) return refuse('bad_request');
  const { id, person } = caller.session;
  const move = async (tx: Tx) => {
    if (!(await writeMovedClock(tx, clock, aheadMinutes))) return false;
    await carrySession(tx, id, input.minutes * MINUTE_MS);
    const detail = { minutes: input.minutes, aheadMinutes };
    await record(tx, runtime, { code: 'demo_clock_moved', actorId: person.id, detail });
    return true;
  };
  const moved =
    clock.aheadMinutes === 0
      ? await keepSnapshot(runtime, 'present', move)
      : await runtime.db.$transaction(move);
  // Somebody else moved it since it was read: this move comes on top.
  return moved ? ok(null) : await moveClock(runtime, caller, input);
}

/**
 * Returns to the present, and with it everything that the demo tenant holds: nothing stays from a time that has not come. Everybody is
 * signed out but the presenter.
 */
export async function returnClock(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  if (!(await isClockMoved(runtime))) return refuse('not_found');
  return await restoreSnapshot(inWorldTime(runtime), 'present', caller.session.id, async (within) => {
    await settleClock(within, caller);
    return ok(null);
  });
}

/** Returns the clock, in the transaction that puts everything back to a time before it was moved (`restoreSnapshot`). */
export async function settleClock(within: Runtime, { session }: SignedIn): Promise<void> {
  const { db } = within;
  const clock = await readMovedClock(db);
  if (clock === null || clock.aheadMinutes === 0) return;
  await writeMovedClock(db, clock, 0);
  await carrySession(db, session.id, -clock.aheadMinutes * MINUTE_MS);
  await forgetSnapshot(db, 'present');
  const detail = { minutes: clock.aheadMinutes };
  await record(db, within, { code: 'demo_clock_returned', actorId: session.person.id, detail });
}
