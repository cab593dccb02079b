import { describe, expect, test } from 'vitest';
import { atLock, mayLeadTo, type WebSignInCarrier, webSignIn, webSignInCarriers } from './web-sign-in.ts';

const everywhere = [true, false].flatMap((onOwnDevice) =>
  [true, false].flatMap((allowed) =>
    (['none', 'set_aside', 'usable'] as const).map((keysHere) => ({ onOwnDevice, allowed, keysHere })),
  ),
);

describe.each(Object.keys(webSignInCarriers) as WebSignInCarrier[])('%s', (carrier) => {
  test('signs in only on a device of one’s own, where policy allows it and no key does', () => {
    const signsIn = everywhere.filter((facts) => webSignIn(carrier, facts).session === 'ordinary');
    expect(signsIn).toEqual([
      { onOwnDevice: true, allowed: true, keysHere: 'none' },
      { onOwnDevice: true, allowed: true, keysHere: 'set_aside' },
    ]);
  });

  test('leads to a first key, and to a new one where there is one to replace, whatever policy says', () => {
    for (const facts of everywhere)
      expect(webSignIn(carrier, facts).leadsTo).toBe(
        facts.keysHere === 'none' ? 'provisioning' : 'pin_reset',
      );
  });
});

test('elsewhere a pass makes a key, and a phone opens nothing', () => {
  const elsewhere = { onOwnDevice: false, allowed: true, keysHere: 'none' } as const;
  expect(webSignIn('temporary-access-pass', elsewhere).session).toBe('registration');
  expect(webSignIn('phone-sign-in', elsewhere).session).toBeNull();
});

test('at a lock a carrier opens what web sign-in would open, and any lock off a registered device', () => {
  for (const carrier of Object.keys(webSignInCarriers) as WebSignInCarrier[])
    for (const factorsAsked of [true, false]) {
      const ruling = (onOwnDevice: boolean, signsIn: boolean) =>
        atLock(carrier, { onOwnDevice, signsIn, factorsAsked });
      expect(ruling(true, true)).toBe('opens');
      expect(ruling(false, false)).toBe('opens');
      expect(ruling(true, false)).not.toBe('opens');
    }
});

test('elsewhere a pass takes the place of the locked session, and a provider is one factor of two or nothing', () => {
  const at = { onOwnDevice: true, signsIn: false };
  for (const [carrier, factorsAsked, ruling] of [
    ['temporary-access-pass', false, 'replaces'],
    ['temporary-access-pass', true, 'replaces'],
    ['federated-mfa', false, 'refused'],
    ['federated-mfa', true, 'factor'],
  ] as const)
    expect([carrier, factorsAsked, atLock(carrier, { ...at, factorsAsked })]).toEqual([
      carrier,
      factorsAsked,
      ruling,
    ]);
});

test.each([
  ['', 'https://sts.contoso.com', true],
  ['sts.contoso.com', 'https://sts.contoso.com/adfs', true],
  ['login.example.org;STS.contoso.com', 'https://sts.contoso.com:8443', true],
  ['contoso.com', 'https://sts.contoso.com', false],
  ['sts.contoso.com', 'https://sts.contoso.com.evil.example', false],
  ['contoso.com', 'http://localhost:9', false],
])('with ConfigureWebSignInAllowedUrls %j a lock leads to %s: %s', (domains, issuer, may) => {
  expect(mayLeadTo(domains, issuer)).toBe(may);
});
