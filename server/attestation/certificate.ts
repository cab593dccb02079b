import 'server-only';
// Must come first: the library finds its parts by metadata.
import 'reflect-metadata';
import { type KeyObject, X509Certificate as NativeCertificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
} from '@peculiar/x509';
import type { Certificate } from '#domain/attestation/certificate';
import { readElements, readSequence } from '#domain/attestation/der';

/** A certificate as two libraries read it: one names its extensions, OpenSSL verifies with it. */
export interface ReadCertificate {
  readonly facts: Certificate;
  readonly native: NativeCertificate;
  readonly publicKey: KeyObject;
  readonly issuerName: Uint8Array;
  readonly subjectName: Uint8Array;
}

const keyUsages: readonly [KeyUsageFlags, string][] = [
  [KeyUsageFlags.digitalSignature, 'digitalSignature'],
  [KeyUsageFlags.nonRepudiation, 'nonRepudiation'],
  [KeyUsageFlags.keyEncipherment, 'keyEncipherment'],
  [KeyUsageFlags.dataEncipherment, 'dataEncipherment'],
  [KeyUsageFlags.keyAgreement, 'keyAgreement'],
  [KeyUsageFlags.keyCertSign, 'keyCertSign'],
  [KeyUsageFlags.cRLSign, 'cRLSign'],
  [KeyUsageFlags.encipherOnly, 'encipherOnly'],
  [KeyUsageFlags.decipherOnly, 'decipherOnly'],
];

const curveBits: Readonly<Record<string, readonly [number, string]>> = {
  prime256v1: [256, 'P-256'],
  secp384r1: [384, 'P-384'],
  secp521r1: [521, 'P-521'],
};

function keyFacts(key: KeyObject): Certificate['key'] {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa')
    return { type: 'rsa', bits: modulusLength, words: `RSA ${modulusLength}` };
  if (key.asymmetricKeyType === 'ec') {
    const [bits, name] = curveBits[namedCurve] ?? [0, namedCurve];
    return { type: 'ec', bits, words: `EC ${name}` };
  }
  return { type: 'other', bits: 0, words: key.asymmetricKeyType === 'ed25519' ? 'Ed25519' : 'another kind' };
}

/** RFC 5280 4.1.2.1: [0] with an INTEGER of 0 to 2, and version 1 where it is left out. */
function versionOf(der: Uint8Array): number {
  const [toBeSigned] = readSequence(der) ?? [];
  const [version] = (toBeSigned && readElements(toBeSigned.content)) ?? [];
  const [number] = (version?.tag === 0xa0 && readElements(version.content)) || [];
  return (number?.content[0] ?? 0) + 1;
}

function hashOf(certificate: X509Certificate): string | null {
  // An algorithm that brings its own hash has none.
  const { hash, name } = certificate.signatureAlgorithm;
  return hash?.name ?? name ?? null;
}

const equal = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b);

/** Reads a certificate (DER) in every part that is judged, or null when it is none. */
export function readCertificate(der: Uint8Array): ReadCertificate | null {
  try {
    const copy = Buffer.from(der);
    const native = new NativeCertificate(copy);
    // OpenSSL looks for a first certificate in more than DER, and leaves what follows alone.
    if (!native.raw.equals(copy)) return null;
    const certificate = new X509Certificate(copy);
    const { publicKey } = native;
    const subjectName = new Uint8Array(certificate.subjectName.toArrayBuffer());
    const issuerName = new Uint8Array(certificate.issuerName.toArrayBuffer());
    const constraints = certificate.getExtension(BasicConstraintsExtension);
    const usage = certificate.getExtension(KeyUsagesExtension);
    const extended = certificate.getExtension(ExtendedKeyUsageExtension);
    const ids = certificate.extensions.map(({ type }) => type);
    // RFC 5280 4.2: an extension stands once.
    if (new Set(ids).size !== ids.length) return null;
    if (Number.isNaN(certificate.notBefore.getTime()) || Number.isNaN(certificate.notAfter.getTime()))
      return null;
    const field = (name: string) => certificate.subjectName.getField(name);
    const facts: Certificate = {
      subject: certificate.subject,
      issuer: certificate.issuer,
      serialNumber: certificate.serialNumber.toUpperCase(),
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      version: versionOf(copy),
      subjectIsEmpty: equal(subjectName, Uint8Array.of(0x30, 0)),
      selfIssued: equal(subjectName, issuerName),
      subjectAttributes: { C: field('C'), O: field('O'), OU: field('OU'), CN: field('CN') },
      fingerprint: native.fingerprint256,
      basicConstraints: constraints && {
        ca: constraints.ca,
        pathLength: constraints.pathLength ?? null,
      },
      keyUsage: usage && keyUsages.flatMap(([flag, name]) => ((usage.usages & flag) === 0 ? [] : [name])),
      extendedKeyUsage: extended === null ? null : extended.usages.map(String),
      extensions: certificate.extensions.map(({ type, critical, value }) => ({
        id: type,
        critical,
        value: new Uint8Array(value),
      })),
      key: keyFacts(publicKey),
      signatureHash: hashOf(certificate),
    };
    return { facts, native, publicKey, issuerName, subjectName };
  } catch {
    return null;
  }
}

/** Anchors and the intermediates of makers, of which there are some dozens; the rest is somebody's who sends rubbish. */
const REMEMBERED_ISSUERS = 256;
const LARGEST_REMEMBERED_BYTES = 4096;
/** By every byte of the certificate, the longest unused first. */
const issuers = new Map<string, ReadCertificate>();

/**
 * Reads a certificate that stands above others, and so comes again with every registration. What was read of the same bytes
 * before is given again: only reading is remembered, never whether anything was trusted or signed.
 */
export function readIssuer(der: Uint8Array): ReadCertificate | null {
  if (der.length > LARGEST_REMEMBERED_BYTES) return readCertificate(der);
  const content = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('latin1');
  const read = issuers.get(content) ?? readCertificate(der);
  issuers.delete(content);
  if (read === null) return null;
  issuers.set(content, read);
  const [oldest] = issuers.size > REMEMBERED_ISSUERS ? issuers.keys() : [];
  if (oldest !== undefined) issuers.delete(oldest);
  return read;
}

/** Whether a certificate names this issuer and bears a signature of its key (RFC 5280 6.1.3 (a) (1) and (4)). */
export function isIssuedBy(certificate: ReadCertificate, issuer: ReadCertificate): boolean {
  if (!equal(certificate.issuerName, issuer.subjectName)) return false;
  try {
    return certificate.native.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** The certificates of PEM text (RFC 7468), as DER; null when there is none, or something that is not one. */
export function readPem(pem: string): Buffer[] | null {
  // No dash stands in base64: every block ends before the next begins, and the text is read once.
  const blocks = pem.match(/-----BEGIN [A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length !== (pem.match(/-----BEGIN /g) ?? []).length) return null;
  const certificates: Buffer[] = [];
  for (const block of blocks) {
    const body = /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----$/.exec(block)?.[1];
    if (body === undefined) return null;
    certificates.push(Buffer.from(body, 'base64'));
  }
  return certificates.length === 0 ? null : certificates;
}
