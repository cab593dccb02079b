import { useRouter } from 'next/navigation';
import { useCallback } from 'react';

/**
 * Asks for this page anew where the server is there to be asked: without an answer Next would leave the page, and what it says, for
 * the browser's own error.
 */
export function useFreshPage(): () => Promise<void> {
  const router = useRouter();
  return useCallback(async () => {
    const answers = await fetch('/api/health', { cache: 'no-store' }).then(
      () => true,
      () => false,
    );
    if (answers) router.refresh();
  }, [router]);
}
