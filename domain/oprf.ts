import { ristretto255, ristretto255_oprf } from '@noble/curves/ed25519.js';

/**
 * A verifiable oblivious pseudorandom function: RFC 9497, VOPRF mode, ristretto255-SHA512. Whoever holds the key computes
 * it without learning the input or the output; whoever asks checks a proof that it was this key. Both sides are here.
 */
const { voprf } = ristretto255_oprf;

/** So many bytes from a generator that is good for keys. */
export type RandomBytes = (count: number) => Uint8Array;

/** 32 bytes each. */
export interface OprfKey {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** An input under a random blind. `element` is for the other side; the rest stays here. */
export interface Blinded {
  readonly input: Uint8Array;
  readonly blind: Uint8Array;
  readonly element: Uint8Array;
}

/** An element for each that was asked for, in their order, and one proof of 64 bytes for all of them. */
export interface Evaluation {
  readonly elements: readonly Uint8Array[];
  readonly proof: Uint8Array;
}

/** Bytes of a serialised element, and of a key. */
export const ELEMENT_BYTES = 32;
/** More elements than any flow asks for at once. */
export const ELEMENTS_MAX = 8;

const KEY_INFO = new TextEncoder().encode('latchkey-oprf-v1');

/** noble's generators are typed with an optional count. */
const generator = (random: RandomBytes) => (count?: number) =>
  Uint8Array.from(random(count ?? ELEMENT_BYTES));

/** A library that throws at bad encodings, identity elements and false proofs; for us these are answers. */
function unlessRefused<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch {
    return null;
  }
}

/** A new key from 32 random bytes (RFC 9497 3.2.1, DeriveKeyPair). */
export function newOprfKey(random: RandomBytes): OprfKey {
  return voprf.deriveKeyPair(random(32), KEY_INFO);
}

/** Hides an input (RFC 9497 3.3.2, Blind): the element is uniformly random to whoever does not know the blind. */
export function blind(input: Uint8Array, random: RandomBytes): Blinded {
  const { blind: scalar, blinded } = voprf.blind(input, generator(random));
  return { input, blind: scalar, element: blinded };
}

/**
 * Evaluates what others blinded, with one proof (RFC 9497 3.3.2, BlindEvaluate). Null for no element or too many, and for
 * anything that is not the canonical encoding of an element, or is the identity.
 */
export function evaluate(
  { secretKey, publicKey }: OprfKey,
  elements: readonly Uint8Array[],
  random: RandomBytes,
): Evaluation | null {
  if (elements.length === 0 || elements.length > ELEMENTS_MAX || !elements.every(isElement)) return null;
  // What it throws now is about the key, and no answer.
  const { evaluated, proof } = voprf.blindEvaluateBatch(
    secretKey,
    publicKey,
    [...elements],
    generator(random),
  );
  return { elements: evaluated, proof };
}

/** Whether bytes are the canonical encoding of an element (RFC 9496 4.3.1) that is not the identity (RFC 9497 3.3). */
function isElement(bytes: Uint8Array): boolean {
  const point = unlessRefused(() => ristretto255.Point.fromBytes(bytes));
  return point !== null && !point.equals(ristretto255.Point.ZERO);
}

/**
 * The outputs, 64 bytes for each input, in their order (RFC 9497 3.3.2, Finalize). Null when the proof does not show that
 * the key of `publicKey` evaluated these elements, and for anything malformed.
 */
export function finalize(
  blinded: readonly Blinded[],
  { elements, proof }: Evaluation,
  publicKey: Uint8Array,
): Uint8Array[] | null {
  if (blinded.length === 0 || blinded.length !== elements.length) return null;
  return unlessRefused(() => {
    const items = blinded.map(({ input, blind: scalar, element }, at) => ({
      input,
      blind: scalar,
      blinded: element,
      evaluated: elements[at] ?? new Uint8Array(),
    }));
    return voprf.finalizeBatch(items, publicKey, proof);
  });
}
