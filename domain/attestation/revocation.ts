import { HOUR_MS } from '../time.ts';
import { type Certificate, extensionOf } from './certificate.ts';
import { readElements, readSequence } from './der.ts';

/** Revocation lists (RFC 5280 5), as far as an attestation path asks. */

/** Why a certificate was revoked, by the number in the list (RFC 5280 5.3.1). */
const reasons = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
} as const;
export type RevocationReason = (typeof reasons)[keyof typeof reasons];

/** The name of a reason; one that is not known may be the worst. */
export function reasonOf(code: number | undefined): RevocationReason {
  return reasons[(code ?? 0) as keyof typeof reasons] ?? 'unspecified';
}

/** Reasons that say nothing against what was certified before: "no cause to suspect" (RFC 5280 4.2.1.13, X.509 9.5.3.1). */
const HARMLESS_BEFORE: readonly string[] = ['affiliationChanged', 'superseded', 'cessationOfOperation'];

export interface Revoked {
  /** As `serialOf` writes it. */
  readonly serialNumber: string;
  readonly revokedAt: Date;
  readonly reason: string;
}

/** Whether a revocation speaks against a key that the certificate vouched for at a time. */
export function speaksAgainst({ reason, revokedAt }: Revoked, madeAt: Date): boolean {
  return !HARMLESS_BEFORE.includes(reason) || revokedAt <= madeAt;
}

/** Reasons that an authority may take back (RFC 5280 5.3.1); every other one is for good. */
const TAKEN_BACK: readonly string[] = ['certificateHold', 'removeFromCRL'];

/**
 * What is revoked once a newer list of the same issuer is known. An authority may leave a certificate out that ran out
 * (RFC 5280 3.3), which takes nothing back: only what was on hold is free again when it is gone.
 */
export function revokedAfter(known: readonly Revoked[], listed: readonly Revoked[]): Revoked[] {
  const after = new Map(
    known.filter(({ reason }) => !TAKEN_BACK.includes(reason)).map((each) => [each.serialNumber, each]),
  );
  for (const each of listed)
    if (!TAKEN_BACK.includes(each.reason) || !after.has(each.serialNumber))
      after.set(each.serialNumber, each);
  return [...after.values()];
}

/** A serial number to compare: upper-case hex without leading zeros. */
export function serialOf(hexadecimal: string): string {
  return hexadecimal.toUpperCase().replace(/^0+(?=.)/, '');
}

const DISTRIBUTION_POINTS = '2.5.29.31';
const text = new TextDecoder('utf-8');

/** More than any authority names. */
const POINTS_MAX = 8;

/**
 * The http and https addresses at which a certificate's issuer publishes its whole list (RFC 5280 4.2.1.13). Points for some
 * reasons only, or of somebody else's lists, are passed over.
 */
export function listAddresses(certificate: Pick<Certificate, 'extensions'>): string[] {
  const extension = extensionOf(certificate, DISTRIBUTION_POINTS);
  const points = (extension && readSequence(extension.value)) ?? [];
  const found = points.flatMap((point) => {
    const [name, ...more] = (point.tag === 0x30 && readElements(point.content)) || [];
    if (name?.tag !== 0xa0 || more.length > 0) return [];
    const [full] = readElements(name.content) ?? [];
    const names = (full?.tag === 0xa0 && readElements(full.content)) || [];
    return names.filter(({ tag }) => tag === 0x86).map(({ content }) => text.decode(content));
  });
  const addresses = found.filter((address) => address.length <= 1024 && /^https?:\/\//i.test(address));
  return [...new Set(addresses)].slice(0, POINTS_MAX);
}

/** What is known of a list. */
export interface KnownList {
  /** SHA-256 fingerprint of the issuer's certificate. */
  readonly issuer: string;
  readonly address: string;
  readonly fetchedAt: Date | null;
  readonly nextUpdate: Date | null;
  readonly failure: string | null;
  /** The revocations of the certificates that are asked about. */
  readonly revoked: readonly Revoked[];
}

/** Whether a list is one to rely on: fetched within the limit, and not followed by another one yet. */
export function isCurrent(
  { fetchedAt, nextUpdate }: Pick<KnownList, 'fetchedAt' | 'nextUpdate'>,
  limitHours: number,
  at: Date,
): boolean {
  if (fetchedAt === null || nextUpdate === null || nextUpdate <= at) return false;
  return at.getTime() - fetchedAt.getTime() <= limitHours * HOUR_MS;
}

/** When a list that was fetched is fetched again: well within the limit, so that one failure costs nothing. */
export function isDue(
  list: Pick<KnownList, 'fetchedAt' | 'nextUpdate'> & { readonly checkedAt: Date | null },
  limitHours: number,
  at: Date,
): boolean {
  const since = (then: Date | null) =>
    then === null ? Number.POSITIVE_INFINITY : at.getTime() - then.getTime();
  if (since(list.checkedAt) < RETRY_MS) return false;
  if (since(list.fetchedAt) >= (limitHours * HOUR_MS) / 2) return true;
  return list.nextUpdate !== null && list.nextUpdate <= at;
}

/** How long a list is left alone after an attempt. */
export const RETRY_MS = HOUR_MS;
