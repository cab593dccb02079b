import { describe, expect, test } from 'vitest';
import type { Role } from '#domain/identity';
import { type CountedBy, type Door, limits } from '#domain/rate-limit';
import { later, MINUTE_MS, SECOND_MS } from '#domain/time';

import type { Caller } from './caller.ts';
import { resetPassword } from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { clearLimits, forgetExpiredLimits, listReachedLimits, passDoor, takeAttempt } from './rate-limit.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  done,
  lastEvent,
  outcome,
  START,
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

  test('waits for no window that was begun in a time which a moved clock has come back from', async () => {
    const runtime = await aRuntime();
    const later = { ...runtime, clock: { ...runtime.clock, now: () => new Date(START.getTime() + 9e9) } };
    await times(6, () => takeAttempt(later, 'password', UPN, '192.0.2.1'));
    expect(await times(6, () => take(runtime))).toEqual([0, 0, 0, 0, 0, 300]);
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

  test('keeps no typed name, and is forgotten when its window is over', async () => {
    const runtime = await aRuntime();
    await take(runtime, 'hunter2@tidewater.example');
    await take(runtime, 'hunter2');
    expect(JSON.stringify(await runtime.db.rateLimit.findMany())).not.toContain('hunter2');
    runtime.pass(5 * MINUTE_MS + 1);
    expect(await forgetExpiredLimits(runtime)).toBe(3);
    runtime.pass(5 * MINUTE_MS);
    expect(await forgetExpiredLimits(runtime)).toBe(2);
  });

  test('says who is meant where the name exists, by the same statements as where it does not', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const statements = async (name: string) => {
      runtime.forget();
      await take(runtime, name);
      return [...runtime.statements];
    };
    expect(await statements(mia.upn)).toEqual(await statements('nobody@tidewater.example'));
    const rows = await runtime.db.rateLimit.findMany();
    const place = '192.0.2.1';
    expect(
      new Set(rows.map(({ what, userId, address, attempts }) => [what, userId, address, attempts].join())),
    ).toEqual(
      new Set([
        `password: address,,${place},60`,
        'password: name,,,30',
        `password: name,${mia.id},,30`,
        `password: name and address,,${place},5`,
        `password: name and address,${mia.id},${place},5`,
      ]),
    );
  });

  test('from any address of one IPv6 network is from one place, however it is written', async () => {
    const runtime = await aRuntime();
    const from = ['2001:db8::1', '2001:DB8::1', '2001:db8:0:0:ffff::9', '2001:0db8::2', '2001:db8::3'];
    for (const address of from) expect(await take(runtime, UPN, address)).toBe(0);
    expect(await take(runtime, UPN, '2001:db8::4')).toBe(300);
    expect(await take(runtime, UPN, '2001:db8:0:1::4')).toBe(0);
  });

  test('fifty times at the same instant gets exactly its five, over two instances on one store too', async () => {
    const one = await aRuntime();
    const two = await aRuntime({ databaseUrl: one.databaseUrl });
    const waits = await Promise.all(Array.from({ length: 50 }, (_, n) => take(n % 2 === 0 ? one : two)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    expect(await one.db.event.count({ where: { code: 'attempts_limited' } })).toBe(1);
  });
});

describe('a door', () => {
  const knock = async (runtime: TestRuntime, caller: Caller, door: Door = 'options') =>
    (await passDoor(runtime, door, caller))?.retryAfterSeconds ?? 0;
  const limitOf = (door: Door, by: CountedBy) => limits[door].find((each) => each.by === by)?.attempts ?? 0;

  test('costs one statement, whoever knocks', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    for (const caller of [aBrowser(runtime), session]) {
      runtime.forget();
      await knock(runtime, caller);
      expect(runtime.statements).toHaveLength(1);
    }
  });

  test('lets exactly so many in from one address, whatever browsers they say they are, and then tells the wait', async () => {
    const runtime = await aRuntime();
    const attempts = limitOf('verification', 'address');
    const waits = await times(attempts + 20, () => knock(runtime, aBrowser(runtime), 'verification'));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(attempts);
    expect(waits.at(-1)).toBe(300);
    expect(await runtime.db.rateLimit.count()).toBe(1);
    expect(await runtime.db.event.count({ where: { code: 'attempts_limited' } })).toBe(1);
    expect((await lastEvent(runtime)).detail).toEqual({ what: 'verification', address: '192.0.2.7' });
    expect(await knock(runtime, aBrowser(runtime, '192.0.2.8'), 'verification')).toBe(0);
    expect(await knock(runtime, aBrowser(runtime), 'options')).toBe(0);
    runtime.pass(5 * MINUTE_MS);
    expect(await knock(runtime, aBrowser(runtime), 'verification')).toBe(0);
  }, 30_000);

  test('counts who is signed in by their session: neither a crowd at their address nor their own other session stops them', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const here = await aSession(runtime, mia, 'passkey');
    const there = await aSession(runtime, mia, 'password');
    await times(limitOf('verification', 'address') + 1, () =>
      knock(runtime, aBrowser(runtime), 'verification'),
    );
    await times(limitOf('verification', 'session'), () => knock(runtime, there, 'verification'));
    expect(await knock(runtime, there, 'verification')).toBe(300);
    expect((await lastEvent(runtime)).userId).toBe(mia.id);
    expect(await knock(runtime, here, 'verification')).toBe(0);
  }, 30_000);

  test('opened fifty times too often at the same instant opens exactly as often as it may, over two instances', async () => {
    const one = await aRuntime();
    const two = await aRuntime({ databaseUrl: one.databaseUrl });
    const session = await aSession(one, await aPerson(one), 'passkey');
    const attempts = limitOf('device-registration', 'session');
    const waits = await Promise.all(
      Array.from({ length: attempts + 50 }, (_, n) =>
        knock(n % 2 === 0 ? one : two, session, 'device-registration'),
      ),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(attempts);
  });
});

