import type { ProblemAnswer } from '#domain/wire';

/** What went wrong, as a person reads it: what happened, what most likely caused it, what to do next. */
export interface Trouble {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Likely causes, the most likely first. Never a guess at only one. */
  readonly causes?: readonly string[];
  readonly facts?: ProblemAnswer['facts'];
  /** Seconds until another attempt makes sense. */
  readonly retryAfterSeconds?: number;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: Trouble };

export function failed(trouble: Trouble): { readonly ok: false; readonly trouble: Trouble } {
  return { ok: false, trouble };
}

export const offline: Trouble = {
  code: 'offline',
  title: "We can't reach Latchkey.",
  detail: 'Check your connection and try again. Nothing was changed.',
};

/** The system's own settings page for Windows Hello; only Windows knows this address. */
export const WINDOWS_HELLO_SETTINGS = 'ms-settings:signinoptions';

/**
 * What a browser's refusal means. `NotAllowedError` stands for a closed dialog, a time-out, a key that is not there and
 * a lost focus alike (w3c/webauthn#2062), so all of them are named.
 */
const browserTroubles: Readonly<Record<string, Omit<Trouble, 'code'>>> = {
  NotAllowedError: {
    title: "Your device didn't answer. Nothing was changed.",
    detail: 'Try again. If a Windows Security window is open behind this one, bring it to the front.',
    causes: [
      'The system dialog was closed, or it waited too long.',
      'This device has no key for Latchkey yet, or Windows was reset.',
      'The dialog opened behind this window.',
    ],
  },
  InvalidStateError: {
    title: 'This device is already set up.',
    detail: 'It holds a key for your account. Sign in with it.',
  },
  SecurityError: {
    title: "This address can't use your keys.",
    detail: 'Open Latchkey at its own address, with https or on localhost.',
  },
  NotSupportedError: {
    title: "This device can't make the kind of key that is needed.",
    detail: 'Use another browser on this device, or another device.',
  },
  ConstraintError: {
    title: "This device can't check that it is you.",
    detail: 'Set up a PIN, face or fingerprint in the system settings, then try again.',
  },
  OperationError: {
    title: 'Another request is still open.',
    detail: 'Finish or close the other system dialog, then try again.',
  },
  UnknownError: {
    title: 'Your device had a problem. Nothing was changed.',
    detail: 'Try again in a few seconds.',
    causes: [
      'The security chip was busy.',
      'Windows Hello needs attention: see Settings, Accounts, Sign-in options.',
    ],
  },
  unsupported: {
    title: "This browser can't use passkeys.",
    detail: 'Use a current version of Edge, Chrome, Firefox or Safari.',
  },
};

const other: Omit<Trouble, 'code'> = {
  title: "That didn't work. Nothing was changed.",
  detail: 'Try again, or use another way.',
};

/** Puts what `navigator.credentials` threw into words. */
export function browserTrouble(error: unknown): Trouble {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const name = cause instanceof Error ? cause.name : 'unknown';
  return { code: name, ...(browserTroubles[name] ?? other) };
}

export function unsupportedTrouble(): Trouble {
  return { code: 'unsupported', ...(browserTroubles.unsupported ?? other) };
}

/** A problem of the server, with the causes that a person can check where the table knows some. */
export function serverTrouble(problem: ProblemAnswer, retryAfterSeconds?: number): Trouble {
  return {
    code: problem.code,
    title: problem.title,
    detail: problem.detail,
    ...(problem.facts === undefined ? {} : { facts: problem.facts }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
