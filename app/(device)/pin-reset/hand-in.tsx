'use client';

import { KeyRound } from 'lucide-react';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';

/** The new key is made; the server has not answered for it yet. */
export function HandIn({ lost }: { lost: number }) {
  return (
    <>
      <Waiting
        title={lost === 0 ? 'Putting your new key in its place' : "We can't reach Latchkey at the moment"}
        icon={<KeyRound size={32} aria-hidden />}
      >
        {lost === 0
          ? 'This takes a second.'
          : 'We try again by ourselves, as often as it takes. Keep this tab open; reloading it is fine.'}
      </Waiting>
      {lost === 0 ? null : (
        <Notice
          tone="info"
          live="none"
          title="Your new key is on this device and waits to be taken"
          safe="Nothing has changed at Latchkey yet. If it never arrives, start again here with the same proof or a new one."
        >
          The old key may not answer any more: some devices overwrite it as soon as the new one is made.
        </Notice>
      )}
    </>
  );
}
