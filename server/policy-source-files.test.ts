import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyImportAnswer } from '#domain/policy/artefact-import';
import { carries, type PolicyFormat, policyFormatNames } from '#domain/policy/artefacts';
import { unlockProviders } from '#domain/policy/setting-text';
import { policySettings, type Setting, type SettingName } from '#domain/policy/settings';
import {
  emptyDocument,
  type PolicyDocument,
  type SourceKind,
  type SourceValue,
  scopesOf,
  settingsOf,
  sourceKindNames,
} from '#domain/policy/source';
import { withValues } from '#domain/policy/source-edit';
import type { PolicyScope } from '#domain/policy/windows';
import { policyFileCommands } from './command-line/policy.ts';
import { policySourceCommands } from './command-line/policy-source.ts';
import { createGroup, listGroups } from './group.ts';
import { exportPolicy } from './policy-export.ts';
import { importPolicy } from './policy-import.ts';
import { createSource, readSource } from './policy-source.ts';
import { readPolicyVersion } from './tenant.ts';
import { aPerson, aRuntime, aTenant, done, lastEvent, outcome, type TestRuntime } from './testing.ts';
import { aDocument, aSource } from './testing-policy.ts';

const USE = 'UsePassportForWork';
const PIN = 'PINComplexity/MinimumPINLength';
const NOBODY = '00000000-0000-4000-8000-000000000000';
const GPR = 'SOFTWARE\\Policies\\Microsoft\\PassportForWork';
const reg = (...lines: string[]) => Buffer.from(['REGEDIT4', ...lines].join('\r\n'));

