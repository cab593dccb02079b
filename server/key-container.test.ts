import { describe, expect, test } from 'vitest';
import { protectionWords } from '#domain/credential';
import { SOFTWARE_KEY_AAGUID } from '#domain/key-container/aaguid';
import { MINUTE_MS } from '#domain/time';
import { finishAuthentication } from './authentication.ts';
import type { SignedIn } from './caller.ts';
import { pinCommands } from './command-line/pin.ts';
import { beginContainer } from './container-creation.ts';
import { listCredentials, removeCredential, reportKeyLost, revokeCredential } from './credential.ts';
import { changeDevice, listDevices, reportDeviceLost } from './device.ts';
import { listEvents } from './event.ts';
import { forgetUnfinishedContainers, listContainers } from './key-container.ts';
import { clearPinTries, requirePinChange } from './pin-help.ts';
import { beginPinTry } from './pin-try.ts';
import { readProvisioning } from './provisioning.ts';
import { finishRegistration } from './registration.ts';
import {
  aBrowser,
  aDevice,
  aDirectory,
  aKey,
  aPassSession,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  done,
  lastCause,
  outcome,
  setKeyRules,
  storeBytes,
  type TestRuntime,
  within,
} from './testing.ts';
import {
  aContainerInTheMaking,
  answerWithTicket,
  aPersonWithSoftwareKey,
  aSoftwareKey,
  askForPin,
  atSoftwareDesk,
  makeSoftwareKey,
  PIN,
  type SoftwareDesk,
  signedInWithPin,
  signInWithPin,
  tryPin,
  tryWrong,
} from './testing-container.ts';

