import { describe, expect, test } from 'vitest';
import { toBase64Url } from '#domain/base64url';
import type { Result } from '#domain/result';
import type { Caller } from './caller.ts';
import { sealChallenge } from './ceremony.ts';
import { requirePasswordChange, resetPassword, setUserDisabled } from './identity.ts';
import {
  confirmWithCode,
  type PasswordStep,
  signInWithCode,
  signInWithNewPassword,
  signInWithPassword,
} from './password-sign-in.ts';
import { setPolicy } from './policy-setting.ts';
import { removeSecondFactor } from './second-factor.ts';
import { findSession, lockSession } from './session.ts';
import { redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  anAuthenticatorApp,
  aPassSession,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  done,
  flipped,
  lastCause,
  lastEvent,
  outcome,
  rows,
  signIn,
  type TestApp,
  type TestPerson,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

const NEW = 'violet engines hum at dawn';

interface Mia extends TestPerson {
  password: string;
  app: TestApp;
}

/** A person with a password and an authenticator app, signed in nowhere. */
async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aCarefulPerson(runtime, 'mia');
  return { runtime, mia, browser: aBrowser(runtime) };
}

async function aCarefulPerson(runtime: TestRuntime, alias: string): Promise<Mia> {
  const person = await aPerson(runtime, alias);
  const app = await anAuthenticatorApp(runtime, await aSession(runtime, person, 'passkey'));
  await runtime.db.session.deleteMany({ where: { userId: person.id } });
  return { ...person, app, password: await aPassword(runtime, person) };
}

const typed = (runtime: TestRuntime, browser: Caller, { upn, password }: { upn: string; password: string }) =>
  signInWithPassword(runtime, browser, { upn, password });

/** The step that a password or a code led to. */
function stepOf<N extends PasswordStep['next']>(result: Result<PasswordStep>, next: N) {
  const step = done(result);
  expect(step.next).toBe(next);
  expect(result.session).toBeUndefined();
  return step as Extract<PasswordStep, { next: N }>;
}

/** The fresh ticket that came with a refusal. */
function ticketOf(result: Result<unknown>): string {
  return String(result.ok ? '' : result.problem.facts?.ticket);
}

