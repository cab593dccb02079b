/** The roots of the registry that policy is kept below. */
export const hives = {
  HKEY_LOCAL_MACHINE: 'device',
  HKEY_CURRENT_USER: 'user',
} as const;

/** Types of registry values ([MS-RRP] 3.1.1.5). */
export const registryTypes = { REG_SZ: 1, REG_BINARY: 3, REG_DWORD: 4, REG_MULTI_SZ: 7 } as const;

/** Characters of a key's path below its root: more than any policy has. A file says a key once for many values. */
export const KEY_MAX = 2000;

/** One line of a registry file or entry of Registry.pol. */
export interface RegistryValue {
  readonly kind: 'value';
  /** `HKEY_LOCAL_MACHINE`, as the file says it. */
  readonly hive: string;
  readonly key: string;
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  /** Where it stands in the file. */
  readonly at: string;
}

/** What takes values away: one by name, all of a key, or a key with everything below it. */
export interface RegistryRemoval {
  readonly kind: 'remove-value' | 'remove-values' | 'remove-key';
  readonly hive: string;
  readonly key: string;
  readonly name: string;
  readonly at: string;
}
export type RegistryEntry = RegistryValue | RegistryRemoval;

/** Why a file cannot be read, and where. */
export interface Unreadable {
  readonly at: string;
  readonly why: string;
}
export type Parsed<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Unreadable);

export const unreadable = (at: string, why: string): { readonly ok: false } & Unreadable => ({
  ok: false,
  at,
  why,
});

/** Text as the registry keeps it: UTF-16, little-endian, with the NUL at its end. */
export function registryText(text: string): Uint8Array {
  return utf16(`${text}\0`);
}

/** UTF-16, little-endian. */
export function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 1) view.setUint16(at * 2, text.charCodeAt(at), true);
  return bytes;
}

/** The text of UTF-16 bytes, or null where they are no whole and well-formed text. */
export function fromUtf16(bytes: Uint8Array): string | null {
  if (bytes.length % 2 !== 0) return null;
  try {
    return new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A REG_SZ's text: one NUL at its end, or none, as programs differ. Null where it is no text. */
export function textOf(data: Uint8Array): string | null {
  const text = fromUtf16(data)?.replace(/\0$/, '');
  return text === undefined || text.includes('\0') ? null : text;
}

export function dwordOf(data: Uint8Array): number | null {
  return data.length === 4 ? new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true) : null;
}

export function dwordBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}
