import { useEffect, useState } from 'react';
import { openersHere } from './ceremonies.ts';
import { changes } from './key-container/store.ts';

/**
 * The authenticators' IDs of the passkeys that open what this browser keeps for a person; null while it is read, and where
 * nothing is kept.
 */
export function useOpeners(userHandle: string): readonly string[] | null {
  const [openers, setOpeners] = useState<readonly string[] | null>(null);
  useEffect(() => {
    const read = () => void openersHere(userHandle).then(setOpeners);
    read();
    changes.addEventListener('change', read);
    return () => changes.removeEventListener('change', read);
  }, [userHandle]);
  return openers;
}
