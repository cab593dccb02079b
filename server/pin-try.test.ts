import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { toBase64Url } from '#domain/base64url';
import { createProfile, getAssertion, proveProfile } from '#domain/software-authenticator';
import { HOUR_MS, MINUTE_MS } from '#domain/time';
import { evaluationRequest } from '#domain/wire';
import { addBrowser, beginAuthentication, finishAuthentication } from './authentication.ts';
import { type Caller, signedIn } from './caller.ts';
import { sealChallenge } from './ceremony.ts';
import { changeDevice } from './device.ts';
import { listEvents } from './event.ts';
import { setUserDisabled } from './identity.ts';
import { listContainers } from './key-container.ts';
import { clearPinTries } from './pin-help.ts';
import { evaluateSealed, protectorPlace } from './pin-protector.ts';
import { beginPinTry, evaluatePin, forgetExpiredTries } from './pin-try.ts';
import { lockSession } from './session.ts';
import {
  aBrowser,
  aDevice,
  answerChallenge,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  done,
  lastCause,
  ORIGIN,
  outcome,
  type TestRuntime,
  within,
} from './testing.ts';
import {
  answerWithTicket,
  aPersonWithSoftwareKey,
  askForPin,
  type SoftwareDesk,
  signedInWithPin,
  signInWithPin,
  type TryLie,
  tryPin,
  tryWrong,
} from './testing-container.ts';

const identity = toBase64Url(new Uint8Array(32));

async function triesAt(runtime: TestRuntime, desk: SoftwareDesk) {
  const [state] = await listContainers(runtime, { userId: desk.person.id });
  return state?.counter;
}

const result = async (asked: ReturnType<typeof askForPin>) => (await asked).result;

describe('a right PIN', () => {
  test('signs in, unlocks and confirms; its try is given back and the ladder ends', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    await tryWrong(runtime, desk.browser, desk.container);
    await tryWrong(runtime, desk.browser, desk.container);
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 2, wrong: 2 });
    const session = await signedInWithPin(runtime, desk);
    expect(session.session.deviceId).toBe(desk.device.id);
    expect(session.session.proofs).toMatchObject([{ kind: 'hello', credentialId: desk.container.key?.kid }]);
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 2, wrong: 0, rounds: 0, waitUntil: null });

    const stepUp = { purpose: 'step-up' } as const;
    const confirmed = await signInWithPin(runtime, session, desk.container, undefined, stepUp);
    if (confirmed === 'wrong') throw new Error('wrong');
    expect(outcome(confirmed)).toBe('ok');
    await lockSession(runtime, session);
    const locked = { ...session, session: { ...session.session, lockedAt: runtime.clock.now() } };
    expect(signedIn(locked).ok).toBe(false);
    const unlocked = await signInWithPin(runtime, locked, desk.container, undefined, { purpose: 'unlock' });
    if (unlocked === 'wrong') throw new Error('wrong');
    expect(outcome(unlocked)).toBe('ok');
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 2, wrong: 0 });
  });

  test('a wrong one opens nothing, and its try stays', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    expect(await signInWithPin(runtime, desk.browser, desk.container, 'wrong')).toBe('wrong');
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 1, wrong: 1 });
  });

  test('leads to the same place each time, whatever it was hidden under', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const first = done(await tryPin(runtime, desk.browser, desk.container));
    const second = done(await tryPin(runtime, desk.browser, desk.container));
    expect([first.right, second.right]).toEqual([true, true]);
    expect(first.element).not.toBe(second.element);
  });
});

