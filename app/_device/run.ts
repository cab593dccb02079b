import type { RunName } from '#domain/live-ceremony/runs';

/** Whether the live view of this browser is open, and which ceremony is going on in this tab. */

/** The channel from the tabs to the live view, and the mark that it is open. Both belong to this browser alone. */
export const LIVE = 'latchkey-live-ceremony';

export interface Run {
  readonly id: string;
  readonly name: RunName | null;
}

let run: Run | null = null;

/** Notes which ceremony begins in this tab. What follows belongs to it. */
export function startRun(name: RunName): void {
  run = { id: crypto.randomUUID(), name };
}

/** The ceremony of this page: the last one that began, or `before` it where none has. */
export function currentRun(before: () => Run): Run {
  run ??= before();
  return run;
}

/** Notes that a step follows that may be part of these ceremonies: one that is going on goes on, or else the first begins. */
export function goOnRun(first: RunName, ...others: readonly RunName[]): void {
  if (run?.name !== first && !others.some((name) => name === run?.name)) startRun(first);
}

/** How often an open view renews its mark. */
export const MARK_AGAIN_MS = 30_000;
/** For so long the mark of a view that ended without a word counts: timers of a tab in the background come once a minute. */
const MARK_LASTS_MS = 150_000;

/** Whether the live view of this browser is open. */
export function isWatched(): boolean {
  try {
    return Number(localStorage.getItem(LIVE)) > Date.now();
  } catch {
    return false;
  }
}

/** Calls back when another tab opens or closes it, until the returned function is called. */
export function onWatch(change: () => void): () => void {
  const hear = ({ key }: StorageEvent) => {
    if (key === LIVE || key === null) change();
  };
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}

/** Sets the live view's mark anew, or takes it back. */
export function watch(on: boolean): void {
  try {
    if (on) localStorage.setItem(LIVE, String(Date.now() + MARK_LASTS_MS));
    else localStorage.removeItem(LIVE);
  } catch {
    // Without storage nothing is watched.
  }
}
