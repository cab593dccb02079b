import { FEDERATED_REQUEST_LIFETIME_MS } from '#domain/federation';
import { shownOf } from '#domain/live-ceremony/message';
import {
  type DoorPath,
  doorMessage,
  type FormName,
  formMessage,
  isDoor,
  type MessageId,
  type Step,
  steps,
} from '#domain/live-ceremony/messages';
import {
  answerFacts,
  outcomeFacts,
  type Recorded,
  SEEN_HEADER,
  WATCH_HEADER,
} from '#domain/live-ceremony/recorded';
import { type RunName, runsOfForm } from '#domain/live-ceremony/runs';
import type { ActionResult } from '#domain/result';
import { SECOND_MS } from '#domain/time';
import { currentRun, goOnRun, LIVE, type Run } from './run.ts';

/**
 * Tells the live view what goes out, what comes back and what happens on the device: the listed fields, decoded, and nothing else.
 * What is told is kept nowhere here.
 */

const channel = new BroadcastChannel(LIVE);
const site = { origin: window.location.origin };
const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

/** The ceremony that led to a page and its last message, kept in its tab: what the page does as it opens belongs to that. */
const BEFORE = `${LIVE}-run`;
interface Before {
  readonly run: Run;
  readonly last: MessageId;
  readonly at: number;
}
/** As long as a page may take to open, or an identity provider to lead back to one. */
const leadsOnMs = (last: MessageId) =>
  last === 'upstreamAsks' ? FEDERATED_REQUEST_LIFETIME_MS : 30 * SECOND_MS;

function before(): Before | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(BEFORE) ?? 'null') as Before | null;
    return kept !== null && Date.now() - kept.at < leadsOnMs(kept.last) ? kept : null;
  } catch {
    // Without storage every page begins anew.
    return null;
  }
}

const runBefore = (): Run => before()?.run ?? { id: crypto.randomUUID(), name: null };

const runNow = (): Run => currentRun(runBefore);

function tell(run: Run, id: MessageId, rest: Omit<Recorded, 'run' | 'id' | 'at'>): void {
  const at = Date.now();
  const told: Recorded = { run, id, at, ...rest };
  channel.postMessage(told);
  try {
    sessionStorage.setItem(BEFORE, JSON.stringify({ run, last: id, at } satisfies Before));
  } catch {
    // It is told all the same.
  }
}

/** Something that happened on the device. */
export function seen(step: Step, body: unknown = {}): void {
  tell(runNow(), step, { facts: shownOf(steps[step], body, site) });
}

/** What the way back from an identity provider ended with. */
export type CameBack = { readonly kind: string; readonly method: string } | { readonly problem: string };

/** The way back from an identity provider that this tab left for. What passed between it and Latchkey is known by how it ended. */
export function cameBack(found: CameBack): void {
  if (before()?.last !== 'upstreamAsks') return;
  const way =
    'problem' in found
      ? (['upstreamRefused'] as const)
      : (['upstreamProof', 'upstreamAnswers', 'callback', 'redeem', 'idToken', 'federatedSession'] as const);
  for (const step of way) seen(step, found);
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
  const run = runNow();
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

/** A form that is sent now. Its size is not told: it would be that of what was typed. */
export function form(name: FormName, input: unknown): { answered(result: ActionResult<unknown>): void } {
  const [first, ...others]: readonly [RunName, ...RunName[]] = runsOfForm[name];
  goOnRun(first, ...others);
  const run = runNow();
  const began = performance.now();
  tell(run, `sends ${name}`, { facts: shownOf(formMessage(name, 'sends'), input, site) });
  return {
    answered: (result) => {
      const shown = result.ok ? shownOf(formMessage(name, 'gets'), result.value, site) : [];
      tell(run, `gets ${name}`, {
        facts: [...shown, ...outcomeFacts(result)],
        tookMs: Math.round(performance.now() - began),
      });
    },
  };
}
