import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PublishedSource, TenantValues, Tri } from './assignment.ts';
import { changedSettings, type DeviceFacts, type Effect, effectOf, type PersonFacts } from './effect.ts';
import { differs, knownText, nextPolicy } from './resultant.ts';
import { ALL_USERS, type SettingName, settingNames } from './settings.ts';
import { emptyDocument, type SourceKind } from './source.ts';

const USE = 'UsePassportForWork';
const HARDWARE = 'RequireSecurityDevice';
const MINIMUM = 'PINComplexity/MinimumPINLength';
const MAXIMUM = 'PINComplexity/MaximumPINLength';
const groups = ['a', 'b', 'c', 'd'];

function aSource(
  id: string,
  values: Readonly<Partial<Record<SettingName, string>>>,
  given: Partial<PublishedSource['document']> = {},
  kind: SourceKind = 'settings_catalog',
): PublishedSource {
  return {
    id,
    kind,
    version: 1,
    rings: [],
    document: {
      ...emptyDocument,
      name: id,
      include: [ALL_USERS],
      values: Object.entries(values).map(([name, value]) => ({
        scope: 'device',
        name: name as SettingName,
        value,
      })),
      ...given,
    },
  };
}

const none: ReadonlySet<string> = new Set();
const aDevice = (given: Partial<DeviceFacts> = {}): DeviceFacts => ({
  groups: none,
  enrolled: [],
  held: none,
  platformAuthenticator: 'yes',
  ...given,
});
const nobodyElse = { tenant: [], maybeGroups: none };

