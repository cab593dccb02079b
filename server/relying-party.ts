import 'server-only';
import { createHash } from 'node:crypto';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import {
  decodeAttestationObject,
  decodeCredentialPublicKey,
  parseAuthenticatorData,
} from '@simplewebauthn/server/helpers';
import type { Known } from '#domain/attestation/judgement/standing';
import { isSound, type Verdict } from '#domain/attestation/verdict';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import type { AuthenticationResponse, RegistrationResponse } from '#domain/wire';
import { type Anchor, verifyAttestation } from './attestation/verification.ts';

/** ES256 for what is made today, RS256 for Windows Hello before Windows 11 22H2. */
export const ALGORITHMS = [-7, -257] as const;

export interface VerifiedRegistration {
  readonly credentialId: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly algorithm: number;
  readonly counter: bigint;
  readonly aaguid: string;
  readonly attestationFormat: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly verdict: Verdict;
}

export interface VerifiedAssertion {
  readonly counter: bigint;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** `cause` is for the event log; it names the check that failed and holds nothing of the request. */
export type Verified<T> =
  | ({ readonly verified: true } & T)
  | { readonly verified: false; readonly cause: string };

/** Which certificate paths are believed, and when. */
export interface Trust {
  readonly anchors: readonly Anchor[];
  readonly at: Date;
  /** What is known elsewhere of the model and the certificates; nothing, where left out. */
  readonly known?: Known;
}

/** What the browser said it did, before anything about it is proven. */
export interface ClientData {
  readonly type: string;
  readonly challenge: Uint8Array<ArrayBuffer>;
  readonly origin: string;
  readonly crossOrigin: boolean;
}

/** The client data, or null when it is none. WebAuthn L3 5.8.1. */
export function readClientData(clientDataJSON: string): ClientData | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'));
    if (typeof json !== 'object' || json === null) return null;
    const { type, challenge, origin, crossOrigin, topOrigin } = json as Record<string, unknown>;
    if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') return null;
    const bytes = fromBase64Url(challenge);
    return (
      bytes && {
        type,
        challenge: bytes,
        origin,
        crossOrigin: crossOrigin === true || topOrigin !== undefined,
      }
    );
  } catch {
    return null;
  }
}

/** A key that is nobody's: an unknown credential costs the same verification as a known one. */
export const DECOY_PUBLIC_KEY = new Uint8Array(
  Buffer.from(
    'a5010203262001215820' +
      '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '225820' +
      '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  ),
);

/**
 * The relying party's cryptography: SimpleWebAuthn behind checks of our own, which run first so that a refusal has an
 * exact cause. User verification is always required. It judges no policy, no counter and no owner: callers do.
 */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
  readonly name: string;
  /** WebAuthn L3 7.1. The causes `attestation_unreadable` and `attestation_not_verified` mean that only the attestation statement stood in the way. */
  verifyRegistration(response: RegistrationResponse, trust: Trust): Promise<Verified<VerifiedRegistration>>;
  /** WebAuthn L3 7.2, steps 11 to 21. */
  verifyAssertion(
    response: AuthenticationResponse,
    publicKey: Uint8Array<ArrayBuffer>,
  ): Promise<Verified<VerifiedAssertion>>;
}

function readAttestedCredential(
  attestationObject: string,
): { authData: Uint8Array; algorithm: number } | null {
  try {
    const authData = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url'))).get(
      'authData',
    );
    const { credentialPublicKey } = parseAuthenticatorData(authData);
    if (credentialPublicKey === undefined) return null;
    // Label 3 is `alg` (RFC 9052 7.1).
    const algorithm: unknown = decodeCredentialPublicKey(credentialPublicKey).get(3);
    return typeof algorithm === 'number' ? { authData, algorithm } : null;
  } catch {
    return null;
  }
}

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

/**
 * The formats whose verification by SimpleWebAuthn asks no certificate path of its own. For the others it ships roots, or
 * takes the sender's, and then downloads the revocation lists that the sender's certificates name: those it never sees.
 */
const LIBRARY_FORMATS: readonly string[] = ['none', 'packed', 'tpm', 'fido-u2f'];

/** The same registration with its attestation left out, for everything else to be verified. */
function withoutStatement(response: RegistrationResponse): RegistrationResponse {
  const authData = decodeAttestationObject(fromBase64(response.response.attestationObject)).get('authData');
  const object = new Map<string, unknown>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', new Uint8Array(authData)],
  ]);
  const attestationObject = toBase64Url(encodeCBOR(object as Parameters<typeof encodeCBOR>[0]));
  return { ...response, response: { ...response.response, attestationObject } };
}

