import 'server-only';
import { constants, type KeyObject, verify } from 'node:crypto';
import { toHex } from '#domain/attestation/bytes';
import {
  type Element,
  eachElement,
  objectIdentifier,
  readElement,
  readElements,
  readSequence,
  readTime,
} from '#domain/attestation/der';
import { type Revoked, reasonOf, serialOf } from '#domain/attestation/revocation';
import { der, TAG } from '#domain/der';
import { readCertificate } from './certificate.ts';

/** The extensions of a list whose meaning is applied here (RFC 5280 5.2): authority key identifier, CRL number. */
const CRL_NUMBER = '2.5.29.20';
const DELTA_INDICATOR = '2.5.29.27';
const ISSUING_POINT = '2.5.29.28';
const UNDERSTOOD: readonly string[] = ['2.5.29.35', CRL_NUMBER];

/** Those of an entry (RFC 5280 5.3). */
const REASON_CODE = '2.5.29.21';
const CERTIFICATE_ISSUER = '2.5.29.29';

/** More than an authority of attestation certificates revokes. */
export const ENTRIES_MAX = 100_000;
/** More extensions than there are names for, of a list or an entry. */
const EXTENSIONS_MAX = 16;
/** RFC 5280 4.1.2.2 allows 20; some issuers take more. */
const SERIAL_OCTETS_MAX = 64;

export interface ReadList {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** The CRL number, hexadecimal without leading zeros; null in a list of version 1. */
  readonly number: string | null;
  readonly revoked: readonly Revoked[];
}

interface Failure {
  readonly failure: string;
}
const UNREADABLE: Failure = { failure: 'It is no revocation list that can be read.' };
const NOT_UNDERSTOOD: Failure = { failure: 'It has an entry that is not understood.' };

/**
 * Reads a certificate's whole revocation list, DER or PEM, by the issuer's own signature (RFC 5280 5.1 and 6.3.3), in time
 * and memory in proportion to it. Lists of changes, for a part of the certificates, or of somebody else's certificates are
 * refused. A failure is a sentence.
 */
export function readRevocationList(
  bytes: Uint8Array,
  issuerCertificate: Uint8Array,
  at: Date,
): ReadList | Failure {
  const issuer = readCertificate(issuerCertificate);
  if (issuer === null) return { failure: "The issuer's certificate cannot be read." };
  if (issuer.facts.keyUsage !== null && !issuer.facts.keyUsage.includes('cRLSign'))
    return { failure: 'Its issuer may not sign revocation lists.' };
  const list = readParts(toDer(bytes));
  if (list === null) return UNREADABLE;
  const fault = faultOf(list);
  if (fault !== null) return { failure: fault };
  if (!Buffer.from(list.issuerName).equals(issuer.subjectName))
    return { failure: 'It is the list of another issuer.' };
  if (!isSignedBy(list, issuer.publicKey)) return { failure: 'Its signature is not valid.' };
  const { thisUpdate, nextUpdate } = list;
  if (nextUpdate === null) return { failure: 'It does not say until when it counts.' };
  if (thisUpdate > at) return { failure: 'It is from the future.' };
  if (nextUpdate <= at) return { failure: `It ran out on ${nextUpdate.toISOString().slice(0, 10)}.` };
  const number = numberOf(list.extensions);
  if (number === undefined) return UNREADABLE;
  const revoked = readEntries(list.entries);
  return 'failure' in revoked ? revoked : { thisUpdate, nextUpdate, number, revoked };
}

interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** `CertificateList` (RFC 5280 5.1), with the entries unread. */
interface Parts {
  readonly toBeSigned: Uint8Array;
  readonly issuerName: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | null;
  readonly entries: Uint8Array;
  readonly extensions: readonly Extension[];
  /** What an `AlgorithmIdentifier` holds: the identifier, and its parameters. */
  readonly algorithm: readonly Element[];
  readonly signature: Uint8Array;
}

/** An element is written in one way only, so that this is the element as it was read. */
const whole = ({ tag, content }: Element) => der(tag, content);
const NOTHING = new Uint8Array();

