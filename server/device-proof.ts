import 'server-only';
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { DeviceEvidence } from '#domain/authentication';
import { fromBase64Url } from '#domain/base64url';
import { deviceProofMessage } from '#domain/device';
import type { DeviceProof } from '#domain/wire';
import { sql } from './db.ts';
import type { Runtime } from './runtime.ts';

/** What a device proof showed: nothing was sent, it was wrong, or it is this profile on this device. */
export type ShownDevice =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly cause: string }
  | {
      readonly kind: 'device';
      readonly id: string;
      readonly userId: string;
      readonly name: string;
      readonly active: boolean;
      readonly profile: ShownProfile;
      /** The tenant's latest device CA; null before the first certificate. */
      readonly latestAuthorityId: string | null;
    };

/** The browser profile that signed, with its present certificate. */
export interface ShownProfile {
  readonly id: string;
  readonly publicKey: string;
  readonly certificate: {
    readonly serialNumber: string;
    readonly authorityId: string;
    readonly startsAt: Date;
    readonly expiresAt: Date;
  } | null;
}

/** A profile's key with its device and its certificate's dates, in one statement: every sign-in reads it. */
interface ProfileRow {
  readonly profileId: string;
  readonly publicKey: string;
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly disabledAt: Date | null;
  readonly deletedAt: Date | null;
  readonly serialNumber: string | null;
  readonly authorityId: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly latestAuthorityId: string | null;
}

/**
 * Verifies a device proof over a challenge. A profile that is not known (any more) shows nothing; a known one whose
 * signature does not fit is a forgery.
 */
export async function verifyDeviceProof(
  runtime: Runtime,
  proof: DeviceProof | undefined,
  challenge: Uint8Array,
  credentialId?: string,
): Promise<ShownDevice> {
  if (proof === undefined) return { kind: 'none' };
  const shown = await readProfile(runtime, proof.id);
  if (shown.kind !== 'device') return shown;
  const message = deviceProofMessage(
    runtime.relyingParty.origin,
    challenge,
    credentialId === undefined ? undefined : (fromBase64Url(credentialId) ?? undefined),
  );
  return signedBy(shown.profile.publicKey, message, proof.signature)
    ? shown
    : { kind: 'invalid', cause: 'device_proof_invalid' };
}

/** A profile as it is now, for a request that sealed which one was shown; one that is not known any more shows nothing. */
export async function readProfile(
  runtime: Runtime,
  id: string,
): Promise<Exclude<ShownDevice, { readonly kind: 'invalid' }>> {
  const [shown] = await runtime.db.$queryRaw<ProfileRow[]>(sql`
    SELECT p."id" AS "profileId", p."publicKey", d."id", d."userId", d."name", d."disabledAt", d."deletedAt",
      c."serialNumber", c."authorityId", c."startsAt", c."expiresAt",
      (SELECT a."id" FROM "CertificateAuthority" a ORDER BY a."createdAt" DESC, a."id" DESC LIMIT 1) AS "latestAuthorityId"
    FROM "DeviceProfile" p JOIN "Device" d ON d."id" = p."deviceId"
      LEFT JOIN "DeviceCertificate" c ON c."profileId" = p."id" AND c."revokedAt" IS NULL
    WHERE p."id" = ${id}`);
  if (shown === undefined) return { kind: 'none' };
  const { publicKey, id: deviceId, userId, name, disabledAt, deletedAt } = shown;
  const { profileId, serialNumber, authorityId, startsAt, expiresAt, latestAuthorityId } = shown;
  const certificate = serialNumber === null ? null : { serialNumber, authorityId, startsAt, expiresAt };
  const profile = { id: profileId, publicKey, certificate };
  const active = disabledAt === null && deletedAt === null;
  return { kind: 'device', id: deviceId, userId, name, active, profile, latestAuthorityId };
}

/** How a shown device stands to the device a key was made on. */
export function deviceEvidence(shown: ShownDevice, keyDeviceId: string | null): DeviceEvidence {
  if (shown.kind !== 'device') return 'no_device';
  return shown.id === keyDeviceId ? 'own_device' : 'another_device';
}

/** The device of a person that was shown beside a typed secret, or why it stops the sign-in. */
export function deviceOf(
  shown: ShownDevice,
  userId: string,
): { readonly id: string | null; readonly disabled: boolean } {
  if (shown.kind !== 'device' || shown.userId !== userId) return { id: null, disabled: false };
  return { id: shown.active ? shown.id : null, disabled: !shown.active };
}

/** ES256 over a message by a SubjectPublicKeyInfo; false for anything malformed. */
export function signedBy(publicKey: string, message: Uint8Array, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

/** The thumbprint of a P-256 SubjectPublicKeyInfo, or null when it is no such key. */
export function thumbprintOf(publicKey: string): string | null {
  try {
    const der = Buffer.from(publicKey, 'base64url');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const details = key.asymmetricKeyDetails;
    if (key.asymmetricKeyType !== 'ec' || details?.namedCurve !== 'prime256v1') return null;
    if (!key.export({ format: 'der', type: 'spki' }).equals(der)) return null;
    return createHash('sha256').update(der).digest('hex').toUpperCase();
  } catch {
    return null;
  }
}

/** Whether this key signed the message; for ceremonies that introduce a new profile key. */
export function provesPossession(publicKey: string, message: Uint8Array, signature: string): boolean {
  return thumbprintOf(publicKey) !== null && signedBy(publicKey, message, signature);
}
