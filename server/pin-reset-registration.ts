import 'server-only';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import {
  TICKET_AUDIENCE,
  TICKET_LIFETIME_MS,
  TICKET_TYPE,
  type TicketClaims,
  type TicketKey,
  ticketKey,
} from '#domain/pin-reset-ticket';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { namesOf } from './identity.ts';
import { countResetProtectors, forgetResetProtectors } from './key-container.ts';
import { type ServiceStatus, ServiceUnavailable, ticketKeyThumbprint } from './pin-reset-service/service.ts';
import { readKept, removeKept, writeKeptOnce } from './policy.ts';
import { type Runtime, toWorld } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';
import { readTenant } from './tenant.ts';
import { newPrivateKey } from './x509.ts';

/**
 * The organisation's side of the PIN reset service: that it registered it, and the key by which it signs tickets. Windows
 * has two consents for it, one for the service and one for the client that asks it; here they are one decision.
 */
const registration = z.strictObject({
  /** Null: the command line. */
  actorId: z.string().nullable(),
  registeredAt: z.iso.datetime().transform((text) => new Date(text)),
  /** PKCS #8, sealed under the master key. */
  key: z.string(),
  thumbprint: z.string(),
});
export type Registration = z.infer<typeof registration>;

/** Where a registration is kept among the values of policy: no source of policy is called so. */
const KEPT = { source: 'service', name: 'pin-reset-service' } as const;
/** When asking again is worth it after the service was away. */
const RETRY_AFTER_SECONDS = 5;

/** The registration that counts, or null. */
export async function readRegistration(tx: Tx): Promise<Registration | null> {
  const text = await readKept(tx, KEPT);
  return text === null ? null : registration.parse(JSON.parse(text));
}

export type RegistrationState =
  /** Neither consent is there. */
  | 'not_registered'
  | 'registered'
  /** Registered here, and the service does not know this key: registering again tells it. */
  | 'incomplete'
  /** Registered here, and the service cannot be asked. */
  | 'unreachable';

export interface PinResetServiceState {
  readonly state: RegistrationState;
  readonly registeredAt: Date | null;
  /** Who registered it, as a person reads it. */
  readonly by: string | null;
  /** The thumbprint of the key that signs tickets. */
  readonly ticketKey: string | null;
  /** The service's own keys, the newest first; null where it cannot be asked. */
  readonly keys: ServiceStatus['keys'] | null;
  /** How many devices have a reset protector. */
  readonly protectors: number;
}

/** How the PIN reset service stands, here and there. */
export async function readPinResetService(runtime: Runtime): Promise<PinResetServiceState> {
  const [registered, tenant, protectors] = await Promise.all([
    readRegistration(runtime.db),
    readTenant(runtime),
    countResetProtectors(runtime.db),
  ]);
  const there = await asked(() => runtime.pinResetService.status(tenant.id));
  return {
    state: stateOf(registered, there),
    registeredAt: registered?.registeredAt ?? null,
    by: registered === null ? null : await actorWords(runtime, registered.actorId),
    ticketKey: registered?.thumbprint ?? null,
    keys: there?.keys ?? null,
    protectors,
  };
}

function stateOf(registered: Registration | null, there: ServiceStatus | null): RegistrationState {
  if (registered === null) return 'not_registered';
  if (there === null) return 'unreachable';
  return there.trusts === registered.thumbprint ? 'registered' : 'incomplete';
}

async function actorWords(runtime: Runtime, actorId: string | null): Promise<string> {
  if (actorId === null) return 'the command line';
  return (await namesOf(runtime, [actorId])).get(actorId)?.displayName ?? 'somebody who is gone';
}

/** What the service answers, or null where it could not be asked. */
export async function asked<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof ServiceUnavailable) return null;
    throw error;
  }
}

