import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { sha256 } from '@noble/hashes/sha2.js';
import { joinBytes } from './attestation/bytes.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/**
 * The PIN reset protector: a 256-bit secret that wraps the container's authentication key and is kept on the device only
 * as an HPKE ciphertext to the PIN reset service (RFC 9180, base mode). The service opens it for whoever brings a ticket,
 * and answers encrypted to a key of that one tab. Every key pair here is made from bytes that the caller drew:
 * `GenerateKeyPair() = DeriveKeyPair(random(Nsk))`, RFC 9180 4 and 7.1.2.
 */
const suite = () =>
  new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

export const RESET_SECRET_BYTES = 32;
/** What `keyPairFrom` and the two sealing functions take, drawn anew each time. */
export const KEY_SEED_BYTES = 32;
/** An uncompressed point of P-256 (SEC 1). */
export const PUBLIC_KEY_BYTES = 65;
/** The secret and the tag of AES-GCM. */
export const SEALED_BYTES = RESET_SECRET_BYTES + 16;

const PROTECTOR_INFO = 'latchkey-pin-reset-v1';
const ANSWER_INFO = 'latchkey-pin-reset-answer-v1';

/** Whose container a protector is, by their IDs. */
export interface ProtectorPlace {
  readonly tenant: string;
  readonly userHandle: string;
  readonly device: string;
  readonly container: string;
}

/** Both base64url. */
export interface Sealed {
  readonly encapsulation: string;
  readonly ciphertext: string;
}

export interface KeyPair {
  /** An uncompressed point, base64url. */
  readonly publicKey: string;
  /** RFC 7638, over SHA-256, base64url. */
  readonly thumbprint: string;
  readonly pair: CryptoKeyPair;
}

/** The P-256 key pair of a seed, always the same one. */
export async function keyPairFrom(seed: Uint8Array): Promise<KeyPair> {
  const { kem } = suite();
  const pair = await kem.deriveKeyPair(copyOf(seed));
  const point = new Uint8Array(await kem.serializePublicKey(pair.publicKey));
  return { publicKey: toBase64Url(point), thumbprint: thumbprintOf(point), pair };
}

/** The RFC 7638 thumbprint of a public key, base64url; null for what is no uncompressed point of P-256. */
export function publicKeyThumbprint(publicKey: string): string | null {
  const point = pointOf(publicKey);
  return point === null ? null : thumbprintOf(point);
}

function thumbprintOf(point: Uint8Array): string {
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(toBase64Url);
  // The required members alone, in this order: RFC 7638 3.2.
  return toBase64Url(sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)));
}

function pointOf(publicKey: string): Uint8Array<ArrayBuffer> | null {
  const point = fromBase64Url(publicKey);
  return point !== null && point.length === PUBLIC_KEY_BYTES && point[0] === 4 ? point : null;
}

/**
 * Encrypts the secret of a protector to the service, bound to its place. Null where that key is none: a service that
 * answers nonsense gets no protector.
 */
export function sealResetSecret(
  secret: Uint8Array,
  publicKey: string,
  place: ProtectorPlace,
  seed: Uint8Array,
): Promise<Sealed | null> {
  return sealTo(publicKey, secret, PROTECTOR_INFO, placeBytes(place), seed);
}

/** The secret, as the service opens it; null where it was sealed to another key or for another place, or was changed. */
export function openResetSecret(
  { pair }: Pick<KeyPair, 'pair'>,
  sealed: Sealed,
  place: ProtectorPlace,
): Promise<Uint8Array<ArrayBuffer> | null> {
  return openWith(pair, sealed, PROTECTOR_INFO, placeBytes(place));
}

/** What a ticket says of the protector that it is for: SHA-256 of encapsulation and ciphertext, base64url. */
export function protectorDigest({ encapsulation, ciphertext }: Sealed): string | null {
  const parts = [fromBase64Url(encapsulation), fromBase64Url(ciphertext)];
  const [first, second] = parts;
  if (!first || !second || first.length !== PUBLIC_KEY_BYTES) return null;
  return toBase64Url(sha256(joinBytes(first, second)));
}

/** The service's answer: the secret, encrypted to the one-time key of the tab that the ticket names. */
export function sealAnswer(
  secret: Uint8Array,
  oneTimeKey: string,
  ticket: string,
  seed: Uint8Array,
): Promise<Sealed | null> {
  return sealTo(oneTimeKey, secret, ANSWER_INFO, sha256(utf8(ticket)), seed);
}

/** The secret in an answer; null where it answers another ticket or another key, or was changed. */
export function openAnswer(
  { pair }: Pick<KeyPair, 'pair'>,
  answer: Sealed,
  ticket: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  return openWith(pair, answer, ANSWER_INFO, sha256(utf8(ticket)));
}

async function sealTo(
  publicKey: string,
  secret: Uint8Array,
  info: string,
  aad: Uint8Array,
  seed: Uint8Array,
): Promise<Sealed | null> {
  const point = pointOf(publicKey);
  if (point === null || secret.length !== RESET_SECRET_BYTES) return null;
  const hpke = suite();
  const plain = copyOf(secret);
  try {
    const recipientPublicKey = await hpke.kem.deserializePublicKey(point.buffer);
    const { enc, ct } = await hpke.seal(
      { recipientPublicKey, info: utf8(info), ekm: copyOf(seed).buffer },
      plain,
      copyOf(aad),
    );
    return {
      encapsulation: toBase64Url(new Uint8Array(enc)),
      ciphertext: toBase64Url(new Uint8Array(ct)),
    };
  } catch {
    return null;
  } finally {
    plain.fill(0);
  }
}

async function openWith(
  recipientKey: CryptoKeyPair,
  { encapsulation, ciphertext }: Sealed,
  info: string,
  aad: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const [enc, sealed] = [pointOf(encapsulation), fromBase64Url(ciphertext)];
  if (enc === null || sealed === null || sealed.length !== SEALED_BYTES) return null;
  try {
    const params = { recipientKey, enc: enc.buffer, info: utf8(info) };
    return new Uint8Array(await suite().open(params, sealed, copyOf(aad)));
  } catch {
    return null;
  }
}

/** Each part preceded by its length, so that none can run into the next. */
function placeBytes({ tenant, userHandle, device, container }: ProtectorPlace): Uint8Array<ArrayBuffer> {
  return joinBytes(
    ...[tenant, userHandle, device, container].flatMap((text) => {
      const bytes = utf8(text);
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, bytes.length);
      return [length, bytes];
    }),
  );
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const copyOf = (bytes: Uint8Array) => Uint8Array.from(bytes);
