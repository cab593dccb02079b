'use client';

import { useEffect } from 'react';

const CHANNEL = 'latchkey-session';

/** Tells this browser's other tabs that the session changed: signed in or out, locked or unlocked. */
function announceSessionChange(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('changed');
  channel.close();
}

/** This tab hears its own announcement, too, and is already on its way. */
let leaving = false;

/** Goes on to a page of the new session, in this tab; the other tabs look for themselves. */
export function enter(path: string): void {
  leaving = true;
  announceSessionChange();
  window.location.assign(path);
}

/** Reloads this tab when another one changed the session. The server decides what it may show. */
export function SessionWatch() {
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => {
      if (!leaving) window.location.reload();
    };
    return () => channel.close();
  }, []);
  return null;
}
