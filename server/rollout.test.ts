import { describe, expect, test } from 'vitest';
import { ALL_USERS } from '#domain/policy/settings';
import { RING_GROUPS_MAX, RINGS_MAX, type RolloutDoubt, rolloutFailures } from '#domain/rollout';
import { DAY_MS, HOUR_MS } from '#domain/time';
import { administrator } from './caller.ts';
import { readDelivery } from './device-policy.ts';
import { listEvents, record } from './event.ts';
import { selectEvents } from './event-filter.ts';
import { addMember, createGroup } from './group.ts';
import { deleteGroup } from './group-use.ts';
import { setUserDisabled } from './identity.ts';
import { deleteSource, publishSource } from './policy-publish.ts';
import { createSource, readSource } from './policy-source.ts';
import { addRings, countRings, describeRing, moveRing, readRings, removeRing, turnRing } from './rollout.ts';
import { readRingProgress } from './rollout-progress.ts';
import { readPolicyVersion } from './tenant.ts';
import {
  aBrowser,
  aDevice,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  breakEvents,
  done,
  lastEvent,
  outcome,
  type TestRuntime,
} from './testing.ts';
import { aDocument, aSource, tell } from './testing-policy.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

async function house(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

/** A person with a device, in a group of their own. */
async function aMember(runtime: TestRuntime, alias: string) {
  const person = await aPerson(runtime, alias);
  const device = await aDevice(runtime, await aSession(runtime, person, 'passkey'));
  const { id: group } = done(await createGroup(runtime, null, { name: `Group of ${alias}` }));
  done(await addMember(runtime, null, { groupId: group, kind: 'person', memberId: person.id }));
  return { group, at: { userId: person.id, deviceId: device.id } };
}
type Member = Awaited<ReturnType<typeof aMember>>;

async function aRollout(runtime: TestRuntime, groups: readonly (readonly string[])[]) {
  const { id: sourceId } = await aSource(runtime, aDocument({ UseBiometrics: 'false' }));
  const rings = groups.map((each, index) => ({ name: `Ring ${index + 1}`, groups: each }));
  done(await addRings(runtime, null, { sourceId, rings, confirmed: ['rollout_not_confirmed'] }));
  return { sourceId, ids: (await readRings(runtime.db, sourceId)).map(({ id }) => id) };
}

/** Whether a device has the source once it was told. */
async function has(runtime: TestRuntime, { at }: Member, sourceId: string): Promise<boolean> {
  await tell(runtime, at);
  const told = await readDelivery(runtime.db, at.deviceId);
  return told?.delivered.some(({ source }) => source.id === sourceId) === true;
}

const states = async (runtime: TestRuntime, sourceId: string) =>
  (await readRings(runtime.db, sourceId)).map(({ name, state }) => `${name} ${state}`);

describe('a ring', () => {
  test('gives the source to its own people once it is opened, and to the next ones in their turn', async () => {
    const runtime = await house();
    const [mia, tomas] = [await aMember(runtime, 'mia'), await aMember(runtime, 'tomas')];
    const { sourceId, ids } = await aRollout(runtime, [[mia.group], [ALL_USERS]]);
    expect([await has(runtime, mia, sourceId), await has(runtime, tomas, sourceId)]).toEqual([false, false]);
    done(await turnRing(runtime, null, { ringId: ids[0] ?? '', change: 'open' }));
    expect([await has(runtime, mia, sourceId), await has(runtime, tomas, sourceId)]).toEqual([true, false]);
    done(await turnRing(runtime, null, { ringId: ids[1] ?? '', change: 'open' }));
    expect([await has(runtime, mia, sourceId), await has(runtime, tomas, sourceId)]).toEqual([true, true]);
    expect(await countRings(runtime.db)).toEqual(new Map([[sourceId, { waiting: 0, open: 2, paused: 0 }]]));
  });

  test('takes nothing away when it is paused, gives to no new device, and goes on where it stood', async () => {
    const runtime = await house();
    const mia = await aMember(runtime, 'mia');
    const { sourceId, ids } = await aRollout(runtime, [[mia.group]]);
    const ringId = ids[0] ?? '';
    runtime.pass(HOUR_MS);
    done(await turnRing(runtime, null, { ringId, change: 'open' }));
    expect(await has(runtime, mia, sourceId)).toBe(true);
    const openedAt = (await readRings(runtime.db, sourceId))[0]?.openedAt;
    runtime.pass(HOUR_MS);
    done(await turnRing(runtime, null, { ringId, change: 'pause' }));
    runtime.pass(HOUR_MS);
    const late = await aMember(runtime, 'tomas');
    done(await addMember(runtime, null, { groupId: mia.group, kind: 'person', memberId: late.at.userId }));
    expect([await has(runtime, mia, sourceId), await has(runtime, late, sourceId)]).toEqual([true, false]);
    expect(await has(runtime, mia, sourceId)).toBe(true);
    done(await turnRing(runtime, null, { ringId, change: 'resume' }));
    expect([await has(runtime, mia, sourceId), await has(runtime, late, sourceId)]).toEqual([true, true]);
    expect(await readRings(runtime.db, sourceId)).toMatchObject([{ state: 'open', openedAt }]);
    const told = (await listEvents(runtime, {}, 100)).filter(({ code }) => code.startsWith('rollout_'));
    expect(told.map(({ code }) => code)).toEqual([
      'rollout_ring_resumed',
      'rollout_ring_paused',
      'rollout_ring_opened',
      'rollout_ring_added',
    ]);
    expect(told[0]?.detail).toEqual({
      source: sourceId,
      name: 'A source',
      ringId,
      ring: 'Ring 1',
      groups: 'Group of mia',
    });
  });

  test('goes before its turn only where that is confirmed', async () => {
    const runtime = await house();
    const mia = await aMember(runtime, 'mia');
    const { sourceId, ids } = await aRollout(runtime, [[mia.group], [ALL_USERS]]);
    const late = { ringId: ids[1] ?? '', change: 'open' } as const;
    const others: RolloutDoubt[] = ['rollout_not_confirmed', 'administrators_not_confirmed'];
    expect(outcome(await turnRing(runtime, null, late))).toBe('ring_out_of_turn');
    expect(outcome(await turnRing(runtime, null, { ...late, confirmed: others }))).toBe('ring_out_of_turn');
    done(await turnRing(runtime, null, { ...late, confirmed: ['ring_out_of_turn'] }));
    expect(await states(runtime, sourceId)).toEqual(['Ring 1 waiting', 'Ring 2 open']);
  });

  test('is opened once, and paused only while it is open', async () => {
    const runtime = await house();
    const { ids } = await aRollout(runtime, [[ALL_USERS]]);
    const ringId = ids[0] ?? '';
    const turn = async (change: 'open' | 'pause' | 'resume') =>
      outcome(await turnRing(runtime, null, { ringId, change }));
    expect(await turn('pause')).toBe('policy_changed_meanwhile');
    expect(await turn('resume')).toBe('policy_changed_meanwhile');
    expect(await turn('open')).toBe('ok');
    expect(await turn('open')).toBe('policy_changed_meanwhile');
    expect(await turn('resume')).toBe('policy_changed_meanwhile');
    expect(await turn('pause')).toBe('ok');
    expect(await turn('open')).toBe('policy_changed_meanwhile');
  });

  test('is not opened before its source is published, nor with nobody named for it', async () => {
    const runtime = await house();
    const document = aDocument({ UseBiometrics: 'false' });
    const { id: sourceId } = done(await createSource(runtime, null, { kind: 'settings_catalog', document }));
    done(await addRings(runtime, null, { sourceId, rings: [{ name: 'Pilot', groups: [ALL_USERS] }] }));
    const [drafted] = await readRings(runtime.db, sourceId);
    expect(outcome(await turnRing(runtime, null, { ringId: drafted?.id ?? '', change: 'open' }))).toBe(
      'source_not_published',
    );
    const { ids } = await aRollout(runtime, [[]]);
    expect(outcome(await turnRing(runtime, null, { ringId: ids[0] ?? '', change: 'open' }))).toBe(
      'invalid_value',
    );
  });

  test('that would leave no administrator who can set up a key is opened only where that is confirmed', async () => {
    const runtime = await house();
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const { id: sourceId } = done(
      await createSource(runtime, null, {
        kind: 'group_policy',
        document: aDocument({ UsePassportForWork: 'false' }),
      }),
    );
    done(await addRings(runtime, null, { sourceId, rings: [{ name: 'All', groups: [ALL_USERS] }] }));
    done(await publishSource(runtime, ada.id, { id: sourceId, revision: 1, confirmed: true }));
    const [ring] = await readRings(runtime.db, sourceId);
    const open = { ringId: ring?.id ?? '', change: 'open' } as const;
    expect(outcome(await turnRing(runtime, ada.id, open))).toBe('administrators_not_confirmed');
    expect(
      outcome(
        await removeRing(runtime, ada.id, { ringId: open.ringId, confirmed: ['rollout_not_confirmed'] }),
      ),
    ).toBe('administrators_not_confirmed');
    done(await turnRing(runtime, ada.id, { ...open, confirmed: ['administrators_not_confirmed'] }));
    expect(await lastEvent(runtime)).toMatchObject({ code: 'rollout_ring_opened', actorId: ada.id });
  });
});

describe('a plan', () => {
  test('is named, filled, ordered and thinned out while its rings wait', async () => {
    const runtime = await house();
    const mia = await aMember(runtime, 'mia');
    const { sourceId, ids } = await aRollout(runtime, [[], [mia.group], [ALL_USERS]]);
    const [first = '', second = '', third = ''] = ids;
    done(
      await describeRing(runtime, null, { ringId: first, name: ' Pilot ', groups: [mia.group, mia.group] }),
    );
    done(await moveRing(runtime, null, { ringId: third, to: 'earlier' }));
    done(await moveRing(runtime, null, { ringId: first, to: 'earlier' }));
    done(await removeRing(runtime, null, { ringId: second }));
    expect(await readRings(runtime.db, sourceId)).toMatchObject([
      { id: first, name: 'Pilot', groups: [mia.group], state: 'waiting', openedAt: null },
      { id: third, name: 'Ring 3', groups: [ALL_USERS] },
    ]);
  });

  test('keeps every group of a ring that was opened, and the ring', async () => {
    const runtime = await house();
    const [mia, tomas] = [await aMember(runtime, 'mia'), await aMember(runtime, 'tomas')];
    const { ids } = await aRollout(runtime, [[mia.group]]);
    const ringId = ids[0] ?? '';
    for (const change of ['open', 'pause'] as const) {
      done(await turnRing(runtime, null, { ringId, change }));
      for (const groups of [[], [tomas.group]])
        expect(outcome(await describeRing(runtime, null, { ringId, name: 'Pilot', groups }))).toBe(
          'ring_opened',
        );
      expect(outcome(await removeRing(runtime, null, { ringId }))).toBe('ring_opened');
    }
    done(await describeRing(runtime, null, { ringId, name: 'Pilot', groups: [tomas.group, mia.group] }));
  });

  test('takes the source from devices that have it, or gives it to everybody, only where that is confirmed', async () => {
    const runtime = await house();
    const mia = await aMember(runtime, 'mia');
    const { id: sourceId } = await aSource(runtime, aDocument({ UseBiometrics: 'false' }));
    expect(await has(runtime, mia, sourceId)).toBe(true);
    const input = { sourceId, rings: [{ name: 'Pilot', groups: [ALL_USERS] }] };
    expect(await addRings(runtime, null, input)).toMatchObject({
      problem: { code: 'rollout_not_confirmed', facts: { devices: 1 } },
    });
    expect(await has(runtime, mia, sourceId)).toBe(true);
    done(await addRings(runtime, null, { ...input, confirmed: ['rollout_not_confirmed'] }));
    expect(await has(runtime, mia, sourceId)).toBe(false);
    const [ring] = await readRings(runtime.db, sourceId);
    const last = { ringId: ring?.id ?? '' };
    expect(outcome(await removeRing(runtime, null, last))).toBe('rollout_not_confirmed');
    done(await removeRing(runtime, null, { ...last, confirmed: ['rollout_not_confirmed'] }));
    expect(await has(runtime, mia, sourceId)).toBe(true);
  });

  test('refuses what is not there, what has no name, and too much of anything; nothing is half done', async () => {
    const runtime = await house();
    const { sourceId, ids } = await aRollout(runtime, [[ALL_USERS]]);
    const before = await readPolicyVersion(runtime.db);
    const groups = Array.from({ length: RING_GROUPS_MAX + 1 }, (_, index) => `${index}`);
    const tooMany = Array.from({ length: RINGS_MAX }, (_, index) => ({ name: `N ${index}`, groups: [] }));
    const add = async (rings: { name: string; groups: string[] }[], id = sourceId) =>
      outcome(await addRings(runtime, null, { sourceId: id, rings }));
    expect(await add([{ name: 'A', groups: [NOBODY] }])).toBe('invalid_value');
    expect(await add([{ name: 'A', groups }])).toBe('invalid_value');
    expect(await add([{ name: ' ', groups: [] }])).toBe('invalid_value');
    expect(
      await add([
        { name: 'A', groups: [] },
        { name: 'a', groups: [] },
      ]),
    ).toBe('already_exists');
    expect(await add([{ name: 'RING 1', groups: [] }])).toBe('already_exists');
    expect(await add(tooMany)).toBe('ring_limit_reached');
    expect(await add([{ name: 'A', groups: [] }], NOBODY)).toBe('not_found');
    expect(outcome(await turnRing(runtime, null, { ringId: NOBODY, change: 'open' }))).toBe('not_found');
    expect(outcome(await removeRing(runtime, null, { ringId: NOBODY }))).toBe('not_found');
    expect(outcome(await moveRing(runtime, null, { ringId: NOBODY, to: 'later' }))).toBe('not_found');
    expect(outcome(await describeRing(runtime, null, { ringId: NOBODY, name: 'A', groups: [] }))).toBe(
      'not_found',
    );
    expect(await states(runtime, sourceId)).toEqual(['Ring 1 waiting']);
    expect(await readPolicyVersion(runtime.db)).toBe(before);
    const mended = await breakEvents(runtime);
    await expect(turnRing(runtime, null, { ringId: ids[0] ?? '', change: 'open' })).rejects.toThrow();
    await mended();
    expect(await states(runtime, sourceId)).toEqual(['Ring 1 waiting']);
    expect(await readPolicyVersion(runtime.db)).toBe(before);
  });

  test('is changed by one of two at once; the other looks again', async () => {
    const runtime = await house();
    const { sourceId, ids } = await aRollout(runtime, [[ALL_USERS]]);
    const ringId = ids[0] ?? '';
    const seen = await readPolicyVersion(runtime.db);
    const both = await Promise.all([
      turnRing(runtime, null, { ringId, change: 'open', seen }),
      turnRing(runtime, null, { ringId, change: 'open', seen }),
    ]);
    expect(both.map(outcome).sort()).toEqual(['ok', 'policy_changed_meanwhile']);
    expect(outcome(await removeRing(runtime, null, { ringId, seen }))).toBe('policy_changed_meanwhile');
    expect(await readPolicyVersion(runtime.db)).toBe(seen + 1);
    expect(await states(runtime, sourceId)).toEqual(['Ring 1 open']);
  });

  test('keeps a group from being deleted, and goes with its source', async () => {
    const runtime = await house();
    const mia = await aMember(runtime, 'mia');
    const { sourceId } = await aRollout(runtime, [[mia.group]]);
    expect(outcome(await deleteGroup(runtime, null, { groupId: mia.group }))).toBe('group_in_use');
    const source = await readSource(runtime.db, sourceId);
    done(await deleteSource(runtime, null, { id: sourceId, revision: source?.draftRevision ?? 0 }));
    expect(await runtime.db.rolloutRing.count()).toBe(0);
    done(await deleteGroup(runtime, null, { groupId: mia.group }));
  });

  test('is changed by nobody whose role does not say so', async () => {
    const runtime = await house();
    const guard = administrator('manage_policy');
    expect(outcome(guard(aBrowser(runtime)))).toBe('sign_in_required');
    for (const role of ['global_reader', 'authentication_administrator'] as const) {
      const session = await aSession(runtime, await aPerson(runtime, role, [role]), 'hello');
      expect(outcome(guard(session))).toBe('not_permitted');
    }
  });
});

describe('the progress of a ring', () => {
  async function aPilot() {
    const runtime = await house();
    const { person: mia, device } = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aMember(runtime, 'tomas');
    const [inner, outer] = [
      done(await createGroup(runtime, null, { name: 'Inner' })).id,
      done(await createGroup(runtime, null, { name: 'Outer' })).id,
    ];
    done(await addMember(runtime, null, { groupId: outer, kind: 'group', memberId: inner }));
    // One of them by a device, in a group in the ring's group.
    done(await addMember(runtime, null, { groupId: inner, kind: 'device', memberId: device.id }));
    done(await addMember(runtime, null, { groupId: inner, kind: 'person', memberId: tomas.at.userId }));
    const { sourceId, ids } = await aRollout(runtime, [[outer], [ALL_USERS]]);
    const progress = async (index = 0) => {
      const ring = (await readRings(runtime.db, sourceId))[index];
      if (ring === undefined) throw new Error('there is no such ring');
      return await readRingProgress(runtime, sourceId, ring);
    };
    return { runtime, mia, device, tomas, outer, sourceId, ids, progress };
  }

  test('counts people, devices, the source and keys through groups in groups; nothing counts while it waits', async () => {
    const { runtime, mia, device, tomas, sourceId, ids, progress } = await aPilot();
    await record(runtime.db, runtime, {
      code: 'key_registration_failed',
      outcome: 'failure',
      userId: tomas.at.userId,
    });
    expect(await progress()).toMatchObject({
      people: 2,
      devices: 2,
      devicesWithSource: 0,
      withSource: 0,
      withHello: 1,
      enrolled: 0,
      failures: 0,
      failing: false,
      days: [],
    });
    runtime.pass(1000);
    done(await turnRing(runtime, null, { ringId: ids[0] ?? '', change: 'open' }));
    await tell(runtime, { userId: mia.id, deviceId: device.id });
    expect(await has(runtime, tomas, sourceId)).toBe(true);
    expect(await progress()).toMatchObject({ devicesWithSource: 2, withSource: 2, failures: 0 });
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    expect(await progress()).toMatchObject({ people: 1, devices: 1, withSource: 1, withHello: 0 });
    expect((await progress(1)).people).toBe(1);
  });

  test('shows people enrolled day by day since it was opened, each once', async () => {
    const { runtime, ids, outer, progress } = await aPilot();
    runtime.pass(1000);
    done(await turnRing(runtime, null, { ringId: ids[0] ?? '', change: 'open' }));
    runtime.pass(2 * DAY_MS);
    const { person } = await aPersonWithHelloKey(runtime, 'zoe');
    await aPersonWithHelloKey(runtime, 'stranger');
    done(await addMember(runtime, null, { groupId: outer, kind: 'person', memberId: person.id }));
    runtime.pass(DAY_MS);
    expect((await progress()).days).toEqual([
      { day: '2026-03-02', enrolled: 0 },
      { day: '2026-03-03', enrolled: 0 },
      { day: '2026-03-04', enrolled: 1 },
      { day: '2026-03-05', enrolled: 1 },
    ]);
    expect((await progress()).enrolled).toBe(1);
  });

  test('fails where somebody could not, and leads to exactly those events', async () => {
    const { runtime, mia, tomas, outer, ids, progress } = await aPilot();
    const ringId = ids[0] ?? '';
    const fail = async (userId: string) => {
      for (const code of rolloutFailures)
        await record(runtime.db, runtime, { code, outcome: 'failure', userId });
    };
    await fail(tomas.at.userId);
    runtime.pass(1000);
    done(await turnRing(runtime, null, { ringId, change: 'open' }));
    expect(await progress()).toMatchObject({ failures: 0, failing: false });
    // Somebody who has a key all the same did not fail.
    await fail(mia.id);
    expect(await progress()).toMatchObject({ failures: 4, failed: 0, failing: false });
    const { id: stranger } = await aPerson(runtime, 'stranger');
    await fail(stranger);
    await fail(tomas.at.userId);
    const { failures, failed, failedLastDay, failuresFrom, failing } = await progress();
    expect([failures, failed, failedLastDay, failing]).toEqual([8, 1, 1, true]);
    const selection = done(
      await selectEvents(runtime, {
        group: [outer],
        code: [...rolloutFailures],
        outcome: 'failure',
        from: failuresFrom?.toISOString(),
      }),
    );
    const shown = (await listEvents(runtime, selection, 100)).map(({ userId, code }) => `${userId} ${code}`);
    expect(shown.sort()).toEqual(
      [mia.id, tomas.at.userId].flatMap((id) => rolloutFailures.map((code) => `${id} ${code}`)).sort(),
    );
    runtime.pass(2 * DAY_MS);
    expect(await progress()).toMatchObject({ failed: 1, failedLastDay: 0 });
    runtime.pass(6 * DAY_MS);
    expect(await progress()).toMatchObject({ failures: 0, failed: 0, failing: false });
  });
});
