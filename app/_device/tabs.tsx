'use client';

import { useEffect } from 'react';

const CHANNEL = 'latchkey-session';

/** When the session last changed in some tab, and in `sessionStorage` the change that this tab knows of. */
const CHANGED = 'latchkey-session-changed';

/** Milliseconds on the clock that a document measures its own beginning by: the wall clock may be set meanwhile. */
const now = () => performance.timeOrigin + performance.now();

/** Tells this browser's other tabs that the session changed: signed in or out, locked or unlocked. */
function announceSessionChange(): void {
  try {
    const at = String(now());
    localStorage.setItem(CHANGED, at);
    sessionStorage.setItem(CHANGED, at);
  } catch {
    // Without storage only the tabs that listen hear of it.
  }
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

/**
 * Whether another tab changed the session while this page was on its way: nobody listened here then, and what it shows may be
 * of the session before. Asked once for each change, so that clocks that disagree reload a page once and never again.
 */
function changedMeanwhile(): boolean {
  try {
    const at = localStorage.getItem(CHANGED);
    if (at === null || at === sessionStorage.getItem(CHANGED)) return false;
    sessionStorage.setItem(CHANGED, at);
    return Number(at) > performance.timeOrigin;
  } catch {
    return false;
  }
}

/** Reloads this tab when another one changed the session. The server decides what it may show. */
export function SessionWatch() {
  useEffect(() => {
    if (!leaving && changedMeanwhile()) window.location.reload();
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => {
      if (!leaving) window.location.reload();
    };
    return () => channel.close();
  }, []);
  return null;
}
