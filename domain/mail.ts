import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

/** How long after each attempt the next one follows; after the last there is none. */
const BACKOFF_MS = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS] as const;

/** After so many refusals by a server that answered, a message is given up. */
export const MAIL_ATTEMPTS = BACKOFF_MS.length + 1;

/** While no server answers at all: messages wait, and this costs none of their attempts. */
export const MAIL_UNREACHABLE_MS = 2 * MINUTE_MS;

/**
 * A message whose turn passed so long ago that nobody was sending: no SMTP server was set. It would no longer be news
 * (RFC 5321 4.5.4.1: 4 to 5 days).
 */
export const MAIL_STALE_MS = 5 * DAY_MS;

/** When a message that was refused `attempts` times is due again. */
export function nextAttempt(attempts: number, now: Date): Date {
  const wait = BACKOFF_MS[Math.min(Math.max(attempts, 1), BACKOFF_MS.length) - 1] ?? DAY_MS;
  return new Date(now.getTime() + wait);
}

export type MailState = 'sent' | 'waiting' | 'failed' | 'given_up' | 'sample';

/** How far a message is; `failed` will be tried again, `given_up` will not, and one to a sample person never was to leave. */
export function mailState(mail: {
  readonly sentAt: Date | null;
  readonly attempts: number;
  readonly failure: string | null;
  /** Whether it is to a sample person. */
  readonly sample: boolean;
}): MailState {
  if (mail.sentAt !== null) return 'sent';
  if (mail.sample) return 'sample';
  if (mail.attempts >= MAIL_ATTEMPTS) return 'given_up';
  return mail.failure === null ? 'waiting' : 'failed';
}
