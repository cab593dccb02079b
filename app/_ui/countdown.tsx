'use client';

import { type ReactNode, useEffect, useRef } from 'react';
import { useNow } from '#ui/now';

/** "40 seconds", "4 min 10 s", "7 h 5 min", "3 days 2 h". */
function inWords(seconds: number): string {
  if (seconds <= 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return `${days === 1 ? '1 day' : `${days} days`} ${hours % 24} h`;
}

/** What is left until a moment, in words that count down. Nobody hears every second of it. */
export function Countdown({
  until,
  ended = 'now',
  onEnd,
}: {
  /** ISO 8601. */
  until: string;
  ended?: ReactNode;
  onEnd?: (() => void) | undefined;
}) {
  const now = useNow(1000);
  const left = now === null ? null : Math.max(0, Math.ceil((new Date(until).getTime() - now) / 1000));
  const told = useRef(false);

  useEffect(() => {
    if (left !== 0 || told.current) return;
    told.current = true;
    onEnd?.();
  }, [left, onEnd]);

  return (
    <span role="timer" className="figures whitespace-nowrap">
      {left === null ? '…' : left === 0 ? ended : inWords(left)}
    </span>
  );
}
