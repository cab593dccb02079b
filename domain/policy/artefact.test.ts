import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { readArtefact } from './artefact-import.ts';
import { carries, encodePolicy, exportable, type PolicyFormat, policyFormatNames } from './artefacts.ts';
import { parseCustomProfile } from './custom-profile.ts';
import { encodeRegFile, parseRegFile } from './reg-file.ts';
import { type RegistryValue, registryText, registryTypes, utf16 } from './registry.ts';
import { encodeRegistryPol, parseRegistryPol } from './registry-pol.ts';
import { unlockProviders } from './setting-text.ts';
import { isSetTogether, policySettings, type Setting, type SettingName, settingNames } from './settings.ts';

const TENANT = '1d6e7f90-3c2b-4f5a-9e8d-0a1b2c3d4e5f';
const contoso = { name: 'Contoso', tenantId: TENANT };
const windowsNames = settingNames.filter((name) => (policySettings[name] as Setting).windows !== undefined);

const PHONE =
  '<rule schemaVersion="1.0"><signal type="bluetooth" scenario="SCENARIO" classOfDevice="512"/></rule>';
/** Values that each kind of text may have. */
const texts = {
  'first-unlock-factors': [`${unlockProviders.pin},${unlockProviders.face}`],
  'second-unlock-factors': [`${unlockProviders.trustedSignal}, ${unlockProviders.pin}`],
  providers: ['{60B78E88-EAD8-445C-9CFD-0B87F74EA6CD}'],
  'unlock-signals': [PHONE.replace('SCENARIO', 'Authentication')],
  'lock-signals': [PHONE.replace('SCENARIO', 'Dynamic Lock')],
  domains: ['contoso.com;login.example.org'],
  domain: ['contoso.com'],
} as const;

/** Every value of a setting, or its bounds where there are many. */
function samples(name: SettingName): readonly string[] {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') return ['true', 'false'];
  if (setting.type === 'integer') return [String(setting.minimum), String(setting.maximum)];
  if (setting.type === 'choice') return setting.choices;
  return setting.type === 'text' ? texts[setting.kind] : [];
}

const importable = policyFormatNames.filter((format) => format !== 'syncml');
const everyWay = windowsNames.flatMap((name) =>
  importable
    .filter((format) => carries(format, name))
    .flatMap((format) => samples(name).map((text) => [name, format, text] as const)),
);

const pin = (name: string) => `PINComplexity/${name}`;

describe('the table', () => {
  test('gives every setting of Windows a format that can be read back', () => {
    for (const name of windowsNames)
      expect([name, importable.some((format) => carries(format, name))]).toEqual([name, true]);
  });

  test('has the settings of all groups', () => {
    expect(windowsNames).toHaveLength(39);
    expect(
      windowsNames.filter((name) => policySettings[name] && !('governs' in policySettings[name])),
    ).toEqual([
      'UsePassportForWork',
      'DisablePostLogonProvisioning',
      'EnablePinRecovery',
      'UseBiometrics',
      'RequireSecurityDevice',
      'ExcludeSecurityDevices/TPM12',
      'EnablePasswordlessExperience',
      ...['MinimumPINLength', 'MaximumPINLength', 'Digits', 'LowercaseLetters', 'UppercaseLetters'].map(pin),
      ...['SpecialCharacters', 'Expiration', 'History'].map(pin),
      ...['GroupA', 'GroupB', 'Plugins'].map((name) => `DeviceUnlock/${name}`),
      'EnableWebSignIn',
      'ConfigureWebSignInAllowedUrls',
    ]);
  });

  test('names no place twice', () => {
    const facts = windowsNames.flatMap((name) => (policySettings[name] as Setting).windows ?? []);
    const registry = facts.flatMap((each) =>
      each.registry ? [`${each.registry.key}\\${each.registry.value}`.toLowerCase()] : [],
    );
    const uris = facts.flatMap((each) => (each.csp ? [each.csp.uri, ...(each.csp.formerUris ?? [])] : []));
    expect(new Set(registry).size).toBe(registry.length);
    expect(new Set(uris).size).toBe(uris.length);
  });
});

