import { describe, expect, test } from 'vitest';
import { closure, GROUP_DESCRIPTION_LENGTH, GROUP_NAME_LENGTH, memberKinds } from '#domain/group';
import { passwordlessMode } from '#domain/passwordless';
import { ALL_USERS } from '#domain/policy/settings';
import { emptyDocument } from '#domain/policy/source';
import { administrator } from './caller.ts';
import { changeDevice } from './device.ts';
import { listEvents } from './event.ts';
import {
  addMember,
  changeGroup,
  countGroups,
  countMembers,
  createGroup,
  groupIdsOf,
  groupIdsOfDevice,
  groupIdsWithDevices,
  groupsAround,
  groupsOf,
  listGroups,
  listMembers,
  type Membership,
  membersAmong,
  peopleInGroups,
  readMemberships,
  removeMember,
  withInner,
} from './group.ts';
import { deleteGroup, groupUses } from './group-use.ts';
import { createUser, listPeople } from './identity.ts';
import { obstacleFor, readPassPolicy } from './pass-policy.ts';
import { isInScope, peopleInScope, readPasswordRuling } from './passwordless-policy.ts';
import { setPolicy } from './policy-setting.ts';
import { createSource, discardDraft } from './policy-source.ts';
import { newId } from './runtime.ts';
import { createTenant, readPolicyVersion } from './tenant.ts';
import {
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  done,
  outcome,
  type TestRuntime,
} from './testing.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

async function house(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await createTenant(runtime, { name: 'Tidewater', domain: 'tidewater.example' });
  return runtime;
}

const aGroup = async (runtime: TestRuntime, name: string) =>
  done(await createGroup(runtime, null, { name })).id;

/** Puts groups into groups: each into the one before it. */
async function nest(runtime: TestRuntime, ...ids: string[]): Promise<void> {
  for (const [index, memberId] of ids.entries()) {
    const groupId = ids[index - 1];
    if (groupId !== undefined) done(await addMember(runtime, null, { groupId, kind: 'group', memberId }));
  }
}

/** So many groups without the use cases, each in the one before it, or all in the first. */
async function manyGroups(runtime: TestRuntime, shape: 'chain' | 'star', count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId(runtime));
  await runtime.db.group.createMany({
    data: ids.map((id, index) => ({ id, name: `Group ${String(index).padStart(5, '0')}` })),
  });
  await runtime.db.groupNesting.createMany({
    data: ids.slice(1).map((innerId, index) => ({
      outerId: (shape === 'chain' ? ids[index] : ids[0]) ?? '',
      innerId,
    })),
  });
  return ids;
}

const codes = async (runtime: TestRuntime) =>
  (await listEvents(runtime, {}, 100)).map(({ code }) => code).filter((code) => code.startsWith('group_'));

