import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_AAGUID } from '../attestation/aaguids.ts';
import { tenantCandidates } from './assignment.ts';
import { type Candidate, resolve, TENANT } from './resolve.ts';
import { disagreement, type ReadValue } from './rules.ts';
import {
  AAGUIDS_MAX,
  ALL_USERS,
  parseSetting,
  policySettings,
  ruleModes,
  type SettingName,
  settingGroups,
  settingNames,
  settingOrder,
  settingText,
} from './settings.ts';

const tenant = (name: string, value: string): Candidate[] => [...tenantCandidates([{ name, value }])];

describe('a setting', () => {
  test.each(settingNames)(
    '%s has its default while nobody has set it, and the default is an allowed value',
    (name) => {
      expect(resolve(name, [])).toMatchObject({
        value: policySettings[name].default,
        source: null,
        known: true,
      });
      expect(parseSetting(name, settingText(policySettings[name].default))).toEqual(
        policySettings[name].default,
      );
    },
  );

  test('is what the tenant says, with its source', () => {
    expect(resolve('UsePassportForWork', tenant('UsePassportForWork', 'false'))).toMatchObject({
      value: false,
      source: TENANT,
    });
    expect(resolve('DeviceLimitPerUser', tenant('DeviceLimitPerUser', '3'))).toMatchObject({
      value: 3,
      source: TENANT,
    });
  });

  test('falls back to its default when what is stored is no allowed value', () => {
    expect(resolve('UsePassportForWork', tenant('UsePassportForWork', 'maybe')).source).toBeNull();
    expect(resolve('DeviceLimitPerUser', tenant('DeviceLimitPerUser', '0')).source).toBeNull();
  });

  test('is never anything but a value of its own type and range, whatever is stored', () => {
    fc.assert(
      fc.property(fc.constantFrom(...settingNames), fc.string(), (name: SettingName, text) => {
        const setting = policySettings[name];
        const value: unknown = resolve(name, tenant(name, text)).value;
        if (setting.type === 'groups') {
          expect(Array.isArray(value)).toBe(true);
          return;
        }
        if (setting.type === 'aaguids') {
          expect(Array.isArray(value)).toBe(true);
          return;
        }
        if (setting.type === 'choice') {
          expect(setting.choices).toContain(value);
          return;
        }
        if (setting.type === 'text') {
          expect(typeof value).toBe('string');
          return;
        }
        expect(typeof value).toBe(setting.type === 'boolean' ? 'boolean' : 'number');
        if (setting.type === 'integer')
          expect(Number(value) >= setting.minimum && Number(value) <= setting.maximum).toBe(true);
      }),
    );
  });

  test.each(['TRUE', 'True', ' true', '1', 'yes', '', 'null'])(
    'that is on or off does not take %j',
    (text) => {
      expect(parseSetting('UsePassportForWork', text)).toBeNull();
    },
  );

  test.each(['', '0', '101', '-1', '1.5', '1e1', '0x10', ' 5', '5 ', '٥', '99999999999'])(
    'that is a number does not take %j',
    (text) => {
      expect(parseSetting('DeviceLimitPerUser', text)).toBeNull();
    },
  );

  test('that is a number takes exactly its range', () => {
    expect(parseSetting('DeviceLimitPerUser', '1')).toBe(1);
    expect(parseSetting('DeviceLimitPerUser', '100')).toBe(100);
  });

  test.each(['', 'ENFORCE', 'Enforce', ' enforce', 'enforce ', 'true', 'constructor'])(
    'that is one of a few words does not take %j',
    (text) => {
      expect(parseSetting('KeyRules.helloMode', text)).toBeNull();
    },
  );

  test('that is one of a few words takes each of them', () => {
    for (const mode of ruleModes) expect(parseSetting('KeyRules.helloMode', mode)).toBe(mode);
  });

  const YUBIKEY = 'cb69481e-8ff7-4039-93ec-0a2729a154a8';
  test.each([
    ['something else', '{}'],
    ['no JSON', 'cb69481e'],
    ['an AAGUID in upper case', JSON.stringify([YUBIKEY.toUpperCase()])],
    ['one without its hyphens', JSON.stringify([YUBIKEY.replaceAll('-', '')])],
    ['the one that names no model', JSON.stringify([NO_AAGUID])],
    ['one twice', JSON.stringify([YUBIKEY, YUBIKEY])],
    ['a number', '[1]'],
    [
      'more than there are',
      JSON.stringify(
        Array.from(
          { length: AAGUIDS_MAX + 1 },
          (_, at) => `${YUBIKEY.slice(0, -4)}${String(at).padStart(4, '0')}`,
        ),
      ),
    ],
  ])('that is a list of models does not take %s', (_what, text) => {
    expect(parseSetting('keyRestrictions.allow', text)).toBeNull();
  });

  test('that is a list of models takes AAGUIDs, each once', () => {
    expect(parseSetting('keyRestrictions.block', JSON.stringify([YUBIKEY]))).toEqual([YUBIKEY]);
    expect(parseSetting('keyRestrictions.block', '[]')).toEqual([]);
  });

  const GROUP = '5dd7b2f0-6d9b-4b83-a3a5-1c3bd2d7a111';
  const OTHER = '6dd7b2f0-6d9b-4b83-a3a5-1c3bd2d7a112';

  test('that is a list of groups takes IDs, each once, and everybody only where that makes sense', () => {
    const include = (text: string) => parseSetting('TemporaryAccessPass.includeTargets', text);
    const exclude = (text: string) => parseSetting('TemporaryAccessPass.excludeTargets', text);
    expect(include('[]')).toEqual([]);
    expect(include(JSON.stringify([GROUP, OTHER]))).toEqual([GROUP, OTHER]);
    expect(include(JSON.stringify([ALL_USERS]))).toEqual([ALL_USERS]);
    expect(exclude(JSON.stringify([GROUP]))).toEqual([GROUP]);
    expect(exclude(JSON.stringify([ALL_USERS]))).toBeNull();
  });

  test.each([
    '',
    'null',
    '{}',
    '"all_users"',
    '["Design"]',
    '[1]',
    '[null]',
    `["${GROUP}","${GROUP}"]`,
    `["${GROUP.toUpperCase()}"]`,
    '[[]]',
    JSON.stringify(Array.from({ length: 101 }, (_, n) => GROUP.slice(0, 33) + String(n).padStart(3, '0'))),
  ])('that is a list of groups does not take %j', (text) => {
    expect(parseSetting('TemporaryAccessPass.includeTargets', text)).toBeNull();
  });

  test.each([
    ['TemporaryAccessPass.minimumLifetimeInMinutes', 10, 43_200],
    ['TemporaryAccessPass.maximumLifetimeInMinutes', 10, 43_200],
    ['TemporaryAccessPass.defaultLifetimeInMinutes', 10, 43_200],
    ['TemporaryAccessPass.defaultLength', 8, 48],
  ] as const)('%s goes from %d to %d', (name, minimum, maximum) => {
    expect(parseSetting(name, String(minimum))).toBe(minimum);
    expect(parseSetting(name, String(maximum))).toBe(maximum);
    expect(parseSetting(name, String(minimum - 1))).toBeNull();
    expect(parseSetting(name, String(maximum + 1))).toBeNull();
  });

  test('belongs to a part of the page', () => {
    for (const name of settingNames) expect(settingGroups).toHaveProperty(policySettings[name].group);
  });
});

