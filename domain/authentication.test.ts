import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHANGE_PROOF_MAX_AGE_MS,
  deviceRules,
  HELLO_PROOF_MAX_AGE_MS,
  judgeCounter,
  type Proof,
  proofKinds,
  sufficientProof,
  type Undertaking,
} from './authentication.ts';
import { later, MINUTE_MS, SECOND_MS } from './time.ts';

const now = new Date('2026-03-02T09:00:00Z');
const ago = (ms: number) => later(now, -ms);
const undertakings: Undertaking[] = [
  'register_device',
  'provision_hello',
  'reset_pin',
  'add_passkey',
  'add_authenticator_app',
  'change_credentials',
];

describe('the table of proofs', () => {
  const strong = [
    ['temporary-access-pass', 'register_device', 10],
    ['temporary-access-pass', 'provision_hello', 10],
    ['temporary-access-pass', 'reset_pin', 10],
    ['temporary-access-pass', 'add_passkey', 5],
    ['temporary-access-pass', 'add_authenticator_app', 5],
    ['hello', 'register_device', 10],
    ['hello', 'provision_hello', 10],
    ['hello', 'reset_pin', 10],
    ['hello', 'add_passkey', 5],
    ['hello', 'add_authenticator_app', 5],
    ['hello', 'change_credentials', 5],
    ['passkey', 'register_device', 10],
    ['passkey', 'provision_hello', 10],
    ['passkey', 'reset_pin', 10],
    ['passkey', 'add_passkey', 5],
    ['passkey', 'add_authenticator_app', 5],
    ['passkey', 'change_credentials', 5],
    ['totp', 'register_device', 10],
    ['totp', 'provision_hello', 10],
    ['totp', 'reset_pin', 10],
    ['totp', 'add_passkey', 5],
    ['totp', 'add_authenticator_app', 5],
    ['totp', 'change_credentials', 5],
    ['federated-mfa', 'register_device', 10],
    ['federated-mfa', 'provision_hello', 10],
    ['federated-mfa', 'reset_pin', 10],
    ['federated-mfa', 'add_passkey', 5],
    ['federated-mfa', 'add_authenticator_app', 5],
    ['federated-mfa', 'change_credentials', 5],
    ['phone-sign-in', 'register_device', 10],
    ['phone-sign-in', 'provision_hello', 10],
    ['phone-sign-in', 'reset_pin', 10],
    ['phone-sign-in', 'add_passkey', 5],
    ['phone-sign-in', 'add_authenticator_app', 5],
    ['phone-sign-in', 'change_credentials', 5],
    ['authenticator', 'register_device', 10],
    ['authenticator', 'provision_hello', 10],
    ['authenticator', 'reset_pin', 10],
    ['authenticator', 'add_passkey', 5],
    ['authenticator', 'add_authenticator_app', 5],
    ['authenticator', 'change_credentials', 5],
  ] as const;

  test.each(strong)('%s carries %s for exactly %i minutes', (kind, undertaking, minutes) => {
    const age = minutes * MINUTE_MS;
    expect(sufficientProof(undertaking, [{ kind, provenAt: ago(0) }], now)?.until).toEqual(later(now, age));
    expect(sufficientProof(undertaking, [{ kind, provenAt: ago(age) }], now)).not.toBeNull();
    expect(sufficientProof(undertaking, [{ kind, provenAt: ago(age + 1) }], now)).toBeNull();
  });

  test('whatever is not in the table never suffices: a password or a sign-in elsewhere for nothing, a pass for no change', () => {
    const listed = new Set(strong.map(([kind, undertaking]) => `${kind} ${undertaking}`));
    const refused = proofKinds
      .flatMap((kind) => undertakings.map((undertaking) => ({ kind, undertaking })))
      .filter(
        ({ kind, undertaking }) => sufficientProof(undertaking, [{ kind, provenAt: now }], now) === null,
      );
    expect(refused.every(({ kind, undertaking }) => !listed.has(`${kind} ${undertaking}`))).toBe(true);
    expect(refused).toHaveLength(proofKinds.length * undertakings.length - strong.length);
    expect(refused).toContainEqual({ kind: 'temporary-access-pass', undertaking: 'change_credentials' });
    expect(refused.filter(({ kind }) => kind === 'password')).toHaveLength(undertakings.length);
  });

  test('the two ages are those of Windows Hello provisioning and of passkey registration', () => {
    expect([HELLO_PROOF_MAX_AGE_MS, CHANGE_PROOF_MAX_AGE_MS]).toEqual([600 * SECOND_MS, 300 * SECOND_MS]);
  });

  test('a proof from the future proves nothing', () => {
    expect(sufficientProof('register_device', [{ kind: 'hello', provenAt: later(now, 1) }], now)).toBeNull();
  });

  const anyProof = fc.record({
    kind: fc.constantFrom(...proofKinds),
    provenAt: fc.integer({ min: -30 * MINUTE_MS, max: MINUTE_MS }).map((ms) => later(now, ms)),
  });

  test('the order of proofs does not matter, and an unfit proof beside a fit one takes nothing away', () => {
    fc.assert(
      fc.property(
        fc.array(anyProof, { maxLength: 6 }),
        fc.constantFrom(...undertakings),
        (proven: Proof[], undertaking) => {
          const best = sufficientProof(undertaking, proven, now);
          expect(sufficientProof(undertaking, [...proven].reverse(), now)?.until).toEqual(best?.until);
          const each = proven.flatMap((proof) => sufficientProof(undertaking, [proof], now) ?? []);
          expect(best?.until.getTime()).toBe(
            each.length === 0 ? undefined : Math.max(...each.map(({ until }) => until.getTime())),
          );
        },
      ),
    );
  });
});

