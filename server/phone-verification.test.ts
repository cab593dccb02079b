import { describe, expect, test } from 'vitest';
import type { PhoneVerification } from '#domain/authenticator';
import { getAssertion } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { answerApproval, askForConfirmation, confirmWithPhone } from './approval.ts';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import { addPhoneVerification } from './phone-verification.ts';
import { setPolicy } from './policy-setting.ts';
import type { Runtime } from './runtime.ts';
import {
  aBrowser,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  ORIGIN,
  outcome,
  tokenOf,
} from './testing.ts';
import { anAnswer, answer, aPhone, makeVerification, verifying } from './testing-phone.ts';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  const plain = await aPhone(runtime, await aSession(runtime, mia, 'hello'));
  runtime.pass(10 * MINUTE_MS);
  return { runtime, mia, plain, session: await aSession(runtime, mia, 'password') };
}

async function policy(runtime: Runtime, value: PhoneVerification) {
  done(await setPolicy(runtime, null, { name: 'Authenticator.phoneVerification', value }));
}

describe('a phone’s own credential', () => {
  test('is kept once, by the phone’s key and for the challenge that it signed', async () => {
    const { runtime, mia, plain } = await house();
    const add = async (given: object, deviation = {}) => {
      const { input } = await makeVerification(runtime, plain, deviation);
      return outcome(await addPhoneVerification(runtime, plain.caller, { ...input, ...given }));
    };
    const other = await makeVerification(runtime, plain);
    expect(await add({ phoneId: 'nobody' })).toBe('not_found');
    expect(await add({ signature: other.input.signature })).toBe('challenge_invalid');
    // Another credential than the one that the phone’s key named, or one made for another challenge.
    expect(await add({ response: other.input.response })).toBe('challenge_invalid');
    expect(await add({}, { challenge: other.input.challenge })).toBe('challenge_invalid');
    expect(await lastCause(runtime)).toBe('challenge_of_another');
    expect(await add({}, { userVerified: false })).toBe('challenge_invalid');
    expect(await lastCause(runtime)).toBe('user_verification_missing');
    expect(await add({}, { origin: 'https://tidewater.evil' })).toBe('challenge_invalid');
    expect(await add({})).toBe('ok');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'phone_verification_added',
      userId: mia.id,
      credentialId: plain.id,
    });
    expect(await add({})).toBe('challenge_invalid');
    expect(await lastCause(runtime)).toBe('verification_kept');
  });

  test('comes with a challenge that is good once', async () => {
    const { runtime, plain } = await house();
    const { input } = await makeVerification(runtime, plain);
    done(await addPhoneVerification(runtime, plain.caller, input));
    expect(outcome(await addPhoneVerification(runtime, plain.caller, input))).toBe('challenge_consumed');
  });

  test('signs nobody in, and no browser is told to forget it', async () => {
    const { runtime, plain } = await house();
    const { holder } = await verifying(runtime, plain);
    if (holder === undefined) throw new Error('no credential');
    const browser = aBrowser(runtime);
    const { challenge } = done(await beginAuthentication(runtime, browser, { purpose: 'sign-in' }));
    const { response } = getAssertion({ challenge }, ORIGIN, holder);
    expect(outcome(await finishAuthentication(runtime, browser, { response }))).toBe('sign_in_failed');
    expect(await runtime.db.credential.count()).toBe(0);
  });
});

describe('an approval', () => {
  test('is verified where the phone can, and the log says so', async () => {
    const { runtime, plain, session } = await house();
    const phone = await verifying(runtime, plain);
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'approve', number));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'approval_answered',
      detail: { userVerified: true, purpose: 'confirm' },
    });
    tokenOf(await confirmWithPhone(runtime, session, { requestId }));
  });

  test('of a phone that can is nothing without it, and a denial never needs it', async () => {
    const { runtime, plain, session } = await house();
    const phone = await verifying(runtime, plain);
    const { number } = done(await askForConfirmation(runtime, session));
    // Whoever has the phone unlocked in their hand, and its key, is not its owner yet.
    expect(outcome(await answer(runtime, plain, 'approve', number))).toBe('phone_verification_required');
    expect(await lastCause(runtime)).toBe('verification_not_verified');
    done(await answer(runtime, phone, 'deny'));
    expect((await lastEvent(runtime))?.detail).not.toHaveProperty('userVerified');
  });

  test.each([
    ['without user verification', { userVerified: false }, 'user_verification_missing'],
    ['by another key', { secretKey: new Uint8Array(32).fill(7) }, 'signature_invalid'],
    ['of another page', { origin: 'https://tidewater.evil' }, 'origin_mismatch'],
    ['in a frame of another page', { crossOrigin: true }, 'cross_origin_frame'],
    ['of another credential', { credentialId: 'AAAA' }, 'credential_of_another'],
  ])('%s counts for nothing', async (_, deviation, cause) => {
    const { runtime, plain, session } = await house();
    const phone = await verifying(runtime, plain);
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    const input = await anAnswer(runtime, phone, 'approve', number, deviation);
    expect(outcome(await answerApproval(runtime, phone.caller, input))).toBe('challenge_invalid');
    expect(await lastCause(runtime)).toBe(`verification_${cause}`);
    expect(done(await confirmWithPhone(runtime, session, { requestId }))).toEqual({ state: 'pending' });
  });

  test('of one request or number is none of another', async () => {
    const { runtime, plain, session } = await house();
    const phone = await verifying(runtime, plain);
    const first = done(await askForConfirmation(runtime, session));
    const kept = await anAnswer(runtime, phone, 'approve', first.number);
    const second = done(await askForConfirmation(runtime, session));
    const now = await anAnswer(runtime, phone, 'approve', second.number);
    const verification = 'verification' in kept ? kept.verification : undefined;
    const replayed = { ...now, verification };
    expect(outcome(await answerApproval(runtime, phone.caller, replayed))).toBe('challenge_invalid');
    expect(await lastCause(runtime)).toBe('verification_challenge_of_another');
    done(await answerApproval(runtime, phone.caller, now));
    expect(outcome(await answerApproval(runtime, phone.caller, now))).toBe('approval_over');
  });

  test('with a counter that falls back comes from a copy', async () => {
    const { runtime, plain, session } = await house();
    const phone = await verifying(runtime, plain);
    const approve = async (counter: number) => {
      const { number } = done(await askForConfirmation(runtime, session));
      const input = await anAnswer(runtime, phone, 'approve', number, { counter });
      return outcome(await answerApproval(runtime, phone.caller, input));
    };
    expect(await approve(7)).toBe('ok');
    runtime.pass(MINUTE_MS);
    expect(await approve(7)).toBe('approval_over');
    expect(await lastCause(runtime)).toBe('verification_counter');
    expect(await approve(8)).toBe('ok');
  });

  test('is asked for as policy says: never, where there is one, or from every phone', async () => {
    const { runtime, plain, session } = await house();
    const approve = async (phone = plain) => {
      const { number } = done(await askForConfirmation(runtime, session));
      return outcome(await answer(runtime, phone, 'approve', number));
    };
    expect(await approve()).toBe('ok');
    await policy(runtime, 'required');
    expect(await approve()).toBe('phone_verification_required');
    const phone = await verifying(runtime, plain);
    expect(await approve(phone)).toBe('ok');
    await policy(runtime, 'off');
    expect(await approve(plain)).toBe('ok');
    expect((await lastEvent(runtime))?.detail).toMatchObject({ userVerified: false });
  });
});
