import { fromBase64Url, toBase64Url } from '../base64url.ts';
import type { RandomBytes } from '../oprf.ts';
import type { ContainerIds, PrfFacts } from './format.ts';
import { wipe } from './seal.ts';
import { wrappingKeyOf } from './wrapping-key.ts';

/**
 * A protector by another authenticator: a phone, a security key, or the platform's own (WebAuthn L3 10.1.4, PRF). Its
 * `salt` is what `eval.first` gets; there always is one.
 */
export function newPrfFacts(
  { id, credentialId }: Pick<PrfFacts, 'id' | 'credentialId'>,
  random: RandomBytes,
): PrfFacts {
  return { kind: 'prf', id, credentialId, salt: toBase64Url(random(32)) };
}

/** The wrapping key from the authenticator's 32 bytes of `results.first`, which are overwritten. */
export function prfWrappingKey(ids: ContainerIds, facts: PrfFacts, output: Uint8Array): Uint8Array {
  if (output.length !== 32) throw new RangeError('a PRF output has 32 bytes');
  const wrappingKey = wrappingKeyOf(ids, facts, output, fromBase64Url(facts.salt) ?? new Uint8Array());
  wipe(output);
  return wrappingKey;
}