describe('what a change does', () => {
  test('is counted by people and by devices, with the values before and after', () => {
    const effect = effectOf(
      { ...nobodyElse, before: [], after: [aSource('one', { [MINIMUM]: '8' }, { include: ['a'] })] },
      [
        { id: 'in', groups: new Set(['a']), devices: [aDevice(), aDevice()] },
        { id: 'new', groups: new Set(['a']), devices: [] },
        { id: 'out', groups: new Set(['b']), devices: [aDevice()] },
      ],
    );
    expect(effect).toMatchObject({
      people: { all: 3, changed: 2, unknown: 0 },
      devices: { all: 3, changed: 2, unknown: 0 },
      settings: [{ name: MINIMUM, moves: [{ from: '6', to: '8', people: 2, devices: 2 }] }],
      examples: ['in', 'new'],
    });
  });

  test('is not known, and not nothing, where it hangs on the groups of a device that is not there', () => {
    const effect = effectOf(
      {
        ...nobodyElse,
        maybeGroups: new Set(['laptops']),
        before: [],
        after: [aSource('one', { [USE]: 'false' }, { include: ['laptops'] })],
      },
      [{ id: 'new', groups: none, devices: [] }],
    );
    expect(effect.people).toEqual({ all: 1, changed: 0, unknown: 1 });
    expect(effect.settings).toEqual([
      { name: USE, moves: [{ from: 'true', to: null, people: 1, devices: 0 }] },
    ]);
    expect(effect.setUp.before).toEqual({ yes: 1, no: 0, unknown: 0 });
    expect(effect.setUp.after).toEqual({ yes: 0, no: 0, unknown: 1 });
    expect(effect.setUp.loses).toBe(0);
  });

  const person = (id: string, ...platform: DeviceFacts['platformAuthenticator'][]): PersonFacts => ({
    id,
    groups: none,
    devices: platform.map((platformAuthenticator) => aDevice({ platformAuthenticator })),
  });
  const softwareKeys = (value: string) => ({ ...nobodyElse, tenant: [{ name: 'SoftwareKeys', value }] });

  test('counts a device whose authenticator was not tested as unknown, and one where nothing keeps a key as no', () => {
    const change = { before: [], after: [aSource('one', { [USE]: 'false' })] };
    const effect = effectOf({ ...softwareKeys('never'), ...change }, [
      person('untested', 'not_tested', 'no'),
      person('without', 'no'),
      person('able', 'no', 'yes'),
    ]);
    expect(effect.setUp).toEqual({
      before: { yes: 1, no: 1, unknown: 1 },
      after: { yes: 0, no: 3, unknown: 0 },
      loses: 1,
      gains: 0,
    });
  });

  test('counts a device whose browser may keep the key itself as one that can', () => {
    const everybody = [person('untested', 'not_tested'), person('without', 'no'), person('able', 'yes')];
    const ableUnder = (choice: string) =>
      effectOf({ ...softwareKeys(choice), before: [], after: [] }, everybody).setUp.before;
    expect(ableUnder('never')).toEqual({ yes: 1, no: 1, unknown: 1 });
    expect(ableUnder('fallback')).toEqual({ yes: 2, no: 0, unknown: 1 });
    expect(ableUnder('choice')).toEqual({ yes: 3, no: 0, unknown: 0 });
  });

  test('says who loses their only way where a security device is required', () => {
    const effect = effectOf(
      {
        ...softwareKeys('choice'),
        before: [],
        after: [aSource('hardware', { RequireSecurityDevice: 'true' })],
      },
      [person('untested', 'not_tested'), person('without', 'no'), person('able', 'no', 'yes')],
    );
    expect(effect.setUp).toEqual({
      before: { yes: 3, no: 0, unknown: 0 },
      after: { yes: 1, no: 1, unknown: 1 },
      loses: 1,
      gains: 0,
    });
  });

  test('names the sources that disagree then and did not before', () => {
    const effect = effectOf(
      {
        ...nobodyElse,
        before: [aSource('one', { [MINIMUM]: '8' })],
        after: [aSource('one', { [MINIMUM]: '8' }), aSource('other', { [MINIMUM]: '9' })],
      },
      [{ id: 'in', groups: none, devices: [aDevice()] }],
    );
    expect(effect.conflicts).toEqual({ before: [], after: ['one', 'other'] });
    expect(effect.settings).toMatchObject([{ name: MINIMUM, moves: [{ from: '8', to: '6' }] }]);
  });

  test('reaches a setting that a rule ties to the changed one', () => {
    const effect = effectOf(
      {
        ...nobodyElse,
        before: [aSource('short', { [MAXIMUM]: '10' })],
        after: [aSource('short', { [MAXIMUM]: '10' }), aSource('long', { [MINIMUM]: '12' })],
      },
      [{ id: 'in', groups: none, devices: [aDevice()] }],
    );
    expect(effect.settings).toMatchObject([{ name: MAXIMUM, moves: [{ from: '10', to: '127' }] }]);
  });

  test('costs what different people cost, not what people cost', () => {
    const change = {
      ...nobodyElse,
      before: [],
      after: [aSource('one', { [MINIMUM]: '8' }, { include: ['a'] })],
    };
    const crowd = (size: number) =>
      Array.from({ length: size }, (_, at) => ({
        id: String(at),
        groups: new Set([groups[at % 4] as string, `own-${at}`]),
        devices: [aDevice()],
      }));
    const few = effectOf(change, crowd(8));
    const many = effectOf(change, crowd(4000));
    expect(few.computations).toBe(2);
    expect(many.computations).toBe(2);
    expect(many.people.changed).toBe(few.people.changed * 500);
  });
});

