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

export function currentRun(): Run {
  run ??= { id: crypto.randomUUID(), name: null };
  return run;
}

/** Opens the live view's mark, or takes it back. */
export function watch(on: boolean): void {
  try {
    if (on) localStorage.setItem(LIVE, 'open');
    else localStorage.removeItem(LIVE);
  } catch {
    // Without storage nothing is watched.
  }
}
