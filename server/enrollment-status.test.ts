import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '#domain/time';
import { reportCeremony } from './ceremony-report.ts';
import { awaitPolicy, goOnWithoutPolicy, isHeld } from './enrollment-status.ts';
import { deleteSource } from './policy-publish.ts';
import { setPolicy } from './policy-setting.ts';
import { checkPrerequisites } from './provisioning.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import {
  aDevice,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  makeKey,
  outcome,
  type TestRuntime,
  within,
} from './testing.ts';
import { aDocument, aSource, tell } from './testing-policy.ts';

const HELLO = { purpose: 'hello', attestation: 'none' } as const;
const ONCE = { again: false };

/** A new device of an organisation whose Enrollment Status Page is on, or off. */
async function aNewDevice(
  runtime: TestRuntime,
  given: { readonly state?: string; readonly allowUse?: string } = {},
) {
  const { state = 'true', allowUse = 'false' } = given;
  await aTenant(runtime);
  done(await setPolicy(runtime, null, { name: 'EnrollmentStatusPage.state', value: state }));
  done(await setPolicy(runtime, null, { name: 'EnrollmentStatusPage.timeoutMinutes', value: '10' }));
  done(await setPolicy(runtime, null, { name: 'EnrollmentStatusPage.allowUse', value: allowUse }));
  const person = await aPerson(runtime);
  const begun = await aSession(runtime, person, 'passkey');
  const device = await aDevice(runtime, begun);
  return { person, device, caller: await within(runtime, begun, begun.token) };
}

/** Two profiles that disagree, of which one is required: neither applies. */
async function aConflict(runtime: TestRuntime): Promise<string> {
  const values = (value: string) => ({ UsePassportForWork: value });
  await aSource(runtime, aDocument(values('true'), { name: 'Pilot', required: true }));
  return (await aSource(runtime, aDocument(values('false'), { name: 'Old profile' }))).id;
}

const events = (runtime: TestRuntime, code: string) => runtime.db.event.count({ where: { code } });

describe('a new device', () => {
  test('waits for nothing where the page is off', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime, { state: 'false' });
    expect(await isHeld(runtime.db, caller.session)).toBe(false);
    expect(done(await awaitPolicy(runtime, caller, ONCE))).toBeNull();
    done(await beginRegistration(runtime, caller, HELLO));
  });

  test('that was there before the page was switched on waits for nothing', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime, { state: 'false' });
    done(await setPolicy(runtime, null, { name: 'EnrollmentStatusPage.state', value: 'true' }));
    expect(await isHeld(runtime.db, caller.session)).toBe(false);
  });

  test('is led to the page, and goes on when all that is required is there', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime);
    const policy = aDocument({ UsePassportForWork: 'true' }, { name: 'Pilot', required: true });
    await aSource(runtime, policy);
    expect(await checkPrerequisites(runtime, caller.session)).toMatchObject({
      policyPending: true,
      launch: true,
    });
    expect(outcome(await beginRegistration(runtime, caller, HELLO))).toBe('policy_pending');
    expect(done(await awaitPolicy(runtime, caller, ONCE))).toMatchObject({
      outcome: 'ready',
      device: 1,
      required: [{ name: 'Pilot', missing: null }],
    });
    expect(done(await awaitPolicy(runtime, caller, ONCE))).toBeNull();
    done(await beginRegistration(runtime, caller, HELLO));
    expect(await events(runtime, 'enrollment_ready')).toBe(1);
  });

  test('is let go on once by many pages at the same instant', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime);
    await Promise.all([1, 2, 3, 4].map(() => awaitPolicy(runtime, caller, ONCE)));
    expect(await events(runtime, 'enrollment_ready')).toBe(1);
  });

  test('makes no key with an answer from before it was held', async () => {
    const runtime = await aRuntime();
    const { caller, device } = await aNewDevice(runtime);
    await aConflict(runtime);
    await runtime.db.devicePolicy.updateMany({ data: { readyAt: runtime.clock.now() } });
    const made = await makeKey(runtime, caller, 'hello', device);
    await runtime.db.devicePolicy.updateMany({ data: { readyAt: null } });
    expect(outcome(await finishRegistration(runtime, caller, made))).toBe('policy_pending');
  });
});

