import 'server-only';
import type { z } from 'zod';
import type { PhoneState, phoneStreamQuery } from '#domain/authenticator';
import { ok, type Result, refuse } from '#domain/result';
import { readPendingApprovals } from './approval.ts';
import { keyOfPhone, readPhones, refusePhoneProof } from './authenticator-phone.ts';
import type { Caller } from './caller.ts';
import type { Streamed } from './endpoint.ts';
import { streamed, turning } from './live-connection.ts';
import { readPusher } from './phone-push.ts';
import { readPhoneVerification } from './phone-verification.ts';
import type { Runtime } from './runtime.ts';
import { createSlots, perRuntime } from './slots.ts';
import { createStateFeed, type StateFeed } from './state-feed.ts';

/** The live connections of phones in one process. */
export function createPhoneFeed(runtime: Runtime): StateFeed {
  return createStateFeed(runtime, {
    hello: 'the authenticator',
    over: { state: 'gone' } satisfies PhoneState,
    read: (ids) => readStates(runtime, ids),
  });
}

async function readStates(
  runtime: Runtime,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PhoneState>> {
  const phones = await readPhones(runtime, ids);
  const people = [...phones.values()].flatMap((phone) => (phone.state === 'ready' ? [phone.userId] : []));
  const requests = await readPendingApprovals(runtime, people);
  const policy = await readPhoneVerification(runtime.db);
  const { id: rpId } = runtime.relyingParty;
  const key = (await readPusher(runtime))?.publicKey ?? null;
  return new Map(
    [...phones].map(([id, phone]): [string, PhoneState] => {
      if (phone.state === 'confirming') return [id, phone];
      const { state, name, account, userId, verificationId, pushed } = phone;
      const push = { key, on: key !== null && pushed };
      const verification = { policy, rpId, credentialId: verificationId };
      return [id, { state, name, account, request: requests.get(userId) ?? null, verification, push }];
    }),
  );
}

const feedOf = perRuntime((runtime: Runtime) => ({
  ...turning(createPhoneFeed(runtime)),
  slots: createSlots({ perPerson: 3, inAll: 2048 }),
}));

/**
 * The live connection of a phone (server-sent events): it shows its key by a signature over a challenge that is good once, and
 * hears from then on how it stands and what waits for its answer.
 */
export async function streamPhone(
  runtime: Runtime,
  caller: Caller,
  { phone, ...proof }: z.output<typeof phoneStreamQuery>,
): Promise<Result<Streamed>> {
  const publicKey = await keyOfPhone(runtime, phone);
  if (publicKey === null) return refuse('not_found');
  const refused = await refusePhoneProof(runtime, caller, publicKey, proof, phone);
  if (refused !== null) return refuse(refused);
  const { feed, slots, start } = feedOf(runtime);
  const slot = slots.take(phone);
  if (!slot.ok) return slot;
  start();
  return ok(streamed(feed.listen(phone), slot.value));
}
