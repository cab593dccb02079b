'use client';

import { Button } from '#ui/button';
import { MemberShell } from '#ui/member-shell';

const words = {
  store_unavailable: {
    title: 'Latchkey cannot reach its store right now',
    intro: 'What was confirmed to you is kept. Wait a moment, then go on where you are.',
  },
  other: {
    title: 'Something broke on our side',
    intro: 'What was confirmed to you is kept. Try again in a moment.',
  },
} as const;

/** What a person sees when a page breaks, or when the store is away. */
export default function PageError({ error }: { error: Error & { digest?: string } }) {
  return (
    <MemberShell {...words[error.digest === 'store_unavailable' ? 'store_unavailable' : 'other']}>
      <div>
        {/* The page is asked for anew: to render it again from what the server sent would break in the same way. */}
        <Button tone="primary" onClick={() => window.location.reload()}>
          Try again
        </Button>
      </div>
    </MemberShell>
  );
}
