import { describe, expect, test } from 'vitest';
import { effectAnswer, effectQuery, sourcesChange, type WhatIf, whatIf } from '#domain/policy/effect';
import { resultantAnswer, resultantQuery } from '#domain/policy/resultant';
import type { SettingName } from '#domain/policy/settings';
import { administrator } from './caller.ts';
import { resultantWords } from './command-line/policy-resolve.ts';
import { changeDevice } from './device.ts';
import { createGroup } from './group.ts';
import { setUserDisabled } from './identity.ts';
import { readEffect } from './policy-effect.ts';
import { setPolicy } from './policy-setting.ts';
import { createSource, readSource, saveDraft } from './policy-source.ts';
import { syncDevice, syncOwnDevice } from './policy-sync.ts';
import { readResultant, readWhatIf, userIdOf, type Whom } from './resultant.ts';
import {
  aDevice,
  aPassSession,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  outcome,
  type TestRuntime,
} from './testing.ts';
import { aDocument, aSource, changeSource, tell } from './testing-policy.ts';

const USE = 'UsePassportForWork';
const MINIMUM = 'PINComplexity/MinimumPINLength';
const NOBODY = '00000000-0000-4000-8000-000000000000';

async function aHouse(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

async function aGroup(runtime: TestRuntime, name: string): Promise<string> {
  return done(await createGroup(runtime, null, { name })).id;
}

async function aDesk(runtime: TestRuntime, alias = 'mia') {
  const person = await aPerson(runtime, alias);
  const caller = await aPassSession(runtime, person);
  const device = await aDevice(runtime, caller, `${alias.toUpperCase()}-07`);
  return { person, caller, whom: { userId: person.id, deviceId: device.id } };
}

const put = (runtime: TestRuntime, groupId: string, who: { userId: string } | { deviceId: string }) =>
  'userId' in who
    ? runtime.db.groupMember.create({ data: { groupId, ...who } })
    : runtime.db.groupDevice.create({ data: { groupId, ...who } });

async function settingOf(runtime: TestRuntime, whom: Whom, name: SettingName) {
  const answer = done(await readResultant(runtime, whom));
  // The answer is the one that the contract promises.
  const { settings } = resultantAnswer.parse(answer);
  const found = settings.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not shown`);
  return found;
}

const change = (given: Partial<WhatIf>): WhatIf => whatIf.parse(given);

describe('the resultant set', () => {
  test('names the source of a value, and why every other one lost', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    const profile = await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { name: 'Profile' }));
    const gpo = await aSource(runtime, aDocument({ [MINIMUM]: '10' }, { name: 'Object' }), 'group_policy');
    await tell(runtime, whom);
    const { now, changes } = await settingOf(runtime, whom, MINIMUM);
    expect(now).toMatchObject({
      value: '10',
      known: true,
      source: { id: gpo.id, name: 'Object', kind: 'group_policy', version: 1, rank: 'gpo_device' },
      losers: [{ source: { id: profile.id, rank: 'csp_device' }, value: '8', reason: 'outranked' }],
    });
    expect(changes).toBe('no');
  });

  test('shows what the device knows beside what it will be told', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    await tell(runtime, whom);
    await changeSource(runtime, id, aDocument({ [MINIMUM]: '12' }));
    expect(await settingOf(runtime, whom, MINIMUM)).toMatchObject({
      now: { value: '8', source: { version: 1 } },
      next: { value: '12', source: { version: 2 } },
      changes: 'yes',
    });
    await tell(runtime, whom);
    expect(await settingOf(runtime, whom, MINIMUM)).toMatchObject({ now: { value: '12' }, changes: 'no' });
  });

  test('keeps what the organisation had set when the device was enrolled', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    done(await setPolicy(runtime, null, { name: MINIMUM, value: '9' }));
    expect(await settingOf(runtime, whom, MINIMUM)).toMatchObject({
      now: { value: '6', source: null },
      next: { value: '6' },
    });
    expect(await settingOf(runtime, { ...whom, deviceId: null }, MINIMUM)).toMatchObject({
      now: { value: '9', source: { id: 'tenant' } },
    });
  });

  test('shows a conflict with both sources, and neither value', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    const one = await aSource(runtime, aDocument({ [USE]: 'false' }, { name: 'One' }));
    const other = await aSource(runtime, aDocument({ [USE]: 'true' }, { name: 'Other' }));
    await tell(runtime, whom);
    const { now } = await settingOf(runtime, whom, USE);
    expect(now).toMatchObject({ value: 'true', source: null });
    expect(now.losers.map(({ source, reason }) => [source.id, reason]).sort()).toEqual(
      [
        [one.id, 'conflict'],
        [other.id, 'conflict'],
      ].sort(),
    );
  });

  test('says that a value is unknown where it hangs on a device that is not there', async () => {
    const runtime = await aHouse();
    const laptops = await aGroup(runtime, 'Laptops');
    const { person, whom } = await aDesk(runtime);
    await put(runtime, laptops, { deviceId: whom.deviceId });
    const { id } = await aSource(runtime, aDocument({ [USE]: 'false' }, { include: [laptops] }));
    const { now, changes } = await settingOf(runtime, { userId: person.id, deviceId: null }, USE);
    expect(now).toMatchObject({ value: 'true', known: false, losers: [{ reason: 'unknown' }] });
    expect(changes).toBe('no');
    const { sources } = done(await readResultant(runtime, { userId: person.id, deviceId: null }));
    expect(sources).toMatchObject([{ source: { id }, reason: 'unknown', held: false }]);
  });

  test('says of every source why it does or does not apply', async () => {
    const runtime = await aHouse();
    const pilots = await aGroup(runtime, 'Pilots');
    const { person, whom } = await aDesk(runtime);
    await put(runtime, pilots, { userId: person.id });
    const document = (given: object) => aDocument({ [MINIMUM]: '8' }, given);
    const ids = [
      await aSource(runtime, document({ include: [pilots] })),
      await aSource(runtime, document({ enabled: false })),
      await aSource(runtime, document({ exclude: [pilots] })),
      await aSource(runtime, document({ include: [] })),
      await aSource(runtime, document({ include: [pilots] }), 'group_policy'),
    ].map(({ id }) => id);
    const { sources } = done(await readResultant(runtime, whom));
    const reasons = new Map(sources.map(({ source, reason }) => [source.id, reason]));
    expect(ids.map((id) => reasons.get(id))).toEqual([
      'applies',
      'off',
      'excluded',
      'not_in_target',
      'computer_not_in_filter',
    ]);
    expect(sources.every(({ held }) => !held)).toBe(true);
  });

  test('flags settings that group policy and Intune both speak about', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    await aSource(runtime, aDocument({ [MINIMUM]: '8', [USE]: 'true' }));
    expect(done(await readResultant(runtime, whom)).mixed).toEqual([]);
    await aSource(runtime, aDocument({ [MINIMUM]: '8' }), 'group_policy');
    expect(done(await readResultant(runtime, whom)).mixed).toEqual([MINIMUM]);
  });

  test('is of nobody who is not there, and of no device that is not theirs', async () => {
    const runtime = await aHouse();
    const { person, whom } = await aDesk(runtime);
    const other = await aDesk(runtime, 'bo');
    for (const wrong of [
      { userId: NOBODY, deviceId: null },
      { userId: '', deviceId: null },
      { userId: person.id, deviceId: other.whom.deviceId },
      { userId: person.id, deviceId: NOBODY },
    ]) {
      expect(outcome(await readResultant(runtime, wrong))).toBe('not_found');
      expect(outcome(await readWhatIf(runtime, wrong, change({})))).toBe('not_found');
    }
    done(await changeDevice(runtime, null, { deviceId: whom.deviceId, change: 'delete' }));
    expect(outcome(await readResultant(runtime, whom))).toBe('not_found');
  });

  test('is not there for people without a role', async () => {
    const runtime = await aHouse();
    const member = await aSession(runtime, await aPerson(runtime, 'member'), 'passkey');
    expect(outcome(administrator('read')(member))).toBe('not_found');
    const reader = await aPerson(runtime, 'reader', ['global_reader']);
    expect(outcome(administrator('read')(await aSession(runtime, reader, 'passkey')))).toBe('ok');
  });

  test('finds people by UPN in any case, and takes nothing else than names and IDs', async () => {
    const runtime = await aHouse();
    const person = await aPerson(runtime);
    expect(await userIdOf(runtime, ' MIA@Tidewater.example ')).toBe(person.id);
    expect(await userIdOf(runtime, 'nobody@tidewater.example')).toBe(null);
    for (const query of [
      {},
      { user: '' },
      { user: 'a\u0000b' },
      { user: 'x'.repeat(321) },
      { user: 'a', device: 'x'.repeat(65) },
    ])
      expect(resultantQuery.safeParse(query).success, JSON.stringify(query)).toBe(false);
  });

  test('is printed with the reasons of the losers and what comes next', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { name: 'Profile' }));
    await aSource(runtime, aDocument({ [MINIMUM]: '10' }, { name: 'Object' }), 'group_policy');
    await tell(runtime, whom);
    await changeSource(runtime, id, aDocument({ [MINIMUM]: '9', [USE]: 'false' }, { name: 'Profile' }));
    const words = resultantWords(done(await readResultant(runtime, whom))).split('\n');
    expect(words).toContain(`${MINIMUM}\t10\tObject v1 (Group policy, computer)`);
    expect(words).toContain(
      '  not\t8\tProfile v1 (Intune profile, device)\tA source that stands above it says otherwise.',
    );
    const at = words.indexOf(`${USE}\ttrue\tbuilt-in default`);
    expect(words[at + 1]).toBe('  at the next refresh\tfalse\tProfile v2 (Intune profile, device)');
  });
});

describe('what if', () => {
  test('a person joins or leaves a group', async () => {
    const runtime = await aHouse();
    const pilots = await aGroup(runtime, 'Pilots');
    const { person, whom } = await aDesk(runtime);
    await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { include: [pilots] }));
    const joined = done(await readWhatIf(runtime, whom, change({ join: [pilots] })));
    expect(joined.settings.find(({ name }) => name === MINIMUM)).toMatchObject({
      now: { value: '6' },
      next: { value: '8' },
      changes: 'yes',
    });
    expect(joined.sources).toMatchObject([{ before: 'not_in_target', after: 'applies' }]);
    await put(runtime, pilots, { userId: person.id });
    const left = done(await readWhatIf(runtime, whom, change({ leave: [pilots] })));
    expect(left.settings.find(({ name }) => name === MINIMUM)).toMatchObject({
      now: { value: '8' },
      next: { value: '6' },
    });
    expect(await runtime.db.groupMember.count({ where: { groupId: pilots } })).toBe(1);
  });

  test('who leaves a group stays in it through another', async () => {
    const runtime = await aHouse();
    const [outer, inner] = [await aGroup(runtime, 'Outer'), await aGroup(runtime, 'Inner')];
    await runtime.db.groupNesting.create({ data: { outerId: outer, innerId: inner } });
    const { person, whom } = await aDesk(runtime);
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { include: [outer] }));
    const next = async (given: Partial<WhatIf>) =>
      done(await readWhatIf(runtime, whom, change(given))).settings.find(({ name }) => name === MINIMUM)?.next
        .value;
    const counted = async () =>
      done(await readEffect(runtime, 'an-administrator', sourcesChange.parse({ off: [id] }))).people.changed;
    expect([await next({}), await next({ join: [inner] }), await counted()]).toEqual(['6', '8', 0]);
    await put(runtime, inner, { userId: person.id });
    expect([await next({}), await next({ leave: [outer] }), await counted()]).toEqual(['8', '8', 1]);
    expect(await next({ leave: [inner] })).toBe('6');
    await put(runtime, outer, { userId: person.id });
    expect(await next({ leave: [inner] })).toBe('8');
  });

  test('a device joins a group, or it is another device, or a new one', async () => {
    const runtime = await aHouse();
    const laptops = await aGroup(runtime, 'Laptops');
    const { caller, whom } = await aDesk(runtime);
    const second = await aDevice(runtime, caller, 'MIA-08');
    await put(runtime, laptops, { deviceId: second.id });
    await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { include: [laptops] }), 'group_policy');
    const next = async (given: Partial<WhatIf>, other?: string | null) =>
      done(await readWhatIf(runtime, whom, { ...change(given), other })).settings.find(
        ({ name }) => name === MINIMUM,
      )?.next;
    expect(await next({})).toMatchObject({ value: '6', known: true });
    expect(await next({ deviceJoin: [laptops] })).toMatchObject({ value: '8' });
    expect(await next({}, second.id)).toMatchObject({ value: '8' });
    expect(await next({ deviceLeave: [laptops] }, second.id)).toMatchObject({ value: '6' });
    expect(await next({}, null)).toMatchObject({ value: '6', known: false });
  });

  test('a draft is published, or a source is switched off', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    done(await saveDraft(runtime, null, { id, revision: 2, document: aDocument({ [MINIMUM]: '12' }) }));
    const next = async (given: Partial<WhatIf>) =>
      done(await readWhatIf(runtime, whom, change(given))).settings.find(({ name }) => name === MINIMUM)?.next
        .value;
    expect(await next({})).toBe('8');
    expect(await next({ publish: [id] })).toBe('12');
    expect(await next({ off: [id] })).toBe('6');
    expect(await next({ publish: [id], off: [id] })).toBe('6');
    expect((await readSource(runtime.db, id))?.published?.values[0]?.value).toBe('8');
  });

  test('what is not there is refused', async () => {
    const runtime = await aHouse();
    const { whom } = await aDesk(runtime);
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    const refused = async (given: Partial<WhatIf>) => outcome(await readWhatIf(runtime, whom, change(given)));
    expect(await refused({ join: [NOBODY] })).toBe('not_found');
    expect(await refused({ deviceLeave: [NOBODY] })).toBe('not_found');
    expect(await refused({ off: [NOBODY] })).toBe('not_found');
    expect(await refused({ publish: [NOBODY] })).toBe('not_found');
    expect(await refused({ publish: [id] })).toBe('policy_changed_meanwhile');
    const other = await aDesk(runtime, 'bo');
    expect(outcome(await readWhatIf(runtime, whom, { ...change({}), other: other.whom.deviceId }))).toBe(
      'not_found',
    );
  });
});

describe('the effect on everybody', () => {
  const effect = async (runtime: TestRuntime, given: object) =>
    effectAnswer.parse(done(await readEffect(runtime, 'an-administrator', sourcesChange.parse(given))));

  test('is what the resultant set of each person and device says', async () => {
    const runtime = await aHouse();
    const [pilots, laptops] = [await aGroup(runtime, 'Pilots'), await aGroup(runtime, 'Laptops')];
    const desks = [await aDesk(runtime, 'mia'), await aDesk(runtime, 'bo'), await aDesk(runtime, 'kim')];
    const [mia, bo] = desks;
    await put(runtime, pilots, { userId: mia?.person.id ?? '' });
    await put(runtime, laptops, { deviceId: bo?.whom.deviceId ?? '' });
    await aPerson(runtime, 'without');
    const { id: first } = await aSource(
      runtime,
      aDocument({ [MINIMUM]: '8' }, { include: [pilots, laptops] }),
    );
    const { id } = done(
      await createSource(runtime, null, {
        kind: 'group_policy',
        document: aDocument({ [MINIMUM]: '10' }, { include: [laptops] }),
      }),
    );
    expect(await effect(runtime, { publish: [id] })).toMatchObject({
      people: { all: 4, changed: 1, unknown: 1 },
      devices: { all: 3, changed: 1, unknown: 0 },
      settings: [
        {
          name: MINIMUM,
          moves: [
            { from: '8', to: '10', people: 1, devices: 1 },
            { from: null, to: null, people: 1, devices: 0 },
          ],
        },
      ],
      conflicts: { before: 0, after: [] },
    });
    expect((await effect(runtime, { off: [first] })).devices.changed).toBe(2);
    for (const change of [{ publish: [id] }, { off: [first] }, { publish: [id], off: [first] }]) {
      const counted = await effect(runtime, change);
      const asked = await Promise.all(
        desks.map(async ({ whom }) =>
          done(await readWhatIf(runtime, whom, whatIf.parse(change))).settings.some(
            ({ changes }) => changes === 'yes',
          ),
        ),
      );
      expect(counted.devices.changed).toBe(asked.filter(Boolean).length);
    }
  });

  test('counts nobody whose account is off and no device that cannot be used', async () => {
    const runtime = await aHouse();
    const [mia, bo] = [await aDesk(runtime, 'mia'), await aDesk(runtime, 'bo')];
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    done(await changeDevice(runtime, null, { deviceId: mia.whom.deviceId, change: 'disable' }));
    done(await setUserDisabled(runtime, null, { userId: bo.person.id, disabled: true }));
    const { people, devices } = await effect(runtime, { off: [id] });
    expect(people).toEqual({ all: 1, changed: 1, unknown: 0 });
    expect(devices.all).toBe(0);
  });

  test('names those whom it is about, and the sources that would disagree', async () => {
    const runtime = await aHouse();
    const { person } = await aDesk(runtime);
    const one = await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { name: 'One' }));
    const { id } = done(
      await createSource(runtime, null, {
        kind: 'custom_profile',
        document: aDocument({ [MINIMUM]: '9' }, { name: 'Other' }),
      }),
    );
    const { examples, conflicts } = await effect(runtime, { publish: [id] });
    expect(examples).toEqual([{ id: person.id, upn: person.upn, displayName: 'mia' }]);
    expect(conflicts.before).toBe(0);
    expect(conflicts.after.map(({ name }) => name).sort()).toEqual(['One', 'Other']);
    expect(one.id).not.toBe(id);
  });

  test('counts a device that has a paused source as having it still', async () => {
    const runtime = await aHouse();
    const pilots = await aGroup(runtime, 'Pilots');
    const [mia, bo] = [await aDesk(runtime, 'mia'), await aDesk(runtime, 'bo')];
    for (const { person } of [mia, bo]) await put(runtime, pilots, { userId: person.id });
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    await tell(runtime, mia.whom);
    await runtime.db.rolloutRing.create({
      data: {
        id: NOBODY,
        sourceId: id,
        position: 0,
        name: 'One',
        groups: JSON.stringify([pilots]),
        state: 'paused',
        changedAt: runtime.clock.now(),
      },
    });
    await runtime.db.tenant.updateMany({ data: { policyVersion: { increment: 1 } } });
    const { devices } = await effect(runtime, { off: [id] });
    expect(devices).toEqual({ all: 2, changed: 1, unknown: 0 });
  });

  test('is counted a few times at once for one person, and again when one is done', async () => {
    const runtime = await aHouse();
    const ask = (personId: string) => readEffect(runtime, personId, sourcesChange.parse({}));
    const answers = await Promise.all([ask('ada'), ask('ada'), ask('ada'), ask('ada'), ask('bo')]);
    expect(answers.map(outcome)).toEqual(['ok', 'ok', 'ok', 'too_many_streams', 'ok']);
    expect(outcome(await ask('ada'))).toBe('ok');
  });

  test('asks the store as often for many people as for few', async () => {
    const runtime = await aHouse();
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    const asked = async () => {
      await readEffect(runtime, 'an-administrator', sourcesChange.parse({}));
      runtime.forget();
      const { people } = await effect(runtime, { off: [id] });
      return { people: people.all, statements: runtime.statements.length };
    };
    for (let n = 0; n < 12; n += 1) await aPerson(runtime, `few${n}`);
    const few = await asked();
    const made = Array.from({ length: 1500 }, (_, n) => ({
      id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      upn: `many${n}@tidewater.example`,
      displayName: `Many ${n}`,
      userHandle: `handle-${n}`,
      createdAt: runtime.clock.now(),
    }));
    await runtime.db.user.createMany({ data: made });
    const many = await asked();
    expect(many.people).toBe(few.people + 1500);
    expect(many.statements).toBe(few.statements);
    expect(few.statements).toBeLessThan(15);
  });

  test('holds with 10,000 groups', async () => {
    const runtime = await aHouse();
    const { person, whom } = await aDesk(runtime);
    const groups = Array.from({ length: 10_000 }, (_, n) => ({
      id: `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      name: `Group ${n}`,
      description: '',
    }));
    for (let at = 0; at < groups.length; at += 2000)
      await runtime.db.group.createMany({ data: groups.slice(at, at + 2000) });
    const memberships = groups.map(({ id }) => ({ groupId: id, userId: person.id }));
    for (let at = 0; at < memberships.length; at += 2000)
      await runtime.db.groupMember.createMany({ data: memberships.slice(at, at + 2000) });
    const last = groups.at(-1)?.id ?? '';
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }, { include: [last] }));
    expect(await settingOf(runtime, whom, MINIMUM)).toMatchObject({ next: { value: '8' } });
    expect((await effect(runtime, { off: [id] })).people).toEqual({ all: 1, changed: 1, unknown: 0 });
    const left = done(await readWhatIf(runtime, whom, change({ leave: [last] })));
    expect(left.settings.find(({ name }) => name === MINIMUM)).toMatchObject({ changes: 'yes' });
  });

  test('refuses sources that are not there and drafts that are not', async () => {
    const runtime = await aHouse();
    const { id } = await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    const refused = async (given: object) =>
      outcome(await readEffect(runtime, 'an-administrator', sourcesChange.parse(given)));
    expect(await refused({ off: [NOBODY] })).toBe('not_found');
    expect(await refused({ on: [NOBODY] })).toBe('not_found');
    expect(await refused({ publish: [NOBODY] })).toBe('not_found');
    expect(await refused({ publish: [id] })).toBe('policy_changed_meanwhile');
    expect(effectQuery.safeParse({ off: 'x' }).success).toBe(false);
    expect(effectQuery.safeParse({ off: Array(21).fill(NOBODY).join(',') }).success).toBe(false);
    expect(effectQuery.parse({ off: `${id},${NOBODY}` })).toEqual({ publish: [], off: [id, NOBODY], on: [] });
  });
});

