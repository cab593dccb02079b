import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolve, type StoredValue } from './resolve.ts';
import { parseSetting, policySettings, type SettingName, settingNames } from './settings.ts';

const tenant = (name: string, value: string): StoredValue => ({ source: 'tenant', name, value });

describe('a setting', () => {
  test.each(settingNames)(
    '%s has its default while nobody has set it, and the default is an allowed value',
    (name) => {
      expect(resolve(name, [])).toEqual({ value: policySettings[name].default, source: 'default' });
      expect(parseSetting(name, String(policySettings[name].default))).toBe(policySettings[name].default);
    },
  );

  test('is what the tenant says, with its source', () => {
    expect(resolve('UsePassportForWork', [tenant('UsePassportForWork', 'false')])).toEqual({
      value: false,
      source: 'tenant',
    });
    expect(resolve('DeviceLimitPerUser', [tenant('DeviceLimitPerUser', '3')])).toEqual({
      value: 3,
      source: 'tenant',
    });
  });

  test('falls back to its default when what is stored is no allowed value', () => {
    expect(resolve('UsePassportForWork', [tenant('UsePassportForWork', 'maybe')]).source).toBe('default');
    expect(resolve('DeviceLimitPerUser', [tenant('DeviceLimitPerUser', '0')]).source).toBe('default');
  });

  const stored = fc.uniqueArray(
    fc.record({
      source: fc.constant('tenant' as const),
      name: fc.oneof(
        fc.constantFrom<string>(...settingNames),
        fc.string({ maxLength: 5 }),
        fc.constantFrom('__proto__', 'constructor'),
      ),
      value: fc.oneof(
        fc.constantFrom('true', 'false', '1', '7', '100', '101', '-1', ''),
        fc.string({ maxLength: 5 }),
      ),
    }),
    { selector: ({ source, name }) => `${source} ${name}` },
  );

  test('does not depend on the order or on the names of other values', () => {
    fc.assert(
      fc.property(stored, fc.constantFrom(...settingNames), (values, name) => {
        const resolved = resolve(name, values);
        expect(resolve(name, [...values].reverse())).toEqual(resolved);
        expect(
          resolve(
            name,
            values.filter((entry) => entry.name === name),
          ),
        ).toEqual(resolved);
      }),
    );
  });

  test('is never anything but a value of its own type and range, whatever is stored', () => {
    fc.assert(
      fc.property(fc.constantFrom(...settingNames), fc.string(), (name: SettingName, text) => {
        const setting = policySettings[name];
        const { value } = resolve(name, [tenant(name, text)]);
        expect(typeof value).toBe(setting.type === 'boolean' ? 'boolean' : 'number');
        if (setting.type === 'integer')
          expect(value >= setting.minimum && value <= setting.maximum).toBe(true);
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
});
