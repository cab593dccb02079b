import { SESSION_ABSOLUTE_MS } from './session.ts';
import { MINUTE_MS } from './time.ts';

/** Bounds and default of a pass, in minutes (Entra ID: 10 minutes to 30 days, default one hour). */
export const PASS_LIFETIME_MINUTES = { minimum: 10, default: 60, maximum: 43_200 } as const;
/** Entra ID allows 8 to 48; this is its default. */
export const PASS_LENGTH = 8;
/** After signing in with a one-time pass, registration must finish within this time. */
export const ONE_TIME_REGISTRATION_MS = 10 * MINUTE_MS;

/** Letters and digits that nobody mistakes for another when reading a pass over the phone: 2^5 of them. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A pass of `PASS_LENGTH` characters from as many random bytes; each carries 5 bits, without bias. */
export function passFromRandom(random: Uint8Array): string {
  return Array.from(random.slice(0, PASS_LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}

/** A typed pass in the form that is hashed: people add blanks and dashes, and their phone adds capitals. */
export function normalisePass(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase();
}

export interface PassState {
  readonly oneTime: boolean;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

/** Why a pass can or cannot be used now, in the words of Microsoft Graph's `methodUsabilityReason`. */
export type PassUsability = 'EnabledByPolicy' | 'NotYetValid' | 'Expired' | 'OneTimeUsed';

export function passUsability(pass: PassState, now: Date): PassUsability {
  if (pass.oneTime && pass.usedAt !== null) return 'OneTimeUsed';
  if (now >= pass.expiresAt) return 'Expired';
  return now < pass.startsAt ? 'NotYetValid' : 'EnabledByPolicy';
}

/** When a session that begins with this pass at `now` ends: with the pass, and never later than any other session. */
export function passSessionEnd(pass: PassState, now: Date): Date {
  const limitMs = pass.oneTime ? ONE_TIME_REGISTRATION_MS : SESSION_ABSOLUTE_MS;
  return new Date(Math.min(pass.expiresAt.getTime(), now.getTime() + limitMs));
}