describe('a flood from elsewhere', () => {
  test('on every way in and every door stops nobody at their own place, with any of their ways', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { upn, id } = desk.person;
    const home = aBrowser(runtime, '203.0.113.5');
    const { password } = done(await resetPassword(runtime, null, { userId: id }));
    const { pass } = done(await issueTemporaryAccessPass(runtime, null, { userId: id, reason: 'a test' }));
    for (let n = 0; n < 700; n += 1) {
      const caller = aBrowser(runtime, '198.51.100.1');
      for (const door of ['options', 'verification', 'device-registration'] as const)
        await passDoor(runtime, door, caller);
      for (const what of ['password', 'temporary-access-pass', 'totp'] as const)
        await takeAttempt(runtime, what, upn, caller.address);
    }
    for (const door of ['options', 'verification', 'device-registration'] as const)
      expect(await passDoor(runtime, door, home)).toBeNull();
    expect(outcome(await signIn(runtime, { ...desk, browser: home }))).toBe('ok');
    expect(outcome(await redeemTemporaryAccessPass(runtime, home, { upn, pass }))).toBe('ok');
    expect(outcome(await signInWithPassword(runtime, home, { upn, password }))).toBe('ok');
  }, 60_000);

  test('from a thousand addresses only slows a typed name, and no key', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    for (let n = 0; n < 200; n += 1)
      await takeAttempt(runtime, 'password', desk.person.upn, `198.51.${Math.floor(n / 100)}.${n % 100}`);
    const waits = await takeAttempt(runtime, 'password', desk.person.upn, '203.0.113.5');
    expect(waits?.retryAfterSeconds).toBeLessThanOrEqual(10);
    expect(await takeAttempt(runtime, 'temporary-access-pass', desk.person.upn, '203.0.113.5')).toBeNull();
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  }, 30_000);
});

