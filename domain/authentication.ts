import { MINUTE_MS } from './time.ts';

/** The ways a person can prove who they are. Later features add rows here and to `proofs`. */
export const proofKinds = [
  'temporary-access-pass',
  'hello',
  'passkey',
  'password',
  'totp',
  'federated',
  'federated-mfa',
  'authenticator',
  'phone-sign-in',
] as const;
export type ProofKind = (typeof proofKinds)[number];

/** Whether a proof is an assertion of a key. */
export function isKeyProof(kind: ProofKind): kind is CredentialKind {
  return kind === 'hello' || kind === 'passkey';
}

/** What a proof can be asked for. */
export const undertakings = [
  'register_device',
  'provision_hello',
  'reset_pin',
  'add_passkey',
  'add_authenticator_app',
  'change_credentials',
] as const;
export type Undertaking = (typeof undertakings)[number];

/** "MFA in the last 10 minutes" spares a new prompt at Windows Hello for Business provisioning. */
export const HELLO_PROOF_MAX_AGE_MS = 10 * MINUTE_MS;
/** Entra ID asks for MFA within 5 minutes before a passkey (FIDO2) registration; so does every other change here. */
export const CHANGE_PROOF_MAX_AGE_MS = 5 * MINUTE_MS;

/**
 * The table of proofs: how old a proof may be, in milliseconds, for each undertaking. No entry: it never suffices.
 * A password alone registers nothing. A pass registers, and changes nothing that exists. `totp` is a password and a code of
 * an authenticator app together; a code alone is no proof. `authenticator` is an approval on one's phone after a password, or
 * within one's own session; it begins none. `phone-sign-in` is one that its phone verified, without a password: it begins a session
 * where web sign-in lets it. `federated` is a sign-in at the provider of a federated domain, which registers
 * as little as a password; `federated-mfa` is one whose MFA counts here, as old as the provider says it is.
 */
export const proofs: Readonly<Record<ProofKind, Readonly<Partial<Record<Undertaking, number>>>>> = {
  'temporary-access-pass': {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
  },
  hello: {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
    change_credentials: CHANGE_PROOF_MAX_AGE_MS,
  },
  passkey: {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
    change_credentials: CHANGE_PROOF_MAX_AGE_MS,
  },
  password: {},
  totp: {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
    change_credentials: CHANGE_PROOF_MAX_AGE_MS,
  },
  federated: {},
  'federated-mfa': {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
    change_credentials: CHANGE_PROOF_MAX_AGE_MS,
  },
  'phone-sign-in': {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
    change_credentials: CHANGE_PROOF_MAX_AGE_MS,
  },
  authenticator: {
    register_device: HELLO_PROOF_MAX_AGE_MS,
    provision_hello: HELLO_PROOF_MAX_AGE_MS,
    reset_pin: HELLO_PROOF_MAX_AGE_MS,
    add_passkey: CHANGE_PROOF_MAX_AGE_MS,
    add_authenticator_app: CHANGE_PROOF_MAX_AGE_MS,
    change_credentials: CHANGE_PROOF_MAX_AGE_MS,
  },
};

export interface Proof {
  readonly kind: ProofKind;
  readonly provenAt: Date;
  /** The key, the authenticator app or the phone that it was made with. */
  readonly credentialId?: string | null;
  /** What policy keeps it from carrying, whatever the table says: its method's uses, and strengths that flows ask for. */
  readonly withheld?: readonly Undertaking[];
}

/** The proof that carries an undertaking longest from `now`, with the time it stops doing so; null when none does. */
export function sufficientProof(
  undertaking: Undertaking,
  proven: readonly Proof[],
  now: Date,
): { readonly proof: Proof; readonly until: Date } | null {
  let best: { proof: Proof; until: Date } | null = null;
  for (const proof of proven) {
    const maxAgeMs = proofs[proof.kind][undertaking];
    if (maxAgeMs === undefined || proof.provenAt > now) continue;
    if (proof.withheld?.includes(undertaking)) continue;
    const until = new Date(proof.provenAt.getTime() + maxAgeMs);
    if (until >= now && (best === null || until > best.until)) best = { proof, until };
  }
  return best;
}

/** The proofs that none of these keys made: whoever replaces a key proves who they are by another way. */
export function provenOtherwise(proven: readonly Proof[], keyIds: readonly string[]): readonly Proof[] {
  return proven.filter(({ credentialId }) => !keyIds.includes(credentialId ?? ''));
}

export type CredentialKind = 'hello' | 'passkey';

/** What was shown about the device in an authentication ceremony. */
export type DeviceEvidence = 'own_device' | 'another_device' | 'no_device';

export type DeviceRuling = 'sign_in' | 'wrong_device' | 'device_unknown';

/** Where a key is at home: a software key is a Hello key that a browser keeps in its Hello container. */
export type KeyHome = CredentialKind | 'software';

export function homeOf(key: { readonly kind: string; readonly containerId: string | null }): KeyHome {
  return key.containerId === null ? (key.kind as CredentialKind) : 'software';
}

/**
 * A Hello key is valid only on the device where it was enrolled; passkeys and security keys roam. A software key is of one
 * browser: no other is ever added to its device by it.
 */
export const deviceRules: Readonly<Record<KeyHome, Readonly<Record<DeviceEvidence, DeviceRuling>>>> = {
  hello: { own_device: 'sign_in', another_device: 'wrong_device', no_device: 'device_unknown' },
  software: { own_device: 'sign_in', another_device: 'wrong_device', no_device: 'wrong_device' },
  passkey: { own_device: 'sign_in', another_device: 'sign_in', no_device: 'sign_in' },
};

/** Whether such a key adds a browser that its device does not know. */
export function addsBrowser(home: KeyHome): boolean {
  return deviceRules[home].no_device === 'device_unknown';
}

export type CounterRuling = 'accept' | 'refuse' | 'quarantine';

/**
 * WebAuthn L3 7.2 step 22, for an assertion whose signature is valid. Two zeros mean an authenticator without a
 * counter. A counter that does not grow is the mark of a clone only if the challenge was issued after the key's last
 * accepted assertion; otherwise two tabs answered out of order.
 */
export function judgeCounter(
  stored: bigint,
  presented: bigint,
  challengeIssuedAt: Date,
  lastAcceptedAt: Date | null,
): CounterRuling {
  if (presented > stored || (presented === 0n && stored === 0n)) return 'accept';
  return lastAcceptedAt !== null && challengeIssuedAt <= lastAcceptedAt ? 'refuse' : 'quarantine';
}
