import { describe, expect, test } from 'vitest';
import { proofKinds, proofs, undertakings } from './authentication.ts';
import { strengthMissing } from './session.ts';
import {
  type Demand,
  type Demands,
  demandAt,
  demands,
  flows,
  meets,
  strengthOfProof,
  strengthPlaces,
  strengths,
  strongestOf,
  withheldBy,
} from './strength.ts';

const asked = (given: Partial<Demands> = {}): Demands =>
  ({ ...Object.fromEntries(strengthPlaces.map((place) => [place, 'none'])), ...given }) as Demands;
const at = new Date('2026-03-02T09:00:00Z');

describe('the strengths', () => {
  test('include one another, and nothing meets what it falls short of', () => {
    for (const [met, strength] of strengths.entries())
      for (const [demanded, demand] of strengths.entries())
        expect(meets(strength, demand)).toBe(met >= demanded);
    for (const demand of demands) expect(meets(null, demand)).toBe(demand === 'none');
  });

  test('are met by two factors: what registers nothing meets none', () => {
    for (const kind of proofKinds)
      expect(strengthOfProof[kind] === null).toBe(Object.keys(proofs[kind]).length === 0);
  });

  test('of a session are those of its strongest proof', () => {
    expect(strongestOf([])).toBeNull();
    expect(strongestOf([{ kind: 'password' }])).toBeNull();
    expect(strongestOf([{ kind: 'password' }, { kind: 'totp' }])).toBe('mfa');
    expect(strongestOf([{ kind: 'totp' }, { kind: 'passkey' }])).toBe('phishing_resistant_mfa');
  });
});

describe('what is asked', () => {
  test('of signing in is asked everywhere, and the higher of two counts', () => {
    const pairs: [Demand, Demand, Demand][] = [
      ['none', 'none', 'none'],
      ['mfa', 'none', 'mfa'],
      ['none', 'mfa', 'mfa'],
      ['passwordless_mfa', 'mfa', 'passwordless_mfa'],
      ['mfa', 'phishing_resistant_mfa', 'phishing_resistant_mfa'],
    ];
    for (const [signIn, payroll, both] of pairs)
      expect(demandAt(asked({ signIn, payroll }), 'payroll')).toBe(both);
  });

  test('is missing where no proof of the session meets it', () => {
    const session = (kind: 'totp' | 'hello') => ({
      proofs: [{ kind, provenAt: at }],
      demands: asked({ payroll: 'phishing_resistant_mfa' }),
    });
    expect(strengthMissing(session('totp'), 'payroll')).toBe('phishing_resistant_mfa');
    expect(strengthMissing(session('totp'), 'handbook')).toBeNull();
    expect(strengthMissing(session('hello'), 'payroll')).toBeNull();
  });

  test('withholds the undertakings of its flow from what falls short, and never anything from a pass', () => {
    const strict = asked({ provisioning: 'phishing_resistant_mfa', securityInfo: 'mfa' });
    expect(withheldBy(strict, 'totp')).toEqual(flows.provisioning.undertakings);
    expect(withheldBy(strict, 'hello')).toEqual([]);
    expect(withheldBy(strict, 'temporary-access-pass')).toEqual([]);
    expect(withheldBy(asked(), 'password')).toEqual([]);
  });

  test('of flows covers the whole table of proofs, each undertaking once', () => {
    const named = Object.values(flows).flatMap((flow) => flow.undertakings as readonly string[]);
    expect([...named].sort()).toEqual([...undertakings].sort());
  });
});
