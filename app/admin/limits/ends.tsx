'use client';

import { useRouter } from 'next/navigation';
import { Countdown } from '#ui/countdown';

/** Counts down to the end of a wait; the page then shows who still waits. */
export function Ends({ at }: { at: string }) {
  const router = useRouter();
  return <Countdown until={at} ended="over" onEnd={() => router.refresh()} />;
}
