import { describe, expect, test } from 'vitest';
import { toBase64Url } from '#domain/base64url';
import { blind } from '#domain/oprf';
import { MINUTE_MS } from '#domain/time';
import { pinHistoryRequest } from '#domain/wire';
import { finishAuthentication } from './authentication.ts';
import type { SignedIn } from './caller.ts';
import { changeDevice } from './device.ts';
import { listEvents } from './event.ts';
import { listContainers, noteResetProtector } from './key-container.ts';
import { beginPinChange } from './pin-change.ts';
import { requirePinChange } from './pin-help.ts';
import { forgetUnfinishedProtectors } from './pin-protector.ts';
import { registerPinResetService } from './pin-reset-registration.ts';
import { evaluateHistory } from './pin-try.ts';
import { setPolicy } from './policy-setting.ts';
import { lockSession } from './session.ts';
import {
  aBrowser,
  aDevice,
  aRuntime,
  aSession,
  breakEvents,
  done,
  outcome,
  type TestRuntime,
  within,
} from './testing.ts';
import {
  aContainerInTheMaking,
  answerWithTicket,
  aPersonWithSoftwareKey,
  askForPin,
  atSoftwareDesk,
  PIN,
  type SoftwareDesk,
  setPin,
  signedInWithPin,
  signInWithPin,
} from './testing-container.ts';

const NEW_PIN = 'other mooring 88';

/** Which PINs sign in now, in a browser that keeps both protectors, outside the session that changes. */
async function working(runtime: TestRuntime, { browser, container }: SoftwareDesk) {
  const works: string[] = [];
  for (const pin of [PIN, NEW_PIN])
    for (const protector of container.outputs.keys()) {
      const signed = await signInWithPin(runtime, { ...browser, session: null }, container, pin, {
        protector,
      });
      if (signed !== 'wrong' && signed.ok) works.push(pin);
    }
  await runtime.db.pinProtector.updateMany({ data: { tries: 0, wrong: 0, rounds: 0, waitUntil: null } });
  return works;
}

/** The steps of a change, one after the other. */
async function aChange(runtime: TestRuntime, desk: SoftwareDesk, session: SignedIn) {
  const begun = done(await beginPinChange(runtime, session, { container: desk.container.id }));
  return {
    begun,
    evaluate: () => setPin(runtime, session, desk.container, begun.protector, NEW_PIN),
    answer: (ticket: string) =>
      answerWithTicket(runtime, session, desk.container, ticket, { purpose: 'step-up' }),
  };
}

