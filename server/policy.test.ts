import { describe, expect, test } from 'vitest';
import { TENANT } from '#domain/policy/resolve';
import { ALL_USERS, type SettingName } from '#domain/policy/settings';
import { createGroup, listGroups } from './group.ts';
import { readPolicy, typedSetting } from './policy.ts';
import { importPolicy } from './policy-import.ts';
import { setPolicy } from './policy-setting.ts';
import { aPerson, aRuntime, aTenant, done, lastEvent, outcome, type TestRuntime } from './testing.ts';
import { aDocument, aSource } from './testing-policy.ts';

const MINIMUM = 'TemporaryAccessPass.minimumLifetimeInMinutes';
const USUAL = 'TemporaryAccessPass.defaultLifetimeInMinutes';
const MAXIMUM = 'TemporaryAccessPass.maximumLifetimeInMinutes';
const INCLUDE = 'TemporaryAccessPass.includeTargets';
const EXCLUDE = 'TemporaryAccessPass.excludeTargets';

const set = (runtime: TestRuntime, name: string, value: string | null) =>
  setPolicy(runtime, null, { name, value });
const read = async (runtime: TestRuntime, name: SettingName) => (await readPolicy(runtime.db))(name);

describe('policy', () => {
  test('that would leave no Global Administrator who could set up a key is set only when that is meant', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const boss = await aPerson(runtime, 'boss');
    await runtime.db.userRole.create({ data: { userId: boss.id, role: 'global_administrator' } });
    const off = { name: 'UsePassportForWork', value: 'false' };
    expect(outcome(await setPolicy(runtime, null, off))).toBe('administrators_not_confirmed');
    expect(await read(runtime, 'UsePassportForWork')).toMatchObject({ value: true });
    const file = new TextEncoder().encode(
      'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\PassportForWork]\r\n"Enabled"=dword:00000000\r\n',
    );
    const bring = { file, dryRun: false, leaveOutRefused: false };
    expect(outcome(await importPolicy(runtime, null, bring))).toBe('administrators_not_confirmed');
    done(await importPolicy(runtime, null, { ...bring, confirmed: true }));
    done(await set(runtime, 'UsePassportForWork', null));
    // A profile that switches it on for them is enough.
    await aSource(runtime, aDocument({ UsePassportForWork: 'true' }));
    done(await setPolicy(runtime, null, off));
  });

  test('is set and cleared, each time with an event', async () => {
    const runtime = await aRuntime();
    done(await set(runtime, MAXIMUM, '1440'));
    expect(await read(runtime, MAXIMUM)).toMatchObject({ value: 1440, source: TENANT });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_changed',
      detail: { name: MAXIMUM, value: '1440' },
    });
    done(await set(runtime, MAXIMUM, null));
    expect(await read(runtime, MAXIMUM)).toMatchObject({ value: 480, source: null });
    expect((await lastEvent(runtime)).detail).toEqual({ name: MAXIMUM, value: null });
  });

  test.each([
    ['__proto__', 'true', 'not_found'],
    ['constructor', 'true', 'not_found'],
    ['', 'true', 'not_found'],
    [MINIMUM, '9', 'invalid_value'],
    [MINIMUM, '43201', 'invalid_value'],
    [MINIMUM, '60.0', 'invalid_value'],
    ['TemporaryAccessPass.defaultLength', '7', 'invalid_value'],
    ['TemporaryAccessPass.defaultLength', '49', 'invalid_value'],
    ['TemporaryAccessPass.state', 'enabled', 'invalid_value'],
    [INCLUDE, '["00000000-0000-4000-8000-000000000000"]', 'invalid_value'],
    [EXCLUDE, `["${ALL_USERS}"]`, 'invalid_value'],
    [EXCLUDE, '{"length":1,"0":"x"}', 'invalid_value'],
  ])('refuses %s = %s with %s, and writes nothing', async (name, value, code) => {
    const runtime = await aRuntime();
    expect(outcome(await set(runtime, name, value))).toBe(code);
    expect(await runtime.db.policyValue.count()).toBe(0);
    expect(await runtime.db.event.count()).toBe(0);
  });

  test('that would contradict itself is refused, naming both settings and their values', async () => {
    const runtime = await aRuntime();
    const refused = await set(runtime, MINIMUM, '61');
    expect(refused).toMatchObject({
      problem: {
        code: 'settings_disagree',
        facts: { lower: 'Shortest lifetime', lowerValue: 61, upper: 'Usual lifetime', upperValue: 60 },
      },
    });
    expect(await runtime.db.policyValue.count()).toBe(0);
    done(await set(runtime, MAXIMUM, '600'));
    done(await set(runtime, USUAL, '500'));
    done(await set(runtime, MINIMUM, '500'));
    // Clearing is a change like any other: the default of one may contradict what the others were set to.
    expect(await set(runtime, MAXIMUM, null)).toMatchObject({
      problem: { code: 'settings_disagree', facts: { lowerValue: 500, upperValue: 480 } },
    });
    expect(outcome(await set(runtime, USUAL, null))).toBe('settings_disagree');
    done(await set(runtime, MINIMUM, null));
    done(await set(runtime, USUAL, null));
    done(await set(runtime, MAXIMUM, null));
  });

  test('takes one of two changes at once that fit alone and not together', async () => {
    const runtime = await aRuntime();
    const answers = await Promise.all([set(runtime, USUAL, '300'), set(runtime, MAXIMUM, '240')]);
    expect(answers.map(outcome).sort()).toEqual(['ok', 'settings_disagree']);
    const policy = await readPolicy(runtime.db);
    expect(policy(USUAL).value).toBeLessThanOrEqual(policy(MAXIMUM).value);
  });

  test('names groups by name for people, and keeps them by ID', async () => {
    const runtime = await aRuntime();
    for (const name of ['Design', 'IT']) await createGroup(runtime, null, { name });
    const groups = await listGroups(runtime);
    const ids = groups.map(({ id }) => id);
    expect(await typedSetting(runtime, INCLUDE, ' IT , Design ')).toBe(JSON.stringify([...ids].reverse()));
    expect(await typedSetting(runtime, INCLUDE, ALL_USERS)).toBe(`["${ALL_USERS}"]`);
    expect(await typedSetting(runtime, INCLUDE, '')).toBe('[]');
    expect(outcome(await set(runtime, INCLUDE, await typedSetting(runtime, INCLUDE, 'Nobody')))).toBe(
      'invalid_value',
    );
    done(await set(runtime, INCLUDE, JSON.stringify(ids)));
    expect((await lastEvent(runtime)).detail).toEqual({ name: INCLUDE, value: 'Design, IT' });
    expect((await read(runtime, INCLUDE)).value).toEqual(ids);
  });
});