describe('a group', () => {
  test('is made, renamed, described and deleted, each time with an event', async () => {
    const runtime = await house();
    const id = done(await createGroup(runtime, 'ada', { name: ' Design ', description: 'Draws' })).id;
    done(await changeGroup(runtime, 'ada', { groupId: id, name: 'Studio', description: 'Draws' }));
    expect(await listGroups(runtime, { id })).toEqual([
      { id, name: 'Studio', description: 'Draws', members: 0, devices: 0, groups: 0 },
    ]);
    done(await changeGroup(runtime, 'ada', { groupId: id, name: 'Studio', description: 'Draws' }));
    done(await deleteGroup(runtime, 'ada', { groupId: id }));
    expect(await countGroups(runtime)).toBe(0);
    const events = await listEvents(runtime, {}, 10);
    expect(events.map(({ code, actorId, detail }) => [code, actorId, detail.group]).sort()).toEqual([
      ['group_changed', 'ada', 'Studio'],
      ['group_created', 'ada', 'Design'],
      ['group_deleted', 'ada', 'Studio'],
    ]);
  });

  test('has a name of its own, also where many take it at the same instant, on two instances', async () => {
    const runtime = await house();
    const beside = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        createGroup(index % 2 === 0 ? runtime : beside, null, {
          name: index < 3 ? 'Caf\u00e9' : 'Cafe\u0301',
        }),
      ),
    );
    expect(answers.map(outcome).sort()).toEqual([...Array(5).fill('already_exists'), 'ok']);
    const other = await aGroup(runtime, 'Other');
    expect(outcome(await changeGroup(runtime, null, { groupId: other, name: 'Café', description: '' }))).toBe(
      'already_exists',
    );
    expect(await codes(runtime)).toEqual(['group_created', 'group_created']);
  });

  test.each([
    ['no name', '', ''],
    ['too long a name', 'x'.repeat(GROUP_NAME_LENGTH + 1), ''],
    ['an endless name', 'x'.repeat(1_000_000), ''],
    ['too long a description', 'Design', 'x'.repeat(GROUP_DESCRIPTION_LENGTH + 1)],
    ['a name that lists are parted by', 'Design, IT', ''],
    ['the name of everybody', ALL_USERS, ''],
    ['a NUL', 'a\0b', ''],
  ])('with %s is refused, and nothing is written', async (_what, name, description) => {
    const runtime = await house();
    const groupId = await aGroup(runtime, 'Design');
    expect(outcome(await createGroup(runtime, null, { name, description }))).toBe('group_name_refused');
    expect(outcome(await changeGroup(runtime, null, { groupId, name, description }))).toBe(
      'group_name_refused',
    );
    expect(await codes(runtime)).toEqual(['group_created']);
  });

  test('is listed by pages and found by a part of its name or description, whatever that part means elsewhere', async () => {
    const runtime = await house();
    await manyGroups(runtime, 'star', 30);
    done(await createGroup(runtime, null, { name: "100 % O'Neil_\\", description: 'Odd' }));
    expect(await countGroups(runtime)).toBe(31);
    expect(await countGroups(runtime, { search: 'group 0000' })).toBe(10);
    const page = await listGroups(runtime, { search: 'Group', skip: 10, take: 5 });
    expect(page.map(({ name }) => name)).toEqual([10, 11, 12, 13, 14].map((number) => `Group 000${number}`));
    expect((await listGroups(runtime, { search: 'odd' })).map(({ name }) => name)).toEqual([
      "100 % O'Neil_\\",
    ]);
    expect(await countGroups(runtime, { search: `'; DROP TABLE "Group"; --` })).toBe(0);
    const [first] = await listGroups(runtime, { search: 'Group 00000' });
    expect(first).toMatchObject({ members: 0, devices: 0, groups: 29 });
  });

  test('is changed and deleted by nobody who may not manage policy', async () => {
    const runtime = await house();
    const guard = administrator('manage_policy');
    for (const [role, answer] of [
      [[], 'not_found'],
      [['global_reader'], 'not_permitted'],
      [['authentication_administrator'], 'not_permitted'],
      [['global_administrator'], 'ok'],
    ] as const) {
      const person = await aPerson(runtime, `p${role.join('').replaceAll('_', '')}`, role);
      expect(outcome(guard(await aSession(runtime, person, 'hello')))).toBe(answer);
    }
  });
});

