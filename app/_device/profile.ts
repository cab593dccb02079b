import { createStore, del, get, set, values } from 'idb-keyval';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { deviceProofMessage } from '#domain/device';
import type { DeviceAnswer, DeviceProof } from '#domain/wire';
import { recorder } from './watch.ts';

/**
 * This browser profile as a device, once for each person who registered it: a P-256 key that cannot be exported, kept in
 * IndexedDB. It shows that a ceremony happened in this profile; it says nothing about hardware.
 */
export interface Profile {
  readonly userHandle: string;
  readonly upn: string;
  readonly deviceId: string;
  readonly profileId: string;
  readonly deviceName: string;
  readonly keys: CryptoKeyPair;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;

type Store = ReturnType<typeof createStore>;
const opened: { profiles?: Store; pending?: Store } = {};

// One object store a database is all that idb-keyval makes.
function store(): Store {
  opened.profiles ??= createStore('latchkey', 'profiles');
  return opened.profiles;
}

function pendingStore(): Store {
  opened.pending ??= createStore('latchkey-pending', 'keys');
  return opened.pending;
}

export async function profileOfUser(userHandle: string): Promise<Profile | undefined> {
  return await get<Profile>(userHandle, store());
}

export async function profileOfUpn(upn: string): Promise<Profile | undefined> {
  const all = await values<Profile>(store());
  return all.find((profile) => profile.upn === upn.trim().normalize('NFC').toLowerCase());
}

/** Everybody who registered this browser. */
export async function knownProfiles(): Promise<readonly Profile[]> {
  return await values<Profile>(store());
}

interface NewKeys {
  readonly keys: CryptoKeyPair;
  /** SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
}

/** A key pair that signs for this browser and never leaves it. */
export async function newKeys(): Promise<NewKeys> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const spki = await crypto.subtle.exportKey('spki', keys.publicKey);
  return { keys, publicKey: toBase64Url(new Uint8Array(spki)) };
}

/** ES256 over a message, as base64url of r || s. */
export async function signMessage(keys: CryptoKeyPair, message: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.sign(SIGNATURE, keys.privateKey, message)));
}

const PENDING = 'pending';

/**
 * The keys for a profile that is about to be registered. They are kept before they are sent: when the answer is lost, the
 * next attempt sends the same key and the server knows it again.
 */
export async function pendingKeys(): Promise<NewKeys> {
  const kept = await get<NewKeys>(PENDING, pendingStore());
  if (kept !== undefined) return kept;
  const pending = await newKeys();
  await set(PENDING, pending, pendingStore());
  return pending;
}

/** Forgets keys that were registered, or that belong to somebody else's unfinished attempt. */
export async function dropPendingKeys(): Promise<void> {
  await del(PENDING, pendingStore());
}

/** Keeps a registered profile; the one this person had here before is replaced. */
export async function keepProfile(answer: DeviceAnswer, keys: CryptoKeyPair): Promise<void> {
  const { userHandle, upn, deviceId, profileId, deviceName } = answer;
  const profile: Profile = { userHandle, upn, deviceId, profileId, deviceName, keys };
  await set(userHandle, profile, store());
  await dropPendingKeys();
}

/** Signs a challenge, and the credential that takes part, with a profile key. */
export async function signProof(keys: CryptoKeyPair, challenge: string, credentialId = ''): Promise<string> {
  const record = await recorder();
  record?.seen('prove', { challenge });
  const message = deviceProofMessage(
    window.location.origin,
    fromBase64Url(challenge) ?? new Uint8Array(),
    fromBase64Url(credentialId) ?? new Uint8Array(),
  );
  const signature = await signMessage(keys, message);
  record?.seen('proven', { signature });
  return signature;
}

/** The device proof of a person in this browser, or undefined where they never registered it. */
export async function deviceProof(
  userHandle: string | undefined,
  challenge: string,
  credentialId: string,
): Promise<DeviceProof | undefined> {
  const profile = userHandle === undefined ? undefined : await profileOfUser(userHandle);
  return (
    profile && { id: profile.profileId, signature: await signProof(profile.keys, challenge, credentialId) }
  );
}
