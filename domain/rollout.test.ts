import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RingState, ringStates } from './policy/assignment.ts';
import { ALL_USERS } from './policy/settings.ts';
import {
  isFailing,
  proposedRings,
  RING_NAME_LENGTH,
  readRingName,
  ringAfter,
  ringChanges,
  takesGroupsAway,
  waitingBefore,
} from './rollout.ts';

test('a ring is opened once, and then only pauses and goes on', () => {
  const table = ringStates.map((state) => ringChanges.map((change) => ringAfter(state, change)));
  expect(table).toEqual([
    ['open', null, null],
    [null, 'paused', null],
    [null, null, 'open'],
  ]);
});

test('no change of any ring ever leads back to waiting', () => {
  for (const state of ringStates)
    for (const change of ringChanges) expect(ringAfter(state, change)).not.toBe('waiting');
});

test('a ring goes before its turn where an earlier one still waits, whatever stands behind it', () => {
  const rings = (...states: RingState[]) => states.map((state) => ({ state }));
  expect(waitingBefore(rings('waiting', 'waiting'), 0)).toEqual([]);
  expect(waitingBefore(rings('open', 'waiting', 'paused', 'waiting'), 3)).toEqual([1]);
  expect(waitingBefore(rings('open', 'paused', 'waiting'), 2)).toEqual([]);
});

test('no group leaves a ring that was opened, unless everybody comes in', () => {
  const ring = (state: RingState) => ({ state, groups: ['a', 'b'] });
  expect(takesGroupsAway(ring('waiting'), [])).toBe(false);
  for (const state of ['open', 'paused'] as const) {
    expect(takesGroupsAway(ring(state), ['a'])).toBe(true);
    expect(takesGroupsAway(ring(state), ['c', 'b', 'a'])).toBe(false);
    expect(takesGroupsAway(ring(state), [ALL_USERS])).toBe(false);
    expect(takesGroupsAway({ state, groups: [ALL_USERS] }, ['a'])).toBe(true);
  }
});

test('a ring fails where more could not than could, or more than a tenth of its people within a day', () => {
  const facts = { people: 100, enrolled: 20, failed: 0, failedLastDay: 0 };
  expect(isFailing(facts)).toBe(false);
  expect(isFailing({ ...facts, failed: 20, failedLastDay: 10 })).toBe(false);
  expect(isFailing({ ...facts, failed: 21 })).toBe(true);
  expect(isFailing({ ...facts, failed: 11, failedLastDay: 11 })).toBe(true);
  expect(isFailing({ people: 0, enrolled: 0, failed: 0, failedLastDay: 0 })).toBe(false);
});

test('a ring that fails does not stop failing because more fail, nor one that does not start because more succeed', () => {
  const count = fc.nat(200);
  fc.assert(
    fc.property(count, count, count, count, fc.nat(50), (people, enrolled, failed, lastDay, more) => {
      const facts = { people, enrolled, failed, failedLastDay: Math.min(failed, lastDay) };
      if (isFailing(facts)) expect(isFailing({ ...facts, failed: failed + more })).toBe(true);
      else expect(isFailing({ ...facts, enrolled: enrolled + more })).toBe(false);
    }),
  );
});

test('names are short, of one line, and not empty', () => {
  expect(readRingName('  Pilot ')).toBe('Pilot');
  for (const name of ['', '  ', 'a\nb', 'x'.repeat(RING_NAME_LENGTH + 1)])
    expect(readRingName(name)).toBeNull();
  for (const { name } of proposedRings) expect(readRingName(name)).toBe(name);
});
