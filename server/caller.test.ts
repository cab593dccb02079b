import { describe, expect, test } from 'vitest';
import { type Permission, type Role, roles } from '#domain/identity';
import type { SessionKind } from '#domain/session';
import { type Demands, strengthPlaces } from '#domain/strength';
import {
  administrator,
  anyone,
  type Caller,
  type Guard,
  lockedOrNot,
  member,
  ordinary,
  signedIn,
} from './caller.ts';
import { outcome, START } from './testing.ts';

const NO_DEMANDS = Object.fromEntries(strengthPlaces.map((place) => [place, 'none'])) as Demands;

function caller(
  kind: SessionKind | null,
  given: { locked?: boolean; roles?: Role[]; demands?: Partial<Demands> } = {},
): Caller {
  const session = kind && {
    id: 's',
    kind,
    method: 'passkey' as const,
    userId: 'u',
    deviceId: null,
    credentialId: null,
    createdAt: START,
    lastSeenAt: START,
    expiresAt: START,
    lockedAt: given.locked ? START : null,
    proofs: [],
    demands: { ...NO_DEMANDS, ...given.demands },
    person: { id: 'u', upn: 'u', displayName: 'U', userHandle: 'h', roles: given.roles ?? [] },
    device: null,
  };
  return { browser: 'b', session, address: 'a', userAgent: 'x' };
}

const guards: Record<string, Guard<Caller>> = {
  anyone,
  signedIn,
  member,
  lockedOrNot,
  reader: administrator('read'),
};
const verdicts = (of: Caller) =>
  Object.fromEntries(Object.entries(guards).map(([name, guard]) => [name, outcome(guard(of))]));

describe('the guards', () => {
  test('let somebody who is not signed in through no door but the open one', () => {
    expect(verdicts(caller(null))).toEqual({
      anyone: 'ok',
      signedIn: 'sign_in_required',
      member: 'sign_in_required',
      lockedOrNot: 'sign_in_required',
      reader: 'sign_in_required',
    });
  });

  test('let a session that is not strong enough confirm, and no further', () => {
    const weak = caller('ordinary', { roles: ['global_administrator'], demands: { signIn: 'mfa' } });
    expect(outcome(ordinary(weak))).toBe('ok');
    expect(verdicts(weak)).toEqual({
      anyone: 'ok',
      signedIn: 'ok',
      member: 'strength_required',
      lockedOrNot: 'ok',
      reader: 'strength_required',
    });
    const elsewhere = caller('ordinary', {
      roles: ['global_administrator'],
      demands: { administration: 'phishing_resistant_mfa' },
    });
    expect(verdicts(elsewhere)).toMatchObject({ member: 'ok', reader: 'strength_required' });
  });

  test('let a pass register and nothing else, an administrator’s pass too', () => {
    expect(verdicts(caller('registration', { roles: ['global_administrator'] }))).toEqual({
      anyone: 'ok',
      signedIn: 'ok',
      member: 'registration_only',
      lockedOrNot: 'ok',
      reader: 'registration_only',
    });
  });

  test('let a locked session out and nowhere else, an administrator’s too', () => {
    expect(verdicts(caller('ordinary', { locked: true, roles: ['global_administrator'] }))).toEqual({
      anyone: 'ok',
      signedIn: 'session_locked',
      member: 'session_locked',
      lockedOrNot: 'ok',
      reader: 'session_locked',
    });
  });

  test('show a member no administration: it is not found, whatever it is', () => {
    const permissions: Permission[] = [
      'read',
      'manage_methods',
      'manage_devices',
      'manage_policy',
      'manage_sample_data',
    ];
    for (const permission of permissions) {
      expect(outcome(administrator(permission)(caller('ordinary')))).toBe('not_found');
    }
  });

  test('let every role read, and only those act that may', () => {
    for (const role of Object.keys(roles) as Role[]) {
      const of = caller('ordinary', { roles: [role] });
      expect(outcome(administrator('read')(of))).toBe('ok');
      expect(outcome(administrator('manage_policy')(of))).toBe(
        role === 'global_administrator' ? 'ok' : 'not_permitted',
      );
      expect(outcome(administrator('manage_methods')(of))).toBe(
        role === 'global_reader' ? 'not_permitted' : 'ok',
      );
    }
  });
});
