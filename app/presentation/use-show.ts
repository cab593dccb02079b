'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { beginning, pressed, readShow, type Show } from '#domain/presentation/show';

/** The channel of the windows of this browser, and where they remember over a reload. */
const SHOW = 'latchkey-presentation';

function remembered(): Show {
  try {
    return readShow(localStorage.getItem(SHOW));
  } catch {
    return beginning;
  }
}

/** Whether a key belongs to what is being typed, or to the browser. */
function isTaken({ target, altKey, ctrlKey, metaKey, repeat }: KeyboardEvent): boolean {
  const field = target instanceof Element && target.closest('input:not([type="checkbox"]), textarea, select');
  return altKey || ctrlKey || metaKey || repeat || Boolean(field);
}

/** The show of this browser as its windows tell it: for whoever only looks. Null until the page lives. */
export function useToldShow(): Show | null {
  const [show, setShow] = useState<Show | null>(null);
  useEffect(() => {
    setShow(remembered());
    const channel = new BroadcastChannel(SHOW);
    channel.onmessage = ({ data }: MessageEvent<string>) => setShow(readShow(data));
    return () => channel.close();
  }, []);
  return show;
}

/**
 * The show of this browser, in step in all its windows: each may change it, tells the others, and finds it again after a
 * reload. Null until the page lives.
 */
export function useShow(): readonly [Show | null, (change: (show: Show) => Show) => void] {
  const [show, setShow] = useState<Show | null>(null);
  const latest = useRef(beginning);
  const others = useRef<BroadcastChannel | null>(null);

  const take = useCallback((next: Show) => {
    latest.current = next;
    setShow(next);
  }, []);

  const change = useCallback(
    (by: (show: Show) => Show) => {
      const next = by(latest.current);
      const text = JSON.stringify(next);
      try {
        localStorage.setItem(SHOW, text);
      } catch {
        // Without storage it lives as long as its windows.
      }
      others.current?.postMessage(text);
      take(next);
    },
    [take],
  );

  useEffect(() => {
    take(remembered());
    const channel = new BroadcastChannel(SHOW);
    others.current = channel;
    channel.onmessage = ({ data }: MessageEvent<string>) => take(readShow(data));
    const hear = (event: KeyboardEvent) => {
      const next = isTaken(event) ? null : pressed(latest.current, event.key);
      if (next === null) return;
      event.preventDefault();
      change(() => next);
    };
    window.addEventListener('keydown', hear);
    return () => {
      // An attack may end after the page was left.
      others.current = null;
      channel.close();
      window.removeEventListener('keydown', hear);
    };
  }, [change, take]);

  return [show, change];
}
