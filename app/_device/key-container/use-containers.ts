import { useEffect, useState } from 'react';
import { changes, type Kept, keptContainers } from './store.ts';

/** Everybody whose key this browser keeps; null while it is asked. */
export function useContainers(): readonly Kept[] | null {
  const [kept, setKept] = useState<readonly Kept[] | null>(null);
  useEffect(() => {
    const read = () => void keptContainers().then(setKept);
    read();
    changes.addEventListener('change', read);
    return () => changes.removeEventListener('change', read);
  }, []);
  return kept;
}

/** Whether this browser keeps a key of this person; null while it is asked. */
export function useContainer(userHandle: string | undefined): boolean | null {
  const kept = useContainers();
  return kept === null ? null : kept.some((each) => each.userHandle === userHandle);
}
