import { describe, expect, test } from 'vitest';
import { createProfile, proveProfile } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { addBrowser, beginAuthentication } from './authentication.ts';
import { changeDevice } from './device.ts';
import { findSession, signOut } from './session.ts';
import {
  aBrowser,
  aDevice,
  answerChallenge,
  aPassSession,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  type Desk,
  done,
  type Lie,
  lastCause,
  lastEvent,
  ORIGIN,
  outcome,
  rows,
  signIn,
  type TestRuntime,
} from './testing.ts';

type Session = Parameters<typeof addBrowser>[1];

/** What a browser that is not known on the key's device yet would send to be added to it. */
async function anAddition(runtime: TestRuntime, session: Session, desk: Pick<Desk, 'key'>, lie: Lie = {}) {
  const { response, challenge } = await answerChallenge(runtime, session, desk, 'add-browser', {
    ...lie,
    device: null,
  });
  const profile = createProfile(runtime.random.bytes(48));
  const signature = proveProfile(profile, ORIGIN, challenge, response.id);
  return {
    profile,
    challenge,
    input: { publicKey: profile.publicKey, signature, browser: 'Chrome 156', response },
  };
}

describe('adding a browser to the device of a Hello key', () => {
  test('takes a fresh strong proof, the key’s own answer and the new key’s signature; then the key works there', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const browser = aBrowser(runtime);
    const session = await aPassSession(runtime, desk.person, { caller: browser });
    const { profile, input } = await anAddition(runtime, session, desk);
    const answer = done(await addBrowser(runtime, session, input));
    expect(answer).toMatchObject({ deviceId: desk.device.id, deviceName: 'STUDIO-07', upn: desk.person.upn });
    expect((await findSession(runtime, session.token))?.deviceId).toBe(desk.device.id);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'device_profile_added', outcome: 'success' });
    const device = { id: answer.deviceId, profileId: answer.profileId, profile };
    expect(
      outcome(await signIn(runtime, { ...desk, browser, key: { ...desk.key, counter: 9 } }, { device })),
    ).toBe('ok');
    expect(await rows(runtime)).toMatchObject({ devices: 1, profiles: 2 });
  });

  test('with the Hello key alone adds nothing: signed out, with a password, or with an old proof', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const begin = (session: Parameters<typeof beginAuthentication>[1]) =>
      beginAuthentication(runtime, session, { purpose: 'add-browser' });
    expect(outcome(await begin(aBrowser(runtime)))).toBe('sign_in_required');
    expect(outcome(await begin(await aSession(runtime, desk.person, 'password')))).toBe('proof_required');
    const session = await aSession(runtime, desk.person, 'passkey');
    runtime.pass(8 * MINUTE_MS);
    const { input } = await anAddition(runtime, session, desk);
    runtime.pass(2 * MINUTE_MS + 1);
    expect(outcome(await addBrowser(runtime, session, input))).toBe('proof_required');
    expect((await rows(runtime)).profiles).toBe(1);
  });

  test('takes the new key’s signature over this challenge, this origin and this key, and no other', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const other = createProfile(runtime.random.bytes(48));
    const forgeries = [
      (challenge: string, id: string) => proveProfile(other, ORIGIN, challenge, id),
      (challenge: string, id: string, profile: typeof other) =>
        proveProfile(profile, 'https://evil.example', challenge, id),
      (_: string, id: string, profile: typeof other) => proveProfile(profile, ORIGIN, 'AAAA', id),
      (challenge: string, _: string, profile: typeof other) =>
        proveProfile(profile, ORIGIN, challenge, 'AAAA'),
    ];
    for (const forge of forgeries) {
      const { input, challenge, profile } = await anAddition(runtime, session, desk);
      const signature = forge(challenge, desk.key.credentialId, profile);
      expect(outcome(await addBrowser(runtime, session, { ...input, signature }))).toBe(
        'registration_refused',
      );
      expect(await lastCause(runtime)).toBe('device_key_not_proven');
    }
    expect((await rows(runtime)).profiles).toBe(1);
  });

  test('takes no passkey, no other person’s key and no answer that would not sign in', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const roaming = await aPersonWithPasskey(runtime, 'kenji');
    const session = await aSession(runtime, desk.person, 'passkey');
    const add = async (at: Session, key: Pick<Desk, 'key'>, lie: Lie = {}) =>
      outcome(await addBrowser(runtime, at, (await anAddition(runtime, at, key, lie)).input));
    expect(await add(session, tomas)).toBe('registration_refused');
    expect(await lastCause(runtime)).toBe('another_person');
    expect(await add(await aSession(runtime, roaming.person, 'passkey'), roaming)).toBe(
      'registration_refused',
    );
    expect(await lastCause(runtime)).toBe('not_a_hello_key');
    expect(await add(session, desk, { userVerified: false })).toBe('registration_refused');
    expect(await add(session, desk, { secretKey: new Uint8Array(32).fill(7) })).toBe('registration_refused');
    expect((await rows(runtime)).profiles).toBe(2);
  });

  test('is refused on a disabled device', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const { input } = await anAddition(runtime, session, desk);
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    expect(outcome(await addBrowser(runtime, session, input))).toBe('device_disabled');
    expect((await rows(runtime)).profiles).toBe(1);
  });

  test('works once per challenge, also for many at the same instant', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const { input } = await anAddition(runtime, session, desk);
    const answers = await Promise.all([1, 2, 3].map(() => addBrowser(runtime, session, input)));
    expect(answers.map(outcome).sort()).toEqual(['challenge_consumed', 'challenge_consumed', 'ok']);
    expect((await rows(runtime)).profiles).toBe(2);
  });

  test('in a session that ended meanwhile adds nothing', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const { input } = await anAddition(runtime, session, desk);
    done(await signOut(runtime, session));
    expect(outcome(await addBrowser(runtime, session, input))).toBe('sign_in_required');
    expect((await rows(runtime)).profiles).toBe(1);
  });

  test('with a key that is another person’s browser already is refused, and moves no session', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const session = await aSession(runtime, desk.person, 'passkey');
    const { input, challenge } = await anAddition(runtime, session, desk);
    const { profile } = tomas.device;
    const stolen = {
      ...input,
      publicKey: profile.publicKey,
      signature: proveProfile(profile, ORIGIN, challenge, input.response.id),
    };
    expect(outcome(await addBrowser(runtime, session, stolen))).toBe('device_already_registered');
    expect((await findSession(runtime, session.token))?.deviceId).toBeNull();
  });

  test('can be done by somebody whose browser is another device of theirs', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    await aDevice(runtime, session, 'HOME-01');
    const { input } = await anAddition(runtime, session, desk);
    expect(done(await addBrowser(runtime, session, input)).deviceId).toBe(desk.device.id);
  });
});
