import { describe, expect, test } from 'vitest';
import { createProfile, proveProfile } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { finishAuthentication } from './authentication.ts';
import {
  beginDeviceProof,
  changeDevice,
  finishDeviceRegistration,
  listDevices,
  removeOwnDevice,
  renameDevice,
} from './device.ts';
import { resetPassword } from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { setPolicy } from './policy-setting.ts';
import { findSession, signOut } from './session.ts';
import {
  aBrowser,
  aDevice,
  answerChallenge,
  aPassSession,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  deviceProof,
  done,
  lastCause,
  lastEvent,
  ORIGIN,
  outcome,
  recognition,
  registerDevice,
  rows,
  signedInAt,
  signIn,
  tokenOf,
  within,
} from './testing.ts';

const facts = {
  name: 'STUDIO-07',
  joinType: 'joined',
  os: 'Windows',
  browser: 'Edge 156',
  platformAuthenticator: 'yes',
} as const;

describe('registering a device', () => {
  test('writes the device, its profile and one event, and ties the session to it', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const device = await aDevice(runtime, session);
    expect(await rows(runtime)).toMatchObject({ devices: 1, profiles: 1 });
    expect((await findSession(runtime, session.token))?.deviceId).toBe(device.id);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'device_registered',
      deviceId: device.id,
      detail: { proof: 'passkey' },
    });
  });

  test('takes a strong proof: with a password alone nothing can be registered', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'password');
    expect(outcome((await registerDevice(runtime, session)).result)).toBe('proof_required');
    expect(await rows(runtime)).toMatchObject({ devices: 0, profiles: 0 });
  });

  test('refuses a slow person whose proof was fresh when they asked and is older than ten minutes when they answer', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    runtime.pass(8 * MINUTE_MS);
    const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
    runtime.pass(2 * MINUTE_MS + 1);
    const profile = createProfile(runtime.random.bytes(48));
    const signature = proveProfile(profile, ORIGIN, challenge);
    const result = await finishDeviceRegistration(runtime, session, {
      ...facts,
      publicKey: profile.publicKey,
      challenge,
      signature,
    });
    expect(outcome(result)).toBe('proof_required');
    expect(await lastCause(runtime)).toBe('proof_too_old');
    expect((await rows(runtime)).devices).toBe(0);
  });

  test('takes proof of possession: not another key’s signature, nor one over another challenge or origin', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const profile = createProfile(runtime.random.bytes(48));
    const other = createProfile(runtime.random.bytes(48));
    const forgeries = [
      (challenge: string) => proveProfile(other, ORIGIN, challenge),
      (challenge: string) => proveProfile(profile, 'https://evil.example', challenge),
      (challenge: string) => proveProfile(profile, ORIGIN, `${challenge.slice(0, -4)}AAAA`),
      (challenge: string) => proveProfile(profile, ORIGIN, challenge, 'AAAA'),
      () => '',
    ];
    for (const forge of forgeries) {
      const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
      const input = { ...facts, publicKey: profile.publicKey, challenge, signature: forge(challenge) };
      expect(outcome(await finishDeviceRegistration(runtime, session, input))).toBe('registration_refused');
    }
    expect((await rows(runtime)).devices).toBe(0);
  });

  test('takes no key but P-256 in its one encoding', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const profile = createProfile(runtime.random.bytes(48));
    for (const publicKey of ['', 'AAAA', `${profile.publicKey}AAAA`, profile.publicKey.slice(0, 40)]) {
      const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
      const input = { ...facts, publicKey, challenge, signature: proveProfile(profile, ORIGIN, challenge) };
      expect(outcome(await finishDeviceRegistration(runtime, session, input))).toBe('registration_refused');
    }
  });

  test('works once per challenge, and only in the session that asked', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const session = await aSession(runtime, person, 'passkey');
    const other = await aSession(runtime, person, 'passkey');
    const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
    const profile = createProfile(runtime.random.bytes(48));
    const input = {
      ...facts,
      publicKey: profile.publicKey,
      challenge,
      signature: proveProfile(profile, ORIGIN, challenge),
    };
    expect(outcome(await finishDeviceRegistration(runtime, other, input))).toBe('challenge_invalid');
    const answers = await Promise.all([1, 2, 3].map(() => finishDeviceRegistration(runtime, session, input)));
    expect(answers.map(outcome).sort()).toEqual(['challenge_consumed', 'challenge_consumed', 'ok']);
    expect(await rows(runtime)).toMatchObject({ devices: 1, profiles: 1 });
  });

  test('stops at the limit with 0x801C000E, also for many at the same instant', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '2' }));
    const sessions = await Promise.all([1, 2, 3, 4].map(() => aSession(runtime, person, 'passkey')));
    const answers = await Promise.all(sessions.map((session) => registerDevice(runtime, session)));
    expect(answers.map(({ result }) => outcome(result)).sort()).toEqual([
      'device_limit_reached',
      'device_limit_reached',
      'ok',
      'ok',
    ]);
    expect((await rows(runtime)).devices).toBe(2);
    const event = await runtime.db.event.findFirstOrThrow({ where: { code: 'device_registration_failed' } });
    expect(JSON.parse(event.detail)).toMatchObject({ error: '0x801C000E' });
  });

  test('counts no deleted device against the limit', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '1' }));
    const device = await aDevice(runtime, await aSession(runtime, person, 'passkey'));
    done(await changeDevice(runtime, null, { deviceId: device.id, change: 'delete' }));
    expect(outcome((await registerDevice(runtime, await aSession(runtime, person, 'passkey'))).result)).toBe(
      'ok',
    );
  });

  test('in a session that ended meanwhile leaves nothing', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
    const profile = createProfile(runtime.random.bytes(48));
    done(await signOut(runtime, session));
    const input = {
      ...facts,
      publicKey: profile.publicKey,
      challenge,
      signature: proveProfile(profile, ORIGIN, challenge),
    };
    expect(outcome(await finishDeviceRegistration(runtime, session, input))).toBe('sign_in_required');
    expect(await rows(runtime)).toMatchObject({ devices: 0, profiles: 0 });
  });

  test('again with the same key after a lost answer gives the owner the same device, and nobody else any', async () => {
    const runtime = await aRuntime();
    const mia = await aSession(runtime, await aPerson(runtime, 'mia'), 'passkey');
    const tomas = await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    const device = await aDevice(runtime, mia);
    const again = async (session: typeof mia) => {
      const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
      const signature = proveProfile(device.profile, ORIGIN, challenge);
      return await finishDeviceRegistration(runtime, session, {
        ...facts,
        publicKey: device.profile.publicKey,
        challenge,
        signature,
      });
    };
    expect(done(await again(mia))).toMatchObject({ deviceId: device.id, profileId: device.profileId });
    expect(outcome(await again(tomas))).toBe('device_already_registered');
    expect(await rows(runtime)).toMatchObject({ devices: 1, profiles: 1 });
    done(await changeDevice(runtime, null, { deviceId: device.id, change: 'disable' }));
    const fresh = await aSession(runtime, { id: mia.session.userId, upn: '' }, 'passkey');
    expect(outcome(await again(fresh))).toBe('device_disabled');
  });
});

