import { describe, expect, test } from 'vitest';
import { POLICY_REFRESH_MS } from '#domain/policy/delivery';
import type { SettingName } from '#domain/policy/settings';
import { readDelivery, readPolicyAt } from './device-policy.ts';
import { createGroup, listGroups } from './group.ts';
import { deleteSource } from './policy-publish.ts';
import { setPolicy } from './policy-setting.ts';
import { readSource } from './policy-source.ts';
import { checkPrerequisites } from './provisioning.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import {
  aBrowser,
  aDevice,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastEvent,
  makeKey,
  outcome,
  type TestRuntime,
  within,
} from './testing.ts';
import { aDocument, aSource, changeSource, tell } from './testing-policy.ts';

const USE = 'UsePassportForWork';

/** Somebody signed in at a device of theirs. */
async function atADevice(runtime: TestRuntime, alias = 'mia') {
  const person = await aPerson(runtime, alias);
  const begun = await aSession(runtime, person, 'passkey');
  const device = await aDevice(runtime, begun);
  const caller = await within(runtime, begun, begun.token);
  return { person, device, caller, at: { userId: person.id, deviceId: device.id } };
}

const value = async (
  runtime: TestRuntime,
  at: { userId: string; deviceId: string | null },
  name: SettingName,
) => (await readPolicyAt(runtime.db, runtime, at))(name).value;

async function aGroup(runtime: TestRuntime, name: string): Promise<string> {
  await createGroup(runtime, null, { name });
  return (await listGroups(runtime)).find((group) => group.name === name)?.id ?? '';
}

describe('a device', () => {
  test('keeps what the organisation had set when it was enrolled, whatever it sets later', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    done(await setPolicy(runtime, null, { name: 'UseBiometrics', value: 'false' }));
    const { at } = await atADevice(runtime);
    done(await setPolicy(runtime, null, { name: 'UseBiometrics', value: 'true' }));
    done(await setPolicy(runtime, null, { name: USE, value: 'false' }));
    await tell(runtime, at);
    expect(await value(runtime, at, 'UseBiometrics')).toBe(false);
    expect(await value(runtime, at, USE)).toBe(true);
    const { at: later } = await atADevice(runtime, 'tomas');
    expect(await value(runtime, later, USE)).toBe(false);
  });

  test('follows at once what the server itself judges', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at } = await atADevice(runtime);
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '3' }));
    expect(await value(runtime, at, 'DeviceLimitPerUser')).toBe(3);
  });

  test('gets a source at its next refresh, and not before', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at } = await atADevice(runtime);
    const { id } = await aSource(runtime, aDocument({ [USE]: 'false' }));
    expect(await value(runtime, at, USE)).toBe(true);
    expect((await tell(runtime, at)).changed).toEqual([USE]);
    expect(await value(runtime, at, USE)).toBe(false);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_refreshed',
      deviceId: at.deviceId,
      detail: { sources: 1, changed: USE },
    });
    await changeSource(runtime, id, aDocument({ [USE]: 'true' }));
    expect(await value(runtime, at, USE)).toBe(false);
    await tell(runtime, at);
    expect(await value(runtime, at, USE)).toBe(true);
    const source = await readSource(runtime.db, id);
    done(await deleteSource(runtime, null, { id, revision: source?.draftRevision ?? 0 }));
    expect((await tell(runtime, at)).changed).toEqual([]);
    expect((await readDelivery(runtime.db, at.deviceId))?.delivered).toEqual([]);
  });

  test('is told nothing new silently: a refresh that changes nothing writes no event', async () => {
    const runtime = await aRuntime();
    const { at } = await atADevice(runtime);
    const before = await runtime.db.event.count();
    runtime.pass(1000);
    await tell(runtime, at);
    expect(await runtime.db.event.count()).toBe(before);
    expect((await readDelivery(runtime.db, at.deviceId))?.refreshedAt).toEqual(runtime.clock.now());
  });

  test('asks at a sign-in, and after eight hours', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at, person, caller } = await atADevice(runtime);
    const refreshed = async () => (await readDelivery(runtime.db, at.deviceId))?.refreshedAt;
    const enrolled = await refreshed();
    runtime.pass(POLICY_REFRESH_MS - 1);
    await checkPrerequisites(runtime, caller.session);
    expect(await refreshed()).toEqual(enrolled);
    runtime.pass(1);
    await checkPrerequisites(runtime, caller.session);
    const second = runtime.clock.now();
    expect(await refreshed()).toEqual(second);
    runtime.pass(60_000);
    const again = await aSession(runtime, person, 'passkey', aBrowser(runtime));
    await runtime.db.session.update({ where: { id: again.session.id }, data: { deviceId: at.deviceId } });
    const { session } = await within(runtime, again, again.token);
    await checkPrerequisites(runtime, session);
    expect(await refreshed()).toEqual(runtime.clock.now());
  });

  test('is refreshed once by many pages at the same instant', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at } = await atADevice(runtime);
    await aSource(runtime, aDocument({ [USE]: 'false' }));
    await Promise.all([1, 2, 3, 4].map(() => tell(runtime, at)));
    expect(await runtime.db.event.count({ where: { code: 'policy_refreshed' } })).toBe(1);
  });
});

