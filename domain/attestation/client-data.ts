import { fromBase64Url } from '../base64url.ts';

/** What the browser said it did, before anything about it is proven (WebAuthn L3 5.8.1). */
export interface ClientData {
  readonly type: string;
  readonly challenge: Uint8Array<ArrayBuffer>;
  readonly origin: string;
  readonly crossOrigin: boolean;
  readonly topOrigin: string | null;
}

/** The client data of these bytes, or null when it is none. */
export function readClientDataBytes(bytes: Uint8Array): ClientData | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof json !== 'object' || json === null) return null;
    const { type, challenge, origin, crossOrigin, topOrigin } = json as Record<string, unknown>;
    if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') return null;
    const challengeBytes = fromBase64Url(challenge);
    if (challengeBytes === null) return null;
    return {
      type,
      challenge: challengeBytes,
      origin,
      crossOrigin: crossOrigin === true || topOrigin !== undefined,
      topOrigin: typeof topOrigin === 'string' ? topOrigin : null,
    };
  } catch {
    return null;
  }
}