describe('a sync from the device', () => {
  test('brings what changed, once', async () => {
    const runtime = await aHouse();
    const { caller, whom } = await aDesk(runtime);
    const at = { ...caller, session: { ...caller.session, deviceId: whom.deviceId } };
    await aSource(runtime, aDocument({ [MINIMUM]: '8' }));
    runtime.pass(60_000);
    expect(done(await syncDevice(runtime, at))).toEqual({
      refreshedAt: runtime.clock.now().toISOString(),
      changed: [{ name: MINIMUM, title: 'Minimum PIN length', value: '8' }],
    });
    expect(done(await syncDevice(runtime, at)).changed).toEqual([]);
    expect(await runtime.db.event.count({ where: { code: 'policy_refreshed' } })).toBe(1);
  });

  test('is only for somebody who is at a device that can be used', async () => {
    const runtime = await aHouse();
    const { caller, whom } = await aDesk(runtime);
    const nowhere = { ...caller, session: { ...caller.session, deviceId: null } };
    expect(outcome(await syncDevice(runtime, nowhere))).toBe('device_required');
    done(await changeDevice(runtime, null, { deviceId: whom.deviceId, change: 'disable' }));
    const there = { ...caller, session: { ...caller.session, deviceId: whom.deviceId } };
    expect(outcome(await syncDevice(runtime, there))).toBe('device_disabled');
  });

  test('has as many turns on our own page as at its door', async () => {
    const runtime = await aHouse();
    const { caller, whom } = await aDesk(runtime);
    const at = { ...caller, session: { ...caller.session, deviceId: whom.deviceId } };
    for (let turn = 0; turn < 30; turn += 1) expect(outcome(await syncOwnDevice(runtime, at))).toBe('ok');
    expect(outcome(await syncOwnDevice(runtime, at))).toBe('too_many_attempts');
  });
});