describe('a member', () => {
  /** One of each kind, and a group to put them in. */
  async function members() {
    const runtime = await house();
    const desk = await aPersonWithHelloKey(runtime);
    const inner = await aGroup(runtime, 'Inner');
    const groupId = await aGroup(runtime, 'Outer');
    const ids = { person: desk.person.id, device: desk.device.id, group: inner };
    const each = memberKinds.map((kind): Membership => ({ groupId, kind, memberId: ids[kind] }));
    return { runtime, groupId, inner, ids, each };
  }

  test('of each kind is added once and removed once, however often it is asked, each with one event', async () => {
    const { runtime, groupId, each } = await members();
    for (const membership of each) {
      expect(done(await addMember(runtime, 'ada', membership))).toEqual({ changed: true });
      expect(done(await addMember(runtime, 'ada', membership))).toEqual({ changed: false });
    }
    expect(await listGroups(runtime, { id: groupId })).toMatchObject([{ members: 1, devices: 1, groups: 1 }]);
    for (const { kind, memberId } of each) {
      const page = await listMembers(runtime, groupId, kind, { skip: 0, take: 10 });
      expect(page.map(({ id }) => id)).toEqual([memberId]);
      expect(await membersAmong(runtime.db, groupId, kind, [memberId, NOBODY])).toEqual(new Set([memberId]));
    }
    for (const membership of each) {
      expect(done(await removeMember(runtime, 'ada', membership))).toEqual({ changed: true });
      expect(done(await removeMember(runtime, 'ada', membership))).toEqual({ changed: false });
    }
    expect(await listGroups(runtime, { id: groupId })).toMatchObject([{ members: 0, devices: 0, groups: 0 }]);
    const all = await codes(runtime);
    expect(all.filter((code) => code === 'group_member_added')).toHaveLength(3);
    expect(all.filter((code) => code === 'group_member_removed')).toHaveLength(3);
  });

  test('that many add and remove at the same instant, on two instances, is in it once or not at all', async () => {
    const { runtime, each } = await members();
    const beside = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const [membership] = each as [Membership];
    const all = (change: typeof addMember) =>
      Promise.all(
        Array.from({ length: 6 }, (_, index) => change(index % 2 === 0 ? runtime : beside, null, membership)),
      );
    expect((await all(addMember)).filter((answer) => done(answer).changed)).toHaveLength(1);
    expect((await all(removeMember)).filter((answer) => done(answer).changed)).toHaveLength(1);
    const after = await codes(runtime);
    expect(after.filter((code) => code.startsWith('group_member'))).toHaveLength(2);
  });

  test('or a group that is not there is refused, and nothing is written', async () => {
    const { runtime, each, ids } = await members();
    for (const change of [addMember, removeMember])
      for (const membership of each)
        for (const wrong of [
          { groupId: NOBODY },
          { memberId: NOBODY },
          { memberId: "' OR 1=1 --" },
          // Of another kind: a person's ID is no device's.
          { memberId: membership.kind === 'person' ? ids.device : ids.person },
        ])
          expect(outcome(await change(runtime, null, { ...membership, ...wrong }))).toBe('not_found');
    expect((await codes(runtime)).filter((code) => code.startsWith('group_member'))).toEqual([]);
    expect(await readPolicyVersion(runtime.db)).toBe(0);
  });

  test('is no group in itself; a circle of two is none of ours to refuse', async () => {
    const { runtime, groupId, inner } = await members();
    const into = (outer: string, memberId: string) =>
      addMember(runtime, null, { groupId: outer, kind: 'group', memberId });
    expect(outcome(await into(groupId, groupId))).toBe('group_in_itself');
    expect(outcome(await into(groupId, inner))).toBe('ok');
    expect(outcome(await into(inner, groupId))).toBe('ok');
  });

  test('that is a deleted device is listed, counted and added no more', async () => {
    const { runtime, groupId, each, ids } = await members();
    for (const membership of each) done(await addMember(runtime, null, membership));
    expect(await countMembers(runtime.db, groupId)).toEqual({ people: 1, devices: 1 });
    done(await changeDevice(runtime, null, { deviceId: ids.device, change: 'delete', evenLast: true }));
    expect(await countMembers(runtime.db, groupId)).toEqual({ people: 1, devices: 0 });
    expect(await listGroups(runtime, { id: groupId })).toMatchObject([{ devices: 0 }]);
    expect(await listMembers(runtime, groupId, 'device', { skip: 0, take: 10 })).toEqual([]);
    expect((await readMemberships(runtime.db)).devices).toEqual([]);
    expect(outcome(await addMember(runtime, null, { groupId, kind: 'device', memberId: ids.device }))).toBe(
      'not_found',
    );
  });

  test('who comes or goes is a change of policy; a name is none', async () => {
    const { runtime, groupId, each } = await members();
    const [membership] = each as [Membership];
    const version = () => readPolicyVersion(runtime.db);
    done(await changeGroup(runtime, null, { groupId, name: 'Else', description: '' }));
    expect(await version()).toBe(0);
    done(await addMember(runtime, null, membership));
    done(await addMember(runtime, null, membership));
    expect(await version()).toBe(1);
    done(await removeMember(runtime, null, membership));
    expect(await version()).toBe(2);
    done(await deleteGroup(runtime, null, { groupId }));
    expect(await version()).toBe(3);
  });
});

