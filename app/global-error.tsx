'use client';

import './globals.css';
import PageError from './error.tsx';

export default function GlobalError(props: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <PageError {...props} />
      </body>
    </html>
  );
}
