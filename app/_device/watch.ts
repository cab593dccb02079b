import { LIVE } from './run.ts';

/** What records, or null where nobody looks: then it is not even loaded. */
export async function recorder(): Promise<typeof import('./recorder.ts') | null> {
  try {
    if (localStorage.getItem(LIVE) === null) return null;
  } catch {
    return null;
  }
  // A ceremony does not wait for its picture.
  return await import('./recorder.ts').catch(() => null);
}
