import 'server-only';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { KEY_SEED_BYTES, type KeyPair, keyPairFrom } from '#domain/pin-reset-protector';
import { EnvironmentError } from '../env.ts';
import type { Clock, Random } from '../runtime.ts';
import { createFile, filesIn } from './whole-file.ts';

/** A key of the service; its ID is the thumbprint of its public key. */
export interface ServiceKey extends KeyPair {
  /** Its turn: the highest is the one that new protectors are sealed to. */
  readonly number: number;
  readonly createdAt: Date;
}

export interface KeyRing {
  /** The key that new protectors are sealed to; the first one is made when it is first asked for. */
  current(): Promise<ServiceKey>;
  /** A key by its ID, old ones too; null for one that was never here. */
  find(kid: string): Promise<ServiceKey | null>;
  /** Every key, the newest first. */
  list(): Promise<readonly ServiceKey[]>;
  /** Makes a new key; those before it stay, for the protectors that were sealed to them. */
  rotate(): Promise<ServiceKey>;
}

const keyFile = z.strictObject({
  kid: z.string(),
  seed: z.string(),
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
});

const NAME = /^(\d{6})\.json$/;
const nameOf = (number: number) => `${String(number).padStart(6, '0')}.json`;

/**
 * The keys in a folder, one a file, written once and never changed. Read anew each time, so that several instances and
 * the command line see the same. Throws `EnvironmentError` for a file that is no key of ours.
 */
export function openKeyRing(
  folder: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): KeyRing {
  const known = new Map<string, ServiceKey>();

  async function read(name: string): Promise<ServiceKey> {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const path = join(folder, name);
    const number = Number(NAME.exec(name)?.[1]);
    const content = keyFile.safeParse(parsed(await readFile(path, 'utf8')));
    const seed = content.success ? fromBase64Url(content.data.seed) : null;
    if (!content.success || seed?.length !== KEY_SEED_BYTES || Number.isNaN(number)) throw notAKey(path);
    const pair = await keyPairFrom(seed);
    seed.fill(0);
    if (pair.thumbprint !== content.data.kid) throw notAKey(path);
    const key = { ...pair, number, createdAt: content.data.createdAt };
    known.set(name, key);
    return key;
  }

  async function list(): Promise<ServiceKey[]> {
    const keys: ServiceKey[] = [];
    for (const name of await filesIn(folder)) keys.unshift(await read(name));
    return keys;
  }

  /** False where another made the key of this number first. */
  async function make(number: number): Promise<boolean> {
    const seed = random.bytes(KEY_SEED_BYTES);
    const { thumbprint } = await keyPairFrom(seed);
    const content = { kid: thumbprint, seed: toBase64Url(seed), createdAt: clock.now().toISOString() };
    seed.fill(0);
    return await createFile(join(folder, nameOf(number)), `${JSON.stringify(content)}\n`, thumbprint);
  }

  async function newest(): Promise<ServiceKey | null> {
    const name = (await filesIn(folder)).at(-1);
    return name === undefined ? null : await read(name);
  }

  return {
    list,
    async current() {
      const found = await newest();
      if (found !== null) return found;
      await make(1);
      return await read(nameOf(1));
    },
    async find(kid) {
      return (await list()).find(({ thumbprint }) => thumbprint === kid) ?? null;
    },
    async rotate() {
      for (;;) {
        const number = ((await newest())?.number ?? 0) + 1;
        if (await make(number)) return await read(nameOf(number));
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function notAKey(path: string): EnvironmentError {
  return new EnvironmentError(
    `${path} is not a key of the PIN reset service. Put the folder back from its backup; without its keys nobody can keep a key through a PIN reset.`,
  );
}
