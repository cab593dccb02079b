import { describe, expect, test } from 'vitest';
import { proofKinds, proofs, sufficientProof, undertakings } from './authentication.ts';
import {
  type MethodPolicy,
  type MethodUse,
  methodNames,
  methodObstacle,
  methodOfProof,
  methods,
  strengthOfMethod,
} from './methods.ts';

const OPEN: MethodPolicy = { enabled: true, includeGroups: null, excludeGroups: [], uses: 'any' };
const uses: MethodUse[] = ['register', 'sign_in', 'confirm', 'unlock'];

describe('the table of methods', () => {
  test('names each proof once: nothing comes in that no method governs', () => {
    const named = methodNames.flatMap((name) => methods[name].proofs as readonly string[]);
    expect([...named].sort()).toEqual([...proofKinds].sort());
    for (const kind of proofKinds) expect(methods[methodOfProof[kind]].proofs).toContain(kind);
  });

  test('has the strengths of Entra ID’s built-in authentication strengths', () => {
    expect(Object.fromEntries(methodNames.map((name) => [name, strengthOfMethod(name)]))).toEqual({
      windowsHelloForBusiness: 'phishing_resistant_mfa',
      fido2: 'phishing_resistant_mfa',
      authenticator: 'passwordless_mfa',
      softwareOath: 'mfa',
      temporaryAccessPass: 'mfa',
      password: null,
      federated: 'mfa',
    });
  });
});

describe('a method', () => {
  test('is there for everybody until somebody says otherwise', () => {
    for (const use of uses) expect(methodObstacle(OPEN, [], use)).toBeNull();
  });

  test('is off for everybody, or for those left out, whatever else their groups say', () => {
    for (const use of uses) {
      expect(methodObstacle({ ...OPEN, enabled: false, includeGroups: ['a'] }, ['a'], use)).toBe(
        'method_off',
      );
      const both = { ...OPEN, includeGroups: ['a'], excludeGroups: ['b'] };
      expect(methodObstacle(both, ['a'], use)).toBeNull();
      expect(methodObstacle(both, ['a', 'b'], use)).toBe('method_excluded');
      expect(methodObstacle(both, [], use)).toBe('method_not_included');
      expect(methodObstacle({ ...OPEN, includeGroups: [] }, ['a'], use)).toBe('method_not_included');
    }
  });

  test('is registered and opens a lock whatever it may be used for beside', () => {
    const found = (of: MethodPolicy['uses']) =>
      uses.map((use) => methodObstacle({ ...OPEN, uses: of }, [], use));
    expect(found('sign_in')).toEqual([null, null, 'method_not_for_confirming', null]);
    expect(found('confirm')).toEqual([null, 'method_not_for_sign_in', null, null]);
  });
});

test('what is withheld from a proof it does not carry, and everything else as the table has it', () => {
  const now = new Date('2026-03-02T09:00:00Z');
  for (const kind of proofKinds)
    for (const withheld of undertakings)
      for (const undertaking of undertakings) {
        const carried = sufficientProof(undertaking, [{ kind, provenAt: now, withheld: [withheld] }], now);
        expect(carried !== null).toBe(proofs[kind][undertaking] !== undefined && undertaking !== withheld);
      }
});
