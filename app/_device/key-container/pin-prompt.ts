import type { EvaluationAnswer } from '#domain/wire';
import type { Trouble } from '../trouble.ts';

/** What became of one PIN that was typed. A trouble that another try may mend leaves the dialog open. */
export type PinVerdict =
  | { readonly state: 'opened' }
  | { readonly state: 'wrong'; readonly ladder: EvaluationAnswer['ladder'] }
  | { readonly state: 'trouble'; readonly trouble: Trouble; readonly over: boolean };

/** One question to a person, until the PIN was right, they gave up, or there is no point in asking on. */
export interface PinPrompt {
  readonly title: string;
  readonly name: string;
  readonly account: string;
  readonly deviceName: string;
  readonly attempt: (pin: string, phrase?: string) => Promise<PinVerdict>;
  readonly end: (ending: PinEnding) => void;
}
export type PinEnding = 'opened' | 'cancelled' | { readonly trouble: Trouble };

let shown: PinPrompt | null = null;
const listeners = new Set<() => void>();

function show(prompt: PinPrompt | null): void {
  shown = prompt;
  for (const listener of listeners) listener();
}

/** Lets the dialog ask. One question at a time: another one ends the first, as a system's dialog does. */
export function promptForPin(prompt: Omit<PinPrompt, 'end'>): Promise<PinEnding> {
  shown?.end('cancelled');
  return new Promise((resolve) => {
    const own: PinPrompt = {
      ...prompt,
      end: (ending) => {
        if (shown === own) show(null);
        resolve(ending);
      },
    };
    show(own);
  });
}

export function subscribeToPrompt(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const promptShown = (): PinPrompt | null => shown;
