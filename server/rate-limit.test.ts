import { describe, expect, test } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import { resetPassword } from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { forgetExpiredLimits, takeAttempt } from './rate-limit.ts';
import { redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  done,
  lastEvent,
  outcome,
  signIn,
  type TestRuntime,
} from './testing.ts';

const UPN = 'mia@tidewater.example';
const take = async (runtime: TestRuntime, name = UPN, address = '192.0.2.1') => {
  const limited = await takeAttempt(runtime, 'password', name, address);
  return limited === null ? 0 : (limited.retryAfterSeconds ?? Number.NaN);
};
const times = async <T>(count: number, run: (index: number) => Promise<T>) => {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await run(index));
  return results;
};

describe('guessing', () => {
  test('a name from one address is free five times, then waits for what is left of five minutes', async () => {
    const runtime = await aRuntime();
    expect(await times(5, () => take(runtime))).toEqual([0, 0, 0, 0, 0]);
    runtime.pass(MINUTE_MS);
    expect(await take(runtime)).toBe(240);
    runtime.pass(4 * MINUTE_MS - 1);
    expect(await take(runtime)).toBe(1);
    runtime.pass(1);
    expect(await take(runtime)).toBe(0);
  });

  test('is counted exactly, however many come at the same instant', async () => {
    const runtime = await aRuntime();
    const waits = await Promise.all(Array.from({ length: 25 }, () => take(runtime)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  test('from one address stops nobody at another', async () => {
    const runtime = await aRuntime();
    await times(20, () => take(runtime));
    expect(await take(runtime, UPN, '192.0.2.2')).toBe(0);
  });

  test('of many names from one address is limited too, and writes no more rows then', async () => {
    const runtime = await aRuntime();
    const waits = await times(80, (index) => take(runtime, `person-${index}@tidewater.example`));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(60);
    expect(await runtime.db.rateLimit.count()).toBe(1 + 2 * 60);
  });

  test('one name from everywhere is slowed to one try in ten seconds, never stopped', async () => {
    const runtime = await aRuntime();
    const from = (index: number) => take(runtime, UPN, `198.51.100.${index}`);
    expect(new Set(await times(30, from))).toEqual(new Set([0]));
    expect(await from(100)).toBe(0);
    expect(await from(101)).toBe(10);
    runtime.pass(10 * SECOND_MS);
    expect(await from(102)).toBe(0);
    expect(await from(103)).toBe(10);
  });

  test('one name stubbornly from one address uses up no turn of anybody else', async () => {
    const runtime = await aRuntime();
    await times(200, () => take(runtime));
    expect(await times(20, (index) => take(runtime, UPN, `198.51.100.${index}`))).toEqual(
      Array.from({ length: 20 }, () => 0),
    );
  });

  test('keeps names and addresses apart, whatever characters are in them', async () => {
    const runtime = await aRuntime();
    await times(9, () => take(runtime, 'a:b', 'c'));
    expect(await take(runtime, 'a', 'b:c')).toBe(0);
  });

  test('is logged once when the limit is reached, not for every try after it', async () => {
    const runtime = await aRuntime();
    await times(40, () => take(runtime));
    expect(await runtime.db.event.count({ where: { code: 'attempts_limited' } })).toBe(1);
    expect((await lastEvent(runtime)).detail).toEqual({ what: 'password', upn: UPN, address: '192.0.2.1' });
  });

  test('leaves no name and no address in the table of limits, and is forgotten when its window is over', async () => {
    const runtime = await aRuntime();
    await take(runtime);
    const rows = JSON.stringify(await runtime.db.rateLimit.findMany());
    expect(rows).not.toMatch(/mia|192\.0\.2/);
    runtime.pass(5 * MINUTE_MS + 1);
    expect(await forgetExpiredLimits(runtime)).toBe(2);
    runtime.pass(5 * MINUTE_MS);
    expect(await forgetExpiredLimits(runtime)).toBe(1);
  });
});

describe('brute force', () => {
  test('of a password is answered 429 with the seconds to wait, hashes no more, and leaves keys and passes alone', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { password } = done(
      await resetPassword(runtime, null, { userId: desk.person.id, temporary: false }),
    );
    const guess = (typed: string) =>
      signInWithPassword(runtime, desk.browser, { upn: desk.person.upn, password: typed });
    await times(5, () => guess('wrong'));
    runtime.forget();
    const limited = await guess(password);
    expect(limited).toMatchObject({
      ok: false,
      problem: { code: 'too_many_attempts', status: 429, retryAfterSeconds: 300 },
    });
    expect(runtime.counts.verify).toBe(0);
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    const pass = await redeemTemporaryAccessPass(runtime, desk.browser, {
      upn: desk.person.upn,
      pass: 'ABCDEFGH',
    });
    expect(outcome(pass)).toBe('sign_in_failed');
    const elsewhere = aBrowser(runtime, '203.0.113.5');
    expect(outcome(await signInWithPassword(runtime, elsewhere, { upn: desk.person.upn, password }))).toBe(
      'ok',
    );
  });

  test('of a pass is answered 429 with the seconds to wait', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const guess = () =>
      redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn: mia.upn, pass: 'ABCDEFGH' });
    expect((await times(5, guess)).map(outcome)).toEqual(Array.from({ length: 5 }, () => 'sign_in_failed'));
    expect(await guess()).toMatchObject({ problem: { code: 'too_many_attempts', retryAfterSeconds: 300 } });
  });

  test('at the same instant gets no more than five guesses', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () =>
        signInWithPassword(runtime, aBrowser(runtime), { upn: mia.upn, password: 'wrong' }),
      ),
    );
    expect(guesses.map(outcome).filter((code) => code === 'sign_in_failed')).toHaveLength(5);
    expect(runtime.counts.verify).toBe(5);
  });

  test('by somebody who knows their password is forgiven when it is right', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const { password } = done(await resetPassword(runtime, null, { userId: mia.id, temporary: false }));
    const guess = (typed: string) =>
      signInWithPassword(runtime, aBrowser(runtime), { upn: mia.upn, password: typed });
    await times(4, () => guess('wrong'));
    expect(outcome(await guess(password))).toBe('ok');
    expect((await times(5, () => guess('wrong'))).map(outcome)).toEqual(
      Array.from({ length: 5 }, () => 'sign_in_failed'),
    );
  });
});
