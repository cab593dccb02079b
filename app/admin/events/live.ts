'use client';

import { useEffect, useRef, useState } from 'react';
import type { EventEntry } from '#domain/event-entry';
import type { FilterWords } from './address.ts';

/** How the page stands to the live log. `over` ends it for good: the words say why. */
export type LiveState = 'paused' | 'connecting' | 'live' | 'reconnecting' | { readonly over: string };

/** The server shows a sign of life every 15 seconds; a connection that is silent for longer is dead. */
const SILENCE_MS = 40_000;
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Why nothing more will come, for whoever watched; everything else is worth another try. */
const endings: Readonly<Record<string, string>> = {
  sign_in_required: 'Your session has ended. Sign in again to go on.',
  session_locked: 'Your session is locked. Unlock it to go on.',
  not_found: 'Your role no longer allows reading the log.',
  not_permitted: 'Your role no longer allows reading the log.',
  too_many_streams: 'You watch the log in too many tabs. Close one and switch this one on again.',
  invalid_filter: 'This filter cannot be followed.',
  session_unknown: 'This session is forgotten. Name its person too.',
};

interface Frame {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

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
 * Follows the log from `since` on as long as `on`, and comes back by itself where it was. `take` gets what came; something may
 * come twice.
 */
export function useLiveEvents({
  words,
  since,
  on,
  take,
}: {
  words: FilterWords;
  since: string;
  on: boolean;
  take: (come: EventEntry[]) => void;
}): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const latest = useRef(take);
  const reached = useRef(since);
  const query = new URLSearchParams(
    Object.entries(words).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();

  useEffect(() => {
    latest.current = take;
  });

  useEffect(() => {
    if (!on) return;
    const leaving = new AbortController();
    const { signal } = leaving;

    /** Until the connection ends; true once something was heard on it. */
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
        const separator = query === '' ? '' : '&';
        const response = await fetch(`/api/events/stream?${query}${separator}after=${reached.current}`, {
          cache: 'no-store',
          signal: AbortSignal.any([signal, silence.signal]),
        });
        if (!response.ok || response.body === null) {
          const { code = '' } = (await response.json().catch(() => ({}))) as { code?: string };
          return { heard, over: endings[code] };
        }
        heard = true;
        setState('live');
        for await (const come of frames(response.body, alive)) {
          const over = come.find(({ event }) => event === 'over');
          const entries = come.flatMap(({ event, id, data }) => {
            if (event !== 'message') return [];
            if (id !== null) reached.current = id;
            return [JSON.parse(data) as EventEntry];
          });
          if (entries.length > 0) latest.current(entries);
          if (over) return { heard, over: endings[(JSON.parse(over.data) as { code: string }).code] };
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
      setState('connecting');
      for (let failures = 0; ; ) {
        const { heard, over } = await connect();
        if (signal.aborted) return;
        if (over !== undefined) return setState({ over });
        setState('reconnecting');
        failures = heard ? 0 : failures + 1;
        await new Promise((resolve) => {
          setTimeout(resolve, WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]);
          signal.addEventListener('abort', resolve, { once: true });
        });
        if (signal.aborted) return;
      }
    })();
    return () => leaving.abort();
  }, [on, query]);

  return on ? state : 'paused';
}
