import { useEffect, useState } from 'react';
import { openersHere } from './ceremonies.ts';

/**
 * The authenticators' IDs of the passkeys that open what this browser keeps for a person; null while it is read, and where
 * nothing is kept. It is read anew when `again` changes.
 */
export function useOpeners(userHandle: string, again: unknown = null): readonly string[] | null {
  const [openers, setOpeners] = useState<readonly string[] | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is kept changes with `again`
  useEffect(() => {
    void openersHere(userHandle).then(setOpeners);
  }, [userHandle, again]);
  return openers;
}
