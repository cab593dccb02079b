import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policySettings, type SettingName, type SettingValue } from '../policy/settings.ts';
import {
  historySentence,
  isSimplePin,
  judgePin,
  lettersAllowed,
  lettersRequired,
  type PinRules,
  pinExpiresAt,
  pinRulesOf,
} from './rules.ts';

type Configured = { readonly [N in SettingName]?: SettingValue<N> };

/** The rules with these settings configured and all others at their defaults. */
function rulesWith(configured: Configured = {}): PinRules {
  return pinRulesOf(<N extends SettingName>(name: N) => {
    const value: unknown = configured[name] ?? policySettings[name].default;
    return value as SettingValue<N>;
  });
}

const everyClass = (rule: 'allow' | 'require' | 'forbid') =>
  ({
    'PINComplexity/Digits': rule,
    'PINComplexity/LowercaseLetters': rule,
    'PINComplexity/UppercaseLetters': rule,
    'PINComplexity/SpecialCharacters': rule,
  }) as const;

const SPECIALS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const unmet = (pin: string, rules: PinRules) =>
  judgePin(pin, rules)
    .rules.filter(({ met }) => !met)
    .map(({ rule }) => rule);

describe('simple patterns', () => {
  test('exactly 100 PINs are blocked at each length from 4 to 8, each with one step all along', () => {
    for (let length = 4; length <= 5; length += 1) {
      let blocked = 0;
      for (let number = 0; number < 10 ** length; number += 1)
        if (isSimplePin(String(number).padStart(length, '0'))) blocked += 1;
      expect(blocked, `length ${length}`).toBe(100);
    }
    // What is simple begins with what is simple, so that the longer ones are among these.
    let shorter = Array.from({ length: 100_000 }, (_, number) => String(number).padStart(5, '0')).filter(
      isSimplePin,
    );
    for (let length = 6; length <= 8; length += 1) {
      shorter = shorter
        .flatMap((pin) => Array.from('0123456789', (digit) => pin + digit))
        .filter(isSimplePin);
      expect(shorter, `length ${length}`).toHaveLength(100);
    }
  });

  test('a pattern stays simple or not when its last digit goes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{5,12}$/), (pin) => {
        if (isSimplePin(pin)) expect(isSimplePin(pin.slice(0, -1))).toBe(true);
      }),
    );
  });

  test.each(['1111', '1234', '1357', '9630', '1593', '7036', '4321', '890123'])('%s is one', (pin) => {
    expect(isSimplePin(pin)).toBe(true);
  });
  test.each(['1231', '1872', '123456a', 'aaaaaaaaaa', 'abcdefghij', '', '12', '١٢٣٤'])(
    '%s is none',
    (pin) => {
      expect(isSimplePin(pin)).toBe(false);
    },
  );
});

describe('the rules that policy makes', () => {
  test('with nothing configured a PIN is 6 to 127 digits that never expire', () => {
    expect(rulesWith()).toEqual({
      minimumLength: 6,
      maximumLength: 127,
      classes: { digits: 'require', lowercase: 'forbid', uppercase: 'forbid', specials: 'forbid' },
      expirationDays: 0,
      history: 0,
    });
    expect(lettersAllowed(rulesWith())).toBe(false);
  });

  test('lengths that contradict each other go back to their defaults, both', () => {
    const lengths = (minimum: number, maximum: number) => {
      const { minimumLength, maximumLength } = rulesWith({
        'PINComplexity/MinimumPINLength': minimum,
        'PINComplexity/MaximumPINLength': maximum,
      });
      return [minimumLength, maximumLength];
    };
    expect(lengths(4, 8)).toEqual([4, 8]);
    expect(lengths(8, 8)).toEqual([8, 8]);
    expect(lengths(9, 8)).toEqual([6, 127]);
    expect(lengths(3, 8)).toEqual([6, 127]);
    expect(lengths(20, 128)).toEqual([6, 127]);
  });

  test('letters are a choice where policy allows them', () => {
    const rules = rulesWith({ 'PINComplexity/LowercaseLetters': 'allow' });
    expect(lettersAllowed(rules)).toBe(true);
    expect(lettersRequired(rules)).toBe(false);
    expect(judgePin('270615', rules).ok).toBe(true);
    expect(judgePin('lantern4moss', rules).ok).toBe(true);
    expect(unmet('lanternmoss', rules)).toEqual(['digits']);
    expect(unmet('Lantern4moss', rules)).toEqual(['characters']);
  });

  test('all classes allowed and none required is digits, as is every class forbidden', () => {
    expect(rulesWith(everyClass('allow'))).toEqual(rulesWith());
    expect(rulesWith(everyClass('forbid'))).toEqual(rulesWith());
    expect(rulesWith({ ...everyClass('allow'), 'PINComplexity/Digits': 'require' })).not.toEqual(rulesWith());
    expect(rulesWith({ ...everyClass('allow'), 'PINComplexity/Digits': 'forbid' }).classes.digits).toBe(
      'forbid',
    );
  });

  test('a PIN expires so many days after it was made, or never', () => {
    const made = new Date('2026-03-01T10:00:00.000Z');
    expect(pinExpiresAt(made, rulesWith())).toBeNull();
    expect(pinExpiresAt(made, rulesWith({ 'PINComplexity/Expiration': 41 }))).toEqual(
      new Date('2026-04-11T10:00:00.000Z'),
    );
  });

  test('history is said in words', () => {
    expect(historySentence(rulesWith())).toBeNull();
    expect(historySentence(rulesWith({ 'PINComplexity/History': 1 }))).toBe('Not the PIN that you have now');
    expect(historySentence(rulesWith({ 'PINComplexity/History': 5 }))).toBe('None of your last 5 PINs');
  });
});