describe('a Hello key', () => {
  test('works only on the device where it was enrolled', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const other = await aDevice(runtime, await aSession(runtime, desk.person, 'passkey'), 'HOME-01');
    const refused = await signIn(runtime, desk, { device: other });
    expect(outcome(refused)).toBe('wrong_device');
    // Nobody on a device of their own hears the name of another one.
    expect(refused.ok ? null : refused.problem.facts).toBeUndefined();
    const unknown = await signIn(runtime, desk, { device: null });
    expect(outcome(unknown)).toBe('device_unknown');
    expect(unknown.ok ? null : unknown.problem.facts).toEqual({ deviceName: 'STUDIO-07' });
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });

  test('does not work with another person’s device', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    expect(outcome(await signIn(runtime, mia, { device: tomas.device }))).toBe('wrong_device');
  });

  test('does not work with a forged device proof, nor with one over another challenge or another key', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const forged = { ...desk.device, profile: createProfile(runtime.random.bytes(48)) };
    expect(outcome(await signIn(runtime, desk, { device: forged }))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('device_proof_invalid');
    const stale = await answerChallenge(runtime, desk.browser, desk);
    const fresh = await answerChallenge(runtime, desk.browser, desk);
    const mixed = { response: fresh.response, ...(stale.device ? { device: stale.device } : {}) };
    expect(outcome(await finishAuthentication(runtime, desk.browser, mixed))).toBe('sign_in_failed');
    const again = await answerChallenge(runtime, desk.browser, desk);
    const otherKey = { response: again.response, device: deviceProof(desk.device, again.challenge, 'AAAA') };
    expect(outcome(await finishAuthentication(runtime, desk.browser, otherKey))).toBe('sign_in_failed');
  });

  test('does not work with a device that nobody knows', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    expect(outcome(await signIn(runtime, desk, { device: { ...desk.device, profileId: 'f00d' } }))).toBe(
      'device_unknown',
    );
  });
});

describe('a passkey', () => {
  test('signs in anywhere; another person’s device never becomes the session’s own', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithPasskey(runtime, 'tomas');
    expect(outcome(await signIn(runtime, tomas))).toBe('ok');
    const token = tokenOf(await signIn(runtime, tomas, { device: mia.device }));
    expect((await findSession(runtime, token))?.deviceId).toBeNull();
  });
});

