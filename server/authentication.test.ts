import { describe, expect, test } from 'vitest';
import { toBase64Url } from '#domain/base64url';
import { CHALLENGE_LIFETIME_MS } from '#domain/ceremony';
import { createCredential, getAssertion } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import { setUserDisabled } from './identity.ts';
import { findSession, signOut } from './session.ts';
import {
  aBrowser,
  answerChallenge,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  deviceProof,
  done,
  lastCause,
  lastEvent,
  ORIGIN,
  outcome,
  rows,
  signedInAt,
  signIn,
  tokenOf,
  within,
} from './testing.ts';

describe('a sign-in with a key', () => {
  test('opens one ordinary session with its proof and says so in one event', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const before = await rows(runtime);
    const result = await signIn(runtime, desk);
    expect(done(result)).toMatchObject({
      purpose: 'sign-in',
      kid: desk.key.kid,
      kind: 'hello',
      upn: desk.person.upn,
    });
    const session = await findSession(runtime, tokenOf(result));
    expect(session).toMatchObject({
      kind: 'ordinary',
      method: 'hello',
      userId: desk.person.id,
      deviceId: desk.device.id,
    });
    const { kid: credentialId } = desk.key;
    expect(session?.proofs).toEqual([{ kind: 'hello', provenAt: runtime.clock.now(), credentialId }]);
    expect(await rows(runtime)).toEqual({
      ...before,
      sessions: (before.sessions ?? 0) + 1,
      proofs: (before.proofs ?? 0) + 1,
      liveSessions: 1,
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'sign_in',
      outcome: 'success',
      sessionId: session?.id,
    });
  });

  test('asks for nobody’s name, lists no key, and always demands user verification', async () => {
    const runtime = await aRuntime();
    await aPersonWithHelloKey(runtime);
    const options = done(await beginAuthentication(runtime, aBrowser(runtime), { purpose: 'sign-in' }));
    expect(options).toMatchObject({ rpId: 'localhost', allowCredentials: [], userVerification: 'required' });
    expect(options.timeout).toBeLessThan(CHALLENGE_LIFETIME_MS);
  });

  test('cannot be replayed: not in the same browser, not by the session that it opened, not in another', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk);
    const session = await within(
      runtime,
      desk.browser,
      tokenOf(await finishAuthentication(runtime, desk.browser, answer)),
    );
    expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('challenge_consumed');
    expect(outcome(await finishAuthentication(runtime, session, answer))).toBe('challenge_consumed');
    expect(outcome(await finishAuthentication(runtime, aBrowser(runtime), answer))).toBe('challenge_invalid');
    expect((await rows(runtime)).liveSessions).toBe(1);
  });

  test('that failed cannot be tried again with the same challenge', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { challenge, ...wrong } = await answerChallenge(runtime, desk.browser, desk, 'sign-in', {
      userVerified: false,
    });
    expect(outcome(await finishAuthentication(runtime, desk.browser, wrong))).toBe('sign_in_failed');
    const { response } = getAssertion({ challenge }, ORIGIN, desk.key);
    const right = { response, device: deviceProof(desk.device, challenge, response.id) };
    expect(outcome(await finishAuthentication(runtime, desk.browser, right))).toBe('challenge_consumed');
  });

  test('that many tabs finish with one challenge at the same instant opens exactly one session', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => finishAuthentication(runtime, desk.browser, answer)),
    );
    expect(answers.map(outcome).sort()).toEqual([
      ...Array.from({ length: 7 }, () => 'challenge_consumed'),
      'ok',
    ]);
    expect((await rows(runtime)).liveSessions).toBe(1);
    expect(await runtime.db.event.count({ where: { code: 'sign_in', outcome: 'success' } })).toBe(1);
  });

  test('takes no challenge of another browser, another purpose or past its time', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const elsewhere = await answerChallenge(runtime, aBrowser(runtime), desk);
    expect(outcome(await finishAuthentication(runtime, desk.browser, elsewhere))).toBe('challenge_invalid');

    const session = await signedInAt(runtime, desk);
    for (const purpose of ['unlock', 'step-up', 'add-browser'] as const) {
      const answer = await answerChallenge(runtime, session, desk, purpose);
      expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).not.toBe('ok');
    }
    const slow = await answerChallenge(runtime, desk.browser, desk);
    runtime.pass(CHALLENGE_LIFETIME_MS);
    expect(outcome(await finishAuthentication(runtime, desk.browser, slow))).toBe('challenge_expired');
  });

  test('takes no challenge of an unlock or a step-up in another session of the same person', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const first = await signedInAt(runtime, desk);
    const answer = await answerChallenge(runtime, first, desk, 'step-up');
    const second = await signedInAt(runtime, desk);
    expect(outcome(await finishAuthentication(runtime, second, answer))).toBe('challenge_invalid');
  });

  test.each([
    ['another origin', { origin: 'https://evil.example' }, 'origin_mismatch'],
    ['our origin at another port', { origin: 'http://localhost:3001' }, 'origin_mismatch'],
    ['another relying party', { rpId: 'evil.example' }, 'rp_id_mismatch'],
    ['the type of a registration', { type: 'webauthn.create' }, 'client_data_type'],
    ['a frame of another site', { crossOrigin: true }, 'cross_origin_frame'],
    ['no user verification', { userVerified: false }, 'user_verification_missing'],
    ['no user presence', { userPresent: false }, 'user_presence_missing'],
    ['a key that turned from bound to synced', { backupEligible: true }, 'backup_eligibility_changed'],
    ['another user handle', { userHandle: toBase64Url(new Uint8Array(32)) }, 'user_handle_mismatch'],
    ['no user handle', { userHandle: null }, 'user_handle_mismatch'],
    ['an empty user handle', { userHandle: '' }, 'user_handle_mismatch'],
    ['the signature of another key', { secretKey: new Uint8Array(32).fill(7) }, 'signature_invalid'],
    [
      'a challenge that we never made',
      { challenge: toBase64Url(new Uint8Array(62).fill(1)) },
      'challenge_seal_or_binding',
    ],
    ['no challenge at all', { challenge: '' }, 'challenge_malformed'],
  ] as const)(
    'with %s is refused in one public sentence, and the log keeps the true cause',
    async (_what, lie, cause) => {
      const runtime = await aRuntime();
      const desk = await aPersonWithHelloKey(runtime);
      const before = await rows(runtime);
      const result = await signIn(runtime, desk, lie);
      expect(outcome(result)).toBe(cause.startsWith('challenge_') ? 'challenge_invalid' : 'sign_in_failed');
      expect(result.session).toBeUndefined();
      expect(await lastCause(runtime)).toBe(cause);
      expect(await rows(runtime)).toEqual(before);
      expect(outcome(await signIn(runtime, desk))).toBe('ok');
    },
  );

  test('of a synced passkey that claims to be bound to its device now is refused', async () => {
    const runtime = await aRuntime();
    const person = await aPersonWithPasskey(runtime);
    expect(outcome(await signIn(runtime, person, { backupEligible: false }))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('backup_eligibility_changed');
  });

  test('with another person’s credential ID or user handle is refused, each alone and both together', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithPasskey(runtime, 'mia');
    const tomas = await aPersonWithPasskey(runtime, 'tomas');
    const lies = [
      { credentialId: tomas.key.credentialId },
      { userHandle: tomas.key.userHandle },
      { credentialId: tomas.key.credentialId, userHandle: tomas.key.userHandle },
    ];
    for (const lie of lies) expect(outcome(await signIn(runtime, mia, lie))).toBe('sign_in_failed');
    expect((await rows(runtime)).liveSessions).toBe(0);
  });

  test('whose client data is garbage is refused', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { response } = await answerChallenge(runtime, desk.browser, desk);
    for (const text of [
      '',
      'null',
      '[]',
      '{',
      '{"type":1}',
      '{"__proto__":{"type":"webauthn.get"}}',
      '"webauthn.get"',
    ]) {
      const clientDataJSON = toBase64Url(new TextEncoder().encode(text));
      const garbage = { response: { ...response, response: { ...response.response, clientDataJSON } } };
      expect(outcome(await finishAuthentication(runtime, desk.browser, garbage))).toBe('challenge_invalid');
    }
  });

  test('whose authenticator data or signature is garbage is refused', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    for (const change of [
      { authenticatorData: 'AAAA' },
      { signature: '' },
      { signature: 'AAAA' },
      { authenticatorData: '' },
    ]) {
      const { response } = await answerChallenge(runtime, desk.browser, desk);
      const garbage = { response: { ...response, response: { ...response.response, ...change } } };
      expect(outcome(await finishAuthentication(runtime, desk.browser, garbage))).toBe('sign_in_failed');
    }
  });

  test('with an ID and a raw ID that differ is refused', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { response } = await answerChallenge(runtime, desk.browser, desk);
    const result = await finishAuthentication(runtime, desk.browser, {
      response: { ...response, rawId: 'AAAA' },
    });
    expect(outcome(result)).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('credential_id_mismatch');
  });

  test('by a disabled person is refused, and works again when they are enabled', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    done(await setUserDisabled(runtime, null, { userId: desk.person.id, disabled: true }));
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('user_disabled');
    done(await setUserDisabled(runtime, null, { userId: desk.person.id, disabled: false }));
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });

  test('costs an unknown credential the same number of signature verifications as a known one', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    runtime.forget();
    await signIn(runtime, desk, { secretKey: new Uint8Array(32).fill(7) });
    const known = { ...runtime.counts };
    runtime.forget();
    await signIn(runtime, desk, { credentialId: 'AAAA' });
    expect(runtime.counts).toEqual(known);
    expect(known.verifyAssertion).toBe(1);
  });

  test('gives a new token every time and ends the session that the browser had', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const first = await signedInAt(runtime, desk);
    const second = tokenOf(await signIn(runtime, desk, {}, first));
    expect(second).not.toBe(first.token);
    expect(await findSession(runtime, first.token)).toBeNull();
    expect(await findSession(runtime, second)).not.toBeNull();
  });
});

