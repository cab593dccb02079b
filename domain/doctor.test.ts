import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerTime,
  answerTimes,
  browserError,
  browserErrors,
  type CeremonyContext,
  ceremonies,
  diagnoseBrowser,
  diagnoseProblem,
  documentedOnly,
  everyCauseOf,
  isProblemCode,
} from './doctor.ts';
import { problem, problemCodes } from './problem.ts';
import { windowsErrors, windowsErrorsOf } from './windows-error.ts';

const contexts: fc.Arbitrary<CeremonyContext> = fc.record({
  ceremony: fc.constantFrom(...ceremonies),
  windows: fc.boolean(),
  took: fc.constantFrom(...answerTimes),
  keyExpected: fc.boolean(),
});
const asking: CeremonyContext = { ceremony: 'asking', windows: true, took: 'short', keyExpected: true };

/** What is told once is not told again in other words of the same notice. */
function isSaidOnce(title: string, detail: string, safe: string | null): boolean {
  return [title, detail, safe ?? ''].join(' ').split('Nothing was changed').length <= 2;
}

describe('the doctor', () => {
  test.each(problemCodes)('%s: says what happened, what is safe and what to do, each once', (code) => {
    const { title, detail, safe, causes } = diagnoseProblem(code);
    expect({ title, detail }).toEqual({ title: problem(code).title, detail: problem(code).detail });
    expect(safe !== null || /Nothing was changed/.test(`${title} ${detail}`)).toBe(true);
    expect(isSaidOnce(title, detail, safe)).toBe(true);
    for (const sentence of [...causes, ...(safe === null ? [] : [safe])])
      expect(sentence).toMatch(/^[A-Z].*[.]$/s);
  });

  test('tells nobody whether a name exists: a failed sign-in has one diagnosis, without a hint', () => {
    const { safe, causes } = diagnoseProblem('sign_in_failed');
    expect(`${safe} ${causes.join(' ')}`).not.toMatch(
      /no such|unknown|not exist|disabled|no account|no pass/i,
    );
  });

  test('a browser’s error never has only one cause where it stands for many', () => {
    fc.assert(
      fc.property(contexts, (context) => {
        const { causes } = diagnoseBrowser('NotAllowedError', context);
        expect(causes.length).toBeGreaterThanOrEqual(2);
        expect(causes.length).toBeLessThanOrEqual(7);
        expect(new Set(causes).size).toBe(causes.length);
      }),
    );
  });

  test.each(browserErrors)(
    '%s: every circumstance has its words, and every cause its circumstance',
    (error) => {
      const seen = new Set<string>();
      for (const ceremony of ceremonies)
        for (const took of answerTimes)
          for (const windows of [true, false])
            for (const keyExpected of [true, false]) {
              const { title, detail, safe, causes } = diagnoseBrowser(error, {
                ceremony,
                took,
                windows,
                keyExpected,
              });
              expect(`${title} ${detail} ${safe}`).toMatch(/^[A-Z].*[.]$/s);
              expect(causes.length).toBeGreaterThan(0);
              expect(isSaidOnce(title, detail, safe)).toBe(true);
              for (const cause of causes) seen.add(cause);
            }
      expect([...seen].sort()).toEqual([...everyCauseOf(error)].sort());
    },
  );

  test('an answer at once is something else than one after a minute', () => {
    expect([0, 999, 1000, 59_999, 60_000, 270_000].map(answerTime)).toEqual([
      'instant',
      'instant',
      'short',
      'short',
      'long',
      'long',
    ]);
    const likeliest = (took: CeremonyContext['took']) =>
      diagnoseBrowser('NotAllowedError', { ...asking, took });
    expect(likeliest('instant').causes[0]).toMatch(/not in front/);
    expect(likeliest('short').causes[0]).toMatch(/dialog was closed/);
    expect(likeliest('long').causes[0]).toMatch(/waited too long/);
    expect(likeliest('instant').causes.join()).not.toMatch(/too long/);
    expect(likeliest('long').causes.join()).not.toMatch(/not in front|remote desktop/);
  });

  test('a device that should hold a key hears of a reset; another one hears that it has none', () => {
    const of = (keyExpected: boolean) =>
      diagnoseBrowser('NotAllowedError', { ...asking, keyExpected }).causes.join();
    expect(of(true)).toMatch(/was reset/);
    expect(of(true)).not.toMatch(/no key for Latchkey yet/);
    expect(of(false)).toMatch(/no key for Latchkey yet/);
    expect(of(false)).not.toMatch(/was reset/);
  });

  test('the way to a new key is offered where a key should have answered, and nowhere else', () => {
    const remedy = (context: Partial<CeremonyContext>) =>
      diagnoseBrowser('NotAllowedError', { ...asking, ...context }).remedy;
    expect(remedy({})).toBe('windows_reset');
    expect(remedy({ windows: false, ceremony: 'unlock' })).toBe('device_reset');
    expect(remedy({ keyExpected: false })).toBeNull();
    expect(remedy({ ceremony: 'creating' })).toBeNull();
  });

  test('what only Windows has is told on Windows only', () => {
    fc.assert(
      fc.property(fc.constantFrom(...browserErrors), contexts, (error, context) => {
        const { causes, remedy, detail } = diagnoseBrowser(error, { ...context, windows: false });
        expect(['windows_settings', 'windows_reset']).not.toContain(remedy);
        expect([detail, ...causes].join()).not.toMatch(
          /remote desktop|Windows was still|Windows Hello needs/,
        );
      }),
    );
    expect(diagnoseBrowser('UnknownError', { ...asking, keyExpected: false }).remedy).toBe(
      'windows_settings',
    );
  });

  test('a failed unlock says that the session stays locked', () => {
    for (const error of browserErrors)
      expect(diagnoseBrowser(error, { ...asking, ceremony: 'unlock' }).safe).toMatch(/stays locked/);
  });

  test('a name that no table knows is told as what it is: unknown', () => {
    expect(browserError('FutureError')).toBe('other');
    expect(browserError('toString')).toBe('other');
    expect(isProblemCode('toString')).toBe(false);
    expect(browserError('NotAllowedError')).toBe('NotAllowedError');
  });
});

describe('the codes of Windows', () => {
  test('each stands once, in one form', () => {
    const codes = windowsErrors.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^0x[0-9A-F]{8}$/);
    expect(codes).toHaveLength(52);
  });

  test('one that applies here names an answer that a test reaches, or is documented only', () => {
    for (const { here } of windowsErrors) {
      if (here === null || isProblemCode(here)) continue;
      // `UnknownError` takes an authenticator that fails; the page says so beside it.
      expect(documentedOnly(here) === null || here === 'UnknownError').toBe(true);
    }
    expect(windowsErrorsOf('device_limit_reached').map(({ code }) => code)).toEqual(['0x801C000E']);
    expect(windowsErrorsOf('proof_required').map(({ code }) => code)).toEqual(['0x801C03ED']);
    expect(windowsErrorsOf('provisioning_disabled').map(({ code }) => code)).toEqual(['0x801C0003']);
    expect(windowsErrorsOf('bad_request').map(({ code }) => code)).toEqual(['0x80070057']);
  });
});
