import { DAY_MS, HOUR_MS, later } from './time.ts';

/**
 * The rules of device certificates (X.509, RFC 5280). As Windows' device registration service does, the tenant's device
 * CA certifies the key of each registered browser profile under the device's ID. A certificate states; it proves nothing.
 * Only a signature by its key does (`domain/device.ts`), and only while the device's own row says that it is active. So an
 * expired certificate stops no sign-in: the sign-in renews it.
 */

/** Windows' sample output shows ten years; a year with renewal keeps what is in the world no older than the rules. */
export const CERTIFICATE_LIFETIME_MS = 365 * DAY_MS;
/** An authority issues as long as its certificates end before it does; then another one takes over. */
export const AUTHORITY_LIFETIME_MS = 10 * CERTIFICATE_LIFETIME_MS;
/** From this share of its life on a certificate is renewed by the next sign-in. */
const RENEWAL_SHARE = 2 / 3;

/** A revocation list is signed anew for each change, and without one after this long. */
export const REVOCATION_LIST_PERIOD_MS = 12 * HOUR_MS;
/** A list is valid for a period longer than it is served, so that whoever fetched it has time to fetch the next. */
export const REVOCATION_LIST_LIFETIME_MS = 2 * REVOCATION_LIST_PERIOD_MS;

export interface Validity {
  readonly startsAt: Date;
  readonly expiresAt: Date;
}

/** From now for so long. Certificates know whole seconds only. */
export function validityFrom(now: Date, lifetimeMs: number): Validity {
  const startsAt = new Date(Math.floor(now.getTime() / 1000) * 1000);
  return { startsAt, expiresAt: later(startsAt, lifetimeMs) };
}

/** Whether an authority may issue now: no certificate may outlive the one that it is verified by. */
export function mayIssue(authority: Pick<Validity, 'expiresAt'>, now: Date): boolean {
  const { expiresAt } = validityFrom(now, CERTIFICATE_LIFETIME_MS);
  return authority.expiresAt.getTime() >= expiresAt.getTime();
}

/** The moment from which a certificate is renewed. */
export function renewsFrom({ startsAt, expiresAt }: Validity): Date {
  const life = expiresAt.getTime() - startsAt.getTime();
  return later(startsAt, Math.floor(life * RENEWAL_SHARE));
}

/** Whether a sign-in should get its profile a certificate: there is none, it is old, or a newer authority has taken over. */
export function isRenewalDue(
  certificate: (Validity & { readonly authorityId: string }) | null,
  latestAuthorityId: string | null,
  now: Date,
): boolean {
  if (certificate === null || certificate.authorityId !== latestAuthorityId) return true;
  return now.getTime() >= renewsFrom(certificate).getTime();
}

/** Why a certificate was revoked (RFC 5280 5.3.1): the code on the list, and what an administrator reads. */
export const revocationReasons = {
  superseded: { code: 4, text: 'replaced by a newer one' },
  cessationOfOperation: { code: 5, text: 'the device was deleted' },
  certificateHold: { code: 6, text: 'the device is disabled' },
} as const satisfies Record<string, { readonly code: number; readonly text: string }>;
export type RevocationReason = keyof typeof revocationReasons;

export interface Revocable extends Validity {
  readonly revokedAt: Date | null;
  readonly revocationReason: RevocationReason | null;
}

export type CertificateState = 'valid' | 'renewal_due' | 'expired' | 'on_hold' | 'revoked';

export function certificateState(certificate: Revocable, now: Date): CertificateState {
  if (certificate.revokedAt !== null)
    return certificate.revocationReason === 'certificateHold' ? 'on_hold' : 'revoked';
  if (now.getTime() >= certificate.expiresAt.getTime()) return 'expired';
  return now.getTime() >= renewsFrom(certificate).getTime() ? 'renewal_due' : 'valid';
}

/** How many octets a serial number has; RFC 5280 4.1.2.2 allows 20. */
export const SERIAL_BYTES = 16;

/**
 * A serial number from random bytes, in upper-case hex: positive, of one length, 126 bits of it random. The CA/Browser
 * Forum's Baseline Requirements (7.1) ask for 64.
 */
export function serialNumber(random: Uint8Array): string {
  const [first = 0, ...rest] = random.slice(0, SERIAL_BYTES);
  return [(first & 0x3f) | 0x40, ...rest]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}

/**
 * Certificates that ended before this moment have left the list. One stays until a list has been signed after its end
 * (RFC 5280 3.3).
 */
export function listedUntil(now: Date): Date {
  return later(now, -REVOCATION_LIST_PERIOD_MS);
}

export interface RevocationListEdition {
  /** The CRL number (RFC 5280 5.2.3): it grows with every change and with every period. */
  readonly number: number;
  readonly nextUpdate: Date;
}

/**
 * Which edition of an authority's list is the present one. `changes` counts what was revoked or released. Both parts only
 * grow, so that no two different lists share a number.
 */
export function revocationListEdition(
  authority: { readonly createdAt: Date; readonly changes: number },
  now: Date,
): RevocationListEdition {
  const age = now.getTime() - authority.createdAt.getTime();
  const period = Math.max(0, Math.floor(age / REVOCATION_LIST_PERIOD_MS));
  const start = later(authority.createdAt, period * REVOCATION_LIST_PERIOD_MS);
  return {
    number: authority.changes + period + 1,
    nextUpdate: new Date(Math.floor(later(start, REVOCATION_LIST_LIFETIME_MS).getTime() / 1000) * 1000),
  };
}

/** Where an authority's list and certificate are served, by the name that its certificates carry. */
export function authorityAddress(origin: string, authorityId: string, what: 'crl' | 'cer'): string {
  return `${origin}/api/device-certificates/${authorityId}.${what}`;
}

/** Attributes of a name have at most 64 characters (RFC 5280 A.1, `ub-common-name`, `ub-organization-name`). */
const NAME_LENGTH = 64;

/** An authority's name: its own, so that the list of one is never taken for another's, and the organisation's if known. */
export function authorityName(
  authorityId: string,
  organisation: string | null,
): { readonly commonName: string; readonly organisation: string | null } {
  const short = authorityId.replaceAll('-', '').slice(0, 8).toUpperCase();
  return {
    commonName: `Latchkey Device CA ${short}`,
    organisation: organisation && [...organisation].slice(0, NAME_LENGTH).join(''),
  };
}