describe('a password of somebody with an authenticator app', () => {
  test('opens no session: it leads to the code, and both together open one that has proven both', async () => {
    const { runtime, mia, browser } = await house();
    const { ticket } = stepOf(await typed(runtime, browser, mia), 'code');
    expect((await rows(runtime)).sessions).toBe(0);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'password_accepted', detail: { next: 'code' } });
    const token = tokenOf(
      await signInWithCode(runtime, browser, {
        upn: ` ${mia.upn.toUpperCase()}`,
        ticket,
        code: mia.app.code(),
      }),
    );
    const { session } = await within(runtime, browser, token);
    expect(session).toMatchObject({ kind: 'ordinary', method: 'password' });
    expect(session.proofs).toEqual([
      { kind: 'password', provenAt: runtime.clock.now(), credentialId: null },
      { kind: 'totp', provenAt: runtime.clock.now(), credentialId: mia.app.id },
    ]);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'password_sign_in', detail: { method: 'totp' } });
  });

  test('takes a code once: replayed it opens nothing, also at the same instant, and answers with a fresh ticket', async () => {
    const { runtime, mia, browser } = await house();
    const code = mia.app.code();
    const tickets = await Promise.all(
      [1, 2, 3].map(async () => stepOf(await typed(runtime, browser, mia), 'code').ticket),
    );
    const answers = await Promise.all(
      tickets.map((ticket) => signInWithCode(runtime, browser, { upn: mia.upn, ticket, code })),
    );
    expect(answers.map(outcome).sort()).toEqual(['code_refused', 'code_refused', 'ok']);
    expect((await rows(runtime)).sessions).toBe(1);
    expect(await lastCause(runtime)).toBe('code_replayed');
    const ticket = ticketOf(answers.find(({ ok }) => !ok) ?? done(answers[0] as never));
    runtime.pass(30_000);
    tokenOf(await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: mia.app.code() }));
  });

  test('takes no ticket of another browser, person, purpose or password, none twice, none late, and no garbage', async () => {
    const { runtime, mia, browser } = await house();
    const tomas = await aCarefulPerson(runtime, 'tomas');
    const mine = stepOf(await typed(runtime, browser, mia), 'code').ticket;
    const theirs = stepOf(await typed(runtime, browser, tomas), 'code').ticket;
    const sealed = (purpose: 'sign-in' | 'step-up' | 'new-password') =>
      toBase64Url(sealChallenge(runtime, purpose, { browser: browser.browser, userId: mia.id }));
    const attempt = async (caller: Caller, ticket: string, person: Mia = mia) => {
      const result = await signInWithCode(
        runtime,
        { ...caller, address: `192.0.2.${runtime.random.bytes(1)[0]}` },
        { upn: person.upn, ticket, code: person.app.code() },
      );
      return outcome(result);
    };
    expect(await attempt(aBrowser(runtime), mine)).toBe('challenge_invalid');
    expect(await attempt(browser, theirs)).toBe('challenge_invalid');
    expect(await attempt(browser, mine, tomas)).toBe('challenge_invalid');
    for (const purpose of ['sign-in', 'step-up', 'new-password'] as const)
      expect(await attempt(browser, sealed(purpose))).toBe('challenge_invalid');
    for (const garbage of ['', '!', 'x'.repeat(100_000), mine.slice(1), flipped(mine)])
      expect(await attempt(browser, garbage)).toBe('challenge_invalid');
    expect((await rows(runtime)).sessions).toBe(0);

    expect(await attempt(browser, mine)).toBe('ok');
    expect(await attempt(browser, mine)).toBe('challenge_consumed');
    expect(await attempt(browser, theirs, tomas)).toBe('ok');
    runtime.pass(30_000);
    const late = stepOf(await typed(runtime, browser, mia), 'code').ticket;
    runtime.pass(600_000);
    expect(await attempt(browser, late)).toBe('challenge_expired');

    const overtaken = stepOf(await typed(runtime, browser, mia), 'code').ticket;
    await aPassword(runtime, mia);
    expect(await attempt(browser, overtaken)).toBe('challenge_invalid');
  });

  test('keeps its ticket’s end however often a wrong code is typed', async () => {
    const { runtime, mia, browser } = await house();
    let { ticket } = stepOf(await typed(runtime, browser, mia), 'code');
    for (let minute = 0; minute < 9; minute += 1) {
      const wrong = { upn: mia.upn, ticket, code: mia.app.code(5) };
      const at = { ...browser, address: `192.0.2.${minute}` };
      const refused = await signInWithCode(runtime, at, wrong);
      expect(outcome(refused)).toBe('code_refused');
      ticket = ticketOf(refused);
      runtime.pass(60_000);
    }
    runtime.pass(60_000);
    const right = { upn: mia.upn, ticket, code: mia.app.code() };
    expect(outcome(await signInWithCode(runtime, browser, right))).toBe('challenge_expired');
  });

  test('in one browser does not take another person’s code', async () => {
    const { runtime, mia, browser } = await house();
    const tomas = await aCarefulPerson(runtime, 'tomas');
    const { ticket } = stepOf(await typed(runtime, browser, mia), 'code');
    const result = await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: tomas.app.code() });
    expect(outcome(result)).toBe('code_refused');
    expect(await lastCause(runtime)).toBe('code_wrong');
  });

  test('opens nothing when the person was disabled between password and code', async () => {
    const { runtime, mia, browser } = await house();
    const { ticket } = stepOf(await typed(runtime, browser, mia), 'code');
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    const answer = await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: mia.app.code() });
    expect(outcome(answer)).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('user_disabled');
  });

  test('lets codes be guessed five times, then they wait; keys, passes and the password do not', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const app = await anAuthenticatorApp(runtime, session);
    const password = await aPassword(runtime, desk.person);
    const { upn } = desk.person;
    let { ticket } = stepOf(await signInWithPassword(runtime, desk.browser, { upn, password }), 'code');
    for (let guess = 0; guess < 5; guess += 1) {
      const refused = await signInWithCode(runtime, desk.browser, { upn, ticket, code: app.code(5 + guess) });
      expect(outcome(refused)).toBe('code_refused');
      ticket = ticketOf(refused);
    }
    const right = { upn, ticket, code: app.code() };
    const waiting = await signInWithCode(runtime, desk.browser, right);
    expect(waiting).toMatchObject({ problem: { code: 'too_many_attempts', retryAfterSeconds: 300 } });
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    await aPassSession(runtime, desk.person, { caller: desk.browser });
    stepOf(await signInWithPassword(runtime, desk.browser, { upn, password }), 'code');
    // The ticket was not spent by the wait.
    runtime.pass(300_000);
    const later = { ...right, code: app.code() };
    expect(outcome(await signInWithCode(runtime, desk.browser, later))).toBe('ok');
  });

  test('tells nobody without the password that there is an app: a code alone is refused for every name alike', async () => {
    const { runtime, mia } = await house();
    const bare = await aPerson(runtime, 'bare');
    await aPassword(runtime, bare);
    const forged = toBase64Url(
      sealChallenge(runtime, 'password-code', { browser: 'another', userId: mia.id }),
    );
    const trials = [];
    for (const [host, upn] of [mia.upn, bare.upn, 'nobody@tidewater.example', 'no name'].entries()) {
      const browser = aBrowser(runtime, `198.51.100.${host}`);
      runtime.forget();
      const result = await signInWithCode(runtime, browser, { upn, ticket: forged, code: mia.app.code() });
      trials.push({ result, counts: { ...runtime.counts }, statements: [...runtime.statements] });
    }
    for (const trial of trials) expect(trial).toEqual(trials[0]);
    expect(outcome(trials[0]?.result as never)).toBe('challenge_invalid');
  });
});

