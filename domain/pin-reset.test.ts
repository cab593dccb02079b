import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canReset,
  destructiveReset,
  nonDestructiveReset,
  pinResetPlace,
  pinResetStep,
  pinResetSteps,
  pinResetWords,
} from './pin-reset.ts';

type Machine = Readonly<Record<string, Readonly<Record<string, string>>>>;
const machines = { destructiveReset, nonDestructiveReset } as unknown as Readonly<Record<string, Machine>>;

/** Every state that can be come to from a state, itself included. */
function reachable(machine: Machine, from: string, seen = new Set<string>()): Set<string> {
  if (seen.has(from)) return seen;
  seen.add(from);
  for (const next of Object.values(machine[from] ?? {})) reachable(machine, next, seen);
  return seen;
}

describe.each(Object.entries(machines))('%s', (_name, machine) => {
  test('begins with an explanation, reaches every state, and from every state there is a way to the end', () => {
    const states = Object.keys(machine);
    expect([...reachable(machine, 'explain')].sort()).toEqual(states.toSorted());
    for (const state of states) expect(reachable(machine, state)).toContain('done');
    expect(machine.done).toEqual({});
  });

  test('nothing comes before a proof: whatever happens, the end is behind it', () => {
    const events = [...new Set(Object.values(machine).flatMap((row) => Object.keys(row)))];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (happened) => {
        let state = 'explain';
        let proven = false;
        for (const event of happened) {
          const next: string | undefined = machine[state]?.[event];
          if (next === undefined) continue;
          proven ||= event === 'proven';
          state = next;
          if (!['explain', 'confirm'].includes(state)) expect(proven).toBe(true);
        }
      }),
    );
  });
});

describe('the destructive reset', () => {
  test('a response that was not answered is handed in until it is, also after confirming once more', () => {
    expect(destructiveReset.hand_in.answer_lost).toBe('hand_in');
    expect(destructiveReset.hand_in.proof_ran_out).toBe('confirm_again');
    expect(destructiveReset.confirm_again.proven).toBe('hand_in');
  });

  test('is over only when the server answered', () => {
    const ways = Object.entries(destructiveReset).filter(([, row]) => Object.values(row).includes('done'));
    expect(ways).toEqual([['hand_in', expect.objectContaining({ answered: 'done' })]]);
  });
});

test('the key stays only where policy allows it and the protector was there before the PIN was forgotten', () => {
  const table = [
    [false, false, 'DestructiveOnly'],
    [true, false, 'DestructiveOnly'],
    [false, true, 'DestructiveOnly'],
    [true, true, 'DestructiveAndNonDestructive'],
  ] as const;
  for (const [pinRecoveryEnabled, resetProtector, can] of table)
    expect(canReset({ pinRecoveryEnabled, resetProtector })).toBe(can);
});

describe('the step to show', () => {
  test.each([
    [null, 'explain', 'explain', 'explain', 'explain'],
    ['nonsense', 'explain', 'explain', 'explain', 'explain'],
    ['explain', 'explain', 'explain', 'explain', 'explain'],
    ['confirm', 'confirm', 'create', 'confirm', 'create'],
    ['create', 'confirm', 'create', 'confirm', 'create'],
    ['hand_in', 'confirm', 'create', 'confirm', 'create'],
    ['done', 'explain', 'explain', 'done', 'done'],
  ] as const)('asked for %s', (requested, none, fresh, replaced, both) => {
    const step = (proofFresh: boolean, isReplaced: boolean) =>
      pinResetStep(requested, { proofFresh, replaced: isReplaced });
    expect([step(false, false), step(true, false), step(false, true), step(true, true)]).toEqual([
      none,
      fresh,
      replaced,
      both,
    ]);
  });

  test('has a place in the progress, whichever it is', () => {
    for (const step of pinResetSteps) expect(pinResetWords[pinResetPlace(step)]).toBeTruthy();
  });
});
