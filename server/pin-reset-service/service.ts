import 'server-only';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK } from 'jose';
import { z } from 'zod';
import { toBase64Url } from '#domain/base64url';
import {
  KEY_SEED_BYTES,
  openResetSecret,
  protectorDigest,
  publicKeyThumbprint,
  sealAnswer,
} from '#domain/pin-reset-protector';
import {
  judgeTicket,
  type RecoveryFault,
  type ServiceKeyAnswer,
  type ServiceRecoveryAnswer,
  type ServiceRecoveryRequest,
  TICKET_TYPE,
  type TicketClaims,
  type TicketKey,
  ticketClaims,
  ticketKey,
} from '#domain/pin-reset-ticket';
import { HOUR_MS, later, MINUTE_MS } from '#domain/time';
import { EnvironmentError } from '../env.ts';
import type { Clock, Random } from '../runtime.ts';
import { openKeyRing } from './key-ring.ts';
import { createFile, filesIn, replaceFile } from './whole-file.ts';

/** What the service answers: a value, or what is wrong with what it was given. */
export type Opened =
  | { readonly ok: true; readonly value: ServiceRecoveryAnswer }
  | { readonly ok: false; readonly fault: RecoveryFault };

export interface ServiceStatus {
  /** The thumbprint of the key whose tickets count for this tenant; null: it is not registered. */
  readonly trusts: string | null;
  /** The newest first. */
  readonly keys: readonly { readonly kid: string; readonly createdAt: string }[];
}

/**
 * The PIN reset service. It opens secrets that were sealed to it, for tickets of tenants that it trusts, and knows neither
 * containers nor people; a tenant never sees a secret. Asked over the network, each may throw `ServiceUnavailable`.
 */
export interface PinResetService {
  /** The key that a new protector is sealed to. */
  publicKey(): Promise<ServiceKeyAnswer>;
  /** Opens one protector, once a ticket, and answers encrypted to the tab's key. */
  recover(request: ServiceRecoveryRequest): Promise<Opened>;
  status(tenant: string): Promise<ServiceStatus>;
  /** Takes this tenant's tickets from now on, signed by this key alone. */
  trust(tenant: string, key: TicketKey): Promise<void>;
  /** Takes no more tickets by this key. Another key of the same tenant stays. */
  distrust(tenant: string, thumbprint: string): Promise<void>;
  /** Makes a new key for new protectors; the old ones go on opening theirs. */
  rotate(): Promise<ServiceKeyAnswer>;
  /** Throws `EnvironmentError` where what it keeps is damaged; makes nothing. */
  check(): Promise<void>;
}

/** The service could not be asked. Nothing was used up that it did not answer for. */
export class ServiceUnavailable extends Error {}

/** How long after its end a used ticket is remembered: more than any clock is set back by. */
const REMEMBERED_MS = HOUR_MS;
const SWEEP_MS = 10 * MINUTE_MS;