describe('the assertion of a software key', () => {
  test('without a ticket is refused: the browser alone says that it verified its user', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const answer = await answerWithTicket(runtime, desk.browser, desk.container, undefined);
    expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('gesture_not_shown');
  });

  test('with the proof of another device or none is refused, and its ticket stays good', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPersonWithHelloKey(runtime, 'tomas');
    const { ticket } = done(await tryPin(runtime, desk.browser, desk.container));
    for (const device of [other.device, null]) {
      const answer = await answerWithTicket(runtime, desk.browser, desk.container, ticket, { device });
      expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('wrong_device');
    }
    const answer = await answerWithTicket(runtime, desk.browser, desk.container, ticket);
    expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('ok');
  });

  test('a ticket is good once, one after the other or at the same instant', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    for (let wrong = 0; wrong < 2; wrong += 1) await tryWrong(runtime, desk.browser, desk.container);
    const { ticket } = done(await tryPin(runtime, desk.browser, desk.container));
    const answers = [];
    for (let each = 0; each < 4; each += 1)
      answers.push(await answerWithTicket(runtime, desk.browser, desk.container, ticket));
    const finished = await Promise.all(
      answers.map((answer) => finishAuthentication(runtime, desk.browser, answer)),
    );
    expect(finished.map(outcome).sort()).toEqual([
      'ok',
      'sign_in_failed',
      'sign_in_failed',
      'sign_in_failed',
    ]);
    const late = await answerWithTicket(runtime, desk.browser, desk.container, ticket);
    expect(outcome(await finishAuthentication(runtime, desk.browser, late))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('ticket_refused');
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 2 });
  });

  test('the ticket of another browser, another session, another container, or past its time is none', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPersonWithSoftwareKey(runtime, 'tomas');
    const refused = async (at: Caller, ticket: string, cause: string) => {
      const answer = await answerWithTicket(runtime, at, desk.container, ticket);
      expect(outcome(await finishAuthentication(runtime, at, answer))).toBe('sign_in_failed');
      expect(await lastCause(runtime)).toBe(cause);
    };
    const stolen = done(await tryPin(runtime, desk.browser, desk.container)).ticket;
    await refused(aBrowser(runtime), stolen, 'ticket_refused');
    const theirs = done(await tryPin(runtime, desk.browser, other.container)).ticket;
    await refused(desk.browser, theirs, 'ticket_of_another_key');
    await refused(desk.browser, toBase64Url(runtime.random.bytes(16)), 'ticket_refused');
    const old = done(await tryPin(runtime, desk.browser, desk.container)).ticket;
    runtime.pass(10 * MINUTE_MS);
    await refused(desk.browser, old, 'ticket_refused');
    done(await clearPinTries(runtime, null, { containerId: desk.container.id }));
    const before = done(await tryPin(runtime, desk.browser, desk.container)).ticket;
    const session = await signedInWithPin(runtime, desk);
    await refused(session, before, 'ticket_refused');
  });

  test('a ticket under another seal is none: what was asked for cannot be exchanged', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const { ticket } = done(await tryPin(runtime, desk.browser, desk.container));
    const { challenge } = done(
      await beginAuthentication(runtime, desk.browser, {
        purpose: 'sign-in',
        ticket: toBase64Url(new Uint8Array(16)),
      }),
    );
    const sealed = Buffer.from(challenge, 'base64url');
    Buffer.from(ticket, 'base64url').copy(sealed, 30);
    const forged = sealed.toString('base64url');
    const key = desk.container.key;
    if (key === null) throw new Error('no key');
    const { response } = getAssertion({ challenge: forged }, ORIGIN, key);
    const signature = proveProfile(desk.device.profile, ORIGIN, forged, response.id);
    const answer = { response, device: { id: desk.device.profileId, signature } };
    expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('challenge_invalid');
  });

  test('no other key comes with a ticket', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const passkey = await aPersonWithPasskey(runtime);
    const { ticket } = done(await tryPin(runtime, desk.browser, desk.container));
    const { challenge } = done(
      await beginAuthentication(runtime, desk.browser, { purpose: 'sign-in', ticket }),
    );
    const { response } = getAssertion({ challenge }, ORIGIN, passkey.key);
    expect(outcome(await finishAuthentication(runtime, desk.browser, { response }))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('ticket_of_another_key');
  });

  test('adds no browser to a device', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const { key } = desk.container;
    if (key === null) throw new Error('no key');
    const { response, challenge } = await answerChallenge(runtime, session, { key }, 'add-browser');
    const profile = createProfile(runtime.random.bytes(48));
    const signature = proveProfile(profile, ORIGIN, challenge, response.id);
    const { publicKey } = profile;
    const added = await addBrowser(runtime, session, { publicKey, signature, browser: 'Edge', response });
    expect(outcome(added)).toBe('registration_refused');
    expect(await lastCause(runtime)).toBe('not_a_hello_key');
  });
});

