import 'server-only';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  KEY_SEED_BYTES,
  type KeyPair,
  keyPairFrom,
  type ProtectorPlace,
  protectorDigest,
  RESET_SECRET_BYTES,
  type Sealed,
  sealResetSecret,
} from '#domain/pin-reset-protector';
import {
  TICKET_AUDIENCE,
  TICKET_LIFETIME_MS,
  TICKET_TYPE,
  type TicketClaims,
  ticketKey,
} from '#domain/pin-reset-ticket';
import { newId, type Runtime, systemRandom } from '../runtime.ts';
import { type PinResetService, ticketKeyThumbprint } from './service.ts';

/** A tenant of the tests, with the private half of its ticket key in hand. */
export async function aTicketTenant(runtime: Runtime, service: PinResetService, id = newId(runtime)) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const key = ticketKey.parse({ kty, crv, x, y });
  await service.trust(id, key);
  return { id, key, privateKey, thumbprint: ticketKeyThumbprint(key) };
}
export type TicketTenant = Awaited<ReturnType<typeof aTicketTenant>>;

export const draw = (count: number = KEY_SEED_BYTES) => systemRandom.bytes(count);

/** A protector as a browser makes it, with the secret that it must give back. */
export async function aProtector(runtime: Runtime, service: PinResetService, tenant: string) {
  const place: ProtectorPlace = {
    tenant,
    userHandle: Buffer.from(draw()).toString('base64url'),
    device: newId(runtime),
    container: newId(runtime),
  };
  const secret = draw(RESET_SECRET_BYTES);
  const { kid, publicKey } = await service.publicKey();
  const sealed = await sealResetSecret(secret, publicKey, place, draw());
  if (sealed === null) throw new Error('the service gave no key');
  return { place, secret, kid, sealed };
}

/** A ticket for this protector and this tab, with claims changed as a forger would. */
export async function aTicket(
  runtime: Runtime,
  tenant: TicketTenant,
  place: ProtectorPlace,
  sealed: Sealed,
  tab: KeyPair,
  given: { readonly claims?: Partial<Record<keyof TicketClaims, unknown>>; readonly header?: object } = {},
): Promise<string> {
  const iat = Math.floor(runtime.clock.now().getTime() / 1000);
  const claims: Readonly<Record<string, unknown>> = {
    iss: place.tenant,
    aud: TICKET_AUDIENCE,
    sub: place.userHandle,
    device: place.device,
    container: place.container,
    protector: protectorDigest(sealed),
    cnf: { jkt: tab.thumbprint },
    mfaAt: iat - 30,
    iat,
    exp: iat + TICKET_LIFETIME_MS / 1000,
    jti: Buffer.from(draw()).toString('base64url'),
    ...given.claims,
  };
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: TICKET_TYPE, kid: tenant.thumbprint, ...given.header })
    .sign(tenant.privateKey);
}

export const aTab = () => keyPairFrom(draw());
