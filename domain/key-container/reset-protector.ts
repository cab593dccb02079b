import type { RandomBytes } from '../oprf.ts';
import type { ContainerIds, ResetFacts } from './format.ts';
import { wipe } from './seal.ts';
import { wrappingKeyOf } from './wrapping-key.ts';

/** A new 256-bit secret. It is encrypted to the PIN reset service; only that ciphertext stays. */
export function newResetSecret(random: RandomBytes): Uint8Array {
  return Uint8Array.from(random(32));
}

/** The wrapping key from the secret, which is overwritten. */
export function resetWrappingKey(ids: ContainerIds, facts: ResetFacts, secret: Uint8Array): Uint8Array {
  if (secret.length !== 32) throw new RangeError('the secret of a PIN reset protector has 32 bytes');
  const wrappingKey = wrappingKeyOf(ids, facts, secret);
  wipe(secret);
  return wrappingKey;
}
