import { describe, expect, test } from 'vitest';
import { HOUR_MS, later, MINUTE_MS } from '#domain/time';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import { anyone, member, signedIn } from './caller.ts';
import { beginDeviceProof } from './device.ts';
import { setUserDisabled } from './identity.ts';
import { confirmWithCode } from './password-sign-in.ts';
import { endOwnSessions, endSessionOf, findSession, listSessions, lockSession, signOut } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  anAuthenticatorApp,
  answerChallenge,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastEvent,
  outcome,
  rows,
  signedInAt,
  signIn,
  tokenOf,
  within,
} from './testing.ts';

describe('a session', () => {
  test('dies after one idle hour, to the millisecond, and lives on when it is used', async () => {
    const runtime = await aRuntime();
    const { token } = await aSession(runtime, await aPerson(runtime), 'passkey');
    runtime.pass(HOUR_MS - 1);
    expect(await findSession(runtime, token)).not.toBeNull();
    runtime.pass(HOUR_MS - 1);
    expect(await findSession(runtime, token)).not.toBeNull();
    runtime.pass(HOUR_MS);
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('that noted a time to come notes the present with its next request, and idles out from there', async () => {
    const runtime = await aRuntime();
    const { token } = await aSession(runtime, await aPerson(runtime), 'passkey');
    const lastSeenAt = later(runtime.clock.now(), 10 * HOUR_MS);
    await runtime.db.session.updateMany({ data: { lastSeenAt } });
    expect(await findSession(runtime, token)).not.toBeNull();
    runtime.pass(HOUR_MS);
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('dies a day after it began, however busy it is', async () => {
    const runtime = await aRuntime();
    const { token } = await aSession(runtime, await aPerson(runtime), 'passkey');
    for (let half = 0; half < 47; half += 1) {
      runtime.pass(HOUR_MS / 2);
      expect(await findSession(runtime, token)).not.toBeNull();
    }
    runtime.pass(HOUR_MS / 2 - 1);
    expect(await findSession(runtime, token)).not.toBeNull();
    runtime.pass(1);
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('notes that it is used at most once a minute: reading a page is no write', async () => {
    const runtime = await aRuntime();
    const { token } = await aSession(runtime, await aPerson(runtime), 'passkey');
    runtime.pass(MINUTE_MS - 1);
    runtime.forget();
    await findSession(runtime, token);
    expect(runtime.statements.filter((text) => !text.startsWith('SELECT'))).toEqual([]);
    runtime.pass(1);
    await findSession(runtime, token);
    expect(runtime.statements.filter((text) => text.startsWith('UPDATE'))).toHaveLength(1);
  });

  test('is found by its token alone, of which only a hash is kept', async () => {
    const runtime = await aRuntime();
    const { token, session } = await aSession(runtime, await aPerson(runtime), 'passkey');
    const row = await runtime.db.session.findFirstOrThrow();
    expect(row.tokenHash).not.toBe(token);
    for (const guess of [row.tokenHash, session.id, '', `${token} `, token.toLowerCase()]) {
      expect(await findSession(runtime, guess)).toBeNull();
    }
  });

  test('stops at once when its person is disabled, and does not come back', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const { token } = await aSession(runtime, mia, 'passkey');
    expect(done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }))).toEqual({
      sessionsEnded: 1,
    });
    expect(await findSession(runtime, token)).toBeNull();
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: false }));
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('that was opened in the very moment its person or its device was disabled is dead', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { token } = await signedInAt(runtime, desk);
    const { id } = desk.person;
    await runtime.db.user.update({ where: { id }, data: { disabledAt: runtime.clock.now() } });
    expect(await findSession(runtime, token)).toBeNull();
    await runtime.db.user.update({ where: { id }, data: { disabledAt: null } });
    expect(await findSession(runtime, token)).not.toBeNull();
    await runtime.db.device.updateMany({ data: { disabledAt: runtime.clock.now() } });
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('ends once: signing out twice writes one event and clears the cookie both times', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    for (let times = 0; times < 2; times += 1)
      expect((await signOut(runtime, session)).session).toBe('clear');
    expect(await findSession(runtime, session.token)).toBeNull();
    expect(await runtime.db.event.count({ where: { code: 'session_ended' } })).toBe(1);
  });
});

describe('one’s own sessions', () => {
  test('are listed while they live, without those of others', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const old = await aSession(runtime, mia, 'passkey');
    runtime.pass(HOUR_MS);
    const first = await aSession(runtime, mia, 'passkey');
    const second = await aSession(runtime, mia, 'password');
    await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    const listed = (await listSessions(runtime, mia.id)).map(({ id }) => id);
    expect(listed.sort()).toEqual([first.session.id, second.session.id].sort());
    expect(listed).not.toContain(old.session.id);
  });

  test('can be ended one by one, all others, or this one, which clears the cookie', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const [here, one, two] = [
      await aSession(runtime, mia, 'passkey'),
      await aSession(runtime, mia, 'passkey'),
      await aSession(runtime, mia, 'passkey'),
    ];
    expect(done(await endOwnSessions(runtime, here, { sessionId: one.session.id }))).toEqual({ ended: 1 });
    expect(await findSession(runtime, one.token)).toBeNull();
    expect(done(await endOwnSessions(runtime, here, { sessionId: 'others' }))).toEqual({ ended: 1 });
    expect(await findSession(runtime, two.token)).toBeNull();
    expect(await findSession(runtime, here.token)).not.toBeNull();
    expect((await endOwnSessions(runtime, here, { sessionId: here.session.id })).session).toBe('clear');
    expect(await findSession(runtime, here.token)).toBeNull();
  });

  test('are one’s own: another person’s cannot be ended', async () => {
    const runtime = await aRuntime();
    const [mia, tomas] = [await aPerson(runtime), await aPerson(runtime, 'tomas')];
    const [here, theirs] = [
      await aSession(runtime, mia, 'passkey'),
      await aSession(runtime, tomas, 'passkey'),
    ];
    expect(done(await endOwnSessions(runtime, here, { sessionId: theirs.session.id }))).toEqual({ ended: 0 });
    expect(done(await endOwnSessions(runtime, here, { sessionId: 'others' }))).toEqual({ ended: 0 });
    expect(await findSession(runtime, theirs.token)).not.toBeNull();
  });

  test('ended by an administrator end only as that person’s, once', async () => {
    const runtime = await aRuntime();
    const [mia, tomas] = [await aPerson(runtime), await aPerson(runtime, 'tomas')];
    const { session, token } = await aSession(runtime, mia, 'passkey');
    expect(outcome(await endSessionOf(runtime, 'admin', { userId: tomas.id, sessionId: session.id }))).toBe(
      'not_found',
    );
    done(await endSessionOf(runtime, 'admin', { userId: mia.id, sessionId: session.id }));
    expect(await findSession(runtime, token)).toBeNull();
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'session_ended',
      actorId: 'admin',
      userId: mia.id,
    });
    expect(outcome(await endSessionOf(runtime, 'admin', { userId: mia.id, sessionId: session.id }))).toBe(
      'not_found',
    );
  });
});