describe('making a software key', () => {
  test('registers it with its container, in one transaction; it is called a software key', async () => {
    const runtime = await aRuntime();
    const { session, device, person } = await atSoftwareDesk(runtime);
    const begun = done(await beginContainer(runtime, session));
    expect(begun).toMatchObject({ device: device.id, userHandle: session.session.person.userHandle });
    expect(await listContainers(runtime, { userId: person.id })).toEqual([]);
    const container = await aSoftwareKey(runtime, session, device);
    const [key] = await listCredentials(runtime, person.id);
    expect(key).toMatchObject({
      id: container.key?.kid,
      kind: 'hello',
      deviceId: device.id,
      aaguid: SOFTWARE_KEY_AAGUID,
      protection: 'software',
      usable: true,
    });
    expect(protectionWords[key?.protection ?? 'unverified']).toBe('Software key');
    expect(await listContainers(runtime, { deviceId: device.id })).toMatchObject([
      { id: container.id, credentialId: key?.id, pinChangedAt: runtime.clock.now(), counter: { tries: 0 } },
    ]);
    const codes = (await listEvents(runtime, { userId: person.id }, 10)).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['container_created', 'key_registered']));
  });

  test('takes what provisioning takes', async () => {
    const runtime = await aRuntime();
    const { session, person } = await atSoftwareDesk(runtime);
    const begin = async (caller: SignedIn) => outcome(await beginContainer(runtime, caller));
    expect(await begin(await aSession(runtime, person, 'passkey'))).toBe('device_required');
    runtime.pass(10 * MINUTE_MS + 1);
    expect(await begin(session)).toBe('proof_required');
    const pass = await aPassSession(runtime, await aPerson(runtime, 'tomas'));
    await aDevice(runtime, pass);
    expect(await begin(await within(runtime, pass, pass.token))).toBe('ok');
  });

  test.each([
    ['never', 'no', 'software_keys_not_allowed'],
    ['never', 'yes', 'software_keys_not_allowed'],
    ['fallback', 'yes', 'software_keys_not_allowed'],
    ['fallback', 'not_tested', 'software_keys_not_allowed'],
    ['fallback', 'no', 'ok'],
    ['choice', 'yes', 'ok'],
    ['choice', 'no', 'ok'],
  ] as const)('under %s on a device whose authenticator is "%s": %s', async (choice, found, expected) => {
    const runtime = await aRuntime();
    const { session, device } = await atSoftwareDesk(runtime, 'mia', choice);
    const where = { id: device.id };
    await runtime.db.device.update({ where, data: { platformAuthenticator: found } });
    expect(outcome(await beginContainer(runtime, session))).toBe(expected);
    const { prerequisites } = await readProvisioning(runtime, session.session);
    const eligible = prerequisites.checks.find(({ field }) => field === 'DeviceEligible');
    expect(eligible?.verdict).toBe(expected === 'ok' ? 'yes' : found);
  });

  test('is refused where a security device is required, at the beginning and at the end', async () => {
    const runtime = await aRuntime();
    const { session, device, person } = await atSoftwareDesk(runtime);
    const { ticket } = await aContainerInTheMaking(runtime, session, device);
    const { input } = await makeSoftwareKey(runtime, session, device, ticket);
    const required = { requireSecurityDevice: true } as const;
    done(await setKeyRules(runtime, { hello: { mode: 'enforce', ...required } }));
    await runtime.db.devicePolicy.deleteMany();
    expect(outcome(await beginContainer(runtime, session))).toBe('software_keys_not_allowed');
    expect(outcome(await finishRegistration(runtime, session, input))).toBe('software_keys_not_allowed');
    expect(await listCredentials(runtime, person.id)).toEqual([]);
    done(await setKeyRules(runtime, { hello: { mode: 'warn', ...required } }));
    await runtime.db.devicePolicy.deleteMany();
    expect(outcome(await beginContainer(runtime, session))).toBe('ok');
  });

  test("the container's model without a ticket, and a ticket with another model or purpose, are refused", async () => {
    const runtime = await aRuntime();
    const { session, device, person } = await atSoftwareDesk(runtime);
    const finish = async (...given: Parameters<typeof makeSoftwareKey>) =>
      outcome(await finishRegistration(runtime, session, (await makeSoftwareKey(...given)).input));
    const { ticket } = await aContainerInTheMaking(runtime, session, device);
    const other = '08987058-cadc-4b81-b6e1-30de50dcbe96';
    for (const purpose of ['hello', 'passkey'] as const) {
      expect(await finish(runtime, session, device, undefined, { purpose })).toBe('registration_refused');
      expect(await lastCause(runtime)).toBe('container_without_ticket');
    }
    for (const deviation of [
      { aaguid: other },
      { aaguid: '' },
      { purpose: 'passkey' },
      { backupEligible: true },
    ] as const) {
      expect(await finish(runtime, session, device, ticket, deviation)).toBe('registration_refused');
      expect(await lastCause(runtime)).toBe('ticket_for_another_key');
    }
    expect(await finish(runtime, session, device, ticket)).toBe('ok');
    expect(await listCredentials(runtime, person.id)).toHaveLength(1);
  });

  test('the ticket of another session, browser, person or container, a used or an old one, is none', async () => {
    const runtime = await aRuntime();
    const { session, device, person, browser } = await atSoftwareDesk(runtime);
    const there = await atSoftwareDesk(runtime, 'tomas');
    const finish = async (at: SignedIn, on: typeof device, ticket: string) =>
      outcome(await finishRegistration(runtime, at, (await makeSoftwareKey(runtime, at, on, ticket)).input));
    const { ticket } = await aContainerInTheMaking(runtime, session, device);
    expect(await finish(there.session, there.device, ticket)).toBe('registration_refused');
    const again = await aSession(runtime, person, 'passkey', browser);
    await runtime.db.session.update({ where: { id: again.session.id }, data: { deviceId: device.id } });
    expect(await finish(await within(runtime, browser, again.token), device, ticket)).toBe(
      'registration_refused',
    );
    const otherBrowser = { ...session, browser: aBrowser(runtime).browser };
    expect(await finish(otherBrowser, device, ticket)).toBe('registration_refused');
    expect(await finish(session, device, ticket)).toBe('ok');
    expect(await finish(session, device, ticket)).toBe('registration_refused');

    const old = await aContainerInTheMaking(runtime, session, device);
    runtime.pass(9 * MINUTE_MS);
    const { input } = await makeSoftwareKey(runtime, session, device, old.ticket);
    runtime.pass(MINUTE_MS);
    expect(outcome(await finishRegistration(runtime, session, input))).toBe('registration_refused');
  });

  test('one ticket makes one key, at the same instant too', async () => {
    const runtime = await aRuntime();
    const { session, device, person } = await atSoftwareDesk(runtime);
    const { ticket } = await aContainerInTheMaking(runtime, session, device);
    const inputs = [];
    for (let each = 0; each < 4; each += 1)
      inputs.push((await makeSoftwareKey(runtime, session, device, ticket)).input);
    const finished = await Promise.all(inputs.map((input) => finishRegistration(runtime, session, input)));
    expect(finished.map(outcome).filter((code) => code === 'ok')).toHaveLength(1);
    expect(await listCredentials(runtime, person.id)).toHaveLength(1);
  });

  test('the ticket of a sign-in registers nothing, and that of a registration signs nobody in', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const { ticket } = done(await tryPin(runtime, session, desk.container));
    const { input } = await makeSoftwareKey(runtime, session, desk.device, ticket);
    expect(outcome(await finishRegistration(runtime, session, input))).toBe('registration_refused');
    const second = await aContainerInTheMaking(runtime, session, desk.device);
    const answer = await answerWithTicket(runtime, session, desk.container, second.ticket);
    expect(outcome(await finishAuthentication(runtime, session, answer))).toBe('sign_in_failed');
  });

  test('cut off before its key is registered, it counts for nobody, and is swept', async () => {
    const runtime = await aRuntime();
    const { session, device, person, browser } = await atSoftwareDesk(runtime);
    const { container } = await aContainerInTheMaking(runtime, session, device);
    const { protector } = done(await beginPinTry(runtime, browser, { container: container.id }));
    expect(container.outputs.has(protector)).toBe(false);
    const outside = await askForPin(runtime, { ...browser, session: null }, container, PIN, {
      protector: [...container.outputs.keys()][0] ?? '',
    });
    expect(outcome(outside.result)).toBe('container_unknown');
    expect(await forgetUnfinishedContainers(runtime)).toBe(0);
    runtime.pass(15 * MINUTE_MS + 1);
    expect(await forgetUnfinishedContainers(runtime)).toBe(1);
    expect(await runtime.db.pinProtector.count()).toBe(0);
    expect(await runtime.db.pinTry.count()).toBe(0);
    expect(await listCredentials(runtime, person.id)).toEqual([]);
    const kept = await aPersonWithSoftwareKey(runtime, 'tomas');
    runtime.pass(24 * 60 * MINUTE_MS);
    expect(await forgetUnfinishedContainers(runtime)).toBe(0);
    expect(await listContainers(runtime, { userId: kept.person.id })).toHaveLength(1);
  });

  test('a PIN reset that destroys puts a new container in the place of the old one, once', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const begun = await aSession(runtime, desk.person, 'passkey', desk.browser);
    const where = { id: begun.session.id };
    await runtime.db.session.update({ where, data: { deviceId: desk.device.id } });
    const session = await within(runtime, desk.browser, begun.token);
    runtime.pass(1);
    const made = await aContainerInTheMaking(runtime, session, desk.device, 'another');
    const { input } = await makeSoftwareKey(runtime, session, desk.device, made.ticket, {
      purpose: 'pin-reset',
    });
    const first = done(await finishRegistration(runtime, session, input));
    expect(first.protection).toBe('software');
    expect(done(await finishRegistration(runtime, session, input))).toEqual(first);
    const [state, ...others] = await listContainers(runtime, { userId: desk.person.id });
    expect(others).toEqual([]);
    expect(state?.id).toBe(made.container.id);
    const { result } = await askForPin(runtime, session, desk.container, PIN);
    expect(outcome(result)).toBe('container_retired');
  });
});