export function createRelyingParty(party: { id: string; origin: string; name: string }): RelyingParty {
  const rpIdHash = createHash('sha256').update(party.id).digest();

  function clientDataFault(data: ClientData | null, type: string): string | null {
    if (data === null) return 'client_data_malformed';
    if (data.type !== type) return 'client_data_type';
    if (data.origin !== party.origin) return 'origin_mismatch';
    return data.crossOrigin ? 'cross_origin_frame' : null;
  }

  /** WebAuthn L3 6.1: which relying party, was somebody there, and was it the person. */
  function authenticatorDataFault(bytes: Uint8Array): string | null {
    if (bytes.length < 37) return 'authenticator_data_malformed';
    if (!rpIdHash.equals(bytes.subarray(0, 32))) return 'rp_id_mismatch';
    const flags = bytes[32] ?? 0;
    if ((flags & 0x01) === 0) return 'user_presence_missing';
    if ((flags & 0x04) === 0) return 'user_verification_missing';
    return (flags & 0x18) === 0x10 ? 'backup_flags_impossible' : null;
  }

  /**
   * What SimpleWebAuthn says of the whole registration; it judges first. Its roots are never set, so that it looks at no
   * path and downloads no list: paths are judged by us, with our anchors. A statement of a TPM that it refuses and that our
   * own checks accept in full, path included, is one of the legal forms that it cannot read (TPM 2.0 Part 2 12.2.4: an
   * explicit scheme; RFC 5280 4.2.1.6 and 4.2.1.12: other names and uses first).
   */
  async function statementFault(
    response: RegistrationResponse,
    data: ClientData,
    verdict: Verdict,
  ): Promise<'attestation_unreadable' | 'attestation_not_verified' | null> {
    const proven = verdict.class === 'tpm_hardware' || verdict.class === 'vbs_hardware';
    const given = LIBRARY_FORMATS.includes(verdict.format) ? response : withoutStatement(response);
    if (given !== response && !isSound(verdict)) return 'attestation_not_verified';
    try {
      const { verified } = await verifyRegistrationResponse({
        response: {
          ...given,
          authenticatorAttachment: given.authenticatorAttachment ?? undefined,
          response: { ...given.response, transports: [] },
        } as Parameters<typeof verifyRegistrationResponse>[0]['response'],
        expectedChallenge: toBase64Url(data.challenge),
        expectedOrigin: party.origin,
        expectedRPID: party.id,
        requireUserVerification: true,
        supportedAlgorithmIDs: [...ALGORITHMS],
      });
      return verified || proven ? null : 'attestation_not_verified';
    } catch {
      // Everything that a relying party may not waive was checked before; what is left is the statement.
      return proven ? null : 'attestation_unreadable';
    }
  }

  return {
    ...party,

    async verifyRegistration(response, trust) {
      const data = readClientData(response.response.clientDataJSON);
      const fault = clientDataFault(data, 'webauthn.create');
      if (fault !== null || data === null)
        return { verified: false, cause: fault ?? 'client_data_malformed' };
      if (response.id !== response.rawId) return { verified: false, cause: 'credential_id_mismatch' };
      const made = readAttestedCredential(response.response.attestationObject);
      const madeFault =
        made === null ? 'attestation_object_malformed' : authenticatorDataFault(made.authData);
      if (madeFault !== null || made === null)
        return { verified: false, cause: madeFault ?? 'attestation_object_malformed' };
      if (!ALGORITHMS.some((algorithm) => algorithm === made.algorithm)) {
        return { verified: false, cause: 'algorithm_not_offered' };
      }
      const attestation = verifyAttestation({
        attestationObject: fromBase64(response.response.attestationObject),
        clientDataJSON: fromBase64(response.response.clientDataJSON),
        expected: {
          challenge: data.challenge,
          origin: party.origin,
          rpId: party.id,
          credentialId: fromBase64(response.id),
        },
        ...trust,
      });
      if ('unreadable' in attestation) return { verified: false, cause: 'attestation_object_malformed' };
      const { verdict, registration } = attestation;
      const { authData } = registration;
      if (toBase64Url(authData.credentialId) !== response.id)
        return { verified: false, cause: 'credential_id_mismatch' };
      const cause = await statementFault(response, data, verdict);
      if (cause !== null) return { verified: false, cause };
      return {
        verified: true,
        credentialId: response.id,
        publicKey: new Uint8Array(authData.publicKeyBytes),
        algorithm: made.algorithm,
        counter: BigInt(authData.signCount),
        aaguid: authData.aaguid,
        attestationFormat: registration.format,
        backupEligible: authData.flags.backupEligible,
        backedUp: authData.flags.backedUp,
        verdict,
      };
    },

    async verifyAssertion(response, publicKey) {
      const data = readClientData(response.response.clientDataJSON);
      const authenticatorData = Buffer.from(response.response.authenticatorData, 'base64url');
      const fault = clientDataFault(data, 'webauthn.get') ?? authenticatorDataFault(authenticatorData);
      if (fault !== null || data === null)
        return { verified: false, cause: fault ?? 'client_data_malformed' };
      if (response.id !== response.rawId) return { verified: false, cause: 'credential_id_mismatch' };
      try {
        const result = await verifyAuthenticationResponse({
          response: {
            ...response,
            authenticatorAttachment: response.authenticatorAttachment ?? undefined,
            response: { ...response.response, userHandle: response.response.userHandle ?? undefined },
          } as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
          expectedChallenge: toBase64Url(data.challenge),
          expectedOrigin: party.origin,
          expectedRPID: party.id,
          requireUserVerification: true,
          // The counter is judged by `judgeCounter`, which tells a clone from two tabs out of order.
          credential: { id: response.id, publicKey, counter: 0 },
        });
        if (!result.verified) return { verified: false, cause: 'signature_invalid' };
        const { counter, flags } = parseAuthenticatorData(new Uint8Array(authenticatorData));
        return { verified: true, counter: BigInt(counter), backupEligible: flags.be, backedUp: flags.bs };
      } catch {
        return { verified: false, cause: 'assertion_malformed' };
      }
    },
  };
}
