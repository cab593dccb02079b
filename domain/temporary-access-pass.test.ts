import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isRecoveryPass,
  normalisePass,
  ONE_TIME_REGISTRATION_MS,
  PASS_LENGTH,
  PASS_LIFETIME_MINUTES,
  type PassHolder,
  type PassPolicy,
  type PassState,
  passFromRandom,
  passObstacle,
  passSessionEnd,
  passStart,
  passUsability,
} from './temporary-access-pass.ts';
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from './time.ts';

const now = new Date('2026-03-02T09:00:00Z');
const pass = (change: Partial<PassState> = {}): PassState => ({
  oneTime: false,
  startsAt: now,
  expiresAt: later(now, HOUR_MS),
  usedAt: null,
  ...change,
});

const policy = (change: Partial<PassPolicy> = {}): PassPolicy => ({
  enabled: true,
  lifetimeInMinutes: { minimum: 60, maximum: 480, default: 60 },
  length: 8,
  isUsableOnce: false,
  includeGroups: null,
  excludeGroups: [],
  ...change,
});
const holder = (...groupIds: string[]): PassHolder => ({ groupIds, recovering: false });

test('no policy lets a pass live less than 10 minutes or more than 30 days, or have less than 8 or more than 48 characters', () => {
  expect(PASS_LIFETIME_MINUTES).toEqual({ minimum: 10, maximum: (30 * DAY_MS) / MINUTE_MS });
  expect(PASS_LENGTH).toEqual({ minimum: 8, maximum: 48 });
});

describe('the value of a pass', () => {
  test('has as many characters as policy says, none of which is mistaken for another', () => {
    const { minimum, maximum } = PASS_LENGTH;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: minimum, maxLength: maximum }), (random) => {
        const value = passFromRandom(random);
        expect(value).toMatch(/^[A-HJ-NP-Z2-9]+$/);
        expect(value).toHaveLength(random.length);
      }),
    );
  });

  test('has every character equally often at every place, so that each carries its five bits', () => {
    for (const length of [8, 48]) {
      for (const place of [0, length - 1]) {
        const counts = new Map<string, number>();
        for (let byte = 0; byte < 256; byte += 1) {
          const random = new Uint8Array(length).fill(7);
          random[place] = byte;
          const character = passFromRandom(random).charAt(place);
          counts.set(character, (counts.get(character) ?? 0) + 1);
        }
        expect([...counts.values()]).toEqual(Array.from({ length: 32 }, () => 8));
      }
    }
  });

  test('may be typed with blanks, dashes and small letters', () => {
    expect(normalisePass(' abcd-ef gh\n')).toBe('ABCDEFGH');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (random) => {
        const value = passFromRandom(random);
        expect(normalisePass(`${value.slice(0, 4)}-${value.slice(4)} `.toLowerCase())).toBe(value);
      }),
    );
  });
});

