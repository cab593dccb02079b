import { encodeCBOR } from '@levischuck/tiny-cbor';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
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

const encode = new TextEncoder();

function clientDataJSON(type: string, challenge: string, origin: string, deviation: Deviation): Uint8Array {
  const crossOrigin = deviation.crossOrigin ?? false;
  return encode.encode(
    JSON.stringify({
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? origin,
      crossOrigin,
    }),
  );
}

function authenticatorData(
  rpId: string,
  counter: number,
  backupEligible: boolean,
  deviation: Deviation,
  attested: Uint8Array = new Uint8Array(),
): Uint8Array {
  const data = new Uint8Array(37 + attested.length);
  const eligible = deviation.backupEligible ?? backupEligible;
  data.set(sha256(encode.encode(deviation.rpId ?? rpId)));
  data[32] =
    ((deviation.userPresent ?? true) ? 0x01 : 0) |
    ((deviation.userVerified ?? true) ? 0x04 : 0) |
    (eligible ? 0x18 : 0) |
    (attested.length > 0 ? 0x40 : 0);
  new DataView(data.buffer).setUint32(33, deviation.counter ?? counter);
  data.set(attested, 37);
  return data;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
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
  const point = p256.getPublicKey(secretKey, false);
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, point.slice(1, 33)],
    [-3, point.slice(33)],
  ]);
  const idBytes = fromBase64Url(credentialId) ?? new Uint8Array();
  const aaguid = (deviation.aaguid ?? '').replaceAll('-', '').padEnd(32, '0');
  const attested = concat(
    Uint8Array.from(aaguid.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    Uint8Array.of(idBytes.length >> 8, idBytes.length & 0xff),
    idBytes,
    encodeCBOR(cose),
  );
  const rpId = options.rp.id ?? new URL(origin).hostname;
  const backupEligible = deviation.backupEligible ?? false;
  const authData = authenticatorData(rpId, 0, backupEligible, deviation, attested);
  const attestationObject = encodeCBOR(
    new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]) as Parameters<typeof encodeCBOR>[0],
  );
  return {
    key: { credentialId, secretKey, userHandle: options.user.id, rpId, counter: 1, backupEligible },
    response: {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: toBase64Url(clientDataJSON('webauthn.create', options.challenge, origin, deviation)),
        attestationObject: toBase64Url(attestationObject),
        transports: ['internal'],
      },
    },
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
  const clientData = clientDataJSON('webauthn.get', options.challenge, origin, deviation);
  const authData = authenticatorData(key.rpId, key.counter, key.backupEligible, deviation);
  const signature = sign(concat(authData, sha256(clientData)), deviation.secretKey ?? key.secretKey);
  const id = deviation.credentialId ?? key.credentialId;
  return {
    key: { ...key, counter: key.counter + 1 },
    response: {
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: toBase64Url(clientData),
        authenticatorData: toBase64Url(authData),
        signature: toBase64Url(signature),
        userHandle: deviation.userHandle === undefined ? key.userHandle : deviation.userHandle,
      },
    },
  };
}

/** SubjectPublicKeyInfo of a P-256 key up to the point (RFC 5480). */
const SPKI_PREFIX = Uint8Array.from([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
]);

/** A browser profile's own key, as `deviceProofMessage` wants it used. */
export interface SoftwareProfile {
  readonly secretKey: Uint8Array;
  readonly publicKey: string;
}

/** A new profile key from 48 random bytes. */
export function createProfile(random: Uint8Array): SoftwareProfile {
  const secretKey = p256.utils.randomSecretKey(random.slice(0, 48));
  return { secretKey, publicKey: toBase64Url(concat(SPKI_PREFIX, p256.getPublicKey(secretKey, false))) };
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
  return toBase64Url(sign(message, profile.secretKey));
}
