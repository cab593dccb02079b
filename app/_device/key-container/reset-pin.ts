import { keepPin, type Unlocked, unlock } from '#domain/key-container/engine';
import type { ResetFacts } from '#domain/key-container/format';
import { forgetHistory } from '#domain/key-container/history';
import { resetWrappingKey } from '#domain/key-container/reset-protector';
import type { RecoveryAnswer, ServiceRecoveryAnswer } from '#domain/pin-reset-ticket';
import type { PinChangeAnswer } from '#domain/wire';
import { post } from '../post.ts';
import type { Outcome } from '../trouble.ts';
import { answering, endAs, need } from './answering.ts';
import { replacePin, type StepUp } from './change-pin.ts';
import { asItIs, choose, type Read, tryOptions } from './key-container.ts';
import { openByPasskey } from './passkey-protector.ts';
import { random } from './random.ts';
import { alone, Fault } from './store.ts';

/** How far a reset is. */
export type ResetStep = 'recovering' | 'answering' | 'stretching' | 'committing';

/** What opens a container whose PIN was forgotten: the PIN reset service, or a passkey. */
export type Way = 'service' | 'passkey';

export interface NewPin {
  readonly pin: string;
  readonly onStep: (step: ResetStep) => void;
}

/** How the session is asked for a key: the first time, and after that. */
interface Sessions {
  readonly first: StepUp;
  readonly after: StepUp;
}

/** An open container, and what the server has to see of that. */
interface Recovered {
  readonly unlocked: Unlocked;
  readonly shown: { readonly reset: true } | { readonly passkey: string };
  /** How the new PIN is shown. */
  readonly stepUp: StepUp;
}

/**
 * Gives the person's container here another PIN without the old one. Either the PIN reset service opens the secret of the
 * reset protector for this tab alone, or a passkey answers that this browser lets open it. Same key, same kid. The old PIN
 * counts until the assertion that shows the new one; whoever is cut off before begins again.
 */
export async function resetPin(
  userHandle: string,
  wanted: NewPin,
  way: Way,
  sessions: Sessions,
): Promise<Outcome<'changed'>> {
  return await answering('asking', async () => {
    const chosen = await choose(userHandle);
    // Other tabs may go on while a passkey is waited for.
    const { unlocked, shown, stepUp } = await ways[way](chosen, wanted, sessions);
    try {
      return await alone(userHandle, async () => {
        const kept = await asItIs(chosen);
        const { id } = kept.container;
        const { protector } = need(
          await post<PinChangeAnswer>('/api/key-container/change', { container: id, ...shown }),
        );
        // One that was cut off before is given up by this one: what is named now is the only one that counts.
        const { challenge, protector: counting } = await tryOptions(kept.container);
        const container = keepPin(forgetHistory(kept.container), counting);
        if (container === 'unknown_protector') throw new Fault('container_damaged');
        await replacePin({ ...kept, container }, unlocked, { ...wanted, protector, challenge }, stepUp);
        return 'changed' as const;
      });
    } finally {
      unlocked.lock();
    }
  });
}

const ways: Readonly<Record<Way, (kept: Read, wanted: NewPin, sessions: Sessions) => Promise<Recovered>>> = {
  service: async (kept, { onStep }, { first }) => {
    onStep('recovering');
    return { unlocked: await recover(kept), shown: { reset: true }, stepUp: first };
  },
  passkey: async (kept, { onStep }, { first, after }) => {
    onStep('answering');
    const { unlocked, passkey } = await openByPasskey(kept, first);
    return { unlocked, shown: { passkey }, stepUp: after };
  },
};

/** Opens the container by its reset protector: a ticket of the tenant, the service's answer to this tab's one-time key. */
async function recover({ container }: Read): Promise<Unlocked> {
  const facts = container.protectors.find(
    (each): each is typeof each & ResetFacts => each.kind === 'pin-reset',
  );
  if (facts === undefined) return endAs('pin_reset_protector_unusable');
  const { KEY_SEED_BYTES, keyPairFrom, openAnswer, protectorDigest } = await import(
    '#domain/pin-reset-protector'
  );
  const oneTime = await keyPairFrom(random(KEY_SEED_BYTES));
  const { keyId: kid, encapsulation, ciphertext } = facts;
  const { ticket } = need(
    await post<RecoveryAnswer>('/api/key-container/recovery', {
      container: container.id,
      protector: protectorDigest(facts) ?? '',
      thumbprint: oneTime.thumbprint,
    }),
  );
  const answer = need(
    await post<ServiceRecoveryAnswer>('/api/pin-reset-service/recovery', {
      ticket,
      kid,
      encapsulation,
      ciphertext,
      oneTimeKey: oneTime.publicKey,
    }),
  );
  const secret = await openAnswer(oneTime, answer, ticket);
  if (secret === null) throw new Fault('server_untrusted');
  const unlocked = await unlock(container, facts.id, resetWrappingKey(container, facts, secret));
  if (unlocked === 'wrong') throw new Fault('container_damaged');
  return unlocked;
}