describe('failures from one address', () => {
  test('cannot fill the event log, and never stop a key', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const before = await runtime.db.event.count();
    const { response } = await answerChallenge(runtime, desk.browser, desk, 'sign-in', { challenge: '' });
    for (let attempt = 0; attempt < 130; attempt += 1)
      await finishAuthentication(runtime, desk.browser, { response });
    expect((await runtime.db.event.count()) - before).toBe(101);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'attempts_limited', detail: { what: 'key' } });
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    runtime.pass(5 * MINUTE_MS);
    await finishAuthentication(runtime, desk.browser, { response });
    expect(await lastCause(runtime)).toBe('challenge_malformed');
  });
});

describe('a step-up', () => {
  test('adds a proof to the session and changes its token: the old one is dead', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    runtime.pass(MINUTE_MS);
    const token = tokenOf(await signIn(runtime, desk, {}, session, 'step-up'));
    expect(await findSession(runtime, session.token)).toBeNull();
    const after = await findSession(runtime, token);
    expect(after?.id).toBe(session.session.id);
    expect(after?.proofs).toHaveLength(2);
    expect(after?.createdAt).toEqual(session.session.createdAt);
  });

  test('needs a session, and takes no other person’s key', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithPasskey(runtime, 'tomas');
    expect(outcome(await beginAuthentication(runtime, mia.browser, { purpose: 'step-up' }))).toBe(
      'sign_in_required',
    );
    const session = await signedInAt(runtime, mia);
    expect(outcome(await signIn(runtime, tomas, {}, session, 'step-up'))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('another_person');
  });

  test('offers the person’s own keys that can answer, and may come without a user handle', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    await aPersonWithPasskey(runtime, 'tomas');
    const session = await signedInAt(runtime, desk);
    const options = done(await beginAuthentication(runtime, session, { purpose: 'step-up' }));
    expect(options.allowCredentials?.map(({ id }) => id)).toEqual([desk.key.credentialId]);
    expect(outcome(await signIn(runtime, desk, { userHandle: null }, session, 'step-up'))).toBe('ok');
  });

  test('in a session that ended between question and answer opens nothing', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    const answer = await answerChallenge(runtime, session, desk, 'step-up');
    done(await signOut(runtime, session));
    const before = await runtime.db.credential.findMany();
    expect(outcome(await finishAuthentication(runtime, session, answer))).toBe('sign_in_required');
    expect(await lastCause(runtime)).toBe('sign_in_required');
    expect((await rows(runtime)).liveSessions).toBe(0);
    expect(await runtime.db.credential.findMany()).toEqual(before);
  });
});

test('a key that was made for nobody here signs in nobody', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  const { challenge } = done(await beginAuthentication(runtime, desk.browser, { purpose: 'sign-in' }));
  const options = {
    challenge,
    rp: { id: 'localhost', name: '' },
    user: { id: desk.key.userHandle, name: '', displayName: '' },
    pubKeyCredParams: [],
  };
  const { key } = createCredential(options, ORIGIN, runtime.random.bytes(48));
  const { response } = getAssertion({ challenge }, ORIGIN, key);
  const device = deviceProof(desk.device, challenge, key.credentialId);
  expect(outcome(await finishAuthentication(runtime, desk.browser, { response, device }))).toBe(
    'credential_unknown',
  );
});
