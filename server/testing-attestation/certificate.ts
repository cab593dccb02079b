import 'server-only';
import { type KeyObject, sign } from 'node:crypto';
import { der, derInteger, derTime, TAG } from '#domain/der';
import type { Anchor } from '../attestation/verification.ts';
import { ascii, type Bytes, hash, join } from './bytes.ts';
import { keys } from './keys.ts';

/** Certificates (RFC 5280 4.1), written by hand so that each can be wrong in one place. */
const oid = (dotted: string): Bytes => {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...arcs].flatMap((arc) => {
    const out = [arc & 0x7f];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      out.unshift(0x80 | (rest & 0x7f));
    return out;
  });
  return der(TAG.objectIdentifier, Uint8Array.from(octets));
};

const utf8String = (text: string) => der(0x0c, ascii(text));
const set = (...contents: readonly Bytes[]) => der(0x31, ...contents);
const sequence = (...contents: readonly Bytes[]) => der(TAG.sequence, ...contents);
const octetString = (content: Bytes) => der(TAG.octetString, content);
const boolean = (value: boolean) => der(0x01, Uint8Array.of(value ? 0xff : 0));

const attribute = (type: string, value: string) => sequence(oid(type), utf8String(value));

export type NameParts = readonly (readonly [type: string, value: string])[];
const nameOf = (parts: NameParts) => sequence(...parts.map(([type, value]) => set(attribute(type, value))));

export const named = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
} as const;
export const commonName = (value: string): NameParts => [[named.CN, value]];

export interface WrittenExtension {
  readonly id: string;
  readonly critical?: boolean;
  readonly value: Bytes;
}

export const extension = {
  basicConstraints: (ca: boolean, pathLength?: number): WrittenExtension => ({
    id: '2.5.29.19',
    critical: true,
    value: sequence(
      ...(ca ? [boolean(true)] : []),
      ...(pathLength === undefined ? [] : [derInteger(pathLength)]),
    ),
  }),
  /** The first bits of RFC 5280 4.2.1.3, the leftmost first: `1` is digitalSignature, `000001` keyCertSign. */
  keyUsage: (bits: string): WrittenExtension => ({
    id: '2.5.29.15',
    critical: true,
    value: der(TAG.bitString, Uint8Array.of(8 - bits.length, Number.parseInt(bits.padEnd(8, '0'), 2))),
  }),
  extendedKeyUsage: (...usages: readonly string[]): WrittenExtension => ({
    id: '2.5.29.37',
    value: sequence(...usages.map(oid)),
  }),
  alternativeName: (names: readonly Bytes[], critical = true): WrittenExtension => ({
    id: '2.5.29.17',
    critical,
    value: sequence(...names),
  }),
  aaguid: (aaguid: string, critical = false): WrittenExtension => ({
    id: '1.3.6.1.4.1.45724.1.1.4',
    critical,
    value: octetString(Buffer.from(aaguid.replaceAll('-', ''), 'hex')),
  }),
  unknown: (critical: boolean): WrittenExtension => ({
    id: '1.3.6.1.4.1.99999.1',
    critical,
    value: octetString(ascii('?')),
  }),
  appleNonce: (nonce: Bytes): WrittenExtension => ({
    id: '1.2.840.113635.100.8.2',
    value: sequence(der(0xa1, octetString(nonce))),
  }),
  androidKeyDescription: (given: {
    readonly challenge: Bytes;
    readonly level?: number;
    readonly allApplications?: boolean;
    readonly imported?: boolean;
  }): WrittenExtension => {
    const level = der(TAG.enumerated, Uint8Array.of(given.level ?? 1));
    const purposes = der(0xa1, set(derInteger(2)));
    const origin = der702(derInteger(given.imported ? 2 : 0));
    const all = given.allApplications ? [Uint8Array.of(0xbf, 0x84, 0x58, 0x02, 0x05, 0x00)] : [];
    return {
      id: '1.3.6.1.4.1.11129.2.1.17',
      value: sequence(
        derInteger(3),
        level,
        derInteger(3),
        level,
        octetString(given.challenge),
        octetString(new Uint8Array()),
        sequence(...all),
        sequence(purposes, origin),
      ),
    };
  },
} as const;

const der702 = (content: Bytes) => join(Uint8Array.of(0xbf, 0x85, 0x3e, content.length), content);

/** GeneralName directoryName (RFC 5280 4.2.1.6); `together` writes one RDN with several attributes. */
export function directoryName(parts: NameParts, together = false): Bytes {
  const name = together
    ? sequence(set(...parts.map(([type, value]) => attribute(type, value))))
    : nameOf(parts);
  return der(0xa4, name);
}
export const dnsName = (name: string): Bytes => der(0x82, ascii(name));

const signatureAlgorithm = (key: KeyObject, hashName: 'sha1' | 'sha256') => {
  const ids = {
    rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
    ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
  } as const;
  return key.asymmetricKeyType === 'ec'
    ? sequence(oid(ids.ec[hashName]))
    : sequence(oid(ids.rsa[hashName]), der(0x05));
};

export interface CertificateOptions {
  readonly subject: NameParts;
  readonly issuer: NameParts;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly WrittenExtension[];
  readonly version?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: 'sha1' | 'sha256';
}

export function writeCertificate(options: CertificateOptions): Buffer {
  const { version = 3, hash: hashName = 'sha256' } = options;
  const algorithm = signatureAlgorithm(options.signer, hashName);
  const extensions = options.extensions.map(({ id, critical, value }) =>
    sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value)),
  );
  const toBeSigned = sequence(
    ...(version === 1 ? [] : [der(0xa0, derInteger(version - 1))]),
    derInteger(
      hash('sha256', options.publicKey.export({ format: 'der', type: 'spki' }))
        .subarray(0, 8)
        .fill(0x11, 0, 1),
    ),
    algorithm,
    nameOf(options.issuer),
    sequence(
      derTime(options.notBefore ?? new Date('2020-01-01T00:00:00Z')),
      derTime(options.notAfter ?? new Date('2045-01-01T00:00:00Z')),
    ),
    nameOf(options.subject),
    options.publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = sign(hashName, toBeSigned, options.signer);
  return join(sequence(toBeSigned, algorithm, der(TAG.bitString, Uint8Array.of(0), signature)));
}

export const ROOT = commonName('Forged TPM Root');
export const INTERMEDIATE = commonName('Forged NTC Intermediate');

const authority = (pathLength?: number) => [
  extension.basicConstraints(true, pathLength),
  extension.keyUsage('000001'),
];

export function rootCertificate(more: Partial<CertificateOptions> = {}): Buffer {
  const { publicKey, privateKey } = keys.root();
  return writeCertificate({
    subject: ROOT,
    issuer: ROOT,
    publicKey,
    signer: privateKey,
    extensions: authority(),
    ...more,
  });
}

export function intermediateCertificate(more: Partial<CertificateOptions> = {}): Buffer {
  return writeCertificate({
    subject: INTERMEDIATE,
    issuer: ROOT,
    publicKey: keys.intermediate().publicKey,
    signer: keys.root().privateKey,
    extensions: authority(0),
    ...more,
  });
}

/** The forged root, pinned for a format. */
export function forgedAnchor(
  format = 'tpm',
  certificate: Uint8Array = rootCertificate(),
  builtIn = false,
): Anchor {
  return { format, name: 'Forged TPM Root', certificate, builtIn };
}
