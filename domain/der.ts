/**
 * Writing DER (ITU-T X.690, 10), as much as a revocation list needs. The X.509 library takes half a millisecond for each
 * entry of a list, which thousands of devices would feel; this takes a microsecond or two.
 */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  explicit0: 0xa0,
} as const;

/** One element: tag, length in its shortest form, and what it contains. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const head = length < 0x80 ? [length] : [0x80 | octets(length).length, ...octets(length)];
  const element = new Uint8Array(1 + head.length + length);
  element[0] = tag;
  element.set(head, 1);
  let offset = 1 + head.length;
  for (const part of contents) {
    element.set(part, offset);
    offset += part.length;
  }
  return element;
}

/** A positive number, most significant octet first, without leading zeros; a single zero octet for zero. */
function octets(value: number): number[] {
  const rest = Math.floor(value / 256);
  return rest === 0 ? [value] : [...octets(rest), value % 256];
}

/** A non-negative INTEGER: a safe number, or octets whose first is not zero. */
export function derInteger(value: number | Uint8Array): Uint8Array<ArrayBuffer> {
  const magnitude = typeof value === 'number' ? Uint8Array.from(octets(value)) : value;
  // A leading one bit would make it negative.
  return der(TAG.integer, ...((magnitude[0] ?? 0) > 0x7f ? [new Uint8Array(1)] : []), magnitude);
}

/** A time as RFC 5280 4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime from 2050 on, to the second. */
export function derTime(at: Date): Uint8Array<ArrayBuffer> {
  const digits = at.toISOString().replace(/\.\d+Z$|[-:T]/g, '');
  const late = at.getUTCFullYear() > 2049;
  const text = `${late ? digits : digits.slice(2)}Z`;
  return der(late ? TAG.generalizedTime : TAG.utcTime, new TextEncoder().encode(text));
}
