import { type Recorded, withOneMore } from '#domain/live-ceremony/recorded';
import { LIVE, MARK_AGAIN_MS, watch } from './run.ts';

/** What the tabs of this browser tell its live view. It is kept in the view's own tab, over a reload and no longer. */

/** Older ones are forgotten: more than anybody looks at. */
const KEPT_MAX = 300;

let told: readonly Recorded[] = [];

function keep(messages: readonly Recorded[]): readonly Recorded[] {
  told = messages.slice(-KEPT_MAX);
  try {
    sessionStorage.setItem(LIVE, JSON.stringify(told));
  } catch {
    // Without storage it lives as long as the page.
  }
  return told;
}

function kept(): readonly Recorded[] {
  try {
    return JSON.parse(sessionStorage.getItem(LIVE) ?? '[]') as Recorded[];
  } catch {
    return [];
  }
}

export function forgetCeremonies(): readonly Recorded[] {
  return keep([]);
}

/** Lets the tabs tell what they do until the returned function is called, or the page is left. */
export function followCeremonies(on: (messages: readonly Recorded[]) => void): () => void {
  told = kept();
  on(told);
  const channel = new BroadcastChannel(LIVE);
  channel.onmessage = ({ data }: MessageEvent<Recorded>) => on(keep(withOneMore(told, data)));
  const open = () => watch(true);
  const close = () => watch(false);
  // Another view that is closed takes the mark away: this one is still open.
  const others = ({ key, newValue }: StorageEvent) => {
    if (key === LIVE && newValue === null) open();
  };
  open();
  const again = setInterval(open, MARK_AGAIN_MS);
  window.addEventListener('storage', others);
  window.addEventListener('pageshow', open);
  window.addEventListener('pagehide', close);
  return () => {
    channel.close();
    clearInterval(again);
    window.removeEventListener('storage', others);
    window.removeEventListener('pageshow', open);
    window.removeEventListener('pagehide', close);
    close();
  };
}
