import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canReset,
  canResetValues,
  destructiveReset,
  keepingStep,
  nonDestructiveReset,
  obstaclesToKeeping,
  pinResetPlace,
  pinResetStep,
  pinResetSteps,
  pinResetWords,
  resetEffects,
  resetKindOf,
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

test('a reset that keeps the key asks for a proof before a new PIN, whatever step is asked for', () => {
  for (const requested of [null, 'explain', 'confirm', 'new_pin', 'done', 'create', '__proto__']) {
    expect(keepingStep(requested, { proofFresh: false, replaced: false })).not.toBe('new_pin');
    const step = keepingStep(requested, { proofFresh: true, replaced: false });
    expect(step).toBe(requested === 'confirm' || requested === 'new_pin' ? 'new_pin' : 'explain');
  }
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

describe('CanReset', () => {
  const all = {
    helloEnabled: true,
    pinRecoveryEnabled: true,
    serviceRegistered: 'yes',
    resetProtector: true,
  } as const;

  test.each([
    [{}, 'DestructiveAndNonDestructive', null],
    [{ pinRecoveryEnabled: false }, 'DestructiveOnly', 'policy'],
    [{ serviceRegistered: 'no' }, 'DestructiveOnly', 'service'],
    [{ resetProtector: false }, 'DestructiveOnly', 'protector'],
    [{ serviceRegistered: 'not_tested' }, 'Unknown', 'unreachable'],
    [{ helloEnabled: false }, 'NonDestructiveOnly', null],
    [{ helloEnabled: false, resetProtector: false }, 'Unknown', 'protector'],
    // What is not there cannot be kept, whatever a service would say.
    [{ serviceRegistered: 'not_tested', resetProtector: false }, 'DestructiveOnly', 'protector'],
    [{ serviceRegistered: 'not_tested', pinRecoveryEnabled: false }, 'DestructiveOnly', 'policy'],
  ] as const)('%j is %s', (given, can, obstacle) => {
    const facts = { ...all, ...given };
    expect(canReset(facts)).toBe(can);
    expect(obstaclesToKeeping(facts).obstacle).toBe(obstacle);
  });

  test('the key is kept only where policy, service and a protector from before are all there', () => {
    fc.assert(
      fc.property(
        fc.record({
          helloEnabled: fc.boolean(),
          pinRecoveryEnabled: fc.boolean(),
          serviceRegistered: fc.constantFrom('yes' as const, 'no' as const, 'not_tested' as const),
          resetProtector: fc.boolean(),
        }),
        (facts) => {
          const { pinRecoveryEnabled, serviceRegistered, resetProtector } = facts;
          const kept = pinRecoveryEnabled && serviceRegistered === 'yes' && resetProtector;
          expect(resetKindOf(canReset(facts)) === 'non_destructive').toBe(kept);
          expect(canResetValues).toContain(canReset(facts));
        },
      ),
    );
  });
});

test('what survives a reset with a new key survives the other one, too', () => {
  for (const { what, destructive, non_destructive: kept } of resetEffects)
    expect([what, !destructive.survives || kept.survives]).toEqual([what, true]);
  const differ = resetEffects.filter(({ destructive, non_destructive: kept }) => destructive !== kept);
  expect(differ.map(({ what }) => what)).toContain('The key on this device');
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
