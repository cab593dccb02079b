import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { Hash } from '../cose-key.ts';
import type { TpmHash } from '../tpm-structures.ts';

export const hashes = { sha1, sha256, sha384, sha512 } as const satisfies Record<
  Hash,
  (bytes: Uint8Array) => Uint8Array
>;
export const tpmHashes: Readonly<Record<TpmHash, Hash>> = {
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
};
