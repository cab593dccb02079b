import { sha256 } from '@noble/hashes/sha2.js';
import { joinBytes, sameBytes } from '../bytes.ts';
import { extensionOf, OID, readAppleNonce } from '../certificate.ts';
import type { Registration } from '../statement.ts';
import type { Facts } from './facts.ts';
import { type Findings, found } from './finding.ts';
import { judgeLeafKey } from './leaf-key.ts';

/** WebAuthn L3 8.8. */
export function judgeApple({ authData, clientDataHash }: Registration, facts: Facts): Findings {
  const leaf = facts.certificates?.[0];
  const extension = leaf && extensionOf(leaf, OID.appleNonce);
  const nonce = extension === undefined ? null : readAppleNonce(extension.value);
  const expected = sha256(joinBytes(authData.bytes, clientDataHash));
  return {
    certificate_public_key: judgeLeafKey(facts),
    attested_challenge: found(
      nonce !== null && sameBytes(nonce, expected),
      'The nonce is the hash of authenticator data and client data hash',
      nonce === null ? 'The nonce is missing or cannot be read' : 'The nonce is another one',
    ),
  };
}
