import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isUpn,
  loggableUpn,
  mayAdminister,
  mayManageMethodsOf,
  normaliseUpn,
  type Permission,
  type Role,
  roles,
} from './identity.ts';

describe('a user principal name', () => {
  test.each([
    ['capitals', 'Mia.Berg@Tidewater.Example', 'mia.berg@tidewater.example'],
    ['outer blanks', '  mia@tidewater.example\t', 'mia@tidewater.example'],
    ['decomposed accents', 'toma\u0301s@tidewater.example', 'tomás@tidewater.example'],
    ['composed accents', 'tom\u00e1s@tidewater.example', 'tomás@tidewater.example'],
    ['decomposed capitals', 'A\u030aSA@tidewater.example', 'åsa@tidewater.example'],
    ['the Kelvin sign', '\u212aenji@tidewater.example', 'kenji@tidewater.example'],
  ])('is the same person with %s', (_what, typed, stored) => {
    expect(normaliseUpn(typed)).toBe(stored);
    expect(isUpn(normaliseUpn(typed))).toBe(true);
  });

  test('is never another person whose name only looks alike', () => {
    const latin = normaliseUpn('mia@tidewater.example');
    for (const lookAlike of [
      'mi\u0430@tidewater.example',
      'm\u0456a@tidewater.example',
      'ｍｉａ@tidewater.example',
      'mía@tidewater.example',
    ]) {
      expect(normaliseUpn(lookAlike)).not.toBe(latin);
    }
  });

  test('in its one form stays as it is, whatever was typed', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 12 });
    const odd = fc.string({
      unit: fc.constantFrom('İ', 'Σ', 'ß', '\u0345', '\u0307', 'Å', '\u0323', 'ᾼ', 'a', '@'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.oneof(anyText, odd), (typed) => {
        const once = normaliseUpn(typed);
        expect(normaliseUpn(once)).toBe(once);
        expect(normaliseUpn(typed.normalize('NFD'))).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    "o'neil+test_1@tidewater.example",
    'иван@tidewater.example',
    'éva@münchen.example',
    '田中@tidewater.example',
    `${'a'.repeat(64)}@tidewater.example`,
  ])('%s is one', (upn) => {
    expect(isUpn(upn)).toBe(true);
  });

  test.each([
    ['no @', 'mia'],
    ['two @', 'mia@x@tidewater.example'],
    ['no dot in the domain', 'mia@tidewater'],
    ['an empty part', 'mia@tidewater..example'],
    ['a blank inside', 'mia berg@tidewater.example'],
    ['a line end', 'mia@tidewater.example\n'],
    ['a control character', 'mia\u0000@tidewater.example'],
    ['a right-to-left override', 'mia\u202e@tidewater.example'],
    ['a zero-width joiner', 'mi\u200da@tidewater.example'],
    ['an invisible letter', 'mia\u115f@tidewater.example'],
    ['another invisible letter', 'mia\u3164@tidewater.example'],
    ['full-width letters', 'ｍｉａ@tidewater.example'],
    ['a ligature', '\ufb01ona@tidewater.example'],
    ['one Cyrillic letter among Latin ones', 'mi\u0430@tidewater.example'],
    ['one Greek letter among Latin ones', 'mi\u03b1@tidewater.example'],
    ['one Cyrillic letter in the domain', 'mia@tidew\u0430ter.example'],
    ['65 characters before the @', `${'a'.repeat(65)}@tidewater.example`],
    ['more than 320 characters', `mia@${'a'.repeat(320)}.example`],
    ['markup', '<b>@tidewater.example'],
    ['nothing', ''],
  ])('with %s is none', (_what, upn) => {
    expect(isUpn(upn)).toBe(false);
    expect(loggableUpn(upn)).toBeNull();
  });

  test('of any text is judged without a throw and in no time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => typeof isUpn(text) === 'boolean'),
    );
    expect(isUpn(`${'a.'.repeat(20_000)}@`)).toBe(false);
    expect(isUpn(`a@${'a-'.repeat(150)}`)).toBe(false);
  });
});

describe('the matrix of roles', () => {
  const everyPermission: Permission[] = [
    'read',
    'manage_methods',
    'manage_devices',
    'manage_policy',
    'manage_sample_data',
  ];
  const may: Record<Role, Permission[]> = {
    global_administrator: everyPermission,
    privileged_authentication_administrator: ['read', 'manage_methods'],
    authentication_administrator: ['read', 'manage_methods'],
    global_reader: ['read'],
  };
  const everyRole = Object.keys(roles) as Role[];

  test.each(everyRole)('%s may do exactly what the table says', (role) => {
    expect(everyPermission.filter((permission) => mayAdminister([role], permission))).toEqual(may[role]);
  });

  test('a member may administer nothing', () => {
    expect(everyPermission.filter((permission) => mayAdminister([], permission))).toEqual([]);
  });

  test('roles add up and never take away', () => {
    fc.assert(
      fc.property(fc.subarray(everyRole), fc.constantFrom(...everyPermission), (held, permission) => {
        expect(mayAdminister(held, permission)).toBe(held.some((role) => may[role].includes(permission)));
      }),
    );
  });

  test('an Authentication Administrator manages members only; the two above manage everybody; others nobody', () => {
    for (const target of [[], ...everyRole.map((role) => [role])] as Role[][]) {
      expect(mayManageMethodsOf(['global_administrator'], target)).toBe(true);
      expect(mayManageMethodsOf(['privileged_authentication_administrator'], target)).toBe(true);
      expect(mayManageMethodsOf(['authentication_administrator'], target)).toBe(target.length === 0);
      expect(mayManageMethodsOf(['global_reader'], target)).toBe(false);
      expect(mayManageMethodsOf([], target)).toBe(false);
    }
  });
});
