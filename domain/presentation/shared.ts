import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../time.ts';
import { type Show, showSchema } from './show.ts';

/** All of a show that leaves the presenter's browser: what the audience's window shows. Anything else is refused. */
export const seenSchema = showSchema.pick({ chapter: true, blank: true, attacking: true, report: true });
export type Seen = z.infer<typeof seenSchema>;

/** What a device that follows is told: what the audience sees, or that it is over. */
export const followed = z.union([seenSchema, z.strictObject({ over: z.literal(true) })]);
export type Followed = z.infer<typeof followed>;

export function seenOf({ chapter, blank, attacking, report }: Show): Seen {
  return { chapter, blank, attacking, report };
}

/** 40 bits, for ten minutes, behind a limited door; what it opens is shown on a wall. */
export const JOIN_CODE_LENGTH = 8;
export const JOIN_CODE_LIFETIME_MS = 10 * MINUTE_MS;
/** How long devices may follow after the last code was shown. */
export const SHARED_SHOW_LIFETIME_MS = 12 * HOUR_MS;
/** So many devices may join one presentation. */
export const VIEWERS_MAX = 5;

/** The presentation on other devices, as a presenter's browser sees it. */
export interface Sharing {
  /** How many devices joined. */
  readonly viewers: number;
  /** Whether they follow this browser. */
  readonly mine: boolean;
}

export interface JoinCode {
  /** For typing, in groups of four. */
  readonly code: string;
  /** Where it is typed, and where the QR code leads to. What follows `#` reaches no server. */
  readonly place: string;
  readonly address: string;
  readonly expiresAt: string;
}
