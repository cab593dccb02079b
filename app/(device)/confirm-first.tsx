'use client';

import type { Route } from 'next';
import { type ConfirmationWays, ConfirmChoices } from '../(sign-in)/confirm-with-code.tsx';
import { PassForm } from '../(sign-in)/pass-form.tsx';

/** Asks for a strong proof before something is added: with what the person has, or with a pass. */
export function ConfirmFirst({
  ways,
  account,
  here,
  onConfirmed,
}: {
  ways: ConfirmationWays;
  account: string;
  /** This page, to which a pass leads back. */
  here: Route;
  onConfirmed: () => void;
}) {
  return (
    <>
      <p className="max-w-line">First confirm that it is you. A password alone is not enough for this.</p>
      {ways.key || ways.code || ways.phone ? (
        <ConfirmChoices ways={ways} account={account} onConfirmed={onConfirmed} />
      ) : (
        <PassForm next={here} account={account} />
      )}
    </>
  );
}
