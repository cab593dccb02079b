/** Looks for a secret in bytes that were sent, in whatever form somebody could have put it there. */
import { createHash } from 'node:crypto';

/** A request as bytes: its address, its headers and its body. */
export type Sent = { readonly where: string; readonly bytes: Buffer };

/** The bytes that a secret is, or is made into. */
function forms(secret: string | Buffer): Record<string, Buffer> {
  const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  if (typeof secret !== 'string') return { bytes: secret, 'SHA-256': sha(secret) };
  const text = Buffer.from(secret);
  const utf16 = Buffer.from(secret, 'utf16le');
  return {
    text,
    'UTF-16 (little-endian)': utf16,
    'UTF-16 (big-endian)': Buffer.from(utf16).swap16(),
    'SHA-256': sha(text),
    'SHA-256 of UTF-16': sha(utf16),
  };
}

/** Base64 of these bytes wherever they begin in what was encoded: what stands whole in each of the three alignments. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

function readings(bytes: Buffer): string[] {
  const read = bytes.toString('latin1');
  let decoded = read;
  try {
    decoded = Buffer.from(decodeURIComponent(read.replaceAll('+', ' ')), 'utf8').toString('latin1');
  } catch {
    // It is no percent-encoding.
  }
  return [read, decoded];
}

/** The forms in which a secret stands in what was sent; empty when it is nowhere. */
export function leaksOf(secret: string | Buffer, sent: readonly Sent[]): string[] {
  return sent.flatMap(({ where, bytes }) => {
    const [read = '', decoded = ''] = readings(bytes);
    const upright = read.replaceAll('-', '+').replaceAll('_', '/');
    return Object.entries(forms(secret)).flatMap(([name, form]) => {
      const found: string[] = [];
      const raw = form.toString('latin1');
      if (read.includes(raw) || decoded.includes(raw)) found.push(name);
      if (read.toLowerCase().includes(form.toString('hex'))) found.push(`${name} as hex`);
      if (base64Of(form).some((piece) => upright.includes(piece))) found.push(`${name} as base64`);
      return found.map((how) => `${how} in ${where}`);
    });
  });
}