describe('a password that must change', () => {
  async function changing() {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const mia = await aPerson(runtime);
    const { password } = done(await resetPassword(runtime, null, { userId: mia.id }));
    return { runtime, mia: { ...mia, password }, browser: aBrowser(runtime) };
  }

  test('opens nothing but its own change; the new one signs in and the old one never again', async () => {
    const { runtime, mia, browser } = await changing();
    const step = stepOf(await typed(runtime, browser, mia), 'new_password');
    expect(step).toMatchObject({ minimumLength: 15, appId: null });
    expect((await rows(runtime)).sessions).toBe(0);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'password_accepted',
      detail: { next: 'new_password' },
    });
    const input = { upn: mia.upn, ticket: step.ticket, appId: null, password: NEW };
    const token = tokenOf(await signInWithNewPassword(runtime, browser, input));
    expect((await within(runtime, browser, token)).session.method).toBe('password');
    expect(outcome(await typed(runtime, browser, mia))).toBe('sign_in_failed');
    expect(done(await typed(runtime, browser, { ...mia, password: NEW })).next).toBe('signed_in');
    const user = await runtime.db.user.findUniqueOrThrow({ where: { id: mia.id } });
    expect(user).toMatchObject({ passwordChangeRequired: false, passwordChangedAt: runtime.clock.now() });
  });

  test('is asked for by an administrator; what is open goes on until then', async () => {
    const { runtime, mia, browser } = await changing();
    const password = await aPassword(runtime, mia);
    const token = tokenOf(await signInWithPassword(runtime, browser, { upn: mia.upn, password }));
    const ada = (await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello'))
      .session.person;
    done(await requirePasswordChange(runtime, ada, { userId: mia.id }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'password_change_required',
      userId: mia.id,
      actorId: ada.id,
    });
    expect(await findSession(runtime, token)).not.toBeNull();
    stepOf(await signInWithPassword(runtime, browser, { upn: mia.upn, password }), 'new_password');
    const bare = await aPerson(runtime, 'bare');
    expect(outcome(await requirePasswordChange(runtime, ada, { userId: bare.id }))).toBe('password_missing');
  });

  test('read wrong is like any other wrong password', async () => {
    const { runtime, mia, browser } = await changing();
    const wrong = await typed(runtime, browser, { ...mia, password: 'wrong' });
    const unknown = await typed(runtime, browser, { upn: 'nobody@tidewater.example', password: 'wrong' });
    expect(wrong).toEqual(unknown);
  });

  test('is not replaced by one that is not allowed; the answer says why and carries a fresh ticket with the same end', async () => {
    const { runtime, mia, browser } = await changing();
    let { ticket } = stepOf(await typed(runtime, browser, mia), 'new_password');
    for (const [password, faults] of [
      ['plum orchard', 'too_short'],
      ['n'.repeat(300), 'too_long'],
      ['password12345678', 'common'],
      ['Mia Tidewater 2026!', 'about_you'],
      [mia.password, 'unchanged'],
    ] as const) {
      const refused = await signInWithNewPassword(runtime, browser, {
        upn: mia.upn,
        ticket,
        appId: null,
        password,
      });
      expect(refused).toMatchObject({ problem: { code: 'password_not_allowed', facts: { faults } } });
      expect(refused.session).toBeUndefined();
      ticket = ticketOf(refused);
      runtime.pass(60_000);
    }
    runtime.pass(300_000);
    const late = { upn: mia.upn, ticket, appId: null, password: NEW };
    expect(outcome(await signInWithNewPassword(runtime, browser, late))).toBe('challenge_expired');
    expect((await rows(runtime)).sessions).toBe(0);
  });

  test('fills the log for nobody who sends tickets of their own making', async () => {
    const { runtime, mia, browser } = await changing();
    const made = { upn: mia.upn, ticket: 'made-up', appId: null, password: NEW };
    for (let sent = 0; sent < 105; sent += 1)
      expect(outcome(await signInWithNewPassword(runtime, browser, made))).toBe('challenge_invalid');
    expect(await runtime.db.event.count({ where: { code: 'password_changed', outcome: 'failure' } })).toBe(
      100,
    );
    expect(await runtime.db.event.count({ where: { code: 'attempts_limited' } })).toBe(1);
  });

  test('takes no ticket of another browser, person or purpose, none twice, none after another change', async () => {
    const { runtime, mia, browser } = await changing();
    const tomas = await aPerson(runtime, 'tomas');
    const theirs = done(await resetPassword(runtime, null, { userId: tomas.id })).password;
    const attempt = async (caller: Caller, ticket: string, more: { upn?: string; appId?: string } = {}) =>
      outcome(
        await signInWithNewPassword(runtime, caller, {
          upn: mia.upn,
          ticket,
          appId: null,
          password: NEW,
          ...more,
        }),
      );
    const { ticket } = stepOf(await typed(runtime, browser, mia), 'new_password');
    const other = stepOf(await typed(runtime, browser, { upn: tomas.upn, password: theirs }), 'new_password');
    expect(await attempt(aBrowser(runtime), ticket)).toBe('challenge_invalid');
    expect(await attempt(browser, other.ticket)).toBe('challenge_invalid');
    expect(await attempt(browser, ticket, { upn: tomas.upn })).toBe('challenge_invalid');
    expect(await attempt(browser, ticket, { appId: 'an-app' })).toBe('challenge_invalid');
    const wrongPurpose = sealChallenge(runtime, 'password-code', {
      browser: browser.browser,
      userId: mia.id,
    });
    expect(await attempt(browser, toBase64Url(wrongPurpose))).toBe('challenge_invalid');
    expect((await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: '000000' })).ok).toBe(false);

    const second = stepOf(await typed(runtime, browser, mia), 'new_password').ticket;
    expect(await attempt(browser, ticket)).toBe('ok');
    expect(await attempt(browser, ticket)).not.toBe('ok');
    expect(await attempt(browser, second)).toBe('challenge_invalid');
  });

  test('is changed exactly once by many at the same instant', async () => {
    const { runtime, mia, browser } = await changing();
    const tickets = [];
    for (let each = 0; each < 3; each += 1)
      tickets.push(stepOf(await typed(runtime, browser, mia), 'new_password').ticket);
    const answers = await Promise.all(
      tickets.map((ticket, index) =>
        signInWithNewPassword(runtime, browser, {
          upn: mia.upn,
          ticket,
          appId: null,
          password: `${NEW} ${'again '.repeat(index)}`,
        }),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await rows(runtime)).sessions).toBe(1);
    expect(await runtime.db.event.count({ where: { code: 'password_changed', outcome: 'success' } })).toBe(1);
  });

  test('comes after the code where there is an app, and the session has proven both', async () => {
    const { runtime, mia, browser } = await house();
    done(await requirePasswordChange(runtime, null, { userId: mia.id }));
    const { ticket } = stepOf(await typed(runtime, browser, mia), 'code');
    const step = stepOf(
      await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: mia.app.code() }),
      'new_password',
    );
    expect(step.appId).toBe(mia.app.id);
    const input = { upn: mia.upn, ticket: step.ticket, password: NEW };
    expect(outcome(await signInWithNewPassword(runtime, browser, { ...input, appId: null }))).toBe(
      'challenge_invalid',
    );
    const token = tokenOf(await signInWithNewPassword(runtime, browser, { ...input, appId: mia.app.id }));
    const { session } = await within(runtime, browser, token);
    expect(session.proofs.map(({ kind }) => kind)).toEqual(['password', 'totp']);
  });

  test('starts over when an app was added since the password, or removed since its code', async () => {
    const { runtime, mia, browser } = await changing();
    const { ticket } = stepOf(await typed(runtime, browser, mia), 'new_password');
    const session = await aSession(runtime, mia, 'passkey');
    const app = await anAuthenticatorApp(runtime, session);
    const input = { upn: mia.upn, ticket, appId: null, password: NEW };
    expect(outcome(await signInWithNewPassword(runtime, browser, input))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('authenticator_app_changed');
    const code = { upn: mia.upn, ticket: stepOf(await typed(runtime, browser, mia), 'code').ticket };
    const after = stepOf(
      await signInWithCode(runtime, browser, { ...code, code: app.code() }),
      'new_password',
    );
    done(await removeSecondFactor(runtime, session, { kind: 'totp', id: app.id }));
    const stale = { upn: mia.upn, ticket: after.ticket, appId: app.id, password: NEW };
    expect(outcome(await signInWithNewPassword(runtime, browser, stale))).toBe('sign_in_failed');
    expect(await runtime.db.user.findUniqueOrThrow({ where: { id: mia.id } })).toMatchObject({
      passwordChangeRequired: true,
    });
  });

  test('follows the length that policy asks for now', async () => {
    const { runtime, mia, browser } = await changing();
    done(await setPolicy(runtime, null, { name: 'PasswordMinimumLength', value: '30' }));
    const step = stepOf(await typed(runtime, browser, mia), 'new_password');
    expect(step.minimumLength).toBe(30);
    const input = { upn: mia.upn, ticket: step.ticket, appId: null, password: NEW };
    expect(await signInWithNewPassword(runtime, browser, input)).toMatchObject({
      problem: { facts: { faults: 'too_short', minimumLength: 30 } },
    });
  });
});

