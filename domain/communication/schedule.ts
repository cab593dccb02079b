import type { RingState } from '../policy/assignment.ts';
import { DAY_MS } from '../time.ts';
import { dayAfter, dayIn, momentOf } from '../time-zone.ts';
import type { MessageName } from './templates.ts';

/** So far from the start of a ring a message may be planned. */
export const PLAN_DAYS_MAX = 180;

/** A message that a ring sends: so many days before (less than 0) or after its start, at an hour of that day. */
export interface PlanLine {
  readonly template: MessageName;
  readonly days: number;
  readonly hour: number;
}

/** A message whose time passed so long ago is not sent any more: it would be no news, as in the outbox. */
export const PLAN_LATE_MS = 5 * DAY_MS;

export interface RingTime {
  readonly state: RingState;
  readonly openedAt: Date | null;
  /** The day that it is planned for, such as `2026-12-01`. */
  readonly startsOn: string | null;
  /** Where its days and hours are those of, such as `Europe/Berlin`. */
  readonly zone: string;
}

/** The day on which a ring starts: when it was opened, else as it is planned; null while nobody has said. */
export function startDay({ openedAt, startsOn, zone }: RingTime): string | null {
  return openedAt === null ? startsOn : dayIn(zone, openedAt);
}

/** How a line of a plan stands: `unplanned` has no day, `unopened` waits for its ring, `paused` for its going on. */
export type PlanState = 'unplanned' | 'unopened' | 'paused' | 'waiting' | 'due' | 'over';

/**
 * When a line's turn is, and how it stands. What is meant for the time before the start leaves by the planned day; what is
 * meant for the start and after it leaves only once the ring is open, and nothing leaves while it is paused.
 */
export function turnOf(
  ring: RingTime,
  { days, hour }: Pick<PlanLine, 'days' | 'hour'>,
  now: Date,
): { readonly at: Date | null; readonly state: PlanState } {
  const start = startDay(ring);
  if (start === null) return { at: null, state: 'unplanned' };
  const at = momentOf(ring.zone, dayAfter(start, days), hour);
  if (ring.state === 'paused') return { at, state: 'paused' };
  if (now < at) return { at, state: 'waiting' };
  if (now.getTime() - at.getTime() > PLAN_LATE_MS) return { at, state: 'over' };
  return { at, state: days >= 0 && ring.state !== 'open' ? 'unopened' : 'due' };
}

/** "7 days before the start", "on the day of the start". */
export function planWords(days: number): string {
  if (days === 0) return 'on the day of the start';
  const many = Math.abs(days);
  return `${many} ${many === 1 ? 'day' : 'days'} ${days < 0 ? 'before' : 'after'} the start`;
}
