import { describe, expect, test } from 'vitest';
import { type WebSignInCarrier, webSignIn, webSignInCarriers } from './web-sign-in.ts';

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