test('a Hello key signs in on its own device only; a passkey roams', () => {
  expect(deviceRules).toEqual({
    hello: { own_device: 'sign_in', another_device: 'wrong_device', no_device: 'device_unknown' },
    software: { own_device: 'sign_in', another_device: 'wrong_device', no_device: 'wrong_device' },
    passkey: { own_device: 'sign_in', another_device: 'sign_in', no_device: 'sign_in' },
  });
});

describe('the signature counter', () => {
  test.each([
    ['grows', 4n, 5n, 'accept'],
    ['jumps', 4n, 4_294_967_295n, 'accept'],
    ['is zero for ever', 0n, 0n, 'accept'],
    ['starts to count', 0n, 1n, 'accept'],
    ['stands still', 4n, 4n, 'quarantine'],
    ['goes back', 4n, 3n, 'quarantine'],
    ['goes back to zero', 4n, 0n, 'quarantine'],
  ] as const)(
    'that %s after the last accepted assertion: %i then %i means %s',
    (_what, stored, presented, ruling) => {
      expect(judgeCounter(stored, presented, now, ago(1))).toBe(ruling);
      expect(judgeCounter(stored, presented, now, null)).toBe(ruling);
    },
  );

  test('that does not grow for a challenge older than the last accepted assertion is two tabs out of order', () => {
    expect(judgeCounter(4n, 3n, ago(1), now)).toBe('refuse');
    expect(judgeCounter(4n, 4n, now, now)).toBe('refuse');
    expect(judgeCounter(4n, 3n, later(now, 1), now)).toBe('quarantine');
  });

  const counter = fc.bigInt({ min: 0n, max: 4_294_967_295n });
  test('that grows is always accepted; one that falls never is, whatever the times', () => {
    fc.assert(
      fc.property(counter, counter, fc.integer({ min: -9, max: 9 }), (stored, presented, ms) => {
        const ruling = judgeCounter(stored, presented, later(now, ms), now);
        expect(ruling === 'accept').toBe(presented > stored || (presented === 0n && stored === 0n));
        if (ruling !== 'accept') expect(ruling).toBe(ms <= 0 ? 'refuse' : 'quarantine');
      }),
    );
  });
});
