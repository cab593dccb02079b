'use client';

import { Countdown } from '#ui/countdown';
import { useFreshPage } from '../../_device/use-fresh-page.ts';

/** Counts down to the end of a wait; the page then shows who still waits. */
export function Ends({ at }: { at: string }) {
  return <Countdown until={at} ended="over" onEnd={useFreshPage()} />;
}