describe('changing a PIN', () => {
  test('cut off after any step exactly one PIN works: the old one until the new one was shown', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    expect(await working(runtime, desk)).toEqual([PIN]);
    const change = await aChange(runtime, desk, session);
    expect(await working(runtime, desk)).toEqual([PIN]);
    const ticket = await change.evaluate();
    expect(await working(runtime, desk)).toEqual([PIN]);
    done(await finishAuthentication(runtime, session, await change.answer(ticket)));
    expect(await working(runtime, desk)).toEqual([NEW_PIN]);
    const [state] = await listContainers(runtime, { userId: desk.person.id });
    expect(state).toMatchObject({ pinChangedAt: runtime.clock.now(), counter: { tries: 0 } });
    expect(await runtime.db.pinProtector.count()).toBe(1);
    const [event] = await listEvents(runtime, { userId: desk.person.id, codes: ['pin_changed'] }, 10);
    expect(event).toMatchObject({ credentialId: desk.container.key?.kid, detail: { reason: 'change' } });
    expect(await runtime.db.notice.count({ where: { code: 'pin_changed' } })).toBe(1);
  });

  test('a store that fails at the last step leaves the old PIN, whole', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const change = await aChange(runtime, desk, session);
    const answer = await change.answer(await change.evaluate());
    const repair = await breakEvents(runtime);
    await expect(finishAuthentication(runtime, session, answer)).rejects.toThrow();
    await repair();
    expect(await working(runtime, desk)).toEqual([PIN]);
  });

  test('an old copy of the container with the old PIN is dead afterwards', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const [old = ''] = desk.container.outputs.keys();
    const session = await signedInWithPin(runtime, desk);
    const change = await aChange(runtime, desk, session);
    done(await finishAuthentication(runtime, session, await change.answer(await change.evaluate())));
    const { result } = await askForPin(runtime, desk.browser, desk.container, PIN, { protector: old });
    expect(outcome(result)).toBe('container_unknown');
  });

  test('takes a fresh proof by this very key, on its own device', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPersonWithSoftwareKey(runtime, 'tomas');
    const begin = async (caller: SignedIn, container = desk.container.id) =>
      outcome(await beginPinChange(runtime, caller, { container }));
    const passkey = await aSession(runtime, desk.person, 'passkey', desk.browser);
    expect(await begin(passkey)).toBe('container_unknown');
    await runtime.db.session.update({
      where: { id: passkey.session.id },
      data: { deviceId: desk.device.id },
    });
    expect(await begin(await within(runtime, passkey, passkey.token))).toBe('proof_required');
    const session = await signedInWithPin(runtime, desk);
    expect(await begin(session, other.container.id)).toBe('container_unknown');
    expect(await begin(session, desk.person.id)).toBe('container_unknown');
    expect(await begin(await signedInWithPin(runtime, other))).toBe('container_unknown');
    expect(await begin(session)).toBe('ok');
    runtime.pass(5 * MINUTE_MS + 1);
    expect(await begin(await within(runtime, session, session.token))).toBe('proof_required');
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    expect(await begin(session)).toBe('container_retired');
  });

  test('the PIN in the making counts in the session that makes it, unlocked and in time, and nowhere else', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const { begun, evaluate } = await aChange(runtime, desk, session);
    await evaluate();
    const protector = begun.protector.id;
    const ask = async (at: Parameters<typeof askForPin>[1]) =>
      outcome((await askForPin(runtime, at, desk.container, NEW_PIN, { protector })).result);
    expect(await ask(session)).toBe('ok');
    expect(await ask(desk.browser)).toBe('container_unknown');
    const elsewhere = await aSession(runtime, desk.person, 'passkey', aBrowser(runtime));
    expect(await ask(elsewhere)).toBe('container_unknown');
    await lockSession(runtime, session);
    const locked = { ...session, session: { ...session.session, lockedAt: runtime.clock.now() } };
    expect(await ask(locked)).toBe('container_unknown');
    runtime.pass(15 * MINUTE_MS);
    expect(await ask(session)).toBe('container_unknown');
    expect(await forgetUnfinishedProtectors(runtime)).toBe(1);
    expect(await working(runtime, desk)).toEqual([PIN]);
  });

  test('begun twice, the second counts and the first ticket commits nothing', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const first = await aChange(runtime, desk, session);
    const answer = await first.answer(await first.evaluate());
    const second = await aChange(runtime, desk, session);
    expect(outcome(await finishAuthentication(runtime, session, answer))).toBe('sign_in_failed');
    expect(await working(runtime, desk)).toEqual([PIN]);
    done(await finishAuthentication(runtime, session, await second.answer(await second.evaluate())));
    expect(await working(runtime, desk)).toEqual([NEW_PIN]);
  });

  test('begun at the same instant in two tabs, one PIN is in the making', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => beginPinChange(runtime, session, { container: desk.container.id })),
    );
    expect(both.map(outcome)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(await runtime.db.pinProtector.count({ where: { committedAt: null } })).toBe(1);
  });

  test('answers that all commit at the same instant commit once', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const change = await aChange(runtime, desk, session);
    const ticket = await change.evaluate();
    const answers = [await change.answer(ticket), await change.answer(ticket), await change.answer(ticket)];
    const finished = await Promise.all(answers.map((each) => finishAuthentication(runtime, session, each)));
    expect(finished.map(outcome).filter((code) => code === 'ok')).toHaveLength(1);
    expect(await working(runtime, desk)).toEqual([NEW_PIN]);
  });

  test('a wipe in the middle ends it: there is nothing left to commit', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const change = await aChange(runtime, desk, session);
    const answer = await change.answer(await change.evaluate());
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    expect(outcome(await finishAuthentication(runtime, session, answer))).toBe('sign_in_failed');
    expect(await runtime.db.pinProtector.count()).toBe(0);
  });

  test('a session that ended meanwhile commits nothing: what is refused has changed nothing', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const change = await aChange(runtime, desk, session);
    const answer = await change.answer(await change.evaluate());
    // Ended after the door has read it: by an administrator, by the person elsewhere.
    await runtime.db.session.update({
      where: { id: session.session.id },
      data: { endedAt: runtime.clock.now() },
    });
    expect(outcome(await finishAuthentication(runtime, session, answer))).toBe('sign_in_required');
    expect(await working(runtime, desk)).toEqual([PIN]);
  });

  test('an administrator who asks for a new PIN is obeyed by changing it, and by that alone', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const isRequired = async () =>
      (await listContainers(runtime, { userId: desk.person.id }))[0]?.pinChangeRequired;
    done(await requirePinChange(runtime, null, { containerId: desk.container.id }));
    expect(await isRequired()).toBe(true);
    const session = await signedInWithPin(runtime, desk);
    expect(await isRequired()).toBe(true);
    const change = await aChange(runtime, desk, session);
    done(await finishAuthentication(runtime, session, await change.answer(await change.evaluate())));
    expect(await isRequired()).toBe(false);
  });
});

