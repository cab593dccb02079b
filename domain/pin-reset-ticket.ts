import { z } from 'zod';
import { HELLO_PROOF_MAX_AGE_MS } from './authentication.ts';
import { PUBLIC_KEY_BYTES, SEALED_BYTES } from './pin-reset-protector.ts';
import type { ProblemCode } from './problem.ts';
import { MINUTE_MS } from './time.ts';

/**
 * The ticket with which a tenant asks the PIN reset service to open one protector, once: a JWS (RFC 7515) by ES256, with a
 * type of its own (RFC 8725 3.11).
 */
export const TICKET_TYPE = 'latchkey-pin-reset+jwt';
export const TICKET_AUDIENCE = 'latchkey-pin-reset-service';
export const TICKET_LIFETIME_MS = 5 * MINUTE_MS;
/** How old the proof may be when the service answers: as for every PIN reset. */
export const TICKET_PROOF_MAX_AGE_MS = HELLO_PROOF_MAX_AGE_MS;
/** So far the tenant's clock may be ahead of the service's. Behind it, a ticket only lives shorter. */
export const CLOCK_SKEW_MS = MINUTE_MS;

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const guid = z.guid();
const seconds = z.int().positive();
/** base64url of exactly so many bytes. */
const exactly = (bytes: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`));

/** Times are in whole seconds since 1970 (RFC 7519 2). */
export const ticketClaims = z.strictObject({
  iss: guid,
  aud: z.literal(TICKET_AUDIENCE),
  sub: z.string().min(1).max(128),
  device: guid,
  container: guid,
  /** `protectorDigest` of what is to be opened. */
  protector: digest,
  /** Thumbprint of the key that the answer is encrypted to (RFC 7800 calls it a confirmation). */
  cnf: z.strictObject({ jkt: digest }),
  mfaAt: seconds,
  iat: seconds,
  exp: seconds,
  jti: digest,
});
export type TicketClaims = z.infer<typeof ticketClaims>;

/** The public half of the key by which a tenant signs tickets. */
export const ticketKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: exactly(32),
  y: exactly(32),
});
export type TicketKey = z.infer<typeof ticketKey>;

/** Why a ticket, or what came with it, opens nothing; with what the person is told. The log keeps the true one. */
const faults = {
  unreadable: 'pin_reset_ticket_refused',
  tenant_unknown: 'pin_reset_ticket_refused',
  signature: 'pin_reset_ticket_refused',
  claims: 'pin_reset_ticket_refused',
  lives_too_long: 'pin_reset_ticket_refused',
  not_yet_valid: 'pin_reset_ticket_refused',
  expired: 'pin_reset_ticket_refused',
  proof_too_old: 'proof_required',
  other_protector: 'pin_reset_ticket_refused',
  other_key: 'pin_reset_ticket_refused',
  used: 'pin_reset_ticket_refused',
  key_unknown: 'pin_reset_protector_unusable',
  unopenable: 'pin_reset_protector_unusable',
} as const satisfies Record<string, ProblemCode>;
export type RecoveryFault = keyof typeof faults;
export const recoveryFaults = Object.keys(faults) as RecoveryFault[];

export function faultProblem(fault: RecoveryFault): (typeof faults)[RecoveryFault] {
  return faults[fault];
}

/** What the service holds beside the ticket: the digest of what is to be opened, and the thumbprint of the tab's key. */
export interface Presented {
  readonly protector: string | null;
  readonly thumbprint: string | null;
}

/** The first thing that is wrong with a ticket whose signature is good; null when it may open what came with it. */
export function judgeTicket(claims: TicketClaims, presented: Presented, now: Date): RecoveryFault | null {
  const [issuedAt, expiresAt, mfaAt] = [claims.iat, claims.exp, claims.mfaAt].map((at) => at * 1000) as [
    number,
    number,
    number,
  ];
  const at = now.getTime();
  if (expiresAt - issuedAt > TICKET_LIFETIME_MS || expiresAt <= issuedAt) return 'lives_too_long';
  if (issuedAt > at + CLOCK_SKEW_MS) return 'not_yet_valid';
  if (expiresAt <= at) return 'expired';
  // A proof from after the ticket is none that the ticket could know of.
  if (mfaAt > issuedAt) return 'claims';
  if (at - mfaAt > TICKET_PROOF_MAX_AGE_MS) return 'proof_too_old';
  if (presented.protector !== claims.protector) return 'other_protector';
  if (presented.thumbprint !== claims.cnf.jkt) return 'other_key';
  return null;
}

const keyId = digest;
const sealed = { encapsulation: exactly(PUBLIC_KEY_BYTES), ciphertext: exactly(SEALED_BYTES) };

export const serviceKeyRequest = z.strictObject({});
export const serviceKeyAnswer = z.object({ kid: keyId, publicKey: exactly(PUBLIC_KEY_BYTES) });
export type ServiceKeyAnswer = z.infer<typeof serviceKeyAnswer>;

/** No ticket that we sign is longer. */
const TICKET_MAX = 2048;

export const serviceRecoveryRequest = z.strictObject({
  ticket: z
    .string()
    .max(TICKET_MAX)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/),
  kid: keyId,
  ...sealed,
  oneTimeKey: exactly(PUBLIC_KEY_BYTES),
});
export type ServiceRecoveryRequest = z.infer<typeof serviceRecoveryRequest>;
export const serviceRecoveryAnswer = z.object(sealed);
export type ServiceRecoveryAnswer = z.infer<typeof serviceRecoveryAnswer>;

export const recoveryRequest = z.strictObject({
  container: guid,
  protector: digest.describe('SHA-256 of the encapsulation and the ciphertext'),
  thumbprint: digest.describe("Thumbprint of the tab's one-time key (RFC 7638)"),
});
export type RecoveryRequest = z.infer<typeof recoveryRequest>;
export const recoveryAnswer = z.object({ ticket: z.string() });
export type RecoveryAnswer = z.infer<typeof recoveryAnswer>;

export const resetProtectorRequest = z.strictObject({
  container: guid,
  made: z
    .strictObject({
      kid: keyId.describe('The key that it is encrypted to'),
      protector: digest.describe('SHA-256 of the encapsulation and the ciphertext'),
    })
    .nullable()
    .describe('Null: the browser has none any more'),
});
export type ResetProtectorRequest = z.infer<typeof resetProtectorRequest>;
export const resetProtectorAnswer = z.object({ storedAt: z.string().nullable() });
export type ResetProtectorAnswer = z.infer<typeof resetProtectorAnswer>;
