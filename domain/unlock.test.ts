import { describe, expect, test } from 'vitest';
import { unlockProviders } from './policy/setting-text.ts';
import { policySettings, type SettingName, type SettingValue } from './policy/settings.ts';
import { opensLock, type Shown, type UnlockRule, unlockRule } from './unlock.ts';

const { pin, fingerprint, face, trustedSignal } = unlockProviders;
const hello: Shown = { kind: 'hello', credentialId: 'k1', software: false };
const software: Shown = { kind: 'hello', credentialId: 'k2', software: true };
const passkey: Shown = { kind: 'passkey', credentialId: 'k3', software: false };
const code: Shown = { kind: 'totp', credentialId: 'a1', software: false };

const signal = (inside: string) =>
  `<rule schemaVersion="1.0"><signal type="ipConfig">${inside}</signal></rule>`;
const OFFICE = signal('<ipv4Prefix>192.168.100.0/24</ipv4Prefix>');

const reading =
  (set: Readonly<Partial<Record<SettingName, string>>>) =>
  <N extends SettingName>(name: N): SettingValue<N> =>
    (set[name] ?? policySettings[name].default) as SettingValue<N>;

describe('the rule', () => {
  test('is none while no list of factors is configured, whatever signals there are', () => {
    expect(unlockRule(reading({ 'DeviceUnlock/Plugins': OFFICE }), '192.168.100.7')).toBeNull();
  });

  test('has Windows’ own list where only the other one is configured', () => {
    const read = reading({ 'DeviceUnlock/GroupA': pin });
    expect(unlockRule(read, '192.168.100.7')).toEqual({
      first: [pin],
      second: [trustedSignal, pin],
      trusted: false,
    });
  });

  test.each([
    [OFFICE, '192.168.100.7', true],
    [OFFICE, '192.168.101.7', false],
    [OFFICE, 'unknown', false],
    [`${signal('<dnsSuffix>corp.example</dnsSuffix>')},${OFFICE}`, '192.168.100.7', true],
    [signal('<ipv6Prefix>2001:db8::/32</ipv6Prefix>'), '2001:db8::7', true],
    // What no server sees may hold or not: then it does not open.
    [
      signal('<ipv4Prefix>192.168.100.0/24</ipv4Prefix><ipv4Gateway>192.168.100.1</ipv4Gateway>'),
      '192.168.100.7',
      false,
    ],
    [signal('<ipv4Prefix>0.0.0.0/0</ipv4Prefix><ipv6Prefix>::/0</ipv6Prefix>'), '192.168.100.7', false],
    [
      '<rule schemaVersion="1.0"><signal type="wifi"><ssid>Tide</ssid><security>WPA2-Personal</security></signal></rule>',
      '192.168.100.7',
      false,
    ],
    [
      '<rule schemaVersion="1.0"><and><signal type="ipConfig"><ipv4Prefix>192.168.100.0/24</ipv4Prefix></signal><signal type="bluetooth" scenario="Authentication"/></and></rule>',
      '192.168.100.7',
      false,
    ],
  ])('trusts %s at %s: %s', (plugins, address, trusted) => {
    const read = reading({
      'DeviceUnlock/GroupB': `${trustedSignal},${pin}`,
      'DeviceUnlock/Plugins': plugins,
    });
    expect(unlockRule(read, address)?.trusted).toBe(trusted);
  });
});

describe('a lock', () => {
  const rule = (more: Partial<UnlockRule> = {}): UnlockRule => ({
    first: [pin, fingerprint, face],
    second: [trustedSignal, pin],
    trusted: true,
    ...more,
  });

  test('without a rule opens with any strong proof, and with none stays', () => {
    for (const one of [hello, software, passkey, code]) expect(opensLock(null, [one])).toBe(true);
    expect(opensLock(null, [])).toBe(false);
  });

  test('opens with Hello on a trusted network', () => {
    expect(opensLock(rule(), [hello])).toBe(true);
    expect(opensLock(rule(), [software])).toBe(true);
  });

  test('stays with Hello alone elsewhere, and where the signal is no second factor', () => {
    expect(opensLock(rule({ trusted: false }), [hello])).toBe(false);
    expect(opensLock(rule({ second: [pin] }), [hello])).toBe(false);
  });

  test('takes a gesture only where whichever it was is in the first list', () => {
    expect(opensLock(rule({ first: [fingerprint, face] }), [hello])).toBe(false);
    expect(opensLock(rule({ first: [pin] }), [hello])).toBe(false);
    expect(opensLock(rule({ first: [pin] }), [software])).toBe(true);
    expect(opensLock(rule({ first: [fingerprint, face] }), [software])).toBe(false);
  });

  test('stays with another proof alone, on a trusted network, too', () => {
    expect(opensLock(rule(), [passkey])).toBe(false);
    expect(opensLock(rule(), [code])).toBe(false);
  });

  test('opens with two different proofs, and never with one twice', () => {
    for (const two of [
      [hello, passkey],
      [hello, code],
      [passkey, code],
      [hello, software],
    ])
      expect(opensLock(rule({ trusted: false }), two)).toBe(true);
    for (const twice of [
      [hello, hello],
      [code, code],
      [passkey, passkey],
    ])
      expect(opensLock(rule({ trusted: false }), twice)).toBe(false);
  });

  test('stays shut where nothing was proven', () => {
    expect(opensLock(rule(), [])).toBe(false);
  });
});
