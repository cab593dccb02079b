import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts';

/** How far one press moves the clock of the demo tenant, and what there is to see then. */
export const clockSteps = [
  {
    minutes: 10,
    words: '10 minutes',
    shows: 'A proof is too old for a new key or a new PIN, and a try at a PIN came back.',
  },
  { minutes: 31, words: '31 minutes', shows: 'Whoever tried too often may try again.' },
  { minutes: 120, words: '2 hours', shows: 'A pass of an hour is over, and sessions have idled out.' },
  {
    minutes: 24 * 60,
    words: '1 day',
    shows: 'Everybody signs in again, and every device fetches its policy anew.',
  },
  { minutes: 31 * 24 * 60, words: '31 days', shows: 'The last month of the reports is empty.' },
] as const;

/** On the page's root: by how many minutes the organisation's clock is ahead of everybody else's, while it is moved. */
export const CLOCK_AHEAD = 'data-clock-ahead';

/** No further than a year ahead. */
export const CLOCK_AHEAD_MAX_MINUTES = 366 * 24 * 60;

export const clockMove = z.strictObject({ minutes: z.literal(clockSteps.map(({ minutes }) => minutes)) });

/** What a page asks to know whether it is still at the organisation's time. */
export const clockAnswer = z.strictObject({
  aheadMinutes: z.int().nonnegative(),
  /** Whether a presentation has begun: nobody moves it before. */
  begun: z.boolean(),
});
export type ClockAnswer = z.infer<typeof clockAnswer>;

const count = (n: number, unit: string) => (n === 0 ? [] : [`${n} ${unit}${n === 1 ? '' : 's'}`]);

/** "31 minutes", "1 day 2 hours". */
export function aheadWords(aheadMinutes: number): string {
  const ms = aheadMinutes * MINUTE_MS;
  return [
    ...count(Math.floor(ms / DAY_MS), 'day'),
    ...count(Math.floor((ms % DAY_MS) / HOUR_MS), 'hour'),
    ...count(Math.floor((ms % HOUR_MS) / MINUTE_MS), 'minute'),
  ].join(' ');
}