const unavailable = () => refuse('pin_reset_service_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });

/**
 * Registers the service: a key for tickets is made here, and the service is told to take its tickets. Said again it tells
 * the service once more, so that a registration which was cut off is made whole. `actorId` is null for the command line.
 */
export async function registerPinResetService(
  runtime: Runtime,
  actorId: string | null,
): Promise<Result<null>> {
  const { id: tenant } = await readTenant(runtime);
  // A service that is away is found out before anything is written.
  if ((await asked(() => runtime.pinResetService.status(tenant))) === null) return unavailable();
  const key = newPrivateKey(runtime.random);
  const thumbprint = ticketKeyThumbprint(publicHalf(key));
  const sealed = seal(sealingKey(runtime), runtime.random.bytes(NONCE_BYTES), key, thumbprint);
  const registeredAt = runtime.clock.now().toISOString();
  const text = JSON.stringify({ actorId, registeredAt, key: toBase64Url(sealed), thumbprint });
  await runtime.db.$transaction(async (tx) => {
    if (await writeKeptOnce(tx, KEPT, text))
      await record(tx, runtime, {
        code: 'pin_reset_service_registered',
        actorId,
        detail: { ticketKey: thumbprint },
      });
  });
  // Of several at once one key counts, and each tells the service that one.
  const counting = await readRegistration(runtime.db);
  if (counting === null) return refuse('policy_changed_meanwhile');
  const told = await asked(async () => {
    await runtime.pinResetService.trust(tenant, publicHalf(privateKeyOf(runtime, counting)));
    return true;
  });
  return told === null ? unavailable() : ok(null);
}

/**
 * Withdraws the registration at once: no ticket is signed any more, the key for them is destroyed, and no reset protector
 * counts. `told` is false where the service could not be asked to forget the key, which nobody has any more.
 */
export async function withdrawPinResetService(
  runtime: Runtime,
  actorId: string | null,
): Promise<Result<{ readonly told: boolean; readonly protectors: number }>> {
  const { id: tenant } = await readTenant(runtime);
  const withdrawn = await runtime.db.$transaction(async (tx) => {
    const found = await readRegistration(tx);
    if (found === null || !(await removeKept(tx, KEPT))) return null;
    const protectors = await forgetResetProtectors(tx);
    await record(tx, runtime, {
      code: 'pin_reset_service_withdrawn',
      actorId,
      detail: { ticketKey: found.thumbprint, protectors },
    });
    return { thumbprint: found.thumbprint, protectors };
  });
  if (withdrawn === null) return refuse('not_found');
  const told = await asked(async () => {
    await runtime.pinResetService.distrust(tenant, withdrawn.thumbprint);
    return true;
  });
  return ok({ told: told === true, protectors: withdrawn.protectors });
}

/** Gives the service a new key for protectors that are made from now on; those that exist stay as they are. */
export async function rotatePinResetService(
  runtime: Runtime,
  actorId: string | null,
): Promise<Result<{ readonly kid: string }>> {
  if ((await readRegistration(runtime.db)) === null) return refuse('not_found');
  const made = await asked(() => runtime.pinResetService.rotate());
  if (made === null) return unavailable();
  await record(runtime.db, runtime, {
    code: 'pin_reset_service_rotated',
    actorId,
    detail: { key: made.kid },
  });
  return ok({ kid: made.kid });
}

/** What a ticket says beside what every ticket of this organisation says. */
export interface TicketFor {
  readonly userHandle: string;
  readonly device: string;
  readonly container: string;
  readonly protector: string;
  readonly thumbprint: string;
  readonly mfaAt: Date;
}

const inSeconds = (at: Date) => Math.floor(at.getTime() / 1000);

/** A ticket that opens this one protector for this one tab, once, within five minutes. */
export async function signTicket(
  runtime: Runtime,
  registered: Registration,
  { userHandle, device, container, protector, thumbprint, mfaAt }: TicketFor,
): Promise<string> {
  const { id: iss } = await readTenant(runtime);
  const iat = inSeconds(runtime.clock.world());
  const claims: TicketClaims = {
    iss,
    aud: TICKET_AUDIENCE,
    sub: userHandle,
    device,
    container,
    protector,
    cnf: { jkt: thumbprint },
    mfaAt: inSeconds(toWorld(runtime.clock, mfaAt)),
    iat,
    exp: iat + TICKET_LIFETIME_MS / 1000,
    jti: toBase64Url(runtime.random.bytes(32)),
  };
  const key = privateKeyOf(runtime, registered);
  try {
    return await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: TICKET_TYPE, kid: registered.thumbprint })
      .sign(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  } finally {
    key.fill(0);
  }
}

const sealingKey = (runtime: Runtime) => runtime.keys('pin-reset-ticket');

function privateKeyOf(runtime: Runtime, { key, thumbprint }: Registration): Buffer {
  const sealed = fromBase64Url(key);
  const opened = sealed === null ? null : unseal(sealingKey(runtime), sealed, thumbprint);
  if (opened === null) throw new Error('the key for tickets is not of this master key');
  return opened;
}

function publicHalf(pkcs8: Uint8Array): TicketKey {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' });
  return ticketKey.parse({ kty, crv, x, y });
}
