import 'server-only';
import { createHash } from 'node:crypto';

export type Bytes = Uint8Array;

export const join = (...parts: readonly Bytes[]): Buffer<ArrayBuffer> => Buffer.concat(parts as Uint8Array[]);
export const hash = (name: string, ...parts: readonly Bytes[]) =>
  createHash(name)
    .update(join(...parts))
    .digest();
export const ascii = (text: string) => Buffer.from(text, 'utf8');

export const u16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
export const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
export const sized = (bytes: Bytes) => join(u16(bytes.length), bytes);