function readParts(bytes: Uint8Array): Parts | null {
  const outer = readElement(bytes, TAG.sequence);
  const [list, algorithm, signature, ...beyond] = (outer && readElements(outer, 3)) ?? [];
  if (list?.tag !== TAG.sequence || algorithm?.tag !== TAG.sequence || beyond.length > 0) return null;
  // A signature is of whole octets: no bit of its last one is unused.
  if (signature?.tag !== TAG.bitString || signature.content[0] !== 0) return null;
  const fields = [...(readElements(list.content, 7) ?? [])];
  const take = (...tags: readonly number[]) =>
    tags.includes(fields[0]?.tag ?? 0) ? fields.shift() : undefined;
  const version = take(TAG.integer);
  const inner = take(TAG.sequence);
  const issuer = take(TAG.sequence);
  const thisUpdate = readTime(take(TAG.utcTime, TAG.generalizedTime));
  const next = take(TAG.utcTime, TAG.generalizedTime);
  const nextUpdate = readTime(next);
  const entries = take(TAG.sequence);
  const wrapped = take(TAG.explicit0);
  if (inner === undefined || issuer === undefined || thisUpdate === null || fields.length > 0) return null;
  if (next !== undefined && nextUpdate === null) return null;
  // Version 2 is a 1. Only that has extensions.
  if (version !== undefined && (version.content.length !== 1 || version.content[0] !== 1)) return null;
  if (version === undefined && wrapped !== undefined) return null;
  // RFC 5280 5.1.1.2: named outside as it is inside, where it is signed.
  if (!Buffer.from(inner.content).equals(algorithm.content)) return null;
  const extensions = wrapped === undefined ? [] : readExtensions(wrapped.content);
  const named = readElements(algorithm.content, 2);
  if (extensions === null || named === null) return null;
  return {
    toBeSigned: whole(list),
    issuerName: whole(issuer),
    thisUpdate,
    nextUpdate,
    entries: entries?.content ?? NOTHING,
    extensions,
    algorithm: named,
    signature: signature.content.subarray(1),
  };
}

/** `Extensions`, each of which stands once (RFC 5280 4.2). */
function readExtensions(bytes: Uint8Array): readonly Extension[] | null {
  const content = readElement(bytes, TAG.sequence);
  const elements = content && readElements(content, EXTENSIONS_MAX);
  const extensions = elements?.map(readExtension) ?? [];
  if (extensions.length === 0 || !extensions.every((each) => each !== null)) return null;
  return new Set(extensions.map(({ id }) => id)).size === extensions.length ? extensions : null;
}

function readExtension({ tag, content }: Element): Extension | null {
  const [name, ...rest] = (tag === TAG.sequence && readElements(content, 3)) || [];
  const id = name?.tag === TAG.objectIdentifier ? objectIdentifier(name.content) : null;
  const critical = rest[0]?.tag === TAG.boolean ? rest.shift() : undefined;
  const [value, ...beyond] = rest;
  if (id === null || value?.tag !== TAG.octetString || beyond.length > 0) return null;
  if (critical !== undefined && critical.content.length !== 1) return null;
  return { id, critical: critical !== undefined && critical.content[0] !== 0, value: value.content };
}

function faultOf({ extensions, algorithm }: Parts): string | null {
  const ids = extensions.map(({ id }) => id);
  if (ids.includes(DELTA_INDICATOR)) return 'It is a list of changes only.';
  if (ids.includes(ISSUING_POINT))
    return 'It is a list of a part of the certificates only, or an indirect one.';
  const unknown = extensions.find(({ id, critical }) => critical && !UNDERSTOOD.includes(id));
  if (unknown !== undefined) return `It has a critical extension that is not understood (${unknown.id}).`;
  const id = algorithmOf(algorithm);
  if (id !== null && Object.hasOwn(weak, id)) return `It is signed with ${weak[id]}.`;
  return schemeOf(algorithm) === null ? 'It is signed with an algorithm that is not known.' : null;
}

/** undefined: it has one that is no number. */
function numberOf(extensions: readonly Extension[]): string | null | undefined {
  const extension = extensions.find(({ id }) => id === CRL_NUMBER);
  if (extension === undefined) return null;
  const octets = readElement(extension.value, TAG.integer);
  // RFC 5280 5.2.3: 20 octets at most, and not negative.
  if (octets === null || octets.length === 0 || octets.length > 20) return undefined;
  return (octets[0] ?? 0) > 0x7f ? undefined : serialOf(toHex(octets));
}

function readEntries(bytes: Uint8Array): readonly Revoked[] | Failure {
  const revoked: Revoked[] = [];
  for (const element of eachElement(bytes)) {
    if (element?.tag !== TAG.sequence) return UNREADABLE;
    if (revoked.length === ENTRIES_MAX)
      return { failure: `It has more than ${ENTRIES_MAX.toLocaleString('en')} entries.` };
    const read = readEntry(element.content);
    if ('failure' in read) return read;
    revoked.push(read);
  }
  return revoked;
}