describe('membership', () => {
  test('reaches through groups in groups, ends where there is a circle, and counts everybody once', async () => {
    const runtime = await house();
    const { person, device } = await aPersonWithHelloKey(runtime);
    const [all, part, team, apart] = [
      await aGroup(runtime, 'All'),
      await aGroup(runtime, 'Part'),
      await aGroup(runtime, 'Team'),
      await aGroup(runtime, 'Apart'),
    ] as const;
    await nest(runtime, all, part, team, all);
    for (const groupId of [team, part])
      done(await addMember(runtime, null, { groupId, kind: 'person', memberId: person.id }));
    done(await addMember(runtime, null, { groupId: team, kind: 'device', memberId: device.id }));
    const circle = [all, part, team].sort();
    expect((await groupIdsOf(runtime.db, person.id)).sort()).toEqual(circle);
    expect((await groupIdsOfDevice(runtime.db, device.id)).sort()).toEqual(circle);
    expect((await groupIdsWithDevices(runtime.db)).sort()).toEqual(circle);
    for (const id of circle) {
      expect((await withInner(runtime.db, [id])).sort()).toEqual(circle);
      expect(await countMembers(runtime.db, id)).toEqual({ people: 1, devices: 1 });
    }
    expect(await withInner(runtime.db, [apart, NOBODY])).toEqual([apart]);
    expect(await withInner(runtime.db, [])).toEqual([]);
    expect(await groupsOf(runtime.db, 'person', person.id)).toEqual([
      { id: all, name: 'All', direct: false },
      { id: part, name: 'Part', direct: true },
      { id: team, name: 'Team', direct: true },
    ]);
    expect(await groupsAround(runtime, team, 10)).toEqual({ groups: [{ id: part, name: 'Part' }], total: 1 });
    const { people, devices, nestings } = await readMemberships(runtime.db);
    expect([...closure(nestings)(people.map(({ groupId }) => groupId))].sort()).toEqual(circle);
    expect(devices).toEqual([{ groupId: team, deviceId: device.id }]);
    const inside = await readMemberships(runtime.db, [all]);
    // In no order that a store promises.
    expect(inside.people).toHaveLength(people.length);
    expect(inside).toEqual({ people: expect.arrayContaining([...people]), devices, nestings });
    expect(await readMemberships(runtime.db, [apart])).toEqual({ people: [], devices: [], nestings });
    expect(await readMemberships(runtime.db, [])).toEqual({ people: [], devices: [], nestings: [] });
    const inAll = await runtime.db.user.count({ where: await peopleInGroups(runtime.db, [all]) });
    const inApart = await runtime.db.user.count({ where: await peopleInGroups(runtime.db, [apart]) });
    expect([inAll, inApart]).toEqual([1, 0]);
    expect((await listPeople(runtime, { group: 'All' })).map(({ id }) => id)).toEqual([person.id]);
    expect(await listPeople(runtime, { group: 'Apart' })).toEqual([]);
  });

  test('ends with any link of the chain: a group that is taken out or deleted takes its people along', async () => {
    const runtime = await house();
    const { id } = await aPerson(runtime);
    const [all, part, team] = [
      await aGroup(runtime, 'All'),
      await aGroup(runtime, 'Part'),
      await aGroup(runtime, 'Team'),
    ] as const;
    await nest(runtime, all, part, team);
    done(await addMember(runtime, null, { groupId: team, kind: 'person', memberId: id }));
    expect(await groupIdsOf(runtime.db, id)).toContain(all);
    done(await removeMember(runtime, null, { groupId: all, kind: 'group', memberId: part }));
    expect((await groupIdsOf(runtime.db, id)).sort()).toEqual([part, team].sort());
    await nest(runtime, all, part);
    done(await deleteGroup(runtime, null, { groupId: part }));
    expect(await groupIdsOf(runtime.db, id)).toEqual([team]);
  });

  test.each(['chain', 'star'] as const)(
    'is resolved in a %s of 10,000 groups by one statement each',
    async (shape) => {
      const runtime = await house();
      const { person, device } = await aPersonWithHelloKey(runtime);
      const ids = await manyGroups(runtime, shape, 10_000);
      const [first = '', last = ''] = [ids[0], ids.at(-1)];
      await runtime.db.groupMember.createMany({
        data: ids.slice(5000).map((groupId) => ({ groupId, userId: person.id })),
      });
      await runtime.db.groupDevice.create({ data: { groupId: last, deviceId: device.id } });
      const once = async <T>(ask: () => Promise<T>, statements = 1): Promise<T> => {
        runtime.forget();
        const answer = await ask();
        expect(runtime.statements).toHaveLength(statements);
        return answer;
      };
      const { db } = runtime;
      const reached = shape === 'chain' ? 10_000 : 5001;
      expect(await once(() => groupIdsOf(db, person.id))).toHaveLength(reached);
      expect(await once(() => groupIdsOfDevice(db, device.id))).toHaveLength(shape === 'chain' ? 10_000 : 2);
      expect(await once(() => groupIdsOf(db, NOBODY))).toEqual([]);
      expect(await once(() => withInner(db, [first]))).toHaveLength(10_000);
      expect(await once(() => countMembers(db, first))).toEqual({ people: 1, devices: 1 });
      expect(await once(() => listGroups(runtime, { skip: 9_990, take: 50 }), 1)).toHaveLength(10);
      const where = await once(() => peopleInGroups(db, [first]));
      // More groups than the client of SQLite would let through by itself, and several times.
      expect(await db.user.count({ where: { AND: [where, { NOT: { NOT: where } }] } })).toBe(1);
      const { people, nestings } = await once(() => readMemberships(db), 3);
      expect(closure(nestings)(people.map(({ groupId }) => groupId)).size).toBe(reached);
      const set = async (name: string) =>
        done(await setPolicy(runtime, null, { name, value: JSON.stringify([first]) }));
      await set('TemporaryAccessPass.includeTargets');
      expect(await obstacleFor(db, person.id)).toBeNull();
      await set('TemporaryAccessPass.excludeTargets');
      expect(await obstacleFor(db, person.id)).toBe('excluded');
    },
  );
});

