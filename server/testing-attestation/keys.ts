import 'server-only';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Keys that may be shared between statements, because making them takes longer than all the rest. */
export const keys = {
  root: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  intermediate: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  stranger: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  akRsa: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  akShort: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 1024 })),
  akEc: once((): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  rs256: once((): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  es256: once((): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  other: once((): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
} as const;

export const isRsa = ({ publicKey }: KeyPair) => publicKey.asymmetricKeyType === 'rsa';
export const member = (key: KeyPair, name: 'x' | 'y' | 'n' | 'e') =>
  Buffer.from(String(key.publicKey.export({ format: 'jwk' })[name]), 'base64url');