describe('round trip', () => {
  test.each(everyWay)('%s in %s: %s', (name, format, text) => {
    const read = readArtefact(encodePolicy(format, [{ name, text }], contoso));
    if (isSetTogether(name)) {
      // It is known, and left to the page that changes it with the others.
      expect(read).toMatchObject({ value: { understood: [], refused: [{ name, reason: 'set_together' }] } });
      return;
    }
    expect(read).toMatchObject({
      ok: true,
      value: { format, understood: [{ name, value: text }], ignored: [], refused: [] },
    });
  });

  const policies = fc
    .tuple(
      ...windowsNames
        .filter((name) => !isSetTogether(name))
        .map((name) => fc.option(fc.constantFrom(...samples(name))).map((text) => ({ name, text }))),
    )
    .map((values) =>
      values.filter((value): value is { name: SettingName; text: string } => value.text !== null),
    );

  test.each(importable)('of whole policies in %s', (format) => {
    fc.assert(
      fc.property(policies, (values) => {
        const read = readArtefact(encodePolicy(format, values, contoso));
        const expected = exportable(format, values).map(({ name, text }) => ({ name, value: text }));
        expect(read).toMatchObject({ ok: true, value: { ignored: [], refused: [] } });
        const understood = read.ok ? read.value.understood.map(({ name, value }) => ({ name, value })) : [];
        expect(understood).toHaveLength(expected.length);
        expect(understood).toEqual(expect.arrayContaining(expected));
      }),
    );
  });
});

const ascii = (text: string) => new TextEncoder().encode(text);
const regFile = (...lines: string[]) =>
  ascii(['Windows Registry Editor Version 5.00', '', ...lines].join('\r\n'));
const GPR = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\PassportForWork';
const reading = (bytes: Uint8Array) => {
  const read = readArtefact(bytes);
  if (!read.ok) throw new Error(`${read.at}: ${read.why}`);
  return read.value;
};
const words = (bytes: Uint8Array) => {
  const { understood, ignored, refused } = reading(bytes);
  return {
    understood: understood.map(({ name, value }) => [name, value]),
    ignored: ignored.length,
    refused: refused.map(({ name, reason }) => [name, reason]),
  };
};

