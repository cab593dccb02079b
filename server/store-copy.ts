import 'server-only';
import { refusal } from '#domain/backup';
import { placeOf } from './db.ts';
import { type Filled, fillStore, type OnProgress, readingStore } from './store-content.ts';
import { readBinding } from './tenant.ts';

export interface CopiedStore extends Filled {
  /** Tells which master key the copy needs: `keyCheck` of it. */
  readonly masterKeyCheck: string;
}

/**
 * Copies a store, as it is at one moment, into an empty one on either engine. The source is read only. The copy is
 * compared row by row before it is kept, so that an interrupted one leaves an empty target and is simply begun again.
 * Nothing is added or changed: it is the same organisation at another place. Throws `StoreRefusal`.
 */
export async function copyStore(input: {
  readonly from: string;
  readonly to: string;
  readonly onProgress?: OnProgress;
}): Promise<CopiedStore> {
  const { from, to, onProgress } = input;
  return await readingStore(from, async (content, tx) => {
    const binding = await readBinding(tx);
    if (binding === null) throw refusal('empty_store', placeOf(from));
    const filled = await fillStore(to, content, { onProgress });
    return { ...filled, masterKeyCheck: binding.masterKeyCheck };
  });
}
