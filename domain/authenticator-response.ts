import { encodeCBOR } from '@levischuck/tiny-cbor';
import { sha256 } from '@noble/hashes/sha2.js';
import { joinBytes } from './attestation/bytes.ts';
import { toBase64Url } from './base64url.ts';
import type { AuthenticationResponse, RegistrationResponse } from './wire.ts';

/** What an authenticator and its client write (WebAuthn L3 5.8.1, 6.1, 6.5): ES256 keys on P-256, attestation `none`. */

/** `CollectedClientData`, serialised with its members in the order of WebAuthn L3 5.8.1.1. */
export function clientDataJSON(data: {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin: boolean;
}): Uint8Array<ArrayBuffer> {
  const { type, challenge, origin, crossOrigin } = data;
  return new TextEncoder().encode(JSON.stringify({ type, challenge, origin, crossOrigin }));
}

export interface AuthenticatorFlags {
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  /** Both BE and BS: what is eligible here is backed up. */
  readonly backedUp: boolean;
}

/** Authenticator data (WebAuthn L3 6.1); with attested credential data the AT flag is set. */
export function authenticatorData(
  rpId: string,
  { userPresent, userVerified, backedUp }: AuthenticatorFlags,
  counter: number,
  attested: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const flags =
    (userPresent ? 0x01 : 0) |
    (userVerified ? 0x04 : 0) |
    (backedUp ? 0x18 : 0) |
    (attested.length > 0 ? 0x40 : 0);
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, counter);
  return joinBytes(sha256(new TextEncoder().encode(rpId)), Uint8Array.of(flags), count, attested);
}

/** Attested credential data (WebAuthn L3 6.5.1) of an ES256 key; the point is uncompressed (SEC 1 2.3.3). */
export function attestedCredentialData(
  aaguid: Uint8Array,
  credentialId: Uint8Array,
  point: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const coseKey = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, point.slice(1, 33)],
    [-3, point.slice(33)],
  ]);
  const length = Uint8Array.of(credentialId.length >> 8, credentialId.length & 0xff);
  return joinBytes(aaguid, length, credentialId, encodeCBOR(coseKey));
}

/** What `navigator.credentials.create()` gives back, as JSON: attestation `none`, a platform authenticator. */
export function registrationResponse(
  credentialId: string,
  clientData: Uint8Array,
  authData: Uint8Array,
): RegistrationResponse {
  const attestationObject = encodeCBOR(
    new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]) as Parameters<typeof encodeCBOR>[0],
  );
  return {
    id: credentialId,
    rawId: credentialId,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response: {
      clientDataJSON: toBase64Url(clientData),
      attestationObject: toBase64Url(attestationObject),
      transports: ['internal'],
    },
  };
}

/** What an assertion signs (WebAuthn L3 6.3.3). */
export function assertionMessage(authData: Uint8Array, clientData: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes(authData, sha256(clientData));
}

/** What `navigator.credentials.get()` gives back, as JSON; the signature is DER. */
export function authenticationResponse(
  credentialId: string,
  clientData: Uint8Array,
  authData: Uint8Array,
  signature: Uint8Array,
  userHandle: string | null,
): AuthenticationResponse {
  return {
    id: credentialId,
    rawId: credentialId,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response: {
      clientDataJSON: toBase64Url(clientData),
      authenticatorData: toBase64Url(authData),
      signature: toBase64Url(signature),
      userHandle,
    },
  };
}

/** SubjectPublicKeyInfo of a P-256 key up to the point (RFC 5480). */
const SPKI_PREFIX = Uint8Array.from([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
]);

/** SubjectPublicKeyInfo of a P-256 key from its uncompressed point. */
export function spkiOf(point: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes(SPKI_PREFIX, point);
}
