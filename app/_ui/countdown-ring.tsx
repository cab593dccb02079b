'use client';

import { type ReactNode, useEffect, useRef } from 'react';
import { useNow } from '#ui/now';

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A ring that empties until `until`. The seconds are always there as text; with reduced motion the text is all. */
export function CountdownRing({
  until,
  fromSeconds,
  label = 'Time left',
  ended = clock(0),
  onEnd,
  size = 96,
  children,
}: {
  /** ISO 8601. */
  until: string;
  /** The whole length of the wait, for the fullness of the ring. */
  fromSeconds: number;
  label?: string | undefined;
  ended?: ReactNode;
  onEnd?: (() => void) | undefined;
  size?: number | undefined;
  /** In the middle instead of the seconds (a number to match, a picture); the seconds then stand below. */
  children?: ReactNode;
}) {
  const now = useNow(1000);
  const left = now === null ? null : Math.max(0, Math.ceil((new Date(until).getTime() - now) / 1000));
  const told = useRef(false);

  useEffect(() => {
    if (left === 0 && !told.current) {
      told.current = true;
      onEnd?.();
    }
  }, [left, onEnd]);

  const share = left === null ? 1 : Math.min(1, left / fromSeconds);
  const words = left === null ? '' : left === 0 ? ended : clock(left);
  const low = left !== null && left <= 10;
  return (
    <div className="flex flex-col items-center gap-2 text-center">
      <span className="relative grid place-items-center motion-reduce:contents">
        <svg
          width={size}
          height={size}
          viewBox="0 0 96 96"
          fill="none"
          aria-hidden="true"
          className="motion-reduce:hidden"
        >
          <circle cx="48" cy="48" r="44" strokeWidth="4" className="stroke-line" />
          <circle
            cx="48"
            cy="48"
            r="44"
            strokeWidth="4"
            strokeLinecap="round"
            pathLength={100}
            strokeDasharray={`${share * 100} 200`}
            transform="rotate(-90 48 48)"
            className={`transition-[stroke-dasharray] duration-1000 ease-linear ${low ? 'stroke-warning' : 'stroke-accent'} ${share === 0 ? 'opacity-0' : ''}`}
          />
        </svg>
        <span className="figures text-20 font-semibold motion-safe:absolute">{children ?? words}</span>
      </span>
      <p role="timer" className="figures text-12 text-ink-soft">
        {children ? (
          <>
            {label}: {words}
          </>
        ) : (
          <>
            {label}
            <span className="sr-only">: {words}</span>
          </>
        )}
      </p>
    </div>
  );
}
