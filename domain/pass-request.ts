import { HOUR_MS } from './time.ts';

/** A request is decided and its pass collected within this time, or it is over: whoever waits longer asks again. */
export const PASS_REQUEST_LIFETIME_MS = 24 * HOUR_MS;

/** How far a pass for an administrator is. `expired`: nobody decided, or nobody collected, in time. */
export type PassRequestState = 'pending' | 'approved' | 'declined' | 'expired' | 'collected';

export interface PassRequestTimes {
  readonly expiresAt: Date;
  readonly approved: boolean | null;
  readonly collectedAt: Date | null;
}

export function passRequestState(request: PassRequestTimes, now: Date): PassRequestState {
  if (request.collectedAt !== null) return 'collected';
  if (request.approved === false) return 'declined';
  if (now >= request.expiresAt) return 'expired';
  return request.approved === true ? 'approved' : 'pending';
}
