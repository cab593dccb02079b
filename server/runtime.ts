import 'server-only';
import { randomBytes } from 'node:crypto';
import type { EventCode } from '#domain/event';
import { guid } from '#domain/guid';
import { later } from '#domain/time';
import type { Db } from './db.ts';
import type { Mailer } from './mailer.ts';
import type { PasswordHasher } from './password.ts';
import type { PinResetService } from './pin-reset-service/service.ts';
import type { Pusher } from './pusher.ts';
import type { RelyingParty } from './relying-party.ts';
import type { Keyring } from './secrets.ts';

export interface Clock {
  /** The organisation's time: of every row, and of everything that is judged by one. */
  now(): Date;
  /**
   * The time of everybody else, which is the same but while the clock of a demo tenant is moved. What the world outside
   * signs or checks goes by it, and what leaves the store with its own end under a seal.
   */
  world(): Date;
  /** Looks where the clock of the organisation stands, where it can be moved; before each request. */
  follow?(db: Db): Promise<void>;
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

export const systemClock: Clock = { now: () => new Date(), world: () => new Date() };
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };

/** A moment that the world outside told, as the organisation counts it. */
export function fromWorld({ now, world }: Clock, at: Date): Date {
  return later(at, now().getTime() - world().getTime());
}

/** A moment of the organisation, as it is told to the world outside. */
export function toWorld({ now, world }: Clock, at: Date): Date {
  return later(at, world().getTime() - now().getTime());
}

/** The same runtime in the time of the world outside: for what must not go by a moved clock. */
export function inWorldTime(runtime: Runtime): Runtime {
  const { world } = runtime.clock;
  return { ...runtime, clock: { now: world, world } };
}

export function newId(runtime: Pick<Runtime, 'random'>): string {
  return guid(runtime.random.bytes(16));
}