describe('policy that names a group', () => {
  test('reaches whoever is in a group inside it, and leaves out whoever is in one inside an excluded one', async () => {
    const runtime = await house();
    const [pilot, team, kept, few] = [
      await aGroup(runtime, 'Pilot'),
      await aGroup(runtime, 'Team'),
      await aGroup(runtime, 'Kept'),
      await aGroup(runtime, 'Few'),
    ] as const;
    await nest(runtime, pilot, team);
    await nest(runtime, kept, few);
    const [mia, noah] = [await aPerson(runtime, 'mia'), await aPerson(runtime, 'noah')];
    for (const memberId of [mia.id, noah.id])
      done(await addMember(runtime, null, { groupId: team, kind: 'person', memberId }));
    done(await addMember(runtime, null, { groupId: few, kind: 'person', memberId: noah.id }));
    const policy = { mode: passwordlessMode(true, true), includeGroups: [pilot], excludeGroups: [kept] };
    const inScope = await runtime.db.user.findMany({ where: await peopleInScope(runtime.db, policy) });
    expect(inScope.map(({ id }) => id)).toEqual([mia.id]);
    const judged = (id: string) => isInScope(runtime.db, policy, { id, breakGlass: false });
    expect([await judged(mia.id), await judged(noah.id)]).toEqual([true, false]);
    expect((await readPassPolicy(runtime.db)).includeGroups).toBeNull();
  });

  test('is ruled upon by the same statements for somebody in nested groups and for somebody who does not exist', async () => {
    const runtime = await house();
    const [pilot, team] = [await aGroup(runtime, 'Pilot'), await aGroup(runtime, 'Team')] as const;
    await nest(runtime, pilot, team);
    const { id } = await aPerson(runtime);
    done(await addMember(runtime, null, { groupId: team, kind: 'person', memberId: id }));
    const values = {
      EnablePasswordlessExperience: 'true',
      'Passwordless.refusePasswords': 'true',
      'Passwordless.includeTargets': JSON.stringify([pilot]),
    };
    await runtime.db.policyValue.createMany({
      data: Object.entries(values).map(([name, value]) => ({ source: 'tenant', name, value })),
    });
    const asked = async (user: { id: string; breakGlass: boolean } | null) => {
      runtime.forget();
      const { refused } = await readPasswordRuling(runtime.db, user);
      return { refused, statements: [...runtime.statements] };
    };
    const known = await asked({ id, breakGlass: false });
    const unknown = await asked(null);
    expect([known.refused, unknown.refused]).toEqual([true, false]);
    expect(unknown.statements).toEqual(known.statements);
  });

  test('keeps it from being deleted, and says where; a group inside it can go', async () => {
    const runtime = await house();
    const [pilot, team] = [await aGroup(runtime, 'Pilot'), await aGroup(runtime, 'Team')] as const;
    await nest(runtime, pilot, team);
    const name = 'TemporaryAccessPass.excludeTargets';
    done(await setPolicy(runtime, null, { name, value: JSON.stringify([pilot]) }));
    expect(await groupUses(runtime.db, pilot)).toEqual([
      { kind: 'setting', id: name, title: 'Who can never use a pass' },
    ]);
    expect(await groupUses(runtime.db, team)).toEqual([]);
    const refused = await deleteGroup(runtime, null, { groupId: pilot });
    expect(refused).toMatchObject({
      problem: { code: 'group_in_use', facts: { uses: 'Who can never use a pass' } },
    });
    expect(await countGroups(runtime)).toBe(2);
    expect(outcome(await deleteGroup(runtime, null, { groupId: team }))).toBe('ok');
    expect(outcome(await deleteGroup(runtime, null, { groupId: team }))).toBe('not_found');
    done(await setPolicy(runtime, null, { name, value: null }));
    expect(outcome(await deleteGroup(runtime, null, { groupId: pilot }))).toBe('ok');
  });

  test('as the draft of a source does keeps it, too', async () => {
    const runtime = await house();
    const pilot = await aGroup(runtime, 'Pilot');
    const document = { ...emptyDocument, name: 'Start', exclude: [pilot] };
    const { id } = done(await createSource(runtime, null, { kind: 'group_policy', document }));
    expect(await groupUses(runtime.db, pilot)).toEqual([{ kind: 'source', id, title: 'Start' }]);
    expect(outcome(await deleteGroup(runtime, null, { groupId: pilot }))).toBe('group_in_use');
    done(await discardDraft(runtime, null, { id, revision: 1 }));
    expect(outcome(await deleteGroup(runtime, null, { groupId: pilot }))).toBe('ok');
  });

  test('is never left naming one that is deleted at the same instant, on two instances', async () => {
    const runtime = await house();
    const beside = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const name = 'TemporaryAccessPass.excludeTargets';
    for (let round = 0; round < 4; round += 1) {
      const groupId = await aGroup(runtime, `Round ${round}`);
      const [set, deleted] = await Promise.all([
        setPolicy(beside, null, { name, value: JSON.stringify([groupId]) }),
        deleteGroup(runtime, null, { groupId }),
      ]);
      expect([set.ok, deleted.ok].sort()).toEqual([false, true]);
      done(await setPolicy(runtime, null, { name, value: null }));
    }
  });

  test('a new person comes into groups that are made on first mention, with an event each', async () => {
    const runtime = await house();
    const { id } = done(
      await createUser(runtime, {
        upn: 'mia@tidewater.example',
        displayName: 'Mia',
        groups: ['Everyone', 'IT'],
      }),
    );
    done(
      await createUser(runtime, { upn: 'noah@tidewater.example', displayName: 'Noah', groups: ['Everyone'] }),
    );
    expect((await groupsOf(runtime.db, 'person', id)).map(({ name }) => name)).toEqual(['Everyone', 'IT']);
    expect(await codes(runtime)).toEqual(['group_created', 'group_created']);
  });
});