const someGroups = fc.subarray(groups);
const values = fc.array(
  fc.oneof(
    fc.record({
      scope: fc.constantFrom('device' as const, 'user' as const),
      name: fc.constant(USE),
      value: fc.constantFrom('true', 'false'),
    }),
    fc.record({
      scope: fc.constantFrom('device' as const, 'user' as const),
      name: fc.constantFrom(MINIMUM, MAXIMUM),
      value: fc.constantFrom('6', '8', '12', 'nonsense'),
    }),
    fc.record({
      scope: fc.constantFrom('device' as const, 'user' as const),
      name: fc.constant(HARDWARE),
      value: fc.constantFrom('true', 'false'),
    }),
    fc.record({
      scope: fc.constant('device' as const),
      name: fc.constantFrom('UseCertificateForOnPremAuth', 'UseCloudTrustForOnPremAuth'),
      value: fc.constantFrom('true', 'false'),
    }),
  ),
  { maxLength: 4 },
);
const source = (id: string) =>
  fc
    .record({
      kind: fc.constantFrom('settings_catalog', 'group_policy', 'device_lock' as const),
      enabled: fc.boolean(),
      order: fc.integer({ min: 1, max: 2 }),
      include: fc.oneof(someGroups, fc.constant([ALL_USERS]), fc.constant(['all_devices'])),
      exclude: someGroups,
      values,
      rings: fc.array(
        fc.record({ groups: someGroups, state: fc.constantFrom('waiting', 'open', 'paused' as const) }),
        { maxLength: 2 },
      ),
    })
    .map(({ kind, rings, ...document }) => ({
      id,
      kind: kind as SourceKind,
      version: 1,
      rings,
      document: { ...emptyDocument, name: id, ...document },
    })) as fc.Arbitrary<PublishedSource>;
const ids = ['p', 'q', 'r'];
const sources = fc
  .tuple(...ids.map((id) => fc.option(source(id), { nil: null })))
  .map((list) => list.filter((each) => each !== null));