describe('a registry file', () => {
  test('is what regedit writes, byte for byte', () => {
    const bytes = encodePolicy('reg', [{ name: 'UsePassportForWork', text: 'true' }], contoso);
    expect([...bytes.slice(0, 4)]).toEqual([0xff, 0xfe, 0x57, 0x00]);
    expect(new TextDecoder('utf-16le').decode(bytes)).toBe(
      `Windows Registry Editor Version 5.00\r\n\r\n[${GPR}]\r\n"Enabled"=dword:00000001\r\n\r\n`,
    );
  });

  test('escapes quotes and backslashes in a text', () => {
    const text = texts['unlock-signals'][0];
    const bytes = encodePolicy('reg', [{ name: 'DeviceUnlock/Plugins', text }], contoso);
    expect(new TextDecoder('utf-16le').decode(bytes)).toContain('"Plugins"="<rule schemaVersion=\\"1.0\\">');
  });

  test('is read as group policy writes it and as MDM left it in the registry, in any case', () => {
    const expected = { understood: [['PINComplexity/MinimumPINLength', '8']], ignored: 0, refused: [] };
    for (const key of [
      `${GPR}\\PINComplexity`,
      `${GPR.toLowerCase()}\\pincomplexity`,
      `HKLM\\SOFTWARE\\Policies\\Microsoft\\PassportForWork\\PINComplexity`,
      `HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Policies\\PassportForWork\\${TENANT}\\Device\\Policies\\PINComplexity`,
    ])
      for (const value of ['dword:8', 'dword:00000008', 'hex(4):08,00,00,00', 'hex(4):08,\\\r\n  00,00,00'])
        expect(words(regFile(`[${key}]`, `"minimumPINLength"=${value}`))).toEqual(expected);
  });

  test('says of each line whether it is understood, ignored or refused', () => {
    const file = regFile(
      `[${GPR}]`,
      '; a comment',
      '"Enabled"=dword:00000001',
      '"EnablePinRecovery"=dword:00000002',
      '"UseCloudTrustForOnPremAuth"="yes"',
      '"RequireSecurityDevice"=dword:00000001',
      '"Unknown"=dword:00000001',
      '@="text"',
      `[HKEY_CURRENT_USER\\SOFTWARE\\Policies\\Microsoft\\PassportForWork]`,
      '"Enabled"=dword:00000000',
      `[HKEY_USERS\\S-1-5-21-1-2-3-1001\\SOFTWARE\\Policies\\Microsoft\\PassportForWork]`,
      '"DisablePostLogonProvisioning"=dword:00000000',
      '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]',
      '"Enabled"=dword:00000001',
    );
    expect(words(file)).toEqual({
      understood: [],
      ignored: 3,
      refused: [
        ['EnablePinRecovery', 'bad_value'],
        ['UseCloudTrustForOnPremAuth', 'wrong_type'],
        ['RequireSecurityDevice', 'set_together'],
        ['UsePassportForWork', 'user_scope'],
        ['DisablePostLogonProvisioning', 'user_scope'],
      ],
    });
  });

  test('looks at each character of a value on many lines a few times, and not once for every line', () => {
    const lines = Array<string>(2000).fill('00,\\');
    const bytes = regFile(`[${GPR}]`, '"Enabled"=hex:\\', ...lines, '00');
    const slice = vi.spyOn(String.prototype, 'slice');
    const parsed = parseRegFile(bytes);
    const looked = slice.mock.contexts.reduce((sum: number, text) => sum + `${text}`.length, 0);
    slice.mockRestore();
    expect(parsed).toMatchObject({ ok: true, value: [{ name: 'Enabled', data: new Uint8Array(2001) }] });
    expect(looked).toBeLessThan(4 * bytes.length);
  });

  test('may have a text with what Unicode calls a line break', () => {
    expect(parseRegFile(regFile(`[${GPR}]`, '"x"="a\u2028b"'))).toMatchObject({
      ok: true,
      value: [{ name: 'x', data: registryText('a\u2028b') }],
    });
  });

  test('takes values away: one, those of a key, and a key with all below it', () => {
    const cleared = [
      ['UsePassportForWork', null],
      ['PINComplexity/History', '5'],
    ];
    expect(
      words(regFile(`[${GPR}]`, '"Enabled"=-', `[${GPR}\\PINComplexity]`, '"History"=dword:5')).understood,
    ).toEqual(cleared);
    const all = reading(regFile(`[-${GPR}]`)).understood.map(({ name }) => name);
    expect(all).toContain('DeviceUnlock/GroupA');
    expect(all).toContain('PINComplexity/Digits');
    expect(all).not.toContain('UseBiometrics');
    expect(
      reading(regFile('[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\PassportForWorkX]')).understood,
    ).toEqual([]);
    expect(words(regFile(`[-${GPR}]`, `[${GPR}]`, '"Enabled"=dword:1')).understood).toContainEqual([
      'UsePassportForWork',
      'true',
    ]);
  });

  test('that says two things of one setting is taken for neither, and the same thing twice for one', () => {
    const twice = (other: string) =>
      words(regFile(`[${GPR}]`, '"Enabled"=dword:00000001', `"enabled"=${other}`));
    expect(twice('dword:00000000')).toMatchObject({
      understood: [],
      refused: [['UsePassportForWork', 'contradicts_itself']],
    });
    expect(twice('-')).toMatchObject({
      understood: [],
      refused: [['UsePassportForWork', 'contradicts_itself']],
    });
    expect(twice('dword:1')).toMatchObject({ understood: [['UsePassportForWork', 'true']], refused: [] });
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['another header', ascii('Windows Registry Editor Version 6.00\r\n')],
    ['UTF-16 that is cut off', utf16('\ufeffWindows Registry Editor Version 5.00').slice(0, -1)],
    ['UTF-16 without a byte order mark', utf16('Windows Registry Editor Version 5.00\r\n')],
    ['half a surrogate pair', utf16('\ufeffWindows Registry Editor Version 5.00\r\n;\ud800')],
    ['bytes that are no UTF-8', Uint8Array.of(...ascii('Windows Registry Editor Version 5.00\n;'), 0xff)],
    ['a value below no key', regFile('"Enabled"=dword:1')],
    ['a value below a key that is removed', regFile(`[-${GPR}]`, '"Enabled"=dword:1')],
    ['a key without its end', regFile(`[${GPR}`)],
    ['a name without its end', regFile(`[${GPR}]`, '"Enabled=dword:1')],
    ['a value without its end', regFile(`[${GPR}]`, '"Enabled"="1')],
    ['a dword that is none', regFile(`[${GPR}]`, '"Enabled"=dword:xyz')],
    ['a dword of nine digits', regFile(`[${GPR}]`, '"Enabled"=dword:000000001')],
    ['hex that is none', regFile(`[${GPR}]`, '"Enabled"=hex(4):1')],
    ['hex that goes on nowhere', regFile(`[${GPR}]`, '"Enabled"=hex(4):01,\\')],
    ['a line of anything', regFile(`[${GPR}]`, 'Enabled')],
    ['too many lines', regFile(...Array.from({ length: 20_001 }, () => '[A\\B]'))],
    ['too many lines of one value', regFile(`[${GPR}]`, '"x"=hex:\\', ...Array(20_001).fill('00,\\'), '00')],
    ['too many lines of nothing', regFile(`[${GPR}]`, ...Array(20_001).fill(''))],
    ['a key that is too long', regFile(`[HKLM\\${'x'.repeat(2001)}]`, '"Enabled"=dword:1')],
  ])('is unreadable as a whole with %s', (what, bytes) => {
    const parsed = readArtefact(bytes);
    // The end of a value may be missing as the end of a file is: what is there is then no whole number.
    if (what === 'hex that goes on nowhere')
      expect(words(bytes).refused).toEqual([['UsePassportForWork', 'wrong_type']]);
    else expect(parsed.ok).toBe(false);
  });
});

