import { describe, expect, test } from 'vitest';
import { APPROVAL_LIFETIME_MS, APPROVAL_REST_MS } from '#domain/authenticator';
import { MINUTE_MS } from '#domain/time';
import { answerApproval, confirmWithPhone, readPendingApprovals } from './approval.ts';
import type { Caller } from './caller.ts';
import { revokeCredential } from './credential.ts';
import { listEvents } from './event.ts';
import { setUserDisabled } from './identity.ts';
import { signInWithPhone } from './password-sign-in.ts';
import { askPhoneSignIn, signInByPhone } from './phone-sign-in.ts';
import { setPolicy } from './policy-setting.ts';
import { removeSecondFactor } from './second-factor.ts';
import { findSession, lockSession, signOut } from './session.ts';
import {
  aBrowser,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  type Desk,
  done,
  lastCause,
  lastEvent,
  outcome,
  recognition,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { anAnswer, answer, aPhone, type TestPhone, verifying } from './testing-phone.ts';

const loseKey = async (runtime: TestRuntime, { key, person }: Desk) =>
  done(await revokeCredential(runtime, null, { credentialId: key.kid, userId: person.id, evenLast: true }));

/** Mia at her device, whose key is gone, with a phone that verifies who holds it. */
async function house(given: { readonly webSignIn?: 'on' | 'off'; readonly verifies?: boolean } = {}) {
  const runtime = await aRuntime();
  await aTenant(runtime);
  done(await setPolicy(runtime, null, { name: 'EnableWebSignIn', value: given.webSignIn ?? 'on' }));
  const desk = await aPersonWithHelloKey(runtime);
  const plain = await aPhone(runtime, await aSession(runtime, desk.person, 'hello'));
  const phone = given.verifies === false ? plain : await verifying(runtime, plain);
  await loseKey(runtime, desk);
  runtime.pass(10 * MINUTE_MS);
  return { runtime, desk, phone, plain, mia: desk.person };
}

/** Asks by a name, in a browser that shows a device or none. */
async function ask(
  runtime: TestRuntime,
  desk: Desk,
  { upn = desk.person.upn, caller = desk.browser as Caller, shown = true } = {},
) {
  const device = shown ? await recognition(runtime, caller, desk.device) : undefined;
  return await askPhoneSignIn(runtime, caller, { upn, device });
}

async function take(runtime: TestRuntime, desk: Desk, requestId: string, caller: Caller = desk.browser) {
  const device = await recognition(runtime, caller, desk.device);
  return await signInByPhone(runtime, caller, { requestId, device });
}

const rings = async (runtime: TestRuntime, { person }: Desk) =>
  (await readPendingApprovals(runtime, [person.id])).get(person.id) ?? null;

describe('on a registered device where no key signs in', () => {
  test('a verified approval signs in, and leads to a key', async () => {
    const { runtime, desk, phone, mia } = await house();
    const asked = done(await ask(runtime, desk));
    expect(asked.phones).toEqual([]);
    expect(await rings(runtime, desk)).toMatchObject({ purpose: 'phone_sign_in', id: asked.requestId });
    expect(done(await take(runtime, desk, asked.requestId))).toEqual({ state: 'pending', leadsTo: null });
    done(await answer(runtime, phone, 'approve', asked.number));
    const result = await take(runtime, desk, asked.requestId);
    expect(done(result)).toEqual({ state: 'approved', leadsTo: 'provisioning' });
    const { session } = await within(runtime, desk.browser, tokenOf(result));
    expect(session).toMatchObject({
      kind: 'ordinary',
      method: 'phone-sign-in',
      userId: mia.id,
      deviceId: desk.device.id,
      proofs: [{ kind: 'phone-sign-in', credentialId: phone.id }],
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'phone_sign_in',
      credentialId: phone.id,
      detail: { webSignIn: true, userVerified: true },
    });
    expect(done(await take(runtime, desk, asked.requestId)).state).toBe('taken');
    // With the phone goes what it let in.
    const elsewhere = await aSession(runtime, mia, 'passkey');
    done(await removeSecondFactor(runtime, elsewhere, { kind: 'authenticator', id: phone.id }));
    expect(await findSession(runtime, tokenOf(result))).toBeNull();
  });

  test('a key that is set aside leads to its replacement', async () => {
    const { runtime, desk, phone } = await house();
    await runtime.db.credential.updateMany({ data: { revokedAt: null, quarantinedAt: runtime.clock.now() } });
    const { requestId, number } = done(await ask(runtime, desk));
    done(await answer(runtime, phone, 'approve', number));
    expect(done(await take(runtime, desk, requestId)).leadsTo).toBe('pin_reset');
  });

  test('it opens the lock of one’s own session there', async () => {
    const { runtime, desk, phone, mia } = await house();
    const begun = await aSession(runtime, mia, 'passkey', desk.browser);
    await runtime.db.session.update({ where: { id: begun.session.id }, data: { deviceId: desk.device.id } });
    done(await lockSession(runtime, begun));
    const session = await findSession(runtime, begun.token);
    const locked = { ...desk.browser, session };
    const { requestId, number } = done(await ask(runtime, desk, { caller: locked }));
    done(await answer(runtime, phone, 'approve', number));
    // Without that session the approval is nobody’s.
    expect(outcome(await take(runtime, desk, requestId))).toBe('approval_over');
    const token = tokenOf(await take(runtime, desk, requestId, locked));
    expect(await findSession(runtime, token)).toMatchObject({ id: begun.session.id, lockedAt: null });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock', detail: { method: 'phone-sign-in' } });
  });

  test('it is not used up for a session that ended meanwhile', async () => {
    const { runtime, desk, phone, mia } = await house();
    const begun = await aSession(runtime, mia, 'passkey', desk.browser);
    done(await lockSession(runtime, begun));
    const locked = { ...desk.browser, session: await findSession(runtime, begun.token) };
    const { requestId, number } = done(await ask(runtime, desk, { caller: locked }));
    done(await answer(runtime, phone, 'approve', number));
    done(await signOut(runtime, begun));
    expect(outcome(await take(runtime, desk, requestId, locked))).toBe('approval_over');
    expect(await lastCause(runtime)).toBe('sign_in_required');
    expect(await runtime.db.approvalRequest.findFirst()).toMatchObject({ state: 'approved' });
  });
});

describe('nobody is asked, and nobody can tell', () => {
  /** What is answered, without what differs each time. */
  const answered = (result: Awaited<ReturnType<typeof ask>>) => {
    const { requestId, number, ...rest } = done(result);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(number).toBeGreaterThanOrEqual(10);
    expect(number).toBeLessThanOrEqual(99);
    return rest;
  };

  test.each([
    ['a name that nobody has', { upn: 'nobody@tidewater.example' }, {}, 'user_unknown'],
    ['a browser that shows no device', { shown: false }, {}, 'no_device'],
    ['where policy does not let it', {}, { webSignIn: 'off' as const }, 'no_web_sign_in'],
    ['a phone that verifies nobody', {}, { verifies: false }, 'no_verifying_phone'],
  ])('%s', async (_, asking, given, cause) => {
    const real = await house();
    const expected = answered(await ask(real.runtime, real.desk));
    const { runtime, desk, phone } = await house(given);
    const result = await ask(runtime, desk, asking);
    expect(answered(result)).toEqual(expected);
    const events = await listEvents(runtime, { codes: ['approval_asked'] }, 5);
    expect(events).toMatchObject([{ outcome: 'failure', userId: null, detail: { cause } }]);
    expect(await rings(runtime, desk)).toBeNull();
    await expect(answer(runtime, phone, 'approve', 10)).rejects.toThrow('nothing waits');
    // It waits as long, and ends the same.
    const { requestId } = done(result);
    expect(done(await take(runtime, desk, requestId))).toEqual({ state: 'pending', leadsTo: null });
    runtime.pass(APPROVAL_LIFETIME_MS);
    expect(done(await take(runtime, desk, requestId))).toEqual({ state: 'expired', leadsTo: null });
  });

  test('from elsewhere a name costs the same statements, whoever has it', async () => {
    const { runtime, mia, desk } = await house();
    const kinds = async (upn: string) => {
      const caller = aBrowser(runtime);
      runtime.forget();
      done(await ask(runtime, desk, { upn, caller, shown: false }));
      return runtime.statements.map((statement) => statement.replace(/\s+/g, ' ').slice(0, 60)).sort();
    };
    expect(await kinds(mia.upn)).toEqual(await kinds('nobody@tidewater.example'));
  });

  test('somebody whose key works there, who is disabled, or is on the device of somebody else', async () => {
    const { runtime, desk } = await house();
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    await verifying(runtime, await aPhone(runtime, await aSession(runtime, tomas.person, 'hello')));
    done(await ask(runtime, tomas));
    expect(await rings(runtime, tomas)).toBeNull();
    // Mia’s browser asks for Tomas, and Tomas’s for Mia.
    await loseKey(runtime, tomas);
    done(await ask(runtime, desk, { upn: tomas.person.upn }));
    done(await ask(runtime, tomas, { upn: desk.person.upn }));
    expect([await rings(runtime, desk), await rings(runtime, tomas)]).toEqual([null, null]);
    done(await setUserDisabled(runtime, null, { userId: desk.person.id, disabled: true }));
    done(await ask(runtime, desk));
    expect(await rings(runtime, desk)).toBeNull();
    expect((await lastEvent(runtime)).detail).toMatchObject({ cause: 'user_disabled' });
  });

  test('at the lock of somebody else', async () => {
    const { runtime, desk } = await house();
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const begun = await aSession(runtime, tomas.person, 'passkey', desk.browser);
    done(await lockSession(runtime, begun));
    const caller = { ...desk.browser, session: await findSession(runtime, begun.token) };
    done(await ask(runtime, desk, { caller }));
    expect(await rings(runtime, desk)).toBeNull();
    expect(await lastCause(runtime)).toBe('another_person');
  });
});

describe('nobody wears a person out', () => {
  test('without their device no phone rings and none of their turns are used, however often it is asked', async () => {
    const { runtime, desk } = await house();
    for (let turn = 0; turn < 20; turn += 1) {
      const thief = aBrowser(runtime, `203.0.113.${turn}`);
      done(await ask(runtime, desk, { caller: thief, shown: false }));
      expect(await rings(runtime, desk)).toBeNull();
    }
    done(await ask(runtime, desk));
    expect(await rings(runtime, desk)).not.toBeNull();
  });

  test('on it five times in five minutes; one that is there or not is limited alike', async () => {
    const { runtime, desk } = await house();
    for (const upn of [desk.person.upn, 'nobody@tidewater.example']) {
      const asked: string[] = [];
      for (let turn = 0; turn < 6; turn += 1) asked.push(outcome(await ask(runtime, desk, { upn })));
      expect(asked).toEqual([...Array(5).fill('ok'), 'too_many_attempts']);
    }
  });

  test('reported once, it rings no more for a quarter of an hour', async () => {
    const { runtime, desk, phone } = await house();
    const { requestId } = done(await ask(runtime, desk));
    done(await answer(runtime, phone, 'report'));
    expect(done(await take(runtime, desk, requestId)).state).toBe('reported');
    expect(outcome(await ask(runtime, desk))).toBe('approval_resting');
    runtime.pass(APPROVAL_REST_MS);
    expect(outcome(await ask(runtime, desk))).toBe('ok');
  });
});

describe('an approval', () => {
  async function asked() {
    const at = await house();
    const { requestId, number } = done(await ask(at.runtime, at.desk));
    return { ...at, requestId, number };
  }
  const approved = async (runtime: TestRuntime, phone: TestPhone, number: number) =>
    done(await answer(runtime, phone, 'approve', number));

  test('that the phone did not verify is none, whatever policy says by then', async () => {
    const { runtime, plain, number } = await asked();
    const value = 'off';
    done(await setPolicy(runtime, null, { name: 'Authenticator.phoneVerification', value }));
    expect(outcome(await answer(runtime, plain, 'approve', number))).toBe('phone_verification_required');
  });

  test('of a wrong number denies: one guess in ninety, and no second', async () => {
    const { runtime, desk, phone, requestId, number } = await asked();
    const guess = number === 99 ? 10 : number + 1;
    expect(done(await answer(runtime, phone, 'approve', guess))).toEqual({ state: 'mistyped' });
    expect(done(await take(runtime, desk, requestId)).state).toBe('mistyped');
  });

  test('belongs to the browser and the device that asked', async () => {
    const { runtime, desk, phone, requestId, number } = await asked();
    await approved(runtime, phone, number);
    expect(outcome(await take(runtime, desk, requestId, aBrowser(runtime)))).toBe('approval_over');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const device = await recognition(runtime, desk.browser, tomas.device);
    for (const shown of [undefined, device]) {
      const result = await signInByPhone(runtime, desk.browser, { requestId, device: shown });
      expect(outcome(result)).toBe('approval_over');
      expect(await lastCause(runtime)).toBe('no_device');
    }
    expect(outcome(await take(runtime, desk, requestId))).toBe('ok');
  });

  test('is good for nothing else: no sign-in with a password, no confirmation', async () => {
    const { runtime, desk, phone, mia, requestId, number } = await asked();
    await approved(runtime, phone, number);
    const session = await aSession(runtime, mia, 'password', desk.browser);
    expect(outcome(await confirmWithPhone(runtime, session, { requestId }))).toBe('approval_over');
    const input = { upn: mia.upn, ticket: '', requestId };
    expect(outcome(await signInWithPhone(runtime, desk.browser, input))).toBe('challenge_invalid');
  });

  test('is nothing once the phone is removed, the device or web sign-in is gone, or a key is there', async () => {
    const removed = await asked();
    await approved(removed.runtime, removed.phone, removed.number);
    const elsewhere = await aSession(removed.runtime, removed.mia, 'passkey');
    const second = await aPhone(removed.runtime, elsewhere);
    await verifying(removed.runtime, second);
    done(
      await removeSecondFactor(removed.runtime, elsewhere, { kind: 'authenticator', id: removed.phone.id }),
    );
    expect(outcome(await take(removed.runtime, removed.desk, removed.requestId))).toBe('approval_over');
    expect(await lastCause(removed.runtime)).toBe('approval_not_taken');

    const back = await asked();
    await approved(back.runtime, back.phone, back.number);
    await back.runtime.db.credential.updateMany({ data: { revokedAt: null } });
    expect(outcome(await take(back.runtime, back.desk, back.requestId))).toBe('approval_over');
    expect(await lastCause(back.runtime)).toBe('no_web_sign_in');

    const kept = await asked();
    const late = await anAnswer(kept.runtime, kept.phone, 'approve', kept.number);
    const own = await aSession(kept.runtime, kept.mia, 'passkey');
    done(await removeSecondFactor(kept.runtime, own, { kind: 'authenticator', id: kept.phone.id }));
    expect(outcome(await answerApproval(kept.runtime, kept.phone.caller, late))).toBe('approval_over');
  });

  test('that cannot be taken fills the log for nobody, however often it is tried', async () => {
    const { runtime, desk, phone, requestId, number } = await asked();
    await approved(runtime, phone, number);
    for (let tried = 0; tried < 105; tried += 1)
      expect(outcome(await signInByPhone(runtime, desk.browser, { requestId }))).toBe('approval_over');
    const failed = { code: 'phone_sign_in', outcome: 'failure' };
    expect(await runtime.db.event.count({ where: failed })).toBe(100);
    expect(await runtime.db.event.count({ where: { code: 'attempts_limited' } })).toBe(1);
  });

  test('is taken once, by pages that come at once', async () => {
    const { runtime, desk, phone, requestId, number } = await asked();
    await approved(runtime, phone, number);
    const taken = await Promise.all(Array.from({ length: 4 }, () => take(runtime, desk, requestId)));
    expect(taken.filter((each) => each.ok && each.session !== undefined)).toHaveLength(1);
    expect(await runtime.db.proof.count({ where: { kind: 'phone-sign-in' } })).toBe(1);
  });
});
