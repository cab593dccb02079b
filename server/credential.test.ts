import { describe, expect, test } from 'vitest';
import { toBase64Url } from '#domain/base64url';
import { CHALLENGE_LIFETIME_MS } from '#domain/ceremony';
import { createProfile } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { removeCredential, renameCredential } from './credential.ts';
import { changeDevice } from './device.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { findSession, signOut } from './session.ts';
import {
  aDevice,
  aKey,
  aPassSession,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  breakEvents,
  done,
  lastCause,
  lastEvent,
  makeKey,
  outcome,
  rows,
  setKeyRules,
  signedInAt,
  signIn,
  type TestRuntime,
  within,
} from './testing.ts';

/** A session with a fresh strong proof on a device that was registered in it. */
async function aSessionOnADevice(runtime: TestRuntime, alias = 'mia') {
  const person = await aPerson(runtime, alias);
  const begun = await aSession(runtime, person, 'passkey');
  const device = await aDevice(runtime, begun);
  return { person, device, session: { ...(await within(runtime, begun, begun.token)), token: begun.token } };
}

describe('registering a Hello key', () => {
  test('writes the key and event 300 with its kid, and claims no protection that is not proven', async () => {
    const runtime = await aRuntime();
    const { person, device, session } = await aSessionOnADevice(runtime);
    const { response, device: proof } = await makeKey(runtime, session, 'hello', device);
    const answer = done(
      await finishRegistration(runtime, session, { response, ...(proof ? { device: proof } : {}) }),
    );
    expect(answer).toMatchObject({
      upn: person.upn,
      kind: 'hello',
      attestation: 'none',
      protection: 'unverified',
      backupEligible: false,
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'key_registered',
      credentialId: answer.kid,
      deviceId: device.id,
      detail: { kid: answer.kid, upn: person.upn, attestation: 'none', protection: 'unverified' },
    });
    expect((await rows(runtime)).credentials).toBe(1);
  });

  test('asks for the platform, a discoverable key, user verification and what Windows Hello can sign', async () => {
    const runtime = await aRuntime();
    const { session } = await aSessionOnADevice(runtime);
    const options = done(
      await beginRegistration(runtime, session, { purpose: 'hello', attestation: 'direct' }),
    );
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      hints: ['client-device'],
      attestation: 'direct',
      pubKeyCredParams: [{ alg: -7 }, { alg: -257 }],
      authenticatorSelection: {
        authenticatorAttachment: 'platform',
        residentKey: 'required',
        userVerification: 'required',
      },
    });
    expect(options.user.id).toBe(session.session.person.userHandle);
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('excludes the keys that the person has', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    const key = await aKey(runtime, session, 'hello', device);
    const options = done(
      await beginRegistration(runtime, session, { purpose: 'hello', attestation: 'none' }),
    );
    expect(options.excludeCredentials?.map(({ id }) => id)).toEqual([key.credentialId]);
  });

  test('takes a strong proof and a device: neither a password nor a browser without a device will do', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const request = { purpose: 'hello', attestation: 'none' } as const;
    expect(
      outcome(await beginRegistration(runtime, await aSession(runtime, person, 'password'), request)),
    ).toBe('proof_required');
    expect(
      outcome(await beginRegistration(runtime, await aSession(runtime, person, 'passkey'), request)),
    ).toBe('device_required');
  });

  test('refuses a slow person whose proof was fresh when they asked and too old when they answered', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    runtime.pass(8 * MINUTE_MS);
    const made = await makeKey(runtime, session, 'hello', device);
    runtime.pass(2 * MINUTE_MS + 1);
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('proof_required');
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('needs this device’s own proof: none, a forged one or another device’s will not do', async () => {
    const runtime = await aRuntime();
    const { person, session, device } = await aSessionOnADevice(runtime);
    const other = await aDevice(runtime, await aSession(runtime, person, 'passkey'), 'HOME-01');
    const forged = { ...device, profile: createProfile(runtime.random.bytes(48)) };
    for (const shown of [undefined, forged, other]) {
      const made = await makeKey(runtime, session, 'hello', shown);
      expect(outcome(await finishRegistration(runtime, session, made))).toBe('device_required');
    }
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test.each([
    ['another origin', { origin: 'https://evil.example' }, 'origin_mismatch'],
    ['another relying party', { rpId: 'evil.example' }, 'rp_id_mismatch'],
    ['the type of an assertion', { type: 'webauthn.get' }, 'client_data_type'],
    ['a frame of another site', { crossOrigin: true }, 'cross_origin_frame'],
    ['no user verification', { userVerified: false }, 'user_verification_missing'],
    ['no user presence', { userPresent: false }, 'user_presence_missing'],
  ] as const)('with %s writes nothing, and one can go on', async (_what, lie, cause) => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    const made = await makeKey(runtime, session, 'hello', device, lie);
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('registration_refused');
    expect(await lastEvent(runtime)).toMatchObject({ code: 'key_registration_failed', detail: { cause } });
    expect((await rows(runtime)).credentials).toBe(0);
    await aKey(runtime, session, 'hello', device);
  });

  test('with an attestation object of garbage is refused', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    for (const attestationObject of ['', 'AAAA', toBase64Url(new Uint8Array(900).fill(0xa3))]) {
      const { response, ...rest } = await makeKey(runtime, session, 'hello', device);
      const garbage = { ...response, response: { ...response.response, attestationObject } };
      expect(outcome(await finishRegistration(runtime, session, { ...rest, response: garbage }))).toBe(
        'registration_refused',
      );
    }
  });

  test('with a credential ID that is not the one in the attested data is refused', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    for (const change of [{ id: 'AAAA' }, { rawId: 'AAAA' }, { id: 'AAAA', rawId: 'AAAA' }]) {
      const made = await makeKey(runtime, session, 'hello', device);
      const result = await finishRegistration(runtime, session, {
        ...made,
        response: { ...made.response, ...change },
      });
      expect(outcome(result)).toBe('registration_refused');
      expect(await lastCause(runtime)).toBe('credential_id_mismatch');
    }
  });

  test('takes no challenge of another kind, another session or past its time', async () => {
    const runtime = await aRuntime();
    const { person, session, device } = await aSessionOnADevice(runtime);
    const other = await aSession(runtime, person, 'passkey');
    const elsewhere = await makeKey(runtime, other, 'passkey');
    expect(outcome(await finishRegistration(runtime, session, elsewhere))).toBe('challenge_invalid');
    const slow = await makeKey(runtime, session, 'hello', device);
    runtime.pass(CHALLENGE_LIFETIME_MS);
    expect(outcome(await finishRegistration(runtime, session, slow))).toBe('challenge_expired');
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('that many tabs finish with one answer at the same instant writes one key and one event', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    const made = await makeKey(runtime, session, 'hello', device);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => finishRegistration(runtime, session, made)),
    );
    expect(answers.map(outcome).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'challenge_consumed'),
      'ok',
    ]);
    expect((await rows(runtime)).credentials).toBe(1);
    expect(await runtime.db.event.count({ where: { code: 'key_registered' } })).toBe(1);
  });

  test('with a credential ID that is registered already is refused, for oneself and for another, also at once', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    const other = await aSessionOnADevice(runtime, 'tomas');
    const credentialId = toBase64Url(runtime.random.bytes(32));
    const made = await Promise.all([
      makeKey(runtime, session, 'hello', device, { credentialId }),
      makeKey(runtime, session, 'hello', device, { credentialId }),
    ]);
    const answers = await Promise.all(made.map((answer) => finishRegistration(runtime, session, answer)));
    expect(answers.map(outcome).sort()).toEqual(['credential_already_registered', 'ok']);
    const stolen = await makeKey(runtime, other.session, 'hello', other.device, { credentialId });
    expect(outcome(await finishRegistration(runtime, other.session, stolen))).toBe(
      'credential_already_registered',
    );
    expect((await rows(runtime)).credentials).toBe(1);
  });

  test('in a session that ended, or on a device that was disabled meanwhile, leaves nothing', async () => {
    const runtime = await aRuntime();
    const first = await aSessionOnADevice(runtime, 'mia');
    const made = await makeKey(runtime, first.session, 'hello', first.device);
    done(await signOut(runtime, first.session));
    expect(outcome(await finishRegistration(runtime, first.session, made))).toBe('sign_in_required');
    const second = await aSessionOnADevice(runtime, 'tomas');
    const other = await makeKey(runtime, second.session, 'hello', second.device);
    done(await changeDevice(runtime, null, { deviceId: second.device.id, change: 'disable' }));
    expect(outcome(await finishRegistration(runtime, second.session, other))).toBe('device_disabled');
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('whose event cannot be written leaves no key either', async () => {
    const runtime = await aRuntime();
    const { session, device } = await aSessionOnADevice(runtime);
    const made = await makeKey(runtime, session, 'hello', device);
    const mend = await breakEvents(runtime);
    await expect(finishRegistration(runtime, session, made)).rejects.toThrow();
    expect((await rows(runtime)).credentials).toBe(0);
    await mend();
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('challenge_consumed');
    await aKey(runtime, session, 'hello', device);
  });
});

