import { describe, expect, test } from 'vitest';
import { deploymentNames, deployments } from './deployment/matrix.ts';
import { joinsOf, reachOf, resetPlaceNames, windowsLimits } from './pin-reset-reach.ts';

describe('where Windows offers which reset', () => {
  test('an Entra joined PC offers both kinds everywhere, whatever the trust', () => {
    for (const name of deploymentNames.filter((each) => deployments[each].model !== 'on_premises'))
      for (const place of resetPlaceNames)
        for (const kind of ['destructive', 'non_destructive'] as const)
          expect(reachOf(kind, 'entra_joined', deployments[name].trust, place)).toBe('Needs the internet.');
  });

  test('a hybrid joined PC makes no new key at its lock screen with key trust, and keeps the key all the same', () => {
    expect(reachOf('destructive', 'hybrid_joined', 'key', 'lock_screen')).toBeNull();
    expect(reachOf('destructive', 'hybrid_joined', 'key', 'settings')).toContain('domain controller');
    expect(reachOf('destructive', 'hybrid_joined', 'cloud_kerberos', 'lock_screen')).toContain('corporate');
    expect(reachOf('destructive', 'hybrid_joined', 'certificate', 'lock_screen')).toContain('corporate');
    for (const trust of ['cloud_kerberos', 'key', 'certificate'] as const)
      expect(reachOf('non_destructive', 'hybrid_joined', trust, 'lock_screen')).toBe('Needs the internet.');
  });

  test('on-premises no key is kept', () => {
    for (const trust of ['key', 'certificate'] as const)
      for (const place of resetPlaceNames) {
        expect(reachOf('non_destructive', 'domain_joined', trust, place)).toBeNull();
        expect(reachOf('destructive', 'domain_joined', trust, place)).toContain('AD FS');
      }
  });

  test.each([
    ['cloud_only', 0],
    ['hybrid_cloud_kerberos', 0],
    ['hybrid_key', 1],
    ['hybrid_certificate', 0],
    ['on_premises_key', 2],
    ['on_premises_certificate', 2],
  ] as const)('%s has %i limits to tell of, and a person’s own device none', (name, count) => {
    const { model, trust } = deployments[name];
    expect(windowsLimits(model, trust, 'joined')).toHaveLength(count);
    expect(windowsLimits(model, trust, 'registered')).toEqual([]);
    expect(joinsOf(model, 'joined').length).toBeGreaterThan(0);
  });
});
