import { settleNew } from './key-container/store.ts';
import { settleKey, tellBrowser } from './signals.ts';

/**
 * The server has answered for a key that was made here: each home hears whether it counts. With `replaces` it has taken the
 * place of the other keys on this device.
 */
export async function settle(
  userHandle: string,
  credentialId: string,
  { taken, replaces = false }: { readonly taken: boolean; readonly replaces?: boolean },
): Promise<void> {
  settleKey(credentialId);
  // What cannot be written now is found again when the key is used: the server says which one counts.
  await settleNew(userHandle, credentialId, { taken, replaces }).catch(() => undefined);
  // Refused, too: the authenticator holds a key that counts nowhere, and may drop it.
  void tellBrowser();
}