async function anOrganisation(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

const rule = (scenario: string) =>
  `<rule schemaVersion="1.0"><signal type="bluetooth" scenario="${scenario}"/></rule>`;
const texts = {
  'first-unlock-factors': `${unlockProviders.pin},${unlockProviders.face}`,
  'second-unlock-factors': `${unlockProviders.trustedSignal}, ${unlockProviders.pin}`,
  providers: '{60B78E88-EAD8-445C-9CFD-0B87F74EA6CD}',
  'unlock-signals': rule('Authentication'),
  'lock-signals': rule('Dynamic Lock'),
  domains: 'contoso.com;login.example.org',
  domain: 'contoso.com',
} as const;

/** A value that is not the default, and that fits the others. */
function sample(name: SettingName): string {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') return String(!setting.default);
  if (setting.type === 'integer') return String(name.endsWith('MinimumPINLength') ? 8 : setting.maximum);
  if (setting.type === 'choice') return setting.choices[1] ?? '';
  return setting.type === 'text' ? texts[setting.kind] : '';
}

/** Every setting that a kind of source can hold. */
const full = (kind: SourceKind): PolicyDocument =>
  withValues(
    aDocument({}),
    scopesOf(kind).flatMap((scope) =>
      settingsOf(kind, scope).map((name) => ({ scope, name, value: sample(name) })),
    ),
  );

const bring = (
  runtime: TestRuntime,
  source: string,
  file: Uint8Array,
  more: Partial<Parameters<typeof importPolicy>[2]> = {},
) => importPolicy(runtime, null, { file, dryRun: false, leaveOutRefused: false, source, ...more });
const take = async (runtime: TestRuntime, source: string, format: PolicyFormat, scope: PolicyScope) =>
  done(await exportPolicy(runtime, { actorId: null }, { format, source, scope })).bytes;
const draftOf = async (runtime: TestRuntime, id: string) => (await readSource(runtime.db, id))?.draft ?? null;

const ways = sourceKindNames
  .filter((kind) => kind !== 'device_lock')
  .flatMap((kind) =>
    scopesOf(kind).flatMap((scope) =>
      policyFormatNames.filter((format) => format !== 'syncml').map((format) => ({ kind, scope, format })),
    ),
  );

describe('a source', () => {
  test.each(ways)(
    'comes back from a file as it went: $kind, $scope, $format',
    async ({ kind, scope, format }) => {
      const runtime = await anOrganisation();
      const document = full(kind);
      const carried = document.values.filter(
        (value) => value.scope === scope && carries(format, value.name, scope),
      );
      const { id } = await aSource(runtime, document, kind);
      expect(carried.length).toBeGreaterThan(0);
      const { id: other } = done(await createSource(runtime, null, { kind }));
      const answer = done(await bring(runtime, other, await take(runtime, id, format, scope), { scope }));
      expect(policyImportAnswer.parse(answer)).toEqual(answer);
      expect(answer).toMatchObject({
        refused: [],
        ignored: [],
        applied: true,
        changed: carried.length,
        revision: 2,
      });
      expect((await draftOf(runtime, other))?.values).toEqual(carried);
    },
  );

  test.each(['intune', 'reg'] as const)(
    'with values for devices and for people is one file: %s',
    async (format) => {
      const runtime = await anOrganisation();
      const values: SourceValue[] = [
        { scope: 'device', name: USE, value: 'false' },
        { scope: 'user', name: USE, value: 'true' },
      ];
      const { id } = await aSource(runtime, aDocument({}, { values }), 'settings_catalog');
      const { id: other } = done(await createSource(runtime, null, { kind: 'settings_catalog' }));
      const { bytes } = done(await exportPolicy(runtime, { actorId: null }, { format, source: id }));
      done(await bring(runtime, other, bytes));
      expect((await draftOf(runtime, other))?.values).toEqual(values);
    },
  );

  test('is written where Windows looks for it: the nodes of a user, and HKEY_CURRENT_USER', async () => {
    const runtime = await anOrganisation();
    const values: SourceValue[] = [{ scope: 'user', name: USE, value: 'true' }];
    const { id } = await aSource(
      runtime,
      aDocument({}, { values, name: 'Pilot: ring/1' }),
      'settings_catalog',
    );
    const text = async (format: PolicyFormat) => {
      const { bytes, fileName } = done(
        await exportPolicy(runtime, { actorId: null }, { format, source: id }),
      );
      expect(fileName).toMatch(/^latchkey-pilot-ring-1-\d{4}-\d\d-\d\d\.\w+$/);
      return new TextDecoder(format === 'reg' ? 'utf-16le' : 'utf-8').decode(bytes);
    };
    const tenant = await runtime.db.tenant.findFirstOrThrow();
    const node = `./User/Vendor/MSFT/PassportForWork/${tenant.id}/Policies/UsePassportForWork`;
    expect(await text('intune')).toContain(`"omaUri": "${node}"`);
    expect(await text('syncml')).toContain(`<LocURI>${node}</LocURI>`);
    expect(await text('reg')).toBe(
      `Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\${GPR}]\r\n"Enabled"=dword:00000001\r\n\r\n`,
    );
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_exported',
      detail: { format: 'reg', source: id, state: 'published', settings: 1 },
    });
    const query = { format: 'pol', source: id } as const;
    expect(outcome(await exportPolicy(runtime, { actorId: null }, query))).toBe('nothing_to_export');
    done(await exportPolicy(runtime, { actorId: null }, { ...query, scope: 'user' }));
  });

  test('is exported as it is published, and its draft where that is asked for', async () => {
    const runtime = await anOrganisation();
    const { id } = done(
      await createSource(runtime, null, { kind: 'settings_catalog', document: aDocument({ [PIN]: '8' }) }),
    );
    const query = { format: 'reg', source: id } as const;
    expect(outcome(await exportPolicy(runtime, { actorId: null }, query))).toBe('not_found');
    expect(done(await exportPolicy(runtime, { actorId: null }, { ...query, state: 'draft' })).settings).toBe(
      1,
    );
    const nobody = { ...query, source: NOBODY };
    expect(outcome(await exportPolicy(runtime, { actorId: null }, nobody))).toBe('not_found');
  });

  test('of DeviceLock comes back from a custom profile as far as DeviceLock counts the same, and from nothing else', async () => {
    const runtime = await anOrganisation();
    const [LASTS, KEPT] = ['PINComplexity/Expiration', 'PINComplexity/History'] as const;
    const said = { [PIN]: '8', [LASTS]: '90', [KEPT]: '5', 'PINComplexity/Digits': 'require' };
    const { id } = await aSource(runtime, aDocument(said), 'device_lock');
    for (const format of ['reg', 'pol'] as const)
      expect(outcome(await exportPolicy(runtime, { actorId: null }, { format, source: id }))).toBe(
        'nothing_to_export',
      );
    const file = await take(runtime, id, 'intune', 'device');
    const { id: other } = done(await createSource(runtime, null, { kind: 'device_lock' }));
    expect(done(await bring(runtime, other, file))).toMatchObject({ refused: [], ignored: [], changed: 3 });
    expect((await draftOf(runtime, other))?.values).toEqual(
      [PIN, LASTS, KEPT].map((name) => ({ scope: 'device', name, value: said[name as typeof PIN] })),
    );
    const { id: catalogue } = done(await createSource(runtime, null, { kind: 'settings_catalog' }));
    expect(done(await bring(runtime, catalogue, file, { dryRun: true }))).toMatchObject({
      understood: [],
      ignoredTotal: 3,
    });
    const hello = reg(`[HKLM\\${GPR}\\PINComplexity]`, '"MinimumPINLength"=dword:00000009');
    expect(done(await bring(runtime, other, hello, { dryRun: true }))).toMatchObject({
      understood: [],
      refused: [{ reason: 'not_in_this_kind' }],
    });
  });

  test('of DeviceLock carries no number that DeviceLock does not take, and takes none', async () => {
    const runtime = await anOrganisation();
    const { id } = await aSource(runtime, aDocument({ [PIN]: '20' }), 'device_lock');
    const query = { format: 'syncml', source: id } as const;
    expect(outcome(await exportPolicy(runtime, { actorId: null }, query))).toBe('nothing_to_export');
    const profile = (value: unknown) =>
      new TextEncoder().encode(
        JSON.stringify({
          '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
          omaSettings: [
            {
              '@odata.type': `#microsoft.graph.omaSetting${typeof value === 'number' ? 'Integer' : 'String'}`,
              omaUri: './Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength',
              value,
            },
          ],
        }),
      );
    for (const [value, reason] of [
      [20, 'bad_value'],
      ['8', 'wrong_type'],
    ] as const)
      expect(done(await bring(runtime, id, profile(value), { dryRun: true }))).toMatchObject({
        understood: [],
        refused: [{ reason }],
      });
  });
});

