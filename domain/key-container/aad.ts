import { joinBytes } from '../attestation/bytes.ts';
import type { Argon2Cost, ContainerIds, HistoryFacts, ProtectorFacts, UserKey } from './format.ts';

/**
 * What every ciphertext of a container is bound to (its associated data): the label, and then, each preceded by its length
 * in four bytes, whose container it is, what the ciphertext is, and all that stands beside it. Nothing can be moved between
 * containers, people, devices or places, and nothing beside a ciphertext can be changed.
 */
const LABEL = 'latchkey-container-v1';

const encoder = new TextEncoder();

function bound(ids: ContainerIds, place: 'key' | 'protector' | 'history', ...own: readonly string[]) {
  const fields = [ids.tenant, ids.userHandle, ids.device, ids.id, ids.createdAt, place, ...own];
  const framed = fields.flatMap((field) => {
    const text = encoder.encode(field);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, text.length);
    return [length, text];
  });
  return joinBytes(encoder.encode(LABEL), ...framed);
}

const costWords = ({ m, t, p }: Argon2Cost) => `m=${m},t=${t},p=${p}`;

export function keyAad(
  ids: ContainerIds,
  { credentialId, relyingParty, publicKey }: Pick<UserKey, 'credentialId' | 'relyingParty' | 'publicKey'>,
): Uint8Array<ArrayBuffer> {
  return bound(ids, 'key', credentialId, relyingParty, publicKey);
}

export function protectorAad(ids: ContainerIds, facts: ProtectorFacts): Uint8Array<ArrayBuffer> {
  switch (facts.kind) {
    case 'pin': {
      const { kind, id, publicKey, salt, argon2 } = facts;
      return bound(ids, 'protector', kind, id, publicKey, salt, costWords(argon2));
    }
    case 'prf':
      return bound(ids, 'protector', facts.kind, facts.id, facts.credentialId, facts.salt);
    case 'pin-reset': {
      const { kind, id, keyId, encapsulation, ciphertext } = facts;
      return bound(ids, 'protector', kind, id, keyId, encapsulation, ciphertext);
    }
  }
}

export function historyAad(
  ids: ContainerIds,
  { publicKey, salt, argon2 }: HistoryFacts,
): Uint8Array<ArrayBuffer> {
  return bound(ids, 'history', publicKey, salt, costWords(argon2));
}