/** One entry of Registry.pol, written down from [MS-GPREG] 2.2.1: brackets, semicolons and texts in UTF-16. */
const entry = (key: string, name: string, type: number, data: readonly number[]) => [
  ...[0x5b, 0],
  ...[...key].flatMap((letter) => [letter.charCodeAt(0), 0]),
  ...[0, 0, 0x3b, 0],
  ...[...name].flatMap((letter) => [letter.charCodeAt(0), 0]),
  ...[0, 0, 0x3b, 0],
  ...[type, 0, 0, 0, 0x3b, 0],
  ...[data.length, 0, 0, 0, 0x3b, 0],
  ...data,
  ...[0x5d, 0],
];
const HEAD = [0x50, 0x52, 0x65, 0x67, 1, 0, 0, 0];
const KEY = 'SOFTWARE\\Policies\\Microsoft\\PassportForWork';
const pol = (...entries: number[][]) => Uint8Array.from([...HEAD, ...entries.flat()]);

describe('Registry.pol', () => {
  test('is what the specification says, byte for byte', () => {
    const values = [
      { name: 'UsePassportForWork', text: 'true' },
      { name: 'PINComplexity/History', text: '5' },
      { name: 'DeviceUnlock/GroupA', text: unlockProviders.pin },
    ] as const;
    const text = [...`${unlockProviders.pin}\0`].flatMap((letter) => [letter.charCodeAt(0), 0]);
    expect([...encodePolicy('pol', values, contoso)]).toEqual([
      ...pol(
        entry(KEY, 'Enabled', 4, [1, 0, 0, 0]),
        entry(`${KEY}\\PINComplexity`, 'History', 4, [5, 0, 0, 0]),
        entry(`${KEY}\\DeviceUnlock`, 'GroupA', 1, text),
      ),
    ]);
  });

  test('is read with what it takes away', () => {
    const list = (text: string) => [...`${text}\0`].flatMap((letter) => [letter.charCodeAt(0), 0]);
    expect(words(pol(entry(KEY, '**del.Enabled', 1, [0x20, 0, 0, 0])))).toEqual({
      understood: [['UsePassportForWork', null]],
      ignored: 0,
      refused: [],
    });
    const below = `${KEY}\\PINComplexity`;
    expect(
      words(pol(entry(below, '**delvals.', 1, [0x20, 0, 0, 0]), entry(below, 'Digits', 4, [2, 0, 0, 0])))
        .understood,
    ).toEqual(
      expect.arrayContaining([
        ['PINComplexity/Digits', 'forbid'],
        ['PINComplexity/History', null],
      ]),
    );
    expect(words(pol(entry(below, '**DeleteValues', 1, list('History;Expiration')))).understood).toEqual([
      ['PINComplexity/History', null],
      ['PINComplexity/Expiration', null],
    ]);
    expect(words(pol(entry(below, '**DeleteValues', 1, list('History\0;Expiration')))).understood).toEqual([
      ['PINComplexity/History', null],
    ]);
    expect(words(pol(entry(KEY, '**DeleteKeys', 1, list('DeviceUnlock')))).understood).toHaveLength(3);
    expect(words(pol(entry(KEY, '**SecureKey', 4, [1, 0, 0, 0])))).toEqual({
      understood: [],
      ignored: 1,
      refused: [],
    });
  });

  const whole = pol(entry(KEY, 'Enabled', 4, [1, 0, 0, 0]));
  const changed = (at: number, byte: number) => whole.map((old, index) => (index === at ? byte : old));
  test.each([
    ['another signature', changed(0, 0x51)],
    ['another version', changed(4, 2)],
    ['an entry that does not begin', changed(8, 0x5c)],
    ['an entry that does not end', changed(whole.length - 2, 0x5c)],
    ['a size beyond the file', changed(whole.length - 10, 0xff)],
    ['a size that is huge', changed(whole.length - 9, 0xff)],
    ['something after the last entry', Uint8Array.of(...whole, 0)],
    ['an empty key', pol(entry('', 'Enabled', 4, [1, 0, 0, 0]))],
    ['a name that is too long', pol(entry(KEY, 'x'.repeat(300), 4, [1, 0, 0, 0]))],
  ])('is unreadable as a whole with %s', (what, bytes) => {
    if (what === 'another signature') expect(parseRegistryPol(bytes).ok).toBe(false);
    else expect(readArtefact(bytes).ok).toBe(false);
  });

  test('is unreadable wherever it is cut off, except between two entries', () => {
    for (let length = 0; length < whole.length; length += 1)
      expect([length, parseRegistryPol(whole.slice(0, length)).ok]).toEqual([length, length === HEAD.length]);
  });
});

