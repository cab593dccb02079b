'use client';

import type { ReactNode } from 'react';
import { Notice } from '#ui/notice';
import type { Trouble } from './trouble.ts';

/** A trouble as a person reads it, with the way on. */
export function TroubleNotice({ trouble, action }: { trouble: Trouble | null; action?: ReactNode }) {
  if (trouble === null) return null;
  return (
    <Notice tone="warning" live="alert" title={trouble.title} action={action}>
      <p>{trouble.detail}</p>
      {trouble.retryAfterSeconds === undefined ? null : <p>{waitWords(trouble.retryAfterSeconds)}</p>}
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

function waitWords(seconds: number): string {
  return seconds > 90
    ? `You can try again in ${Math.ceil(seconds / 60)} minutes.`
    : `You can try again in ${seconds} seconds.`;
}
