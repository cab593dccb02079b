/** The logo is kept and sent with every message. */
export const LOGO_MAX_BYTES = 48 * 1024;
const SIDE_MAX = 2000;

export interface LogoKind {
  readonly type: 'image/png' | 'image/jpeg';
  readonly width: number;
  readonly height: number;
}

/**
 * What an image is by its own bytes, or null for anything but a whole PNG or JPEG of a reasonable size. A file's name and
 * what it was sent as say nothing; a picture that carries something after its end is none.
 */
export function readLogo(bytes: Uint8Array): LogoKind | null {
  if (bytes.length > LOGO_MAX_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = readPng(view) ?? readJpeg(view);
  const fits = (side: number) => side > 0 && side <= SIDE_MAX;
  return kind !== null && fits(kind.width) && fits(kind.height) ? kind : null;
}

const PNG = [0x89504e47, 0x0d0a1a0a] as const;
const [IHDR, IEND] = [0x49484452, 0x49454e44];

/** PNG (W3C, third edition) 5: a signature, then chunks from IHDR to IEND. */
function readPng(view: DataView): LogoKind | null {
  if (view.byteLength < 33 || view.getUint32(0) !== PNG[0] || view.getUint32(4) !== PNG[1]) return null;
  if (view.getUint32(12) !== IHDR) return null;
  let at = 8;
  while (at + 12 <= view.byteLength) {
    const type = view.getUint32(at + 4);
    at += 12 + view.getUint32(at);
    if (type === IEND)
      return at === view.byteLength
        ? { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) }
        : null;
  }
  return null;
}

/** ITU-T T.81 B.1: SOI, segments with a frame header (SOF) before the scan, EOI at the very end. */
function readJpeg(view: DataView): LogoKind | null {
  const { byteLength } = view;
  if (byteLength < 16 || view.getUint16(0) !== 0xffd8 || view.getUint16(byteLength - 2) !== 0xffd9)
    return null;
  for (let at = 2; at + 9 < byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker < 0xffc0 || marker === 0xffda) return null;
    const isFrame = marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { type: 'image/jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
  }
  return null;
}
