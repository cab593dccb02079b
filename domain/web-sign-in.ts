import type { ProofKind } from './authentication.ts';
import type { SessionKind } from './session.ts';

/**
 * What a proof without a key does at a lock. `opens` it; is one `factor` of two; `replaces` the locked session by one that is
 * good for the set-up; or is `refused`.
 */
export type LockRuling = 'opens' | 'factor' | 'replaces' | 'refused';

interface Carrier {
  /** The session that it opens where web sign-in does not sign in. Null: none. */
  readonly session: SessionKind | null;
  /** Whether it counts where unlock factors ask for two: a pass does not, as whoever has it may have nothing else. */
  readonly isFactor: boolean;
  /** What it does at the lock of a registered device where web sign-in does not sign in. */
  readonly atLock: Extract<LockRuling, 'replaces' | 'refused'>;
}

/** What web sign-in is carried by, one row for each proof. A provider carries it at a lock alone: it signs in anywhere. */
export const webSignInCarriers = {
  'temporary-access-pass': { session: 'registration', isFactor: false, atLock: 'replaces' },
  'phone-sign-in': { session: null, isFactor: false, atLock: 'refused' },
  'federated-mfa': { session: null, isFactor: true, atLock: 'refused' },
} as const satisfies Partial<Record<ProofKind, Carrier>>;
export type WebSignInCarrier = keyof typeof webSignInCarriers;

/** What is known when somebody who is signed out, or locked, proves who they are without a key. */
export interface WebSignInFacts {
  /** The browser showed that it is on a device of that person. */
  readonly onOwnDevice: boolean;
  /** `EnableWebSignIn` there. */
  readonly allowed: boolean;
  /** That person's Hello keys on it: `set_aside` where there are some and none of them signs in. */
  readonly keysHere: 'none' | 'set_aside' | 'usable';
}

export interface WebSignIn<C extends WebSignInCarrier = WebSignInCarrier> {
  /** `ordinary`: it signs in. `registration`: it is good for what `leadsTo` says, and for nothing else. Null: it opens nothing. */
  readonly session: 'ordinary' | (typeof webSignInCarriers)[C]['session'];
  readonly leadsTo: 'provisioning' | 'pin_reset';
}

/**
 * Web sign-in of Windows is for first set-up and recovery: it signs in on a registered device where no key of the person's
 * does. Wherever it does not, a pass opens the set-up or, where there is a key to replace, the PIN reset, so that nobody is
 * stranded between a registered device and a key on it.
 */
export function webSignIn<C extends WebSignInCarrier>(
  carrier: C,
  { onOwnDevice, allowed, keysHere }: WebSignInFacts,
): WebSignIn<C> {
  return {
    session:
      onOwnDevice && allowed && keysHere !== 'usable' ? 'ordinary' : webSignInCarriers[carrier].session,
    leadsTo: keysHere === 'none' ? 'provisioning' : 'pin_reset',
  };
}

/** Where a lock is, as far as a carrier of web sign-in is concerned. */
export interface LockFacts {
  /** The session is on a registered device of the person. */
  readonly onOwnDevice: boolean;
  /** Web sign-in signs in there (`webSignIn`). */
  readonly signsIn: boolean;
  /** Policy asks for unlock factors there. */
  readonly factorsAsked: boolean;
}

/** Off a registered device any strong proof opens a lock; on one, a carrier does where web sign-in signs in. */
export function atLock(
  carrier: WebSignInCarrier,
  { onOwnDevice, signsIn, factorsAsked }: LockFacts,
): LockRuling {
  if (!onOwnDevice || signsIn) return 'opens';
  const { isFactor, atLock: otherwise } = webSignInCarriers[carrier];
  return factorsAsked && isFactor ? 'factor' : otherwise;
}

/** Whether a lock may lead to a provider: `ConfigureWebSignInAllowedUrls` names its host, or names none. */
export function mayLeadTo(allowedDomains: string, issuer: string): boolean {
  return allowedDomains === '' || allowedDomains.toLowerCase().split(';').includes(new URL(issuer).hostname);
}
