'use client';

import { lazy, Suspense, useSyncExternalStore } from 'react';
import { promptShown, subscribeToPrompt } from './pin-prompt.ts';

const PinDialog = lazy(() => import('./pin-dialog.tsx'));

const nothing = () => null;

/** Where the question for a PIN appears, once on every page. The dialog itself is loaded when there is one. */
export function PinDialogHost() {
  const prompt = useSyncExternalStore(subscribeToPrompt, promptShown, nothing);
  return prompt === null ? null : (
    <Suspense fallback={null}>
      <PinDialog key={prompt.title + prompt.account} prompt={prompt} />
    </Suspense>
  );
}