describe('a PIN reset', () => {
  test('begins another PIN by another proof, where a reset protector is, policy has it and the service is registered', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const begin = async () => {
      const { token, session } = await aSession(runtime, desk.person, 'passkey', desk.browser);
      await runtime.db.session.update({ where: { id: session.id }, data: { deviceId: desk.device.id } });
      const there = await within(runtime, desk.browser, token);
      const reset = { container: desk.container.id, reset: true };
      return { there, begun: await beginPinChange(runtime, there, reset) };
    };
    expect(outcome((await begin()).begun)).toBe('pin_recovery_off');
    done(await setPolicy(runtime, null, { name: 'EnablePinRecovery', value: 'true' }));
    // A device keeps what the organisation had set when it was enrolled.
    await runtime.db.devicePolicy.deleteMany();
    expect(outcome((await begin()).begun)).toBe('pin_recovery_off');
    done(await registerPinResetService(runtime, null));
    expect(outcome((await begin()).begun)).toBe('pin_reset_protector_unusable');
    const made = { at: runtime.clock.now(), digest: 'A'.repeat(43) };
    await noteResetProtector(runtime.db, desk.container.id, made);
    const { there, begun } = await begin();
    expect(await working(runtime, desk)).toEqual([PIN]);
    const ticket = await setPin(runtime, there, desk.container, done(begun).protector, NEW_PIN);
    const answer = await answerWithTicket(runtime, there, desk.container, ticket, { purpose: 'step-up' });
    const kid = desk.container.key?.kid;
    // The secret of the reset protector was used: the browser is to make another one.
    expect(done(await finishAuthentication(runtime, there, answer))).toMatchObject({
      kid,
      pinReset: 'prepare',
    });
    expect(await working(runtime, desk)).toEqual([NEW_PIN]);
    const told = await listEvents(
      runtime,
      { userId: desk.person.id, codes: ['pin_changed', 'pin_reset'] },
      10,
    );
    expect(told).toMatchObject([{ code: 'pin_reset', detail: { kind: 'non_destructive', kid } }]);
    expect(await listContainers(runtime, { userId: desk.person.id })).toMatchObject([
      { resetProtectorAt: null },
    ]);
  });
});

