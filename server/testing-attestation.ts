import 'server-only';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import { toBase64Url } from '#domain/base64url';
import { der, derInteger, derTime, TAG } from '#domain/der';
import type { RegistrationResponse } from '#domain/wire';
import type { Anchor } from './attestation/verification.ts';

/**
 * Forges attestation statements as their formats want them, down to the bytes that Windows writes, and with any one thing
 * different on request. Everything around the difference is made and signed anew, so that nothing else gives it away.
 */
type Bytes = Uint8Array;

const join = (...parts: readonly Bytes[]): Buffer<ArrayBuffer> => Buffer.concat(parts as Uint8Array[]);
const hash = (name: string, ...parts: readonly Bytes[]) =>
  createHash(name)
    .update(join(...parts))
    .digest();
const ascii = (text: string) => Buffer.from(text, 'utf8');

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Keys that may be shared between statements, because making them takes longer than all the rest. */
export const keys = {
  root: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  intermediate: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  stranger: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  akRsa: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  akShort: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 1024 })),
  akEc: once((): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  rs256: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  es256: once((): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  other: once((): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
} as const;

// Certificates (RFC 5280 4.1), written by hand so that each can be wrong in one place.

const oid = (dotted: string): Bytes => {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...arcs].flatMap((arc) => {
    const out = [arc & 0x7f];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      out.unshift(0x80 | (rest & 0x7f));
    return out;
  });
  return der(TAG.objectIdentifier, Uint8Array.from(octets));
};

const utf8String = (text: string) => der(0x0c, ascii(text));
const set = (...contents: readonly Bytes[]) => der(0x31, ...contents);
const sequence = (...contents: readonly Bytes[]) => der(TAG.sequence, ...contents);
const octetString = (content: Bytes) => der(TAG.octetString, content);
const boolean = (value: boolean) => der(0x01, Uint8Array.of(value ? 0xff : 0));

const attribute = (type: string, value: string) => sequence(oid(type), utf8String(value));

export type NameParts = readonly (readonly [type: string, value: string])[];
const nameOf = (parts: NameParts) => sequence(...parts.map(([type, value]) => set(attribute(type, value))));

const named = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
} as const;
const commonName = (value: string): NameParts => [[named.CN, value]];

interface WrittenExtension {
  readonly id: string;
  readonly critical?: boolean;
  readonly value: Bytes;
}

export const extension = {
  basicConstraints: (ca: boolean, pathLength?: number): WrittenExtension => ({
    id: '2.5.29.19',
    critical: true,
    value: sequence(
      ...(ca ? [boolean(true)] : []),
      ...(pathLength === undefined ? [] : [derInteger(pathLength)]),
    ),
  }),
  /** The first bits of RFC 5280 4.2.1.3, the leftmost first: `1` is digitalSignature, `000001` keyCertSign. */
  keyUsage: (bits: string): WrittenExtension => ({
    id: '2.5.29.15',
    critical: true,
    value: der(TAG.bitString, Uint8Array.of(8 - bits.length, Number.parseInt(bits.padEnd(8, '0'), 2))),
  }),
  extendedKeyUsage: (...usages: readonly string[]): WrittenExtension => ({
    id: '2.5.29.37',
    value: sequence(...usages.map(oid)),
  }),
  alternativeName: (names: readonly Bytes[], critical = true): WrittenExtension => ({
    id: '2.5.29.17',
    critical,
    value: sequence(...names),
  }),
  aaguid: (aaguid: string, critical = false): WrittenExtension => ({
    id: '1.3.6.1.4.1.45724.1.1.4',
    critical,
    value: octetString(Buffer.from(aaguid.replaceAll('-', ''), 'hex')),
  }),
  unknown: (critical: boolean): WrittenExtension => ({
    id: '1.3.6.1.4.1.99999.1',
    critical,
    value: octetString(ascii('?')),
  }),
  appleNonce: (nonce: Bytes): WrittenExtension => ({
    id: '1.2.840.113635.100.8.2',
    value: sequence(der(0xa1, octetString(nonce))),
  }),
  androidKeyDescription: (given: {
    readonly challenge: Bytes;
    readonly level?: number;
    readonly allApplications?: boolean;
    readonly imported?: boolean;
  }): WrittenExtension => {
    const level = der(TAG.enumerated, Uint8Array.of(given.level ?? 1));
    const purposes = der(0xa1, set(derInteger(2)));
    const origin = der702(derInteger(given.imported ? 2 : 0));
    const all = given.allApplications ? [Uint8Array.of(0xbf, 0x84, 0x58, 0x02, 0x05, 0x00)] : [];
    return {
      id: '1.3.6.1.4.1.11129.2.1.17',
      value: sequence(
        derInteger(3),
        level,
        derInteger(3),
        level,
        octetString(given.challenge),
        octetString(new Uint8Array()),
        sequence(...all),
        sequence(purposes, origin),
      ),
    };
  },
} as const;

