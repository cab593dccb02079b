import { shownOf } from '#domain/live-ceremony/message';
import {
  type DoorPath,
  doorMessage,
  isDoor,
  type MessageId,
  type Step,
  steps,
} from '#domain/live-ceremony/messages';
import { answerFacts, type Recorded, SEEN_HEADER, WATCH_HEADER } from '#domain/live-ceremony/recorded';
import { currentRun, LIVE, type Run } from './run.ts';

/**
 * Tells the live view what goes out, what comes back and what happens on the device: the listed fields, decoded, and nothing else.
 * What is told is kept nowhere here.
 */

const channel = new BroadcastChannel(LIVE);
const site = { origin: window.location.origin };
const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

function tell(run: Run, id: MessageId, rest: Omit<Recorded, 'run' | 'id' | 'at'>): void {
  const told: Recorded = { run, id, at: Date.now(), ...rest };
  channel.postMessage(told);
}

/** Something that happened on the device. */
export function seen(step: Step, body: unknown = {}): void {
  tell(currentRun(), step, { facts: shownOf(steps[step], body, site) });
}

/** A request of which its answer is told, too. */
export interface Exchange {
  /** Asks the server what it logged. */
  readonly headers: Readonly<Record<string, string>>;
  answered(response: Response, body: unknown): void;
}

/** A request that goes out now; null where its door is of no ceremony. */
export function exchange(path: string, body: unknown): Exchange | null {
  if (!isDoor(path)) return null;
  const door: DoorPath = path;
  const run = currentRun();
  const began = performance.now();
  const asks = doorMessage(door, 'asks');
  tell(run, `asks ${door}`, { facts: shownOf(asks, body, site), bytes: sizeOf(JSON.stringify(body)) });
  return {
    headers: { [WATCH_HEADER]: '1' },
    answered: (response, answer) => {
      const shown = response.ok ? shownOf(doorMessage(door, 'answers'), answer, site) : [];
      tell(run, `answers ${door}`, {
        facts: [...shown, ...answerFacts(response.status, answer, response.headers.get(SEEN_HEADER))],
        bytes: sizeOf(JSON.stringify(answer)),
        tookMs: Math.round(performance.now() - began),
      });
    },
  };
}
