/**
 * What a browser keeps of a Hello container, format 1 (docs/decisions/025-key-container.md). Plain JSON: byte strings are
 * base64url, times ISO 8601. What is `sealed` is AES-256-GCM: 12 bytes of nonce, the ciphertext, 16 bytes of tag.
 */
export const FORMAT_VERSION = 1;

/** Whose container it is. All of it is bound into every ciphertext. */
export interface ContainerIds {
  readonly id: string;
  readonly tenant: string;
  readonly userHandle: string;
  readonly device: string;
  readonly createdAt: string;
}

/** A user key: ES256, its private half as PKCS #8 sealed under the authentication key. */
export interface UserKey {
  readonly credentialId: string;
  readonly relyingParty: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** Of the last assertion. The one member that nothing binds: the server compares it. */
  readonly counter: number;
  readonly sealed: string;
}

/** Cost of argon2id: memory in KiB, passes, lanes. */
export interface Argon2Cost {
  readonly m: number;
  readonly t: number;
  readonly p: number;
}

/** What is public about the PIN protector; `id` and `publicKey` (of its OPRF key) are the server's. */
export interface PinFacts {
  readonly kind: 'pin';
  readonly id: string;
  readonly publicKey: string;
  readonly salt: string;
  readonly argon2: Argon2Cost;
}
/** A protector of another authenticator: its credential and the PRF input for it. */
export interface PrfFacts {
  readonly kind: 'prf';
  readonly id: string;
  readonly credentialId: string;
  readonly salt: string;
}
/** A protector of the PIN reset service: its 256-bit secret, encrypted to the service's key `keyId` (HPKE). */
export interface ResetFacts {
  readonly kind: 'pin-reset';
  readonly id: string;
  readonly keyId: string;
  readonly encapsulation: string;
  readonly ciphertext: string;
}
export type ProtectorFacts = PinFacts | PrfFacts | ResetFacts;

/** A protector: what is public about it, and the authentication key sealed under its wrapping key. */
export type Protector = ProtectorFacts & { readonly sealed: string };

/** Earlier PINs as tags; `publicKey` is that of an OPRF key for them alone. */
export interface HistoryFacts {
  readonly publicKey: string;
  readonly salt: string;
  readonly argon2: Argon2Cost;
}
/** `sealed` holds 32 bytes a tag, the newest first, under the authentication key; null: none is kept. */
export type History = HistoryFacts & { readonly sealed: string | null };

export interface Container extends ContainerIds {
  readonly version: typeof FORMAT_VERSION;
  readonly keys: readonly UserKey[];
  readonly protectors: readonly Protector[];
  readonly history: History;
}

/** More than any flow makes; a container beyond them is damaged. Two PINs are there while a change is on its way. */
export const MOST = { keys: 16, pin: 2, prf: 4, 'pin-reset': 2 } as const;
