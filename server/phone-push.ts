import 'server-only';
import { type PushSubscription, pushContent, pushSubscription } from '#domain/authenticator';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { ok, type Result, refuse } from '#domain/result';
import { SECOND_MS } from '#domain/time';
import { refusePhoneProof } from './authenticator-phone.ts';
import type { Caller } from './caller.ts';
import { record } from './event.ts';
import { readPolicy } from './policy.ts';
import type { Pusher } from './pusher.ts';
import type { Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';

/** Web Push: a phone whose page is closed is woken, and opens it. What waits there it hears by its own connection. */

/** Requests that are woken for in one turn. */
const BATCH = 50;

/** What wakes phones here, where there is such a thing and policy lets it. */
export async function readPusher(runtime: Runtime): Promise<Pusher | null> {
  if (runtime.pusher === null) return null;
  return (await readPolicy(runtime.db))('Authenticator.webPush').value ? runtime.pusher : null;
}

const context = (phoneId: string) => `push/${phoneId}`;

function sealSubscription(runtime: Runtime, phoneId: string, subscription: PushSubscription): string {
  const nonce = runtime.random.bytes(NONCE_BYTES);
  const bytes = Buffer.from(JSON.stringify(subscription));
  return toBase64Url(seal(runtime.keys('push'), nonce, bytes, context(phoneId)));
}

function openSubscription(runtime: Runtime, phoneId: string, sealed: string): PushSubscription | null {
  const bytes = unseal(runtime.keys('push'), fromBase64Url(sealed) ?? new Uint8Array(), context(phoneId));
  return bytes && pushSubscription.parse(JSON.parse(bytes.toString('utf8')));
}

/** Keeps where a phone is woken, which its key signs, in place of what was kept before. Sealed: whoever has it can ring there. */
export async function keepPhonePush(
  runtime: Runtime,
  caller: Caller,
  input: {
    readonly phoneId: string;
    readonly challenge: string;
    readonly signature: string;
    readonly subscription: PushSubscription;
  },
): Promise<Result<{ on: true }>> {
  const { phoneId, subscription } = input;
  const phone = await runtime.db.authenticatorPhone.findUnique({ where: { id: phoneId } });
  if (phone === null) return refuse('not_found');
  const content = pushContent(phoneId, subscription);
  const refused = await refusePhoneProof(runtime, caller, phone.publicKey, input, content);
  if (refused !== null) return refuse(refused);
  const pusher = await readPusher(runtime);
  if (pusher?.accepts(subscription) !== true) return refuse('bad_request');
  const sealed = sealSubscription(runtime, phoneId, subscription);
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.authenticatorPhone.updateMany({
      where: { id: phoneId, user: { disabledAt: null } },
      data: { pushSubscription: sealed },
    });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'phone_push_added',
      userId: phone.userId,
      credentialId: phoneId,
      detail: { name: phone.name, service: new URL(subscription.endpoint).hostname, address: caller.address },
    });
    return ok({ on: true });
  });
}

/**
 * Wakes the phones of those who are asked and were not woken for it, once for each request: whichever instance claims it sends.
 * A message that is lost costs nothing but the hint. Returns how many were sent.
 */
export async function pushWaiting(runtime: Runtime): Promise<number> {
  const pusher = await readPusher(runtime);
  if (pusher === null) return 0;
  const now = runtime.clock.now();
  const waiting = await runtime.db.approvalRequest.findMany({
    where: { pendingFor: { not: null }, pushedAt: null, expiresAt: { gt: now } },
    select: { id: true, pendingFor: true, expiresAt: true },
    take: BATCH,
  });
  let sent = 0;
  for (const { id, pendingFor, expiresAt } of waiting) {
    const { count } = await runtime.db.approvalRequest.updateMany({
      where: { id, state: 'pending', pushedAt: null },
      data: { pushedAt: now },
    });
    if (count !== 1 || pendingFor === null) continue;
    const seconds = Math.ceil((expiresAt.getTime() - now.getTime()) / SECOND_MS);
    sent += await pushTo(runtime, pusher, pendingFor, seconds);
  }
  return sent;
}

async function pushTo(runtime: Runtime, pusher: Pusher, userId: string, seconds: number): Promise<number> {
  const phones = await runtime.db.authenticatorPhone.findMany({
    where: { userId, pushSubscription: { not: null }, user: { disabledAt: null } },
    select: { id: true, pushSubscription: true },
  });
  const outcomes = await Promise.all(
    phones.map(async ({ id, pushSubscription: sealed }) => {
      const subscription = sealed === null ? null : openSubscription(runtime, id, sealed);
      if (sealed === null || subscription === null) return false;
      const pushed = await pusher.push(subscription, seconds);
      if (pushed === 'gone') await forget(runtime, userId, id, sealed);
      return pushed === 'sent';
    }),
  );
  return outcomes.filter(Boolean).length;
}

/** Forgets where a phone was woken, unless it said another place meanwhile. */
async function forget(runtime: Runtime, userId: string, phoneId: string, sealed: string): Promise<void> {
  await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.authenticatorPhone.updateMany({
      where: { id: phoneId, pushSubscription: sealed },
      data: { pushSubscription: null },
    });
    if (count === 1) await record(tx, runtime, { code: 'phone_push_ended', userId, credentialId: phoneId });
  });
}
