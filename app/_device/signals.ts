import type { SignalsAnswer } from '#domain/wire';
import { post } from './post.ts';

/**
 * What the browser tells its authenticators about keys (WebAuthn L3 5.1.10, the Signal API). All of it is best effort:
 * many browsers and authenticators do not listen, and nothing here depends on one that does.
 */
interface Signals {
  readonly signalUnknownCredential: { rpId: string; credentialId: string };
  readonly signalAllAcceptedCredentials: {
    rpId: string;
    userId: string;
    allAcceptedCredentialIds: string[];
  };
  readonly signalCurrentUserDetails: { rpId: string; userId: string; name: string; displayName: string };
}

async function signal<N extends keyof Signals>(name: N, options: Signals[N]): Promise<void> {
  if (typeof PublicKeyCredential === 'undefined') return;
  const listeners = PublicKeyCredential as unknown as Partial<
    Record<N, (options: Signals[N]) => Promise<void>>
  >;
  try {
    await listeners[name]?.(options);
  } catch {
    // A browser that takes it amiss changes nothing for us.
  }
}

const EXPECTED = 'latchkey-expected-keys';
type Expected = { readonly id: string; readonly untilMs: number };

/**
 * Keys that an authenticator made and the server has not answered for yet, in all tabs: telling the browser that they are
 * unknown, or leaving them out of the accepted ones, could delete them for good just before they count.
 */
function expectedKeys(): Expected[] {
  try {
    const kept = JSON.parse(localStorage.getItem(EXPECTED) ?? '[]') as Expected[];
    return kept.filter(({ untilMs }) => untilMs > Date.now());
  } catch {
    return [];
  }
}

function keepExpected(keys: readonly Expected[]): void {
  try {
    localStorage.setItem(EXPECTED, JSON.stringify(keys));
  } catch {
    // A browser without storage expects nothing across tabs.
  }
}

/** Notes a key that was just made, for as long as the server may still take it. */
export function expectKey(id: string, lifetimeMs: number): void {
  const others = expectedKeys().filter((key) => key.id !== id);
  keepExpected([...others, { id, untilMs: Date.now() + lifetimeMs }]);
}

/** The server has answered for this key. */
export function settleKey(id: string): void {
  keepExpected(expectedKeys().filter((key) => key.id !== id));
}

/** A key that the server named as unknown is deleted for good by authenticators that listen. */
export async function signalUnknownKey(rpId: string, credentialId: string): Promise<void> {
  if (expectedKeys().some(({ id }) => id === credentialId)) return;
  await signal('signalUnknownCredential', { rpId, credentialId });
}

let telling: Promise<void> = Promise.resolve();

/**
 * Tells the browser which keys of the person who is signed in count, and what they are called now. Asked of the server
 * each time, and one after the other: an old list must never hide a new key.
 */
export function tellBrowser(): Promise<void> {
  telling = telling.then(async () => {
    const answer = await post<SignalsAnswer>('/api/credential/signals', {});
    if (!answer.ok || answer.value.account === null) return;
    const { rpId, userId, name, displayName, allAcceptedCredentialIds } = answer.value.account;
    const accepted = [...new Set([...allAcceptedCredentialIds, ...expectedKeys().map(({ id }) => id)])];
    await signal('signalAllAcceptedCredentials', { rpId, userId, allAcceptedCredentialIds: accepted });
    await signal('signalCurrentUserDetails', { rpId, userId, name, displayName });
  });
  return telling;
}
