import 'server-only';
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './env.ts';
import { EnvironmentError } from './env.ts';

/** Subkeys of the master key, one per purpose (HKDF-SHA256, RFC 5869). */
export type KeyPurpose =
  | 'challenge'
  | 'offer'
  | 'check'
  | 'rate-limit'
  | 'totp'
  | 'authenticator'
  | 'push'
  | 'last-person'
  | 'certificate-authority'
  | 'backup'
  | 'pin-oprf'
  | 'pin-reset-ticket'
  | 'federation-client'
  | 'federation-request'
  | 'unsubscribe'
  | 'presentation';

/** Gives the 32-byte subkey of a purpose; the same one on every instance that shares the master key. */
export type Keyring = (purpose: KeyPurpose) => Buffer;

/** Where the master key of these settings is, or would be. */
export function masterKeyPlace(env: Pick<Environment, 'secretKey' | 'dataDir'>): string {
  return env.secretKey === null ? join(env.dataDir, 'master.key') : 'SECRET_KEY';
}

/** Whether there is a master key already. */
export function hasMasterKey(env: Pick<Environment, 'secretKey' | 'dataDir'>): boolean {
  return env.secretKey !== null || existsSync(masterKeyPlace(env));
}

/** The keyring of SECRET_KEY, else of DATA_DIR/master.key, which is made on the first start and readable by its owner only. */
export function openKeyring(
  env: Pick<Environment, 'secretKey' | 'dataDir'>,
  randomBytes: (count: number) => Uint8Array,
): Keyring {
  const master =
    env.secretKey === null ? keyFile(env.dataDir, randomBytes) : Buffer.from(env.secretKey, 'hex');
  const keys = new Map<KeyPurpose, Buffer>();
  return (purpose) => {
    const known = keys.get(purpose) ?? Buffer.from(hkdfSync('sha256', master, '', `latchkey/${purpose}`, 32));
    keys.set(purpose, known);
    return known;
  };
}

function keyFile(dataDir: string, randomBytes: (count: number) => Uint8Array): Buffer {
  const path = join(dataDir, 'master.key');
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // Written aside and linked into place: whoever finds the file finds it whole.
    const draft = `${path}.${Buffer.from(randomBytes(8)).toString('hex')}`;
    writeFileSync(draft, `${Buffer.from(randomBytes(32)).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    try {
      linkSync(draft, path);
    } catch (error) {
      // Another instance made it first: theirs counts.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new EnvironmentError(`${path} is not a master key (64 hexadecimal digits).`);
  return Buffer.from(text, 'hex');
}

export function mac(key: Buffer, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Compares in constant time; false for different lengths. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A nonce for `seal`: random, never used twice under one key. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals bytes under a key (AES-256-GCM) as nonce, ciphertext and tag. `context` must be the same when it is opened. */
export function seal(key: Buffer, nonce: Uint8Array, content: Uint8Array, context = ''): Buffer<ArrayBuffer> {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** What was sealed under this key for this context, or null: not ours, changed, or for something else. */
export function unseal(key: Buffer, sealed: Uint8Array, context = ''): Buffer<ArrayBuffer> | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
