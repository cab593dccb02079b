'use client';

import { useSyncExternalStore } from 'react';
import { isTimeZone } from '#domain/time-zone';

const never = () => () => {};

function zoneHere(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return isTimeZone(zone) ? zone : 'UTC';
}

/** The time zone of the organisation; this browser's while nobody has chosen one. */
export function useZone(chosen: string | null): string {
  const here = useSyncExternalStore(never, zoneHere, () => 'UTC');
  return chosen ?? here;
}
