import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isLockedOut,
  passwordFace,
  passwordlessMode,
  passwordlessModes,
  readinesses,
  readinessOf,
  readinessWords,
  scopeOf,
  type WaysIn,
} from './passwordless.ts';

const group = fc.constantFrom('a', 'b', 'c', 'd');
const groups = fc.uniqueArray(group);
const policy = fc.record({ includeGroups: fc.option(groups), excludeGroups: groups });
const person = fc.record({ breakGlass: fc.boolean(), groupIds: groups });

describe('scope', () => {
  test('a break-glass account is never in scope, whatever policy says', () => {
    fc.assert(
      fc.property(policy, groups, (rules, groupIds) => {
        expect(scopeOf(rules, { breakGlass: true, groupIds })).toEqual({
          inScope: false,
          because: 'break_glass',
        });
      }),
    );
  });

  test('an exclusion wins over every inclusion, and a reason is always the true one', () => {
    fc.assert(
      fc.property(policy, person, (rules, who) => {
        const { inScope, because } = scopeOf(rules, who);
        const excluded = who.groupIds.some((id) => rules.excludeGroups.includes(id));
        const included =
          rules.includeGroups === null || who.groupIds.some((id) => rules.includeGroups?.includes(id));
        expect(inScope).toBe(!who.breakGlass && !excluded && included);
        expect(inScope).toBe(because === 'everybody' || because === 'group');
      }),
    );
  });

  test('nobody is in scope of no groups', () => {
    fc.assert(
      fc.property(person, (who) => {
        expect(scopeOf({ includeGroups: [], excludeGroups: [] }, who).inScope).toBe(false);
      }),
    );
  });
});

describe('what somebody meets of their password', () => {
  test('refusing counts only with the experience on', () => {
    expect([
      passwordlessMode(false, false),
      passwordlessMode(false, true),
      passwordlessMode(true, false),
      passwordlessMode(true, true),
    ]).toEqual(['off', 'off', 'hide', 'refuse']);
  });

  test('is hidden only from those in scope who came in strongly and can again; out of scope or off it is shown', () => {
    for (const mode of passwordlessModes)
      for (const inScope of [true, false])
        for (const cameInStrong of [true, false])
          for (const hasStrongCredential of [true, false]) {
            const face = passwordFace(mode, {
              inScope,
              deviceHides: null,
              cameInStrong,
              hasStrongCredential,
            });
            if (mode === 'off' || !inScope) expect(face).toBe('shown');
            else if (mode === 'refuse') expect(face).toBe('refused');
            else expect(face).toBe(cameInStrong && hasStrongCredential ? 'hidden' : 'shown');
          }
  });

  test('a source of policy at the device goes before the organisation and its scope, and never before a refusal', () => {
    const strong = { cameInStrong: true, hasStrongCredential: true };
    for (const mode of passwordlessModes)
      for (const inScope of [true, false]) {
        const refused = mode === 'refuse' && inScope;
        const face = (deviceHides: boolean, person: Partial<typeof strong> = {}) =>
          passwordFace(mode, { inScope, deviceHides, ...strong, ...person });
        expect(face(true)).toBe(refused ? 'refused' : 'hidden');
        expect(face(false)).toBe(refused ? 'refused' : 'shown');
        expect(face(true, { cameInStrong: false })).toBe(refused ? 'refused' : 'shown');
        expect(face(true, { hasStrongCredential: false })).toBe(refused ? 'refused' : 'shown');
      }
  });
});

describe('readiness', () => {
  const ways = fc.record<WaysIn>({
    disabled: fc.boolean(),
    credentials: fc.array(
      fc.record({ quarantined: fc.boolean(), deviceGone: fc.boolean(), refused: fc.boolean() }),
      {
        maxLength: 3,
      },
    ),
    hasPassword: fc.boolean(),
    hasAuthenticatorApp: fc.boolean(),
    passOpen: fc.boolean(),
  });

  test('somebody would be locked out exactly when they are enabled, have a password and no key that works', () => {
    fc.assert(
      fc.property(ways, (given) => {
        const usable = given.credentials.some((key) => !key.quarantined && !key.deviceGone && !key.refused);
        expect(isLockedOut(readinessOf(given))).toBe(!given.disabled && !usable && given.hasPassword);
      }),
    );
  });

  test('says why, the nearest help first', () => {
    const nothing: WaysIn = {
      disabled: false,
      credentials: [],
      hasPassword: true,
      hasAuthenticatorApp: false,
      passOpen: false,
    };
    const aside = { quarantined: true, deviceGone: false, refused: false };
    const gone = { quarantined: false, deviceGone: true, refused: false };
    const refused = { quarantined: false, deviceGone: false, refused: true };
    const works = { quarantined: false, deviceGone: false, refused: false };
    expect(readinessOf(nothing)).toBe('password_only');
    expect(readinessOf({ ...nothing, hasAuthenticatorApp: true })).toBe('password_and_code');
    expect(readinessOf({ ...nothing, credentials: [gone] })).toBe('device_disabled');
    expect(readinessOf({ ...nothing, credentials: [gone, aside] })).toBe('key_quarantined');
    expect(readinessOf({ ...nothing, credentials: [gone, refused] })).toBe('key_refused');
    expect(readinessOf({ ...nothing, credentials: [refused, works] })).toBe('ready');
    expect(readinessOf({ ...nothing, credentials: [aside], passOpen: true })).toBe('pass_open');
    expect(readinessOf({ ...nothing, credentials: [aside, works] })).toBe('ready');
    expect(readinessOf({ ...nothing, hasPassword: false, credentials: [aside] })).toBe('no_password');
    expect(readinessOf({ ...nothing, disabled: true, credentials: [works] })).toBe('disabled');
  });

  test.each(readinesses)('%s has words, why, and what to do', (readiness) => {
    for (const sentence of Object.values(readinessWords[readiness])) expect(sentence).toMatch(/^[A-Z]/);
  });
});
