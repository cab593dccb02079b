import type { EventCode } from '../event.ts';
import type { ProblemCode } from '../problem.ts';

/** An attack that a chapter runs against the product, and what has to stop it. */
export interface Attack {
  /** What the attacker does, in one sentence. */
  readonly title: string;
  /** What the attacker holds. */
  readonly has: string;
  /** What it shows when it was refused. */
  readonly moral: string;
  /** The answer that the attacker gets. */
  readonly answer: ProblemCode;
  /** The failure that the product logs for it. */
  readonly logged: EventCode;
  /** Why, as the log has it: any other refusal would show something else. */
  readonly cause: string;
}

/** What came back from a running attack, for everybody to see: no secret is among it. */
export interface AttackReport {
  readonly attack: AttackName;
  /** Requests in the order in which they were sent. */
  readonly sent: readonly AttackStep[];
  /** The last answer is the refusal that was to come, for the reason that it shows. */
  readonly held: boolean;
  /** The failure that was logged, by its support code. */
  readonly event: { readonly code: EventCode; readonly cause: string; readonly support: string } | null;
}

export interface AttackStep {
  readonly what: string;
  /** Method and path, or that there was none. */
  readonly request: string;
  /** 0 where there was no request. */
  readonly status: number;
  /** The code of the problem, or 'ok'. */
  readonly answer: string;
}

export const attacks = {
  replayed_assertion: {
    title: 'Send a recorded sign-in once more',
    has: 'Every byte of a sign-in that worked, cookies included.',
    moral: 'A signature answers one challenge, and a challenge is used up by its first answer.',
    answer: 'challenge_consumed',
    logged: 'sign_in',
    cause: 'challenge_replayed',
  },
  wrong_origin: {
    title: 'Let somebody sign in at a look-alike address and pass it on',
    has: 'A page at another address, and a person who believes it.',
    moral: 'The browser writes its address into what the key signs. No person has to notice anything.',
    answer: 'sign_in_failed',
    logged: 'sign_in',
    cause: 'origin_mismatch',
  },
  other_device: {
    title: 'Use a copied key from another device',
    has: 'The private key itself, and a registered device of their own.',
    moral: 'A Hello key is good on the device where it was made, and nowhere else.',
    answer: 'wrong_device',
    logged: 'sign_in',
    cause: 'wrong_device',
  },
  reset_without_mfa: {
    title: 'Reset the PIN with nothing but the password',
    has: 'The right password.',
    moral: 'A password alone registers nothing. A reset takes a fresh proof with two factors.',
    answer: 'proof_required',
    logged: 'pin_reset',
    cause: 'proof_required',
  },
  pin_offline: {
    title: 'Guess the PIN on a copy of the container',
    has: 'A copy of the container, and all the time in the world.',
    moral:
      'A PIN is half of an answer. The other half is here, counts the tries, and speaks to its own device only.',
    answer: 'container_unknown',
    logged: 'pin_try_refused',
    cause: 'container_unknown',
  },
  session_from_database: {
    title: 'Walk in with what the database says of a session',
    has: 'A copy of the whole database.',
    moral: 'The store keeps fingerprints of cookies. A fingerprint opens nothing.',
    answer: 'sign_in_required',
    logged: 'session_forged',
    cause: 'session_fingerprint',
  },
  cookie_after_lock: {
    title: 'Use a stolen session cookie after its owner locked',
    has: 'The cookie of somebody who is signed in.',
    moral: 'The lock is on the server: the cookie is shut wherever it is.',
    answer: 'session_locked',
    logged: 'locked_session_used',
    cause: 'session_locked',
  },
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof attacks;
export const attackNames = Object.keys(attacks) as [AttackName, ...AttackName[]];