/** Registry.pol with instructions that list so many parts each. */
const instructions = (name: string, ...counts: number[]) =>
  encodeRegistryPol(
    counts.map((count) => ({
      kind: 'value',
      hive: 'HKEY_LOCAL_MACHINE',
      key: KEY,
      name,
      type: registryTypes.REG_SZ,
      data: registryText(Array(count).fill('a').join(';')),
      at: '',
    })),
  );

describe.each(['**DeleteKeys', '**DeleteValues'])('an instruction %s', (name) => {
  test('counts as what it takes away, alone and with others', () => {
    const read = parseRegistryPol(instructions(name, 20_000));
    expect(read.ok && read.value.length).toBe(20_000);
    for (const counts of [[20_001], [120_000], [10_000, 10_001]])
      expect(parseRegistryPol(instructions(name, ...counts))).toMatchObject({
        ok: false,
        at: expect.stringContaining(`entry ${counts.length}`),
        why: 'there are more than 20000 entries',
      });
  });
});

const profile = (...omaSettings: unknown[]) =>
  ascii(
    JSON.stringify({
      '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
      displayName: 'x',
      omaSettings,
    }),
  );
const oma = (type: string, omaUri: string, value: unknown) => ({
  '@odata.type': `#microsoft.graph.omaSetting${type}`,
  displayName: 'x',
  omaUri,
  value,
});
const node = (path: string, tenant = TENANT) =>
  `./Device/Vendor/MSFT/PassportForWork/${tenant}/Policies/${path}`;

