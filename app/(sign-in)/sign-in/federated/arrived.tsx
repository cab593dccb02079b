'use client';

import type { Route } from 'next';
import { useEffect } from 'react';
import { ButtonLink } from '#ui/button';
import { enter } from '../../../_device/tabs.tsx';

/** Goes on as every other way in does: the other tabs of this browser hear of the new session. */
export function Arrived({ next }: { next: Route }) {
  useEffect(() => enter(next), [next]);
  return <ButtonLink href={next}>Go on</ButtonLink>;
}
