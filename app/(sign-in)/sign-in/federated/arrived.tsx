'use client';

import type { Route } from 'next';
import { useEffect } from 'react';
import { ButtonLink } from '#ui/button';
import { enter } from '../../../_device/tabs.tsx';
import { drawWayBack } from '../../../_device/upstream.ts';

/** Goes on as every other way in does: the other tabs of this browser hear of the new session. */
export function Arrived({ next, method }: { next: Route; method: string }) {
  useEffect(() => {
    void drawWayBack({ kind: 'ordinary', method }).finally(() => enter(next));
  }, [next, method]);
  return <ButtonLink href={next}>Go on</ButtonLink>;
}
