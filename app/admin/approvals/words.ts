import type { PassRequestState } from '#domain/pass-request';
import type { BadgeTone } from '#ui/badge';

export const PURPOSE =
  'A pass for an administrator takes two: one asks, another one decides within 24 hours, and the first collects it.';

export const stateWords: Readonly<
  Record<PassRequestState, { readonly text: string; readonly tone: BadgeTone }>
> = {
  pending: { text: 'Waits', tone: 'info' },
  approved: { text: 'Approved', tone: 'success' },
  declined: { text: 'Declined', tone: 'danger' },
  expired: { text: 'Ran out', tone: 'neutral' },
  collected: { text: 'Collected', tone: 'neutral' },
};
