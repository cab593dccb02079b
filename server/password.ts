import 'server-only';
import { hash, verify } from '@node-rs/argon2';

/** Hashes secrets that people type: passwords and passes. */
export interface PasswordHasher {
  hash(secret: string): Promise<string>;
  /** False for a wrong secret and for a hash that cannot be read. */
  verify(hashed: string, secret: string): Promise<boolean>;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
// The library's default algorithm is Argon2id.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const argon2id: PasswordHasher = {
  hash: (secret) => hash(secret.normalize('NFC'), PARAMETERS),
  verify: (hashed, secret) => verify(hashed, secret.normalize('NFC'), PARAMETERS).catch(() => false),
};

/**
 * A hash that no secret fits, made with the same parameters. Checking a name that does not exist against it costs
 * what checking a real one costs.
 */
export const DECOY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$bGF0Y2hrZXktZGVjb3ktMQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
