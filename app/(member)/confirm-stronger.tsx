'use client';

import { useRouter } from 'next/navigation';
import { type ConfirmationWays, ConfirmChoices } from '../(sign-in)/confirm-with-code.tsx';

/** Confirms with something stronger; the page then shows what it kept back, or leads on. */
export function ConfirmStronger({ ways, account }: { ways: ConfirmationWays; account: string }) {
  const router = useRouter();
  return <ConfirmChoices ways={ways} account={account} onConfirmed={() => router.refresh()} />;
}
