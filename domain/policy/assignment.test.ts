import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  candidatesOf,
  type Place,
  type PublishedSource,
  type Ring,
  ringStates,
  type TargetReason,
  targeting,
  targetOf,
} from './assignment.ts';
import { ALL_USERS } from './settings.ts';
import {
  ALL_DEVICES,
  documentChanges,
  emptyDocument,
  type PolicyDocument,
  policyDocument,
  type SourceKind,
  settingsOf,
  sourceKindNames,
  valueFaults,
} from './source.ts';

const source = (kind: SourceKind, given: Partial<PolicyDocument>, rings: Ring[] = []): PublishedSource => ({
  id: 'source',
  kind,
  version: 1,
  document: { ...emptyDocument, name: 'A source', ...given },
  rings,
});

const place = (given: Partial<Record<keyof Place, string[]>> = {}): Place => ({
  userGroups: new Set(given.userGroups),
  deviceGroups: new Set(given.deviceGroups),
  maybeGroups: new Set(given.maybeGroups),
  held: new Set(given.held),
});

const people = place({ userGroups: ['people'], deviceGroups: ['machines'] });

describe('an Intune profile', () => {
  test.each<[string, Partial<PolicyDocument>, TargetReason]>([
    ['for everybody', { include: [ALL_USERS] }, 'applies'],
    ['for every device', { include: [ALL_DEVICES] }, 'applies'],
    ['for a group of the person', { include: ['people'] }, 'applies'],
    ['for a group of the device', { include: ['machines'] }, 'applies'],
    ['for others', { include: ['others'] }, 'not_in_target'],
    ['for nobody', { include: [] }, 'not_in_target'],
    ['for everybody but the person', { include: [ALL_USERS], exclude: ['people'] }, 'excluded'],
    ['for everybody but the device', { include: [ALL_USERS], exclude: ['machines'] }, 'excluded'],
    ['that is off', { include: [ALL_USERS], enabled: false }, 'off'],
  ])('%s: either scope says the same', (_what, given, reason) => {
    for (const scope of ['device', 'user'] as const)
      expect(targetOf(source('settings_catalog', given), scope, people)).toBe(reason);
  });
});

describe('a group policy object', () => {
  test('looks at the computer for its computer half, and at the person for the other', () => {
    const forPeople = source('group_policy', { include: ['people'] });
    expect(targetOf(forPeople, 'user', people)).toBe('applies');
    expect(targetOf(forPeople, 'device', people)).toBe('computer_not_in_filter');
    const forMachines = source('group_policy', { include: ['machines'] });
    expect(targetOf(forMachines, 'user', people)).toBe('user_not_in_filter');
    expect(targetOf(forMachines, 'device', people)).toBe('applies');
  });

  test('for Authenticated Users is for every computer too', () => {
    const everyone = source('group_policy', { include: [ALL_USERS] });
    expect(targetOf(everyone, 'device', place())).toBe('applies');
    expect(targetOf(everyone, 'user', place())).toBe('applies');
  });
});

describe('what is not known', () => {
  const noDevice = place({ userGroups: ['people'], maybeGroups: ['machines'] });

  test('is not "no": a device that is not there yet may be in a group that holds devices', () => {
    expect(targetOf(source('settings_catalog', { include: ['machines'] }), 'device', noDevice)).toBe(
      'unknown',
    );
    expect(
      targetOf(source('settings_catalog', { include: ['people', 'machines'] }), 'device', noDevice),
    ).toBe('applies');
    const but = source('settings_catalog', { include: [ALL_USERS], exclude: ['machines'] });
    expect(targetOf(but, 'device', noDevice)).toBe('unknown');
    expect(targetOf(source('settings_catalog', { include: ['others'] }), 'device', noDevice)).toBe(
      'not_in_target',
    );
  });

  test('gives values that may apply', () => {
    const values = [{ scope: 'device', name: 'UsePassportForWork', value: 'false' }] as const;
    const maybe = source('settings_catalog', { include: ['machines'], values: [...values] });
    expect(candidatesOf(targeting([maybe], noDevice))).toMatchObject([
      { name: 'UsePassportForWork', applies: 'unknown', rank: 'csp_device' },
    ]);
  });
});

describe('a roll-out', () => {
  const everyone = { include: [ALL_USERS] };
  const rings = (first: Ring['state'], second: Ring['state']): Ring[] => [
    { groups: ['pilot'], state: first },
    { groups: ['people'], state: second },
  ];
  const reason = (list: Ring[], at: Place) =>
    targetOf(source('settings_catalog', everyone, list), 'device', at);

  test('gives a source ring by ring', () => {
    const pilot = place({ userGroups: ['pilot'] });
    const late = place({ userGroups: ['people'] });
    expect(reason(rings('open', 'waiting'), pilot)).toBe('applies');
    expect(reason(rings('open', 'waiting'), late)).toBe('ring_waiting');
    expect(reason(rings('open', 'open'), late)).toBe('applies');
    expect(reason(rings('open', 'open'), place({ userGroups: ['others'] }))).toBe('not_in_target');
  });

  test('that is paused takes nothing from devices that have it, and gives it to no other', () => {
    const paused = rings('paused', 'waiting');
    expect(reason(paused, place({ userGroups: ['pilot'] }))).toBe('ring_paused');
    expect(reason(paused, place({ userGroups: ['pilot'], held: ['source'] }))).toBe('applies');
  });

  test('counts somebody in several rings to the one that is furthest', () => {
    expect(reason(rings('open', 'waiting'), place({ userGroups: ['pilot', 'people'] }))).toBe('applies');
    expect(reason(rings('paused', 'open'), place({ userGroups: ['pilot', 'people'] }))).toBe('applies');
  });
});

