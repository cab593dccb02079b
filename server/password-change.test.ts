import { describe, expect, test } from 'vitest';
import { changePassword } from './password-change.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { findSession } from './session.ts';
import {
  aBrowser,
  anAuthenticatorApp,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  outcome,
  signedInAt,
  signIn,
  type TestPerson,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

const NEW = 'violet engines hum at dawn';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const desk = await aPersonWithHelloKey(runtime);
  return { runtime, desk, mia: desk.person, password: await aPassword(runtime, desk.person) };
}

async function byPassword(runtime: TestRuntime, { upn }: TestPerson, password: string) {
  const browser = aBrowser(runtime);
  const token = tokenOf(await signInWithPassword(runtime, browser, { upn, password }));
  return { ...(await within(runtime, browser, token)), token };
}

describe('changing one’s own password', () => {
  test('ends the sessions that began with the old one, replaces this one, and leaves Hello’s alone', async () => {
    const { runtime, desk, mia, password } = await house();
    const hello = await signedInAt(runtime, desk);
    const passkey = await aSession(runtime, mia, 'passkey');
    const tomas = await aSession(runtime, await aPerson(runtime, 'tomas'), 'password');
    const [here, other, third] = [
      await byPassword(runtime, mia, password),
      await byPassword(runtime, mia, password),
      await byPassword(runtime, mia, password),
    ];
    runtime.pass(1000);
    const result = await changePassword(runtime, here, { current: password, password: NEW });
    expect(done(result)).toEqual({ sessionsEnded: 2 });
    for (const { token } of [here, other, third]) expect(await findSession(runtime, token)).toBeNull();
    for (const { token } of [hello, passkey, tomas]) expect(await findSession(runtime, token)).not.toBeNull();
    const now = await within(runtime, here, tokenOf(result));
    expect(now.session.id).not.toBe(here.session.id);
    expect(now.session).toMatchObject({ method: 'password', expiresAt: here.session.expiresAt });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'password_changed',
      outcome: 'success',
      sessionId: now.session.id,
      detail: { sessionsEnded: 2 },
    });
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    const old = { upn: mia.upn, password };
    expect(outcome(await signInWithPassword(runtime, aBrowser(runtime), old))).toBe('sign_in_failed');
    const fresh = { upn: mia.upn, password: NEW };
    expect(outcome(await signInWithPassword(runtime, aBrowser(runtime), fresh))).toBe('ok');
    const user = await runtime.db.user.findUniqueOrThrow({ where: { id: mia.id } });
    expect(user).toMatchObject({ passwordChangedAt: runtime.clock.now(), passwordChangeRequired: false });
  });

  test('from a Hello session leaves that session and its token as they are', async () => {
    const { runtime, desk, mia, password } = await house();
    const hello = await signedInAt(runtime, desk);
    const other = await byPassword(runtime, mia, password);
    const result = await changePassword(runtime, hello, { current: password, password: NEW });
    expect(done(result)).toEqual({ sessionsEnded: 1 });
    expect(result.session).toBeUndefined();
    expect(await findSession(runtime, hello.token)).not.toBeNull();
    expect(await findSession(runtime, other.token)).toBeNull();
  });

  test('keeps what else was proven in this session, with its age', async () => {
    const { runtime, mia, password } = await house();
    const here = await byPassword(runtime, mia, password);
    const app = await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'passkey'));
    const proof = { kind: 'totp', provenAt: runtime.clock.now(), credentialId: app.id } as const;
    await runtime.db.proof.create({ data: { ...proof, id: 'code', sessionId: here.session.id } });
    const strong = await within(runtime, here, here.token);
    runtime.pass(60_000);
    const token = tokenOf(await changePassword(runtime, strong, { current: password, password: NEW }));
    const { session } = await within(runtime, here, token);
    expect(session.proofs).toContainEqual(proof);
    expect(session.proofs).toHaveLength(2);
  });

  test('with a wrong old one reads the same whatever the reason, and changes nothing', async () => {
    const { runtime, desk, mia, password } = await house();
    const hello = await signedInAt(runtime, desk);
    const bare = await aSession(runtime, await aPerson(runtime, 'bare'), 'hello');
    const answers = [];
    for (const [caller, current] of [
      [hello, 'wrong'],
      [hello, ''],
      [hello, 'x'.repeat(1024)],
      [bare, password],
    ] as const) {
      runtime.forget();
      const result = await changePassword(runtime, caller, { current, password: NEW });
      answers.push({ result, counts: { ...runtime.counts } });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({
      result: { problem: { code: 'password_refused' } },
      counts: { verify: 1 },
    });
    expect(await lastCause(runtime)).toBe('no_password');
    expect(outcome(await signInWithPassword(runtime, aBrowser(runtime), { upn: mia.upn, password }))).toBe(
      'ok',
    );
  });

  test('counts the old one like any guess: five, then it waits, and keys do not', async () => {
    const { runtime, desk, mia, password } = await house();
    const hello = await signedInAt(runtime, desk);
    for (let guess = 0; guess < 5; guess += 1) {
      const wrong = { current: `guess ${guess}`, password: NEW };
      expect(outcome(await changePassword(runtime, hello, wrong))).toBe('password_refused');
    }
    runtime.forget();
    const right = { current: password, password: NEW };
    expect(outcome(await changePassword(runtime, hello, right))).toBe('too_many_attempts');
    expect(runtime.counts).toMatchObject({ verify: 0, hash: 0 });
    // The same counter as the sign-in from here.
    const there = await signInWithPassword(runtime, desk.browser, { upn: mia.upn, password });
    expect(outcome(there)).toBe('too_many_attempts');
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });

  test('to one that is not allowed says all that is wrong, and costs no attempt and no hash', async () => {
    const { runtime, desk, password } = await house();
    const hello = await signedInAt(runtime, desk);
    runtime.forget();
    for (const [wanted, faults] of [
      ['plum orchard', 'too_short'],
      ['x'.repeat(400), 'too_long'],
      ['letmein', 'too_short common'],
      ['Password_12345678', 'common'],
      ['TidewaterStudio 2026', 'about_you'],
      ['Latchkey', 'too_short about_you'],
      ['aaaaaaaaaaaaaaaaaaaa', 'repetitive'],
      [password, 'unchanged'],
    ] as const) {
      const result = await changePassword(runtime, hello, { current: password, password: wanted });
      expect(result).toMatchObject({ problem: { code: 'password_not_allowed', facts: { faults } } });
    }
    expect(runtime.counts).toMatchObject({ verify: 0, hash: 0 });
    expect(outcome(await changePassword(runtime, hello, { current: password, password: NEW }))).toBe('ok');
  });

  test('takes a long passphrase in any script, and reads it in one form', async () => {
    const { runtime, desk, mia, password } = await house();
    const hello = await signedInAt(runtime, desk);
    const passphrase = `vier Möwen u\u0308ber dem Hafen, 七つの海 🦊 `.repeat(6).slice(0, 230);
    done(await changePassword(runtime, hello, { current: password, password: passphrase }));
    const composed = { upn: mia.upn, password: passphrase.normalize('NFC') };
    expect(outcome(await signInWithPassword(runtime, aBrowser(runtime), composed))).toBe('ok');
  });

  test('from a session that ended meanwhile changes nothing', async () => {
    const { runtime, desk, mia, password } = await house();
    const hello = await signedInAt(runtime, desk);
    await runtime.db.session.updateMany({ data: { endedAt: runtime.clock.now() } });
    const input = { current: password, password: NEW };
    expect(outcome(await changePassword(runtime, hello, input))).toBe('sign_in_required');
    expect(outcome(await signInWithPassword(runtime, aBrowser(runtime), { upn: mia.upn, password }))).toBe(
      'ok',
    );
  });

  test('at the same instant as others is done by exactly one of them', async () => {
    const { runtime, mia, password } = await house();
    const callers = [
      await byPassword(runtime, mia, password),
      await byPassword(runtime, mia, password),
      await aSession(runtime, mia, 'passkey'),
    ];
    const wanted = (index: number) => `${NEW}${' again'.repeat(index)}`;
    const answers = await Promise.all(
      callers.map((caller, index) =>
        changePassword(runtime, caller, { current: password, password: wanted(index) }),
      ),
    );
    const winner = answers.findIndex(({ ok }) => ok);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await runtime.db.event.count({ where: { code: 'password_changed', outcome: 'success' } })).toBe(1);
    for (const index of callers.keys()) {
      const attempt = { upn: mia.upn, password: wanted(index) };
      const result = await signInWithPassword(runtime, aBrowser(runtime, `198.51.100.${index}`), attempt);
      expect(result.ok).toBe(index === winner);
    }
  });
});
