import type { ProtectionClass } from './attestation/verdict.ts';
import type { CredentialKind } from './authentication.ts';
import { SOFTWARE_KEY_AAGUID } from './key-container/aaguid.ts';

/** What protects a key, as far as its attestation verdict proves it: the five emblems. */
export const protections = ['tpm', 'vbs', 'hardware', 'software', 'unverified'] as const;
export type Protection = (typeof protections)[number];

const protectionOfClass: Readonly<Record<ProtectionClass, Protection>> = {
  tpm_hardware: 'tpm',
  vbs_hardware: 'vbs',
  other_hardware: 'hardware',
  software: 'software',
  unverified: 'unverified',
};

/** The class as it is stored; one that this version does not know proves nothing. */
export function protectionClassOf(stored: string): ProtectionClass {
  return Object.hasOwn(protectionOfClass, stored) ? (stored as ProtectionClass) : 'unverified';
}

/** The emblem of a class as it is stored; one that this version does not know proves nothing. */
export function protectionOf(stored: string): Protection {
  return Object.hasOwn(protectionOfClass, stored)
    ? protectionOfClass[stored as ProtectionClass]
    : 'unverified';
}

export const protectionWords: Readonly<Record<Protection, string>> = {
  tpm: 'Protected by TPM, verified',
  vbs: 'Protected by VBS, verified',
  hardware: 'Protected by hardware, verified',
  software: 'Software key',
  unverified: 'Protection not verified',
};

/** What protects the key that was used, in a sentence without its full stop: "Key protected by TPM (Nuvoton), verified". */
export function keyProtectionWords(key: {
  readonly protection: Protection;
  readonly manufacturer: string | null;
}): string {
  if (key.protection === 'unverified') return 'Key protection not verified';
  if (key.protection === 'software') return 'The key is kept by software';
  const words = protectionWords[key.protection];
  const named = key.manufacturer === null ? words : words.replace(',', ` (${key.manufacturer}),`);
  return `Key ${named.charAt(0).toLowerCase()}${named.slice(1)}`;
}

/** WebAuthn L3 6.1.3: a credential that may be backed up is synced; one that may not is bound to its authenticator. */
export function credentialWords(credential: {
  readonly kind: CredentialKind;
  readonly backupEligible: boolean;
  readonly transports: readonly string[];
  readonly aaguid: string;
}): string {
  if (credential.kind === 'hello')
    return credential.aaguid === SOFTWARE_KEY_AAGUID ? 'Software key' : 'Windows Hello key';
  if (credential.backupEligible) return 'Passkey, synced';
  const roams = credential.transports.some((transport) =>
    ['usb', 'nfc', 'ble', 'smart-card'].includes(transport),
  );
  return roams ? 'Security key' : 'Passkey, this device';
}

/**
 * Why a key was revoked, in one table: what an administrator reads, and what the person is told. Every path that revokes
 * one names its reason.
 */
export const revocations = {
  removed: ['Removed by its person', 'was removed'],
  lost: ['Reported lost', 'was reported lost and stopped'],
  replaced: ['Replaced by a new key of the same device', 'was replaced by a new one'],
  revoked_by_administrator: ['Revoked by an administrator', 'was revoked by an administrator'],
  wiped: ['Destroyed when its device was disabled', 'was destroyed when its device was disabled'],
  device_removed: ['Removed with its device', 'was removed with its device'],
} as const satisfies Record<string, readonly [text: string, told: string]>;
export type KeyRevocation = keyof typeof revocations;

/** The row of a reason that was stored or logged; null for one that this version does not know, and for none. */
export function revocationWords(reason: unknown): (typeof revocations)[KeyRevocation] | null {
  return typeof reason === 'string' && Object.hasOwn(revocations, reason)
    ? revocations[reason as KeyRevocation]
    : null;
}

/**
 * A strong credential that gets its person in now: a key or passkey that is neither revoked nor quarantined and whose
 * device, where it has one, is in use. An authenticator app is none: its code counts only beside a password.
 */
export function isUsable(credential: {
  readonly revokedAt: Date | null;
  readonly quarantinedAt: Date | null;
  readonly device: { readonly disabledAt: Date | null; readonly deletedAt: Date | null } | null;
}): boolean {
  const { revokedAt, quarantinedAt, device } = credential;
  if (revokedAt !== null || quarantinedAt !== null) return false;
  return device === null || (device.disabledAt === null && device.deletedAt === null);
}