describe('targets, whatever they are', () => {
  const groups = ['a', 'b', 'c', 'd'];
  const some = fc.subarray(groups);
  const scenario = fc.record({
    kind: fc.constantFrom(...sourceKindNames),
    scope: fc.constantFrom('device' as const, 'user' as const),
    include: fc.subarray([...groups, ALL_USERS, ALL_DEVICES]),
    exclude: some,
    rings: fc.array(fc.record({ groups: some, state: fc.constantFrom(...ringStates) }), { maxLength: 3 }),
    userGroups: some,
    deviceGroups: some,
    held: fc.constantFrom<string[]>([], ['source']),
  });

  test('never give to an excluded place, nor while the source is off', () => {
    fc.assert(
      fc.property(scenario, ({ kind, scope, include, exclude, rings, ...at }) => {
        const found = targetOf(source(kind, { include, exclude }, rings), scope, place(at));
        const relevant = kind !== 'group_policy' ? [...at.userGroups, ...at.deviceGroups] : [];
        if (relevant.some((group) => exclude.includes(group))) expect(found).toBe('excluded');
        expect(targetOf(source(kind, { include, exclude, enabled: false }, rings), scope, place(at))).toBe(
          'off',
        );
      }),
    );
  });

  test('are unknown exactly where the groups of the device could decide', () => {
    fc.assert(
      fc.property(scenario, ({ kind, scope, include, exclude, rings, userGroups, deviceGroups, held }) => {
        const it = source(kind, { include, exclude }, rings);
        const blank = targetOf(it, scope, place({ userGroups, maybeGroups: groups, held }));
        const real = targetOf(it, scope, place({ userGroups, deviceGroups, held }));
        // What was said to be certain without the device is so with any.
        if (blank !== 'unknown') expect(real === 'applies').toBe(blank === 'applies');
      }),
    );
  });
});

describe('a document', () => {
  const whole: PolicyDocument = {
    ...emptyDocument,
    name: 'Pilot',
    include: [ALL_USERS],
    values: [{ scope: 'device', name: 'UsePassportForWork', value: 'true' }],
  };

  test('is read strictly', () => {
    expect(policyDocument.safeParse(whole).success).toBe(true);
    for (const wrong of [
      { ...whole, name: '' },
      { ...whole, name: 'x'.repeat(101) },
      { ...whole, order: 0 },
      { ...whole, include: ['people'] },
      { ...whole, include: [ALL_USERS, ALL_USERS] },
      { ...whole, exclude: [ALL_USERS] },
      { ...whole, values: [{ scope: 'device', name: '__proto__', value: 'true' }] },
      { ...whole, values: [{ scope: 'computer', name: 'UsePassportForWork', value: 'true' }] },
      { ...whole, more: 1 },
    ])
      expect(policyDocument.safeParse(wrong).success).toBe(false);
  });

  test('holds only settings that its kind has', () => {
    const digits = [{ scope: 'device', name: 'PINComplexity/Digits', value: 'require' }] as const;
    const faults = (kind: SourceKind, values: PolicyDocument['values']) =>
      valueFaults(kind, { values }).map(({ fault }) => fault);
    expect(faults('settings_catalog', [...digits])).toEqual([]);
    expect(faults('account_protection', [...digits])).toEqual(['not_in_this_kind']);
    expect(faults('device_lock', [{ ...digits[0], scope: 'user' }])).toEqual(['not_in_this_kind']);
    expect(faults('settings_catalog', [...digits, ...digits])).toEqual(['twice']);
    expect(faults('settings_catalog', [{ ...digits[0], value: '1' }])).toEqual(['bad_value']);
  });

  test.each(sourceKindNames)('of every kind has settings (%s)', (kind) => {
    expect(settingsOf(kind, 'device').length).toBeGreaterThan(5);
  });

  test('tells exactly what another one changes', () => {
    const after = { ...whole, order: 2, values: [{ ...whole.values[0], value: 'false' }] } as PolicyDocument;
    expect(documentChanges(whole, after)).toEqual([
      { what: 'order', before: '1', after: '2' },
      { what: { scope: 'device', name: 'UsePassportForWork' }, before: 'true', after: 'false' },
    ]);
    expect(documentChanges(whole, { ...whole })).toEqual([]);
    expect(documentChanges(null, whole).length).toBeGreaterThan(1);
  });
});
