import 'server-only';
import { MINUTE_MS } from '#domain/time';
import { isStoreUnavailable } from './db.ts';

/** How long an outage is remembered that nobody meets again. */
const REMEMBERED_MS = MINUTE_MS;

// Next loads pages and route handlers from different bundles: what one of them met, all of them know.
const home = globalThis as typeof globalThis & { latchkeyOutage?: NodeJS.Timeout };

/** Whether this error is the store being away. An outage is one line in the log, and not one for every request. */
export function noteOutage(error: unknown): boolean {
  if (!isStoreUnavailable(error)) return false;
  if (home.latchkeyOutage === undefined) {
    console.error(`The store is unavailable: ${error instanceof Error ? error.message.trim() : error}`);
  }
  clearTimeout(home.latchkeyOutage);
  home.latchkeyOutage = setTimeout(forgetOutage, REMEMBERED_MS).unref();
  return true;
}

/** Whether the store was away a moment ago. */
export function isOutageRemembered(): boolean {
  return home.latchkeyOutage !== undefined;
}

export function forgetOutage(): void {
  clearTimeout(home.latchkeyOutage);
  delete home.latchkeyOutage;
}
