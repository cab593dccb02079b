/**
 * The code that a person reads to an administrator: the first 40 bits of an event's ID in Crockford's base 32, in two
 * groups. Nothing is stored for it: the event is found by the range of IDs that begin so.
 */

/** Crockford's base 32: no I, L, O and U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const HEX_DIGITS = 10;
const CHARACTERS = 8;

/** The support code of an event: `7K2M-Q9XA`. */
export function supportCode(eventId: string): string {
  const bits = BigInt(`0x${eventId.replaceAll('-', '').slice(0, HEX_DIGITS)}`);
  const characters = Array.from({ length: CHARACTERS }, (_, index) =>
    ALPHABET.charAt(Number((bits >> BigInt(5 * (CHARACTERS - 1 - index))) & 31n)),
  ).join('');
  return `${characters.slice(0, 4)}-${characters.slice(4)}`;
}

/** A code as somebody typed or heard it, in its one form; null when it is none. O is read as 0, I and L as 1. */
export function readSupportCode(typed: string): string | null {
  const plain = typed
    .toUpperCase()
    .replace(/[\s\-–]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (plain.length !== CHARACTERS || [...plain].some((character) => !ALPHABET.includes(character)))
    return null;
  return `${plain.slice(0, 4)}-${plain.slice(4)}`;
}

/** IDs from the first to the last, both included. */
export interface IdRange {
  readonly first: string;
  readonly last: string;
}

/** Every ID that has this code, as a range of whole GUIDs: any collation orders those as their bytes. */
export function idsOfSupportCode(code: string): IdRange {
  let bits = 0n;
  for (const character of code.replace('-', '')) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(character));
  const begin = bits.toString(16).padStart(HEX_DIGITS, '0');
  const whole = (digit: string) => {
    const hex = begin.padEnd(32, digit);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };
  return { first: whole('0'), last: whole('f') };
}
