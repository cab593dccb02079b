import type { CredentialKind } from './authentication.ts';

/** What protects a key, as far as it is proven. Attestation verdicts add to this; nothing here claims one. */
export type Protection = 'tpm' | 'vbs' | 'hardware' | 'software' | 'unverified';

export const protectionWords: Readonly<Record<Protection, string>> = {
  tpm: 'Protected by TPM, verified',
  vbs: 'Protected by VBS, verified',
  hardware: 'Protected by hardware, verified',
  software: 'Software key',
  unverified: 'Protection not verified',
};

/**
 * The class of a key, for counting. It takes a verified attestation to claim one, and none is verified yet: format and model
 * number are what the authenticator says of itself.
 */
export function protectionOf(_stated: { readonly format: string; readonly aaguid: string }): Protection {
  return 'unverified';
}

/** WebAuthn L3 6.1.3: a credential that may be backed up is synced; one that may not is bound to its authenticator. */
export function credentialWords(credential: {
  readonly kind: CredentialKind;
  readonly backupEligible: boolean;
  readonly transports: readonly string[];
}): string {
  if (credential.kind === 'hello') return 'Windows Hello key';
  if (credential.backupEligible) return 'Passkey, synced';
  const roams = credential.transports.some((transport) =>
    ['usb', 'nfc', 'ble', 'smart-card'].includes(transport),
  );
  return roams ? 'Security key' : 'Passkey, this device';
}

export type RegistrationRuling = 'accept' | 'not_a_hello_key' | 'synced_passkeys_not_allowed';

/** Whether policy accepts what a registration ceremony proved. */
export function judgeRegistration(
  kind: CredentialKind,
  proven: { readonly backupEligible: boolean },
  policy: { readonly allowSyncedPasskeys: boolean },
): RegistrationRuling {
  if (!proven.backupEligible) return 'accept';
  if (kind === 'hello') return 'not_a_hello_key';
  return policy.allowSyncedPasskeys ? 'accept' : 'synced_passkeys_not_allowed';
}
