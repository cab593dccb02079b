/**
 * The structures of TPM 2.0 Part 2 that are used here, to and from their bytes. All numbers are big-endian; a `TPM2B` is
 * a 16-bit size and that many bytes.
 */
import { createHash } from 'node:crypto';

/** TPM_ALG_ID (6.3). */
export const ALG = {
  RSA: 0x0001,
  SHA1: 0x0004,
  AES: 0x0006,
  SHA256: 0x000b,
  NULL: 0x0010,
  RSASSA: 0x0014,
  ECDSA: 0x0018,
  ECC: 0x0023,
  CFB: 0x0043,
} as const;

/** TPMA_OBJECT (8.3.2). */
export const ATTRIBUTE = {
  fixedTPM: 0x0000_0002,
  fixedParent: 0x0000_0010,
  sensitiveDataOrigin: 0x0000_0020,
  userWithAuth: 0x0000_0040,
  noDA: 0x0000_0400,
  restricted: 0x0001_0000,
  decrypt: 0x0002_0000,
  sign: 0x0004_0000,
} as const;

const NIST_P256 = 0x0003;
const P256_BYTES = 32;
/** TPM_ST_HASHCHECK. */
const HASHCHECK = 0x8024;

export type HashAlgorithm = typeof ALG.SHA1 | typeof ALG.SHA256;
export type Scheme = { algorithm: typeof ALG.RSASSA | typeof ALG.ECDSA; hash: HashAlgorithm };

/** A TPMT_PUBLIC in the fields that may differ; an empty `unique` is a template. */
export type Public = {
  type: typeof ALG.RSA | typeof ALG.ECC;
  nameAlg: HashAlgorithm;
  attributes: number;
  authPolicy: Uint8Array;
  /** A parent that protects others: AES-128 in CFB mode. */
  symmetric: boolean;
  /** What it signs with; null leaves that to each signature. */
  scheme: Scheme | null;
  /** The modulus, or the two coordinates. */
  unique: { n: Uint8Array } | { x: Uint8Array; y: Uint8Array };
};

export type Signature =
  | { algorithm: typeof ALG.RSASSA; hash: HashAlgorithm; signature: Uint8Array }
  | { algorithm: typeof ALG.ECDSA; hash: HashAlgorithm; r: Uint8Array; s: Uint8Array };

export type Bytes = Uint8Array<ArrayBuffer>;

export const concat = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));

export const u8 = (value: number): Bytes => Uint8Array.of(value);

export function u16(value: number): Bytes {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value);
  return bytes;
}

export function u32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A TPM2B. */
export const sized = (bytes: Uint8Array): Bytes => concat(u16(bytes.length), bytes);

export const NOTHING: Bytes = new Uint8Array();

/** Reads a response in order and refuses to read past its end. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  take(length: number): Bytes {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('The TPM said less than it announced.');
    return new Uint8Array(this.#bytes.subarray(from, this.#at));
  }

  u8 = () => this.take(1)[0] ?? 0;
  u16 = () => Buffer.from(this.take(2)).readUInt16BE();
  u32 = () => Buffer.from(this.take(4)).readUInt32BE();
  sized = () => this.take(this.u16());
  rest = () => this.take(this.#bytes.length - this.#at);
}

const encodeScheme = (scheme: Scheme | null) =>
  scheme === null ? u16(ALG.NULL) : concat(u16(scheme.algorithm), u16(scheme.hash));

/** TPMT_PUBLIC (12.2.4). RSA keys have 2048 bits and the exponent 65537, EC keys are on P-256. */
export function encodePublic(key: Public): Bytes {
  const symmetric = key.symmetric ? concat(u16(ALG.AES), u16(128), u16(ALG.CFB)) : u16(ALG.NULL);
  return concat(
    u16(key.type),
    u16(key.nameAlg),
    u32(key.attributes),
    sized(key.authPolicy),
    symmetric,
    encodeScheme(key.scheme),
    'n' in key.unique
      ? concat(u16(2048), u32(0), sized(key.unique.n))
      : concat(u16(NIST_P256), u16(ALG.NULL), sized(key.unique.x), sized(key.unique.y)),
  );
}

/** A coordinate with its leading zeros, which a TPM may leave out. */
const padded = (bytes: Uint8Array): Bytes => concat(new Uint8Array(P256_BYTES - bytes.length), bytes);

/** The inverse of `encodePublic`, for the keys that it makes. */
export function decodePublic(bytes: Uint8Array): Public {
  const reader = new Reader(bytes);
  const type = reader.u16() as Public['type'];
  const nameAlg = reader.u16() as HashAlgorithm;
  const attributes = reader.u32();
  const authPolicy = reader.sized();
  const symmetric = reader.u16() !== ALG.NULL;
  if (symmetric) reader.take(4);
  const algorithm = reader.u16();
  const scheme =
    algorithm === ALG.NULL
      ? null
      : { algorithm: algorithm as Scheme['algorithm'], hash: reader.u16() as HashAlgorithm };
  const common = { type, nameAlg, attributes, authPolicy, symmetric, scheme };
  if (type === ALG.RSA) {
    reader.take(6);
    return { ...common, unique: { n: reader.sized() } };
  }
  reader.take(4);
  return { ...common, unique: { x: padded(reader.sized()), y: padded(reader.sized()) } };
}

/** TPMT_SIGNATURE (11.3.4). */
export function encodeSignature(signature: Signature): Bytes {
  const head = concat(u16(signature.algorithm), u16(signature.hash));
  return signature.algorithm === ALG.RSASSA
    ? concat(head, sized(signature.signature))
    : concat(head, sized(signature.r), sized(signature.s));
}

export function decodeSignature(reader: Reader): Signature {
  const algorithm = reader.u16();
  const hash = reader.u16() as HashAlgorithm;
  if (algorithm === ALG.RSASSA) return { algorithm, hash, signature: reader.sized() };
  if (algorithm === ALG.ECDSA) return { algorithm, hash, r: reader.sized(), s: reader.sized() };
  throw new Error(`A signature of the algorithm 0x${algorithm.toString(16)} is not known here.`);
}

/** The ticket of a digest that the TPM did not make itself: none (10.6.6, in the NULL hierarchy). */
export const noTicket = (): Bytes => concat(u16(HASHCHECK), u32(HIERARCHY.null), sized(NOTHING));

/** TPM_RH (7.4). */
export const HIERARCHY = {
  owner: 0x4000_0001,
  null: 0x4000_0007,
  lockout: 0x4000_000a,
  endorsement: 0x4000_000b,
} as const;

const HASH_NAME = { [ALG.SHA1]: 'sha1', [ALG.SHA256]: 'sha256' } as const;

export const hash = (algorithm: HashAlgorithm, ...parts: Uint8Array[]): Bytes =>
  new Uint8Array(
    createHash(HASH_NAME[algorithm])
      .update(concat(...parts))
      .digest(),
  );

/** The Name of an object: its nameAlg and the digest of its public area (Part 1, 16). */
export const nameOf = (publicArea: Uint8Array): Bytes => {
  const algorithm = new Reader(publicArea.slice(2)).u16() as HashAlgorithm;
  return concat(u16(algorithm), hash(algorithm, publicArea));
};
