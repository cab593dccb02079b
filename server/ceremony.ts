import 'server-only';
import { createHash } from 'node:crypto';
import { toBase64Url } from '#domain/base64url';
import {
  type Binding,
  bindingBytes,
  type CeremonyPurpose,
  CHALLENGE_LIFETIME_MS,
  type Challenge,
  challengeHeader,
  NONCE_BYTES,
  readChallenge,
} from '#domain/ceremony';
import type { ProblemCode } from '#domain/problem';
import { later } from '#domain/time';
import type { Tx } from './db.ts';
import type { Runtime } from './runtime.ts';
import { mac, sameBytes } from './secrets.ts';

/** A fresh sealed challenge. Costs no row. It lives as long as a WebAuthn challenge where `expiresAt` says nothing else. */
export function sealChallenge(
  runtime: Runtime,
  purpose: CeremonyPurpose,
  binding: Binding,
  {
    expiresAt,
    ticket = null,
  }: { readonly expiresAt?: Date | undefined; readonly ticket?: Uint8Array | null } = {},
): Uint8Array<ArrayBuffer> {
  const issuedAt = runtime.clock.world();
  const header = challengeHeader({
    purpose,
    issuedAt,
    expiresAt: expiresAt ?? later(issuedAt, CHALLENGE_LIFETIME_MS),
    nonce: runtime.random.bytes(NONCE_BYTES),
    ticket,
  });
  return new Uint8Array(
    Buffer.concat([header, mac(runtime.keys('challenge'), header, bindingBytes(binding))]),
  );
}

export type Opened =
  | { readonly challenge: Challenge }
  | { readonly refused: ProblemCode; readonly cause: string };

/** The purpose a challenge claims, before anything about it is proven; null when it is none of ours. */
export function claimedPurpose(sealed: Uint8Array): CeremonyPurpose | null {
  return readChallenge(sealed)?.challenge.purpose ?? null;
}

/**
 * Opens a sealed challenge without using it up. Refuses one of another purpose, browser, session, user or device, and
 * last, one past its time.
 */
export function openChallenge(
  runtime: Runtime,
  sealed: Uint8Array,
  purpose: CeremonyPurpose,
  binding: Binding,
): Opened {
  const parts = readChallenge(sealed);
  if (parts === null) return { refused: 'challenge_invalid', cause: 'challenge_malformed' };
  const expected = mac(runtime.keys('challenge'), parts.header, bindingBytes(binding));
  if (!sameBytes(expected, parts.mac))
    return { refused: 'challenge_invalid', cause: 'challenge_seal_or_binding' };
  const { challenge } = parts;
  if (challenge.purpose !== purpose) return { refused: 'challenge_invalid', cause: 'challenge_purpose' };
  if (runtime.clock.world() >= challenge.expiresAt)
    return { refused: 'challenge_expired', cause: 'challenge_expired' };
  return { challenge };
}

/**
 * Opens a sealed challenge and records its consumption, in one conditional statement of its own, so that it holds
 * whatever comes of the verification. Refuses what `openChallenge` refuses, and one already used.
 */
export async function consumeChallenge(
  runtime: Runtime,
  sealed: Uint8Array,
  purpose: CeremonyPurpose,
  binding: Binding,
): Promise<Opened> {
  const opened = openChallenge(runtime, sealed, purpose, binding);
  if ('refused' in opened) return opened;
  const { nonce, expiresAt } = opened.challenge;
  return (await consumeNonce(runtime.db, nonce, expiresAt))
    ? opened
    : { refused: 'challenge_consumed', cause: 'challenge_replayed' };
}

/** Records that something sealed was used, in one conditional statement; false when it was used before. */
export async function consumeNonce(tx: Tx, nonce: Uint8Array, expiresAt: Date): Promise<boolean> {
  const nonceHash = toBase64Url(createHash('sha256').update(nonce).digest());
  const consumed = await tx.$executeRaw`INSERT INTO "ConsumedChallenge" ("nonceHash", "expiresAt")
    VALUES (${nonceHash}, ${expiresAt}) ON CONFLICT DO NOTHING`;
  return consumed === 1;
}

/** Forgets consumptions whose challenges would be refused for their age anyway. Returns how many. */
export async function forgetExpiredChallenges(runtime: Runtime): Promise<number> {
  const { count } = await runtime.db.consumedChallenge.deleteMany({
    where: { expiresAt: { lt: runtime.clock.world() } },
  });
  return count;
}
