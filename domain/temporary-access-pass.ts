import type { Role } from './identity.ts';
import { SESSION_ABSOLUTE_MS } from './session.ts';
import { DAY_MS, MINUTE_MS } from './time.ts';

/** What any policy keeps to, in minutes (Entra ID: 10 minutes to 30 days). */
export const PASS_LIFETIME_MINUTES = { minimum: 10, maximum: 43_200 } as const;
/** What any policy keeps to, in characters (Entra ID: 8 to 48). */
export const PASS_LENGTH = { minimum: 8, maximum: 48 } as const;
/** How far ahead a pass may start. */
export const PASS_START_AHEAD_MS = 30 * DAY_MS;
/** A start that is over by no more than this is now: clocks differ, and people choose whole minutes. */
export const PASS_START_LATE_MS = 5 * MINUTE_MS;
/** After signing in with a one-time pass, registration must finish within this time. */
export const ONE_TIME_REGISTRATION_MS = 10 * MINUTE_MS;

/** Why somebody who has a working key gets a pass all the same: in a sentence or two. */
export const PASS_REASON_LENGTH = { minimum: 3, maximum: 300 } as const;

/** A reason as it is kept; null for none, and for one that is too short or too long to say anything. */
export function passReason(given: string | undefined): string | null {
  const reason = (given ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
  const { minimum, maximum } = PASS_REASON_LENGTH;
  return reason.length >= minimum && reason.length <= maximum ? reason : null;
}

/** Letters and digits that nobody mistakes for another when reading a pass over the phone: 2^5 of them. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A pass of as many characters as there are random bytes; each carries 5 bits, without bias. */
export function passFromRandom(random: Uint8Array): string {
  return Array.from(random, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}

/** A typed pass in the form that is hashed: people add blanks and dashes, and their phone adds capitals. */
export function normalisePass(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase();
}

/** When a pass that is asked for now starts; null when that is too long ago or too far ahead. */
export function passStart(asked: Date | undefined, now: Date): Date | null {
  if (asked === undefined) return now;
  const aheadMs = asked.getTime() - now.getTime();
  if (!(aheadMs >= -PASS_START_LATE_MS && aheadMs <= PASS_START_AHEAD_MS)) return null;
  return aheadMs < 0 ? now : asked;
}

export interface PassState {
  readonly oneTime: boolean;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

/** What policy says about passes; the names are those of Microsoft Graph where it has them. */
export interface PassPolicy {
  readonly enabled: boolean;
  readonly lifetimeInMinutes: {
    readonly minimum: number;
    readonly maximum: number;
    readonly default: number;
  };
  readonly length: number;
  /** Every pass of the tenant is for one time. */
  readonly isUsableOnce: boolean;
  /** Null: everybody. */
  readonly includeGroups: readonly string[] | null;
  readonly excludeGroups: readonly string[];
}

/** Whose pass it is. */
export interface PassHolder {
  readonly groupIds: readonly string[];
  /** `isRecoveryPass`. */
  readonly recovering: boolean;
}

/**
 * Whether a pass is the last rung of recovery: made by the command line on the server (no issuer) for a Global
 * Administrator. No policy stops it or shortens it, so that nobody can lock the tenant's administration out by policy,
 * by mistake or on purpose. Its own lifetime and one-time use bind it as they bind any other.
 */
export function isRecoveryPass(issuerId: string | null, holderRoles: readonly Role[]): boolean {
  return issuerId === null && holderRoles.includes('global_administrator');
}

/** Why policy keeps a pass from being used. */
export type PassObstacle = 'switched_off' | 'excluded' | 'not_included' | 'one_time_only';

/** What policy has against this pass of this person, or null. Exclusion beats inclusion; doubt refuses. */
export function passObstacle(
  pass: Pick<PassState, 'oneTime'>,
  policy: PassPolicy,
  holder: PassHolder,
): PassObstacle | null {
  if (holder.recovering) return null;
  if (!policy.enabled) return 'switched_off';
  const isIn = (groups: readonly string[]) => groups.some((id) => holder.groupIds.includes(id));
  if (isIn(policy.excludeGroups)) return 'excluded';
  if (policy.includeGroups !== null && !isIn(policy.includeGroups)) return 'not_included';
  return policy.isUsableOnce && !pass.oneTime ? 'one_time_only' : null;
}

/** Why a pass can or cannot be used now, in the words of Microsoft Graph's `methodUsabilityReason`. */
export type PassUsability =
  | 'EnabledByPolicy'
  | 'DisabledByPolicy'
  | 'NotYetValid'
  | 'Expired'
  | 'OneTimeUsed';

/** Why a pass is over for good, or null while it may work yet. */
export function passOver(
  pass: PassState,
  now: Date,
): Extract<PassUsability, 'OneTimeUsed' | 'Expired'> | null {
  if (pass.oneTime && pass.usedAt !== null) return 'OneTimeUsed';
  return now >= pass.expiresAt ? 'Expired' : null;
}

/** What is over for good comes first, then what policy may change, then what time will. */
export function passUsability(
  pass: PassState,
  policy: PassPolicy,
  holder: PassHolder,
  now: Date,
): PassUsability {
  const over = passOver(pass, now);
  if (over !== null) return over;
  if (passObstacle(pass, policy, holder) !== null) return 'DisabledByPolicy';
  return now < pass.startsAt ? 'NotYetValid' : 'EnabledByPolicy';
}

/** When a session that begins with this pass at `now` ends: with the pass, and never later than any other session. */
export function passSessionEnd(pass: PassState, now: Date): Date {
  const limitMs = pass.oneTime ? ONE_TIME_REGISTRATION_MS : SESSION_ABSOLUTE_MS;
  return new Date(Math.min(pass.expiresAt.getTime(), now.getTime() + limitMs));
}