function readEntry(bytes: Uint8Array): Revoked | Failure {
  const [serial, time, more, ...beyond] = readElements(bytes, 3) ?? [];
  const revokedAt = readTime(time);
  if (serial?.tag !== TAG.integer || serial.content.length === 0) return UNREADABLE;
  if (revokedAt === null || beyond.length > 0) return UNREADABLE;
  if (serial.content.length > SERIAL_OCTETS_MAX) return NOT_UNDERSTOOD;
  const extensions = more === undefined ? [] : readExtensions(whole(more));
  if (extensions === null) return UNREADABLE;
  // One of another issuer's certificate, or one that cannot be understood (RFC 5280 5.3).
  if (extensions.some(({ id, critical }) => critical || id === CERTIFICATE_ISSUER)) return NOT_UNDERSTOOD;
  const given = extensions.find(({ id }) => id === REASON_CODE);
  const code = given && readElement(given.value, TAG.enumerated);
  if (given !== undefined && code?.length !== 1) return UNREADABLE;
  return { serialNumber: serialOf(toHex(serial.content)), revokedAt, reason: reasonOf(code?.[0]) };
}

interface Scheme {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** null: the algorithm brings its own. */
  readonly hash: string | null;
  readonly pssSaltOctets?: number;
}

/** Signature algorithms by their identifiers (RFC 4055, 5758, 8410), and those that prove nothing any more. */
const schemes: Readonly<Record<string, Scheme>> = {
  '1.2.840.113549.1.1.11': { keyType: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { keyType: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { keyType: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { keyType: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { keyType: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { keyType: 'ec', hash: 'sha512' },
  '1.3.101.112': { keyType: 'ed25519', hash: null },
};
const weak: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
};
const PSS = '1.2.840.113549.1.1.10';
const MASK_GENERATION = '1.2.840.113549.1.1.8';
const hashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

function algorithmOf([name]: readonly Element[]): string | null {
  return name?.tag === TAG.objectIdentifier ? objectIdentifier(name.content) : null;
}

function schemeOf(algorithm: readonly Element[]): Scheme | null {
  const id = algorithmOf(algorithm) ?? '';
  if (id === PSS) return pssScheme(algorithm[1]);
  return Object.hasOwn(schemes, id) ? (schemes[id] as Scheme) : null;
}

/** `RSASSA-PSS-params` (RFC 4055 3.1): one hash for both, its salt; defaults, which are SHA-1, are not taken. */
function pssScheme(parameters: Element | undefined): Scheme | null {
  const [hash, mask, salt, ...beyond] = (parameters && readElements(parameters.content, 3)) ?? [];
  if (hash?.tag !== 0xa0 || mask?.tag !== 0xa1 || salt?.tag !== 0xa2 || beyond.length > 0) return null;
  const hashId = algorithmOf(readSequence(hash.content) ?? []) ?? '';
  const masked = readSequence(mask.content) ?? [];
  const maskHash = masked[1] === undefined ? null : algorithmOf(readElements(masked[1].content, 2) ?? []);
  const length = readElement(salt.content, TAG.integer);
  if (algorithmOf(masked) !== MASK_GENERATION || maskHash !== hashId || length?.length !== 1) return null;
  if (!Object.hasOwn(hashes, hashId)) return null;
  return { keyType: 'rsa', hash: hashes[hashId] as string, pssSaltOctets: length[0] as number };
}

function isSignedBy({ algorithm, toBeSigned, signature }: Parts, key: KeyObject): boolean {
  const scheme = schemeOf(algorithm);
  if (scheme === null || key.asymmetricKeyType !== scheme.keyType) return false;
  const { pssSaltOctets } = scheme;
  const padding =
    pssSaltOctets === undefined
      ? {}
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pssSaltOctets };
  try {
    return verify(scheme.hash, toBeSigned, { key, ...padding }, signature);
  } catch {
    return false;
  }
}

function toDer(bytes: Uint8Array): Uint8Array {
  const pem = /^\s*-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----\s*$/.exec(
    bytes[0] === TAG.sequence ? '' : Buffer.from(bytes).toString('latin1'),
  )?.[1];
  return pem === undefined ? bytes : Buffer.from(pem, 'base64');
}