describe('a pass can be used', () => {
  const shut = policy({ enabled: false });
  test.each([
    ['from its first millisecond', pass(), policy(), 0, 'EnabledByPolicy'],
    ['to its last', pass(), policy(), HOUR_MS - 1, 'EnabledByPolicy'],
    ['but not a moment later', pass(), policy(), HOUR_MS, 'Expired'],
    ['not before it starts', pass({ startsAt: later(now, 1) }), policy(), 0, 'NotYetValid'],
    ['from its start on', pass({ startsAt: later(now, 1) }), policy(), 1, 'EnabledByPolicy'],
    ['again when it is not for one time', pass({ usedAt: now }), policy(), 1, 'EnabledByPolicy'],
    ['once when it is for one time', pass({ oneTime: true }), policy(), 0, 'EnabledByPolicy'],
    ['not twice then', pass({ oneTime: true, usedAt: now }), policy(), 1, 'OneTimeUsed'],
    [
      'and says that it was used even when it also ran out',
      pass({ oneTime: true, usedAt: now }),
      shut,
      DAY_MS,
      'OneTimeUsed',
    ],
    ['and says that it ran out even when policy is against it', pass(), shut, HOUR_MS, 'Expired'],
    ['not while passes are switched off', pass(), shut, 0, 'DisabledByPolicy'],
    [
      'and says that policy is against it before its time',
      pass({ startsAt: later(now, 1) }),
      shut,
      0,
      'DisabledByPolicy',
    ],
    [
      'not for many times where every pass is for one',
      pass(),
      policy({ isUsableOnce: true }),
      0,
      'DisabledByPolicy',
    ],
    [
      'not again where every pass is for one time',
      pass({ usedAt: now }),
      policy({ isUsableOnce: true }),
      1,
      'DisabledByPolicy',
    ],
    [
      'for one time where every pass is',
      pass({ oneTime: true }),
      policy({ isUsableOnce: true }),
      0,
      'EnabledByPolicy',
    ],
  ] as const)('%s', (_when, state, rules, ms, usability) => {
    expect(passUsability(state, rules, holder(), later(now, ms))).toBe(usability);
  });

  test.each([
    ['everybody', null, [], [], null],
    ['a member of an included group', ['a'], [], ['a', 'x'], null],
    ['a member of any included group', ['a', 'b'], [], ['b'], null],
    ['nobody outside', ['a'], [], ['x'], 'not_included'],
    ['nobody in no group', ['a'], [], [], 'not_included'],
    ['nobody when no group is included', [], [], ['a'], 'not_included'],
    ['nobody who is excluded from everybody', null, ['a'], ['a'], 'excluded'],
    ['nobody who is included and excluded', ['a'], ['a'], ['a'], 'excluded'],
    ['nobody who is included by one group and excluded by another', ['a'], ['b'], ['a', 'b'], 'excluded'],
  ] as const)('by %s', (_who, includeGroups, excludeGroups, groupIds, obstacle) => {
    const rules = policy({ includeGroups, excludeGroups });
    expect(passObstacle(pass(), rules, { groupIds, recovering: false })).toBe(obstacle);
  });

  const anyPolicy = fc.record({
    enabled: fc.boolean(),
    isUsableOnce: fc.boolean(),
    includeGroups: fc.option(fc.subarray(['a', 'b', 'c'])),
    excludeGroups: fc.subarray(['a', 'b', 'c']),
  });
  const anyPass = fc
    .record({
      oneTime: fc.boolean(),
      starts: fc.integer({ min: -100, max: 100 }),
      lives: fc.integer({ min: 1, max: 100 }),
      used: fc.boolean(),
    })
    .map(({ oneTime, starts, lives, used }) =>
      pass({
        oneTime,
        startsAt: later(now, starts),
        expiresAt: later(now, starts + lives),
        usedAt: used ? now : null,
      }),
    );
  const groupIds = fc.subarray(['a', 'b', 'c', 'd']);

  test('exactly when it is in its time, not spent, and policy has nothing against it', () => {
    fc.assert(
      fc.property(anyPass, anyPolicy, groupIds, (state, rules, groups) => {
        const usable = passUsability(state, policy(rules), holder(...groups), now) === 'EnabledByPolicy';
        const included =
          rules.includeGroups === null || rules.includeGroups.some((id) => groups.includes(id));
        const excluded = rules.excludeGroups.some((id) => groups.includes(id));
        expect(usable).toBe(
          rules.enabled &&
            included &&
            !excluded &&
            (state.oneTime || !rules.isUsableOnce) &&
            !(state.oneTime && state.usedAt !== null) &&
            state.startsAt <= now &&
            now < state.expiresAt,
        );
      }),
    );
  });

  test('by nobody new when a group is excluded or everything is for one time: narrowing never opens', () => {
    fc.assert(
      fc.property(
        anyPass,
        anyPolicy,
        groupIds,
        fc.constantFrom('a', 'b', 'c', 'd'),
        (state, rules, groups, id) => {
          const usable = (change: Partial<PassPolicy>) =>
            passUsability(state, policy({ ...rules, ...change }), holder(...groups), now) ===
            'EnabledByPolicy';
          for (const narrower of [
            { excludeGroups: [...rules.excludeGroups, id] },
            { isUsableOnce: true },
            { enabled: false },
            { includeGroups: (rules.includeGroups ?? []).filter((each) => each !== id) },
          ]) {
            if (usable(narrower)) expect(usable({})).toBe(true);
          }
        },
      ),
    );
  });

  test('by an administrator who recovers, whatever policy says, within its time and its one use', () => {
    fc.assert(
      fc.property(anyPass, anyPolicy, groupIds, (state, rules, groups) => {
        const free = passUsability(state, policy(), holder(), now);
        expect(passUsability(state, policy(rules), { groupIds: groups, recovering: true }, now)).toBe(free);
      }),
    );
  });

  test('to recover only when the server’s command line made it for a Global Administrator', () => {
    expect(isRecoveryPass(null, ['global_administrator'])).toBe(true);
    expect(isRecoveryPass(null, [])).toBe(false);
    expect(isRecoveryPass(null, ['privileged_authentication_administrator', 'global_reader'])).toBe(false);
    expect(isRecoveryPass('somebody', ['global_administrator'])).toBe(false);
    expect(isRecoveryPass('', ['global_administrator'])).toBe(false);
  });
});

describe('a pass starts', () => {
  test.each([
    ['now where nobody says otherwise', undefined, 0],
    ['when it is asked to', MINUTE_MS, MINUTE_MS],
    ['at most 30 days ahead', 30 * DAY_MS, 30 * DAY_MS],
    ['now where the minute that was chosen has just passed', -MINUTE_MS, 0],
    ['now where clocks differ a little', -5 * MINUTE_MS, 0],
    ['never later than that', 30 * DAY_MS + 1, null],
    ['never in the past', -5 * MINUTE_MS - 1, null],
    ['never at no time', Number.NaN, null],
  ])('%s', (_when, askedMs, startMs) => {
    const asked = askedMs === undefined ? undefined : later(now, askedMs);
    expect(passStart(asked, now)).toEqual(startMs === null ? null : later(now, startMs));
  });
});

describe('a session that began with a pass ends', () => {
  test('with the pass', () => {
    expect(passSessionEnd(pass(), now)).toEqual(later(now, HOUR_MS));
  });

  test('ten minutes after a one-time pass was used, or with the pass if that is sooner', () => {
    expect(ONE_TIME_REGISTRATION_MS).toBe(10 * MINUTE_MS);
    expect(passSessionEnd(pass({ oneTime: true }), now)).toEqual(later(now, 10 * MINUTE_MS));
    expect(passSessionEnd(pass({ oneTime: true, expiresAt: later(now, 5) }), now)).toEqual(later(now, 5));
  });

  test('after a day at the latest, as every session does', () => {
    expect(passSessionEnd(pass({ expiresAt: later(now, 30 * DAY_MS) }), now)).toEqual(later(now, DAY_MS));
  });
});
