import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  forgetTries,
  freshCounter,
  giveBack,
  ladderOf,
  nextForgottenAt,
  PHRASE,
  stopOf,
  TRIES_MAX,
  TRY_FORGOTTEN_MS,
  type TryCounter,
  takeOtherTries,
  takeTry,
  waitOf,
  wrongInARow,
} from './anti-hammering.ts';
import { HOUR_MS, later, MINUTE_MS } from './time.ts';

const START = new Date('2026-03-02T09:00:00.000Z');
const at = (ms: number) => later(START, ms);

function taken(counter: TryCounter, now: Date, phrase?: string): TryCounter {
  const result = takeTry(counter, now, phrase);
  if ('refused' in result) throw new Error(result.refused.stop);
  return result.counter;
}

/** So many tries that go nowhere, none of them up the ladder. */
function others(count: number, now = START, from = freshCounter(now)): TryCounter {
  let counter = from;
  for (let each = 0; each < count; each += 1) {
    const result = takeOtherTries(counter, now, 1);
    if ('refused' in result) throw new Error(result.refused.stop);
    counter = result.counter;
  }
  return counter;
}

describe('the counter', () => {
  test('32 tries are answered, the 33rd is neither right nor wrong', () => {
    const counter = others(TRIES_MAX);
    expect(stopOf(counter, START, PHRASE)).toEqual({ stop: 'tries_exhausted', until: at(TRY_FORGOTTEN_MS) });
    expect(takeTry(counter, START, PHRASE)).toHaveProperty('refused');
    expect(takeOtherTries(counter, START, 1)).toHaveProperty('refused');
  });

  test('one try is forgotten for each ten minutes, not a moment earlier', () => {
    const counter = others(TRIES_MAX);
    expect(stopOf(counter, at(TRY_FORGOTTEN_MS - 1))).not.toBeNull();
    expect(stopOf(counter, at(TRY_FORGOTTEN_MS))).toBeNull();
    const again = others(1, at(TRY_FORGOTTEN_MS), counter);
    expect(again.tries).toBe(TRIES_MAX);
    // The next is forgotten ten minutes after the one before, not after the latest try.
    expect(stopOf(again, at(2 * TRY_FORGOTTEN_MS - 1))).not.toBeNull();
    expect(stopOf(again, at(2 * TRY_FORGOTTEN_MS))).toBeNull();
  });

  test('after 320 minutes without a try none counts', () => {
    expect(forgetTries(others(TRIES_MAX), at(320 * MINUTE_MS - 1)).tries).toBe(1);
    expect(forgetTries(others(TRIES_MAX), at(320 * MINUTE_MS)).tries).toBe(0);
  });

  test('several at once count all or not at all', () => {
    const counter = others(TRIES_MAX - 1);
    const refused = { stop: 'tries_exhausted', until: at(TRY_FORGOTTEN_MS) };
    expect(takeOtherTries(counter, START, 2)).toEqual({ refused });
    expect(takeOtherTries(counter, at(TRY_FORGOTTEN_MS), 2)).toMatchObject({ counter: { tries: TRIES_MAX } });
  });

  test('a clock that goes back forgets nothing and gives nothing', () => {
    expect(forgetTries(others(5), at(-HOUR_MS)).tries).toBe(5);
  });

  test('however tries are spread, never more than 32 and one for each ten minutes are answered', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 25 * MINUTE_MS }), { maxLength: 300 });
    fc.assert(
      fc.property(gaps, (waits) => {
        let counter = freshCounter(START);
        let elapsed = 0;
        let answered = 0;
        for (const wait of waits) {
          elapsed += wait;
          const result = takeOtherTries(counter, at(elapsed), 1);
          if ('refused' in result) continue;
          counter = result.counter;
          answered += 1;
          expect(answered).toBeLessThanOrEqual(TRIES_MAX + Math.floor(elapsed / TRY_FORGOTTEN_MS));
        }
      }),
    );
  });
});

describe('what people are told of the counter', () => {
  test('says when the next try is forgotten, while one counts', () => {
    const two = others(2);
    expect(nextForgottenAt(freshCounter(START), START)).toBeNull();
    expect(nextForgottenAt(two, START)).toEqual(at(TRY_FORGOTTEN_MS));
    expect(nextForgottenAt(two, at(TRY_FORGOTTEN_MS - 1))).toEqual(at(TRY_FORGOTTEN_MS));
    expect(nextForgottenAt(two, at(TRY_FORGOTTEN_MS))).toEqual(at(2 * TRY_FORGOTTEN_MS));
    expect(nextForgottenAt(two, at(2 * TRY_FORGOTTEN_MS))).toBeNull();
  });

  test('counts every wrong try in a row, through the waits, until a success', () => {
    let counter = freshCounter(START);
    let now = START;
    for (let wrong = 1; wrong <= 10; wrong += 1) {
      now = counter.waitUntil !== null && counter.waitUntil > now ? counter.waitUntil : now;
      counter = taken(counter, now, PHRASE);
      expect(wrongInARow(counter)).toBe(wrong);
    }
    expect(wrongInARow(giveBack(counter, now))).toBe(0);
  });
});

