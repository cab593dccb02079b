import type { Route } from 'next';
import type { ReactNode } from 'react';
import { AccountChip } from '#ui/account-chip';
import { DeviceChip, type DeviceStanding } from '#ui/device-chip';
import { Wordmark } from '#ui/wordmark';

/** The page of a member: who and where on top, one card with one thing to do, quiet words at the foot. */
export function MemberShell({
  who,
  where,
  title,
  intro,
  progress,
  children,
  footer,
  wide = false,
}: {
  who?:
    | { name: string; account?: string | undefined; href?: Route | undefined; hint?: string | undefined }
    | undefined;
  where?: { name?: string | undefined; standing?: DeviceStanding | undefined } | undefined;
  /** A sentence: what to do or what is so. The page's h1. */
  title: ReactNode;
  intro?: ReactNode;
  /** A Stepper, when the page is one step of several. */
  progress?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  /** For home and lists; a ceremony stays narrow. */
  wide?: boolean | undefined;
}) {
  const width = wide ? 'max-w-[60rem]' : 'max-w-[32rem]';
  return (
    <div className="member flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-[72rem] flex-wrap items-center justify-between gap-x-6 px-4 pt-3 sm:px-8 sm:pt-6">
        <Wordmark />
        {who || where ? (
          <div className="flex max-w-full min-w-0 items-center gap-x-6 max-sm:order-last max-sm:mt-2 max-sm:w-full max-sm:justify-between max-sm:gap-x-4 max-sm:border-line max-sm:border-t max-sm:pt-1">
            {who ? <AccountChip {...who} /> : null}
            {where ? <DeviceChip {...where} /> : null}
          </div>
        ) : null}
      </header>
      <main
        className={`mx-auto flex w-full grow flex-col sm:justify-center sm:px-8 sm:py-8 ${width} ${wide ? 'sm:justify-start' : ''}`}
      >
        {progress ? <div className="px-4 pt-4 sm:px-0 sm:pt-0 sm:pb-6">{progress}</div> : null}
        <div className="member-card rise flex grow flex-col gap-6 px-4 pt-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] sm:grow-0 sm:rounded-card sm:border sm:border-line sm:bg-surface sm:p-10 sm:shadow-card">
          <div className="flex flex-col gap-2">
            <h1 className="text-28 font-semibold tracking-[-0.015em]">{title}</h1>
            {intro ? <div className="max-w-line text-16 text-pretty text-ink-soft">{intro}</div> : null}
          </div>
          {children}
        </div>
      </main>
      {footer ? (
        <footer className="mx-auto w-full max-w-[72rem] px-4 pb-6 text-center text-12 text-ink-soft sm:px-8">
          {footer}
        </footer>
      ) : null}
    </div>
  );
}