describe('the PIN history', () => {
  const elementsOf = (runtime: TestRuntime, count: number) =>
    Array.from({ length: count }, (_, each) =>
      toBase64Url(blind(Uint8Array.of(each), (size) => runtime.random.bytes(size)).element),
    );

  test('is evaluated in the session that makes or changes a PIN, on its device, and nowhere else', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const elements = elementsOf(runtime, 2);
    const ask = async (at: SignedIn, container = desk.container.id) =>
      outcome(await evaluateHistory(runtime, at, { container, elements }));
    const session = await signedInWithPin(runtime, desk);
    expect(await ask(session)).toBe('container_unknown');
    done(await beginPinChange(runtime, session, { container: desk.container.id }));
    expect(await ask(session)).toBe('ok');
    const another = await aSession(runtime, desk.person, 'passkey', desk.browser);
    expect(await ask(another)).toBe('container_unknown');
    const elsewhere = await aSession(runtime, desk.person, 'passkey');
    await aDevice(runtime, elsewhere, 'LAPTOP-02');
    expect(await ask(await within(runtime, elsewhere, elsewhere.token))).toBe('container_unknown');
    expect(await ask(session, desk.person.id)).toBe('container_unknown');
    const making = await atSoftwareDesk(runtime, 'tomas');
    const { container } = await aContainerInTheMaking(runtime, making.session, making.device);
    expect(await ask(making.session, container.id)).toBe('ok');
  });

  test('costs a try at the PIN that counts for each element: of 40 at once exactly 32 are answered', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const second = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const session = await signedInWithPin(runtime, desk);
    done(await beginPinChange(runtime, session, { container: desk.container.id }));
    const [element = ''] = elementsOf(runtime, 1);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, each) =>
        evaluateHistory(each % 2 ? second : runtime, session, {
          container: desk.container.id,
          elements: [element],
        }),
      ),
    );
    const codes = answers.map(outcome);
    expect(codes.filter((code) => code === 'ok')).toHaveLength(32);
    expect(codes.filter((code) => code === 'pin_tries_exhausted')).toHaveLength(8);
    const refused = await signInWithPin(runtime, { ...desk.browser, session: null }, desk.container);
    if (refused === 'wrong') throw new Error('wrong');
    expect(outcome(refused)).toBe('pin_tries_exhausted');
  });

  test('is not evaluated in a reset: nobody has shown the PIN there, and none of it is kept', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const container = desk.container.id;
    await noteResetProtector(runtime.db, container, { at: runtime.clock.now(), digest: 'A'.repeat(43) });
    done(await setPolicy(runtime, null, { name: 'EnablePinRecovery', value: 'true' }));
    await runtime.db.devicePolicy.deleteMany();
    done(await registerPinResetService(runtime, null));
    const { token, session } = await aSession(runtime, desk.person, 'passkey', desk.browser);
    await runtime.db.session.update({ where: { id: session.id }, data: { deviceId: desk.device.id } });
    const there = await within(runtime, desk.browser, token);
    done(await beginPinChange(runtime, there, { container, reset: true }));
    // Each of these would test one PIN against the tag of the one in use, past the ladder: no phrase, no wait.
    const codes = [];
    for (let each = 0; each < 6; each += 1)
      codes.push(
        outcome(await evaluateHistory(runtime, there, { container, elements: elementsOf(runtime, 1) })),
      );
    expect(codes).toEqual(Array(6).fill('container_unknown'));
  });

  test('answers no more by changing the PIN again and again: an earlier one stays as hard to guess', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const container = desk.container.id;
    let answered = 0;
    for (let round = 0; round < 2; round += 1) {
      const change = await aChange(runtime, desk, session);
      for (let each = 0; each < 15; each += 1) {
        const elements = elementsOf(runtime, 2);
        if ((await evaluateHistory(runtime, session, { container, elements })).ok)
          answered += elements.length;
      }
      const ticket = await change.evaluate();
      await finishAuthentication(runtime, session, await change.answer(ticket));
    }
    expect(answered).toBeLessThanOrEqual(32);
  });

  test('garbage costs no try, and more than two elements are no request', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    done(await beginPinChange(runtime, session, { container: desk.container.id }));
    const container = desk.container.id;
    const elements = [...elementsOf(runtime, 1), toBase64Url(new Uint8Array(32))];
    expect(outcome(await evaluateHistory(runtime, session, { container, elements }))).toBe('bad_request');
    const [state] = await listContainers(runtime, { userId: desk.person.id });
    expect(state?.counter.tries).toBe(0);
    for (const count of [0, 3])
      expect(pinHistoryRequest.safeParse({ container, elements: elementsOf(runtime, count) }).success).toBe(
        false,
      );
  });
});
