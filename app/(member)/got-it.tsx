'use client';

import { dismissNoticesAction } from './actions.ts';
import { Press } from './change.tsx';

/** Dismisses what is shown, on this device only. */
export function GotIt({ noticeIds }: { noticeIds: readonly string[] }) {
  return <Press label="Got it" press={() => dismissNoticesAction({ noticeIds: [...noticeIds] })} />;
}