describe('a try that is refused before it counts', () => {
  test('looks the same whatever is wrong with it, and nobody burns a try from afar', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPersonWithSoftwareKey(runtime, 'tomas');
    const stranger = createProfile(runtime.random.bytes(48));
    const unknownProfile = { ...desk.device, profileId: other.container.id, profile: stranger };
    const lies: Record<string, TryLie> = {
      'an unknown container': { container: desk.person.id },
      'an unknown protector': { protector: desk.person.id },
      "another container's protector": { protector: [...other.container.outputs.keys()][0] ?? '' },
      'an unknown profile': { device: unknownProfile },
      "another's device": { device: other.device },
      'a signature by another key': { device: { ...desk.device, profile: stranger } },
      'a signature over another element': {
        signature: proveProfile(desk.device.profile, ORIGIN, 'AAAA', identity),
      },
    };
    const problems = new Set<string>();
    for (const [, lie] of Object.entries(lies)) {
      const refused = await result(askForPin(runtime, desk.browser, desk.container, 'wrong', lie));
      if (refused.ok) throw new Error('answered');
      problems.add(JSON.stringify(refused.problem));
    }
    const somebodyElse = await aSession(runtime, other.person, 'passkey', desk.browser);
    const refused = await result(askForPin(runtime, somebodyElse, desk.container, 'wrong'));
    problems.add(JSON.stringify(refused.ok ? null : refused.problem));
    expect(problems.size).toBe(1);
    expect([...problems][0]).toContain('container_unknown');
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 0 });
    expect(await triesAt(runtime, other)).toMatchObject({ tries: 0 });
  });

  test('a container that is not there asks for a protector all the same, always for that one', async () => {
    const runtime = await aRuntime();
    const browser = aBrowser(runtime);
    const container = (await aPerson(runtime)).id;
    const first = done(await beginPinTry(runtime, browser, { container }));
    const second = done(await beginPinTry(runtime, aBrowser(runtime), { container }));
    expect(first.protector).toBe(second.protector);
    expect(first.protector).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first.protector).not.toBe(container);
  });

  test('a challenge is good once, for this purpose, browser, session and container, and in time', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPersonWithSoftwareKey(runtime, 'tomas');
    const asked = async (at: Caller, challenge: string) =>
      outcome(await result(askForPin(runtime, at, desk.container, 'wrong', { challenge })));
    const fresh = async (container = desk.container.id) =>
      done(await beginPinTry(runtime, desk.browser, { container })).challenge;
    const used = await fresh();
    expect(await asked(desk.browser, used)).toBe('ok');
    expect(await asked(desk.browser, used)).toBe('challenge_consumed');
    expect(await asked(aBrowser(runtime), await fresh())).toBe('challenge_invalid');
    expect(await asked(desk.browser, await fresh(other.container.id))).toBe('challenge_invalid');
    const session = await aSession(runtime, desk.person, 'passkey', desk.browser);
    expect(await asked(session, await fresh())).toBe('challenge_invalid');
    const binding = { browser: desk.browser.browser, containerId: desk.container.id };
    const signIn = toBase64Url(sealChallenge(runtime, 'sign-in', binding));
    expect(await asked(desk.browser, signIn)).toBe('challenge_invalid');
    const old = await fresh();
    runtime.pass(5 * MINUTE_MS);
    expect(await asked(desk.browser, old)).toBe('challenge_expired');
    expect((await triesAt(runtime, desk))?.tries).toBe(1);
  });

  test('garbage, the identity, and elements too short or too long cost no try', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const negative = Buffer.alloc(32, 0xff).toString('base64url');
    const unreduced = Buffer.from(
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'hex',
    ).toString('base64url');
    for (const element of [identity, negative, unreduced, 'AAAA', Buffer.alloc(33, 1).toString('base64url')])
      expect(outcome(await result(askForPin(runtime, desk.browser, desk.container, '', { element })))).toBe(
        'bad_request',
      );
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 0 });
    const good = { container: desk.container.id, protector: desk.container.id, challenge: 'AAAA' };
    const device = { id: desk.container.id, signature: 'AAAA' };
    expect(evaluationRequest.safeParse({ ...good, element: identity, device }).success).toBe(true);
    for (const element of ['', 'AAAA', `${identity}A`, `${identity.slice(1)}=`, 7, null])
      expect(evaluationRequest.safeParse({ ...good, element, device }).success).toBe(false);
    expect(evaluationRequest.safeParse({ ...good, element: identity, device, pin: '1' }).success).toBe(false);
  });

  test('what became of a device, an account or a container is told after its own proof only', async () => {
    const runtime = await aRuntime();
    const away = await aPersonWithSoftwareKey(runtime);
    const disabled = await aPersonWithSoftwareKey(runtime, 'tomas');
    const stranger = createProfile(runtime.random.bytes(48));
    const ask = async (desk: SoftwareDesk, lie: TryLie = {}) =>
      outcome(await result(askForPin(runtime, desk.browser, desk.container, 'wrong', lie)));
    done(await changeDevice(runtime, null, { deviceId: away.device.id, change: 'disable' }));
    done(await setUserDisabled(runtime, null, { userId: disabled.person.id, disabled: true }));
    expect(await ask(away)).toBe('device_disabled');
    expect(await ask(disabled)).toBe('account_disabled');
    for (const desk of [away, disabled])
      expect(await ask(desk, { device: { ...desk.device, profile: stranger } })).toBe('container_unknown');
    done(await changeDevice(runtime, null, { deviceId: away.device.id, change: 'enable' }));
    expect(await ask(away)).toBe('container_retired');
  });
});