describe('a locked session', () => {
  test('is locked in every tab: doors refuse, signing out and unlocking stay open', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    done(await lockSession(runtime, session));
    const otherTab = await within(runtime, desk.browser, session.token);
    expect(outcome(signedIn(otherTab))).toBe('session_locked');
    expect(outcome(member(otherTab))).toBe('session_locked');
    expect(outcome(anyone(otherTab))).toBe('ok');
    expect(outcome(await beginDeviceProof(runtime, otherTab, { purpose: 'register-device' }))).toBe(
      'session_locked',
    );
    for (const purpose of ['step-up', 'add-browser'] as const) {
      expect(outcome(await beginAuthentication(runtime, otherTab, { purpose }))).toBe('session_locked');
    }
    expect(outcome(await beginAuthentication(runtime, otherTab, { purpose: 'unlock' }))).toBe('ok');
  });

  test('is opened by Hello on this device, with another token; the lock was one event and so is its end', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    for (let times = 0; times < 2; times += 1) done(await lockSession(runtime, session));
    const locked = await within(runtime, desk.browser, session.token);
    const token = tokenOf(await signIn(runtime, desk, {}, locked, 'unlock'));
    expect(await findSession(runtime, session.token)).toBeNull();
    expect(await findSession(runtime, token)).toMatchObject({ id: session.session.id, lockedAt: null });
    expect(await runtime.db.event.count({ where: { code: 'session_locked' } })).toBe(1);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock', outcome: 'success' });
  });

  test('stays locked for Hello without its device, for another person and for a wrong answer', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const tomas = await aPersonWithPasskey(runtime, 'tomas');
    const session = await signedInAt(runtime, desk);
    done(await lockSession(runtime, session));
    const locked = await within(runtime, desk.browser, session.token);
    expect(outcome(await signIn(runtime, desk, { device: null }, locked, 'unlock'))).toBe('device_unknown');
    expect(outcome(await signIn(runtime, tomas, {}, locked, 'unlock'))).toBe('sign_in_failed');
    expect(outcome(await signIn(runtime, desk, { userVerified: false }, locked, 'unlock'))).toBe(
      'sign_in_failed',
    );
    expect((await findSession(runtime, session.token))?.lockedAt).not.toBeNull();
  });

  test('is not opened by an answer to the challenge of another session, nor by a step-up begun before the lock', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const other = await signedInAt(runtime, desk);
    const session = await signedInAt(runtime, desk);
    const stepUp = await answerChallenge(runtime, session, desk, 'step-up');
    const elsewhere = await answerChallenge(runtime, other, desk, 'unlock');
    done(await lockSession(runtime, session));
    const locked = await within(runtime, desk.browser, session.token);
    expect(outcome(await finishAuthentication(runtime, locked, stepUp))).toBe('session_locked');
    expect(outcome(await finishAuthentication(runtime, locked, elsewhere))).toBe('challenge_invalid');
    expect((await rows(runtime)).liveSessions).toBe(2);
  });

  test('is not opened by a proof that was looked at before it was locked', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const mia = await aPerson(runtime);
    const session = await aSession(runtime, mia, 'passkey');
    const app = await anAuthenticatorApp(runtime, session);
    const password = await aPassword(runtime, mia);
    const { pass } = done(await issueTemporaryAccessPass(runtime, null, { userId: mia.id, oneTime: true }));
    const before = await within(runtime, session, session.token);
    done(await lockSession(runtime, before));
    const attempts = [
      confirmWithCode(runtime, before, { password, code: app.code() }),
      redeemTemporaryAccessPass(runtime, before, { upn: mia.upn, pass }),
    ];
    expect((await Promise.all(attempts)).map(outcome)).toEqual(['session_locked', 'sign_in_failed']);
    const locked = await within(runtime, session, session.token);
    expect(locked.session.lockedAt).not.toBeNull();
    // Nothing was used up for it.
    const opened = await redeemTemporaryAccessPass(runtime, locked, { upn: mia.upn, pass });
    const unlocked = await within(runtime, session, tokenOf(opened));
    expect(outcome(await confirmWithCode(runtime, unlocked, { password, code: app.code() }))).toBe('ok');
  });
});

test('nobody can lock, unlock or step up without a session', async () => {
  const runtime = await aRuntime();
  for (const purpose of ['unlock', 'step-up', 'add-browser'] as const) {
    expect(outcome(await beginAuthentication(runtime, aBrowser(runtime), { purpose }))).toBe(
      'sign_in_required',
    );
  }
});