describe('a custom profile', () => {
  test('is what Graph takes', () => {
    const bytes = encodePolicy(
      'intune',
      [
        { name: 'UsePassportForWork', text: 'true' },
        { name: 'EnableWebSignIn', text: 'off' },
        { name: 'ExcludedCredentialProviders', text: texts.providers[0] },
      ],
      contoso,
    );
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({
      '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
      displayName: 'Windows Hello for Business, Contoso',
      omaSettings: [
        oma('Boolean', node('UsePassportForWork'), true),
        oma('Integer', './Device/Vendor/MSFT/Policy/Config/Authentication/EnableWebSignIn', 2),
        oma(
          'String',
          './Device/Vendor/MSFT/Policy/Config/ADMX_CredentialProviders/ExcludedCredentialProviders',
          `<enabled/><data id="ExcludedCredentialProviders_Message" value="${texts.providers[0]}"/>`,
        ),
      ].map((setting) => ({ ...setting, displayName: expect.any(String) })),
    });
  });

  test('is read for any tenant, in the older forms of its addresses too', () => {
    for (const uri of [
      node('UsePassportForWork'),
      node('UsePassportForWork', `{${TENANT}}`),
      node('UsePassportForWork', '{TenantId}'),
      node('UsePassportForWork').replace('./Device', '.'),
    ])
      expect(words(profile(oma('Boolean', uri, true))).understood).toEqual([['UsePassportForWork', 'true']]);
    const former = './Device/Vendor/MSFT/PassportForWork/UseBiometrics';
    expect(words(profile(oma('Boolean', former, false))).understood).toEqual([['UseBiometrics', 'false']]);
  });

  test('says what it cannot take', () => {
    expect(
      words(
        profile(
          oma('Integer', node('UsePassportForWork'), 1),
          oma('Boolean', node('EnablePinRecovery'), 'true'),
          oma('Integer', node('PINComplexity/MinimumPINLength'), 3),
          oma('Integer', node('PINComplexity/MaximumPINLength'), 8.5),
          oma('Integer', node('PINComplexity/Digits'), 3),
          oma('Boolean', node('RequireSecurityDevice').replace('./Device', './User'), true),
          oma('Boolean', node('RequireSecurityDevice'), true),
          oma('Base64', node('UseCloudTrustForOnPremAuth'), 'dHJ1ZQ=='),
          oma('Boolean', node('NoSuchNode'), true),
          oma('String', './Device/Vendor/MSFT/Policy/Config/Other/Thing', 'x'),
        ),
      ),
    ).toEqual({
      understood: [],
      ignored: 2,
      refused: [
        ['UsePassportForWork', 'wrong_type'],
        ['EnablePinRecovery', 'wrong_type'],
        ['PINComplexity/MinimumPINLength', 'bad_value'],
        ['PINComplexity/MaximumPINLength', 'wrong_type'],
        ['PINComplexity/Digits', 'bad_value'],
        ['RequireSecurityDevice', 'user_scope'],
        ['RequireSecurityDevice', 'set_together'],
        ['UseCloudTrustForOnPremAuth', 'wrong_type'],
      ],
    });
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    [
      'another kind of profile',
      '{"@odata.type":"#microsoft.graph.windows10GeneralConfiguration","omaSettings":[]}',
    ],
    ['no settings', '{"@odata.type":"#microsoft.graph.windows10CustomConfiguration"}'],
    [
      'a setting without an address',
      '{"@odata.type":"#microsoft.graph.windows10CustomConfiguration","omaSettings":[{"@odata.type":"x"}]}',
    ],
  ])('is unreadable as a whole: %s', (_what, text) => {
    expect(parseCustomProfile(ascii(text)).ok).toBe(false);
    expect(readArtefact(ascii(text)).ok).toBe(false);
  });
});

test('SyncML puts all values in place or none, with their formats', () => {
  const bytes = encodePolicy(
    'syncml',
    [
      { name: 'UsePassportForWork', text: 'true' },
      { name: 'PINComplexity/History', text: '5' },
      { name: 'DeviceUnlock/Plugins', text: texts['unlock-signals'][0] },
      { name: 'RequireHelloOrSmartCard', text: 'true' },
    ],
    contoso,
  );
  const text = new TextDecoder().decode(bytes);
  expect([...text.matchAll(/<CmdID>(\d+)/g)].map(([, id]) => id)).toEqual(['1', '2', '3', '4']);
  expect([...text.matchAll(/<Format xmlns="syncml:metinf">(\w+)/g)].map(([, format]) => format)).toEqual([
    'bool',
    'int',
    'chr',
  ]);
  expect(text).toContain(`<LocURI>${node('PINComplexity/History')}</LocURI>`);
  expect(text).toContain('<Data>&lt;rule schemaVersion=&quot;1.0&quot;&gt;');
  expect(text.match(/<(Atomic|Replace)>/g)).toEqual(['<Atomic>', '<Replace>', '<Replace>', '<Replace>']);
});

