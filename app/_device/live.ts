/** A server-sent event stream that is kept open, comes back by itself, and is taken for dead when it is silent. */

/** The server shows a sign of life every 15 seconds; a connection that is silent for longer is dead. */
const SILENCE_MS = 40_000;
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

export interface Frame {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** How a connection stands; `over` ends it for good. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | { readonly over: string };

/** The frames of a server-sent event stream (WHATWG HTML 9.2.6), as far as ours uses them; comments are signs of life. */
async function* frames(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<Frame[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const pieces = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = pieces.pop() ?? '';
    const come = pieces.flatMap((piece): Frame[] => {
      const fields = new Map(
        piece.split('\n').map((line): [string, string] => {
          const at = line.indexOf(':');
          return [line.slice(0, at), line.slice(at + 1).trimStart()];
        }),
      );
      const data = fields.get('data');
      return data === undefined
        ? []
        : [{ event: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data }];
    });
    if (come.length > 0) yield come;
  }
}

/**
 * Keeps a stream open until the returned function is called or it is over. `open` asks for it anew each time; `take` gets
 * what came, and says why nothing more will; `refused` says whether an answer that is no stream ends it.
 */
export function keepConnected({
  open,
  take,
  refused,
  tell,
}: {
  open: (signal: AbortSignal) => Promise<Response>;
  take: (come: readonly Frame[]) => string | undefined;
  refused: (code: string) => string | undefined;
  tell: (connection: Connection) => void;
}): () => void {
  const leaving = new AbortController();
  const { signal } = leaving;

  /** Until the connection ends; `heard` once there was one. */
  async function connect(): Promise<{ heard: boolean; over?: string | undefined }> {
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    let heard = false;
    try {
      alive();
      const response = await open(AbortSignal.any([signal, silence.signal]));
      if (!response.ok || response.body === null) {
        const { code = '' } = (await response.json().catch(() => ({}))) as { code?: string };
        return { heard, over: refused(code) };
      }
      heard = true;
      tell('live');
      for await (const come of frames(response.body, alive)) {
        const over = take(come);
        if (over !== undefined) return { heard, over };
      }
      return { heard };
    } catch {
      // Cut, unreachable or silent: it is tried again.
      return { heard };
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  void (async () => {
    tell('connecting');
    for (let failures = 0; ; ) {
      const { heard, over } = await connect();
      if (signal.aborted) return;
      if (over !== undefined) return tell({ over });
      tell('reconnecting');
      failures = heard ? 0 : failures + 1;
      // As soon as there is a network again, and in any case after a while.
      const waiting = new AbortController();
      const either = AbortSignal.any([signal, waiting.signal]);
      await new Promise((resolve) => {
        setTimeout(resolve, WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]);
        window.addEventListener('online', resolve, { once: true, signal: either });
        signal.addEventListener('abort', resolve, { once: true });
      });
      waiting.abort();
      if (signal.aborted) return;
    }
  })();
  return () => leaving.abort();
}
