import { sameBytes } from '../bytes.ts';
import { type AndroidKeyDescription, extensionOf, OID, readAndroidKeyDescription } from '../certificate.ts';
import type { Registration } from '../statement.ts';
import type { Facts } from './facts.ts';
import { type Findings, failed, found, notChecked, passed } from './finding.ts';
import { judgeLeafKey } from './leaf-key.ts';

/** What the key store says of the key; null where it says nothing that can be read. */
export function androidDescription({ certificates }: Facts): AndroidKeyDescription | null {
  const leaf = certificates?.[0];
  const extension = leaf && extensionOf(leaf, OID.androidKeyDescription);
  return extension === undefined ? null : readAndroidKeyDescription(extension.value);
}

/** WebAuthn L3 8.4. */
export function judgeAndroid({ clientDataHash }: Registration, facts: Facts): Findings {
  const description = androidDescription(facts);
  const key = { certificate_public_key: judgeLeafKey(facts) };
  if (description === null)
    return {
      ...key,
      android_key_description: failed('The extension is missing or cannot be read'),
      attested_challenge: notChecked('There is no key description'),
      android_authorizations: notChecked('There is no key description'),
    };
  const level = ['software', 'trusted environment', 'StrongBox'][description.securityLevel];
  return {
    ...key,
    android_key_description: passed(`Security level: ${level}`),
    attested_challenge: found(
      sameBytes(description.challenge, clientDataHash),
      'The challenge is the client data hash',
      'The challenge is another one',
    ),
    android_authorizations: found(
      !description.allApplications && (description.generatedToSign || description.securityLevel === 0),
      'As it must be',
      description.allApplications
        ? 'Every application may use it'
        : 'Hardware does not say that it made the key to sign',
    ),
  };
}
