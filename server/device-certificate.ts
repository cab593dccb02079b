import 'server-only';
import { createHash } from 'node:crypto';
import { fromBase64Url } from '#domain/base64url';
import {
  AUTHORITY_LIFETIME_MS,
  authorityAddress,
  authorityName,
  CERTIFICATE_LIFETIME_MS,
  type CertificateState,
  certificateState,
  isRenewalDue,
  listedUntil,
  mayIssue,
  type RevocationReason,
  renewsFrom,
  revocationListEdition,
  SERIAL_BYTES,
  serialNumber,
  type Validity,
  validityFrom,
} from '#domain/device-certificate';
import type { EventCode } from '#domain/event';
import { DAY_MS, later } from '#domain/time';
import type { Tx } from './db.ts';
import type { ShownDevice, ShownProfile } from './device-proof.ts';
import { record } from './event.ts';
import { newId, type Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';
import { certify, described, newPrivateKey, selfSign, signRevocationList, thumbprint } from './x509.ts';

/**
 * The tenant's device CA and its certificates. No door takes a certificate: it says which key a device registered, for
 * other programs and for people; what signs in is a signature by that key, judged against the device's own row. So an
 * expired or missing one stops nobody, and is made good by the next sign-in of its browser.
 */

interface Authority {
  readonly id: string;
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly privateKey: Uint8Array<ArrayBuffer>;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly crlNumber: number;
}

const LATEST = [{ createdAt: 'desc' }, { id: 'desc' }] as const;

async function issuingAuthority(tx: Tx, now: Date): Promise<Authority | null> {
  const latest = await tx.certificateAuthority.findFirst({ orderBy: [...LATEST] });
  return latest !== null && mayIssue(latest, now) ? latest : null;
}

/**
 * The authority that issues now. The first one is made when it is first needed, the next one when certificates would
 * outlive it; its predecessors stay, so that what they signed can be verified. Of several instances that make one at
 * once, one succeeds. `organisation` is its name while there is no tenant yet.
 */
export async function currentAuthority(runtime: Runtime, organisation?: string): Promise<Authority> {
  const now = runtime.clock.world();
  const issuing = await issuingAuthority(runtime.db, now);
  if (issuing !== null) return issuing;
  const id = newId(runtime);
  const tenant = await runtime.db.tenant.findFirst({ select: { name: true } });
  const pkcs8 = newPrivateKey(runtime.random);
  const validity = validityFrom(now, AUTHORITY_LIFETIME_MS);
  const certificate = await selfSign(pkcs8, {
    ...validity,
    serialNumber: serialNumber(runtime.random.bytes(SERIAL_BYTES)),
    name: authorityName(id, tenant?.name ?? organisation ?? null),
  });
  const made = {
    id,
    certificate,
    privateKey: seal(authorityKey(runtime), runtime.random.bytes(NONCE_BYTES), pkcs8, id),
    createdAt: now,
    expiresAt: validity.expiresAt,
  };
  return await runtime.db.$transaction(async (tx) => {
    const first = await issuingAuthority(tx, now);
    if (first !== null) return first;
    const detail = { authority: id, ...described(certificate) };
    // It stays when sample data goes, even if a sample device was the first to need it.
    await record(tx, { ...runtime, sample: false }, { code: 'certificate_authority_created', detail });
    return await tx.certificateAuthority.create({ data: made });
  });
}

function authorityKey(runtime: Runtime): Buffer {
  return runtime.keys('certificate-authority');
}

/** An authority with its private key opened. Throws where it was not sealed for this authority by this master key. */
function opened(runtime: Runtime, { id, certificate, privateKey }: Authority) {
  const pkcs8 = unseal(authorityKey(runtime), privateKey, id);
  if (pkcs8 === null) throw new Error(`The private key of certificate authority ${id} does not open.`);
  return { certificate, privateKey: pkcs8 };
}

/** A certificate that was signed and is not recorded yet. */
export interface CertificateDraft extends Validity {
  readonly serialNumber: string;
  readonly authorityId: string;
  readonly deviceId: string;
  readonly profileId: string;
  readonly thumbprint: string;
  readonly certificate: Uint8Array<ArrayBuffer>;
}

/**
 * Signs a certificate for a profile's key, outside any transaction. The caller has verified that whoever asks holds the
 * private key; `deviceId` is the server's word, never the caller's.
 */
export async function draftCertificate(
  runtime: Runtime,
  profile: { readonly deviceId: string; readonly id: string; readonly publicKey: string },
): Promise<CertificateDraft> {
  const authority = await currentAuthority(runtime);
  const { origin } = runtime.relyingParty;
  const given = {
    ...validityFrom(runtime.clock.world(), CERTIFICATE_LIFETIME_MS),
    serialNumber: serialNumber(runtime.random.bytes(SERIAL_BYTES)),
  };
  const certificate = await certify(opened(runtime, authority), {
    ...given,
    commonName: profile.deviceId,
    publicKey: fromBase64Url(profile.publicKey) ?? new Uint8Array(),
    listAddress: authorityAddress(origin, authority.id, 'crl'),
    authorityAddress: authorityAddress(origin, authority.id, 'cer'),
  });
  return {
    ...given,
    authorityId: authority.id,
    deviceId: profile.deviceId,
    profileId: profile.id,
    thumbprint: thumbprint(certificate),
    certificate,
  };
}

/** Issues a drafted certificate, in the transaction that writes or knows its profile. */
export async function issueCertificate(
  tx: Tx,
  runtime: Runtime,
  draft: CertificateDraft,
  about: { readonly userId: string; readonly sessionId?: string; readonly supersedes?: string | undefined },
): Promise<void> {
  await tx.deviceCertificate.create({ data: { ...draft, sample: runtime.sample } });
  await record(tx, runtime, {
    code: about.supersedes === undefined ? 'device_certificate_issued' : 'device_certificate_renewed',
    userId: about.userId,
    deviceId: draft.deviceId,
    sessionId: about.sessionId,
    detail: {
      thumbprint: draft.thumbprint,
      serialNumber: draft.serialNumber,
      expiresAt: draft.expiresAt.toISOString(),
      ...(about.supersedes === undefined ? {} : { supersedes: about.supersedes }),
    },
  });
}

/**
 * Renews the certificate of the browser that signed in just now with this device proof, where it is due; where it is not,
 * nothing is read or written. Of many sign-ins at once one renews. A failure is logged and never undoes the sign-in: the
 * next one tries again.
 */
export async function renewCertificate(runtime: Runtime, shown: ShownDevice): Promise<void> {
  if (shown.kind !== 'device') return;
  const { profile, latestAuthorityId } = shown;
  const old = profile.certificate;
  if (!isRenewalDue(old, latestAuthorityId, runtime.clock.world())) return;
  try {
    const draft = await draftCertificate(runtime, { ...profile, deviceId: shown.id });
    await runtime.db.$transaction(async (tx) => {
      const active = {
        id: shown.id,
        disabledAt: null,
        deletedAt: null,
        profiles: { some: { id: profile.id } },
      };
      if ((await tx.device.count({ where: active })) === 0) return;
      if (!(await supersede(tx, runtime, profile))) return;
      const about = { userId: shown.userId, supersedes: old?.serialNumber };
      await issueCertificate(tx, runtime, draft, about);
    });
  } catch (error) {
    console.error(error);
  }
}

/** Revokes a profile's certificate in favour of a newer one; false where somebody else was first. */
async function supersede(tx: Tx, runtime: Runtime, profile: ShownProfile): Promise<boolean> {
  const present = { profileId: profile.id, revokedAt: null };
  if (profile.certificate === null) return (await tx.deviceCertificate.count({ where: present })) === 0;
  const { serialNumber, authorityId } = profile.certificate;
  const { count } = await tx.deviceCertificate.updateMany({
    where: { ...present, serialNumber },
    data: { revokedAt: runtime.clock.world(), revocationReason: 'superseded' },
  });
  if (count === 1) await countChange(tx, [authorityId]);
  return count === 1;
}

/**
 * What becomes of a device's certificates with it. `from` are the reasons that it takes them from, null for none. A hold
 * that is released is simply no longer listed; one that becomes final keeps its date (ITU-T X.509, `certificateHold`).
 */
const followings = {
  disable: { from: [null], reason: 'certificateHold', code: 'device_certificate_revoked' },
  enable: { from: ['certificateHold'], reason: null, code: 'device_certificate_released' },
  delete: {
    from: [null, 'certificateHold'],
    reason: 'cessationOfOperation',
    code: 'device_certificate_revoked',
  },
} as const satisfies Record<
  string,
  { from: readonly (RevocationReason | null)[]; reason: RevocationReason | null; code: EventCode }
>;

async function countChange(tx: Tx, authorityIds: readonly string[]): Promise<void> {
  const where = { id: { in: [...authorityIds] } };
  await tx.certificateAuthority.updateMany({ where, data: { crlNumber: { increment: 1 } } });
}

/**
 * Follows a change of a device in its transaction: certificates of a disabled device are on hold, of an enabled one they
 * come back, of a deleted one they end for good.
 */
export async function followDevice(
  tx: Tx,
  runtime: Runtime,
  change: keyof typeof followings,
  device: { readonly id: string; readonly userId: string; readonly actorId: string | null },
): Promise<void> {
  const { from, reason, code } = followings[change];
  const certificates = await tx.deviceCertificate.findMany({
    where: { deviceId: device.id, OR: from.map((revocationReason) => ({ revocationReason })) },
  });
  if (certificates.length === 0) return;
  for (const { serialNumber, thumbprint, revokedAt } of certificates) {
    await tx.deviceCertificate.update({
      where: { serialNumber },
      data: {
        revocationReason: reason,
        revokedAt: reason === null ? null : (revokedAt ?? runtime.clock.world()),
      },
    });
    await record(tx, runtime, {
      code,
      userId: device.userId,
      actorId: device.actorId,
      deviceId: device.id,
      detail: { thumbprint, serialNumber, ...(reason === null ? {} : { reason }) },
    });
  }
  await countChange(tx, [...new Set(certificates.map(({ authorityId }) => authorityId))]);
}

/** How long a certificate that is over stays to be looked up beside its events. */
const OVER_KEPT_MS = 30 * DAY_MS;

/** Forgets certificates that have been over for long and are no browser's present one. Returns how many. */
export async function forgetOldCertificates(runtime: Runtime): Promise<number> {
  const { count } = await runtime.db.deviceCertificate.deleteMany({
    where: {
      expiresAt: { lt: later(runtime.clock.world(), -OVER_KEPT_MS) },
      OR: [{ revokedAt: { not: null } }, { profileId: null }],
    },
  });
  return count;
}

/**
 * Forgets the certificates of sample devices, in the transaction that removes these. Those that a real browser got on a
 * sample device end with it, and stay on the list.
 */
export async function removeSampleCertificates(tx: Tx, runtime: Runtime): Promise<void> {
  await tx.deviceCertificate.deleteMany({ where: { sample: true } });
  const devices = await tx.device.findMany({
    where: { sample: true, profiles: { some: { certificates: { some: {} } } } },
    select: { id: true, userId: true },
  });
  for (const device of devices) await followDevice(tx, runtime, 'delete', { ...device, actorId: null });
  const authorities = await tx.certificateAuthority.findMany({ select: { id: true } });
  const ids = authorities.map(({ id }) => id);
  await countChange(tx, ids);
}

export interface CertificateSummary extends Validity {
  readonly serialNumber: string;
  /** SHA-1 of the certificate, upper-case hex, as Windows shows it. */
  readonly thumbprint: string;
  readonly profileId: string;
  readonly authorityId: string;
  readonly state: CertificateState;
  readonly reason: RevocationReason | null;
  /** From when the next sign-in renews it. */
  readonly renewsFrom: Date;
  readonly subject: string;
  readonly issuer: string;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** The present certificate of each of a device's browsers, by profile: the one that no newer one supersedes. */
export async function readCertificates(
  runtime: Runtime,
  deviceId: string,
): Promise<ReadonlyMap<string, CertificateSummary>> {
  const now = runtime.clock.world();
  const rows = await runtime.db.deviceCertificate.findMany({
    where: { deviceId, profileId: { not: null } },
    orderBy: { startsAt: 'asc' },
  });
  return new Map(
    rows.flatMap(({ profileId, sample: _, deviceId: __, ...row }) => {
      const reason = row.revocationReason as RevocationReason | null;
      if (profileId === null || reason === 'superseded') return [];
      const { subject, issuer } = described(row.certificate);
      const summary = {
        ...row,
        profileId,
        state: certificateState({ ...row, revocationReason: reason }, now),
        reason,
        renewsFrom: renewsFrom(row),
        subject,
        issuer,
      };
      return [[profileId, summary] as const];
    }),
  );
}

export interface AuthoritySummary extends Validity {
  readonly id: string;
  readonly subject: string;
  /** SHA-256 of the certificate, hex with colons. */
  readonly fingerprint: string;
  readonly crlNumber: number;
  /** How many certificates its list names now. */
  readonly listed: number;
  /** Whether it issues; the others only verify. */
  readonly issues: boolean;
  readonly certificateAddress: string;
  readonly listAddress: string;
}

/** The tenant's authorities, the latest first. There is none before the first device. */
export async function listAuthorities(runtime: Runtime): Promise<AuthoritySummary[]> {
  const now = runtime.clock.world();
  const { origin } = runtime.relyingParty;
  const rows = await runtime.db.certificateAuthority.findMany({ orderBy: [...LATEST] });
  const listed = await runtime.db.deviceCertificate.groupBy({
    by: ['authorityId'],
    where: listedAt(now),
    _count: true,
  });
  return rows.map((row, index) => {
    const { subject, fingerprint } = described(row.certificate);
    return {
      id: row.id,
      subject,
      fingerprint,
      startsAt: row.createdAt,
      expiresAt: row.expiresAt,
      crlNumber: editionOf(row, now).number,
      listed: listed.find(({ authorityId }) => authorityId === row.id)?._count ?? 0,
      issues: index === 0 && mayIssue(row, now),
      certificateAddress: authorityAddress(origin, row.id, 'cer'),
      listAddress: authorityAddress(origin, row.id, 'crl'),
    };
  });
}

/** Which certificates a list of this moment names. */
function listedAt(now: Date) {
  return { revokedAt: { not: null }, expiresAt: { gt: listedUntil(now) } };
}

function editionOf({ createdAt, crlNumber }: Pick<Authority, 'createdAt' | 'crlNumber'>, now: Date) {
  return revocationListEdition({ createdAt, changes: crlNumber }, now);
}

/** What the public doors serve: bytes, and an entity tag that changes with them. */
export interface PublishedFile {
  readonly content: Buffer<ArrayBuffer>;
  readonly tag: string;
}

function published(content: Buffer<ArrayBuffer>): PublishedFile {
  return { content, tag: `"${createHash('sha256').update(content).digest('base64url')}"` };
}

/** An authority's certificate, DER; null for no authority of ours. */
export async function readAuthorityCertificate(runtime: Runtime, id: string): Promise<PublishedFile | null> {
  const row = await runtime.db.certificateAuthority.findUnique({ where: { id } });
  return row && published(Buffer.from(row.certificate));
}

/** The latest list of each authority, as long as it is the present edition. */
const lists = new Map<string, { readonly number: number; readonly list: Promise<PublishedFile> }>();

/**
 * An authority's revocation list, DER; null for no authority of ours. It is signed once for each change and each period
 * in each process, and served from memory between: asking costs one small statement.
 */
export async function readRevocationList(runtime: Runtime, id: string): Promise<PublishedFile | null> {
  const row = await runtime.db.certificateAuthority.findUnique({
    where: { id },
    select: { createdAt: true, crlNumber: true },
  });
  if (row === null) return null;
  const { number } = editionOf(row, runtime.clock.world());
  const kept = lists.get(id);
  if (kept?.number === number) return await kept.list;
  const list = buildRevocationList(runtime, id);
  lists.set(id, { number, list });
  // A store that could not answer now may answer later.
  list.catch(() => lists.delete(id));
  return await list;
}

/** The numbers of all authorities' lists, for whoever puts their rows back (`goOnWithRevocationLists`). */
export async function readRevocationNumbers(tx: Tx) {
  return await tx.certificateAuthority.findMany({ select: { id: true, crlNumber: true } });
}

/** A number is used for one list only: where rows went back, the next list has one that no list had before. */
export async function goOnWithRevocationLists(
  tx: Tx,
  before: Awaited<ReturnType<typeof readRevocationNumbers>>,
): Promise<void> {
  for (const { id, crlNumber } of before)
    await tx.certificateAuthority.updateMany({ where: { id }, data: { crlNumber: crlNumber + 1 } });
}

async function buildRevocationList(runtime: Runtime, id: string): Promise<PublishedFile> {
  const now = runtime.clock.world();
  // The number and what it stands for are read together.
  const { authority, rows } = await runtime.db.$transaction(async (tx) => ({
    authority: await tx.certificateAuthority.findUniqueOrThrow({ where: { id } }),
    rows: await tx.deviceCertificate.findMany({
      where: { authorityId: id, ...listedAt(now) },
      select: { serialNumber: true, revokedAt: true, revocationReason: true },
      orderBy: [{ revokedAt: 'asc' }, { serialNumber: 'asc' }],
    }),
  }));
  const list = await signRevocationList(opened(runtime, authority), {
    ...editionOf(authority, now),
    thisUpdate: now,
    entries: rows.flatMap(({ serialNumber, revokedAt, revocationReason }) =>
      revokedAt === null ? [] : [{ serialNumber, revokedAt, reason: revocationReason as RevocationReason }],
    ),
  });
  return published(list);
}
