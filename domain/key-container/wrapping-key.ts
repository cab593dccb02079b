import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { joinBytes } from '../attestation/bytes.ts';
import { protectorAad } from './aad.ts';
import type { ContainerIds, ProtectorFacts } from './format.ts';

const LABELS = {
  pin: 'latchkey-pin-v1',
  prf: 'latchkey-prf-v1',
  'pin-reset': 'latchkey-pin-reset-v1',
} as const satisfies Record<ProtectorFacts['kind'], string>;

/**
 * The 256-bit key that wraps the authentication key in one protector of one container: HKDF-SHA256 (RFC 5869) of what only
 * this protector's owner has; `info` is the kind's label and all that the protector is bound to.
 */
export function wrappingKeyOf(
  ids: ContainerIds,
  facts: ProtectorFacts,
  material: Uint8Array,
  salt?: Uint8Array,
): Uint8Array {
  const info = joinBytes(new TextEncoder().encode(LABELS[facts.kind]), protectorAad(ids, facts));
  return hkdf(sha256, material, salt, info, 32);
}