describe('a person and a device', () => {
  test('get what is for a group of either, and not what excludes one', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at } = await atADevice(runtime);
    const people = await aGroup(runtime, 'People');
    const machines = await aGroup(runtime, 'Machines');
    await runtime.db.groupMember.create({ data: { groupId: people, userId: at.userId } });
    await runtime.db.groupDevice.create({ data: { groupId: machines, deviceId: at.deviceId } });
    const { id } = await aSource(runtime, aDocument({ [USE]: 'false' }, { include: [machines] }));
    await tell(runtime, at);
    expect(await value(runtime, at, USE)).toBe(false);
    await changeSource(
      runtime,
      id,
      aDocument({ [USE]: 'false' }, { include: [machines], exclude: [people] }),
    );
    await tell(runtime, at);
    expect(await value(runtime, at, USE)).toBe(true);
  });

  test('get the user half of group policy before its computer half, and both before a profile', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at } = await atADevice(runtime);
    const gpo = (scope: 'device' | 'user', text: string) =>
      aDocument({}, { values: [{ scope, name: USE, value: text }] });
    await aSource(runtime, aDocument({ [USE]: 'false' }));
    await aSource(runtime, gpo('device', 'true'), 'group_policy');
    await tell(runtime, at);
    expect(await value(runtime, at, USE)).toBe(true);
    await aSource(runtime, { ...gpo('user', 'false'), order: 9 }, 'group_policy');
    await tell(runtime, at);
    const resolved = (await readPolicyAt(runtime.db, runtime, at))(USE);
    expect(resolved).toMatchObject({ value: false, rank: 'gpo_user', known: true });
    expect(resolved.losers.map(({ rank, reason }) => [rank, reason])).toEqual([
      ['gpo_device', 'outranked'],
      ['csp_device', 'same'],
    ]);
  });

  test('without a device get what a new one would be told, and what is not known of it', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { at } = await atADevice(runtime);
    const machines = await aGroup(runtime, 'Machines');
    await runtime.db.groupDevice.create({ data: { groupId: machines, deviceId: at.deviceId } });
    await aSource(runtime, aDocument({ [USE]: 'false' }, { include: [machines] }));
    const blank = (await readPolicyAt(runtime.db, runtime, { ...at, deviceId: null }))(USE);
    expect(blank).toMatchObject({ value: true, known: false });
  });
});

describe('what a device was told', () => {
  test('governs the prerequisites', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    await aSource(runtime, aDocument({ [USE]: 'false', DisablePostLogonProvisioning: 'true' }));
    const { caller } = await atADevice(runtime);
    const { launch, prerequisites } = await checkPrerequisites(runtime, caller.session);
    expect(launch).toBe(false);
    const said = Object.fromEntries(prerequisites.checks.map(({ field, verdict }) => [field, verdict]));
    expect(said).toMatchObject({ PolicyEnabled: 'no', PostLogonEnabled: 'no' });
  });

  test('stops a key from being made, also where it comes between the question and the answer', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { caller, device, at } = await atADevice(runtime);
    const made = await makeKey(runtime, caller, 'hello', device);
    await aSource(runtime, aDocument({ [USE]: 'false' }));
    await tell(runtime, at);
    expect(outcome(await finishRegistration(runtime, caller, made))).toBe('provisioning_disabled');
    const again = await beginRegistration(runtime, caller, { purpose: 'hello', attestation: 'none' });
    expect(outcome(again)).toBe('provisioning_disabled');
    expect(await runtime.db.credential.count()).toBe(0);
  });

  test('makes hardware a must on that device, where the organisation asks nothing', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { caller, device, at } = await atADevice(runtime);
    const other = await atADevice(runtime, 'tomas');
    const group = await aGroup(runtime, 'Hardware');
    await runtime.db.groupMember.create({ data: { groupId: group, userId: at.userId } });
    await aSource(runtime, aDocument({ RequireSecurityDevice: 'true' }, { include: [group] }));
    await tell(runtime, at);
    await tell(runtime, other.at);
    for (const expected of ['statement_missing', 'security_device_required']) {
      const made = await makeKey(runtime, caller, 'hello', device);
      expect(outcome(await finishRegistration(runtime, caller, made))).toBe(expected);
    }
    const made = await makeKey(runtime, other.caller, 'hello', other.device);
    expect(outcome(await finishRegistration(runtime, other.caller, made))).toBe('ok');
  });

  test('is written with the device or not at all', async () => {
    const runtime = await aRuntime();
    const { device } = await atADevice(runtime);
    expect(await runtime.db.devicePolicy.count()).toBe(1);
    await runtime.db.device.delete({ where: { id: device.id } });
    expect(await runtime.db.devicePolicy.count()).toBe(0);
  });
});
