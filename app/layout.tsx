import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { CLOCK_AHEAD } from '#domain/presentation/clock';
import { clockOfPage } from '#server/page';
import { PinDialogHost } from './_device/key-container/pin-dialog-host.tsx';
import { WatchedHint } from './_device/watched-hint.tsx';
import { ClockBand } from './presentation/clock/band.tsx';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Latchkey', template: '%s - Latchkey' },
  description: 'Sign in with your face, finger or PIN. No password.',
  manifest: '/manifest.webmanifest',
  icons: { icon: '/icon.svg', apple: '/apple-touch-icon.png' },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  colorScheme: 'light dark',
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Every page is rendered for its request: the nonce of its Content-Security-Policy is part of it.
  await headers();
  const clock = await clockOfPage();
  return (
    <html lang="en" {...(clock?.aheadMinutes ? { [CLOCK_AHEAD]: clock.aheadMinutes } : {})}>
      <body>
        {clock === null ? null : <ClockBand {...clock} />}
        <WatchedHint />
        {children}
        <PinDialogHost />
      </body>
    </html>
  );
}
