import {
  fromUtf16,
  KEY_MAX,
  type Parsed,
  type RegistryEntry,
  type RegistryValue,
  unreadable,
  utf16,
} from './registry.ts';

// Registry.pol ([MS-GPREG] 2.2.1): a signature, a version, then [key;value;type;size;data], everything little-endian, the
// brackets and semicolons as UTF-16 characters.

/** `PReg` as bytes. */
export const POL_SIGNATURE = 0x67655250;
const POL_VERSION = 1;
/** A computer's file and a user's look alike; which one it is, its folder says. */
const HIVE = 'HKEY_LOCAL_MACHINE';

/** 2.2.1.1: a value's name has at most 259 characters and its NUL. */
const NAME_MAX = 259;
/** Entries, an instruction counted as what it takes away. */
const ENTRIES_MAX = 20_000;

const [OPEN, CLOSE, NEXT] = [0x5b, 0x5d, 0x3b];

/** Registry.pol of a computer, the entries in the order given. */
export function encodeRegistryPol(values: readonly RegistryValue[]): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint32(0, POL_SIGNATURE, true);
  view.setUint32(4, POL_VERSION, true);
  const parts: Uint8Array[] = [head];
  for (const { key, name, type, data } of values) {
    const numbers = new Uint8Array(12);
    const inside = new DataView(numbers.buffer);
    inside.setUint32(0, type, true);
    inside.setUint16(4, NEXT, true);
    inside.setUint32(6, data.length, true);
    inside.setUint16(10, NEXT, true);
    parts.push(utf16(`[${key}\0;${name}\0;`), numbers, data, utf16(']'));
  }
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  uint32(): number | null {
    if (this.left < 4) return null;
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  /** Whether the next character is this one; it is then taken. */
  takes(character: number): boolean {
    if (this.left < 2 || this.#view.getUint16(this.at, true) !== character) return false;
    this.at += 2;
    return true;
  }

  /** A text that ends with NUL, of at most so many characters. */
  text(maximum: number): string | null {
    const most = Math.min(this.#bytes.length - 1, this.at + (maximum + 1) * 2);
    for (let at = this.at; at < most; at += 2) {
      if (this.#view.getUint16(at, true) !== 0) continue;
      const text = fromUtf16(this.#bytes.subarray(this.at, at));
      this.at = at + 2;
      return text;
    }
    return null;
  }

  data(length: number): Uint8Array | null {
    if (this.left < length) return null;
    this.at += length;
    return this.#bytes.slice(this.at - length, this.at);
  }
}

/** What an instruction (3.2.5.1) takes away, or null where the entry is a plain value. */
function removals(value: RegistryValue): readonly RegistryEntry[] | null {
  const { hive, key, at } = value;
  const name = value.name.toLowerCase();
  // The text ends with its first NUL; one part more than there may be is enough to refuse the file.
  const listed = () => {
    const [text = ''] = (fromUtf16(value.data) ?? '').split('\0', 1);
    return (text.match(/[^;]+/g) ?? []).slice(0, ENTRIES_MAX + 1);
  };
  const one = (removed: string): RegistryEntry => ({ kind: 'remove-value', hive, key, name: removed, at });
  if (name === '**delvals.' || name === '**delvals')
    return [{ kind: 'remove-values', hive, key, name: '', at }];
  if (name.startsWith('**del.')) return [one(value.name.slice('**del.'.length))];
  if (name === '**deletevalues') return listed().map(one);
  if (name === '**deletekeys')
    return listed().map((below) => ({ kind: 'remove-key', hive, key: `${key}\\${below}`, name: '', at }));
  return null;
}

/** Reads Registry.pol, strictly: whatever is cut off, too long or out of place makes the whole file unreadable. */
export function parseRegistryPol(bytes: Uint8Array): Parsed<readonly RegistryEntry[]> {
  const reader = new Reader(bytes);
  if (reader.uint32() !== POL_SIGNATURE) return unreadable('byte 0', 'it does not begin with PReg');
  if (reader.uint32() !== POL_VERSION) return unreadable('byte 4', `its version is not ${POL_VERSION}`);
  const entries: RegistryEntry[] = [];
  for (let count = 1; reader.left > 0; count += 1) {
    const at = `entry ${count}`;
    const broken = (why: string) => unreadable(`${at}, byte ${reader.at}`, why);
    if (!reader.takes(OPEN)) return broken('“[” is missing');
    const key = reader.text(KEY_MAX);
    if (key === null || key === '' || !reader.takes(NEXT)) return broken('the key cannot be read');
    const name = reader.text(NAME_MAX);
    if (name === null || !reader.takes(NEXT)) return broken('the name of the value cannot be read');
    const type = reader.uint32();
    if (type === null || !reader.takes(NEXT)) return broken('the type cannot be read');
    const size = reader.uint32();
    if (size === null || !reader.takes(NEXT)) return broken('the size cannot be read');
    const data = reader.data(size);
    if (data === null || !reader.takes(CLOSE)) return broken('the data are cut off');
    const value = { kind: 'value', hive: HIVE, key, name, type, data, at } as const;
    entries.push(...(removals(value) ?? [value]));
    if (entries.length > ENTRIES_MAX) return broken(`there are more than ${ENTRIES_MAX} entries`);
  }
  return { ok: true, value: entries };
}
