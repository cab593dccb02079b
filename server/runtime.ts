import 'server-only';
import { randomBytes } from 'node:crypto';
import type { EventCode } from '#domain/event';
import { guid } from '#domain/guid';
import type { Db } from './db.ts';
import type { Mailer } from './mailer.ts';
import type { PasswordHasher } from './password.ts';
import type { PinResetService } from './pin-reset-service/service.ts';
import type { Pusher } from './pusher.ts';
import type { RelyingParty } from './relying-party.ts';
import type { Keyring } from './secrets.ts';

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
  /** Where e-mail leaves; null keeps it in the outbox. */
  readonly mailer: Mailer | null;
  /** What wakes phones; null wakes none. */
  readonly pusher: Pusher | null;
  /** In this process or in its own. */
  readonly pinResetService: PinResetService;
  /** The demo tenant is on: what only shows, and changes nothing, is open to everybody. */
  readonly demo: boolean;
  /** Rows and events made by this runtime are labelled sample data. */
  readonly sample: boolean;
  /** Of one request at a door: what its refusal has to name. Missing where nobody is answered. */
  readonly trace?: Trace;
}

export interface Trace {
  /** The last failure that was logged for this request. */
  eventId: string | null;
  /** What succeeded and was logged, where somebody watches their own request. */
  readonly events?: LoggedStep[];
}

export interface LoggedStep {
  readonly id: string;
  readonly code: EventCode;
  readonly userId: string | null;
  readonly sessionId: string | null;
}

export const systemClock: Clock = { now: () => new Date() };
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };

export function newId(runtime: Pick<Runtime, 'random'>): string {
  return guid(runtime.random.bytes(16));
}
