import {
  assertionMessage,
  authenticationResponse,
  authenticatorData,
  clientDataJSON,
} from '../authenticator-response.ts';
import { der, derInteger, TAG } from '../der.ts';
import type { AuthenticationResponse } from '../wire.ts';
import { wipe } from './seal.ts';

/** The person unlocked the container just now, and the key never leaves it: UP and UV, neither BE nor BS. */
export const FLAGS = { userPresent: true, userVerified: true, backedUp: false } as const;

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

/** Whether pages of this origin may use keys of that relying party (WebAuthn L3 5.1.3, as far as our own origins go). */
export function mayUse(origin: string, relyingParty: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === relyingParty || hostname.endsWith(`.${relyingParty}`);
}
