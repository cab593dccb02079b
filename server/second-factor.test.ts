import { describe, expect, test } from 'vitest';
import type { SecondFactorKind } from '#domain/second-factor';
import { askForConfirmation, confirmWithPhone } from './approval.ts';
import { confirmationWays } from './authentication.ts';
import type { SignedIn } from './caller.ts';
import type { MethodValues } from './methods.ts';
import {
  askPhonesAfterPassword,
  confirmWithCode,
  signInWithCode,
  signInWithPassword,
  signInWithPhone,
} from './password-sign-in.ts';
import {
  listSecondFactors,
  preferSecondFactor,
  removeSecondFactor,
  removeSecondFactorOf,
  renameSecondFactor,
  requireReregistration,
  secondFactorsOf,
} from './second-factor.ts';
import { findSession } from './session.ts';
import {
  aBrowser,
  anAuthenticatorApp,
  aPassSession,
  aPassword,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  outcome,
  setMethods,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { answer, aPhone } from './testing-phone.ts';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  return { runtime, mia, session: await aSession(runtime, mia, 'passkey') };
}

const make = {
  totp: anAuthenticatorApp,
  authenticator: aPhone as (runtime: TestRuntime, caller: SignedIn) => Promise<{ id: string }>,
} as const;

describe.each<[SecondFactorKind, string]>([
  ['totp', 'totp'],
  ['authenticator', 'phone'],
])('a second factor (%s)', (kind, event) => {
  test('is renamed, preferred and removed by its owner after a fresh proof, and by nobody else', async () => {
    const { runtime, mia, session } = await house();
    const { id } = await make[kind](runtime, session);
    const tomas = await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    const byPassword = await aSession(runtime, mia, 'password');
    const byPass = await aPassSession(runtime, mia);
    const rename = { kind, id, name: 'Tablet' };
    for (const [caller, refused] of [
      [tomas, 'not_found'],
      [byPassword, 'proof_required'],
      [byPass, 'proof_required'],
    ] as const) {
      expect(outcome(await renameSecondFactor(runtime, caller, rename))).toBe(refused);
      expect(outcome(await preferSecondFactor(runtime, caller, { preferred: kind }))).toBe(refused);
      expect(outcome(await removeSecondFactor(runtime, caller, { kind, id }))).toBe(refused);
    }
    const other = kind === 'totp' ? 'authenticator' : 'totp';
    expect(outcome(await renameSecondFactor(runtime, session, { ...rename, kind: other }))).toBe('not_found');
    done(await renameSecondFactor(runtime, session, rename));
    expect(await lastEvent(runtime)).toMatchObject({ code: `${event}_renamed`, detail: { name: 'Tablet' } });
    expect(await listSecondFactors(runtime.db, mia.id)).toMatchObject([{ kind, id, name: 'Tablet' }]);
    done(await removeSecondFactor(runtime, session, { kind, id }));
    expect(outcome(await removeSecondFactor(runtime, session, { kind, id }))).toBe('not_found');
    expect(await listSecondFactors(runtime.db, mia.id)).toEqual([]);
  });

  test('takes the sessions with it that it let in or confirmed, as a key does, but for one’s own', async () => {
    const { runtime, mia, session } = await house();
    const { id } = await make[kind](runtime, session);
    const strengthened = await aSession(runtime, mia, 'hello');
    const untouched = await aSession(runtime, mia, 'hello');
    for (const each of [session, strengthened]) {
      await runtime.db.proof.create({
        data: {
          id: `proof-${each.session.id}`,
          sessionId: each.session.id,
          kind,
          provenAt: runtime.clock.now(),
          credentialId: id,
        },
      });
    }
    done(await removeSecondFactor(runtime, session, { kind, id }));
    expect((await lastEvent(runtime)).detail).toEqual({
      name: kind === 'totp' ? 'Phone' : 'Blue phone',
      sessionsEnded: 1,
    });
    expect(await findSession(runtime, strengthened.token)).toBeNull();
    for (const { token } of [session, untouched]) expect(await findSession(runtime, token)).not.toBeNull();
  });

  test('is removed by an administrator who may manage the person, never by themselves that way', async () => {
    const { runtime, mia, session } = await house();
    const { id } = await make[kind](runtime, session);
    const ada = await aSession(
      runtime,
      await aPerson(runtime, 'ada', ['authentication_administrator']),
      'hello',
    );
    const priya = await aSession(runtime, await aPerson(runtime, 'priya', ['global_reader']), 'hello');
    const remove = async (actor: typeof ada, userId = mia.id) =>
      outcome(await removeSecondFactorOf(runtime, actor.session.person, { kind, id, userId }));
    expect(await remove(session)).toBe('own_account');
    expect(await remove(priya)).toBe('not_permitted');
    expect(await remove(ada, priya.session.userId)).toBe('not_permitted');
    expect(await remove(ada, (await aPerson(runtime, 'tomas')).id)).toBe('not_found');
    expect(await remove(ada)).toBe('ok');
    expect(await lastEvent(runtime)).toMatchObject({
      code: `${event}_removed`,
      userId: mia.id,
      actorId: ada.session.userId,
      credentialId: id,
    });
  });
});