describe('what is limited now', () => {
  const administrator = async (runtime: TestRuntime, alias: string, role: Role) =>
    (await aSession(runtime, await aPerson(runtime, alias, [role]), 'passkey')).session.person;

  test('is listed from the attempt that uses up the last turn until its window is over', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    await times(4, () => take(runtime, mia.upn));
    expect(await listReachedLimits(runtime)).toEqual([]);
    await take(runtime, mia.upn);
    const [reached, ...none] = await listReachedLimits(runtime);
    expect(none).toEqual([]);
    expect(reached).toMatchObject({
      what: 'password',
      by: 'name and address',
      userId: mia.id,
      address: '192.0.2.1',
      count: 5,
      attempts: 5,
      endsAt: later(START, 5 * MINUTE_MS),
    });
    expect(await listReachedLimits(runtime, { userId: 'somebody' })).toEqual([]);
    runtime.pass(5 * MINUTE_MS);
    expect(await listReachedLimits(runtime)).toEqual([]);
  });

  test('is cleared by an administrator, at once, with an event', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const boss = await administrator(runtime, 'boss', 'authentication_administrator');
    await times(9, () => take(runtime, mia.upn));
    const [reached] = await listReachedLimits(runtime);
    expect(done(await clearLimits(runtime, boss, { key: reached?.key ?? '' }))).toEqual({ cleared: 1 });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'limits_cleared',
      userId: mia.id,
      actorId: boss.id,
      detail: { cleared: 1, what: 'password: name and address', address: '192.0.2.1' },
    });
    expect(await listReachedLimits(runtime)).toEqual([]);
    expect(await times(5, () => take(runtime, mia.upn))).toEqual([0, 0, 0, 0, 0]);
    expect(outcome(await clearLimits(runtime, boss, { key: 'nothing' }))).toBe('not_found');
  });

  test('of a name from everywhere is cleared with the wait that slows it', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    await times(40, (index) => take(runtime, mia.upn, `198.51.100.${index}`));
    const reached = await listReachedLimits(runtime);
    expect(reached.map(({ by, address }) => ({ by, address }))).toEqual([{ by: 'name', address: null }]);
    done(await clearLimits(runtime, null, { key: reached[0]?.key ?? '' }));
    expect(await times(5, (index) => take(runtime, mia.upn, `203.0.113.${index}`))).toEqual([0, 0, 0, 0, 0]);
  });

  test('is cleared for a person, or for an address and its network, all at once', async () => {
    const runtime = await aRuntime();
    const [mia, tomas] = [await aPerson(runtime), await aPerson(runtime, 'tomas')];
    for (const { upn } of [mia, tomas]) {
      await times(6, () => take(runtime, upn, '192.0.2.1'));
      await times(6, () => take(runtime, upn, '2001:db8::1'));
    }
    expect(await listReachedLimits(runtime)).toHaveLength(4);
    done(await clearLimits(runtime, null, { userId: mia.id }));
    expect((await listReachedLimits(runtime)).map(({ userId }) => userId)).toEqual([tomas.id, tomas.id]);
    done(await clearLimits(runtime, null, { address: '2001:DB8::9' }));
    expect((await listReachedLimits(runtime)).map(({ address }) => address)).toEqual(['192.0.2.1']);
    expect(outcome(await clearLimits(runtime, null, { address: '203.0.113.200' }))).toBe('not_found');
  });

  test('is cleared for a person only by those who may manage them, and never for oneself', async () => {
    const runtime = await aRuntime();
    const boss = await administrator(runtime, 'boss', 'global_administrator');
    const helper = await administrator(runtime, 'helper', 'authentication_administrator');
    await times(6, () => take(runtime, boss.upn));
    const [reached] = await listReachedLimits(runtime);
    for (const which of [{ key: reached?.key ?? '' }, { userId: boss.id }]) {
      expect(outcome(await clearLimits(runtime, helper, which))).toBe('not_permitted');
      expect(outcome(await clearLimits(runtime, boss, which))).toBe('own_account');
    }
    expect(await listReachedLimits(runtime)).toHaveLength(1);
    done(await clearLimits(runtime, null, { userId: boss.id }));
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
