import { p256 } from '@noble/curves/nist.js';
import { joinBytes } from '../attestation/bytes.ts';
import {
  assertionMessage,
  attestedCredentialData,
  authenticationResponse,
  authenticatorData,
  clientDataJSON,
  registrationResponse,
  spkiOf,
} from '../authenticator-response.ts';
import { toBase64Url } from '../base64url.ts';
import { der, derInteger, TAG } from '../der.ts';
import type { RandomBytes } from '../oprf.ts';
import type { AuthenticationResponse, RegistrationResponse } from '../wire.ts';
import { wipe } from './seal.ts';

/**
 * The model that keys of a Hello container name: a random version 4 GUID (RFC 9562 5.4) of Latchkey's own. It claims what
 * is so: a software key, without attestation.
 */
export const SOFTWARE_KEY_AAGUID = '7a355cc2-9e27-4fb1-a9ce-b83a1cff208e';

/** The AAGUID as it stands in authenticator data. */
const AAGUID_BYTES = Uint8Array.from(SOFTWARE_KEY_AAGUID.replaceAll('-', '').match(/../g) ?? [], (byte) =>
  Number.parseInt(byte, 16),
);

/** The person unlocked the container just now, and the key never leaves it: UP and UV, neither BE nor BS. */
const FLAGS = { userPresent: true, userVerified: true, backedUp: false } as const;

/** PKCS #8 (RFC 5958) of a P-256 key (RFC 5915) up to the secret, and from there up to the public point. */
const PKCS8_HEAD = Uint8Array.from([
  0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
  0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
]);
const PKCS8_MIDDLE = Uint8Array.from([0xa1, 0x44, 0x03, 0x42, 0x00]);
export const PKCS8_BYTES = 138;

export interface NewSoftwareKey {
  readonly credentialId: string;
  /** SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
  readonly response: RegistrationResponse;
}

/** A new ES256 key, and what it answers to a registration ceremony: attestation `none`. */
export function newSoftwareKey(
  { challenge, origin, rpId }: { readonly challenge: string; readonly origin: string; readonly rpId: string },
  random: RandomBytes,
): NewSoftwareKey {
  const seed = Uint8Array.from(random(48));
  const secretKey = p256.utils.randomSecretKey(seed);
  const point = p256.getPublicKey(secretKey, false);
  const pkcs8 = joinBytes(PKCS8_HEAD, secretKey, PKCS8_MIDDLE, point);
  wipe(seed, secretKey);
  const id = Uint8Array.from(random(32));
  const credentialId = toBase64Url(id);
  const clientData = clientDataJSON({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
  const authData = authenticatorData(rpId, FLAGS, 0, attestedCredentialData(AAGUID_BYTES, id, point));
  return {
    credentialId,
    publicKey: toBase64Url(spkiOf(point)),
    pkcs8,
    response: registrationResponse(credentialId, clientData, authData),
  };
}

export interface AssertionRequest {
  readonly challenge: string;
  readonly origin: string;
  readonly rpId: string;
  readonly credentialId: string;
  readonly userHandle: string;
  /** The signature counter that this assertion shows. */
  readonly counter: number;
}

/**
 * Answers an authentication ceremony. The key is imported so that it can sign and not be exported, signs once and is
 * forgotten; `pkcs8` is overwritten.
 */
export async function assertWith(
  pkcs8: Uint8Array<ArrayBuffer>,
  { challenge, origin, rpId, credentialId, userHandle, counter }: AssertionRequest,
): Promise<AuthenticationResponse> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']).finally(() => wipe(pkcs8));
  const clientData = clientDataJSON({ type: 'webauthn.get', challenge, origin, crossOrigin: false });
  const authData = authenticatorData(rpId, FLAGS, counter);
  const compact = new Uint8Array(await subtle.sign(algorithm, key, assertionMessage(authData, clientData)));
  return authenticationResponse(credentialId, clientData, authData, derSignature(compact), userHandle);
}

/** r || s as ECDSA-Sig-Value (RFC 3279 2.2.3), which is what WebAuthn wants. */
function derSignature(compact: Uint8Array): Uint8Array {
  return der(
    TAG.sequence,
    derInteger(magnitude(compact.slice(0, 32))),
    derInteger(magnitude(compact.slice(32))),
  );
}

/** Without leading zeros. */
function magnitude(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? bytes.slice(-1) : bytes.slice(first);
}
