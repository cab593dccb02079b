import { SECOND_MS } from '#domain/time';
import type { RegistrationAnswer, RegistrationResponse } from '#domain/wire';
import { post } from './post.ts';
import { deviceProof } from './profile.ts';
import { settle } from './settle.ts';
import { type Outcome, UNANSWERED } from './trouble.ts';

/** The one response of a PIN reset. It is no secret, and of use only in this session. */
export interface KeptReset {
  readonly userHandle: string;
  readonly challenge: string;
  readonly response: RegistrationResponse;
}

const KEPT = 'latchkey-kept-reset';

/** Keeps a response in this tab, over reloads, until it is answered. */
export function keepReset(kept: KeptReset): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // Without storage it lives as long as the page.
  }
}

/** The response of this person that waits in this tab; somebody else's is dropped. */
export function keptReset(userHandle: string): KeptReset | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as KeptReset | null;
    if (kept === null || kept.userHandle === userHandle) return kept;
  } catch {
    // Unreadable is as good as none.
  }
  forgetReset();
  return null;
}

export function forgetReset(): void {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // There is nothing to forget.
  }
}

/** What says nothing about whether the response was taken: it is handed in again. */
const AGAIN = new Set([...UNANSWERED, 'too_many_attempts']);
/** What has to be done first; then the same response is handed in again. */
const NOT_YET = new Set(['proof_required', 'session_locked']);
const LONGEST_WAIT_MS = 15 * SECOND_MS;

/**
 * Hands a kept response in until it is answered, and forgets it then, unless it may be handed in again. Null when `signal`
 * ended it before. `onLost` hears of each lost try.
 */
export async function handIn(
  { userHandle, challenge, response }: KeptReset,
  signal: AbortSignal,
  onLost: () => void,
): Promise<Outcome<RegistrationAnswer> | null> {
  for (let waitMs = SECOND_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    const device = await deviceProof(userHandle, challenge, response.id);
    const outcome = await post<RegistrationAnswer>('/api/registration/verification', {
      response,
      ...(device && { device }),
    });
    if (signal.aborted) break;
    if (outcome.ok || !AGAIN.has(outcome.trouble.code)) {
      if (outcome.ok || !NOT_YET.has(outcome.trouble.code)) {
        forgetReset();
        // An offer to keep it as a passkey is open as long as the key is expected.
        if (outcome.ok || outcome.trouble.code !== 'not_a_hello_key')
          await settle(userHandle, response.id, { taken: outcome.ok, replaces: true });
      }
      return outcome;
    }
    onLost();
    const { retryAfterSeconds } = outcome.trouble;
    await wait(retryAfterSeconds === undefined ? waitMs : retryAfterSeconds * SECOND_MS, signal);
  }
  return null;
}

/** Waits, or less: until the network is back, the tab is looked at again, or it is over. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
    signal.addEventListener('abort', done);
  });
}
