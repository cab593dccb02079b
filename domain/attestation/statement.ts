import { sha256 } from '@noble/hashes/sha2.js';
import { type AuthenticatorData, readAuthenticatorData } from './authenticator-data.ts';
import { joinBytes } from './bytes.ts';
import { type Cbor, type CborMap, isMap, readCbor } from './cbor.ts';
import { type ClientData, readClientDataBytes } from './client-data.ts';

/** The statements that are judged (WebAuthn L3 8), each with exactly the members of its format. */
export type Statement =
  | { readonly format: 'none' }
  | {
      readonly format: 'packed';
      readonly algorithm: number;
      readonly signature: Uint8Array;
      /** null: self attestation. */
      readonly x5c: readonly Uint8Array[] | null;
    }
  | {
      readonly format: 'tpm';
      readonly version: string;
      readonly algorithm: number;
      readonly signature: Uint8Array;
      readonly x5c: readonly Uint8Array[];
      readonly certInfo: Uint8Array;
      readonly pubArea: Uint8Array;
    }
  | { readonly format: 'fido-u2f'; readonly signature: Uint8Array; readonly x5c: readonly Uint8Array[] }
  | {
      readonly format: 'android-key';
      readonly algorithm: number;
      readonly signature: Uint8Array;
      readonly x5c: readonly Uint8Array[];
    }
  | { readonly format: 'apple'; readonly x5c: readonly Uint8Array[] };

export type StatementFormat = Statement['format'];
export const statementFormats = ['none', 'packed', 'tpm', 'fido-u2f', 'android-key', 'apple'] as const;

/** A registration taken apart: nothing of it is proven yet. */
export interface Registration {
  readonly clientData: ClientData;
  readonly clientDataHash: Uint8Array;
  /** What the attestation object names, judged or not. */
  readonly format: string;
  /** null: a format that is not judged, or members that are not those of its format. */
  readonly statement: Statement | null;
  readonly authData: AuthenticatorData;
}

export type Unreadable = 'client_data' | 'attestation_object' | 'authenticator_data';

/** The longest chain that is looked at: Windows sends two certificates, Android four. */
const MAX_CERTIFICATES = 8;

function chain(value: Cbor | undefined): readonly Uint8Array[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CERTIFICATES) return null;
  return value.every((each) => each instanceof Uint8Array) ? value : null;
}

/** Whether the map has these keys and no others. */
function has(map: CborMap, ...keys: readonly string[]): boolean {
  return map.size === keys.length && keys.every((key) => map.has(key));
}

function readStatement(format: string, map: CborMap): Statement | null {
  const [algorithm, signature] = [map.get('alg'), map.get('sig')];
  const x5c = chain(map.get('x5c'));
  switch (format) {
    case 'none':
      return map.size === 0 ? { format } : null;
    case 'apple':
      // Apple's devices write an `alg` that the specification does not know; it says nothing that is used.
      return (has(map, 'x5c') || (has(map, 'alg', 'x5c') && typeof algorithm === 'number')) && x5c !== null
        ? { format, x5c }
        : null;
    case 'fido-u2f':
      return has(map, 'x5c', 'sig') && x5c?.length === 1 && signature instanceof Uint8Array
        ? { format, signature, x5c }
        : null;
  }
  if (typeof algorithm !== 'number' || !(signature instanceof Uint8Array)) return null;
  switch (format) {
    case 'packed':
      if (has(map, 'alg', 'sig')) return { format, algorithm, signature, x5c: null };
      return has(map, 'alg', 'sig', 'x5c') && x5c !== null ? { format, algorithm, signature, x5c } : null;
    case 'android-key':
      return has(map, 'alg', 'sig', 'x5c') && x5c !== null ? { format, algorithm, signature, x5c } : null;
    case 'tpm': {
      const [version, certInfo, pubArea] = [map.get('ver'), map.get('certInfo'), map.get('pubArea')];
      if (!has(map, 'ver', 'alg', 'x5c', 'sig', 'certInfo', 'pubArea') || x5c === null) return null;
      if (typeof version !== 'string') return null;
      if (!(certInfo instanceof Uint8Array) || !(pubArea instanceof Uint8Array)) return null;
      return { format, version, algorithm, signature, x5c, certInfo, pubArea };
    }
    default:
      return null;
  }
}

/** Takes a registration apart, or says which part cannot be read at all. */
export function readRegistration(
  attestationObject: Uint8Array,
  clientDataJSON: Uint8Array,
): Registration | { readonly unreadable: Unreadable } {
  const clientData = readClientDataBytes(clientDataJSON);
  if (clientData === null) return { unreadable: 'client_data' };
  const object = readCbor(attestationObject);
  if (object === null || !isMap(object)) return { unreadable: 'attestation_object' };
  const [format, map, authDataBytes] = [object.get('fmt'), object.get('attStmt'), object.get('authData')];
  if (typeof format !== 'string' || !isMap(map) || !(authDataBytes instanceof Uint8Array))
    return { unreadable: 'attestation_object' };
  const authData = readAuthenticatorData(authDataBytes);
  if (authData === null) return { unreadable: 'authenticator_data' };
  const clientDataHash = sha256(clientDataJSON);
  return { clientData, clientDataHash, format, statement: readStatement(format, map), authData };
}

export function isUnreadable(
  read: Registration | { readonly unreadable: Unreadable },
): read is { readonly unreadable: Unreadable } {
  return 'unreadable' in read;
}

/** What a statement's signature is over, and whose key made it. */
export interface SignatureToVerify {
  readonly algorithm: number;
  readonly by: 'certificate' | 'credential';
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const ES256 = -7;

/** The signature of a statement, or null for one without (WebAuthn L3 8.2, 8.3, 8.4, 8.6). */
export function signatureToVerify({
  statement,
  authData,
  clientDataHash,
}: Pick<Registration, 'statement' | 'authData' | 'clientDataHash'>): SignatureToVerify | null {
  switch (statement?.format) {
    case 'packed':
    case 'android-key':
      return {
        algorithm: statement.algorithm,
        by: statement.x5c === null ? 'credential' : 'certificate',
        message: joinBytes(authData.bytes, clientDataHash),
        signature: statement.signature,
      };
    case 'tpm':
      return {
        algorithm: statement.algorithm,
        by: 'certificate',
        message: statement.certInfo,
        signature: statement.signature,
      };
    case 'fido-u2f': {
      const { publicKey } = authData;
      if (publicKey.type !== 'ec') return null;
      const point = joinBytes(Uint8Array.of(4), publicKey.x, publicKey.y);
      return {
        algorithm: ES256,
        by: 'certificate',
        message: joinBytes(Uint8Array.of(0), authData.rpIdHash, clientDataHash, authData.credentialId, point),
        signature: statement.signature,
      };
    }
    default:
      return null;
  }
}
