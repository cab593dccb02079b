import { type Cbor, isMap } from './cbor.ts';

/** A credential's public key (RFC 9052 7, RFC 9053 7, RFC 8230 4), as far as WebAuthn uses it. */
export type CoseKey =
  | {
      readonly type: 'ec';
      readonly algorithm: number;
      readonly curve: number;
      readonly x: Uint8Array;
      readonly y: Uint8Array;
    }
  | { readonly type: 'okp'; readonly algorithm: number; readonly curve: number; readonly x: Uint8Array }
  | {
      readonly type: 'rsa';
      readonly algorithm: number;
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
    };

export type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';
export type Padding = 'pkcs1' | 'pss';

interface CoseAlgorithm {
  readonly name: string;
  readonly keyType: CoseKey['type'];
  /** null where the algorithm takes the message itself. */
  readonly hash: Hash | null;
  /** The curve that WebAuthn L3 5.8.5 ties to it (RFC 9053 7.1), where it does. */
  readonly curve?: number;
  readonly padding?: Padding;
}

/** The algorithms of the IANA registry that attestation meets; `name` is the registry's. */
const algorithms: Readonly<Record<number, CoseAlgorithm>> = {
  [-7]: { name: 'ES256', keyType: 'ec', hash: 'sha256', curve: 1 },
  [-35]: { name: 'ES384', keyType: 'ec', hash: 'sha384', curve: 2 },
  [-36]: { name: 'ES512', keyType: 'ec', hash: 'sha512', curve: 3 },
  [-8]: { name: 'EdDSA', keyType: 'okp', hash: null, curve: 6 },
  [-37]: { name: 'PS256', keyType: 'rsa', hash: 'sha256', padding: 'pss' },
  [-38]: { name: 'PS384', keyType: 'rsa', hash: 'sha384', padding: 'pss' },
  [-39]: { name: 'PS512', keyType: 'rsa', hash: 'sha512', padding: 'pss' },
  [-257]: { name: 'RS256', keyType: 'rsa', hash: 'sha256', padding: 'pkcs1' },
  [-258]: { name: 'RS384', keyType: 'rsa', hash: 'sha384', padding: 'pkcs1' },
  [-259]: { name: 'RS512', keyType: 'rsa', hash: 'sha512', padding: 'pkcs1' },
  [-65535]: { name: 'RS1', keyType: 'rsa', hash: 'sha1', padding: 'pkcs1' },
};

export const RS1 = -65535;

/** An algorithm of the IANA COSE registry by its number; null for one that attestation does not meet. */
export function coseAlgorithm(id: number): CoseAlgorithm | null {
  return algorithms[id] ?? null;
}

/** "ES256 (-7)", or the number alone. */
export function algorithmWords(id: number): string {
  const known = algorithms[id];
  return known === undefined ? String(id) : `${known.name} (${id})`;
}

const curveBytes: Readonly<Record<number, number>> = { 1: 32, 2: 48, 3: 66, 6: 32 };

/** The key of a decoded COSE_Key map with nothing private and every member of its type; else null. */
export function readCoseKey(value: Cbor): CoseKey | null {
  if (!isMap(value)) return null;
  const algorithm = value.get(3);
  const [first, x, y, secret] = [value.get(-1), value.get(-2), value.get(-3), value.get(-4)];
  if (typeof algorithm !== 'number' || secret !== undefined) return null;
  switch (value.get(1)) {
    case 1:
    case 2: {
      const size = typeof first === 'number' ? curveBytes[first] : undefined;
      if (typeof first !== 'number' || size === undefined) return null;
      if (!(x instanceof Uint8Array) || x.length !== size) return null;
      if (value.get(1) === 1)
        return y === undefined && first === 6 ? { type: 'okp', algorithm, curve: first, x } : null;
      return first !== 6 && y instanceof Uint8Array && y.length === size
        ? { type: 'ec', algorithm, curve: first, x, y }
        : null;
    }
    case 3: {
      if (!(first instanceof Uint8Array) || !(x instanceof Uint8Array) || y !== undefined) return null;
      // Shortest form, positive: what a verifier would read is what was compared.
      if (first.length < 128 || first[0] === 0 || x.length < 1 || x.length > 8 || x[0] === 0) return null;
      return { type: 'rsa', algorithm, modulus: first, exponent: x };
    }
    default:
      return null;
  }
}

/** Whether the algorithm that a key names can be used with a key of its kind. */
export function algorithmFits(key: CoseKey): boolean {
  const known = algorithms[key.algorithm];
  if (known === undefined || known.keyType !== key.type) return false;
  return key.type === 'rsa' || known.curve === key.curve;
}
