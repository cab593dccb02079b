import 'server-only';
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './env.ts';
import { EnvironmentError } from './env.ts';

/** Subkeys of the master key, one per purpose (HKDF-SHA256, RFC 5869). */
export type KeyPurpose = 'challenge' | 'offer' | 'check' | 'rate-limit';

/** Gives the 32-byte subkey of a purpose; the same one on every instance that shares the master key. */
export type Keyring = (purpose: KeyPurpose) => Buffer;

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
