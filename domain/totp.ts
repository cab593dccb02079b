import { SECOND_MS } from './time.ts';

/** Time-based one-time passwords (RFC 6238), in the one form that every authenticator app knows. */
export const TOTP = { algorithm: 'SHA1', digits: 6, periodSeconds: 30 } as const;
/** RFC 6238 5.2: one time step either side allows for transmission and a clock that drifts. */
export const TOTP_WINDOW_STEPS = 1;
/** RFC 4226 4 R6 recommends 160 bits. */
export const TOTP_SECRET_BYTES = 20;
/** Authenticator apps of one person: a phone, a tablet, a spare. */
export const TOTP_LIMIT_PER_PERSON = 5;
/** What a door reads of a code: six digits and the blanks that people type between them. */
export const TOTP_INPUT_LIMIT = 32;

/** The time step of a moment: how many periods have passed since 1970. */
export function totpStep(at: Date): number {
  return Math.floor(at.getTime() / (TOTP.periodSeconds * SECOND_MS));
}

/** A typed code as six digits, without blanks and dashes; null when it cannot be one. */
export function normaliseCode(typed: string): string | null {
  const code = typed.normalize('NFKC').replace(/[\s\u002d\u2010-\u2015]/gu, '');
  return /^[0-9]{6}$/.test(code) ? code : null;
}

export type StepRuling = 'accept' | 'replayed';

/** Each time step is accepted once, and never an earlier one (RFC 6238 5.2). The store decides by the same rule. */
export function judgeStep(lastStep: number, step: number): StepRuling {
  return step > lastStep ? 'accept' : 'replayed';
}

/** A key as people type it: base32 in groups of four. */
export function groupedKey(base32: string): string {
  return base32.replace(/(.{4})(?=.)/g, '$1 ');
}