const der702 = (content: Bytes) => join(Uint8Array.of(0xbf, 0x85, 0x3e, content.length), content);

/** GeneralName directoryName (RFC 5280 4.2.1.6); `together` writes one RDN with several attributes. */
export function directoryName(parts: NameParts, together = false): Bytes {
  const name = together
    ? sequence(set(...parts.map(([type, value]) => attribute(type, value))))
    : nameOf(parts);
  return der(0xa4, name);
}
export const dnsName = (name: string): Bytes => der(0x82, ascii(name));

const signatureAlgorithm = (key: KeyObject, hashName: 'sha1' | 'sha256') => {
  const ids = {
    rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
    ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
  } as const;
  return key.asymmetricKeyType === 'ec'
    ? sequence(oid(ids.ec[hashName]))
    : sequence(oid(ids.rsa[hashName]), der(0x05));
};

export interface CertificateOptions {
  readonly subject: NameParts;
  readonly issuer: NameParts;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly WrittenExtension[];
  readonly version?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: 'sha1' | 'sha256';
}

export function writeCertificate(options: CertificateOptions): Buffer {
  const { version = 3, hash: hashName = 'sha256' } = options;
  const algorithm = signatureAlgorithm(options.signer, hashName);
  const extensions = options.extensions.map(({ id, critical, value }) =>
    sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value)),
  );
  const toBeSigned = sequence(
    ...(version === 1 ? [] : [der(0xa0, derInteger(version - 1))]),
    derInteger(
      hash('sha256', options.publicKey.export({ format: 'der', type: 'spki' }))
        .subarray(0, 8)
        .fill(0x11, 0, 1),
    ),
    algorithm,
    nameOf(options.issuer),
    sequence(
      derTime(options.notBefore ?? new Date('2020-01-01T00:00:00Z')),
      derTime(options.notAfter ?? new Date('2045-01-01T00:00:00Z')),
    ),
    nameOf(options.subject),
    options.publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = sign(hashName, toBeSigned, options.signer);
  return join(sequence(toBeSigned, algorithm, der(TAG.bitString, Uint8Array.of(0), signature)));
}

export const ROOT = commonName('Forged TPM Root');
export const INTERMEDIATE = commonName('Forged NTC Intermediate');

const authority = (pathLength?: number) => [
  extension.basicConstraints(true, pathLength),
  extension.keyUsage('000001'),
];

export function rootCertificate(more: Partial<CertificateOptions> = {}): Buffer {
  const { publicKey, privateKey } = keys.root();
  return writeCertificate({
    subject: ROOT,
    issuer: ROOT,
    publicKey,
    signer: privateKey,
    extensions: authority(),
    ...more,
  });
}

export function intermediateCertificate(more: Partial<CertificateOptions> = {}): Buffer {
  return writeCertificate({
    subject: INTERMEDIATE,
    issuer: ROOT,
    publicKey: keys.intermediate().publicKey,
    signer: keys.root().privateKey,
    extensions: authority(0),
    ...more,
  });
}