describe('registering a passkey', () => {
  test('takes a proof of at most five minutes', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    runtime.pass(5 * MINUTE_MS);
    const made = await makeKey(runtime, session, 'passkey');
    runtime.pass(1);
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('proof_required');
    expect(
      outcome(await beginRegistration(runtime, session, { purpose: 'passkey', attestation: 'none' })),
    ).toBe('proof_required');
  });

  test('follows the policy on synced passkeys as it is when the key is registered', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const synced = await makeKey(runtime, session, 'passkey', undefined, { backupEligible: true });
    done(await setKeyRules(runtime, { passkey: { allowSynced: false } }));
    expect(outcome(await finishRegistration(runtime, session, synced))).toBe('synced_passkeys_not_allowed');
    expect((await rows(runtime)).credentials).toBe(0);
    await aKey(runtime, session, 'passkey');
    done(await setKeyRules(runtime, { passkey: { allowSynced: true } }));
    await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
  });
});

describe('one’s own keys', () => {
  test('are renamed and removed only with a proof of at most five minutes, and never with a pass or a password', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const input = { credentialId: desk.key.kid, name: 'Mine' };
    const session = await signedInAt(runtime, desk);
    done(await renameCredential(runtime, session, input));
    runtime.pass(5 * MINUTE_MS + 1);
    for (const weak of [
      session,
      await aPassSession(runtime, desk.person),
      await aSession(runtime, desk.person, 'password'),
    ]) {
      expect(outcome(await renameCredential(runtime, weak, input))).toBe('proof_required');
      expect(outcome(await removeCredential(runtime, weak, input))).toBe('proof_required');
    }
    expect((await runtime.db.credential.findFirstOrThrow()).revokedAt).toBeNull();
  });

  test('once removed sign in no more; this session goes on, the key’s others end', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const other = await signedInAt(runtime, desk);
    const session = await signedInAt(runtime, desk);
    await aKey(runtime, session, 'passkey');
    done(await removeCredential(runtime, session, { credentialId: desk.key.kid }));
    expect(await findSession(runtime, session.token)).not.toBeNull();
    expect(await findSession(runtime, other.token)).toBeNull();
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('credential_revoked');
    expect(outcome(await removeCredential(runtime, session, { credentialId: desk.key.kid }))).toBe(
      'not_found',
    );
  });

  test('are one’s own: another person’s key is not there', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const session = await signedInAt(runtime, mia);
    const input = { credentialId: tomas.key.kid, name: 'Mine now' };
    expect(outcome(await renameCredential(runtime, session, input))).toBe('not_found');
    expect(outcome(await removeCredential(runtime, session, input))).toBe('not_found');
  });
});
