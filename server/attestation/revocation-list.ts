import 'server-only';
// Must come first: the library finds its parts by metadata.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { X509Certificate, X509Crl } from '@peculiar/x509';
import { readElement } from '#domain/attestation/der';
import { type Revoked, reasonOf, serialOf } from '#domain/attestation/revocation';
import { readCertificate } from './certificate.ts';

const crypto = webcrypto as unknown as Crypto;

/** The extensions of a list whose meaning is applied here (RFC 5280 5.2): authority key identifier, CRL number. */
const CRL_NUMBER = '2.5.29.20';
const DELTA_INDICATOR = '2.5.29.27';
const ISSUING_POINT = '2.5.29.28';
const CERTIFICATE_ISSUER = '2.5.29.29';
const UNDERSTOOD: readonly string[] = ['2.5.29.35', CRL_NUMBER];

/** More than an authority of attestation certificates revokes. */
const ENTRIES_MAX = 100_000;

export interface ReadList {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** The CRL number, hexadecimal without leading zeros; null in a list of version 1. */
  readonly number: string | null;
  readonly revoked: readonly Revoked[];
}

/**
 * Reads a certificate's whole revocation list, DER or PEM, by the issuer's own signature (RFC 5280 5.1 and 6.3.3). Lists of
 * changes, for a part of the certificates, or of somebody else's certificates are refused. A failure is a sentence.
 */
export async function readRevocationList(
  bytes: Uint8Array,
  issuerCertificate: Uint8Array,
  at: Date,
): Promise<ReadList | { readonly failure: string }> {
  const issuer = readCertificate(issuerCertificate);
  if (issuer === null) return { failure: "The issuer's certificate cannot be read." };
  if (issuer.facts.keyUsage !== null && !issuer.facts.keyUsage.includes('cRLSign'))
    return { failure: 'Its issuer may not sign revocation lists.' };
  let list: X509Crl;
  try {
    list = new X509Crl(toDer(bytes));
    const faults = structuralFault(list);
    if (faults !== null) return { failure: faults };
    const named = Buffer.from(list.issuerName.toArrayBuffer());
    if (!named.equals(issuer.subjectName)) return { failure: 'It is the list of another issuer.' };
    const certificate = new X509Certificate(Buffer.from(issuerCertificate));
    if (!(await list.verify({ publicKey: certificate }, crypto)))
      return { failure: 'Its signature is not valid.' };
    const { thisUpdate, nextUpdate } = list;
    if (nextUpdate === undefined || Number.isNaN(nextUpdate.getTime()) || Number.isNaN(thisUpdate.getTime()))
      return { failure: 'It does not say until when it counts.' };
    if (thisUpdate > at) return { failure: 'It is from the future.' };
    if (nextUpdate <= at) return { failure: `It ran out on ${nextUpdate.toISOString().slice(0, 10)}.` };
    const { entries } = list;
    if (entries.length > ENTRIES_MAX) return { failure: `It has more than ${ENTRIES_MAX} entries.` };
    const revoked: Revoked[] = [];
    for (const entry of entries) {
      // An entry of another issuer's certificate, or one that cannot be understood (RFC 5280 5.3).
      if (entry.extensions.some(({ type, critical }) => critical || type === CERTIFICATE_ISSUER))
        return { failure: 'It has an entry that is not understood.' };
      revoked.push({
        serialNumber: serialOf(entry.serialNumber),
        revokedAt: entry.revocationDate,
        reason: reasonOf(entry.reason),
      });
    }
    return { thisUpdate, nextUpdate, number: numberOf(list), revoked };
  } catch {
    return { failure: 'It is no revocation list that can be read.' };
  }
}

function structuralFault(list: X509Crl): string | null {
  const ids = list.extensions.map(({ type }) => type);
  if (ids.includes(DELTA_INDICATOR)) return 'It is a list of changes only.';
  if (ids.includes(ISSUING_POINT))
    return 'It is a list of a part of the certificates only, or an indirect one.';
  const unknown = list.extensions.find(({ type, critical }) => critical && !UNDERSTOOD.includes(type));
  if (unknown !== undefined) return `It has a critical extension that is not understood (${unknown.type}).`;
  const hash = list.signatureAlgorithm.hash?.name;
  return hash === 'SHA-1' || hash === 'MD5' ? `It is signed with ${hash}.` : null;
}

function numberOf(list: X509Crl): string | null {
  const extension = list.extensions.find(({ type }) => type === CRL_NUMBER);
  const bytes = extension && readElement(new Uint8Array(extension.value), 0x02);
  return bytes ? serialOf(Buffer.from(bytes).toString('hex')) : null;
}

function toDer(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const pem = /^\s*-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----\s*$/.exec(
    bytes[0] === 0x30 ? '' : Buffer.from(bytes).toString('latin1'),
  )?.[1];
  return pem === undefined ? Buffer.from(bytes) : Buffer.from(pem, 'base64');
}
