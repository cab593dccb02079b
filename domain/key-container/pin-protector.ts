import { joinBytes } from '../attestation/bytes.ts';
import { fromBase64Url, toBase64Url } from '../base64url.ts';
import { type Blinded, blind, finalize, type RandomBytes } from '../oprf.ts';
import { ARGON2_DEFAULT, SALT_BYTES, stretch } from './argon2.ts';
import type { ContainerIds, PinFacts } from './format.ts';
import { wipe } from './seal.ts';
import { wrappingKeyOf } from './wrapping-key.ts';

/** What the server says about its half of a PIN: the protector's ID and the public key of its OPRF key. */
export interface ServerHalf {
  readonly id: string;
  readonly publicKey: string;
}

/** A door's answer to one element, base64url. */
export interface EvaluationAnswer {
  readonly element: string;
  readonly proof: string;
}

/** A PIN on its way: `element` goes to the server, the rest stays in memory until `finishPin` or `dropPinAttempt`. */
export interface PinAttempt {
  readonly element: string;
  readonly blinded: Blinded;
}

/** What is public about a new PIN protector. The server's public key is pinned from here on. */
export function newPinFacts(server: ServerHalf, random: RandomBytes, argon2 = ARGON2_DEFAULT): PinFacts {
  const salt = toBase64Url(random(SALT_BYTES));
  return { kind: 'pin', id: server.id, publicKey: server.publicKey, salt, argon2 };
}

/** The half of the device: stretches a typed PIN (about 0.3 s) and blinds it for the server. */
export async function startPin(facts: PinFacts, pin: string, random: RandomBytes): Promise<PinAttempt> {
  const stretched = await stretch(pin, bytesOf(facts.salt), facts.argon2);
  const blinded = blind(stretched, random);
  return { element: toBase64Url(blinded.element), blinded };
}

/**
 * Both halves together: the wrapping key of this PIN, which may be the wrong one. `untrusted_server`: the answer does not
 * prove the key that was pinned when the protector was made, so nothing is done with it. The attempt is used up either way.
 */
export function finishPin(
  ids: ContainerIds,
  facts: PinFacts,
  attempt: PinAttempt,
  answer: EvaluationAnswer,
): Uint8Array | 'untrusted_server' {
  const { blinded } = attempt;
  const evaluation = { elements: [bytesOf(answer.element)], proof: bytesOf(answer.proof) };
  const [output] = finalize([blinded], evaluation, bytesOf(facts.publicKey)) ?? [];
  if (output === undefined) {
    dropPinAttempt(attempt);
    return 'untrusted_server';
  }
  const material = joinBytes(output, blinded.input);
  const wrappingKey = wrappingKeyOf(ids, facts, material, bytesOf(facts.salt));
  wipe(material, output);
  dropPinAttempt(attempt);
  return wrappingKey;
}

/** Forgets an attempt that no answer came to. */
export function dropPinAttempt({ blinded }: PinAttempt): void {
  wipe(blinded.input, blinded.blind);
}

/** What is not base64url is no element, key or proof either. */
function bytesOf(text: string): Uint8Array {
  return fromBase64Url(text) ?? new Uint8Array();
}
