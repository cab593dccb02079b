import 'server-only';
import { isStoreUnavailable } from './db.ts';
import { type Feed, HEARTBEAT_MS, type Listening } from './live-connection.ts';
import type { Runtime } from './runtime.ts';

interface Listener {
  readonly id: string;
  /** What is to be sent; null when the listener has it. A later one takes its place. */
  next: string | null;
  /** What was handed round last. */
  known: string;
  beat: boolean;
  over: boolean;
  wake: () => void;
}

/**
 * Live connections of one process. What is sent is how something stands, whole, each time that it changed in the store: whoever comes
 * back, to whichever instance, has everything at once, and nothing has to be remembered for it.
 */
export interface StateFeed extends Feed {
  listen(id: string): Listening;
}

/** `read` says how each of these stands now; what it does not name is `over`, which is the last that is sent. */
export function createStateFeed(
  runtime: Runtime,
  {
    hello,
    over,
    read,
  }: {
    readonly hello: string;
    readonly over: unknown;
    readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, unknown>>;
  },
): StateFeed {
  const listeners = new Set<Listener>();
  let beatAt = runtime.clock.world();

  const end = (listener: Listener) => {
    listener.over = true;
    listeners.delete(listener);
    listener.wake();
  };

  async function turn(): Promise<void> {
    if (listeners.size === 0) return;
    const now = runtime.clock.world();
    try {
      const states = await read([...new Set([...listeners].map(({ id }) => id))]);
      for (const listener of [...listeners]) {
        const text = JSON.stringify(states.has(listener.id) ? states.get(listener.id) : over);
        if (text !== listener.known) {
          listener.known = text;
          listener.next = text;
          listener.wake();
        }
        if (!states.has(listener.id)) end(listener);
      }
    } catch (error) {
      // Nobody is left waiting for a store that is away: the listener comes back when it does.
      if (!isStoreUnavailable(error)) console.error(error);
      for (const listener of [...listeners]) end(listener);
    }
    if (now.getTime() - beatAt.getTime() < HEARTBEAT_MS) return;
    beatAt = now;
    for (const listener of listeners) {
      listener.beat = true;
      listener.wake();
    }
  }

  async function* chunks(listener: Listener): AsyncGenerator<string, void> {
    try {
      // Something at once: the listener then knows that it is connected.
      yield `: ${hello}\n\n`;
      for (;;) {
        if (listener.next !== null) {
          const text = listener.next;
          listener.next = null;
          // JSON has no line ends of its own, so that one `data` line holds it.
          yield `data: ${text}\n\n`;
        } else if (listener.over) return;
        else if (listener.beat) {
          listener.beat = false;
          yield ': still here\n\n';
        } else
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
      }
    } finally {
      end(listener);
    }
  }

  return {
    listen: (id) => {
      const listener: Listener = { id, next: null, known: '', beat: false, over: false, wake: () => {} };
      listeners.add(listener);
      return { chunks: chunks(listener), close: () => end(listener) };
    },
    turn,
    get listeners() {
      return listeners.size;
    },
  };
}