describe('what is required and missing', () => {
  test('holds the device and is named, until the contradiction is gone', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime);
    const id = await aConflict(runtime);
    expect(done(await awaitPolicy(runtime, caller, ONCE))).toMatchObject({
      outcome: 'waiting',
      required: [{ name: 'Pilot', missing: 'conflict' }],
    });
    done(await deleteSource(runtime, null, { id, revision: 2 }));
    expect(done(await awaitPolicy(runtime, caller, ONCE))).toMatchObject({ outcome: 'ready' });
  });

  test('is nothing whose ring waits or is paused: nobody is held by a roll-out', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime);
    const { id } = await aSource(
      runtime,
      aDocument({ UseBiometrics: 'false' }, { name: 'Ring', required: true }),
    );
    const ring = { id: 'ring', sourceId: id, position: 1, name: 'Everybody', groups: '["all_users"]' };
    const at = runtime.clock.now();
    await runtime.db.rolloutRing.create({ data: { ...ring, state: 'waiting', changedAt: at } });
    await runtime.db.tenant.updateMany({ data: { policyVersion: { increment: 1 } } });
    expect(done(await awaitPolicy(runtime, caller, ONCE))).toMatchObject({ outcome: 'ready', required: [] });
  });

  test('is told when the time is over, once in the log, and can be waited for again', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime);
    await aConflict(runtime);
    expect(outcome(await goOnWithoutPolicy(runtime, caller))).toBe('policy_pending');
    runtime.pass(10 * MINUTE_MS);
    for (let times = 0; times < 3; times += 1)
      expect(done(await awaitPolicy(runtime, caller, ONCE))?.outcome).toBe('timed_out');
    expect(await events(runtime, 'enrollment_timed_out')).toBe(1);
    // Policy lets nobody go on here.
    expect(outcome(await goOnWithoutPolicy(runtime, caller))).toBe('policy_pending');
    expect(done(await awaitPolicy(runtime, caller, { again: true }))?.outcome).toBe('waiting');
    expect(await isHeld(runtime.db, caller.session)).toBe(true);
  });

  test('is told also where nobody looked when the time was over', async () => {
    const runtime = await aRuntime();
    const { caller, person, device } = await aNewDevice(runtime);
    await aConflict(runtime);
    done(await awaitPolicy(runtime, caller, ONCE));
    runtime.pass(20 * MINUTE_MS);
    await tell(runtime, { userId: person.id, deviceId: device.id });
    for (let times = 0; times < 2; times += 1) done(await awaitPolicy(runtime, caller, ONCE));
    expect(await events(runtime, 'enrollment_timed_out')).toBe(1);
    done(await awaitPolicy(runtime, caller, { again: true }));
    runtime.pass(10 * MINUTE_MS);
    done(await awaitPolicy(runtime, caller, ONCE));
    expect(await events(runtime, 'enrollment_timed_out')).toBe(2);
  });

  test('can be gone on without, where policy lets people, and only after the time', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime, { allowUse: 'true' });
    await aConflict(runtime);
    expect(outcome(await goOnWithoutPolicy(runtime, caller))).toBe('policy_pending');
    runtime.pass(10 * MINUTE_MS);
    done(await goOnWithoutPolicy(runtime, caller));
    done(await goOnWithoutPolicy(runtime, caller));
    expect(await isHeld(runtime.db, caller.session)).toBe(false);
    expect(await events(runtime, 'enrollment_went_on')).toBe(1);
  });
});

describe('a device with a key', () => {
  test('is no new one: what was switched off when the key was made, and on again, holds nobody', async () => {
    const runtime = await aRuntime();
    const { caller, device } = await aNewDevice(runtime);
    await aConflict(runtime);
    expect(await isHeld(runtime.db, caller.session)).toBe(true);
    const page = (value: string) => setPolicy(runtime, null, { name: 'EnrollmentStatusPage.state', value });
    done(await page('false'));
    done(await finishRegistration(runtime, caller, await makeKey(runtime, caller, 'hello', device)));
    done(await page('true'));
    expect(await isHeld(runtime.db, caller.session)).toBe(false);
    expect(await checkPrerequisites(runtime, caller.session)).toMatchObject({ policyPending: false });
  });
});

describe('a key that is required', () => {
  const managed = aDocument({ UsePassportForWork: 'true' }, { name: 'Pilot' });

  test('leads to the set-up until it is there, where a profile asks for it', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    await aSource(runtime, managed);
    const { caller } = await aNewDevice(runtime, { state: 'false' });
    for (let times = 0; times < 2; times += 1)
      expect(await checkPrerequisites(runtime, caller.session)).toMatchObject({
        required: true,
        launch: true,
      });
  });

  test('leads there once where nobody manages the device: it can be put off', async () => {
    const runtime = await aRuntime();
    const { caller } = await aNewDevice(runtime, { state: 'false' });
    expect(await checkPrerequisites(runtime, caller.session)).toMatchObject({
      required: false,
      launch: true,
    });
    expect(await checkPrerequisites(runtime, caller.session)).toMatchObject({ launch: false });
  });

  test('holds nobody in a session in which making it went wrong', async () => {
    const runtime = await aRuntime();
    await aSource(runtime, managed);
    const { caller, device } = await aNewDevice(runtime, { state: 'false' });
    const made = await makeKey(runtime, caller, 'hello', device, { userVerified: false });
    expect(outcome(await finishRegistration(runtime, caller, made))).not.toBe('ok');
    expect((await checkPrerequisites(runtime, caller.session)).required).toBe(false);
  });

  test('holds nobody whose browser said that making it went wrong; another ceremony there says nothing of it', async () => {
    const runtime = await aRuntime();
    await aSource(runtime, managed);
    const { caller } = await aNewDevice(runtime, { state: 'false' });
    const report = async (ceremony: 'unlock' | 'creating') => {
      const said = {
        ceremony,
        error: 'NotAllowedError',
        took: 'short',
        windows: true,
        keyExpected: false,
      } as const;
      done(await reportCeremony(runtime, caller, said));
      return (await checkPrerequisites(runtime, caller.session)).required;
    };
    expect(await report('unlock')).toBe(true);
    expect(await report('creating')).toBe(false);
  });

  test('holds nobody where the device can keep no key, and its browser may not', async () => {
    const runtime = await aRuntime();
    await aSource(runtime, managed);
    await aTenant(runtime);
    done(await setPolicy(runtime, null, { name: 'SoftwareKeys', value: 'never' }));
    const { caller, device } = await aNewDevice(runtime, { state: 'false' });
    await runtime.db.device.update({ where: { id: device.id }, data: { platformAuthenticator: 'no' } });
    expect((await checkPrerequisites(runtime, caller.session)).launch).toBe(false);
  });
});
