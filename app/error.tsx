'use client';

import { Button } from '#ui/button';
import { MemberShell } from '#ui/member-shell';

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <MemberShell title="Something broke on our side" intro="Nothing was changed. Try again in a moment.">
      <div>
        <Button tone="primary" onClick={reset}>
          Try again
        </Button>
      </div>
    </MemberShell>
  );
}
