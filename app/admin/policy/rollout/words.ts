import type { RingState } from '#domain/policy/assignment';
import { counted } from '../../words.ts';

export const TITLE = 'Roll-out';
export const PURPOSE =
  'A source of policy reaches ring after ring: who tries it, who follows, everybody. Watch one ring before you open the next.';

export const stateWords: Readonly<Record<RingState, string>> = {
  waiting: 'Waiting',
  open: 'Open',
  paused: 'Paused',
};

/** "1 open, 2 waiting"; empty where there is no ring. */
export function ringsInWords(counts: Readonly<Record<RingState, number>>): string {
  return (['open', 'paused', 'waiting'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${stateWords[state].toLowerCase()}`)
    .join(', ');
}

export const people = (count: number) => counted(count, 'person', 'people');
export const devices = (count: number) => counted(count, 'device');
