'use client';

import { useRouter } from 'next/navigation';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { type ConfirmationWays, ConfirmChoices } from '../(sign-in)/confirm-with-code.tsx';

/** Asks once more who it is; the page then shows what it kept back. */
export function ConfirmItIsYou({ ways, account }: { ways: ConfirmationWays; account: string }) {
  const router = useRouter();
  return (
    <div className="flex flex-col gap-4">
      <p>This page asks you to confirm that it is still you. It stays open for five minutes.</p>
      {ways.key || ways.code || ways.phone ? (
        <ConfirmChoices ways={ways} account={account} onConfirmed={() => router.refresh()} />
      ) : (
        <Notice
          tone="info"
          live="none"
          title="You have nothing to confirm with yet"
          action={<ButtonLink href="/provision">Set up this device</ButtonLink>}
        >
          A password alone is not enough here. A key on this device is.
        </Notice>
      )}
    </div>
  );
}
