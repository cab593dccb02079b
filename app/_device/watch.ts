import type { Step } from '#domain/live-ceremony/messages';
import { isWatched } from './run.ts';

/** What records, or null where nobody looks: then it is not even loaded. */
export async function recorder(): Promise<typeof import('./recorder.ts') | null> {
  if (!isWatched()) return null;
  // A ceremony does not wait for its picture.
  return await import('./recorder.ts').catch(() => null);
}

/** Draws a step, where somebody looks. */
export async function tellStep(step: Step, body?: unknown): Promise<void> {
  (await recorder())?.seen(step, body);
}
