import { addProtector, removeProtector, type Unlocked } from '#domain/key-container/engine';
import type { ResetFacts } from '#domain/key-container/format';
import { newResetSecret, resetWrappingKey } from '#domain/key-container/reset-protector';
import type { ResetProtectorAnswer, ServiceKeyAnswer } from '#domain/pin-reset-ticket';
import { post } from '../post.ts';
import { need } from './answering.ts';
import type { Read } from './key-container.ts';
import { random } from './random.ts';
import { Fault, keep } from './store.ts';

/**
 * The PIN reset protector of an open container (docs/decisions/026-pin-reset-service.md): a secret that only the PIN reset
 * service can open again. What is here at the time is replaced.
 */
export async function prepareReset(kept: Read, unlocked: Unlocked): Promise<Read> {
  const { container: bare } = await withoutReset(kept);
  const { kid, publicKey } = need(await post<ServiceKeyAnswer>('/api/pin-reset-service/key', {}));
  // HPKE is loaded by whoever needs it, which is seldom.
  const { KEY_SEED_BYTES, protectorDigest, sealResetSecret } = await import('#domain/pin-reset-protector');
  const secret = newResetSecret(random);
  const { id: container, tenant, userHandle, device } = bare;
  const place = { tenant, userHandle, device, container };
  const sealed = await sealResetSecret(secret, publicKey, place, random(KEY_SEED_BYTES));
  if (sealed === null) throw new Fault('server_untrusted');
  const facts: ResetFacts = { kind: 'pin-reset', id: crypto.randomUUID(), keyId: kid, ...sealed };
  const wrappingKey = resetWrappingKey(bare, facts, secret);
  const prepared: Read = {
    ...kept,
    container: await addProtector(bare, unlocked, facts, wrappingKey, random),
  };
  await keep(prepared, container);
  const made = { kid, protector: protectorDigest(sealed) ?? '' };
  need(await post<ResetProtectorAnswer>('/api/key-container/reset-protector', { container, made }));
  return prepared;
}

/** Gives the PIN reset protector up, where policy does not want it any more. */
export async function dropReset(kept: Read): Promise<Read> {
  const bare: Read = { ...kept, container: (await withoutReset(kept)).container };
  await keep(bare, bare.container.id);
  const gone = { container: bare.container.id, made: null };
  need(await post<ResetProtectorAnswer>('/api/key-container/reset-protector', gone));
  return bare;
}

async function withoutReset({ container }: Read): Promise<Pick<Read, 'container'>> {
  const resets = container.protectors.filter(({ kind }) => kind === 'pin-reset');
  return { container: resets.reduce((found, { id }) => removeProtector(found, id), container) };
}
