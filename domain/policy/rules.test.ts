import { describe, expect, test } from 'vitest';
import { disagreement, policyRules, type ReadValue } from './rules.ts';
import { isSettingText, unlockProviders } from './setting-text.ts';
import { policySettings, type SettingName } from './settings.ts';
import { signalRules } from './signal-rules.ts';

const { pin, fingerprint, face, trustedSignal } = unlockProviders;
const PHONE =
  '<rule schemaVersion="1.0"><signal type="bluetooth" scenario="Authentication" classOfDevice="512" rssiMin="-10" rssiMaxDelta="-10"/></rule>';
const OFFICE =
  '<rule schemaVersion="1.0"><and><signal type="ipConfig"><ipv4Prefix>10.10.10.0/24</ipv4Prefix><ipv4DnsServer>10.10.0.1</ipv4DnsServer><dnsSuffix>corp.example</dnsSuffix></signal><signal type="wifi"><ssid>Office</ssid><security>WPA2-Enterprise</security></signal></and></rule>';

const broken = (values: Partial<Record<SettingName, unknown>>) =>
  disagreement(((name: SettingName) =>
    name in values ? values[name] : policySettings[name].default) as ReadValue)?.rule ?? null;

describe('settings for Windows', () => {
  test('hold together as they come', () => expect(broken({})).toBeNull());

  test.each([
    ['both lists without the PIN', { A: `${face}`, B: `${fingerprint}` }, 'pin_among_unlock_factors'],
    ['the second list without it, while the first is as usual', { B: fingerprint }, null],
    ['the first list without it, while the second is as usual', { A: face }, null],
    ['trusted signal alone', { B: trustedSignal, rules: PHONE }, 'trusted_signal_never_alone'],
    ['trusted signal without rules', { B: `${trustedSignal},${pin}` }, 'trusted_signal_has_rules'],
    ['trusted signal with rules and the PIN', { A: face, B: `${trustedSignal}, ${pin}`, rules: PHONE }, null],
    ['the PIN in lower case', { A: face, B: pin.toLowerCase() }, null],
  ])('unlock factors: %s', (_what, { A = '', B = '', rules = '' }: Record<string, string>, rule) => {
    expect(
      broken({ 'DeviceUnlock/GroupA': A, 'DeviceUnlock/GroupB': B, 'DeviceUnlock/Plugins': rules }),
    ).toBe(rule);
  });

  test('leave a PIN some characters, and an order to its lengths', () => {
    expect(broken({ 'PINComplexity/Digits': 'forbid' })).toBe('pin_has_characters');
    expect(
      broken({ 'PINComplexity/Digits': 'forbid', 'PINComplexity/LowercaseLetters': 'allow' }),
    ).toBeNull();
    expect(broken({ 'PINComplexity/MinimumPINLength': 9, 'PINComplexity/MaximumPINLength': 8 })).toBe(
      'order',
    );
    expect(broken({ 'PINComplexity/MinimumPINLength': 8, 'PINComplexity/MaximumPINLength': 8 })).toBeNull();
  });

  test('have rules that are only about settings that there are', () => {
    for (const { settings } of Object.values(policyRules))
      for (const name of settings) expect(policySettings).toHaveProperty([name]);
  });
});

describe('rules of signals', () => {
  test.each([
    [PHONE, ['bluetooth']],
    [OFFICE, ['ipConfig', 'wifi']],
    [`${PHONE},${OFFICE}`, ['bluetooth', 'ipConfig', 'wifi']],
    [` ${PHONE} , ${PHONE} `, ['bluetooth', 'bluetooth']],
  ])('are read: %#', (text, types) =>
    expect(
      signalRules(text, 'Authentication')
        ?.flat()
        .map(({ type }) => type),
    ).toEqual(types),
  );

  test.each([
    ['nothing', ''],
    ['text', 'phone'],
    ['a rule of another version', PHONE.replace('1.0', '2.0')],
    ['two without a comma', PHONE + PHONE],
    ['a comma at the end', `${PHONE},`],
    ['a comma at the beginning', `,${PHONE}`],
    ['an end that is missing', PHONE.replace('</rule>', '')],
    ['an end that is another', PHONE.replace('</rule>', '</role>')],
    ['an attribute twice', PHONE.replace('rssiMin="-10"', 'rssiMin="-10" rssiMin="-20"')],
    ['an attribute that there is not', PHONE.replace('rssiMin', 'onload')],
    ['the scenario of dynamic lock', PHONE.replace('Authentication', 'Dynamic Lock')],
    ['a signal that there is not', PHONE.replace('bluetooth', 'sonar')],
    ['an element that there is not', OFFICE.replaceAll('dnsSuffix', 'script')],
    ['an entity of its own', OFFICE.replace('corp', '&lol;')],
    ['a DTD', `<!DOCTYPE rule [<!ENTITY lol "lol">]>${PHONE}`],
    ['a declaration', `<?xml version="1.0"?>${PHONE}`],
    ['a comment', `<!-- -->${PHONE}`],
    ['elements without end', '<rule schemaVersion="1.0">'.repeat(100)],
    ['nothing inside', '<rule schemaVersion="1.0"></rule>'],
    ['an empty and', '<rule schemaVersion="1.0"><and></and></rule>'],
  ])('do not take %s', (_what, text) => expect(signalRules(text, 'Authentication')).toBeNull());

  test('of dynamic lock are bluetooth alone', () => {
    expect(isSettingText('lock-signals', PHONE.replace('Authentication', 'Dynamic Lock'))).toBe(true);
    expect(isSettingText('lock-signals', PHONE)).toBe(false);
    expect(isSettingText('lock-signals', OFFICE)).toBe(false);
  });
});

describe('texts of settings', () => {
  test.each([
    ['first-unlock-factors', `${pin},${face}`, true],
    ['first-unlock-factors', `${pin},${pin}`, false],
    ['first-unlock-factors', trustedSignal, false],
    ['first-unlock-factors', '{60b78e88-ead8-445c-9cfd-0b87f74ea6cd}', false],
    ['second-unlock-factors', `${trustedSignal}, ${pin}`, true],
    ['providers', '{60b78e88-ead8-445c-9cfd-0b87f74ea6cd}', true],
    ['providers', '60b78e88-ead8-445c-9cfd-0b87f74ea6cd', false],
    ['domains', 'contoso.com;login.example.org', true],
    ['domains', 'contoso.com;', false],
    ['domains', 'https://contoso.com', false],
    ['domain', 'contoso.com', true],
    ['domain', 'contoso', false],
    ['domain', 'contoso.com\r\n[HKEY_LOCAL_MACHINE]', false],
  ] as const)('%s: %s is %s', (kind, text, fits) => expect(isSettingText(kind, text)).toBe(fits));
});
