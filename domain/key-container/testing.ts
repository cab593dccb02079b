import { fromBase64Url, toBase64Url } from '../base64url.ts';
import { evaluate, newOprfKey, type OprfKey, type RandomBytes } from '../oprf.ts';
import { addProtector, newContainer, type Unlocked } from './engine.ts';
import type { Container, ContainerIds, PinFacts } from './format.ts';
import { finishPin, newPinFacts, startPin } from './pin-protector.ts';
import { createKey } from './registration.ts';

/** Test support: a server's half of a PIN without its counter, and a container in the hand of its person. */

/** Random bytes that repeat with their seed. */
export function seeded(seed: number): RandomBytes {
  let state = seed;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}

export const ORIGIN = 'https://latchkey.example';
export const PIN = 'lantern4moss';

export const ids: ContainerIds = {
  id: '6f1c3f5a-0d7e-4f0c-9a53-1f2e8d2f6b01',
  tenant: '0b0f8f2e-8f5c-4a37-8a0b-6f3f0c6d7e02',
  userHandle: 'dXNlci1oYW5kbGUtMDE',
  device: '2c9a1d34-5b1e-4f77-b1c4-9e0d3a7b8c03',
  createdAt: '2026-03-01T10:00:00.000Z',
};

/** An OPRF key as a server keeps it: one protector's. */
export interface ServerKey {
  readonly id: string;
  readonly key: OprfKey;
}

export function aServerKey(id: string, random: RandomBytes): ServerKey {
  return { id, key: newOprfKey(random) };
}

export const publicKeyOf = ({ key }: ServerKey) => toBase64Url(key.publicKey);

/** What the evaluation door answers. */
export function answerWith({ key }: ServerKey, elements: readonly string[], random: RandomBytes) {
  const evaluation = evaluate(
    key,
    elements.map((element) => fromBase64Url(element) ?? new Uint8Array()),
    random,
  );
  if (evaluation === null) throw new Error('the server refused the elements');
  return { elements: evaluation.elements.map(toBase64Url), proof: toBase64Url(evaluation.proof) };
}

/** The wrapping key of a PIN, by both halves. */
export async function wrappingKeyFor(
  owner: ContainerIds,
  facts: PinFacts,
  pin: string,
  server: ServerKey,
  random: RandomBytes,
): Promise<Uint8Array | 'untrusted_server'> {
  const attempt = await startPin(facts, pin, random);
  const { elements, proof } = answerWith(server, [attempt.element], random);
  return finishPin(owner, facts, attempt, { element: elements[0] ?? '', proof });
}

/** The PIN protector of that ID. */
export function pinOf({ protectors }: Container, id: string): PinFacts {
  const found = protectors.find((one) => one.id === id);
  if (found?.kind !== 'pin') throw new Error('there is no such PIN protector');
  return found;
}

export const trusted = <T>(answer: T | 'untrusted_server'): T => {
  if (answer === 'untrusted_server') throw new Error('the server was not trusted');
  return answer;
};

export interface House {
  readonly random: RandomBytes;
  readonly pinKey: ServerKey;
  readonly historyKey: ServerKey;
  readonly container: Container;
  /** Open, by the authentication key that it was made with. */
  readonly unlocked: Unlocked;
  /** Of its PIN; a copy each time. */
  readonly wrappingKey: () => Uint8Array;
}

/** A container as it is when it was just provisioned with `PIN`. */
export async function aHouse(owner: ContainerIds = ids, seed = 1): Promise<House> {
  const random = seeded(seed);
  const [pinKey, historyKey] = [aServerKey(`pin-${seed}`, random), aServerKey(`history-${seed}`, random)];
  const begun = newContainer(owner, { publicKey: publicKeyOf(historyKey) }, random);
  const facts = newPinFacts({ id: pinKey.id, publicKey: publicKeyOf(pinKey) }, random);
  const wrappingKey = trusted(await wrappingKeyFor(owner, facts, PIN, pinKey, random));
  const copy = Uint8Array.from(wrappingKey);
  const withPin = await addProtector(begun.container, begun.unlocked, facts, wrappingKey, random);
  const options = { challenge: 'Y3JlYXRl', rp: { id: 'latchkey.example' }, user: { id: owner.userHandle } };
  const made = await createKey(withPin, begun.unlocked, options, ORIGIN, random);
  if (made === 'other_person') throw new Error('the key is for somebody else');
  return {
    random,
    pinKey,
    historyKey,
    container: made.container,
    unlocked: begun.unlocked,
    wrappingKey: () => Uint8Array.from(copy),
  };
}
