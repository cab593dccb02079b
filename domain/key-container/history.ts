import { sha256 } from '@noble/hashes/sha2.js';
import { joinBytes, sameBytes } from '../attestation/bytes.ts';
import { fromBase64Url, toBase64Url } from '../base64url.ts';
import { type Blinded, blind, finalize, type RandomBytes } from '../oprf.ts';
import { historyAad } from './aad.ts';
import { stretch } from './argon2.ts';
import { keyOf, type Unlocked } from './engine.ts';
import { type Container, HISTORY_MAX, type HistoryFacts, TAG_BYTES } from './format.ts';
import { open, seal, wipe } from './seal.ts';

/**
 * Earlier PINs, as tags: SHA-256 of the output of an OPRF key of their own, over argon2id of the PIN with a salt of the
 * history's own. A tag says nothing to whoever lacks that key. Asking costs a try and needs an unlocked container, so that
 * it is no way to guess the PIN in use.
 *
 * A change asks for the tags of the PIN in use and of the new one. It remembers the former first (its tag is missing where a
 * tab died, or where policy kept none before), then asks whether the latter was used, and remembers that once it counts.
 */
const LABEL = new TextEncoder().encode('latchkey-pin-history-v1');

/** PINs on their way: `elements` go to the server, one for each PIN, in their order. */
export interface HistoryAttempt {
  readonly elements: readonly string[];
  readonly blinded: readonly Blinded[];
}

/** A door's answer to several elements, base64url. */
export interface HistoryAnswer {
  readonly elements: readonly string[];
  readonly proof: string;
}

/** Stretches and blinds PINs (about 0.3 s each): the one in use and the new one; after a PIN reset the new one alone. */
export async function startHistory(
  { salt, argon2 }: HistoryFacts,
  pins: readonly string[],
  random: RandomBytes,
): Promise<HistoryAttempt> {
  const blinded: Blinded[] = [];
  for (const pin of pins) blinded.push(blind(await stretch(pin, bytesOf(salt), argon2), random));
  return { elements: blinded.map(({ element }) => toBase64Url(element)), blinded };
}

/** A tag for each PIN, in their order. The attempt is used up. `untrusted_server`: not the key that was pinned. */
export function finishHistory(
  { publicKey }: HistoryFacts,
  attempt: HistoryAttempt,
  answer: HistoryAnswer,
): readonly Uint8Array[] | 'untrusted_server' {
  const evaluation = { elements: answer.elements.map(bytesOf), proof: bytesOf(answer.proof) };
  const outputs = finalize(attempt.blinded, evaluation, bytesOf(publicKey));
  dropHistoryAttempt(attempt);
  if (outputs === null) return 'untrusted_server';
  const tags = outputs.map((output) => sha256(joinBytes(LABEL, output)));
  wipe(...outputs);
  return tags;
}

/** Forgets an attempt that no answer came to. */
export function dropHistoryAttempt({ blinded }: HistoryAttempt): void {
  for (const one of blinded) wipe(one.input, one.blind);
}

/** The tags that are kept, the newest first; null when they are not what was sealed. */
async function keptTags(container: Container, unlocked: Unlocked): Promise<readonly Uint8Array[] | null> {
  const { history } = container;
  if (history.sealed === null) return [];
  const all = await open(keyOf(unlocked, container), history.sealed, historyAad(container, history));
  if (all === null || all.length % TAG_BYTES !== 0) return null;
  return Array.from({ length: all.length / TAG_BYTES }, (_, at) =>
    all.slice(at * TAG_BYTES, (at + 1) * TAG_BYTES),
  );
}

/** Whether a PIN is among the last `count`, the one in use counted. */
export async function usedBefore(
  container: Container,
  unlocked: Unlocked,
  tag: Uint8Array,
  count: number,
): Promise<boolean | 'damaged'> {
  const kept = await keptTags(container, unlocked);
  return kept === null ? 'damaged' : kept.slice(0, count).some((one) => sameBytes(one, tag));
}

/**
 * Adds tags, the newest first, and keeps `count` of all. A tag that is there already moves to the front. With a count of 0
 * nothing is kept.
 */
export async function rememberTags(
  container: Container,
  unlocked: Unlocked,
  tags: readonly Uint8Array[],
  count: number,
  random: RandomBytes,
): Promise<Container | 'damaged'> {
  const kept = await keptTags(container, unlocked);
  if (kept === null) return 'damaged';
  const all = [...tags, ...kept]
    .filter((tag, at, every) => every.findIndex((one) => sameBytes(one, tag)) === at)
    .slice(0, Math.min(count, HISTORY_MAX));
  if (all.length === 0) return forgetHistory(container);
  const { history } = container;
  const sealed = await seal(
    keyOf(unlocked, container),
    joinBytes(...all),
    historyAad(container, history),
    random,
  );
  return { ...container, history: { ...history, sealed } };
}

/** Without earlier PINs: they are not kept through a PIN reset. */
export function forgetHistory(container: Container): Container {
  return { ...container, history: { ...container.history, sealed: null } };
}

function bytesOf(text: string): Uint8Array {
  return fromBase64Url(text) ?? new Uint8Array();
}