const tenantValues: fc.Arbitrary<TenantValues> = fc.constantFrom(
  [],
  [{ name: USE, value: 'false' }],
  [{ name: MINIMUM, value: '9' }],
  [{ name: 'DeviceLimitPerUser', value: '3' }],
  [{ name: 'SoftwareKeys', value: 'never' }],
  [
    { name: 'SoftwareKeys', value: 'choice' },
    { name: HARDWARE, value: 'true' },
    { name: 'KeyRules.helloMode', value: 'warn' },
  ],
  [
    { name: HARDWARE, value: 'true' },
    { name: 'KeyRules.helloMode', value: 'enforce' },
  ],
);
const sets = (from: fc.Arbitrary<string[]>) => from.map((list) => new Set(list) as ReadonlySet<string>);
const people: fc.Arbitrary<PersonFacts[]> = fc
  .array(
    fc.record({
      groups: sets(someGroups),
      devices: fc.array(
        fc.record({
          groups: sets(someGroups),
          enrolled: fc.oneof(tenantValues, fc.constant(null)),
          held: sets(fc.subarray(ids)),
          platformAuthenticator: fc.constantFrom('yes' as const, 'no' as const, 'not_tested' as const),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 6 },
  )
  .map((list) => list.map((person, at) => ({ id: String(at), ...person })));

type Change = Parameters<typeof effectOf>[0];

/** The same, asked person by person and setting by setting over the whole table. */
function naive(change: Change, everybody: readonly PersonFacts[]): Omit<Effect, 'computations' | 'examples'> {
  const any = (list: readonly Tri[]): Tri =>
    list.includes('yes') ? 'yes' : list.includes('unknown') ? 'unknown' : 'no';
  const conflicts = { before: new Set<string>(), after: new Set<string>() };
  const touched = changedSettings(change);
  const judged = everybody.map((person) => {
    const list = (person.devices.length === 0 ? [null] : person.devices).map((device) => {
      const standpoint = {
        enrolled: device?.enrolled ?? null,
        place: {
          userGroups: person.groups,
          deviceGroups: device?.groups ?? none,
          maybeGroups: device === null ? change.maybeGroups : none,
          held: device?.held ?? none,
        },
      };
      const before = nextPolicy(change.before, standpoint, change.tenant);
      const after = nextPolicy(change.after, standpoint, change.tenant);
      for (const name of touched) {
        for (const { reason, source } of before(name).losers)
          if (reason === 'conflict') conflicts.before.add(source.id);
        for (const { reason, source } of after(name).losers)
          if (reason === 'conflict') conflicts.after.add(source.id);
      }
      const moves = settingNames.flatMap((name) => {
        const [was, is] = [before(name), after(name)];
        const changes = differs(was, is);
        return changes === 'no' ? [] : [{ name, from: knownText(was), to: knownText(is), changes }];
      });
      const can = (policy: typeof before): Tri => {
        const { value, known } = policy(USE);
        const platform = device?.platformAuthenticator ?? 'yes';
        if (known && !value) return 'no';
        const choice = policy('SoftwareKeys').value;
        const hardware = policy(HARDWARE);
        const mode = policy('KeyRules.helloMode').value;
        const said = hardware.rank !== null && hardware.rank !== 'tenant';
        const needsHardware = hardware.value && (mode === 'enforce' || (mode === 'off' && said));
        const inBrowser =
          !needsHardware && (choice === 'choice' || (choice === 'fallback' && platform === 'no'));
        if (platform === 'no' && !inBrowser) return 'no';
        return !known || (platform === 'not_tested' && !inBrowser) ? 'unknown' : 'yes';
      };
      return {
        device,
        moves,
        before: can(before),
        after: can(after),
        changes: any(moves.map(({ changes }) => changes)),
      };
    });
    return {
      list,
      changes: any(list.map(({ changes }) => changes)),
      before: any(list.map(({ before }) => before)),
      after: any(list.map(({ after }) => after)),
    };
  });
  const share = (list: readonly Tri[]) => ({
    all: list.length,
    changed: list.filter((each) => each === 'yes').length,
    unknown: list.filter((each) => each === 'unknown').length,
  });
  const tri = (list: readonly Tri[]) => ({
    yes: list.filter((each) => each === 'yes').length,
    no: list.filter((each) => each === 'no').length,
    unknown: list.filter((each) => each === 'unknown').length,
  });
  const at = judged.flatMap(({ list }) => list).filter(({ device }) => device !== null);
  const settings = settingNames.flatMap((name) => {
    const key = (move: { from: string | null; to: string | null }) => JSON.stringify([move.from, move.to]);
    const own = judged
      .flatMap(({ list }) => list.flatMap(({ moves }) => moves))
      .filter((move) => move.name === name);
    const moves = [...new Map(own.map((move) => [key(move), move])).values()].map(({ from, to }) => {
      const has = ({ moves }: { moves: typeof own }) =>
        moves.some((move) => move.name === name && move.from === from && move.to === to);
      return {
        from,
        to,
        people: judged.filter(({ list }) => list.some(has)).length,
        devices: at.filter(has).length,
      };
    });
    return moves.length === 0 ? [] : [{ name, moves: sorted(moves) }];
  });
  return {
    people: share(judged.map(({ changes }) => changes)),
    devices: share(at.map(({ changes }) => changes)),
    settings,
    setUp: {
      before: tri(judged.map(({ before }) => before)),
      after: tri(judged.map(({ after }) => after)),
      loses: judged.filter(({ before, after }) => before === 'yes' && after === 'no').length,
      gains: judged.filter(({ before, after }) => before === 'no' && after === 'yes').length,
    },
    conflicts: { before: [...conflicts.before].sort(), after: [...conflicts.after].sort() },
  };
}

const sorted = <T>(list: readonly T[]) =>
  [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe('whatever changes', () => {
  test('counting together is the same as asking everybody one by one', () => {
    fc.assert(
      fc.property(
        sources,
        sources,
        tenantValues,
        sets(someGroups),
        people,
        (before, after, tenant, maybeGroups, everybody) => {
          const change = { before, after, tenant, maybeGroups };
          const { computations, examples, settings, ...rest } = effectOf(change, everybody);
          expect({
            ...rest,
            settings: settings.map((each) => ({ ...each, moves: sorted(each.moves) })),
          }).toEqual(naive(change, everybody));
          expect(examples.length).toBe(Math.min(10, rest.people.changed + rest.people.unknown));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('changing nothing does nothing', () => {
    fc.assert(
      fc.property(sources, tenantValues, sets(someGroups), people, (same, tenant, maybeGroups, everybody) => {
        const effect = effectOf(
          { before: same, after: structuredClone(same), tenant, maybeGroups },
          everybody,
        );
        expect(effect).toMatchObject({ settings: [], examples: [], people: { changed: 0, unknown: 0 } });
        expect(effect.setUp.before).toEqual(effect.setUp.after);
      }),
    );
  });
});
