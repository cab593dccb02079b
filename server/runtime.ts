import 'server-only';
import { randomBytes } from 'node:crypto';
import { guid } from '#domain/guid';
import { type Db, migrate, openStore } from './db.ts';
import { type Environment, readEnvironment } from './env.ts';
import { argon2id, type PasswordHasher } from './password.ts';
import { createRelyingParty, type RelyingParty } from './relying-party.ts';
import { type Keyring, openKeyring } from './secrets.ts';
import { checkTenant } from './tenant.ts';

export interface Clock {
  now(): Date;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

/** Everything a use case needs from outside. Tests give their own clock and store; nothing else is replaced. */
export interface Runtime {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly relyingParty: RelyingParty;
  readonly keys: Keyring;
  readonly passwords: PasswordHasher;
  /** Rows and events made by this runtime are labelled sample data. */
  readonly sample: boolean;
}

export const systemClock: Clock = { now: () => new Date() };
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };

export function newId(runtime: Pick<Runtime, 'random'>): string {
  return guid(runtime.random.bytes(16));
}

/** Opens a migrated store and what goes with it. Throws `EnvironmentError` where it must not start. */
export async function openRuntime(env: Environment): Promise<Runtime> {
  const db = await openStore(env.databaseUrl);
  await migrate(db);
  const runtime: Runtime = {
    db,
    clock: systemClock,
    random: systemRandom,
    relyingParty: createRelyingParty({ id: env.relyingPartyId, origin: env.origin, name: 'Latchkey' }),
    keys: openKeyring(env, systemRandom.bytes),
    passwords: argon2id,
    sample: false,
  };
  await checkTenant(runtime);
  return runtime;
}

// Next loads instrumentation, pages and route handlers from different bundles: one store per process needs one home.
const home = globalThis as typeof globalThis & { latchkeyRuntime?: Promise<Runtime> };

/** The running product's own runtime, opened once per process. */
export function theRuntime(): Promise<Runtime> {
  if (home.latchkeyRuntime === undefined) {
    const opening = openRuntime(readEnvironment());
    // A store that cannot be opened now may be there later.
    opening.catch(() => {
      delete home.latchkeyRuntime;
    });
    home.latchkeyRuntime = opening;
  }
  return home.latchkeyRuntime;
}
