'use client';

import { RotateCw } from 'lucide-react';
import { AdminPage } from '#ui/admin-page';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';

/** What an administrator sees when a page breaks. The cause is in the server's log. */
export default function AdministrationError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <AdminPage title="This page didn't load" purpose="Something broke while it was put together.">
      <Notice
        tone="danger"
        title="We couldn't show this page."
        safe="Nothing was changed."
        action={
          <Button tone="primary" icon={<RotateCw size={16} />} onClick={reset}>
            Try again
          </Button>
        }
      >
        <p>If it stays like this, look into the server's log{error.digest ? ` for ${error.digest}` : ''}.</p>
      </Notice>
    </AdminPage>
  );
}