describe('confirming with password and code', () => {
  async function within2() {
    const { runtime, mia } = await house();
    return { runtime, mia, session: await aSession(runtime, mia, 'password') };
  }

  test('adds one proof of both to the session, and changes its token', async () => {
    const { runtime, mia, session } = await within2();
    const input = { password: mia.password, code: mia.app.code() };
    const token = tokenOf(await confirmWithCode(runtime, session, input));
    expect(await findSession(runtime, session.token)).toBeNull();
    const { session: strong } = await within(runtime, session, token);
    expect(strong.id).toBe(session.session.id);
    expect(strong.proofs).toContainEqual({
      kind: 'totp',
      provenAt: runtime.clock.now(),
      credentialId: mia.app.id,
    });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'step_up', detail: { method: 'totp' } });
  });

  test('takes both: a wrong or missing one proves nothing, and all failures read and cost the same', async () => {
    const { runtime, mia, session } = await within2();
    const tomas = await aCarefulPerson(runtime, 'tomas');
    const right = { password: mia.password, code: mia.app.code() };
    const trials = [];
    for (const [host, input] of [
      { ...right, password: 'wrong' },
      { ...right, code: mia.app.code(7) },
      { ...right, password: tomas.password },
      { ...right, code: tomas.app.code() },
      { password: '', code: '' },
    ].entries()) {
      runtime.forget();
      const result = await confirmWithCode(runtime, { ...session, address: `192.0.2.${host}` }, input);
      trials.push({ result, verify: runtime.counts.verify, statements: [...runtime.statements] });
    }
    for (const trial of trials) expect(trial).toEqual(trials[0]);
    expect(outcome(trials[0]?.result as never)).toBe('sign_in_failed');
    expect(await findSession(runtime, session.token)).not.toBeNull();
    // No wrong attempt used the code up.
    expect(outcome(await confirmWithCode(runtime, session, right))).toBe('ok');
    expect(outcome(await confirmWithCode(runtime, session, right))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('code_replayed');
  });

  test('unlocks one’s own session, but not one of a pass, one that ended, or with a password that must change', async () => {
    const { runtime, mia, session } = await within2();
    done(await lockSession(runtime, session));
    const locked = await within(runtime, session, session.token);
    const input = () => ({ password: mia.password, code: mia.app.code() });
    const token = tokenOf(await confirmWithCode(runtime, locked, input()));
    expect((await within(runtime, session, token)).session.lockedAt).toBeNull();
    expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock' });
    runtime.pass(30_000);
    const byPass = await aPassSession(runtime, mia);
    expect(outcome(await confirmWithCode(runtime, byPass, input()))).toBe('registration_only');
    done(await requirePasswordChange(runtime, null, { userId: mia.id }));
    expect(outcome(await confirmWithCode(runtime, session, input()))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('password_change_required');
    await aPassword(runtime, mia);
    const password = await aPassword(runtime, mia);
    expect(outcome(await confirmWithCode(runtime, session, { ...input(), password }))).toBe(
      'sign_in_required',
    );
  });

  test('is limited like guessing either', async () => {
    const { runtime, mia, session } = await within2();
    for (let guess = 0; guess < 5; guess += 1) {
      const wrong = { password: mia.password, code: mia.app.code(9) };
      expect(outcome(await confirmWithCode(runtime, session, wrong))).toBe('sign_in_failed');
    }
    const right = { password: mia.password, code: mia.app.code() };
    expect(outcome(await confirmWithCode(runtime, session, right))).toBe('too_many_attempts');
    const pass = await redeemTemporaryAccessPass(runtime, aBrowser(runtime), {
      upn: mia.upn,
      pass: 'WRONG234',
    });
    expect(outcome(pass)).toBe('sign_in_failed');
  });
});
