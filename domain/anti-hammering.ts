import { HOUR_MS, later, MINUTE_MS } from './time.ts';

/**
 * What a TPM does about guessing, as a pure counter: a try counts before it is answered, 32 of them stop everything, and
 * one is forgotten every ten minutes (Windows' configuration of TPM 2.0). Above it the ladder of the Windows lock screen.
 * Both only ever say no: that a try was right is somebody else's to prove.
 */
export const TRIES_MAX = 32;
export const TRY_FORGOTTEN_MS = 10 * MINUTE_MS;

/** Tries in a row before the phrase is asked for; the next one with it is the last of its round. */
export const TRIES_BEFORE_PHRASE = 3;
/** What a person types to show that no cat walks over the keys. */
export const PHRASE = 'A1B2C3';
/** After each round; the last doubles from round to round. */
const WAITS_MS = [1, 2, 10].map((minutes) => minutes * MINUTE_MS);
export const WAIT_MAX_MS = 24 * HOUR_MS;

/** The tries at one PIN. */
export interface TryCounter {
  readonly tries: number;
  /** Since when the next one is being forgotten; means nothing while there are none. */
  readonly triesSince: Date;
  /** Tries in a row that no success followed. */
  readonly wrong: number;
  /** The waits that they went through. */
  readonly rounds: number;
  readonly waitUntil: Date | null;
}

export const freshCounter = (now: Date): TryCounter => ({
  tries: 0,
  triesSince: now,
  wrong: 0,
  rounds: 0,
  waitUntil: null,
});

/** Why nothing is answered. While it is so a right PIN is refused as a wrong one is, and none is counted. */
export type Stop =
  | { readonly stop: 'tries_exhausted' | 'waiting'; readonly until: Date }
  | { readonly stop: 'phrase_needed' };

/** The step of the ladder that a try led to. */
export type Step = 'phrase' | 'wait' | 'exhausted';

export type Taken =
  | { readonly counter: TryCounter; readonly steps: readonly Step[] }
  | { readonly refused: Stop };

/** All tries that no success followed, through every wait. */
export function wrongInARow({ wrong, rounds }: Pick<TryCounter, 'wrong' | 'rounds'>): number {
  return rounds * (TRIES_BEFORE_PHRASE + 1) + wrong;
}

/** What is left of the tries: one is forgotten for each ten whole minutes since the first of them that still counts. */
export function forgetTries<C extends TryCounter>(counter: C, now: Date): C {
  const elapsedMs = now.getTime() - counter.triesSince.getTime();
  const forgotten = Math.min(counter.tries, Math.max(0, Math.floor(elapsedMs / TRY_FORGOTTEN_MS)));
  if (counter.tries === 0) return counter;
  const tries = counter.tries - forgotten;
  const triesSince = later(counter.triesSince, forgotten * TRY_FORGOTTEN_MS);
  return { ...counter, tries, triesSince };
}

/** When the next of the tries that still count is forgotten; null where none counts. */
export function nextForgottenAt(given: TryCounter, now: Date): Date | null {
  const { tries, triesSince } = forgetTries(given, now);
  return tries === 0 ? null : later(triesSince, TRY_FORGOTTEN_MS);
}

/** What stops a try now; null when nothing does. */
export function stopOf(given: TryCounter, now: Date, phrase?: string): Stop | null {
  const counter = forgetTries(given, now);
  if (counter.tries >= TRIES_MAX)
    return { stop: 'tries_exhausted', until: later(counter.triesSince, TRY_FORGOTTEN_MS) };
  if (counter.waitUntil !== null && counter.waitUntil > now)
    return { stop: 'waiting', until: counter.waitUntil };
  if (counter.wrong >= TRIES_BEFORE_PHRASE && phrase?.trim().toUpperCase() !== PHRASE)
    return { stop: 'phrase_needed' };
  return null;
}

/** Counts one try that goes up the ladder as if it were wrong, or says what stops it. */
export function takeTry(given: TryCounter, now: Date, phrase?: string): Taken {
  const refused = stopOf(given, now, phrase);
  if (refused !== null) return { refused };
  const { counter, exhausted } = counted(given, now);
  if (counter.wrong >= TRIES_BEFORE_PHRASE) {
    const waitUntil = later(now, waitOf(counter.rounds));
    const next = { ...counter, wrong: 0, rounds: counter.rounds + 1, waitUntil };
    return { counter: next, steps: ['wait', ...exhausted] };
  }
  const wrong = counter.wrong + 1;
  const steps = wrong === TRIES_BEFORE_PHRASE ? (['phrase', ...exhausted] as const) : exhausted;
  return { counter: { ...counter, wrong }, steps };
}

/**
 * Counts tries of something else under the same counter, all of them or none: the ladder stays where it is, and a wait on it
 * stops them, too.
 */
export function takeOtherTries(given: TryCounter, now: Date, count: number): Taken {
  const { tries, triesSince } = forgetTries(given, now);
  const tooMany = tries + count - TRIES_MAX;
  if (tooMany > 0)
    return { refused: { stop: 'tries_exhausted', until: later(triesSince, tooMany * TRY_FORGOTTEN_MS) } };
  const refused = stopOf(given, now, PHRASE);
  if (refused !== null) return { refused };
  const { counter, exhausted } = counted(given, now, count);
  return { counter, steps: exhausted };
}

function counted(given: TryCounter, now: Date, count = 1) {
  const left = forgetTries(given, now);
  const tries = left.tries + count;
  const counter = { ...left, tries, triesSince: left.tries === 0 ? now : left.triesSince };
  return { counter, exhausted: tries === TRIES_MAX ? (['exhausted'] as const) : [] };
}

/** The wait that ends the round after so many of them. */
export function waitOf(rounds: number): number {
  const last = WAITS_MS.length - 1;
  const waitMs = (WAITS_MS[Math.min(rounds, last)] ?? 0) * 2 ** Math.max(0, rounds - last);
  return Math.min(waitMs, WAIT_MAX_MS);
}

/** After a success: its own try is given back, no other is forgotten, and the ladder ends. */
export function giveBack(given: TryCounter, now: Date): TryCounter {
  const { tries, triesSince } = forgetTries(given, now);
  return { tries: Math.max(0, tries - 1), triesSince, wrong: 0, rounds: 0, waitUntil: null };
}

/** Where somebody stands, for a screen. Whole seconds in place of times: their clock may be wrong. */
export interface Ladder {
  readonly triesLeft: number;
  readonly phraseNeeded: boolean;
  /** Until anything is answered again; 0: now. */
  readonly waitSeconds: number;
}

export function ladderOf(counter: TryCounter, now: Date): Ladder {
  const stop = stopOf(counter, now);
  const waits = stop !== null && stop.stop !== 'phrase_needed' ? stop.until.getTime() - now.getTime() : 0;
  return {
    triesLeft: TRIES_MAX - Math.min(TRIES_MAX, forgetTries(counter, now).tries),
    phraseNeeded: counter.wrong >= TRIES_BEFORE_PHRASE,
    waitSeconds: Math.ceil(waits / 1000),
  };
}
