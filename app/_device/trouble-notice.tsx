'use client';

import { type ReactNode, useEffect, useState } from 'react';
import { Countdown } from '#ui/countdown';
import { Notice } from '#ui/notice';
import type { Trouble } from './trouble.ts';

/** A trouble as a person reads it, with the way on. */
export function TroubleNotice({ trouble, action }: { trouble: Trouble | null; action?: ReactNode }) {
  if (trouble === null) return null;
  return (
    <Notice tone="warning" live="alert" title={trouble.title} action={action}>
      {trouble.retryAfterSeconds === undefined ? (
        <p>{trouble.detail}</p>
      ) : (
        <TryAgain seconds={trouble.retryAfterSeconds} since={trouble} />
      )}
      {trouble.causes === undefined ? null : (
        <details>
          <summary className="link">What could have happened</summary>
          <ul className="mt-2 list-disc pl-5">
            {trouble.causes.map((cause) => (
              <li key={cause}>{cause}</li>
            ))}
          </ul>
        </details>
      )}
    </Notice>
  );
}

/** Says how long to wait, counting down from the answer `since`; another way in is open all the while. */
function TryAgain({ seconds, since }: { seconds: number; since: Trouble }) {
  const [until, setUntil] = useState<string | null>(null);
  const [over, setOver] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another answer with the same wait starts it anew
  useEffect(() => {
    setOver(false);
    setUntil(new Date(Date.now() + seconds * 1000).toISOString());
  }, [seconds, since]);

  if (over) return <p>You can try again now.</p>;
  return (
    <p>
      Try again in{' '}
      {until === null ? (
        `${seconds} seconds`
      ) : (
        <Countdown key={until} until={until} onEnd={() => setOver(true)} />
      )}
      , or sign in another way.
    </p>
  );
}