describe('a wipe', () => {
  const holds = (store: Buffer, key: Uint8Array) => store.includes(Buffer.from(key));
  const wipes: Readonly<
    Record<string, (runtime: TestRuntime, desk: SoftwareDesk) => Promise<{ readonly ok: boolean }>>
  > = {
    'disabling the device': (runtime, { device }) =>
      changeDevice(runtime, null, { deviceId: device.id, change: 'disable' }),
    'deleting the device': (runtime, { device }) =>
      changeDevice(runtime, null, { deviceId: device.id, change: 'delete', evenLast: true }),
    'reporting the device lost': (runtime, { device }) =>
      reportDeviceLost(runtime, null, { deviceId: device.id }),
    'revoking the key': (runtime, { person, container }) =>
      revokeCredential(runtime, null, {
        userId: person.id,
        credentialId: container.key?.kid ?? '',
        evenLast: true,
      }),
    'removing the key': async (runtime, { person, container }) => {
      const session = await aSession(runtime, person, 'passkey');
      await aKey(runtime, session, 'passkey');
      return await removeCredential(runtime, session, { credentialId: container.key?.kid ?? '' });
    },
    'reporting the key lost': async (runtime, { person, container }) =>
      await reportKeyLost(runtime, await aSession(runtime, person, 'passkey'), {
        credentialId: container.key?.kid ?? '',
      }),
  };

  test.each(Object.entries(wipes))(
    'by %s destroys the keys: no PIN opens anything again',
    async (_, wipe) => {
      const runtime = await aRuntime();
      const desk = await aPersonWithSoftwareKey(runtime);
      const kept = await aPersonWithSoftwareKey(runtime, 'tomas');
      const protector = await runtime.db.pinProtector.findFirstOrThrow({
        where: { containerId: desk.container.id },
      });
      const { historyKey } = await runtime.db.keyContainer.findUniqueOrThrow({
        where: { id: desk.container.id },
      });
      if (historyKey === null) throw new Error('no key');
      const before = await storeBytes(runtime);
      expect([holds(before, protector.key), holds(before, historyKey)]).toEqual([true, true]);
      expect((await wipe(runtime, desk)).ok).toBe(true);

      const after = await storeBytes(runtime);
      expect([holds(after, protector.key), holds(after, historyKey)]).toEqual([false, false]);
      const where = { id: desk.device.id };
      await runtime.db.device.updateMany({ where, data: { disabledAt: null, deletedAt: null } });
      const [protectorId = ''] = desk.container.outputs.keys();
      const { result } = await askForPin(runtime, desk.browser, desk.container, PIN, {
        protector: protectorId,
      });
      expect(['container_retired', 'container_unknown']).toContain(outcome(result));
      const answer = await answerWithTicket(runtime, desk.browser, desk.container, undefined);
      expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('sign_in_failed');
      const [event] = await listEvents(runtime, { userId: desk.person.id, codes: ['container_retired'] }, 10);
      expect(event?.detail.container).toBe(desk.container.id);
      const theirs = await signInWithPin(runtime, kept.browser, kept.container);
      if (theirs === 'wrong') throw new Error('wrong');
      expect(outcome(theirs)).toBe('ok');
    },
  );

  test('comes first or the answer does, at the same instant; afterwards there is nothing', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 3 }, () => askForPin(runtime, desk.browser, desk.container, PIN))),
      changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }),
    ]);
    for (const { result } of answers)
      expect(['ok', 'device_disabled', 'container_retired', 'container_unknown']).toContain(outcome(result));
    expect(await runtime.db.pinProtector.count()).toBe(0);
    expect(await runtime.db.pinTry.count()).toBe(0);
  });

  test('with its device is told: to whoever decides it beforehand, and to the person in the notice', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const { id: deviceId } = desk.device;
    const summary = async () => (await listDevices(runtime, { id: deviceId }))[0];
    expect(await summary()).toMatchObject({ keys: 1, softwareKeys: 1 });
    done(await changeDevice(runtime, null, { deviceId, change: 'disable' }));
    const [event] = await listEvents(runtime, { userId: desk.person.id, codes: ['device_disabled'] }, 1);
    expect(event?.detail.softwareKeysWiped).toBe(1);
    const told = await runtime.db.mail.findMany({ where: { userId: desk.person.id } });
    expect(told.map(({ text }) => text).join()).toContain(
      'the one that a browser kept there stopped for good',
    );
    done(await changeDevice(runtime, null, { deviceId, change: 'enable' }));
    expect(await summary()).toMatchObject({ keys: 0, softwareKeys: 0, disabledAt: null });
  });

  test('of a key that the device itself keeps there is none, and nobody is told of one', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { id: deviceId } = desk.device;
    done(await changeDevice(runtime, null, { deviceId, change: 'disable' }));
    expect((await listDevices(runtime, { id: deviceId }))[0]).toMatchObject({ keys: 1, softwareKeys: 0 });
    const [event] = await listEvents(runtime, { userId: desk.person.id, codes: ['device_disabled'] }, 1);
    expect(event?.detail).not.toHaveProperty('softwareKeysWiped');
  });

  test('a key that is set aside keeps its PIN: it may be found to be in order', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    await runtime.db.credential.updateMany({ data: { quarantinedAt: runtime.clock.now() } });
    const { ticket } = done(await tryPin(runtime, desk.browser, desk.container));
    const answer = await answerWithTicket(runtime, desk.browser, desk.container, ticket);
    expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).toBe('credential_quarantined');
    expect(await runtime.db.pinProtector.count()).toBe(1);
  });
});

