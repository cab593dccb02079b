import { MINUTE_MS, SECOND_MS } from './time.ts';

/** What is guessed, and what makes a phone ring. Each is counted apart, so that a guessed password never closes the way with a key. */
export type Guessable =
  | 'password'
  | 'temporary-access-pass'
  | 'totp'
  | 'approval'
  | 'approval-own'
  | 'phone-sign-in';
/** Doors that cost the server work and give nothing to guess. */
export type Door =
  | 'options'
  | 'verification'
  | 'pin-recovery'
  | 'device-registration'
  | 'signals'
  | 'ceremony-report'
  | 'attestation-inspection'
  | 'attestation-metadata'
  | 'policy-import'
  | 'policy-refresh'
  | 'key-container'
  | 'pin-evaluation'
  | 'federated-sign-in'
  | 'authenticator'
  | 'authenticator-registration'
  | 'unsubscribe'
  | 'presentation-join'
  | 'presentation-show';

/**
 * What one counter is about. `slowed` is what is left of a name's turns once `name` is used up: never none. `session` is a
 * door's counter for somebody signed in, who is then not counted with everybody else at their address.
 */
export type CountedBy = 'address' | 'name and address' | 'name' | 'slowed' | 'session';

export interface Limit {
  readonly by: CountedBy;
  readonly attempts: number;
  readonly windowMs: number;
  readonly source: string;
}

/** In the order of counting: an attempt that one of them stops counts no further. */
const guessing: readonly Limit[] = [
  {
    by: 'address',
    attempts: 60,
    windowMs: 5 * MINUTE_MS,
    source: 'Own judgement: many names from one place, and room for an office behind one address',
  },
  {
    by: 'name and address',
    attempts: 5,
    windowMs: 5 * MINUTE_MS,
    source: 'NIST SP 800-63B-4 3.2.2 allows 100 failures in a row; far below, and at one place only',
  },
  {
    by: 'name',
    attempts: 30,
    windowMs: 10 * MINUTE_MS,
    source: 'NIST SP 800-63B-4 3.2.2: from everywhere together. Beyond it a name is slowed, never locked',
  },
  {
    by: 'slowed',
    attempts: 1,
    windowMs: 10 * SECOND_MS,
    source: 'NIST SP 800-63B-4 3.2.2: a wait before the next attempt, in place of a lock',
  },
];

/** A request makes somebody's phone ring: people who are asked often enough say yes. */
const ringing: readonly Limit[] = [
  {
    by: 'address',
    attempts: 60,
    windowMs: 5 * MINUTE_MS,
    source: 'Own judgement: many names from one place, and room for an office behind one address',
  },
  {
    by: 'name and address',
    attempts: 5,
    windowMs: 5 * MINUTE_MS,
    source: 'Own judgement: one that nobody answered may be asked again, a few times',
  },
  {
    by: 'name',
    attempts: 10,
    windowMs: 10 * MINUTE_MS,
    source: 'Own judgement: from everywhere together. Beyond it a phone rings at most once a minute',
  },
  {
    by: 'slowed',
    attempts: 1,
    windowMs: MINUTE_MS,
    source: 'Own judgement: as long as a request waits for its answer',
  },
];

/** What rings only from somebody's own device, where `approval-own` counts too: nobody elsewhere uses up a name's turns. */
const asking = ringing.filter(({ by }) => by === 'address' || by === 'name and address');

const door = (byAddress: number, bySession: number): readonly Limit[] => [
  {
    by: 'address',
    attempts: byAddress,
    windowMs: 5 * MINUTE_MS,
    source: 'Own judgement: hundreds of people may sit behind one address',
  },
  {
    by: 'session',
    attempts: bySession,
    windowMs: 5 * MINUTE_MS,
    source: 'Own judgement: no person answers that often',
  },
];

/** Every limit there is: what, counted by what, how often in how long, and why so. */
export const limits: Readonly<Record<Guessable | Door, readonly Limit[]>> = {
  password: guessing,
  'temporary-access-pass': guessing,
  totp: guessing,
  approval: ringing,
  // Counted apart, so that whoever has the password uses up none of the turns of its owner.
  'approval-own': ringing,
  'phone-sign-in': asking,
  options: door(600, 120),
  verification: door(300, 60),
  'pin-recovery': door(120, 30),
  'device-registration': door(300, 60),
  // Each is a line of the event log: nobody shall fill it from outside.
  'ceremony-report': door(60, 30),
  signals: door(1200, 600),
  'attestation-inspection': door(300, 300),
  'attestation-metadata': door(60, 30),
  'policy-import': door(120, 60),
  'policy-refresh': door(300, 30),
  'key-container': door(600, 120),
  'pin-evaluation': door(300, 60),
  'federated-sign-in': door(300, 60),
  authenticator: door(1200, 600),
  // A code has 60 bits and lives for minutes; this keeps the noise away.
  'authenticator-registration': door(60, 30),
  // Programs press it for people, many from one address.
  unsubscribe: door(600, 60),
  // A code has 40 bits and lives for minutes.
  'presentation-join': door(30, 30),
  'presentation-show': door(1200, 600),
};

export type Limited = keyof typeof limits;
export const limitedThings = Object.keys(limits) as Limited[];

/** A limit's name in the store, such as `password: name and address`. */
export function limitName(what: Limited, by: CountedBy): string {
  return `${what}: ${by}`;
}

/** The limit of a name in the store, or null for one that this version does not know. */
export function limitOfName(name: string): { readonly what: Limited; readonly limit: Limit } | null {
  for (const what of limitedThings) {
    const limit = limits[what].find(({ by }) => limitName(what, by) === name);
    if (limit !== undefined) return { what, limit };
  }
  return null;
}

/** What is limited, in the words of administrators. */
export const limitedWords: Readonly<Record<Limited, string>> = {
  password: 'Password',
  'temporary-access-pass': 'Temporary Access Pass',
  totp: 'Authenticator app code',
  approval: 'Asking for an approval on a phone',
  'phone-sign-in': 'Phone sign-in',
  'approval-own': 'Asking for an approval on a phone, where they are known',
  options: 'Asking for a ceremony',
  verification: 'Answering a ceremony',
  'pin-recovery': 'Keeping the key through a PIN reset',
  'device-registration': 'Registering a device',
  'ceremony-report': 'Reporting a ceremony',
  signals: 'What a browser tells its keys',
  'attestation-inspection': 'Inspecting an attestation',
  'attestation-metadata': 'Loading metadata',
  'policy-import': 'Importing policy',
  'policy-refresh': 'Syncing policy',
  'key-container': 'Asking about a Hello container',
  'pin-evaluation': 'Checking a PIN',
  'federated-sign-in': 'Signing in at an organisation',
  authenticator: 'What a phone asks and answers',
  'authenticator-registration': 'Adding a phone',
  unsubscribe: 'Switching reminders off',
  'presentation-join': 'Following a presentation',
  'presentation-show': 'Showing a presentation',
};

/** What is counted, in the words of administrators. */
export const countedByWords: Readonly<Record<CountedBy, string>> = {
  address: 'One address',
  'name and address': 'One name from one address',
  name: 'One name from everywhere',
  slowed: 'One name, slowed down',
  session: 'One session',
};
