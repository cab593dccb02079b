import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgePassword,
  PASSWORD_MAXIMUM_LENGTH,
  PASSWORD_MINIMUM_LENGTH,
  passwordFaults,
  passwordFaultWords,
  passwordLength,
  wordsOf,
} from './password.ts';
import { parseSetting } from './policy/settings.ts';

const common = new Set(['password', 'dragon', 'letmein', 'iloveyou', 'correcthorsebatterystaple']);
const rules = {
  minimumLength: 15,
  isCommon: (folded: string) => common.has(folded),
  contextWords: wordsOf([
    'mia.berg@tidewater.example',
    'Mia Berg',
    'Tidewater Studio',
    'tidewater.example',
    'latchkey',
    'windows hello for business',
  ]),
  isCurrent: false,
};
const judge = (password: string, more: Partial<typeof rules> = {}) =>
  judgePassword(password, { ...rules, ...more });

describe('a new password', () => {
  test.each([
    'violet engines hum at dawn',
    'vier Möwen über dem Hafen',
    '七つの海を渡る古い船はまだ帰らない',
    '🦊🐢🦉🐌🦀🐝🦜🐙🦔🐬🦆🐿🦩🐊🦚',
    'lower case words only please',
    'Mia likes thunder and plums',
    'dragons and letmein are words here',
    'xxx is a strange but long enough start',
    `a passphrase of several sentences. ${'It goes on and on, as its owner likes. '.repeat(5)}`,
  ])('%s is accepted: no rule asks for kinds of signs', (password) => {
    expect(judge(password)).toEqual([]);
  });

  test('has as many characters as a person sees code points, composed', () => {
    expect(passwordLength('🦊'.repeat(8))).toBe(8);
    expect(passwordLength('u\u0308')).toBe(1);
    expect(judge('🦊🐢🦉🐌🦀🐝🦜🐙🦔🐬🦆🐿🦩🐊')).toEqual(['too_short']);
    expect(judge('unusual words!')).toEqual(['too_short']);
    expect(judge('unusual words!!')).toEqual([]);
    expect(judge('unusual', { minimumLength: 8 })).toEqual(['too_short']);
    expect(judge('unusuals', { minimumLength: 8 })).toEqual([]);
  });

  test('may have 256 characters, and 64 at the very least', () => {
    const long = (length: number) => 'no two ships meet the same wind. '.repeat(9).slice(0, length);
    expect(PASSWORD_MAXIMUM_LENGTH).toBeGreaterThanOrEqual(64);
    expect(judge(long(256))).toEqual([]);
    expect(judge(long(257))).toEqual(['too_long']);
    expect(judge('x'.repeat(1_000_000))).toEqual(['too_long']);
  });

  test.each([
    'correcthorsebatterystaple',
    'CorrectHorseBatteryStaple',
    'password2026!!!!',
    '!!!!2026Password',
    'P@ssw0rd-2026-2026',
    'passwordpassword',
    'iloveyouiloveyou',
    'DRAGON1234567890',
    'l3tm31n_________',
  ])('%s is refused as common, decorated or repeated', (password) => {
    expect(judge(password)).toContain('common');
  });

  test.each([
    'MiaBerg2026!!!!!',
    'mia.berg@tidewater.example',
    'Tidewater-Studio-1',
    'latchkeylatchkey',
    'L4tchk3y-l4tchk3y',
    'windows hello for business',
    'TidewaterStudio Mia 2026',
    'studio.tidewater.99',
  ])('%s is refused: it says nothing but names from here', (password) => {
    expect(judge(password)).toContain('about_you');
  });

  test.each([
    'aaaaaaaaaaaaaaaa',
    'abababababababab',
    'abc1abc1abc1abc1',
    'abcdefghijklmnop',
    '9876543210987654',
    'qwertyuiopasdfgh',
    'ZYXWVUTSRQPONMLK',
    'abcdefgh12345678',
  ])('%s is refused: it repeats itself or counts', (password) => {
    expect(judge(password)).toContain('repetitive');
  });

  test('that is the old one is refused, and everything that is wrong is said at once', () => {
    expect(judge('unusual words in a row', { isCurrent: true })).toEqual(['unchanged']);
    expect(judge('password', { isCurrent: true })).toEqual(['too_short', 'unchanged', 'common']);
    expect(judge('Latchkey1')).toEqual(['too_short', 'about_you']);
  });

  test('short parts of names forbid nothing', () => {
    expect(wordsOf(['Bo Li', 'a@b.example'])).toEqual(['boli', 'abexample', 'example']);
    expect(judge('Miami has beaches of gold')).toEqual([]);
  });

  test('of any text is judged without a throw, by sentences that name the length asked for', () => {
    const unit = fc.constantFrom(
      'a',
      'Z',
      '7',
      '@',
      ' ',
      'ß',
      'u\u0308',
      'ﬃ',
      '🦊',
      '\ud800',
      '\u0000',
      '\u202e',
      'mia',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (password) => {
        for (const fault of judge(password)) {
          expect(passwordFaults).toContain(fault);
          expect(passwordFaultWords(fault, 15)).toMatch(/\.$/);
        }
        expect(judge(password).includes('too_short')).toBe(passwordLength(password) < 15);
      }),
    );
    expect(passwordFaultWords('too_short', 12)).toContain('12 characters');
  });
});

test('the least length may be set from 8 to 64, and is 15 where nobody did (NIST SP 800-63B-4 3.1.1.2)', () => {
  expect(PASSWORD_MINIMUM_LENGTH).toEqual({ default: 15, minimum: 8, maximum: 64 });
  expect(parseSetting('PasswordMinimumLength', '7')).toBeNull();
  expect(parseSetting('PasswordMinimumLength', '8')).toBe(8);
  expect(parseSetting('PasswordMinimumLength', '64')).toBe(64);
  expect(parseSetting('PasswordMinimumLength', '65')).toBeNull();
});
