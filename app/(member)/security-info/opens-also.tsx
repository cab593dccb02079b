'use client';

import { useOpeners } from '../../_device/use-openers.ts';

/** Which passkeys open the key that this browser keeps: it alone knows. Nothing where none does. */
export function OpensAlso({
  userHandle,
  passkeys,
}: {
  userHandle: string;
  passkeys: readonly { readonly credentialId: string; readonly name: string }[];
}) {
  const here = useOpeners(userHandle);
  const names = passkeys.filter(({ credentialId }) => here?.includes(credentialId)).map(({ name }) => name);
  if (names.length === 0) return null;
  return (
    <p className="w-full px-1 text-14 text-ink-soft">
      Opens also with {new Intl.ListFormat('en').format(names)}.
    </p>
  );
}
