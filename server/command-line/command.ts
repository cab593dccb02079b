import 'server-only';
import type { Runtime } from '../runtime.ts';

/** What was typed behind a command as `--name` or `--name value`. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** One command of `npm run admin`. */
export interface Command {
  readonly usage: string;
  readonly about: string;
  /** What is printed: a text, or what is too long to be one. */
  readonly run: (
    runtime: Runtime,
    words: readonly string[],
    options: Options,
  ) => Promise<string | AsyncIterable<string | Uint8Array>>;
}
