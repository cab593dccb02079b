import 'server-only';
import { constants, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { type CoseKey, coseAlgorithm } from '#domain/attestation/cose-key';
import type { Expected, Facts, FoundAnchor } from '#domain/attestation/judgement/facts';
import {
  isUnreadable,
  type Registration,
  readRegistration,
  type SignatureToVerify,
  signatureToVerify,
  type Unreadable,
} from '#domain/attestation/statement';
import { judge, type Verdict } from '#domain/attestation/verdict';
import { isIssuedBy, type ReadCertificate, readCertificate } from './certificate.ts';

/** A certificate that a path may end in, for one format. */
export interface Anchor {
  /** The statement format that it is pinned for. */
  readonly format: string;
  readonly name: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** It ships with the product. */
  readonly builtIn: boolean;
}

/** What somebody wants to know about an attestation. Nothing here is remembered, fetched or trusted beyond the call. */
export interface Question {
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly expected: Expected;
  /** When the certificates have to be valid. */
  readonly at: Date;
  /** All that may be trusted; those of other formats are passed over. */
  readonly anchors: readonly Anchor[];
}

export interface Answered {
  readonly verdict: Verdict;
  readonly registration: Registration;
  /** The statement's chain, and the anchor behind it where one was found. */
  readonly path: Facts['certificates'];
}

/**
 * Verifies an attestation statement as a whole, with nothing but what is given: signature, certificate path, and what the
 * statement says of itself. Synchronous and without network. `unreadable` names the part that is not what it should be.
 */
export function verifyAttestation(question: Question): Answered | { readonly unreadable: Unreadable } {
  const registration = readRegistration(question.attestationObject, question.clientDataJSON);
  if (isUnreadable(registration)) return registration;
  const { facts, path } = findFacts(registration, question.anchors);
  return { verdict: judge(registration, facts, question.expected, question.at), registration, path };
}

function findFacts(
  registration: Registration,
  anchors: readonly Anchor[],
): { readonly facts: Facts; readonly path: Facts['certificates'] } {
  const { statement, authData } = registration;
  const x5c = (statement !== null && 'x5c' in statement ? statement.x5c : null) ?? [];
  const pinned = anchors.filter(({ format }) => format === registration.format);
  const read = x5c.map(readCertificate);
  const chain = read.every((certificate) => certificate !== null) ? read : null;
  const anchor = chain === null ? null : findAnchor(chain, pinned);
  const leaf = chain?.[0];
  const certificates = chain === null ? null : chain.map(({ facts }) => facts);
  const toVerify = signatureToVerify(registration);
  const signer = toVerify?.by === 'credential' ? toKey(authData.publicKey) : leaf?.publicKey;
  const facts: Facts = {
    signatureValid: toVerify === null || !signer ? null : verifySignature(toVerify, signer),
    certificates,
    issuedByNext: (chain ?? [])
      .slice(0, -1)
      .map((certificate, at) => isIssuedBy(certificate, chain?.[at + 1] as ReadCertificate)),
    anchor,
    anchors: pinned.length,
    leafHoldsCredential:
      leaf === undefined || registration.format === 'tpm'
        ? null
        : (toKey(authData.publicKey)?.equals(leaf.publicKey) ?? false),
  };
  const path =
    anchor === null || anchor.included ? certificates : [...(certificates ?? []), anchor.certificate];
  return { facts, path };
}

function findAnchor(chain: readonly ReadCertificate[], anchors: readonly Anchor[]): FoundAnchor | null {
  const last = chain.at(-1);
  if (last === undefined) return null;
  const found = (anchor: Anchor, certificate: ReadCertificate, included: boolean): FoundAnchor => ({
    name: anchor.name,
    builtIn: anchor.builtIn,
    certificate: certificate.facts,
    included,
  });
  for (const anchor of anchors) {
    const certificate = readCertificate(anchor.certificate);
    if (certificate === null) continue;
    if (chain.some(({ native }) => native.raw.equals(certificate.native.raw)))
      return found(anchor, certificate, true);
    if (isIssuedBy(last, certificate)) return found(anchor, certificate, false);
  }
  return null;
}

const CURVES: Readonly<Record<number, string>> = { 1: 'P-256', 2: 'P-384', 3: 'P-521', 6: 'Ed25519' };

const encoded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** A COSE key as OpenSSL takes it, or null where it is no point of its curve or no key. */
function toKey(key: CoseKey): KeyObject | null {
  const jwk: JsonWebKey =
    key.type === 'rsa'
      ? { kty: 'RSA', n: encoded(key.modulus), e: encoded(key.exponent) }
      : {
          kty: key.type === 'ec' ? 'EC' : 'OKP',
          crv: CURVES[key.curve] ?? '',
          x: encoded(key.x),
          ...(key.type === 'ec' ? { y: encoded(key.y) } : {}),
        };
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
}

/** null: the algorithm and the key are not of one kind, so that there is nothing to verify. */
function verifySignature(
  { algorithm, message, signature }: SignatureToVerify,
  key: KeyObject,
): boolean | null {
  const known = coseAlgorithm(algorithm);
  const keyType = { ec: 'ec', okp: 'ed25519', rsa: 'rsa' } as const;
  if (known === null || key.asymmetricKeyType !== keyType[known.keyType]) return null;
  const padding =
    known.padding === 'pss'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
  try {
    return verify(known.hash, message, { key, ...padding }, signature);
  } catch {
    return false;
  }
}
