import { fromBase64Url } from '../base64url.ts';
import { isBearable } from './argon2.ts';

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
export const TAG_BYTES = 32;
/** `PINComplexity/History` goes no further. */
export const HISTORY_MAX = 50;

/** Thrown by a reader and caught by `readContainer`: it never leaves this file. */
class Damaged extends Error {}

type Read<T> = (value: unknown) => T;

function expected<T>(value: T | null, holds: boolean): T {
  if (value === null || !holds) throw new Damaged();
  return value;
}

const textLike =
  (form: RegExp): Read<string> =>
  (value) =>
    expected(value as string, typeof value === 'string' && form.test(value));

/** Base64url of so many bytes. */
const bytes =
  (minimum: number, maximum = minimum): Read<string> =>
  (value) => {
    const text = textLike(/^[\w-]{1,2800}$/)(value);
    const { length } = expected(fromBase64Url(text), true);
    return expected(text, length >= minimum && length <= maximum);
  };

const integer =
  (minimum: number, maximum: number): Read<number> =>
  (value) => {
    const number = value as number;
    return expected(number, Number.isSafeInteger(value) && number >= minimum && number <= maximum);
  };

/** An object with these members; others are left out. */
const object =
  <S extends Readonly<Record<string, Read<unknown>>>>(
    shape: S,
  ): Read<{ readonly [N in keyof S]: ReturnType<S[N]> }> =>
  (value) => {
    const given = expected(value as Record<string, unknown>, typeof value === 'object' && value !== null);
    const members = Object.entries(shape).map(([name, read]) => [name, read(given[name])]);
    return Object.fromEntries(members);
  };

/** A short list whose members all have another name. */
const list =
  <T>(read: Read<T>, nameOf: (one: T) => string, minimum: number, maximum: number): Read<readonly T[]> =>
  (value) => {
    const all = expected(value as unknown[], Array.isArray(value));
    expected(all, all.length >= minimum && all.length <= maximum);
    const items = all.map(read);
    return expected(items, new Set(items.map(nameOf)).size === items.length);
  };

/** IDs are short, and of what can be read and typed. */
const id = textLike(/^[\x21-\x7e]{1,128}$/);
const salt = bytes(16, 64);
const oprfPublicKey = bytes(32);
const sealedKey = bytes(12 + 32 + 16);
const anyNumber = integer(0, Number.MAX_SAFE_INTEGER);

const argon2: Read<Argon2Cost> = (value) => {
  const cost = object({ m: anyNumber, t: anyNumber, p: anyNumber })(value);
  return expected(cost, isBearable(cost));
};

const is =
  <W extends string>(word: W): Read<W> =>
  (value) =>
    expected(word, value === word);

const protectorReaders = {
  pin: object({ kind: is('pin'), id, publicKey: oprfPublicKey, salt, argon2, sealed: sealedKey }),
  prf: object({ kind: is('prf'), id, credentialId: bytes(1, 1023), salt, sealed: sealedKey }),
  'pin-reset': object({
    kind: is('pin-reset'),
    id,
    keyId: id,
    encapsulation: bytes(32, 133),
    ciphertext: bytes(48, 256),
    sealed: sealedKey,
  }),
} satisfies Record<ProtectorFacts['kind'], Read<Protector>>;

const protector: Read<Protector> = (value) => {
  const { kind } = object({ kind: textLike(/^[a-z-]{1,16}$/) })(value);
  if (!(kind === 'pin' || kind === 'prf' || kind === 'pin-reset')) throw new Damaged();
  return protectorReaders[kind](value);
};

const protectors: Read<readonly Protector[]> = (value) => {
  const all = list(protector, ({ id: one }) => one, 1, MOST.pin + MOST.prf + MOST['pin-reset'])(value);
  const count = (kind: Protector['kind']) => all.filter((one) => one.kind === kind).length;
  const few = count('prf') <= MOST.prf && count('pin-reset') <= MOST['pin-reset'];
  return expected(all, few && count('pin') >= 1 && count('pin') <= MOST.pin);
};

const key: Read<UserKey> = object({
  credentialId: bytes(16, 1023),
  relyingParty: textLike(/^[a-z0-9.-]{1,253}$/),
  publicKey: bytes(91),
  counter: integer(0, 0xffff_fffe),
  sealed: bytes(12 + 64 + 16, 512),
});

const tags = bytes(12 + TAG_BYTES + 16, 12 + HISTORY_MAX * TAG_BYTES + 16);

const container: Read<Container> = object({
  version: (value) => expected<typeof FORMAT_VERSION>(FORMAT_VERSION, value === FORMAT_VERSION),
  id,
  tenant: id,
  userHandle: id,
  device: id,
  createdAt: textLike(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  keys: list(key, ({ credentialId }) => credentialId, 1, MOST.keys),
  protectors,
  history: object({
    publicKey: oprfPublicKey,
    salt,
    argon2,
    sealed: (value) => (value === null ? null : tags(value)),
  }),
});

/** What makes a container of one version into one of the next. Format 1 is the first, so that nothing is older. */
export type Upgrades = Readonly<Record<number, (older: Record<string, unknown>) => Record<string, unknown>>>;
const upgrades: Upgrades = {};

/** A value of this version, from one of this or an older version; null where no upgrade leads from it. */
export function upgraded(value: unknown, steps: Upgrades, target: number): unknown | 'newer_version' | null {
  if (typeof value !== 'object' || value === null) return null;
  let current = value as Record<string, unknown>;
  let version = current.version;
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) return null;
  if (version > target) return 'newer_version';
  for (; version < target; version += 1) {
    const step = steps[version];
    if (step === undefined) return null;
    current = { ...step(current), version: version + 1 };
  }
  return current;
}

/**
 * Reads what the browser kept, whatever that is. `newer_version`: a newer Latchkey wrote it, and it is left alone;
 * `damaged`: it is no container, or misses something. What nobody can see without a key is not checked here.
 */
export function readContainer(value: unknown): Container | 'damaged' | 'newer_version' {
  try {
    const current = upgraded(value, upgrades, FORMAT_VERSION);
    return current === 'newer_version' ? current : container(current);
  } catch (error) {
    if (error instanceof Damaged) return 'damaged';
    throw error;
  }
}
