/**
 * The structures of TPM 2.0 Library Part 2 that an attestation statement carries, read strictly: every field has a value
 * that the specification knows, sizes are believed only when the bytes are there. What follows a structure is counted, not
 * hidden.
 */
export const TPM_GENERATED_VALUE = 0xff544347;
export const TPM_ST_ATTEST_CERTIFY = 0x8017;

/** Part 2 6.3, the identifiers that these structures can hold. */
const ALGORITHMS: Readonly<Record<number, string>> = {
  1: 'RSA',
  4: 'SHA1',
  6: 'AES',
  11: 'SHA256',
  12: 'SHA384',
  13: 'SHA512',
  16: 'NULL',
  20: 'RSASSA',
  21: 'RSAES',
  22: 'RSAPSS',
  23: 'OAEP',
  24: 'ECDSA',
  25: 'ECDH',
  26: 'ECDAA',
  28: 'ECSCHNORR',
  29: 'ECMQV',
  35: 'ECC',
  38: 'CAMELLIA',
};
export type TpmHash = 'SHA1' | 'SHA256' | 'SHA384' | 'SHA512';
const HASH_SIZES: Readonly<Record<TpmHash, number>> = { SHA1: 20, SHA256: 32, SHA384: 48, SHA512: 64 };

/** Part 2 6.10 (TPM_ST). */
const STRUCTURE_TAGS: Readonly<Record<number, string>> = {
  32788: 'TPM_ST_ATTEST_NV',
  32789: 'TPM_ST_ATTEST_COMMAND_AUDIT',
  32790: 'TPM_ST_ATTEST_SESSION_AUDIT',
  [TPM_ST_ATTEST_CERTIFY]: 'TPM_ST_ATTEST_CERTIFY',
  32792: 'TPM_ST_ATTEST_QUOTE',
  32793: 'TPM_ST_ATTEST_TIME',
  32794: 'TPM_ST_ATTEST_CREATION',
  32796: 'TPM_ST_ATTEST_NV_DIGEST',
};

/** The name of a structure tag, or its number. */
export function structureTagWords(tag: number): string {
  return STRUCTURE_TAGS[tag] ?? `0x${tag.toString(16).padStart(4, '0')}`;
}

/** Part 2 6.4 (TPM_ECC_CURVE) with what COSE calls them, and the size of a coordinate. */
const CURVES: Readonly<Record<number, { name: string; cose: number; size: number }>> = {
  3: { name: 'NIST P-256', cose: 1, size: 32 },
  4: { name: 'NIST P-384', cose: 2, size: 48 },
  5: { name: 'NIST P-521', cose: 3, size: 66 },
};

/** Part 2 8.3 (TPMA_OBJECT): the bits by their names there. The rest is reserved and shall be zero. */
const ATTRIBUTE_BITS = {
  fixedTPM: 1,
  stClear: 2,
  fixedParent: 4,
  sensitiveDataOrigin: 5,
  userWithAuth: 6,
  adminWithPolicy: 7,
  firmwareLimited: 8,
  svnLimited: 9,
  noDA: 10,
  encryptedDuplication: 11,
  restricted: 16,
  decrypt: 17,
  sign: 18,
  x509sign: 19,
} as const;
export type TpmAttribute = keyof typeof ATTRIBUTE_BITS;
const RESERVED_ATTRIBUTES =
  ~Object.values(ATTRIBUTE_BITS).reduce<number>((bits, bit) => bits | (1 << bit), 0) >>> 0;

class Malformed extends Error {}

