import { addProtector, keepPin, type Unlocked } from '#domain/key-container/engine';
import {
  dropHistoryAttempt,
  finishHistory,
  forgetHistory,
  rememberTags,
  startHistory,
  usedBefore,
} from '#domain/key-container/history';
import { newPinFacts } from '#domain/key-container/pin-protector';
import type {
  AuthenticationAnswer,
  AuthenticationResponse,
  PinChangeAnswer,
  PinHistoryAnswer,
} from '#domain/wire';
import type { Ask, HandIn } from '../key-home.ts';
import type { RequestOptions } from '../platform-authenticator.ts';
import { post } from '../post.ts';
import { type Outcome, UNANSWERED } from '../trouble.ts';
import { answering, endWith, need } from './answering.ts';
import {
  answerWith,
  asItIs,
  choose,
  evaluate,
  followUp,
  openByPin,
  type Read,
  tryOptions,
} from './key-container.ts';
import { random } from './random.ts';
import { alone, Fault, keep } from './store.ts';

/** How far a change is. */
export type ChangeStep = 'asking' | 'confirming' | 'comparing' | 'stretching' | 'committing';

/** The ceremony that shows a PIN in the session: it confirms who it is, and then that the new PIN opens the key. */
export interface StepUp {
  readonly ask: Ask<RequestOptions>;
  readonly handIn: HandIn<RequestOptions, AuthenticationResponse, AuthenticationAnswer>;
}

export type PinChangeResult = 'changed' | 'used_before';

export interface PinChange {
  readonly pin: string;
  /** How many PINs cannot be chosen again. */
  readonly history: number;
  readonly onStep: (step: ChangeStep) => void;
}

/**
 * Changes the PIN of the person's container here. The one in use is asked for in the dialog; the new one counts from the
 * assertion that shows it, in the same transaction on the server that destroys the old one's key. The container has both
 * before that, so that whatever breaks off, exactly one of them opens it: the next PIN that is entered settles which.
 */
export async function changePin(
  userHandle: string,
  wanted: PinChange,
  stepUp: StepUp,
): Promise<Outcome<PinChangeResult>> {
  return await answering('asking', async () => {
    const chosen = await choose(userHandle);
    wanted.onStep('asking');
    const opened = await openByPin(chosen, 'asking', 'Enter your current PIN');
    try {
      return await alone(userHandle, async () => {
        wanted.onStep('confirming');
        const shown = await answerWith(await asItIs(chosen), opened, stepUp.ask, stepUp.handIn);
        need(shown.outcome);
        return await change(shown.kept, opened, wanted, stepUp);
      });
    } finally {
      opened.unlocked.lock();
    }
  });
}

async function change(
  kept: Read,
  opened: { readonly unlocked: Unlocked; readonly pin: string },
  { pin, history, onStep }: PinChange,
  { ask, handIn }: StepUp,
): Promise<PinChangeResult> {
  const { unlocked } = opened;
  const { id } = kept.container;
  const { protector } = need(await post<PinChangeAnswer>('/api/key-container/change', { container: id }));
  // An earlier change that was broken off is given up by this one: what is named now is the only one that counts.
  const { challenge, protector: counting } = await tryOptions(kept.container);
  const settled = keepPin(kept.container, counting);
  if (settled === 'unknown_protector') throw new Fault('container_damaged');
  let container = settled;

  let newTag: Uint8Array | null = null;
  if (history > 0) {
    onStep('comparing');
    const [currentTag, tag] = await tagsOf(container, [opened.pin, pin]);
    if (currentTag === undefined || tag === undefined) throw new Fault('container_damaged');
    const remembered = await rememberTags(container, unlocked, [currentTag], history, random);
    if (remembered === 'damaged') throw new Fault('container_damaged');
    const used = await usedBefore(remembered, unlocked, tag, history);
    await keep({ ...kept, container: remembered }, id);
    if (used !== false) return 'used_before';
    container = remembered;
    newTag = tag;
  } else {
    container = forgetHistory(container);
  }

  const next = { pin, protector, challenge, onStep };
  const final = await replacePin({ ...kept, container }, unlocked, next, { ask, handIn });
  if (newTag !== null) {
    const told = await rememberTags(final.container, unlocked, [newTag], history, random);
    if (told !== 'damaged') await keep({ ...final, container: told }, id);
  }
  return 'changed';
}

interface NextPin {
  readonly pin: string;
  /** The server's half, and a challenge for the try at it. */
  readonly protector: PinChangeAnswer['protector'];
  readonly challenge: string;
  readonly onStep: (step: 'stretching' | 'committing') => void;
}

/**
 * Gives an open container another PIN: it is written with both, and the assertion that shows the new one makes it count and
 * the old one not. After a lost answer the server says which does.
 */
export async function replacePin(
  kept: Read,
  unlocked: Unlocked,
  { pin, protector, challenge, onStep }: NextPin,
  { ask, handIn }: StepUp,
): Promise<Read> {
  const { id } = kept.container;
  onStep('stretching');
  const facts = newPinFacts(protector, random);
  const { wrappingKey, answer } = await evaluate(kept, facts, pin, challenge);
  const container = await addProtector(kept.container, unlocked, facts, wrappingKey, random);
  await keep({ ...kept, container }, id);

  onStep('committing');
  const shown = { unlocked, ticket: answer.ticket };
  const { kept: both, outcome } = await answerWith({ ...kept, container }, shown, ask, handIn);
  if (!outcome.ok) {
    const lost = UNANSWERED.includes(outcome.trouble.code);
    if (!lost || (await tryOptions(both.container)).protector !== facts.id) return endWith(outcome.trouble);
  }
  const only = keepPin(both.container, facts.id);
  if (only === 'unknown_protector') throw new Fault('container_damaged');
  const final: Read = { ...both, container: only };
  await keep(final, id);
  return outcome.ok ? await followUp(final, unlocked, outcome.value) : final;
}

/** The tags of PINs in the container's history. Each costs a try. */
async function tagsOf(
  { id, history }: Read['container'],
  pins: readonly string[],
): Promise<readonly Uint8Array[]> {
  const attempt = await startHistory(history, pins, random);
  const answer = await post<PinHistoryAnswer>('/api/key-container/history', {
    container: id,
    elements: attempt.elements,
  });
  if (!answer.ok) {
    dropHistoryAttempt(attempt);
    return endWith(answer.trouble);
  }
  const tags = finishHistory(history, attempt, answer.value);
  if (tags === 'untrusted_server') throw new Fault('server_untrusted');
  return tags;
}
