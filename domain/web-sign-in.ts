import type { ProofKind } from './authentication.ts';
import type { SessionKind } from './session.ts';

/** What carries web sign-in, by its proof, and the session that it opens where web sign-in does not sign in. */
export const webSignInCarriers = {
  'temporary-access-pass': 'registration',
  'phone-sign-in': null,
} as const satisfies Partial<Record<ProofKind, SessionKind | null>>;
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
  readonly session: 'ordinary' | (typeof webSignInCarriers)[C];
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
    session: onOwnDevice && allowed && keysHere !== 'usable' ? 'ordinary' : webSignInCarriers[carrier],
    leadsTo: keysHere === 'none' ? 'provisioning' : 'pin_reset',
  };
}