describe('what is asked for first', () => {
  test('is the phone, until its owner chooses the app, and again when the app is gone', async () => {
    const { runtime, mia, session } = await house();
    const first = async () => (await secondFactorsOf(runtime.db, mia.id)).first;
    expect(await first()).toBeNull();
    const app = await anAuthenticatorApp(runtime, session);
    expect(await first()).toBe('totp');
    await aPhone(runtime, session);
    expect(await first()).toBe('authenticator');
    done(await preferSecondFactor(runtime, session, { preferred: 'totp' }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'second_factor_preferred',
      detail: { preferred: 'totp' },
    });
    expect(await first()).toBe('totp');
    expect(await confirmationWays(runtime, session.session)).toMatchObject({ phone: true, first: 'totp' });
    done(await removeSecondFactor(runtime, session, { kind: 'totp', id: app.id }));
    expect(await first()).toBe('authenticator');
  });

  test('tells nothing before the password was right', async () => {
    const { runtime, mia, session } = await house();
    await anAuthenticatorApp(runtime, session);
    await aPassword(runtime, mia);
    const wrong = await signInWithPassword(runtime, aBrowser(runtime), { upn: mia.upn, password: 'wrong' });
    expect(JSON.stringify(wrong)).not.toContain('totp');
  });
});

describe('new second factors, where an administrator asks for them', () => {
  async function asked() {
    const { runtime, mia, session } = await house();
    const app = await anAuthenticatorApp(runtime, session);
    const phone = await aPhone(runtime, session);
    const password = await aPassword(runtime, mia);
    const browser = aBrowser(runtime);
    const typed = async () => {
      const step = done(await signInWithPassword(runtime, browser, { upn: mia.upn, password }));
      if (step.next !== 'code') throw new Error(step.next);
      return { upn: mia.upn, ticket: step.ticket };
    };
    const byCode = async () =>
      tokenOf(await signInWithCode(runtime, browser, { ...(await typed()), code: app.code() }));
    return { runtime, mia, session, app, phone, password, browser, typed, byCode };
  }

  test('take their word: those who may manage the person, where there is something to renew', async () => {
    const { runtime, mia, session } = await house();
    const ada = await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello');
    const priya = await aSession(runtime, await aPerson(runtime, 'priya', ['global_reader']), 'hello');
    const ask = async (actor: typeof ada) =>
      outcome(await requireReregistration(runtime, actor.session.person, { userId: mia.id }));
    expect(await ask(ada)).toBe('not_found');
    await anAuthenticatorApp(runtime, session);
    expect(await ask(priya)).toBe('not_permitted');
    expect(await ask(session)).toBe('own_account');
    expect(await ask(ada)).toBe('ok');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'reregistration_required',
      userId: mia.id,
      actorId: ada.session.userId,
    });
  });

  test('end what the present ones let in, and leave what a key did', async () => {
    const { runtime, mia, session, byCode } = await asked();
    const token = await byCode();
    done(await requireReregistration(runtime, null, { userId: mia.id }));
    expect(await findSession(runtime, token)).toBeNull();
    expect(await findSession(runtime, session.token)).not.toBeNull();
  });

  test('leave the present ones good for adding alone: a code opens a session that only registers', async () => {
    const { runtime, mia, browser, byCode } = await asked();
    done(await requireReregistration(runtime, null, { userId: mia.id }));
    const caller = await within(runtime, browser, await byCode());
    expect(caller.session).toMatchObject({ kind: 'registration', method: 'password' });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'password_sign_in',
      detail: { opens: 'reregistration' },
    });
    for (const refused of [
      await confirmWithCode(runtime, caller, { password: 'any', code: '000000' }),
      await askForConfirmation(runtime, caller),
    ])
      expect(refused.ok).toBe(false);
  });

  test('and so does an approval on the phone', async () => {
    const { runtime, mia, phone, browser, typed } = await asked();
    done(await requireReregistration(runtime, null, { userId: mia.id }));
    const step = await typed();
    const { requestId, number } = done(await askPhonesAfterPassword(runtime, browser, step));
    done(await answer(runtime, phone, 'approve', number));
    const token = tokenOf(await signInWithPhone(runtime, browser, { ...step, requestId }));
    expect((await within(runtime, browser, token)).session.kind).toBe('registration');
  });

  test('keep the password from ever being enough alone', async () => {
    const { runtime, mia, password, browser } = await asked();
    done(await requireReregistration(runtime, null, { userId: mia.id }));
    expect(done(await signInWithPassword(runtime, browser, { upn: mia.upn, password }))).toMatchObject({
      next: 'code',
      ways: { code: true, phone: true, outdated: true },
    });
  });

  test.each<[string, MethodValues]>([
    ['', {}],
    [
      ', where policy lets them confirm alone',
      { 'Authenticator.uses': 'confirm', 'SoftwareOath.uses': 'confirm' },
    ],
  ])(
    'keep the present ones from confirming in a session, also what was approved before%s',
    async (_, values) => {
      const { runtime, mia, session, app, phone, password } = await asked();
      done(await setMethods(runtime, values));
      const { requestId, number } = done(await askForConfirmation(runtime, session));
      done(await answer(runtime, phone, 'approve', number));
      done(await requireReregistration(runtime, null, { userId: mia.id }));
      expect(outcome(await confirmWithPhone(runtime, session, { requestId }))).toBe('approval_over');
      expect(outcome(await askForConfirmation(runtime, session))).toBe('no_phone');
      expect(outcome(await confirmWithCode(runtime, session, { password, code: app.code() }))).toBe(
        'sign_in_failed',
      );
      expect(await lastCause(runtime)).toBe('reregistration_required');
      expect(await confirmationWays(runtime, session.session)).toMatchObject({ code: false, phone: false });
    },
  );

  test.each<SecondFactorKind>(['totp', 'authenticator'])(
    'are there with the first new one (%s): those from before go, and what asked for it is over',
    async (kind) => {
      const { runtime, mia, browser, byCode } = await asked();
      done(await requireReregistration(runtime, null, { userId: mia.id }));
      const caller = await within(runtime, browser, await byCode());
      const { id } = await make[kind](runtime, caller);
      expect(await listSecondFactors(runtime.db, mia.id)).toMatchObject([{ kind, id }]);
      expect(await secondFactorsOf(runtime.db, mia.id)).toMatchObject({ outdated: false, first: kind });
      const removed = await runtime.db.event.findMany({
        where: { code: { in: ['totp_removed', 'phone_removed'] } },
      });
      expect(removed).toHaveLength(2);
      for (const { detail } of removed) expect(detail).toContain('reregistration');
    },
  );
});
