import 'server-only';
import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * A stream of any length sealed in chunks (AES-256-GCM), each of which opens only at its place: the STREAM construction
 * (Hoang, Reyhanitabar, Rogaway and Vizar, CRYPTO 2015), with the chunks and nonces of the age file format. The nonce is
 * the chunk's number and a flag for the last one, so that nothing can be changed, moved, left out, added or cut off.
 * A key seals one stream and never another.
 */
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;

/** Something was changed, or the stream was sealed under another key. */
export class NotAsSealed extends Error {}

function nonceOf(chunk: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(chunk, 5, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

/** The same bytes in chunks of one size; only the last may be shorter, and only a stream of nothing has an empty one. */
async function* inChunks(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; isLast: boolean; place: number }> {
  let held: Buffer = Buffer.alloc(0);
  let place = 0;
  for await (const bytes of source) {
    held = Buffer.concat([held, bytes]);
    // What is held back may be the last chunk, and is told apart from a full one by what follows.
    for (; held.length > size; place += 1) {
      yield { bytes: held.subarray(0, size), isLast: false, place };
      held = held.subarray(size);
    }
  }
  yield { bytes: held, isLast: true, place };
}

export async function* sealStream(key: Buffer, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { bytes, isLast, place } of inChunks(source, CHUNK_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(place, isLast));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Yields nothing that was not sealed; throws `NotAsSealed`, at the end too when that is missing. */
export async function* unsealStream(key: Buffer, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { bytes, isLast, place } of inChunks(source, CHUNK_BYTES + TAG_BYTES)) {
    if (bytes.length < TAG_BYTES) throw new NotAsSealed('cut short');
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(place, isLast), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch (cause) {
      throw new NotAsSealed('changed', { cause });
    }
    yield opened;
  }
}
