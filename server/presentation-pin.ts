import 'server-only';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { addProtector, newContainer, unlock } from '#domain/key-container/engine';
import type { Container, PinFacts } from '#domain/key-container/format';
import { finishPin, newPinFacts, startPin } from '#domain/key-container/pin-protector';
import { evaluate, newOprfKey, type RandomBytes } from '#domain/oprf';
import { proveProfile } from '#domain/software-authenticator';
import { beginContainer } from './container-creation.ts';
import { beginPinTry, evaluatePin } from './pin-try.ts';
import type { Runtime } from './runtime.ts';
import { callerAt, done, type SoftwareDesk, signInAtDesk } from './software-desk.ts';

/** The least that a protector may cost: what is shown is who can search, not how long it takes. */
const CHEAP = { m: 7168, t: 5, p: 1 };
const PIN = '4071';
/** What an attacker tries first. The right one is among them, as it is among all ten thousand. */
export const CANDIDATES = ['1234', '0000', PIN, '9999'];

/** A container as it lies in somebody's browser, and which of its protectors is the PIN's. */
export interface StolenContainer {
  readonly container: Container;
  readonly facts: PinFacts;
}

/** Makes a container through the use cases, with a PIN that takes the server's half, and gives away a copy. */
export async function stealContainer(runtime: Runtime, desk: SoftwareDesk): Promise<StolenContainer> {
  const { origin } = runtime.relyingParty;
  const random: RandomBytes = (count) => runtime.random.bytes(count);
  const caller = await callerAt(runtime, desk.caller, await signInAtDesk(runtime, desk));
  const begun = done(await beginContainer(runtime, caller)).value;
  const { container: id, tenant, userHandle, device } = begun;
  const createdAt = runtime.clock.now().toISOString();
  const { container: empty, unlocked } = newContainer(
    { id, tenant, userHandle, device, createdAt },
    begun.history,
    random,
  );
  const facts = newPinFacts(begun.protector, random, CHEAP);
  const attempt = await startPin(facts, PIN, random);
  const { element } = attempt;
  const { challenge, protector } = done(await beginPinTry(runtime, caller, { container: id })).value;
  const signature = proveProfile(desk.profile, origin, challenge, element);
  const tried = { container: id, protector, challenge, element, device: { id: desk.profileId, signature } };
  const wrappingKey = finishPin(empty, facts, attempt, done(await evaluatePin(runtime, caller, tried)).value);
  if (wrappingKey === 'untrusted_server')
    throw new Error('The half of this server was not taken for its own.');
  const container = await addProtector(empty, unlocked, facts, wrappingKey, random);
  unlocked.lock();
  return { container, facts };
}

/** Tries PINs at a copy of a container, with nothing else: the server's half is `guessed`. The PIN that opened it, or null. */
export async function searchOffline(
  { container, facts }: StolenContainer,
  random: RandomBytes,
  guessed = newOprfKey(random),
): Promise<string | null> {
  // Whoever guesses the server's half would also take its word for it.
  const believed = { ...facts, publicKey: toBase64Url(guessed.publicKey) };
  for (const pin of CANDIDATES) {
    const attempt = await startPin(facts, pin, random);
    const evaluated = evaluate(guessed, [fromBase64Url(attempt.element) ?? new Uint8Array()], random);
    const [element] = evaluated?.elements ?? [];
    if (evaluated === null || element === undefined) return null;
    const answer = { element: toBase64Url(element), proof: toBase64Url(evaluated.proof) };
    const wrappingKey = finishPin(container, believed, attempt, answer);
    if (wrappingKey === 'untrusted_server') continue;
    if ((await unlock(container, facts.id, wrappingKey)) !== 'wrong') return pin;
  }
  return null;
}

/** A try at a PIN on its way to the server, as its half asks for it. */
export async function elementFor({ facts }: StolenContainer, random: RandomBytes): Promise<string> {
  return (await startPin(facts, PIN, random)).element;
}
