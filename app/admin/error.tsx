'use client';

import { RotateCw } from 'lucide-react';
import { AdminPage } from '#ui/admin-page';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';

/** What an administrator sees when a page breaks. The cause is in the server's log. */
export default function AdministrationError({ error }: { error: Error & { digest?: string } }) {
  const away = error.digest === 'store_unavailable';
  return (
    <AdminPage title="This page didn't load" purpose="Something broke while it was put together.">
      <Notice
        tone="danger"
        title={away ? 'Latchkey cannot reach its store right now.' : "We couldn't show this page."}
        safe="What was confirmed to you is kept."
        action={
          <Button tone="primary" icon={<RotateCw size={16} />} onClick={() => window.location.reload()}>
            Try again
          </Button>
        }
      >
        <p>
          If it stays like this, look into the server's log
          {error.digest && !away ? ` for ${error.digest}` : ''}.
        </p>
      </Notice>
    </AdminPage>
  );
}