class Reader {
  private at = 0;
  private readonly view: DataView;
  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get rest(): number {
    return this.bytes.length - this.at;
  }
  take(length: number): Uint8Array {
    if (length > this.rest) throw new Malformed();
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
  private move(length: number): number {
    const from = this.at;
    this.take(length);
    return from;
  }
  uint8(): number {
    return this.view.getUint8(this.move(1));
  }
  uint16(): number {
    return this.view.getUint16(this.move(2));
  }
  uint32(): number {
    return this.view.getUint32(this.move(4));
  }
  uint64(): bigint {
    return this.view.getBigUint64(this.move(8));
  }
  /** A TPM2B: a size and so many bytes. `maximum` is the most that this field may hold. */
  sized(maximum: number): Uint8Array {
    const length = this.uint16();
    if (length > maximum) throw new Malformed();
    return this.take(length);
  }
  algorithm(allowed: readonly string[]): string {
    const name = ALGORITHMS[this.uint16()];
    if (name === undefined || !allowed.includes(name)) throw new Malformed();
    return name;
  }
  hash(): TpmHash {
    return this.algorithm(Object.keys(HASH_SIZES)) as TpmHash;
  }
}

function reading<T>(
  bytes: Uint8Array,
  read: (reader: Reader) => T,
): (T & { readonly trailing: number }) | null {
  const reader = new Reader(bytes);
  try {
    const value = read(reader);
    return { ...value, trailing: reader.rest };
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** A TPM object's name (Part 1 16): the hash it was made with, and the digest of its public area. */
export interface TpmName {
  readonly hash: TpmHash;
  readonly digest: Uint8Array;
}

/** TPMS_ATTEST (Part 2 10.12.12). */
export interface Attest {
  readonly magic: number;
  readonly type: number;
  readonly qualifiedSigner: Uint8Array;
  readonly extraData: Uint8Array;
  readonly clock: bigint;
  readonly resetCount: number;
  readonly restartCount: number;
  readonly safe: boolean;
  readonly firmwareVersion: bigint;
  /** What TPM2_Certify attests (TPMS_CERTIFY_INFO); null for every other type, whose contents are not read. */
  readonly attested: { readonly name: TpmName; readonly qualifiedName: Uint8Array } | null;
}

/** TPMU_HA of the largest hash with its identifier. */
const MAX_NAME_BYTES = 66;

function readName(bytes: Uint8Array): TpmName {
  const reader = new Reader(bytes);
  const hash = reader.hash();
  const digest = reader.take(HASH_SIZES[hash]);
  if (reader.rest !== 0) throw new Malformed();
  return { hash, digest };
}

/** Reads TPMS_ATTEST from the beginning of these bytes; `trailing` says how many are left. null: it is none. */
export function readAttest(bytes: Uint8Array): (Attest & { readonly trailing: number }) | null {
  const read = reading(bytes, (reader) => {
    const head = {
      magic: reader.uint32(),
      type: reader.uint16(),
      qualifiedSigner: reader.sized(MAX_NAME_BYTES),
      extraData: reader.sized(MAX_NAME_BYTES),
      clock: reader.uint64(),
      resetCount: reader.uint32(),
      restartCount: reader.uint32(),
      safe: reader.uint8(),
      firmwareVersion: reader.uint64(),
    };
    // TPMI_YES_NO (Part 2 9.2).
    if (head.safe > 1 || STRUCTURE_TAGS[head.type] === undefined) throw new Malformed();
    if (head.type !== TPM_ST_ATTEST_CERTIFY) return { ...head, safe: head.safe === 1, attested: null };
    const name = readName(reader.sized(MAX_NAME_BYTES));
    const attested = { name, qualifiedName: reader.sized(MAX_NAME_BYTES) };
    return { ...head, safe: head.safe === 1, attested };
  });
  return read !== null && read.attested === null ? { ...read, trailing: 0 } : read;
}

/** A signing or encryption scheme (TPMT_ASYM_SCHEME, Part 2 11.2.3.6); null is TPM_ALG_NULL: any that fits. */
export interface TpmScheme {
  readonly name: string;
  readonly hash: TpmHash | null;
}

/** TPMT_PUBLIC (Part 2 12.2.4) of an RSA or ECC key. */
export interface PublicArea {
  readonly nameHash: TpmHash;
  /** The bits of TPMA_OBJECT. */
  readonly attributeBits: number;
  readonly attributes: ReadonlySet<TpmAttribute>;
  readonly authPolicy: Uint8Array;
  readonly scheme: TpmScheme | null;
  readonly key:
    | { readonly type: 'rsa'; readonly bits: number; readonly exponent: number; readonly modulus: Uint8Array }
    | {
        readonly type: 'ecc';
        readonly curve: { readonly name: string; readonly cose: number; readonly size: number };
        readonly x: Uint8Array;
        readonly y: Uint8Array;
      };
}

const SCHEMES = {
  RSA: ['NULL', 'RSASSA', 'RSAPSS', 'RSAES', 'OAEP'],
  ECC: ['NULL', 'ECDSA', 'ECDH', 'ECDAA', 'ECSCHNORR', 'ECMQV'],
} as const;

function readScheme(reader: Reader, allowed: readonly string[]): TpmScheme | null {
  const name = reader.algorithm(allowed);
  if (name === 'NULL') return null;
  // TPMS_EMPTY: RSAES has no hash.
  const scheme = { name, hash: name === 'RSAES' ? null : reader.hash() };
  // TPMS_SIGNATURE_SCHEME_ECDAA has a count too.
  if (name === 'ECDAA') reader.uint16();
  return scheme;
}

/** TPMT_SYM_DEF_OBJECT (Part 2 11.1.7): only a storage key has one, but a legal structure is read. */
function readSymmetric(reader: Reader): void {
  if (reader.algorithm(['NULL', 'AES', 'CAMELLIA']) === 'NULL') return;
  reader.uint16();
  reader.uint16();
}

/** TPMU_PUBLIC_PARMS and TPMU_PUBLIC_ID (Part 2 12.2.3.7, 12.2.3.2). */
function readKey(reader: Reader, type: string): Pick<PublicArea, 'scheme' | 'key'> {
  readSymmetric(reader);
  if (type === 'RSA') {
    const scheme = readScheme(reader, SCHEMES.RSA);
    const bits = reader.uint16();
    const exponent = reader.uint32();
    const modulus = reader.sized(512);
    if (bits % 8 !== 0 || modulus.length * 8 !== bits) throw new Malformed();
    // Zero stands for 2^16 + 1 (Part 2 12.2.3.5).
    return { scheme, key: { type: 'rsa', bits, exponent: exponent === 0 ? 65_537 : exponent, modulus } };
  }
  const scheme = readScheme(reader, SCHEMES.ECC);
  const curve = CURVES[reader.uint16()];
  if (curve === undefined) throw new Malformed();
  // TPMT_KDF_SCHEME (Part 2 11.2.3.3): NULL for every key that exists.
  reader.algorithm(['NULL']);
  const [x, y] = [reader.sized(curve.size), reader.sized(curve.size)];
  return { scheme, key: { type: 'ecc', curve, x: padded(x, curve.size), y: padded(y, curve.size) } };
}

/** A TPM may leave leading zeros of a coordinate out; COSE never does. */
function padded(coordinate: Uint8Array, size: number): Uint8Array {
  if (coordinate.length === size) return coordinate;
  const whole = new Uint8Array(size);
  whole.set(coordinate, size - coordinate.length);
  return whole;
}

/** Reads TPMT_PUBLIC from the beginning of these bytes; `trailing` says how many are left. null: it is none. */
export function readPublicArea(bytes: Uint8Array): (PublicArea & { readonly trailing: number }) | null {
  return reading(bytes, (reader) => {
    const type = reader.algorithm(['RSA', 'ECC']);
    const nameHash = reader.hash();
    const attributeBits = reader.uint32();
    if ((attributeBits & RESERVED_ATTRIBUTES) !== 0) throw new Malformed();
    const attributes = new Set(
      (Object.keys(ATTRIBUTE_BITS) as TpmAttribute[]).filter(
        (name) => (attributeBits & (1 << ATTRIBUTE_BITS[name])) !== 0,
      ),
    );
    const authPolicy = reader.sized(64);
    return { nameHash, attributeBits, attributes, authPolicy, ...readKey(reader, type) };
  });
}
