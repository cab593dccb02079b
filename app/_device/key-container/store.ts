import { createStore, del, get, getMany, set, values } from 'idb-keyval';
import type { BrowserError } from '#domain/doctor';

/**
 * The Hello containers that this browser keeps, one a person, in IndexedDB. What is inside one is the engine's to read; this
 * file is small, because every page that may ask for a PIN has it.
 */
export interface Kept {
  readonly userHandle: string;
  /** Beside the container, for people to read: whose it is and where. */
  readonly name: string;
  readonly account: string;
  readonly deviceName: string;
  /** The newest key in it. */
  readonly credentialId: string;
  /** As it was written: `readContainer` says what it is. */
  readonly container: unknown;
}

/** What goes wrong with what a browser keeps, by the name of its row in `domain/doctor`. */
export class Fault extends Error {
  override readonly name: BrowserError;
  constructor(name: BrowserError, options?: ErrorOptions) {
    super(name, options);
    this.name = name;
  }
}

let opened: ReturnType<typeof createStore> | undefined;

/** Runs one access; whatever IndexedDB throws means that there is no room, or that nothing can be kept here. */
async function access<T>(work: (store: ReturnType<typeof createStore>) => Promise<T>): Promise<T> {
  try {
    opened ??= createStore('latchkey-container', 'containers');
    return await work(opened);
  } catch (error) {
    const full = error instanceof DOMException && error.name === 'QuotaExceededError';
    throw new Fault(full ? 'storage_full' : 'storage_unavailable', { cause: error });
  }
}

/** A container whose key the server has not answered for stands beside the one that it may replace. */
const placeOfNew = (userHandle: string) => `new:${userHandle}`;

/** Whether it looks like what `keep` writes: what else stands there is as good as none. */
function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'container' in value && 'userHandle' in value;
}

/** Everybody whose container this browser keeps. Empty where it can keep nothing. */
export async function keptContainers(): Promise<readonly Kept[]> {
  const all: unknown[] = await access((store) => values<unknown>(store)).catch(() => []);
  const byPerson = new Map(all.filter(isKept).map((kept) => [kept.userHandle, kept]));
  return [...byPerson.values()].sort((one, other) => one.account.localeCompare(other.account));
}

/** Whether this browser keeps a container of this person. */
export async function isContainerHere(userHandle: string): Promise<boolean> {
  return (await keptContainers()).some((kept) => kept.userHandle === userHandle);
}

/** The container that counts, and one whose key the server may have registered. */
export async function readKept(
  userHandle: string,
): Promise<{ readonly current: Kept | undefined; readonly made: Kept | undefined }> {
  const places = [userHandle, placeOfNew(userHandle)];
  const [current, made] = await access((store) => getMany<unknown>(places, store));
  return { current: isKept(current) ? current : undefined, made: isKept(made) ? made : undefined };
}

/** Writes a container over itself, wherever it stands; one that another tab has replaced is not written any more. */
export async function keep(kept: Kept, id: string): Promise<void> {
  for (const place of [kept.userHandle, placeOfNew(kept.userHandle)]) {
    const there = await access((store) => get<unknown>(place, store));
    if (!isKept(there) || idOf(there) !== id) continue;
    await access((store) => set(place, kept, store));
    return void changed();
  }
  throw new Fault('container_missing');
}

/** The ID that a container says it has. */
export function idOf({ container }: Kept): unknown {
  return typeof container === 'object' && container !== null && 'id' in container ? container.id : undefined;
}

/** Keeps a container whose key is about to be handed in, and asks the browser not to drop it when space gets short. */
export async function keepNew(kept: Kept): Promise<void> {
  await access((store) => set(placeOfNew(kept.userHandle), kept, store));
  // Without an answer it is kept like everything else.
  await navigator.storage?.persist?.().catch(() => false);
}

/**
 * The server has answered for a new key. Its container takes the old one's place, or goes; where a key of another home took
 * that place, none is left.
 */
export async function settleNew(
  userHandle: string,
  credentialId: string,
  { taken, replaces }: { readonly taken: boolean; readonly replaces: boolean },
): Promise<void> {
  const { made } = await readKept(userHandle);
  const isOurs = made?.credentialId === credentialId;
  if (isOurs && taken) await access((store) => set(userHandle, made, store));
  else if (taken && replaces) await access((store) => del(userHandle, store));
  if (isOurs || (taken && replaces)) await access((store) => del(placeOfNew(userHandle), store));
}

/** Tells this page when a container was written anew or forgotten. */
export const changes = new EventTarget();
const changed = () => changes.dispatchEvent(new Event('change'));

/** Forgets a container that can never be opened again. */
export async function forget(userHandle: string, id: unknown): Promise<void> {
  const { current, made } = await readKept(userHandle);
  if (current !== undefined && idOf(current) === id) await access((store) => del(userHandle, store));
  if (made !== undefined && idOf(made) === id) await access((store) => del(placeOfNew(userHandle), store));
  changed();
}

/** One tab at a time reads, changes and writes the container of a person. */
export async function alone<T>(userHandle: string, work: () => Promise<T>): Promise<T> {
  if (navigator.locks === undefined) return await work();
  return await navigator.locks.request(`latchkey-container:${userHandle}`, work);
}
