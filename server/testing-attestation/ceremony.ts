import 'server-only';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import { toBase64Url } from '#domain/base64url';
import type { RegistrationResponse } from '#domain/wire';
import { ascii, type Bytes, hash, join, u16 } from './bytes.ts';
import { isRsa, type KeyPair, keys, member } from './keys.ts';

export const HELLO_TPM = '08987058-cadc-4b81-b6e1-30de50dcbe96';
export const HELLO_VBS = '9ddd1817-af5a-4672-a2b9-3e3dd95000a9';
export const HELLO_SOFTWARE = '6028b017-b1d4-4c02-b4b3-afcdafc96bb2';
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Forges attestation statements as their formats want them, down to the bytes that Windows writes, and with any one thing
 * different on request. Everything around the difference is made and signed anew, so that nothing else gives it away.
 */
export interface CeremonyOptions {
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly clientData?: Readonly<Record<string, unknown>>;
  readonly aaguid?: string;
  readonly flags?: number;
  readonly credentialId?: Bytes;
  readonly responseId?: Bytes;
  readonly key?: KeyPair;
  /** What the COSE key says of its algorithm. */
  readonly algorithm?: number;
  /** Bytes after everything. */
  readonly authDataTail?: Bytes;
  /** Changes the statement's members when everything is signed. */
  readonly statement?: (members: Map<string, unknown>) => void;
  /** Another name for the format. */
  readonly format?: string;
}

export const FLAGS = 0x45;
export const CHALLENGE = toBase64Url(hash('sha256', ascii('the challenge')));
export const EXPECTED_ORIGIN = 'http://localhost:3000';
const CREDENTIAL_ID = hash('sha256', ascii('the credential'));

function coseKey(key: KeyPair, algorithm?: number): Bytes {
  const members: [number, number | Bytes][] = isRsa(key)
    ? [
        [1, 3],
        [3, algorithm ?? -257],
        [-1, member(key, 'n')],
        [-2, member(key, 'e')],
      ]
    : [
        [1, 2],
        [3, algorithm ?? -7],
        [-1, 1],
        [-2, member(key, 'x')],
        [-3, member(key, 'y')],
      ];
  return encodeCBOR(
    new Map(
      members.map(([label, value]) => [label, typeof value === 'number' ? value : new Uint8Array(value)]),
    ),
  );
}

interface Ceremony {
  readonly key: KeyPair;
  readonly authData: Buffer<ArrayBuffer>;
  readonly clientDataJSON: Buffer<ArrayBuffer>;
  readonly clientDataHash: Buffer;
  readonly credentialId: Bytes;
  readonly rpIdHash: Buffer;
}

export function ceremony(options: CeremonyOptions, aaguid: string): Ceremony {
  const { key = keys.es256(), credentialId = CREDENTIAL_ID, flags = FLAGS } = options;
  const clientDataJSON = Buffer.from(
    JSON.stringify({
      type: 'webauthn.create',
      challenge: options.challenge ?? CHALLENGE,
      origin: options.origin ?? EXPECTED_ORIGIN,
      crossOrigin: false,
      ...options.clientData,
    }),
  );
  const rpIdHash = hash('sha256', ascii(options.rpId ?? 'localhost'));
  const authData = join(
    rpIdHash,
    Uint8Array.of(flags, 0, 0, 0, 0),
    Buffer.from((options.aaguid ?? aaguid).replaceAll('-', ''), 'hex'),
    u16(credentialId.length),
    credentialId,
    coseKey(key, options.algorithm),
    options.authDataTail ?? new Uint8Array(),
  );
  return {
    key,
    authData,
    clientDataJSON,
    clientDataHash: hash('sha256', clientDataJSON),
    credentialId,
    rpIdHash,
  };
}

export function response(
  format: string,
  members: readonly (readonly [string, unknown])[],
  made: Ceremony,
  options: CeremonyOptions,
): RegistrationResponse {
  const statement = new Map<string, unknown>(members);
  options.statement?.(statement);
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return new Uint8Array(value);
    return Array.isArray(value) ? value.map(plain) : value;
  };
  const attStmt = new Map([...statement].map(([name, value]) => [name, plain(value)]));
  const object = new Map<string, unknown>([
    ['fmt', options.format ?? format],
    ['attStmt', attStmt],
    ['authData', new Uint8Array(made.authData)],
  ]);
  const id = toBase64Url(options.responseId ?? made.credentialId);
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response: {
      clientDataJSON: toBase64Url(made.clientDataJSON),
      attestationObject: toBase64Url(encodeCBOR(object as Parameters<typeof encodeCBOR>[0])),
      transports: ['internal'],
    },
  };
}