describe('an administrator', () => {
  test('clears tries and asks for a new PIN for those that they may manage, never for themselves', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const { asks, target } = await aDirectory(runtime);
    const containerId = desk.container.id;
    const actor = asks.caller.session.person;
    for (const help of [clearPinTries, requirePinChange]) {
      expect(outcome(await help(runtime, actor, { containerId }))).toBe('ok');
      expect(outcome(await help(runtime, actor, { containerId: desk.person.id }))).toBe('not_found');
      const own = { ...actor, id: desk.person.id };
      expect(outcome(await help(runtime, own, { containerId }))).toBe('own_account');
    }
    const role = { userId: desk.person.id, role: 'global_administrator' };
    await runtime.db.userRole.create({ data: role });
    const lesser = target.caller.session.person;
    for (const help of [clearPinTries, requirePinChange])
      expect(outcome(await help(runtime, lesser, { containerId }))).toBe('not_permitted');
    const codes = ['pin_tries_cleared', 'pin_change_required'] as const;
    const events = await listEvents(runtime, { userId: desk.person.id, codes }, 10);
    expect(events.map(({ actorId }) => actorId)).toEqual([actor.id, actor.id]);
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    for (const help of [clearPinTries, requirePinChange])
      expect(outcome(await help(runtime, null, { containerId }))).toBe('not_found');
  });
});

