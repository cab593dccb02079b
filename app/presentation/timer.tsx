'use client';

import { Play, RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { SECOND_MS } from '#domain/time';
import { Button } from '#ui/button';

/** Minutes and seconds since the presentation began; it goes on over a reload. */
export function Timer({
  startedAt,
  disabled,
  onChange,
}: {
  startedAt: number | null;
  disabled: boolean;
  onChange: (startedAt: number | null) => void;
}) {
  const [now, setNow] = useState(0);
  useEffect(() => {
    setNow(Date.now());
    const ticking = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(ticking);
  }, []);
  const seconds = startedAt === null ? 0 : Math.max(0, Math.floor((now - startedAt) / SECOND_MS));
  return (
    <div className="flex items-center gap-2">
      <span role="timer" aria-label="Time since the beginning" className="figures text-28 font-semibold">
        {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')}
      </span>
      {startedAt === null ? (
        <Button
          size="small"
          icon={<Play size={16} aria-hidden />}
          disabled={disabled}
          onClick={() => onChange(Date.now())}
        >
          Start the timer
        </Button>
      ) : (
        <Button
          size="small"
          icon={<RotateCcw size={16} aria-hidden />}
          disabled={disabled}
          onClick={() => onChange(null)}
        >
          Reset the timer
        </Button>
      )}
    </div>
  );
}
