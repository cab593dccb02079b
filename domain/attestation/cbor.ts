/**
 * Reading CBOR (RFC 8949) as WebAuthn uses it: definite lengths, text and integer keys, no tags, no fractions. Nothing is
 * believed before the bytes are there, so time and memory are bounded by the input.
 */
export type Cbor = number | bigint | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap;
export type CborMap = ReadonlyMap<string | number, Cbor>;

/** CTAP 2.1 8 allows four levels of nesting; a certificate chain in a statement is the third. */
const MAX_DEPTH = 8;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

class Malformed extends Error {}

function take(cursor: Cursor, length: number): Uint8Array {
  if (length > cursor.bytes.length - cursor.at) throw new Malformed('The input ends too early');
  const part = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return part;
}

function unsigned(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** The argument of an initial byte (RFC 8949 3). */
function argument(cursor: Cursor, additional: number): number | bigint {
  if (additional < 24) return additional;
  if (additional > 27) throw new Malformed('Lengths must be definite');
  return unsigned(take(cursor, 2 ** (additional - 24)));
}

function count(cursor: Cursor, additional: number): number {
  const length = argument(cursor, additional);
  // Every item takes a byte at least, so that no more than that can be meant.
  if (typeof length === 'bigint' || length > cursor.bytes.length - cursor.at)
    throw new Malformed('The input ends too early');
  return length;
}

const text = new TextDecoder('utf-8', { fatal: true });

function readMap(cursor: Cursor, size: number, depth: number): CborMap {
  const map = new Map<string | number, Cbor>();
  for (let left = size; left > 0; left -= 1) {
    const key = read(cursor, depth);
    if (typeof key !== 'string' && typeof key !== 'number')
      throw new Malformed('A key is neither a text nor a number');
    if (map.has(key)) throw new Malformed('A key stands twice');
    map.set(key, read(cursor, depth));
  }
  return map;
}

const simple: Readonly<Record<number, boolean | null>> = { 20: false, 21: true, 22: null };

function read(cursor: Cursor, depth: number): Cbor {
  if (depth > MAX_DEPTH) throw new Malformed('Nested too deep');
  const initial = take(cursor, 1)[0] ?? 0;
  const additional = initial & 0x1f;
  switch (initial >> 5) {
    case 0:
      return argument(cursor, additional);
    case 1: {
      const value = argument(cursor, additional);
      return typeof value === 'bigint' || value === Number.MAX_SAFE_INTEGER
        ? -1n - BigInt(value)
        : -1 - value;
    }
    case 2:
      return take(cursor, count(cursor, additional));
    case 3:
      return text.decode(take(cursor, count(cursor, additional)));
    case 4: {
      const size = count(cursor, additional);
      const list: Cbor[] = [];
      for (let left = size; left > 0; left -= 1) list.push(read(cursor, depth + 1));
      return list;
    }
    case 5:
      return readMap(cursor, count(cursor, additional), depth + 1);
    default: {
      const value = initial >> 5 === 7 ? simple[additional] : undefined;
      if (value === undefined) throw new Malformed('An item of a kind that WebAuthn does not use');
      return value;
    }
  }
}

/** The first item and how many bytes it takes, or null when there is none that is well-formed. */
export function readCborPrefix(bytes: Uint8Array): { readonly value: Cbor; readonly length: number } | null {
  const cursor = { bytes, at: 0 };
  try {
    return { value: read(cursor, 0), length: cursor.at };
  } catch (error) {
    if (error instanceof Malformed || error instanceof TypeError) return null;
    throw error;
  }
}

/** The one item that these bytes are, or null. */
export function readCbor(bytes: Uint8Array): Cbor | null {
  const read = readCborPrefix(bytes);
  return read !== null && read.length === bytes.length ? read.value : null;
}

export function isMap(value: Cbor | undefined): value is CborMap {
  return value instanceof Map;
}
