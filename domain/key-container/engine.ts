import { toBase64Url } from '../base64url.ts';
import type { RandomBytes } from '../oprf.ts';
import type { AuthenticationResponse } from '../wire.ts';
import { keyAad, protectorAad } from './aad.ts';
import { ARGON2_DEFAULT, SALT_BYTES } from './argon2.ts';
import {
  type Container,
  type ContainerIds,
  FORMAT_VERSION,
  MOST,
  type Protector,
  type ProtectorFacts,
  type UserKey,
} from './format.ts';
import { open, seal, wipe } from './seal.ts';
import { assertWith, mayUse } from './software-key.ts';

/**
 * What can be done with a Hello container. A container is a value: each step takes one and gives back a new one, which
 * counts when the caller has kept it. Expected outcomes are words; a throw is a bug of the caller.
 */

/** A container while it is open. Asking for its key after `lock` throws. */
export interface Unlocked {
  /** The ID of the container that it opens. */
  readonly container: string;
  readonly authenticationKey: Uint8Array<ArrayBuffer>;
  /** Overwrites the authentication key. Once is enough; twice is no harm. */
  readonly lock: () => void;
}

function opened(container: string, authenticationKey: Uint8Array<ArrayBuffer>): Unlocked {
  let locked = false;
  return {
    container,
    get authenticationKey() {
      if (locked) throw new Error('the container is locked');
      return authenticationKey;
    },
    lock: () => {
      locked = true;
      wipe(authenticationKey);
    },
  };
}

/** The authentication key of this container, and never that of another. */
export function keyOf(unlocked: Unlocked, container: ContainerIds): Uint8Array<ArrayBuffer> {
  if (unlocked.container !== container.id) throw new Error('another container is unlocked');
  return unlocked.authenticationKey;
}

/**
 * A container with a new authentication key and nothing in it, open. It can be kept once it has a PIN protector and a key.
 * `history` is the public key of the OPRF key for earlier PINs.
 */
export function newContainer(
  { id, tenant, userHandle, device, createdAt }: ContainerIds,
  history: { readonly publicKey: string },
  random: RandomBytes,
): { readonly container: Container; readonly unlocked: Unlocked } {
  return {
    container: {
      version: FORMAT_VERSION,
      id,
      tenant,
      userHandle,
      device,
      createdAt,
      keys: [],
      protectors: [],
      history: {
        publicKey: history.publicKey,
        salt: toBase64Url(random(SALT_BYTES)),
        argon2: ARGON2_DEFAULT,
        sealed: null,
      },
    },
    unlocked: opened(id, Uint8Array.from(random(32))),
  };
}

/** The parts of the request options that a container needs (WebAuthn L3 5.5). */
export interface SignRequest {
  readonly challenge: string;
  readonly rpId?: string | undefined;
  readonly allowCredentials?: readonly { readonly id: string }[] | undefined;
}

/**
 * Answers an authentication ceremony with the newest key that may. Keep the container, which has counted, before the
 * response is sent. `no_key`: none of the keys is asked for. `damaged`: the key is not what was sealed.
 */
export async function sign(
  container: Container,
  unlocked: Unlocked,
  { challenge, rpId, allowCredentials = [] }: SignRequest,
  origin: string,
): Promise<
  { readonly container: Container; readonly response: AuthenticationResponse } | 'no_key' | 'damaged'
> {
  const authenticationKey = keyOf(unlocked, container);
  const relyingParty = rpId ?? new URL(origin).hostname;
  const key = container.keys.findLast(
    (one) =>
      one.relyingParty === relyingParty &&
      (allowCredentials.length === 0 || allowCredentials.some(({ id }) => id === one.credentialId)),
  );
  if (key === undefined || !mayUse(origin, relyingParty)) return 'no_key';
  const pkcs8 = await open(authenticationKey, key.sealed, keyAad(container, key));
  if (pkcs8 === null) return 'damaged';
  const counted: UserKey = { ...key, counter: key.counter + 1 };
  const response = await assertWith(pkcs8, {
    challenge,
    origin,
    rpId: relyingParty,
    credentialId: key.credentialId,
    userHandle: container.userHandle,
    counter: counted.counter,
  });
  const keys = container.keys.map((one) => (one === key ? counted : one));
  return { container: { ...container, keys }, response };
}

/**
 * Opens a container through one of its protectors; the wrapping key is overwritten. `wrong`: it is not the key of this
 * protector (a wrong PIN), or the protector is not what was sealed; nothing can tell one from the other.
 */
export async function unlock(
  container: Container,
  protectorId: string,
  wrappingKey: Uint8Array,
): Promise<Unlocked | 'wrong'> {
  const protector = container.protectors.find(({ id }) => id === protectorId);
  if (protector === undefined) throw new Error('the container has no such protector');
  const key = await open(wrappingKey, protector.sealed, protectorAad(container, protector));
  wipe(wrappingKey);
  return key === null ? 'wrong' : opened(container.id, key);
}

/**
 * Adds a protector to an open container; the wrapping key is overwritten. A second PIN may stand beside the one that counts
 * while a change is on its way, and a third may not: `keepPin` first.
 */
export async function addProtector(
  container: Container,
  unlocked: Unlocked,
  facts: ProtectorFacts,
  wrappingKey: Uint8Array,
  random: RandomBytes,
): Promise<Container> {
  const { protectors } = container;
  if (protectors.some(({ id }) => id === facts.id)) throw new Error('the container has this protector');
  if (protectors.filter(({ kind }) => kind === facts.kind).length >= MOST[facts.kind])
    throw new Error(`the container has enough protectors of the kind ${facts.kind}`);
  const sealed = await seal(wrappingKey, keyOf(unlocked, container), protectorAad(container, facts), random);
  wipe(wrappingKey);
  const protector: Protector = { ...facts, sealed };
  return { ...container, protectors: [...protectors, protector] };
}

/**
 * Leaves the one PIN protector that the server says counts: after a change the old one goes, after a change that was broken
 * off the new one. `unknown_protector`: the container has no such one (it is older than the PIN), and is left as it is.
 */
export function keepPin(container: Container, protectorId: string): Container | 'unknown_protector' {
  const { protectors } = container;
  if (!protectors.some(({ kind, id }) => kind === 'pin' && id === protectorId)) return 'unknown_protector';
  return {
    ...container,
    protectors: protectors.filter(({ kind, id }) => kind !== 'pin' || id === protectorId),
  };
}

/** Takes a protector out. The last PIN stays: there is never a container without one. */
export function removeProtector(container: Container, protectorId: string): Container {
  const protectors = container.protectors.filter(({ id }) => id !== protectorId);
  if (!protectors.some(({ kind }) => kind === 'pin')) throw new Error('a container always has a PIN');
  return { ...container, protectors };
}