describe('what an administrator sees of a PIN', () => {
  const seen = async (runtime: TestRuntime, desk: SoftwareDesk) =>
    (await listContainers(runtime, { deviceId: desk.device.id }))[0];

  test('is what counts now: tries, when the next is forgotten, and until when nothing is answered', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    expect(await seen(runtime, desk)).toMatchObject({
      counter: { tries: 0, wrong: 0 },
      forgottenAt: null,
      stoppedUntil: null,
    });
    const first = runtime.clock.now().getTime();
    for (let wrong = 0; wrong < 3; wrong += 1) done(await tryWrong(runtime, desk.browser, desk.container));
    expect(await seen(runtime, desk)).toMatchObject({
      counter: { tries: 3, wrong: 3 },
      ladder: { phraseNeeded: true },
      forgottenAt: new Date(first + 10 * MINUTE_MS),
      stoppedUntil: null,
    });
    done(await tryWrong(runtime, desk.browser, desk.container, 'A1B2C3'));
    const stoppedUntil = new Date(runtime.clock.now().getTime() + MINUTE_MS);
    expect(await seen(runtime, desk)).toMatchObject({ counter: { tries: 4, rounds: 1 }, stoppedUntil });
    runtime.pass(MINUTE_MS);
    expect(await seen(runtime, desk)).toMatchObject({ counter: { tries: 4 }, stoppedUntil: null });
    done(await clearPinTries(runtime, null, { containerId: desk.container.id }));
    expect(await seen(runtime, desk)).toMatchObject({
      counter: { tries: 0, wrong: 0, rounds: 0 },
      forgottenAt: null,
    });
  });

  test('can be helped from the command line, by person and by device', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const other = await aPerson(runtime, 'tomas');
    const run = async (name: string, words: string[], device?: string) =>
      await pinCommands[name]?.run(runtime, words, { device });
    done(await tryWrong(runtime, desk.browser, desk.container));
    const { upn } = desk.person;
    const name = (await listDevices(runtime, { id: desk.device.id }))[0]?.name ?? '';
    expect(await run('pin clear-tries', [upn])).toBe(`${name}\ttries cleared: 1`);
    expect(await seen(runtime, desk)).toMatchObject({ counter: { tries: 0 } });
    expect(await run('pin require-change', [upn], name)).toBe(`${name}\tnew PIN asked for`);
    expect(await seen(runtime, desk)).toMatchObject({ pinChangeRequired: true });
    expect(await run('pin require-change', [upn], desk.device.id)).toContain(name);
    await expect(run('pin clear-tries', [upn], 'ELSEWHERE')).rejects.toThrow(`Theirs are on: ${name}.`);
    await expect(run('pin clear-tries', [other.upn])).rejects.toThrow('No browser keeps a software key');
    await expect(run('pin clear-tries', ['nobody@tidewater.example'])).rejects.toThrow('There is nobody');
    await expect(run('pin clear-tries', [])).rejects.toThrow('A UPN is needed');
  });
});