describe('a disabled or deleted device', () => {
  test.each(['disable', 'delete'] as const)(
    '%s: its sessions stop at once and it signs in no more',
    async (change) => {
      const runtime = await aRuntime();
      const desk = await aPersonWithHelloKey(runtime);
      const session = await signedInAt(runtime, desk);
      expect(
        done(await changeDevice(runtime, null, { deviceId: desk.device.id, change, evenLast: true })),
      ).toEqual({
        sessionsEnded: 1,
      });
      expect(await findSession(runtime, session.token)).toBeNull();
      const expected = change === 'disable' ? 'device_disabled' : 'sign_in_failed';
      expect(outcome(await signIn(runtime, desk))).toBe(expected);
      expect(outcome(await signIn(runtime, desk, { device: null }))).toBe(expected);
      const other = await aDevice(runtime, await aSession(runtime, desk.person, 'passkey'), 'HOME-01');
      expect(outcome(await signIn(runtime, desk, { device: other }))).toBe(expected);
    },
  );

  test('stops a passkey there too, as long as its proof comes along', async () => {
    const runtime = await aRuntime();
    const tomas = await aPersonWithPasskey(runtime, 'tomas');
    const device = await aDevice(runtime, await aSession(runtime, tomas.person, 'passkey'));
    done(await changeDevice(runtime, null, { deviceId: device.id, change: 'disable' }));
    expect(outcome(await signIn(runtime, tomas, { device }))).toBe('device_disabled');
  });

  test('stops a password and a pass there, with the same answer as any failure', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { password } = done(
      await resetPassword(runtime, null, { userId: desk.person.id, temporary: false }),
    );
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    const device = await recognition(runtime, desk.browser, desk.device);
    expect(
      outcome(await signInWithPassword(runtime, desk.browser, { upn: desk.person.upn, password, device })),
    ).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('device_disabled');
  });

  test('works again when it is enabled; its ended sessions stay ended', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'enable' }));
    expect(await findSession(runtime, session.token)).toBeNull();
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });

  test('changes once: repeating it writes no second event', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    for (let times = 0; times < 2; times += 1)
      done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    expect(await runtime.db.event.count({ where: { code: 'device_disabled' } })).toBe(1);
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'delete', evenLast: true }));
    expect(outcome(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'enable' }))).toBe(
      'not_found',
    );
    expect(outcome(await changeDevice(runtime, null, { deviceId: 'nowhere', change: 'disable' }))).toBe(
      'not_found',
    );
  });
});

describe('a device shown beside a typed secret', () => {
  test('is the session’s place; a forged or replayed proof shows nothing and stops nobody', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { password } = done(
      await resetPassword(runtime, null, { userId: desk.person.id, temporary: false }),
    );
    const device = await recognition(runtime, desk.browser, desk.device);
    const placeOf = async (shown: typeof device) => {
      const token = tokenOf(
        await signInWithPassword(runtime, desk.browser, { upn: desk.person.upn, password, device: shown }),
      );
      return (await within(runtime, desk.browser, token)).session.deviceId;
    };
    expect(await placeOf(device)).toBe(desk.device.id);
    expect(await placeOf(device)).toBeNull();
    expect(
      await placeOf({ ...(await recognition(runtime, desk.browser, desk.device)), signature: 'AAAA' }),
    ).toBeNull();
    expect(await placeOf(await recognition(runtime, aBrowser(runtime), desk.device))).toBeNull();
  });
});

describe('one’s own devices', () => {
  test('can be renamed and, with a fresh proof, removed; another person’s cannot', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const session = await signedInAt(runtime, mia);
    expect(outcome(await renameDevice(runtime, session, { deviceId: tomas.device.id, name: 'X' }))).toBe(
      'not_found',
    );
    expect(outcome(await removeOwnDevice(runtime, session, { deviceId: tomas.device.id }))).toBe('not_found');
    done(await renameDevice(runtime, session, { deviceId: mia.device.id, name: 'BOAT-01' }));
    expect((await listDevices(runtime, { userId: mia.person.id })).map(({ name }) => name)).toEqual([
      'BOAT-01',
    ]);
    runtime.pass(5 * MINUTE_MS + 1);
    expect(outcome(await removeOwnDevice(runtime, session, { deviceId: mia.device.id }))).toBe(
      'proof_required',
    );
  });

  test('cannot be removed with a pass', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aPassSession(runtime, desk.person);
    expect(outcome(await removeOwnDevice(runtime, session, { deviceId: desk.device.id }))).toBe(
      'proof_required',
    );
  });
});
