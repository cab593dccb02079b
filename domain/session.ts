import { isKeyProof, type Proof, type ProofKind } from './authentication.ts';
import { isSoftwareKey } from './software-key.ts';
import { type Demand, type Demands, demandAt, meets, type StrengthPlace, strongestOf } from './strength.ts';
import { HOUR_MS, MINUTE_MS } from './time.ts';

/** NIST SP 800-63B-4 section 2.2.3: at AAL2, reauthentication at least every 24 hours ... */
export const SESSION_ABSOLUTE_MS = 24 * HOUR_MS;
/** ... and after at most one hour of inactivity. */
export const SESSION_IDLE_MS = HOUR_MS;
/** "Last seen" is written at most this often; reading a page is not a write. */
export const LAST_SEEN_STEP_MS = MINUTE_MS;

/** `registration`: good for nothing but registering: opened by a pass, or by a second factor that has to be set up anew. */
export type SessionKind = 'ordinary' | 'registration';

/** Where a session that only registers is led: to a key of this device, or to the new second factor that was asked for. */
export function registrationPage({ method }: Pick<Session, 'method'>): '/provision' | '/second-factor' {
  return method === 'password' ? '/second-factor' : '/provision';
}

export interface Session {
  readonly id: string;
  readonly kind: SessionKind;
  /** The proof that it began with. */
  readonly method: ProofKind;
  readonly userId: string;
  /** The device whose proof came with the sign-in, or that was registered in this session. */
  readonly deviceId: string | null;
  readonly credentialId: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly lockedAt: Date | null;
  readonly proofs: readonly Proof[];
  /** The strength that policy asks for now, by flow and application. */
  readonly demands: Demands;
}

/** The strength that a session falls short of at a place; null where what was proven in it does. */
export function strengthMissing(
  { proofs, demands }: Pick<Session, 'proofs' | 'demands'>,
  place: StrengthPlace,
): Exclude<Demand, 'none'> | null {
  const demand = demandAt(demands, place);
  return demand === 'none' || meets(strongestOf(proofs), demand) ? null : demand;
}

/** Whether a session that is not ended still carries at `now`. */
export function isSessionLive(session: Pick<Session, 'expiresAt' | 'lastSeenAt'>, now: Date): boolean {
  return now < session.expiresAt && now.getTime() - session.lastSeenAt.getTime() < SESSION_IDLE_MS;
}

/** Whether somebody is in by a key: else a key that they make is shown by a first sign-in with it. */
export function cameInByKey({ kind, method }: Pick<Session, 'kind' | 'method'>): boolean {
  return kind === 'ordinary' && isKeyProof(method);
}

/** Each way to sign in, in the words of the home page. */
export const methodWords: Readonly<Record<ProofKind, string>> = {
  hello: 'Windows Hello',
  passkey: 'a passkey',
  'temporary-access-pass': 'a Temporary Access Pass',
  password: 'a password',
  totp: 'a password and a code',
  federated: "your organisation's sign-in",
  'federated-mfa': "your organisation's sign-in and MFA",
  authenticator: 'a password and your phone',
  'phone-sign-in': 'your phone',
};

/** How somebody got in, in words: a password that a code or a phone came with reads as both, a key that a browser keeps as what it is. */
export function sessionWords(
  method: ProofKind,
  proven: readonly ProofKind[],
  key: { readonly aaguid: string } | undefined,
): string {
  if (key !== undefined && isSoftwareKey(key)) return 'a software key';
  if (method !== 'password') return methodWords[method];
  return methodWords[proven.find((kind) => kind === 'totp' || kind === 'authenticator') ?? method];
}
