import { type PlanLine, type PlanState, planWords } from '#domain/communication/schedule';
import type { BadgeTone } from '#ui/badge';

export const HERE = '/admin/communication';
export const TITLE = 'Communication';
export const PURPOSE =
  'What people read before, during and after the roll-out: messages that rings send, and sheets to print.';

export const planStates: Readonly<Record<PlanState, { readonly text: string; readonly tone: BadgeTone }>> = {
  unplanned: { text: 'No day yet', tone: 'neutral' },
  unopened: { text: 'Waits for the ring', tone: 'neutral' },
  paused: { text: 'Paused', tone: 'warning' },
  waiting: { text: 'Planned', tone: 'info' },
  due: { text: 'Being sent', tone: 'success' },
  over: { text: 'Over', tone: 'neutral' },
};

/** "8:00". */
export const hourWords = (hour: number) => `${hour}:00`;

/** "7 days before the start, 8:00". */
export const lineWords = ({ days, hour }: Pick<PlanLine, 'days' | 'hour'>) =>
  `${planWords(days)}, ${hourWords(hour)}`;