describe('an import into a draft', () => {
  const mixed = reg(
    `[HKLM\\${GPR}]`,
    '"Enabled"=dword:00000001',
    `[HKEY_CURRENT_USER\\${GPR}]`,
    '"Enabled"=dword:00000000',
    `[HKEY_USERS\\S-1-5-21-1-2-3-1001\\${GPR}]`,
    '"Enabled"=dword:00000000',
    `[HKLM\\${GPR}\\PINComplexity]`,
    '"MinimumPINLength"=dword:00000003',
    '"Digits"=dword:00000001',
    '"History"=-',
    '[HKLM\\SOFTWARE\\Other]',
    '"Thing"="x"',
  );

  test('that is tried says what is understood, ignored and refused for this kind, and does nothing', async () => {
    const runtime = await anOrganisation();
    const document = aDocument({ 'PINComplexity/History': '5' });
    const { id } = await aSource(runtime, document, 'account_protection');
    const tried = done(await bring(runtime, id, mixed, { dryRun: true }));
    expect(tried.understood.map(({ scope, name, value, before }) => [scope, name, value, before])).toEqual([
      ['device', USE, 'true', null],
      ['device', 'PINComplexity/History', null, '5'],
    ]);
    expect(tried.refused.map(({ name, reason }) => [name, reason])).toEqual([
      [USE, 'one_person'],
      [PIN, 'bad_value'],
      ['PINComplexity/Digits', 'not_in_this_kind'],
    ]);
    expect(tried).toMatchObject({ ignoredTotal: 1, applied: false, revision: 2 });
    expect(tried.understood[0]?.title).toBe('Block Windows Hello for Business');
    expect(await draftOf(runtime, id)).toBeNull();
  });

  test('takes all of what was understood or nothing, and changes nothing that applies', async () => {
    const runtime = await anOrganisation();
    const document = aDocument({ 'PINComplexity/History': '5' });
    const { id } = await aSource(runtime, document, 'settings_catalog');
    const version = await readPolicyVersion(runtime.db);
    expect(outcome(await bring(runtime, id, mixed))).toBe('import_incomplete');
    expect(await draftOf(runtime, id)).toBeNull();
    expect(done(await bring(runtime, id, mixed, { leaveOutRefused: true }))).toMatchObject({
      applied: true,
      changed: 3,
    });
    expect((await draftOf(runtime, id))?.values).toEqual([
      { scope: 'device', name: USE, value: 'true' },
      { scope: 'device', name: 'PINComplexity/Digits', value: 'require' },
    ]);
    expect((await readSource(runtime.db, id))?.published).toEqual(document);
    expect(await readPolicyVersion(runtime.db)).toBe(version);
    expect(await runtime.db.policyValue.count()).toBe(0);
  });

  test('is refused where somebody changed the draft since it was tried, or where the source is gone', async () => {
    const runtime = await anOrganisation();
    const { id } = done(await createSource(runtime, null, { kind: 'settings_catalog' }));
    const file = reg(`[HKLM\\${GPR}]`, '"Enabled"=dword:00000001');
    const { revision } = done(await bring(runtime, id, file, { dryRun: true }));
    expect(revision).toBe(1);
    const once = { revision: revision ?? 0 };
    done(await bring(runtime, id, file, once));
    expect(outcome(await bring(runtime, id, file, once))).toBe('policy_changed_meanwhile');
    expect(outcome(await bring(runtime, NOBODY, file))).toBe('not_found');
    expect(outcome(await bring(runtime, id, Buffer.from('garbage')))).toBe('artefact_unreadable');
  });

  test('that would contradict what the draft says is refused as a whole', async () => {
    const runtime = await anOrganisation();
    const document = aDocument({ 'PINComplexity/MaximumPINLength': '6' });
    const { id } = done(await createSource(runtime, null, { kind: 'settings_catalog', document }));
    const file = reg(
      `[HKLM\\${GPR}]`,
      '"Enabled"=dword:00000001',
      `[HKLM\\${GPR}\\PINComplexity]`,
      '"MinimumPINLength"=dword:00000008',
    );
    expect(done(await bring(runtime, id, file, { dryRun: true })).contradiction).toMatch(
      /Maximum PIN length/,
    );
    expect(outcome(await bring(runtime, id, file))).toBe('settings_disagree');
    expect(await draftOf(runtime, id)).toEqual(document);
  });
});

