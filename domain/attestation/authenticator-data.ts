import { toHex } from './bytes.ts';
import { type CborMap, isMap, readCborPrefix } from './cbor.ts';
import { type CoseKey, readCoseKey } from './cose-key.ts';

/** The flags of WebAuthn L3 6.1, by their names there. */
export interface AuthenticatorFlags {
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly attestedCredential: boolean;
  readonly extensions: boolean;
}

/** Authenticator data with an attested credential (WebAuthn L3 6.1, 6.5.1). */
export interface AuthenticatorData {
  readonly bytes: Uint8Array;
  readonly rpIdHash: Uint8Array;
  readonly flags: AuthenticatorFlags;
  readonly signCount: number;
  /** Lower-case GUID. */
  readonly aaguid: string;
  readonly aaguidBytes: Uint8Array;
  readonly credentialId: Uint8Array;
  /** The COSE key as it stands. */
  readonly publicKeyBytes: Uint8Array;
  readonly publicKey: CoseKey;
  readonly extensions: CborMap | null;
  /** Bytes that belong to nothing: 0 for what an authenticator makes. */
  readonly trailing: number;
}

export const MAX_CREDENTIAL_ID_BYTES = 1023;

/** A GUID in the byte order of its text. */
export function guidText(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** The authenticator data of a registration, or null when it holds no whole attested credential. */
export function readAuthenticatorData(bytes: Uint8Array): AuthenticatorData | null {
  if (bytes.length < 55) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = view.getUint8(32);
  const flags = {
    userPresent: (bits & 0x01) !== 0,
    userVerified: (bits & 0x04) !== 0,
    backupEligible: (bits & 0x08) !== 0,
    backedUp: (bits & 0x10) !== 0,
    attestedCredential: (bits & 0x40) !== 0,
    extensions: (bits & 0x80) !== 0,
  };
  const idLength = view.getUint16(53);
  if (!flags.attestedCredential || idLength === 0 || idLength > MAX_CREDENTIAL_ID_BYTES) return null;
  const keyAt = 55 + idLength;
  if (bytes.length <= keyAt) return null;
  const key = readCborPrefix(bytes.subarray(keyAt));
  const publicKey = key && readCoseKey(key.value);
  if (key === null || publicKey === null) return null;
  const keyEnd = keyAt + key.length;
  const extensions = flags.extensions ? readCborPrefix(bytes.subarray(keyEnd)) : null;
  if (flags.extensions && (extensions === null || !isMap(extensions.value))) return null;
  return {
    bytes,
    rpIdHash: bytes.subarray(0, 32),
    flags,
    signCount: view.getUint32(33),
    aaguid: guidText(bytes.subarray(37, 53)),
    aaguidBytes: bytes.subarray(37, 53),
    credentialId: bytes.subarray(55, keyAt),
    publicKeyBytes: bytes.subarray(keyAt, keyEnd),
    publicKey,
    extensions: extensions !== null && isMap(extensions.value) ? extensions.value : null,
    trailing: bytes.length - keyEnd - (extensions?.length ?? 0),
  };
}
