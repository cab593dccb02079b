import 'server-only';
import type { z } from 'zod';
import type { PhoneState, phoneStreamQuery } from '#domain/authenticator';
import { ok, type Result, refuse } from '#domain/result';
import { SECOND_MS } from '#domain/time';
import { readPendingApprovals } from './approval.ts';
import { keyOfPhone, readPhones, refusePhoneProof } from './authenticator-phone.ts';
import type { Caller } from './caller.ts';
import { isStoreUnavailable } from './db.ts';
import type { Streamed } from './endpoint.ts';
import { readPusher } from './phone-push.ts';
import { readPhoneVerification } from './phone-verification.ts';
import type { Runtime } from './runtime.ts';
import { createSlots, perRuntime } from './slots.ts';

/** The store is asked once a second, for all phones that listen in this process together. */
const TURN_MS = SECOND_MS;
/** Proxies close what is silent for a minute; some after half of one. */
const HEARTBEAT_MS = 15 * SECOND_MS;

interface Listener {
  readonly phoneId: string;
  /** What is to be sent; null when the phone has it. A later one takes its place. */
  next: string | null;
  /** What was handed round last. */
  known: string;
  beat: boolean;
  over: boolean;
  wake: () => void;
}

/**
 * The live connections of phones in one process. What is sent is how a phone stands, whole, each time that it changed in the
 * store: a phone that comes back, to whichever instance, has everything at once, and nothing has to be remembered for it.
 */
export interface PhoneFeed {
  listen(phoneId: string): { readonly chunks: AsyncGenerator<string, void>; readonly close: () => void };
  /** One turn: what changed, and signs of life. Does nothing when nobody listens. */
  turn(): Promise<void>;
  readonly listeners: number;
}

export function createPhoneFeed(runtime: Runtime): PhoneFeed {
  const listeners = new Set<Listener>();
  let beatAt = runtime.clock.now();

  const end = (listener: Listener) => {
    listener.over = true;
    listeners.delete(listener);
    listener.wake();
  };

  async function readStates(ids: readonly string[]): Promise<ReadonlyMap<string, PhoneState>> {
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

  async function turn(): Promise<void> {
    if (listeners.size === 0) return;
    const now = runtime.clock.now();
    try {
      const states = await readStates([...new Set([...listeners].map(({ phoneId }) => phoneId))]);
      for (const listener of [...listeners]) {
        const state = states.get(listener.phoneId) ?? { state: 'gone' };
        const text = JSON.stringify(state);
        if (text !== listener.known) {
          listener.known = text;
          listener.next = text;
          listener.wake();
        }
        if (state.state === 'gone') end(listener);
      }
    } catch (error) {
      // Nobody is left waiting for a store that is away: the phone comes back when it does.
      if (!isStoreUnavailable(error)) console.error(error);
      for (const listener of [...listeners]) end(listener);
    }
    if (now.getTime() - beatAt.getTime() < HEARTBEAT_MS) return;
    beatAt = now;
    for (const listener of listeners) {
      listener.beat = true;
      listener.wake();
    }
  }

  async function* chunks(listener: Listener): AsyncGenerator<string, void> {
    try {
      // Something at once: the phone then knows that it is connected.
      yield ': the authenticator\n\n';
      for (;;) {
        if (listener.next !== null) {
          const text = listener.next;
          listener.next = null;
          // JSON has no line ends of its own, so that one `data` line holds it.
          yield `data: ${text}\n\n`;
        } else if (listener.over) return;
        else if (listener.beat) {
          listener.beat = false;
          yield ': still here\n\n';
        } else
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
      }
    } finally {
      end(listener);
    }
  }

  return {
    listen: (phoneId) => {
      const listener: Listener = {
        phoneId,
        next: null,
        known: '',
        beat: false,
        over: false,
        wake: () => {},
      };
      listeners.add(listener);
      return { chunks: chunks(listener), close: () => end(listener) };
    },
    turn,
    get listeners() {
      return listeners.size;
    },
  };
}

/** The feed of a process, which turns as long as a phone listens. */
const feedOf = perRuntime((runtime: Runtime) => {
  const feed = createPhoneFeed(runtime);
  let turning = false;
  const nextTurn = () => {
    setTimeout(async () => {
      await feed.turn();
      turning = feed.listeners > 0;
      if (turning) nextTurn();
    }, TURN_MS).unref();
  };
  const start = () => {
    if (!turning) nextTurn();
    turning = true;
  };
  return { feed, slots: createSlots({ perPerson: 3, inAll: 2048 }), start };
});

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
  const { chunks, close } = feed.listen(phone);
  start();
  return ok({
    // `no-transform`: a compressor would hold events back until its buffer is full. The last one is nginx's word for it.
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
    chunks,
    closed: () => {
      close();
      slot.value();
    },
  });
}
