'use client';

import { Popover } from '@base-ui/react/popover';
import type { ReactNode } from 'react';

/** An exact term whose explanation is one hover, tap or key press away. */
export function Term({
  children,
  explains,
  title,
}: {
  /** The term as it stands in the text. */
  children: ReactNode;
  /** Its explanation, in a sentence or two. */
  explains: ReactNode;
  /** The term in full, when the text shortens it. */
  title?: ReactNode;
}) {
  return (
    <Popover.Root>
      <Popover.Trigger
        openOnHover
        delay={250}
        className="relative z-1 inline cursor-help rounded-[2px] text-left underline decoration-ink-soft decoration-dotted underline-offset-[0.25em] hover:decoration-accent-ink data-popup-open:decoration-accent-ink"
      >
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={8} collisionPadding={8} className="z-50">
          <Popover.Popup
            initialFocus={false}
            className="max-w-[min(22rem,calc(100vw-1rem))] rounded-card border border-line bg-raised px-4 py-3 text-14 font-normal text-ink shadow-over transition-[opacity,transform] duration-150 data-ending-style:opacity-0 data-starting-style:translate-y-1 data-starting-style:opacity-0"
          >
            <Popover.Title className="font-semibold">{title ?? children}</Popover.Title>
            <Popover.Description className="text-ink-soft">{explains}</Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