describe('judging a PIN', () => {
  const mixed = rulesWith({ ...everyClass('require'), 'PINComplexity/MinimumPINLength': 10 });

  test('each rule is shown with its sentence, met or not', () => {
    expect(judgePin('27061', rulesWith())).toEqual({
      ok: false,
      rules: [
        { rule: 'length_minimum', sentence: 'At least 6 characters', met: false },
        { rule: 'characters', sentence: 'Only digits', met: true },
        { rule: 'not_simple', sentence: 'Not a simple pattern, such as 1111, 1234 or 9630', met: true },
      ],
    });
    expect(judgePin('Lantern4_moss', mixed)).toEqual({
      ok: true,
      rules: [
        { rule: 'length_minimum', sentence: 'At least 10 characters', met: true },
        {
          rule: 'characters',
          sentence:
            'Only digits, lowercase letters (a to z), uppercase letters (A to Z) and symbols such as ! # and _',
          met: true,
        },
        { rule: 'digits', sentence: 'At least one digit', met: true },
        { rule: 'lowercase', sentence: 'At least one lowercase letter (a to z)', met: true },
        { rule: 'uppercase', sentence: 'At least one uppercase letter (A to Z)', met: true },
        { rule: 'specials', sentence: 'At least one symbol, such as ! # or _', met: true },
      ],
    });
  });

  test('an empty PIN meets nothing that it would have to do something for', () => {
    expect(unmet('', rulesWith())).toEqual(['length_minimum', 'characters', 'not_simple']);
    expect(unmet('', mixed)).toEqual([
      'length_minimum',
      'characters',
      'digits',
      'lowercase',
      'uppercase',
      'specials',
    ]);
  });

  test('the longest length is named where it says something', () => {
    const short = rulesWith({ 'PINComplexity/MaximumPINLength': 8 });
    expect(judgePin('270615', short).rules.map(({ rule }) => rule)).toContain('length_maximum');
    expect(unmet('270615384', short)).toEqual(['length_maximum']);
    expect(judgePin('270615', rulesWith()).rules.map(({ rule }) => rule)).not.toContain('length_maximum');
    expect(unmet('270'.repeat(43), rulesWith())).toEqual(['length_maximum']);
  });

  test('the special characters are the 32 of ASCII, and no space', () => {
    const rules = rulesWith({ 'PINComplexity/SpecialCharacters': 'require' });
    expect(Array.from(SPECIALS)).toHaveLength(32);
    for (let code = 0; code < 0x250; code += 1) {
      const one = String.fromCharCode(code);
      if (/[0-9]/.test(one)) continue;
      expect(judgePin(`270615${one}`, rules).ok, one).toBe(SPECIALS.includes(one));
    }
  });

  test('a character outside all classes is refused, whatever policy allows', () => {
    const all = rulesWith(everyClass('require'));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), (text) => {
        const outside = Array.from(text).some((one) => !/^[!-~]$/.test(one));
        expect(judgePin(`Lantern4_moss${text}`, all).ok).toBe(!outside);
      }),
    );
  });

  test('length counts code points', () => {
    const rules = rulesWith({ 'PINComplexity/MinimumPINLength': 4 });
    expect(unmet('😀😀', rules)).toContain('length_minimum');
    expect(unmet('😀😀😀😀', rules)).not.toContain('length_minimum');
  });

  test('a PIN is accepted exactly when its length, its classes and its pattern are', () => {
    const classRule = fc.constantFrom('allow', 'require', 'forbid');
    const configured = fc.record({
      'PINComplexity/Digits': classRule,
      'PINComplexity/LowercaseLetters': classRule,
      'PINComplexity/UppercaseLetters': classRule,
      'PINComplexity/SpecialCharacters': classRule,
      'PINComplexity/MinimumPINLength': fc.integer({ min: 4, max: 10 }),
      'PINComplexity/MaximumPINLength': fc.integer({ min: 4, max: 14 }),
    });
    const typed = fc.array(fc.constantFrom(...'012345678aAzZ!~ é'), { minLength: 3, maxLength: 15 });
    fc.assert(
      fc.property(configured, typed, (settings, list) => {
        const rules = rulesWith(settings as Configured);
        const { digits, lowercase, uppercase, specials } = rules.classes;
        const counts = [
          [digits, list.filter((one) => /\d/.test(one)).length],
          [lowercase, list.filter((one) => /[a-z]/.test(one)).length],
          [uppercase, list.filter((one) => /[A-Z]/.test(one)).length],
          [specials, list.filter((one) => SPECIALS.includes(one)).length],
        ] as const;
        const expected =
          list.length >= rules.minimumLength &&
          list.length <= rules.maximumLength &&
          counts.reduce((sum, [, count]) => sum + count, 0) === list.length &&
          counts.every(([rule, count]) =>
            rule === 'require' ? count > 0 : rule === 'allow' || count === 0,
          ) &&
          !isSimplePin(list.join(''));
        expect(judgePin(list.join(''), rules).ok).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
