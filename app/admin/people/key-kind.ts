import { credentialWords } from '#domain/credential';
import type { CredentialSummary } from '#server/credential';
import type { KeyKind } from '#ui/key-card';

const kinds: Readonly<Record<string, KeyKind>> = {
  'Windows Hello key': 'hello',
  'Software key': 'container',
  'Passkey, synced': 'passkey-synced',
  'Security key': 'security-key',
  'Passkey, this device': 'passkey-device',
};

/** How a key is drawn. */
export function keyKind(credential: CredentialSummary): KeyKind {
  return kinds[credentialWords(credential)] ?? 'passkey-device';
}
