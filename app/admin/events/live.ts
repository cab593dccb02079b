'use client';

import { useEffect, useRef, useState } from 'react';
import type { EventEntry } from '#domain/event-entry';
import { type Connection, keepConnected } from '../../_device/live.ts';
import type { FilterWords } from './address.ts';

/** How the page stands to the live log. `over` ends it for good: the words say why. */
export type LiveState = 'paused' | Connection;

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
    return keepConnected({
      open: (signal) => {
        const separator = query === '' ? '' : '&';
        const address = `/api/events/stream?${query}${separator}after=${reached.current}`;
        return fetch(address, { cache: 'no-store', signal });
      },
      take: (come) => {
        const entries = come.flatMap(({ event, id, data }) => {
          if (event !== 'message') return [];
          if (id !== null) reached.current = id;
          return [JSON.parse(data) as EventEntry];
        });
        if (entries.length > 0) latest.current(entries);
        const over = come.find(({ event }) => event === 'over');
        return over && endings[(JSON.parse(over.data) as { code: string }).code];
      },
      refused: (code) => endings[code],
      tell: setState,
    });
  }, [on, query]);

  return on ? state : 'paused';
}