describe('the ladder', () => {
  test('three tries, then the phrase for one more, then a wait', () => {
    let counter = freshCounter(START);
    for (let each = 0; each < 3; each += 1) counter = taken(counter, START);
    expect(takeTry(counter, START)).toEqual({ refused: { stop: 'phrase_needed' } });
    expect(takeTry(counter, START, 'A1B2C4')).toEqual({ refused: { stop: 'phrase_needed' } });
    expect(ladderOf(counter, START)).toEqual({ triesLeft: 29, phraseNeeded: true, waitSeconds: 0 });
    counter = taken(counter, START, ' a1b2c3 ');
    expect(stopOf(counter, START, PHRASE)).toEqual({ stop: 'waiting', until: at(MINUTE_MS) });
    expect(ladderOf(counter, at(500))).toEqual({ triesLeft: 28, phraseNeeded: false, waitSeconds: 60 });
    expect(stopOf(counter, at(MINUTE_MS - 1))).not.toBeNull();
    expect(stopOf(counter, at(MINUTE_MS))).toBeNull();
  });

  test('each step is told once, when the try is taken that leads there', () => {
    const steps: string[][] = [];
    let counter = freshCounter(START);
    for (let each = 0; each < 4; each += 1) {
      const result = takeTry(counter, START, PHRASE);
      if ('refused' in result) throw new Error('refused');
      counter = result.counter;
      steps.push([...result.steps]);
    }
    expect(steps).toEqual([[], [], ['phrase'], ['wait']]);
    const last = takeOtherTries(others(TRIES_MAX - 1), START, 1);
    expect(last).toHaveProperty('steps', ['exhausted']);
  });

  test('waits of 1, 2, 10, 20, 40 minutes and so on, a day at most', () => {
    const minutes = Array.from({ length: 12 }, (_, rounds) => waitOf(rounds) / MINUTE_MS);
    expect(minutes).toEqual([1, 2, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
    expect(waitOf(5000)).toBe(24 * HOUR_MS);
  });

  test('the round begins again after the wait, and the next wait is longer', () => {
    let counter = freshCounter(START);
    for (let each = 0; each < 4; each += 1) counter = taken(counter, START, PHRASE);
    const back = at(MINUTE_MS);
    for (let each = 0; each < 3; each += 1) counter = taken(counter, back);
    expect(takeTry(counter, back)).toEqual({ refused: { stop: 'phrase_needed' } });
    counter = taken(counter, back, PHRASE);
    expect(stopOf(counter, back)).toEqual({ stop: 'waiting', until: later(back, 2 * MINUTE_MS) });
  });

  test('a refused try counts nowhere', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40 * MINUTE_MS), fc.boolean())), (given) => {
        let counter = freshCounter(START);
        let elapsed = 0;
        for (const [wait, phrase] of given) {
          elapsed += wait;
          const result = takeTry(counter, at(elapsed), phrase ? PHRASE : undefined);
          if ('refused' in result) continue;
          expect(result.counter.tries).toBe(forgetTries(counter, at(elapsed)).tries + 1);
          counter = result.counter;
        }
      }),
    );
  });
});

describe('a success', () => {
  test('gives back its own try, forgets no other, and ends the ladder', () => {
    let counter = others(7);
    for (let each = 0; each < 4; each += 1) counter = taken(counter, START, PHRASE);
    const back = giveBack(counter, START);
    expect(back).toEqual({ tries: 10, triesSince: START, wrong: 0, rounds: 0, waitUntil: null });
    expect(stopOf(back, START)).toBeNull();
  });

  test('does not delay the forgetting of the others', () => {
    const counter = taken(others(3), at(9 * MINUTE_MS));
    expect(giveBack(counter, at(9 * MINUTE_MS)).tries).toBe(3);
    expect(forgetTries(giveBack(counter, at(9 * MINUTE_MS)), at(10 * MINUTE_MS)).tries).toBe(2);
  });

  test('any number of them leaves the tries of somebody else as they were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 1, max: 50 }), (wrong, right) => {
        let counter = others(wrong);
        for (let each = 0; each < right; each += 1) counter = giveBack(taken(counter, START), START);
        expect(counter.tries).toBe(wrong);
      }),
    );
  });
});
