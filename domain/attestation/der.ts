/**
 * Reading DER (ITU-T X.690 10), as much as extensions of certificates need that no library names: one element at a time,
 * definite lengths in their shortest form, tags below 2^14. Nothing is copied.
 */
export interface Element {
  /** Class and form bits of the identifier octet with the tag number: 0x30 for SEQUENCE, 0xa1 for [1]. */
  readonly tag: number;
  /** The number of a tag that does not fit in one octet, else that of the five low bits. */
  readonly number: number;
  readonly content: Uint8Array;
}

function readHeader(
  bytes: Uint8Array,
  at: number,
): { tag: number; number: number; length: number; start: number } | null {
  const tag = bytes[at];
  if (tag === undefined) return null;
  let next = at + 1;
  let number = tag & 0x1f;
  if (number === 0x1f) {
    number = 0;
    for (let octets = 0; ; octets += 1) {
      const octet = bytes[next];
      if (octet === undefined || octets === 2) return null;
      next += 1;
      number = number * 128 + (octet & 0x7f);
      if ((octet & 0x80) === 0) break;
    }
    if (number < 0x1f) return null;
  }
  const first = bytes[next];
  if (first === undefined) return null;
  next += 1;
  if (first < 0x80) return { tag, number, length: first, start: next };
  const octets = first & 0x7f;
  if (octets < 1 || octets > 3) return null;
  let length = 0;
  for (let octet = 0; octet < octets; octet += 1) {
    const byte = bytes[next];
    if (byte === undefined) return null;
    length = length * 256 + byte;
    next += 1;
  }
  return length < 0x80 || length < 256 ** (octets - 1) ? null : { tag, number, length, start: next };
}

/** The elements that these bytes are one after another, read as they are asked for; null in place of what is none, the last. */
export function* eachElement(bytes: Uint8Array): Generator<Element | null, void> {
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at);
    if (header === null || header.length > bytes.length - header.start) return yield null;
    const { tag, number, length, start } = header;
    yield { tag, number, content: bytes.subarray(start, start + length) };
    at = start + length;
  }
}

/** All elements that these bytes are, or null when they are anything else or more than `most`. */
export function readElements(bytes: Uint8Array, most = Number.POSITIVE_INFINITY): readonly Element[] | null {
  const elements: Element[] = [];
  for (const element of eachElement(bytes)) {
    if (element === null || elements.length === most) return null;
    elements.push(element);
  }
  return elements;
}

/** The one element that these bytes are, when it has this tag; else null. */
export function readElement(bytes: Uint8Array, tag: number): Uint8Array | null {
  const elements = readElements(bytes, 1);
  return elements?.length === 1 && elements[0]?.tag === tag ? elements[0].content : null;
}

/** What a SEQUENCE that is all of these bytes holds. */
export function readSequence(bytes: Uint8Array): readonly Element[] | null {
  const content = readElement(bytes, 0x30);
  return content && readElements(content);
}

/** An object identifier's content in dotted form (X.690 8.19), or null. */
export function objectIdentifier(content: Uint8Array): string | null {
  const arcs: number[] = [];
  let arc = 0;
  for (const [at, octet] of content.entries()) {
    if (arc === 0 && octet === 0x80) return null;
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) return null;
    if ((octet & 0x80) !== 0) {
      if (at === content.length - 1) return null;
      continue;
    }
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(arc / 40));
      arcs.push(root, arc - root * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.length === 0 ? null : arcs.join('.');
}

/** RFC 5280 4.1.2.5: to the second, in UTC; two digits of a year are from 1950 on. Either form at any time. */
const TIMES: Readonly<Record<number, RegExp>> = {
  23: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  24: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
};
const latin = new TextDecoder('latin1');

/** A UTCTime or GeneralizedTime, or null when it is none, or a day that no calendar has. */
export function readTime(element: Element | undefined): Date | null {
  if (element === undefined || element.content.length > 15) return null;
  const parts = TIMES[element.tag]?.exec(latin.decode(element.content));
  if (parts == null) return null;
  const [year = '', ...rest] = parts.slice(1);
  const century = year.length === 4 ? '' : year < '50' ? '20' : '19';
  const [month, day, hour, minute, second] = rest;
  const text = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || time.toISOString() !== text ? null : time;
}