/** The defaults, and what is said differently. */
const reading = (values: Partial<Record<SettingName, unknown>>): ReadValue =>
  ((name: SettingName) => (name in values ? values[name] : policySettings[name].default)) as ReadValue;
const usual = reading({});

describe('settings together', () => {
  test('agree while nobody has set them', () => {
    expect(disagreement(usual)).toBeNull();
  });

  test('agree exactly when each is at most the next, and name the two that do not', () => {
    const minutes = fc.integer({ min: 10, max: 43_200 });
    fc.assert(
      fc.property(minutes, minutes, minutes, (minimum, usually, maximum) => {
        const values: Partial<Record<SettingName, number>> = {
          'TemporaryAccessPass.minimumLifetimeInMinutes': minimum,
          'TemporaryAccessPass.defaultLifetimeInMinutes': usually,
          'TemporaryAccessPass.maximumLifetimeInMinutes': maximum,
        };
        const found = disagreement(reading(values));
        expect(found === null).toBe(minimum <= usually && usually <= maximum);
        if (found === null) return;
        expect(found.rule).toBe('order');
        const { lower = 'DeviceLimitPerUser', upper = 'DeviceLimitPerUser' } = found.pair ?? {};
        expect(values[lower]).toBeGreaterThan(Number(values[upper]));
      }),
    );
  });

  test('are ordered without going in circles', () => {
    for (const [lower, upper] of settingOrder) expect(settingOrder).not.toContainEqual([upper, lower]);
  });
});
