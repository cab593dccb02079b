import { useRouter } from 'next/navigation';
import { useCallback } from 'react';

/**
 * Whether the server is there to be asked for a page. What goes on by itself asks this first: without an answer Next would leave the
 * page, and what it says, for the browser's own error.
 */
export const serverAnswers = (): Promise<boolean> =>
  fetch('/api/health', { cache: 'no-store' }).then(
    () => true,
    () => false,
  );

/** Asks for this page anew where the server is there. */
export function useFreshPage(): () => Promise<void> {
  const router = useRouter();
  return useCallback(async () => {
    if (await serverAnswers()) router.refresh();
  }, [router]);
}
