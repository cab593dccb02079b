'use client';

import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { useOpeners } from '../../_device/use-openers.ts';

export interface Opener {
  readonly credentialId: string;
  readonly name: string;
}

/** Shown where a passkey of this person opens what this browser keeps: the PIN goes, and the key stays. */
export function KeepByPasskeyOffer({
  userHandle,
  openers,
}: {
  userHandle: string;
  openers: readonly Opener[];
}) {
  const here = useOpeners(userHandle);
  const names = openers.filter(({ credentialId }) => here?.includes(credentialId)).map(({ name }) => name);
  if (names.length === 0) return null;
  return (
    <Notice
      tone="info"
      live="none"
      title={`${listed(names)} opens this browser's key`}
      action={
        <ButtonLink href="/pin-reset?kind=passkey" tone="primary">
          Use it and choose a new PIN
        </ButtonLink>
      }
    >
      With it you need neither the old PIN nor anybody's help, and the key stays as it is.
    </Notice>
  );
}

const listed = (names: readonly string[]) => new Intl.ListFormat('en', { type: 'disjunction' }).format(names);