describe('the command line', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-source-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const source = async (runtime: TestRuntime, words: string[], options = {}) =>
    String(await policySourceCommands['policy source']?.run(runtime, words, options));

  test('makes a source from a file, shows, publishes and lists it', async () => {
    const runtime = await anOrganisation();
    await createGroup(runtime, null, { name: 'Pilot' });
    const [pilot] = await listGroups(runtime);
    const path = join(folder, 'source.json');
    const value = { scope: 'device', name: PIN, value: '8' };
    writeFileSync(path, JSON.stringify({ name: 'Pilot PIN', include: ['Pilot'], values: [value] }));
    const id = (await source(runtime, ['create', 'settings_catalog', path])).split('\n')[0] ?? '';
    expect(await source(runtime, ['list'])).toBe(`${id}\tsettings_catalog\tdraft\tPilot PIN\t1 setting`);
    expect(await source(runtime, ['publish', id])).toMatch(/^Published: version 1/);
    await expect(source(runtime, ['publish', id])).rejects.toThrow('There is no draft');
    expect(JSON.parse(await source(runtime, ['show', id]))).toMatchObject({
      id,
      version: 1,
      draft: null,
      published: { ...emptyDocument, name: 'Pilot PIN', include: [pilot?.id], values: [value] },
      versions: [{ version: 1, actorId: null }],
    });
    expect(await source(runtime, ['list'])).toContain('published v1');
    const out = join(folder, 'pilot.reg');
    const exporting = policyFileCommands['policy export'];
    const importing = policyFileCommands['policy import'];
    expect(await exporting?.run(runtime, [], { format: 'reg', source: id, out })).toBe(
      `1 setting in ${out}.`,
    );
    const { id: other } = done(await createSource(runtime, null, { kind: 'settings_catalog' }));
    expect(await importing?.run(runtime, [out], { source: other })).toContain('Changed: 1.');
    expect((await draftOf(runtime, other))?.values).toEqual([value]);
  });

  test('says what is wrong with a kind, a file, a group and a source', async () => {
    const runtime = await anOrganisation();
    const path = join(folder, 'source.json');
    const write = (document: unknown) => writeFileSync(path, JSON.stringify(document));
    await expect(source(runtime, ['create', 'registry', path])).rejects.toThrow('Which kind?');
    await expect(source(runtime, ['create', 'group_policy', `${path}.gone`])).rejects.toThrow(
      'cannot be read as JSON',
    );
    write({ name: 'One', include: ['Nobody knows it'] });
    await expect(source(runtime, ['create', 'group_policy', path])).rejects.toThrow('There is no group');
    write({ name: 'One', values: [{ scope: 'user', name: PIN, value: '8' }] });
    await expect(source(runtime, ['create', 'group_policy', path])).rejects.toThrow('not_in_this_kind');
    write({ name: 'One', colour: 'blue' });
    await expect(source(runtime, ['create', 'group_policy', path])).rejects.toThrow(path);
    await expect(source(runtime, ['show', 'x'])).rejects.toThrow('There is no policy source x');
    await expect(source(runtime, ['dance'])).rejects.toThrow('list | show | create | publish');
    expect(await source(runtime, ['list'])).toBe('There are no policy sources yet.');
  });

  test('asks again before it locks every administrator out', async () => {
    const runtime = await anOrganisation();
    await aPerson(runtime, 'ada', ['global_administrator']);
    const { id } = done(
      await createSource(runtime, null, {
        kind: 'settings_catalog',
        document: aDocument({ [USE]: 'false' }),
      }),
    );
    await expect(source(runtime, ['publish', id])).rejects.toThrow('--confirmed');
    expect(await source(runtime, ['publish', id], { confirmed: true })).toMatch(/^Published/);
  });
});