describe('the tries', () => {
  test('go up the ladder: three, the phrase, one more, then waits that grow', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const wrong = async (phrase?: string) => await tryWrong(runtime, desk.browser, desk.container, phrase);
    for (const waitMinutes of [1, 2, 10, 20]) {
      for (let each = 0; each < 3; each += 1) expect(outcome(await wrong())).toBe('ok');
      expect(outcome(await wrong())).toBe('pin_phrase_needed');
      expect(outcome(await wrong('B2C3D4'))).toBe('pin_phrase_needed');
      const last = done(await wrong('A1B2C3'));
      expect(last.ladder).toMatchObject({ waitSeconds: waitMinutes * 60, phraseNeeded: false });
      const waits = await wrong('A1B2C3');
      expect(waits.ok ? null : waits.problem).toMatchObject({
        code: 'pin_waiting',
        retryAfterSeconds: waitMinutes * 60,
        facts: { waitSeconds: waitMinutes * 60 },
      });
      const right = await tryPin(runtime, desk.browser, desk.container);
      expect(outcome(right)).toBe('pin_waiting');
      runtime.pass(waitMinutes * MINUTE_MS);
    }
    expect(outcome(await signInOutcome(runtime, desk))).toBe('ok');
    expect(await triesAt(runtime, desk)).toMatchObject({ wrong: 0, rounds: 0, waitUntil: null });
    const codes = (await listEvents(runtime, { userId: desk.person.id }, 200)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'pin_ladder_phrase')).toHaveLength(4);
    expect(codes.filter((code) => code === 'pin_ladder_wait')).toHaveLength(4);
  });

  test('of 40 at the same instant on two instances exactly as many are answered as the ladder has', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const second = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, each) =>
        tryWrong(each % 2 ? second : runtime, desk.browser, desk.container, 'A1B2C3'),
      ),
    );
    const codes = answers.map(outcome);
    expect(codes.filter((code) => code === 'ok')).toHaveLength(4);
    expect(codes.filter((code) => code === 'pin_waiting')).toHaveLength(36);
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 4, rounds: 1 });
  });

  test('32 stop everything, right or wrong; one comes back after ten minutes, or all by an administrator', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const { id } = desk.container;
    const now = runtime.clock.now();
    await runtime.db.pinProtector.updateMany({
      where: { containerId: id },
      data: { tries: 31, triesSince: now },
    });
    const last = done(await tryWrong(runtime, desk.browser, desk.container));
    expect(last.ladder).toEqual({ triesLeft: 0, phraseNeeded: false, waitSeconds: 600 });
    for (const tried of [tryPin, tryWrong]) {
      const refused = await tried(runtime, desk.browser, desk.container);
      expect(refused.ok ? null : refused.problem).toMatchObject({
        code: 'pin_tries_exhausted',
        retryAfterSeconds: 600,
      });
    }
    const events = await listEvents(runtime, { userId: desk.person.id, codes: ['pin_tries_exhausted'] }, 10);
    expect(events).toHaveLength(1);
    expect(await runtime.db.notice.count({ where: { code: 'pin_tries_exhausted' } })).toBe(1);
    runtime.pass(10 * MINUTE_MS);
    expect(outcome(await signInOutcome(runtime, desk))).toBe('ok');
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 31 });
    done(await clearPinTries(runtime, null, { containerId: id }));
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 0, wrong: 0, rounds: 0 });
  });

  test('right ones give back nothing but themselves, so that nobody guesses in their shadow', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    for (let each = 0; each < 31; each += 1) {
      const wrong = await tryWrong(runtime, desk.browser, desk.container);
      expect(outcome(wrong)).toBe('ok');
      expect(outcome(await signInOutcome(runtime, desk))).toBe('ok');
    }
    expect(await triesAt(runtime, desk)).toMatchObject({ tries: 31 });
    expect(outcome(await tryWrong(runtime, desk.browser, desk.container))).toBe('ok');
    expect(outcome(await signInOutcome(runtime, desk))).toBe('pin_tries_exhausted');
  });

  test('outlive a restart, and are forgotten while nobody runs', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    for (let each = 0; each < 3; each += 1) await tryWrong(runtime, desk.browser, desk.container);
    const restarted = await aRuntime({ databaseUrl: runtime.databaseUrl });
    expect(outcome(await tryWrong(restarted, desk.browser, desk.container))).toBe('pin_phrase_needed');
    restarted.pass(HOUR_MS);
    expect(await triesAt(restarted, desk)).toMatchObject({ tries: 0 });
  });

  test('tickets past their time are swept; those that count are not', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    await tryWrong(runtime, desk.browser, desk.container);
    runtime.pass(9 * MINUTE_MS);
    await tryWrong(runtime, desk.browser, desk.container);
    runtime.pass(MINUTE_MS);
    expect(await forgetExpiredTries(runtime)).toBeGreaterThanOrEqual(1);
    expect(await runtime.db.pinTry.count()).toBe(1);
  });
});

