import { joinBytes } from '../attestation/bytes.ts';
import { fromBase64Url, toBase64Url } from '../base64url.ts';
import type { RandomBytes } from '../oprf.ts';

/** AES-256-GCM (NIST SP 800-38D): 12 bytes of random nonce, the ciphertext, 16 bytes of tag; base64url. */
export const NONCE_BYTES = 12;
export const SEAL_BYTES = NONCE_BYTES + 16;

/** Overwrites what is no longer needed. JavaScript promises no more: the engine may have moved the bytes before. */
export function wipe(...arrays: readonly Uint8Array[]): void {
  for (const array of arrays) array.fill(0);
}

async function aesKey(bytes: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const raw = Uint8Array.from(bytes);
  try {
    return await globalThis.crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [usage]);
  } finally {
    wipe(raw);
  }
}

/** Seals bytes under a 256-bit key, with what they are bound to. */
export async function seal(
  key: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
  aad: Uint8Array<ArrayBuffer>,
  random: RandomBytes,
): Promise<string> {
  const iv = Uint8Array.from(random(NONCE_BYTES));
  const aes = await aesKey(key, 'encrypt');
  const algorithm = { name: 'AES-GCM', iv, additionalData: aad };
  const sealed = await globalThis.crypto.subtle.encrypt(algorithm, aes, plaintext);
  return toBase64Url(joinBytes(iv, new Uint8Array(sealed)));
}

/** What was sealed, or null: another key, other surroundings, or not a bit of it as it was. */
export async function open(
  key: Uint8Array,
  sealed: string,
  aad: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = fromBase64Url(sealed);
  if (bytes === null || bytes.length < SEAL_BYTES) return null;
  const aes = await aesKey(key, 'decrypt');
  const algorithm = { name: 'AES-GCM', iv: bytes.slice(0, NONCE_BYTES), additionalData: aad };
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(algorithm, aes, bytes.slice(NONCE_BYTES)));
  } catch {
    return null;
  }
}
