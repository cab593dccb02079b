import {
  dwordBytes,
  dwordOf,
  KEY_MAX,
  type Parsed,
  type RegistryEntry,
  type RegistryValue,
  registryText,
  registryTypes,
  textOf,
  unreadable,
  utf16,
} from './registry.ts';

// Registration entries files, as regedit exports and imports them: "How to add, modify, or delete registry subkeys and
// values by using a .reg file" (support.microsoft.com, 310516).

export const REG_HEADER = 'Windows Registry Editor Version 5.00';
/** The header of Windows 95 and NT 4, whose files are not Unicode. */
const OLD_HEADER = 'REGEDIT4';

/** More lines than any policy has, those that are empty or go on with a value among them. */
const LINES_MAX = 20_000;

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

function valueText({ type, data }: RegistryValue): string {
  const number = type === registryTypes.REG_DWORD ? dwordOf(data) : null;
  if (number !== null) return `dword:${number.toString(16).padStart(8, '0')}`;
  const text = type === registryTypes.REG_SZ ? textOf(data) : null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would end the line
  if (text !== null && !/[\u0000-\u001f]/.test(text)) return quoted(text);
  const bytes = [...data].map((byte) => byte.toString(16).padStart(2, '0')).join(',');
  return type === registryTypes.REG_BINARY ? `hex:${bytes}` : `hex(${type.toString(16)}):${bytes}`;
}

/** A .reg file as regedit writes it: UTF-16, little-endian, with a byte order mark and CRLF. Keys in order of appearance. */
export function encodeRegFile(values: readonly RegistryValue[]): Uint8Array {
  const keys = new Map<string, RegistryValue[]>();
  for (const value of values) {
    const key = `${value.hive}\\${value.key}`;
    keys.set(key, [...(keys.get(key) ?? []), value]);
  }
  const lines = [REG_HEADER, ''];
  for (const [key, inside] of keys) {
    lines.push(`[${key}]`);
    for (const value of inside)
      lines.push(`${value.name === '' ? '@' : quoted(value.name)}=${valueText(value)}`);
    lines.push('');
  }
  return utf16(`\ufeff${lines.map((line) => `${line}\r\n`).join('')}`);
}

/** The text of a file: UTF-16 or UTF-8 by its byte order mark, UTF-8 without one. Null where the bytes are neither. */
function decode(bytes: Uint8Array): string | null {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(wide ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

interface Line {
  readonly text: string;
  readonly number: number;
}

/** A line as it stands in the file, in its parts. */
interface Written {
  readonly parts: string[];
  readonly number: number;
}

const HEX_BEGINS = /^(?:"(?:[^"\\]|\\.)*"|@)\s*=\s*hex/i;

/** Lines without comments and empty ones; a value that goes on after `\` is one line. Null where there are too many. */
function linesOf(text: string): readonly Line[] | null {
  const written = text.split(/\r\n|\n|\r/, LINES_MAX + 1);
  if (written.length > LINES_MAX) return null;
  const lines: Line[] = [];
  let begun: Written | null = null;
  const end = ({ parts, number }: Written) => {
    const whole = parts.join('');
    if (whole !== '' && !whole.startsWith(';')) lines.push({ text: whole, number });
  };
  for (const [at, raw] of written.entries()) {
    const part = raw.trim();
    const goesOn: boolean = part.endsWith('\\') && (begun !== null || HEX_BEGINS.test(part));
    const line: Written = begun ?? { parts: [], number: at + 1 };
    line.parts.push(goesOn ? part.slice(0, -1) : part);
    begun = goesOn ? line : null;
    if (!goesOn) end(line);
  }
  if (begun !== null) end(begun);
  return lines;
}

const KEY = /^\[(-?)([^\\[\]]+)(?:\\(.+))?\]$/;
const VALUE = /^(?:"((?:[^"\\]|\\["\\])*)"|(@))\s*=\s*(.+)$/s;
const TEXT = /^"((?:[^"\\]|\\["\\])*)"$/;
const DWORD = /^dword:([0-9a-f]{1,8})$/i;
const HEX = /^hex(?:\(([0-9a-f]{1,8})\))?:((?:[0-9a-f]{2}(?:,\s*|$))*)$/i;

const unquoted = (text: string) => text.replace(/\\(["\\])/g, '$1');
const shortHives: Readonly<Record<string, string>> = {
  HKLM: 'HKEY_LOCAL_MACHINE',
  HKCU: 'HKEY_CURRENT_USER',
  HKU: 'HKEY_USERS',
};

function readValue(text: string): { readonly type: number; readonly data: Uint8Array } | null {
  const words = TEXT.exec(text);
  if (words !== null) return { type: registryTypes.REG_SZ, data: registryText(unquoted(words[1] ?? '')) };
  const number = DWORD.exec(text);
  if (number !== null)
    return { type: registryTypes.REG_DWORD, data: dwordBytes(Number.parseInt(number[1] ?? '', 16)) };
  const hex = HEX.exec(text);
  if (hex === null) return null;
  const bytes = (hex[2] ?? '').match(/[0-9a-f]{2}/gi) ?? [];
  return {
    type: hex[1] === undefined ? registryTypes.REG_BINARY : Number.parseInt(hex[1], 16),
    data: Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)),
  };
}

/**
 * Reads a .reg file, strictly: a line that is none of its kinds makes the whole file unreadable. Keys and names keep the case
 * that they have in the file.
 */
export function parseRegFile(bytes: Uint8Array): Parsed<readonly RegistryEntry[]> {
  const text = decode(bytes);
  if (text === null) return unreadable('the file', 'it is neither UTF-16 nor UTF-8');
  const read = linesOf(text);
  if (read === null) return unreadable('the file', `it has more than ${LINES_MAX} lines`);
  const [header, ...lines] = read;
  if (header?.text !== REG_HEADER && header?.text !== OLD_HEADER)
    return unreadable('line 1', `it does not begin with “${REG_HEADER}”`);
  const entries: RegistryEntry[] = [];
  let place: { readonly hive: string; readonly key: string } | null = null;
  for (const { text: line, number } of lines) {
    const at = `line ${number}`;
    const key = KEY.exec(line);
    if (key !== null) {
      const [, removes, hive = '', path = ''] = key;
      if (path.length > KEY_MAX) return unreadable(at, `the key has more than ${KEY_MAX} characters`);
      const found = { hive: shortHives[hive.toUpperCase()] ?? hive.toUpperCase(), key: path };
      place = removes === '-' ? null : found;
      if (removes === '-') entries.push({ kind: 'remove-key', ...found, name: '', at });
      continue;
    }
    const value = VALUE.exec(line);
    if (value === null) return unreadable(at, 'it is neither a key nor a value');
    if (place === null) return unreadable(at, 'the value stands below no key');
    const name = unquoted(value[1] ?? '');
    const written = value[3] ?? '';
    if (written === '-') {
      entries.push({ kind: 'remove-value', ...place, name, at });
      continue;
    }
    const typed = readValue(written);
    if (typed === null) return unreadable(at, 'the value is neither a text, a dword nor hex');
    entries.push({ kind: 'value', ...place, name, ...typed, at });
  }
  return { ok: true, value: entries };
}
