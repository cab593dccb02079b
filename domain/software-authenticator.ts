import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  assertionMessage,
  attestedCredentialData,
  authenticationResponse,
  authenticatorData,
  clientDataJSON,
  registrationResponse,
  spkiOf,
} from './authenticator-response.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { deviceProofMessage } from './device.ts';
import type { AuthenticationResponse, RegistrationResponse } from './wire.ts';

/**
 * A WebAuthn authenticator and a browser profile in pure functions: ES256 keys, attestation `none`. Sample data, server
 * tests and the benchmark perform whole ceremonies with it. It protects nothing and claims nothing.
 */
export interface SoftwareKey {
  readonly credentialId: string;
  readonly secretKey: Uint8Array;
  readonly userHandle: string;
  readonly rpId: string;
  /** The counter of the next assertion. */
  readonly counter: number;
  readonly backupEligible: boolean;
}

/** What a dishonest or odd authenticator would say instead; every field left out is said honestly. */
export interface Deviation {
  readonly type?: string;
  readonly origin?: string;
  readonly challenge?: string;
  readonly rpId?: string;
  readonly crossOrigin?: boolean;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly backupEligible?: boolean;
  readonly counter?: number;
  readonly userHandle?: string | null;
  readonly credentialId?: string;
  readonly secretKey?: Uint8Array;
  /** 32 hexadecimal digits with hyphens. */
  readonly aaguid?: string;
}

function clientData(type: string, challenge: string, origin: string, deviation: Deviation): Uint8Array {
  return clientDataJSON({
    type: deviation.type ?? type,
    challenge: deviation.challenge ?? challenge,
    origin: deviation.origin ?? origin,
    crossOrigin: deviation.crossOrigin ?? false,
  });
}

function authData(
  key: Pick<SoftwareKey, 'rpId' | 'counter' | 'backupEligible'>,
  deviation: Deviation,
  attested?: Uint8Array,
) {
  return authenticatorData(
    deviation.rpId ?? key.rpId,
    {
      userPresent: deviation.userPresent ?? true,
      userVerified: deviation.userVerified ?? true,
      backedUp: deviation.backupEligible ?? key.backupEligible,
    },
    deviation.counter ?? key.counter,
    attested,
  );
}

/** Answers `navigator.credentials.create()`: a new key from 48 random bytes and its registration response. */
export function createCredential(
  options: PublicKeyCredentialCreationOptionsJSON,
  origin: string,
  random: Uint8Array,
  deviation: Deviation = {},
): { readonly key: SoftwareKey; readonly response: RegistrationResponse } {
  const secretKey = deviation.secretKey ?? p256.utils.randomSecretKey(random.slice(0, 48));
  const credentialId = deviation.credentialId ?? toBase64Url(sha256(random));
  const rpId = options.rp.id ?? new URL(origin).hostname;
  const backupEligible = deviation.backupEligible ?? false;
  const aaguid = (deviation.aaguid ?? '').replaceAll('-', '').padEnd(32, '0');
  const attested = attestedCredentialData(
    Uint8Array.from(aaguid.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    fromBase64Url(credentialId) ?? new Uint8Array(),
    p256.getPublicKey(secretKey, false),
  );
  return {
    key: { credentialId, secretKey, userHandle: options.user.id, rpId, counter: 1, backupEligible },
    response: registrationResponse(
      credentialId,
      clientData('webauthn.create', options.challenge, origin, deviation),
      authData({ rpId, counter: 0, backupEligible }, deviation, attested),
    ),
  };
}

/** Signs with ES256: DER for an assertion, r || s for a profile's proof. A caller in a hurry may bring a faster one. */
export type Signer = (message: Uint8Array, secretKey: Uint8Array) => Uint8Array;
const signDer: Signer = (message, secretKey) => p256.sign(message, secretKey, { format: 'der' });
const signCompact: Signer = (message, secretKey) => p256.sign(message, secretKey, { format: 'compact' });

/** Answers `navigator.credentials.get()`. The returned key has counted this assertion. */
export function getAssertion(
  options: Pick<PublicKeyCredentialRequestOptionsJSON, 'challenge'>,
  origin: string,
  key: SoftwareKey,
  deviation: Deviation = {},
  sign: Signer = signDer,
): { readonly key: SoftwareKey; readonly response: AuthenticationResponse } {
  const data = clientData('webauthn.get', options.challenge, origin, deviation);
  const signed = authData(key, deviation);
  const signature = sign(assertionMessage(signed, data), deviation.secretKey ?? key.secretKey);
  return {
    key: { ...key, counter: key.counter + 1 },
    response: authenticationResponse(
      deviation.credentialId ?? key.credentialId,
      data,
      signed,
      signature,
      deviation.userHandle === undefined ? key.userHandle : deviation.userHandle,
    ),
  };
}

/** A browser profile's own key, as `deviceProofMessage` wants it used. */
export interface SoftwareProfile {
  readonly secretKey: Uint8Array;
  readonly publicKey: string;
}

/** A new profile key from 48 random bytes. */
export function createProfile(random: Uint8Array): SoftwareProfile {
  const secretKey = p256.utils.randomSecretKey(random.slice(0, 48));
  return { secretKey, publicKey: toBase64Url(spkiOf(p256.getPublicKey(secretKey, false))) };
}

/** What a profile's key says to any message, as base64url of r || s. */
export function signWithProfile(
  profile: Pick<SoftwareProfile, 'secretKey'>,
  message: Uint8Array,
  sign: Signer = signCompact,
): string {
  return toBase64Url(sign(message, profile.secretKey));
}

/** A profile's proof over a challenge and the credential that takes part, as base64url of r || s. */
export function proveProfile(
  profile: Pick<SoftwareProfile, 'secretKey'>,
  origin: string,
  challenge: string,
  credentialId = '',
  sign: Signer = signCompact,
): string {
  const message = deviceProofMessage(
    origin,
    fromBase64Url(challenge) ?? new Uint8Array(),
    fromBase64Url(credentialId) ?? new Uint8Array(),
  );
  return signWithProfile(profile, message, sign);
}
