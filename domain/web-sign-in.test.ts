import { expect, test } from 'vitest';
import { webSignIn } from './web-sign-in.ts';

const everywhere = [true, false].flatMap((onOwnDevice) =>
  [true, false].flatMap((allowed) =>
    (['none', 'set_aside', 'usable'] as const).map((keysHere) => ({ onOwnDevice, allowed, keysHere })),
  ),
);

test('signs in only on a device of one’s own, where policy allows it and no key does', () => {
  const signsIn = everywhere.filter((facts) => webSignIn(facts).session === 'ordinary');
  expect(signsIn).toEqual([
    { onOwnDevice: true, allowed: true, keysHere: 'none' },
    { onOwnDevice: true, allowed: true, keysHere: 'set_aside' },
  ]);
});

test('leads to a first key, and to a new one where there is one to replace, whatever policy says', () => {
  for (const facts of everywhere)
    expect(webSignIn(facts).leadsTo).toBe(facts.keysHere === 'none' ? 'provisioning' : 'pin_reset');
});
