import { argon2idAsync } from '@noble/hashes/argon2.js';
import type { Argon2Cost } from './format.ts';
import { wipe } from './seal.ts';

/**
 * The least that OWASP's Password Storage Cheat Sheet takes for argon2id; each of these is as good as the others:
 * [memory in KiB, passes].
 */
const FLOORS = [
  [19_456, 2],
  [12_288, 3],
  [9_216, 4],
  [7_168, 5],
] as const;

/** Beyond these a container that somebody changed could hang the tab or exhaust its memory. */
const MOST_MEMORY_KIB = 65_536;
const MOST_WORK = 196_608;
const MOST_LANES = 4;

/** What a new protector gets. In JavaScript the time goes with memory times passes, and this row has less than the first. */
export const ARGON2_DEFAULT: Argon2Cost = { m: 9_216, t: 4, p: 1 };

/** Whether a cost is neither below OWASP's floor nor above what a tab can bear. */
export function isBearable({ m, t, p }: Argon2Cost): boolean {
  return (
    [m, t, p].every(Number.isSafeInteger) &&
    FLOORS.some(([memory, passes]) => m >= memory && t >= passes) &&
    m <= MOST_MEMORY_KIB &&
    m * t <= MOST_WORK &&
    p >= 1 &&
    p <= MOST_LANES
  );
}

export const SALT_BYTES = 16;

/** argon2id (RFC 9106) of a PIN: 32 bytes. A cost that is not bearable is a bug: a container with one cannot be read. */
export async function stretch(pin: string, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
  if (!isBearable(cost)) throw new RangeError('argon2id: this cost is not allowed');
  const typed = new TextEncoder().encode(pin);
  try {
    return await argon2idAsync(typed, salt, { ...cost, dkLen: 32 });
  } finally {
    wipe(typed);
  }
}
