import 'server-only';
import { SECOND_MS } from '#domain/time';
import type { Streamed } from './endpoint.ts';

/** The store is asked once a second, for everybody who listens in this process together. */
const TURN_MS = SECOND_MS;
/** Proxies close what is silent for a minute; some after half of one. */
export const HEARTBEAT_MS = 15 * SECOND_MS;

export interface Listening {
  /** Text of a server-sent event stream (WHATWG HTML 9.2). */
  readonly chunks: AsyncGenerator<string, void>;
  /** Ends it. */
  readonly close: () => void;
}

/** What is sent to all that listen in this process. */
export interface Feed {
  /** One turn: what is new, and signs of life. Does nothing when nobody listens. */
  turn(): Promise<void>;
  readonly listeners: number;
}

/** A feed that turns as long as somebody listens, from `start` on. */
export function turning<F extends Feed>(feed: F): { readonly feed: F; readonly start: () => void } {
  let isTurning = false;
  const nextTurn = () => {
    setTimeout(async () => {
      await feed.turn();
      isTurning = feed.listeners > 0;
      if (isTurning) nextTurn();
    }, TURN_MS).unref();
  };
  const start = () => {
    if (!isTurning) nextTurn();
    isTurning = true;
  };
  return { feed, start };
}

/** The answer to somebody who listens; `closed` is called once they do no more. */
export function streamed({ chunks, close }: Listening, closed: () => void): Streamed {
  return {
    // `no-transform`: a compressor would hold events back until its buffer is full. The last one is nginx's word for it.
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
    chunks,
    closed: () => {
      close();
      closed();
    },
  };
}