const trusted = z.strictObject({ key: ticketKey, thumbprint: z.string(), since: z.string() });
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The service on a folder of its own: `keys`, `tenants` and `used`. Several processes may share the folder. */
export function pinResetServiceIn(
  folder: string,
  runtime: { readonly clock: Clock; readonly random: Random },
): PinResetService {
  const { clock, random } = runtime;
  const ring = openKeyRing(join(folder, 'keys'), runtime);
  const used = join(folder, 'used');
  const tenantFile = (tenant: string) => join(folder, 'tenants', `${tenant}.json`);
  const draftName = () => toBase64Url(random.bytes(12));
  let sweptAt = 0;

  async function trustedOf(tenant: string): Promise<z.infer<typeof trusted> | null> {
    if (!GUID.test(tenant)) return null;
    let text: string;
    try {
      text = await readFile(tenantFile(tenant), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const found = trusted.safeParse(jsonOf(text));
    if (!found.success)
      throw new EnvironmentError(`${tenantFile(tenant)} is not a tenant of the PIN reset service.`);
    return found.data;
  }

  async function verified(ticket: string): Promise<{ claims: TicketClaims } | { fault: RecoveryFault }> {
    let tenant: Awaited<ReturnType<typeof trustedOf>>;
    try {
      const { iss } = decodeJwt(ticket);
      const { alg, typ, kid } = decodeProtectedHeader(ticket);
      // Read before it is believed: it only chooses the key.
      tenant = typeof iss === 'string' ? await trustedOf(iss) : null;
      if (alg !== 'ES256' || typ !== TICKET_TYPE) return { fault: 'signature' };
      if (tenant === null) return { fault: 'tenant_unknown' };
      if (kid !== tenant.thumbprint) return { fault: 'signature' };
    } catch (error) {
      if (error instanceof EnvironmentError) throw error;
      if (error instanceof errors.JOSEError || error instanceof TypeError) return { fault: 'unreadable' };
      throw error;
    }
    try {
      const { payload } = await compactVerify(ticket, await importJWK(tenant.key, 'ES256'), {
        algorithms: ['ES256'],
      });
      const claims = ticketClaims.safeParse(jsonOf(new TextDecoder().decode(payload)));
      return claims.success ? { claims: claims.data } : { fault: 'claims' };
    } catch (error) {
      if (error instanceof errors.JOSEError) return { fault: 'signature' };
      throw error;
    }
  }

  /** One file decides: of several who bring the same ticket, here or in another process, one is the first. */
  async function use({ iss, jti, exp }: TicketClaims): Promise<boolean> {
    await sweep();
    const name = createHash('sha256').update(`${iss}\n${jti}`).digest('hex');
    return await createFile(join(used, name), `${new Date(exp * 1000).toISOString()}\n`, draftName());
  }

  /** Forgets used tickets that have long run out. */
  async function sweep(): Promise<void> {
    const now = clock.now();
    if (now.getTime() - sweptAt < SWEEP_MS) return;
    sweptAt = now.getTime();
    for (const name of await filesIn(used)) {
      const path = join(used, name);
      const until = new Date((await readFile(path, 'utf8').catch(() => '')).trim());
      if (later(until, REMEMBERED_MS) < now) await rm(path, { force: true });
    }
  }

  return {
    async publicKey() {
      const { thumbprint, publicKey } = await ring.current();
      return { kid: thumbprint, publicKey };
    },
    async recover({ ticket, kid, encapsulation, ciphertext, oneTimeKey }) {
      const sealed = { encapsulation, ciphertext };
      const seen = await verified(ticket);
      if ('fault' in seen) return { ok: false, fault: seen.fault };
      const { claims } = seen;
      const presented = {
        protector: protectorDigest(sealed),
        thumbprint: publicKeyThumbprint(oneTimeKey),
      };
      const fault = judgeTicket(claims, presented, clock.now());
      if (fault !== null) return { ok: false, fault };
      const key = await ring.find(kid);
      if (key === null) return { ok: false, fault: 'key_unknown' };
      if (!(await use(claims))) return { ok: false, fault: 'used' };
      const { iss: tenant, sub: userHandle, device, container } = claims;
      const secret = await openResetSecret(key, sealed, { tenant, userHandle, device, container });
      if (secret === null) return { ok: false, fault: 'unopenable' };
      const seed = random.bytes(KEY_SEED_BYTES);
      try {
        const answer = await sealAnswer(secret, oneTimeKey, ticket, seed);
        return answer === null ? { ok: false, fault: 'other_key' } : { ok: true, value: answer };
      } finally {
        secret.fill(0);
        seed.fill(0);
      }
    },
    async status(tenant) {
      const [found, keys] = [await trustedOf(tenant), await ring.list()];
      return {
        trusts: found?.thumbprint ?? null,
        keys: keys.map(({ thumbprint, createdAt }) => ({
          kid: thumbprint,
          createdAt: createdAt.toISOString(),
        })),
      };
    },
    async trust(tenant, key) {
      if (!GUID.test(tenant)) throw new TypeError('a tenant is named by its ID');
      // Whoever is trusted can be served: the first key is made now.
      await ring.current();
      const thumbprint = ticketKeyThumbprint(key);
      const content = { key, thumbprint, since: clock.now().toISOString() };
      await replaceFile(tenantFile(tenant), `${JSON.stringify(content)}\n`, draftName());
    },
    async distrust(tenant, thumbprint) {
      const found = await trustedOf(tenant);
      if (found?.thumbprint === thumbprint) await rm(tenantFile(tenant), { force: true });
    },
    async rotate() {
      const { thumbprint, publicKey } = await ring.rotate();
      return { kid: thumbprint, publicKey };
    },
    async check() {
      const keys = await ring.list();
      const tenants = await filesIn(join(folder, 'tenants'));
      for (const name of tenants) {
        if ((await trustedOf(name.replace(/\.json$/, ''))) === null)
          throw new EnvironmentError(
            `${join(folder, 'tenants', name)} is not a tenant of the PIN reset service.`,
          );
      }
      if (tenants.length > 0 && keys.length === 0) {
        throw new EnvironmentError(
          `${join(folder, 'keys')} is empty, and tenants are registered: the keys of the PIN reset service are lost. Put them back from their backup, or take away ${join(folder, 'tenants')} to begin anew.`,
        );
      }
    },
  };
}

/** The RFC 7638 thumbprint of a ticket key, as its tickets name it. */
export function ticketKeyThumbprint({ crv, kty, x, y }: TicketKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
