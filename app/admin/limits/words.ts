import { MINUTE_MS, SECOND_MS } from '#domain/time';

export const PURPOSE =
  'Who waits after too many attempts, and until when. A limit slows one way in; it never closes another.';

/** "5 minutes", "10 seconds". */
export function windowWords(ms: number): string {
  return ms < MINUTE_MS ? `${ms / SECOND_MS} seconds` : `${ms / MINUTE_MS} minutes`;
}
