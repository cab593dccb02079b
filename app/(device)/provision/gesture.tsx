'use client';

import { ExternalLink, ScanFace } from 'lucide-react';
import { Actions } from '#ui/actions';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { WINDOWS_HELLO_SETTINGS } from '../../_device/trouble.ts';
import { useOnWindows } from '../../_device/use-on-windows.ts';

/** Face and finger belong to the operating system. This page offers them in its words and never asks twice. */
export function Gesture({ allowed }: { allowed: boolean }) {
  const windows = useOnWindows();
  return (
    <>
      <div className="flex gap-4">
        <ScanFace size={32} className="shrink-0 text-accent-ink" aria-hidden />
        <p className="max-w-line">
          {allowed
            ? 'If this device has a camera or a reader for it, you can set up your face or fingerprint in the system settings now or later. A PIN always works, and it stays on this device.'
            : 'Your organisation asks for the PIN only. It stays on this device.'}
        </p>
      </div>
      {allowed && windows ? (
        <Notice tone="info" title="On Windows: Settings, Accounts, Sign-in options" live="none">
          <a className="link inline-flex items-center gap-1" href={WINDOWS_HELLO_SETTINGS}>
            Open Sign-in options <ExternalLink size={16} aria-hidden />
          </a>
        </Notice>
      ) : null}
      <Actions>
        <ButtonLink href="/provision?step=key" tone="primary" size="large">
          {allowed ? 'Continue, or skip this' : 'Continue'}
        </ButtonLink>
      </Actions>
    </>
  );
}
