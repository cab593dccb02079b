import type { Value } from './backup.ts';
import { passOver } from './temporary-access-pass.ts';
import { TOTP_WINDOW_STEPS, totpStep } from './totp.ts';

/**
 * A restored store stands where it stood when the backup was made, and the world has gone on. What somebody may have
 * used up or taken back since then must not open anything again: it is denied, and people get a new one. Tables that are
 * not named here are kept as they were. Of keys this is right too: a counter that went back is lower than the
 * authenticator's, which is what a counter should be.
 */
export interface RestoreRule {
  /** Before a number: "Sessions closed: 3". */
  readonly words: string;
  readonly why: string;
  /** What is restored in place of a row: another row, the same one, or null for none. */
  readonly apply: (row: Row, now: Date) => Row | null;
}

export type Row = Readonly<Record<string, Value>>;

export const restoreRules = {
  Session: {
    words: 'Sessions closed',
    why: 'somebody may have signed out since: no cookie comes alive again',
    apply: (row, now) => (row.endedAt === null ? { ...row, endedAt: now } : row),
  },
  TemporaryAccessPass: {
    words: 'Open passes dropped',
    why: 'they may have been used or deleted since',
    apply: (row, now) => (isOpenPass(row, now) ? null : row),
  },
  PassRequest: {
    words: 'Open requests for passes dropped',
    why: 'they may have been decided or collected since',
    apply: (row, now) => (row.collectedAt === null && (row.expiresAt as Date) > now ? null : row),
  },
  Mail: {
    words: 'Waiting e-mails dropped',
    why: 'they may have been sent since',
    apply: (row) => (row.sentAt === null ? null : row),
  },
  TotpSecret: {
    words: 'Authenticator apps that wait for their next code',
    why: 'the code of this moment may have been used already',
    apply: (row, now) => {
      const step = totpStep(now) + TOTP_WINDOW_STEPS;
      return Number(row.lastStep) < step ? { ...row, lastStep: step } : row;
    },
  },
  PhoneOffer: {
    words: 'Phones that were being added dropped',
    why: 'they may have been added, or turned away, since',
    apply: () => null,
  },
  ApprovalRequest: {
    words: 'Open requests to phones dropped',
    why: 'they may have been answered since',
    apply: (row) => (row.state === 'pending' || row.state === 'approved' ? null : row),
  },
  PinProtector: {
    words: 'PINs that were being made dropped',
    why: 'they may have been made, or given up, since',
    apply: (row) => (row.committedAt === null ? null : row),
  },
  PinTry: {
    words: 'Open tries at PINs dropped',
    why: 'they may have been given back since',
    apply: () => null,
  },
  SharedShow: {
    words: 'Presentations on other devices ended',
    why: 'they may have been ended since',
    apply: () => null,
  },
  ShowViewer: {
    words: 'Devices that followed a presentation dropped',
    why: 'what they followed is over',
    apply: () => null,
  },
  Lease: {
    words: 'Leases dropped',
    why: 'whoever held them works on another store',
    apply: () => null,
  },
} as const satisfies Record<string, RestoreRule>;

function isOpenPass(row: Row, now: Date): boolean {
  const pass = {
    oneTime: row.oneTime === true,
    startsAt: row.startsAt as Date,
    expiresAt: row.expiresAt as Date,
    usedAt: row.usedAt as Date | null,
  };
  return passOver(pass, now) === null;
}

/** The rule for a table's rows, or null where they are restored as they are. */
export function restoreRule(table: string): RestoreRule | null {
  return Object.hasOwn(restoreRules, table) ? restoreRules[table as keyof typeof restoreRules] : null;
}
