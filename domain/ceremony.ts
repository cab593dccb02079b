/**
 * Challenges are sealed, not stored. A challenge is the bytes
 *
 *     version 1 | purpose 1 | issued 6 | expires 6 | nonce 16 | MAC 32
 *     version 2 | purpose 1 | issued 6 | expires 6 | nonce 16 | ticket 16 | MAC 32
 *
 * with times in milliseconds since 1970, big endian. The MAC covers everything before it and what the challenge is
 * bound to. Asking for one therefore costs no row; only its consumption is stored (WebAuthn L3 13.4.3). The ticket is of
 * the try at a PIN that the answer is to show was right.
 */

/** What a challenge may be used for. The number is on the wire: never reuse one. */
export const ceremonyPurposes = {
  'register-device': 1,
  'add-browser': 2,
  'recognise-device': 3,
  hello: 16,
  passkey: 17,
  'pin-reset': 18,
  'sign-in': 32,
  unlock: 33,
  'step-up': 34,
  'password-code': 64,
  'new-password': 65,
  'pin-try': 80,
  authenticator: 96,
} as const;
export type CeremonyPurpose = keyof typeof ceremonyPurposes;

/** WebAuthn L3 15.1 recommends 300,000 to 600,000 ms where user verification is required. */
export const CHALLENGE_LIFETIME_MS = 300_000;
/**
 * A PIN reset's answer may have to wait for the network: its challenge lives as long as the proof that carries it, the
 * longest that WebAuthn L3 15.1 recommends.
 */
export const PIN_RESET_CHALLENGE_LIFETIME_MS = 600_000;
/** The timeout told to the browser ends before the challenge does, so that a slow person's answer still counts. */
export const CEREMONY_TIMEOUT_MS = 270_000;
/** From a right password to the code and the new password that it leads to, however often somebody types them anew. */
export const PASSWORD_TICKET_LIFETIME_MS = 600_000;

const VERSION = 1;
const VERSION_WITH_TICKET = 2;
const HEADER_BYTES = 30;
export const NONCE_BYTES = 16;
export const TICKET_BYTES = 16;
export const MAC_BYTES = 32;

export interface Challenge {
  readonly purpose: CeremonyPurpose;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly nonce: Uint8Array;
  /** Of a try at a PIN; null where none is to be shown. */
  readonly ticket: Uint8Array | null;
}

/** What a challenge belongs to. The browser always; the rest where it is known when the challenge is made. */
export interface Binding {
  readonly browser: string;
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
  readonly deviceId?: string | undefined;
  /** The hash of the password that was proven: when it changes, nothing that followed from it holds. */
  readonly passwordHash?: string | undefined;
  /** The authenticator app or the phone that was proven beside it. */
  readonly totpId?: string | undefined;
  /** The Hello container whose PIN is tried. */
  readonly containerId?: string | undefined;
}

/** The part of a challenge that is authenticated by its MAC. */
export function challengeHeader(challenge: Challenge): Uint8Array {
  const { ticket } = challenge;
  const bytes = new Uint8Array(HEADER_BYTES + (ticket === null ? 0 : TICKET_BYTES));
  const view = new DataView(bytes.buffer);
  bytes[0] = ticket === null ? VERSION : VERSION_WITH_TICKET;
  bytes[1] = ceremonyPurposes[challenge.purpose];
  writeTime(view, 2, challenge.issuedAt);
  writeTime(view, 8, challenge.expiresAt);
  bytes.set(challenge.nonce, 14);
  if (ticket !== null) bytes.set(ticket, HEADER_BYTES);
  return bytes;
}

/** Splits a sealed challenge into its parts, or null when it cannot be one of ours. Proves nothing about the MAC. */
export function readChallenge(
  sealed: Uint8Array,
): { challenge: Challenge; header: Uint8Array; mac: Uint8Array } | null {
  const headerBytes = headerLength(sealed[0] ?? 0);
  if (headerBytes === null || sealed.length !== headerBytes + MAC_BYTES) return null;
  const purpose = purposeByNumber.get(sealed[1] ?? 0);
  if (purpose === undefined) return null;
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  return {
    challenge: {
      purpose,
      issuedAt: readTime(view, 2),
      expiresAt: readTime(view, 8),
      nonce: sealed.slice(14, HEADER_BYTES),
      ticket: headerBytes === HEADER_BYTES ? null : sealed.slice(HEADER_BYTES, headerBytes),
    },
    header: sealed.slice(0, headerBytes),
    mac: sealed.slice(headerBytes),
  };
}

function headerLength(version: number): number | null {
  if (version === VERSION) return HEADER_BYTES;
  return version === VERSION_WITH_TICKET ? HEADER_BYTES + TICKET_BYTES : null;
}

/**
 * The bytes of a binding. Every field is preceded by its length, so that no two bindings share an encoding; an
 * absent field differs from an empty one.
 */
export function bindingBytes(binding: Binding): Uint8Array {
  const fields = [
    binding.browser,
    binding.sessionId,
    binding.userId,
    binding.deviceId,
    binding.passwordHash,
    binding.totpId,
    ...(binding.containerId === undefined ? [] : [binding.containerId]),
  ];
  return new TextEncoder().encode(
    fields.map((field) => (field === undefined ? '-' : `${field.length}:${field}`)).join('|'),
  );
}

const purposeByNumber = new Map<number, CeremonyPurpose>(
  Object.entries(ceremonyPurposes).map(([name, number]) => [number, name as CeremonyPurpose]),
);

function writeTime(view: DataView, offset: number, at: Date): void {
  const ms = at.getTime();
  view.setUint16(offset, Math.floor(ms / 2 ** 32));
  view.setUint32(offset + 2, ms >>> 0);
}

function readTime(view: DataView, offset: number): Date {
  return new Date(view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2));
}