/** The forged root, pinned for a format. */
export function forgedAnchor(
  format = 'tpm',
  certificate: Uint8Array = rootCertificate(),
  builtIn = false,
): Anchor {
  return { format, name: 'Forged TPM Root', certificate, builtIn };
}

export const HELLO_TPM = '08987058-cadc-4b81-b6e1-30de50dcbe96';
export const HELLO_VBS = '9ddd1817-af5a-4672-a2b9-3e3dd95000a9';
export const HELLO_SOFTWARE = '6028b017-b1d4-4c02-b4b3-afcdafc96bb2';
const NOBODY = '00000000-0000-0000-0000-000000000000';

// Authenticator data and client data.

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

const FLAGS = 0x45;
export const CHALLENGE = toBase64Url(hash('sha256', ascii('the challenge')));
export const EXPECTED_ORIGIN = 'http://localhost:3000';
const CREDENTIAL_ID = hash('sha256', ascii('the credential'));

const isRsa = ({ publicKey }: KeyPair) => publicKey.asymmetricKeyType === 'rsa';
const member = (key: KeyPair, name: 'x' | 'y' | 'n' | 'e') =>
  Buffer.from(String(key.publicKey.export({ format: 'jwk' })[name]), 'base64url');

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

function ceremony(options: CeremonyOptions, aaguid: string): Ceremony {
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

function response(
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

// TPM structures (TPM 2.0 Library Part 2).

const u16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const sized = (bytes: Bytes) => join(u16(bytes.length), bytes);
const NULL = u16(0x0010);
const hashIds = { sha1: 0x0004, sha256: 0x000b, sha384: 0x000c } as const;
type HashName = keyof typeof hashIds;

/** What Windows writes: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign ... */
export const ATTRIBUTES = { es256: 0x0004_0072, rs256: 0x0006_0472, vbs: 0x0006_0432 } as const;

export interface TpmOptions extends CeremonyOptions {
  readonly ak?: 'rs1' | 'rs256' | 'es256';
  /** What the statement says that it was signed with. */
  readonly claimedAlgorithm?: number;
  readonly attributes?: number;
  readonly nameHash?: HashName;
  /** What the certified name is made with, where it is not the key's own. */
  readonly attestedHash?: HashName;
  /** Bytes between parameters: an explicit scheme, such as `0018000b`. */
  readonly scheme?: string;
  /** The key in the public area, where it is another. */
  readonly areaKey?: KeyPair;
  readonly areaTail?: Bytes;
  readonly magic?: number;
  readonly attestType?: number;
  readonly extraData?: (right: Bytes) => Bytes;
  readonly certifiedName?: (right: Bytes) => Bytes;
  readonly certInfoTail?: Bytes;
  readonly signer?: KeyObject;
  readonly aik?: Partial<CertificateOptions>;
  /** Changes the AIK certificate's extensions by name; null leaves one out. */
  readonly aikExtensions?: Partial<
    Record<keyof ReturnType<typeof aikExtensions>, WrittenExtension | null>
  > & {
    readonly more?: readonly WrittenExtension[];
  };
  readonly identity?: NameParts;
  readonly intermediate?: Partial<CertificateOptions>;
  readonly chain?: (chain: readonly Bytes[]) => readonly Bytes[];
}

export const tpmIdentity = (manufacturer = 'id:4E544300'): NameParts => [
  ['2.23.133.2.1', manufacturer],
  ['2.23.133.2.2', 'NPCT75x'],
  ['2.23.133.2.3', 'id:00070002'],
];

function aikExtensions(identity: NameParts) {
  return {
    alternativeName: extension.alternativeName([directoryName(identity)]),
    extendedKeyUsage: extension.extendedKeyUsage('2.23.133.8.3'),
    basicConstraints: extension.basicConstraints(false),
    keyUsage: extension.keyUsage('1'),
  };
}

function publicArea(options: TpmOptions, key: KeyPair): Buffer {
  const { nameHash = 'sha256' } = options;
  const scheme = options.scheme === undefined ? NULL : Buffer.from(options.scheme, 'hex');
  const rsa = isRsa(key);
  const attributes = options.attributes ?? (rsa ? ATTRIBUTES.rs256 : ATTRIBUTES.es256);
  const parameters = rsa
    ? [NULL, scheme, u16(2048), u32(0), sized(member(key, 'n'))]
    : [NULL, scheme, u16(0x0003), NULL, sized(member(key, 'x')), sized(member(key, 'y'))];
  return join(
    u16(rsa ? 0x0001 : 0x0023),
    u16(hashIds[nameHash]),
    u32(attributes),
    sized(new Uint8Array()),
    ...parameters,
  );
}

const akAlgorithms = { rs1: -65535, rs256: -257, es256: -7 } as const;

/** A `tpm` statement as Windows Hello makes it (AK RSA-2048, SHA-1), or as asked. */
export function forgeTpm(options: TpmOptions = {}): RegistrationResponse {
  const { ak = 'rs1' } = options;
  const made = ceremony(options, HELLO_TPM);
  const hashName = ak === 'rs1' ? 'sha1' : 'sha256';
  const areaKey = options.areaKey ?? made.key;
  const area = publicArea(options, areaKey);
  const attestedHash = options.attestedHash ?? options.nameHash ?? 'sha256';
  const right = join(u16(hashIds[attestedHash]), hash(attestedHash, area));
  const name = options.certifiedName?.(right) ?? right;
  const extra = hash(hashName, made.authData, made.clientDataHash);
  const type = options.attestType ?? 0x8017;
  const certInfo = join(
    u32(options.magic ?? 0xff544347),
    u16(type),
    sized(join(u16(0x000b), hash('sha256', ascii('the parent')))),
    sized(options.extraData?.(extra) ?? extra),
    Buffer.from('00000001d3f4a5b60000000700000001010007000200000000', 'hex'),
    ...(type === 0x8017 ? [sized(name), sized(join(u16(0x000b), hash('sha256', name)))] : []),
    options.certInfoTail ?? new Uint8Array(),
  );
  const akKey = ak === 'es256' ? keys.akEc() : keys.akRsa();
  const { more = [], ...changed } = options.aikExtensions ?? {};
  const extensions = { ...aikExtensions(options.identity ?? tpmIdentity()), ...changed };
  const aik = writeCertificate({
    subject: [],
    issuer: INTERMEDIATE,
    publicKey: akKey.publicKey,
    signer: keys.intermediate().privateKey,
    extensions: [...Object.values(extensions).filter((each) => each !== null), ...more],
    ...options.aik,
  });
  const chain = [aik, intermediateCertificate(options.intermediate)];
  return response(
    'tpm',
    [
      ['alg', options.claimedAlgorithm ?? akAlgorithms[ak]],
      ['sig', sign(hashName, certInfo, options.signer ?? akKey.privateKey)],
      ['ver', '2.0'],
      ['x5c', [...(options.chain?.(chain) ?? chain)]],
      ['pubArea', join(area, options.areaTail ?? new Uint8Array())],
      ['certInfo', certInfo],
    ],
    made,
    options,
  );
}

// The other formats.

export function forgeNone(options: CeremonyOptions = {}): RegistrationResponse {
  return response('none', [], ceremony(options, NOBODY), options);
}

export interface SignedOptions extends CeremonyOptions {
  readonly signer?: KeyObject;
  readonly claimedAlgorithm?: number;
}

/** Self attestation: signed by the new key itself (WebAuthn L3 8.2). */
export function forgeSelf(options: SignedOptions = {}): RegistrationResponse {
  const made = ceremony(options, NOBODY);
  const message = join(made.authData, made.clientDataHash);
  return response(
    'packed',
    [
      ['alg', options.claimedAlgorithm ?? (isRsa(made.key) ? -257 : -7)],
      ['sig', sign('sha256', message, options.signer ?? made.key.privateKey)],
    ],
    made,
    options,
  );
}

export interface CertifiedOptions extends SignedOptions {
  readonly leaf?: Partial<CertificateOptions>;
  readonly chain?: (chain: readonly Bytes[]) => readonly Bytes[];
}

const PACKED_SUBJECT: NameParts = [
  [named.C, 'SE'],
  [named.O, 'Forged Keys'],
  [named.OU, 'Authenticator Attestation'],
  [named.CN, 'Forged Key 5'],
];
export const PACKED_AAGUID = 'ee882879-721c-4913-9775-3dfcce97072a';

function attestationCertificate(options: CertifiedOptions, defaults: Partial<CertificateOptions>): Buffer {
  return writeCertificate({
    subject: PACKED_SUBJECT,
    issuer: ROOT,
    publicKey: keys.akEc().publicKey,
    signer: keys.root().privateKey,
    extensions: [extension.basicConstraints(false)],
    ...defaults,
    ...options.leaf,
  });
}

/** Basic attestation of a security key (WebAuthn L3 8.2). */
export function forgePacked(options: CertifiedOptions = {}): RegistrationResponse {
  const made = ceremony({ flags: FLAGS, ...options }, PACKED_AAGUID);
  const message = join(made.authData, made.clientDataHash);
  const leaf = attestationCertificate(options, {
    extensions: [extension.basicConstraints(false), extension.aaguid(options.aaguid ?? PACKED_AAGUID)],
  });
  return response(
    'packed',
    [
      ['alg', options.claimedAlgorithm ?? -7],
      ['sig', sign('sha256', message, options.signer ?? keys.akEc().privateKey)],
      ['x5c', [...(options.chain?.([leaf]) ?? [leaf])]],
    ],
    made,
    options,
  );
}

/** A U2F security key (WebAuthn L3 8.6): no person, no model. */
export function forgeU2f(options: CertifiedOptions = {}): RegistrationResponse {
  const made = ceremony({ flags: 0x41, ...options }, NOBODY);
  const point = join(Uint8Array.of(4), member(made.key, 'x'), member(made.key, 'y'));
  const message = join(Uint8Array.of(0), made.rpIdHash, made.clientDataHash, made.credentialId, point);
  return response(
    'fido-u2f',
    [
      ['x5c', [attestationCertificate(options, { extensions: [] })]],
      ['sig', sign('sha256', message, options.signer ?? keys.akEc().privateKey)],
    ],
    made,
    options,
  );
}

export interface AndroidOptions extends CertifiedOptions {
  readonly description?: Partial<Parameters<typeof extension.androidKeyDescription>[0]>;
}

/** Android Keystore (WebAuthn L3 8.4): the certificate is over the new key. */
export function forgeAndroid(options: AndroidOptions = {}): RegistrationResponse {
  const made = ceremony(options, 'b93fd961-f2e6-462f-b122-82002247de78');
  const leaf = attestationCertificate(options, {
    subject: commonName('Android Keystore Key'),
    publicKey: made.key.publicKey,
    extensions: [
      extension.keyUsage('1'),
      extension.androidKeyDescription({ challenge: made.clientDataHash, ...options.description }),
    ],
  });
  return response(
    'android-key',
    [
      ['alg', options.claimedAlgorithm ?? -7],
      [
        'sig',
        sign('sha256', join(made.authData, made.clientDataHash), options.signer ?? made.key.privateKey),
      ],
      ['x5c', [...(options.chain?.([leaf]) ?? [leaf])]],
    ],
    made,
    options,
  );
}

/** Apple anonymous attestation (WebAuthn L3 8.8): no signature but the certificate's. */
export function forgeApple(
  options: CertifiedOptions & { readonly nonce?: Bytes } = {},
): RegistrationResponse {
  const made = ceremony(options, 'f24a8e70-d0d3-f82c-2937-32523cc4de5a');
  const nonce = options.nonce ?? hash('sha256', made.authData, made.clientDataHash);
  const leaf = attestationCertificate(options, {
    subject: commonName('Forged Enclave'),
    publicKey: made.key.publicKey,
    extensions: [extension.basicConstraints(false), extension.keyUsage('1'), extension.appleNonce(nonce)],
  });
  return response('apple', [['x5c', [leaf]]], made, options);
}
