import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RollOutFacts, rollOut } from './adoption.ts';

const nothing: RollOutFacts = {
  helloOn: true,
  people: 20,
  withKey: 0,
  usedKey: 0,
  usedPassword: 0,
  openPasswords: 20,
  storedPasswords: 22,
};
const at = (facts: Partial<RollOutFacts>) =>
  rollOut({ ...nothing, ...facts }).find(({ state }) => state === 'current')?.number ?? 'all done';

describe('the four steps', () => {
  test('are left one after the other, each by its own criteria', () => {
    const tested = { usedKey: 3, withKey: 3 };
    const everybody = { usedKey: 18, withKey: 20 };
    expect(at({})).toBe(1);
    expect(at({ ...tested, usedKey: 2 })).toBe(1);
    expect(at({ ...tested, helloOn: false })).toBe(1);
    expect(at(tested)).toBe(2);
    expect(at({ ...everybody, usedPassword: 1 })).toBe(2);
    expect(at({ ...everybody, withKey: 19 })).toBe(2);
    expect(at(everybody)).toBe(3);
    expect(at({ ...everybody, openPasswords: 1 })).toBe(3);
    expect(at({ ...everybody, openPasswords: 0 })).toBe(4);
    expect(at({ ...everybody, openPasswords: 0, storedPasswords: 0 })).toBe('all done');
  });

  test('a step ahead is not done by what happens to be true of it', () => {
    const [, , third] = rollOut({ ...nothing, openPasswords: 0 });
    expect(third?.criteria.every(({ met }) => met)).toBe(true);
    expect(third?.state).toBe('ahead');
  });

  test('in a small tenant everybody is a test user; one without people has done nothing', () => {
    expect(at({ people: 2, withKey: 1, usedKey: 1 })).toBe(1);
    expect(at({ people: 2, withKey: 2, usedKey: 2, usedPassword: 1 })).toBe(2);
    const empty = { helloOn: true, people: 0, withKey: 0, usedKey: 0, usedPassword: 0 };
    expect(at({ ...empty, openPasswords: 0, storedPasswords: 0 })).toBe(1);
  });

  test('exactly the steps before the current one are done, and no progress is beyond its goal', () => {
    const count = fc.nat(30);
    fc.assert(
      fc.property(
        fc.record({
          helloOn: fc.boolean(),
          people: count,
          withKey: count,
          usedKey: count,
          usedPassword: count,
          openPasswords: count,
          storedPasswords: count,
        }),
        (drawn) => {
          const most = (value: number) => Math.min(value, drawn.people);
          const steps = rollOut({
            ...drawn,
            withKey: most(drawn.withKey),
            usedKey: most(drawn.usedKey),
            usedPassword: most(drawn.usedPassword),
            openPasswords: most(drawn.openPasswords),
          });
          expect(steps.map(({ state }) => state).join(' ')).toMatch(/^(done ?)*(current)?( ahead)*$/);
          for (const { state, criteria } of steps) {
            if (state === 'done') expect(criteria.every(({ met }) => met)).toBe(true);
            for (const { progress } of criteria) {
              expect(progress === null || progress.value <= progress.of).toBe(true);
              expect(progress === null || progress.value >= 0).toBe(true);
            }
          }
        },
      ),
    );
  });
});