describe('every parser', () => {
  const names = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'aZ09 \\"=;[]-@ü€') });
  const registryValues: fc.Arbitrary<RegistryValue[]> = fc.array(
    fc
      .record({
        key: fc.stringMatching(/^[a-zA-Z0-9 ;"=-]([a-zA-Z0-9 ;"=\\-]{0,20}[a-zA-Z0-9])?$/),
        name: names,
        content: fc.oneof(
          fc.nat(0xffffffff).map((number) => ({
            type: registryTypes.REG_DWORD,
            data: Uint8Array.from([number & 255, (number >> 8) & 255, (number >> 16) & 255, number >>> 24]),
          })),
          fc
            .string({ unit: 'grapheme', maxLength: 30 })
            .filter((text) => !text.includes('\0'))
            .map((text) => ({ type: registryTypes.REG_SZ, data: registryText(text) })),
          fc.record({ type: fc.constantFrom(0, 2, 3, 7, 11), data: fc.uint8Array({ maxLength: 40 }) }),
        ),
      })
      .map(
        ({ key, name, content }) =>
          ({ kind: 'value', hive: 'HKEY_LOCAL_MACHINE', key, name, ...content, at: '' }) as const,
      ),
    { maxLength: 8 },
  );
  const plain = (values: readonly { readonly key: string }[]) =>
    values.map((value) => ({
      ...value,
      at: '',
      ...('data' in value ? { data: [...(value.data as Uint8Array)] } : {}),
    }));

  test('of Registry.pol reads what was written', () => {
    fc.assert(
      fc.property(registryValues, (values) => {
        const parsed = parseRegistryPol(encodeRegistryPol(values));
        expect(parsed.ok && plain(parsed.value)).toEqual(plain(values));
      }),
    );
  });

  test('of registry files reads what was written, key by key', () => {
    fc.assert(
      fc.property(registryValues, (values) => {
        const keys = [...new Set(values.map(({ key }) => key))];
        const byKey = keys.flatMap((key) => values.filter((value) => value.key === key));
        const parsed = parseRegFile(encodeRegFile(values));
        expect(parsed.ok && plain(parsed.value)).toEqual(plain(byKey));
      }),
    );
  });

  const anything: fc.Arbitrary<Uint8Array> = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.of(...HEAD, ...bytes)),
    fc
      .string({ unit: fc.constantFrom(...'[]"=-;\\\r\n@hex(4):dword,01 HKEY_LOCAL_MACHINE'), maxLength: 300 })
      .map((text) => regFile(text)),
    fc.json().map(ascii),
    fc
      .json()
      .map((text) =>
        ascii(`{"@odata.type":"#microsoft.graph.windows10CustomConfiguration","omaSettings":[${text}]}`),
      ),
    fc
      .tuple(fc.nat(400), fc.nat(255), fc.constantFrom<PolicyFormat>(...importable))
      .map(([at, byte, format]) => {
        const bytes = encodePolicy(
          format,
          windowsNames.map((name) => ({ name, text: samples(name)[0] ?? '' })),
          contoso,
        );
        return bytes.map((old, index) => (index === at % bytes.length ? byte : old));
      }),
  );

  test('answers whatever it is given, without an error of its own, and understands allowed values alone', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const read = readArtefact(bytes);
        if (!read.ok) {
          expect(read.why).not.toBe('');
          return;
        }
        const names = read.value.understood.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const { name } of read.value.refused) expect(names).not.toContain(name);
      }),
      { numRuns: 500 },
    );
  });

  test('takes time in proportion: a file of half a megabyte on one line, or of nothing but continued lines', () => {
    const long = ascii('x'.repeat(500_000));
    for (const bytes of [
      long,
      regFile('[A]', `"a"="${'\\\\'.repeat(200_000)}`),
      regFile('[A]', `"a"=hex:${'00,\\\r\n'.repeat(15_000)}00`),
      regFile('[A]', `"a"=hex:${'00,   '.repeat(60_000)}x`),
    ])
      expect(readArtefact(bytes)).toBeDefined();
  });
});
