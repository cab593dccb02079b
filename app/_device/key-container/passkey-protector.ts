import { fromBase64Url } from '#domain/base64url';
import { addProtector, removeProtector, type Unlocked, unlock } from '#domain/key-container/engine';
import type { Container, PrfFacts, Protector } from '#domain/key-container/format';
import { newPrfFacts, prfWrappingKey } from '#domain/key-container/prf-protector';
import type { PrfProtectorAnswer } from '#domain/wire';
import { getWithPrf } from '../platform-authenticator.ts';
import { post } from '../post.ts';
import type { Outcome } from '../trouble.ts';
import { answering, need } from './answering.ts';
import type { StepUp } from './change-pin.ts';
import { answerWith, asItIs, choose, followUp, openByPin, type Read, settlePin } from './key-container.ts';
import { random } from './random.ts';
import { alone, Fault, keep } from './store.ts';

/** How far the adding of a passkey is. */
export type OpenerStep = 'passkey' | 'pin' | 'keeping';

export interface NewOpener {
  /** The authenticator's ID of the passkey. */
  readonly credentialId: string;
  readonly onStep: (step: OpenerStep) => void;
}

type PrfProtector = Protector & PrfFacts;

const prfsOf = ({ protectors }: Container) =>
  protectors.filter((each): each is PrfProtector => each.kind === 'prf');

/** The passkeys that open the container of a person here, by their authenticators' IDs; null where it cannot be read. */
export async function openersHere(userHandle: string): Promise<readonly string[] | null> {
  const kept = await answering('asking', () => choose(userHandle));
  return kept.ok ? prfsOf(kept.value.container).map(({ credentialId }) => credentialId) : null;
}

/** Lets one of these passkeys answer in the session, and gives back what is its own for the salt of its protector. */
async function askPasskey(facts: readonly PrfFacts[], { ask, handIn }: StepUp) {
  const options = need(await ask());
  const salts = facts.map(
    ({ credentialId, salt }) => [credentialId, Uint8Array.from(fromBase64Url(salt) ?? [])] as const,
  );
  const answered = await getWithPrf(options, new Map(salts));
  if (answered === 'no_passkey') throw new Fault('prf_missing');
  const { response, output } = need(answered);
  const chosen = facts.find(({ credentialId }) => credentialId === response.id);
  const handedIn = await handIn(options, response);
  if (!handedIn.ok) output?.fill(0);
  need(handedIn);
  if (output === null || chosen === undefined || output.length !== 32) throw new Fault('prf_missing');
  return { facts: chosen, output };
}

/** Opens a container by a passkey that it knows, which proves in the session who it is at the same time. */
export async function openByPasskey(
  { container }: Read,
  stepUp: StepUp,
): Promise<{ readonly unlocked: Unlocked; readonly passkey: string }> {
  const { facts, output } = await askPasskey(prfsOf(container), stepUp);
  const unlocked = await unlock(container, facts.id, prfWrappingKey(container, facts, output));
  if (unlocked === 'wrong') throw new Fault('prf_missing');
  return { unlocked, passkey: facts.credentialId };
}

/**
 * Lets a passkey open the person's container here. It answers first, so that one that cannot is told before the PIN is asked
 * for; the PIN opens the container; and the server has seen both before anything is kept.
 */
export async function addOpener(
  userHandle: string,
  { credentialId, onStep }: NewOpener,
  stepUp: StepUp,
): Promise<Outcome<'added'>> {
  return await answering('asking', async () => {
    const chosen = await choose(userHandle);
    const wanted = newPrfFacts({ id: crypto.randomUUID(), credentialId }, random);
    onStep('passkey');
    const { facts, output } = await askPasskey([wanted], stepUp);
    const wrappingKey = prfWrappingKey(chosen.container, facts, output);
    try {
      onStep('pin');
      const opened = await openByPin(chosen, 'asking');
      try {
        return await alone(userHandle, async () => {
          onStep('keeping');
          const { kept, outcome } = await answerWith(await asItIs(chosen), opened, stepUp.ask, stepUp.handIn);
          const answer = need(outcome);
          const settled = await followUp(await settlePin(kept, opened.protector), opened.unlocked, answer);
          await note(settled.container.id, credentialId, true);
          const bare = without(settled.container, credentialId);
          const container = await addProtector(bare, opened.unlocked, facts, wrappingKey, random);
          await keep({ ...settled, container }, container.id);
          return 'added' as const;
        });
      } finally {
        opened.unlocked.lock();
      }
    } finally {
      wrappingKey.fill(0);
    }
  });
}

/** Takes a passkey's protector out. The container stays closed: what wrapped the key is thrown away. */
export async function removeOpener(userHandle: string, credentialId: string): Promise<Outcome<'removed'>> {
  return await answering('asking', async () => {
    const chosen = await choose(userHandle);
    return await alone(userHandle, async () => {
      const kept = await asItIs(chosen);
      await keep({ ...kept, container: without(kept.container, credentialId) }, kept.container.id);
      await note(kept.container.id, credentialId, false);
      return 'removed' as const;
    });
  });
}

function without(container: Container, credentialId: string): Container {
  return prfsOf(container)
    .filter((each) => each.credentialId === credentialId)
    .reduce((left, { id }) => removeProtector(left, id), container);
}

async function note(container: string, passkey: string, stored: boolean): Promise<void> {
  const said = { container, passkey, stored };
  need(await post<PrfProtectorAnswer>('/api/key-container/prf-protector', said));
}
