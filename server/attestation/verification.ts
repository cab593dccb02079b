import 'server-only';
import { constants, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { type CoseKey, coseAlgorithm } from '#domain/attestation/cose-key';
import type { Expected, Facts } from '#domain/attestation/judgement/facts';
import { issuedPairs, isTrusted, type Known } from '#domain/attestation/judgement/standing';
import type { KeyProtection } from '#domain/attestation/metadata';
import { listAddresses } from '#domain/attestation/revocation';
import {
  isUnreadable,
  type Registration,
  readRegistration,
  type SignatureToVerify,
  signatureToVerify,
  type Unreadable,
} from '#domain/attestation/statement';
import { judge, type Verdict } from '#domain/attestation/verdict';
import { isIssuedBy, type ReadCertificate, readCertificate, readIssuer } from './certificate.ts';

/** A certificate that a path may end in, for one format. */
export interface Anchor {
  /** The statement format that it is pinned for. */
  readonly format: string;
  readonly name: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** It ships with the product. */
  readonly builtIn: boolean;
  /** The one model that it vouches for, and where that keeps its keys: of an anchor that stands in loaded metadata. */
  readonly only?: { readonly aaguid: string; readonly keyProtection: KeyProtection };
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
  /** What is known elsewhere of its model and certificates; nothing, where left out. */
  readonly known?: Known;
}

export interface Answered {
  readonly verdict: Verdict;
  readonly registration: Registration;
  /** The statement's chain, and the anchor behind it where one was found. */
  readonly path: Facts['certificates'];
  /** The lists that certificates of a trusted path name; of any other path nothing is asked for. */
  readonly lists: readonly NamedList[];
}

/** A revocation list, by the certificate of who issues it and one of its addresses. */
export interface NamedList {
  readonly issuer: string;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly address: string;
}

/**
 * Verifies an attestation statement as a whole, with nothing but what is given: signature, certificate path, and what the
 * statement says of itself. Synchronous and without network. `unreadable` names the part that is not what it should be.
 */
export function verifyAttestation(question: Question): Answered | { readonly unreadable: Unreadable } {
  const registration = readRegistration(question.attestationObject, question.clientDataJSON);
  if (isUnreadable(registration)) return registration;
  const { facts, path, read } = findFacts(registration, question.anchors);
  const verdict = judge(registration, facts, question.expected, question.at, question.known);
  return { verdict, registration, path, lists: namedLists(facts, read, verdict) };
}

function namedLists(facts: Facts, read: readonly ReadCertificate[], { checks }: Verdict): NamedList[] {
  const findings = checks.map(({ id, outcome, detail }) => [id, [outcome, detail]] as const);
  if (!isTrusted(Object.fromEntries(findings))) return [];
  return issuedPairs(facts).flatMap(({ certificate, issuer }) =>
    listAddresses(certificate).flatMap((address) => {
      const der = read.find(({ facts }) => facts.fingerprint === issuer.fingerprint)?.native.raw;
      return der === undefined ? [] : [{ issuer: issuer.fingerprint, certificate: der, address }];
    }),
  );
}

function findFacts(
  registration: Registration,
  anchors: readonly Anchor[],
): {
  readonly facts: Facts;
  readonly path: Facts['certificates'];
  readonly read: readonly ReadCertificate[];
} {
  const { statement, authData } = registration;
  const x5c = (statement !== null && 'x5c' in statement ? statement.x5c : null) ?? [];
  const pinned = anchors.filter(
    ({ format, only }) =>
      format === registration.format && (only === undefined || only.aaguid === authData.aaguid),
  );
  const { chain, found, ...ofPath } = readPath(x5c, pinned);
  const { anchor, certificates } = ofPath;
  const leaf = chain?.[0];
  const toVerify = signatureToVerify(registration);
  const signer = toVerify?.by === 'credential' ? toKey(authData.publicKey) : leaf?.publicKey;
  const facts: Facts = {
    signatureValid: toVerify === null || !signer ? null : verifySignature(toVerify, signer),
    ...ofPath,
    leafHoldsCredential:
      leaf === undefined || registration.format === 'tpm'
        ? null
        : (toKey(authData.publicKey)?.equals(leaf.publicKey) ?? false),
  };
  const path =
    anchor === null || anchor.included ? certificates : [...(certificates ?? []), anchor.certificate];
  return { facts, path, read: [...(chain ?? []), ...(found === null ? [] : [found.certificate])] };
}

/** A chain of certificates (DER, the signer's first) and the anchor that it ends in, read for `judgePath`. */
export interface ReadPath extends Pick<Facts, 'certificates' | 'issuedByNext' | 'anchor' | 'anchors'> {
  /** null: one of them cannot be read. */
  readonly chain: readonly ReadCertificate[] | null;
  readonly found: { readonly anchor: Anchor; readonly certificate: ReadCertificate } | null;
}

export function readPath(x5c: readonly Uint8Array[], anchors: readonly Anchor[]): ReadPath {
  // The first is one computer's own; those above it are many computers'.
  const read = x5c.map((certificate, at) =>
    at === 0 ? readCertificate(certificate) : readIssuer(certificate),
  );
  const chain = read.every((certificate) => certificate !== null) ? read : null;
  const found = chain === null ? null : findAnchor(chain, anchors);
  return {
    chain,
    found,
    certificates: chain === null ? null : chain.map(({ facts }) => facts),
    issuedByNext: (chain ?? [])
      .slice(0, -1)
      .map((certificate, at) => isIssuedBy(certificate, chain?.[at + 1] as ReadCertificate)),
    anchor: found && {
      name: found.anchor.name,
      builtIn: found.anchor.builtIn,
      certificate: found.certificate.facts,
      included: found.included,
      keyProtection: found.anchor.only?.keyProtection,
    },
    anchors: anchors.length,
  };
}

interface Found {
  readonly anchor: Anchor;
  readonly certificate: ReadCertificate;
  readonly included: boolean;
}

function findAnchor(chain: readonly ReadCertificate[], anchors: readonly Anchor[]): Found | null {
  const last = chain.at(-1);
  if (last === undefined) return null;
  for (const anchor of anchors) {
    const certificate = readIssuer(anchor.certificate);
    if (certificate === null) continue;
    if (chain.some(({ native }) => native.raw.equals(certificate.native.raw)))
      return { anchor, certificate, included: true };
    if (isIssuedBy(last, certificate)) return { anchor, certificate, included: false };
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
