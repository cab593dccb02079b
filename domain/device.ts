import { sha256 } from '@noble/hashes/sha2.js';

/** WHfB registers one key per person and device; the join types are those of `dsregcmd /status`. */
export const joinTypes = ['joined', 'registered'] as const;
export type JoinType = (typeof joinTypes)[number];

/** `joined`: the organisation's device. `registered`: a personal one with a work account. */
export const joinTypeWords: Readonly<Record<JoinType, string>> = {
  joined: 'Entra joined',
  registered: 'Entra registered',
};

/** Devices a person may have (0x801C000E when reached), unless policy says otherwise. */
export const DEVICE_LIMIT_DEFAULT = 20;

/**
 * What a browser profile signs with its own key to show that a ceremony happened in it:
 * `latchkey-device-v1 || origin || SHA-256(challenge) || SHA-256(credential id)`.
 * `challenge` is the sealed challenge's bytes. Where no credential takes part (a device's own registration, a
 * password), `credentialId` is empty. It shows this profile, not hardware.
 */
export function deviceProofMessage(
  origin: string,
  challenge: Uint8Array,
  credentialId: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  return labelledMessage('latchkey-device-v1', origin, challenge, credentialId);
}

/** `label || origin || SHA-256(first) || SHA-256(second)`: what is signed for one use is of no use for another. */
export function labelledMessage(
  label: string,
  origin: string,
  first: Uint8Array,
  second: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(label + origin);
  const message = new Uint8Array(head.length + 64);
  message.set(head);
  message.set(sha256(first), head.length);
  message.set(sha256(second), head.length + 32);
  return message;
}