async function signInOutcome(runtime: TestRuntime, desk: SoftwareDesk) {
  const signed = await signInWithPin(runtime, desk.browser, desk.container);
  if (signed === 'wrong') throw new Error('wrong');
  return signed;
}

describe('a key of the server', () => {
  test('is kept sealed, and opens in its own place only', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPersonWithSoftwareKey(runtime, 'tomas');
    const protectors = await runtime.db.pinProtector.findMany();
    const mine = protectors.find(({ containerId }) => containerId === desk.container.id);
    const theirs = protectors.find(({ containerId }) => containerId === other.container.id);
    if (mine === undefined || theirs === undefined) throw new Error('no protector');
    const element = ristretto255_oprf.voprf.blind(new Uint8Array([1])).blinded;
    expect(evaluateSealed(runtime, mine.key, protectorPlace(mine), [element])).not.toBeNull();
    expect(() => evaluateSealed(runtime, mine.key, protectorPlace(theirs), [element])).toThrow();
    const anotherMaster = await aRuntime({ masterKey: '11'.repeat(32) });
    expect(() => evaluateSealed(anotherMaster, mine.key, protectorPlace(mine), [element])).toThrow();
    // Swapped in the store, somebody else's counter would do for one's own PIN: it does not open.
    await runtime.db.pinProtector.update({ where: { id: mine.id }, data: { key: theirs.key } });
    await expect(askForPin(runtime, desk.browser, desk.container, 'wrong')).rejects.toThrow('another place');
  });

  test('a device of the same person is another device', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const second = await aDevice(runtime, session, 'LAPTOP-02');
    const there = await within(runtime, session, session.token);
    const refused = await result(askForPin(runtime, there, desk.container, 'wrong', { device: second }));
    expect(outcome(refused)).toBe('container_unknown');
    expect(outcome(await evaluatePinOf(runtime, desk))).toBe('ok');
  });
});

async function evaluatePinOf(runtime: TestRuntime, desk: SoftwareDesk) {
  const { challenge, protector } = done(
    await beginPinTry(runtime, desk.browser, { container: desk.container.id }),
  );
  const element = toBase64Url(ristretto255_oprf.voprf.blind(new Uint8Array([1])).blinded);
  const signature = proveProfile(desk.device.profile, ORIGIN, challenge, element);
  const device = { id: desk.device.profileId, signature };
  const input = { container: desk.container.id, protector, challenge, element, device };
  return await evaluatePin(runtime, desk.browser, input);
}
