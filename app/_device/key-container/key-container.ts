import type { Ceremony } from '#domain/doctor';
import {
  addProtector,
  keepPin,
  newContainer,
  sign,
  type Unlocked,
  unlock,
} from '#domain/key-container/engine';
import { type Container, type PinFacts, readContainer } from '#domain/key-container/format';
import { dropPinAttempt, finishPin, newPinFacts, startPin } from '#domain/key-container/pin-protector';
import type {
  AuthenticationAnswer,
  AuthenticationResponse,
  ContainerCreationAnswer,
  EvaluationAnswer,
  PinTryOptionsAnswer,
} from '#domain/wire';
import type { Ask, KeyHome } from '../key-home.ts';
import type { CreationOptions, RequestOptions } from '../platform-authenticator.ts';
import { post } from '../post.ts';
import { deviceProof, profileOfUser } from '../profile.ts';
import type { Outcome, Trouble } from '../trouble.ts';
import { recorder } from '../watch.ts';
import { answering, endAs, endWith, need } from './answering.ts';
import { type PinVerdict, promptForPin } from './pin-prompt.ts';
import { random } from './random.ts';
import { alone, Fault, forget, idOf, type Kept, keep, keepNew, readKept } from './store.ts';

/**
 * The second home for keys: the Hello container of one person in this browser (docs/decisions/025-key-container.md). It is
 * loaded when it is needed; pages without a container do not pay for the cryptography.
 */
/** A container as it was read, with what stands beside it. */
export interface Read extends Kept {
  readonly container: Container;
}

export function read(kept: Kept | undefined): Read {
  if (kept === undefined) throw new Fault('container_missing');
  const container = readContainer(kept.container);
  if (container === 'newer_version') throw new Fault('container_newer');
  if (container === 'damaged') throw new Fault('container_damaged');
  return { ...kept, container };
}

const pinsOf = ({ protectors }: Container) => protectors.filter((each) => each.kind === 'pin');

export async function tryOptions(container: Container): Promise<PinTryOptionsAnswer> {
  return need(await post<PinTryOptionsAnswer>('/api/key-container/options', { container: container.id }));
}

/**
 * The container to open: of two, where a new one was handed in and its answer was lost, the one that the server knows. An old
 * one that the new one replaced is destroyed there.
 */
export async function choose(userHandle: string): Promise<Read> {
  const { current, made } = await readKept(userHandle);
  if (made === undefined || current === undefined) return read(current ?? made);
  const fresh = read(made);
  const { protector } = await tryOptions(fresh.container);
  return pinsOf(fresh.container).some(({ id }) => id === protector) ? fresh : read(current);
}

/** What it takes to go on after a PIN: an open container, the ticket of the try, and the PIN's own protector. */
export interface Opened {
  readonly unlocked: Unlocked;
  readonly ticket: string;
  readonly protector: string;
  /** Kept no longer than a change of the PIN takes. */
  readonly pin: string;
}

/** Both halves of a PIN: the device stretches and blinds it, the server evaluates, and its proof is checked. Costs one try. */
export async function evaluate(
  { container, userHandle }: Read,
  facts: PinFacts,
  pin: string,
  challenge: string,
  phrase?: string,
): Promise<{ readonly wrappingKey: Uint8Array; readonly answer: EvaluationAnswer }> {
  (await recorder())?.seen('pin');
  const attempt = await startPin(facts, pin, random);
  const device = await deviceProof(userHandle, challenge, attempt.element);
  // Without the key of this browser's device its try would not even be counted.
  if (device === undefined) {
    dropPinAttempt(attempt);
    throw new Fault('container_damaged');
  }
  const answer = await post<EvaluationAnswer>('/api/key-container/evaluation', {
    container: container.id,
    protector: facts.id,
    challenge,
    element: attempt.element,
    device,
    ...(phrase === undefined ? {} : { phrase }),
  });
  if (!answer.ok) {
    dropPinAttempt(attempt);
    return endWith(answer.trouble);
  }
  const wrappingKey = finishPin(container, facts, attempt, answer.value);
  if (wrappingKey === 'untrusted_server') throw new Fault('server_untrusted');
  return { wrappingKey, answer: answer.value };
}

/** Troubles after which the same person may try again in the same dialog. */
const TRY_AGAIN: ReadonlySet<string> = new Set([
  'offline',
  'store_unavailable',
  'internal_error',
  'too_many_attempts',
  'challenge_expired',
  'pin_phrase_needed',
  'pin_waiting',
  'pin_tries_exhausted',
]);

/** Tries one PIN at the protector that counts now. */
async function attempt(
  kept: Read,
  pin: string,
  phrase: string | undefined,
  ceremony: Ceremony,
): Promise<Exclude<PinVerdict, { state: 'opened' }> | { readonly state: 'opened'; readonly opened: Opened }> {
  const tried = await answering(ceremony, async () => {
    const { challenge, protector } = await tryOptions(kept.container);
    const pins = pinsOf(kept.container);
    // One that is not here belongs to a newer copy or to none: the server says which, whatever PIN it is.
    const facts = pins.find(({ id }) => id === protector) ?? pins.at(-1);
    if (facts === undefined) throw new Fault('container_damaged');
    const { wrappingKey, answer } = await evaluate(kept, facts, pin, challenge, phrase);
    const unlocked = await unlock(kept.container, facts.id, wrappingKey);
    if (unlocked === 'wrong') return { state: 'wrong', ladder: answer.ladder } as const;
    const opened = { unlocked, ticket: answer.ticket, protector: facts.id, pin };
    return { state: 'opened', opened } as const;
  });
  if (tried.ok) return tried.value;
  const { trouble } = tried;
  return { state: 'trouble', trouble, over: !TRY_AGAIN.has(trouble.code) };
}

/** Asks the person for their PIN until it opens the container. Ends the flow where they give up. */
export async function openByPin(kept: Read, ceremony: Ceremony, title = 'Enter your PIN'): Promise<Opened> {
  let opened: Opened | null = null;
  let over = false;
  const ending = await promptForPin({
    title,
    name: kept.name,
    account: kept.account,
    deviceName: kept.deviceName,
    attempt: async (pin, phrase) => {
      const verdict = await attempt(kept, pin, phrase, ceremony);
      if (verdict.state !== 'opened') return verdict;
      if (over) verdict.opened.unlocked.lock();
      else opened = verdict.opened;
      return { state: 'opened' };
    },
  });
  over = true;
  if (ending === 'opened' && opened !== null) return opened;
  (opened as Opened | null)?.unlocked.lock();
  if (typeof ending === 'object') return endWith(ending.trouble);
  throw new Fault('pin_cancelled');
}

/** The container as it stands now: another tab may have written it since it was opened. */
export async function asItIs({ userHandle, container: { id } }: Read): Promise<Read> {
  const { current, made } = await readKept(userHandle);
  return read([current, made].find((each) => each !== undefined && idOf(each) === id));
}

/** Answers an authentication ceremony with an open container, and hands that in. The counter is written first. */
export async function answerWith<T>(
  kept: Read,
  { unlocked, ticket }: Pick<Opened, 'unlocked' | 'ticket'>,
  ask: Ask<RequestOptions>,
  handIn: (options: RequestOptions, response: AuthenticationResponse) => Promise<Outcome<T>>,
): Promise<{ readonly kept: Read; readonly outcome: Outcome<T> }> {
  const options = need(await ask(ticket));
  const record = await recorder();
  record?.seen('get', options);
  const signed = await sign(kept.container, unlocked, options, window.location.origin);
  if (signed === 'damaged') throw new Fault('container_damaged');
  // The server asks for other keys of this person. This one is set aside: what is destroyed it says itself, before a try.
  if (signed === 'no_key') throw new Fault('container_not_asked');
  record?.seen('signed', { ...signed.response, keptBy: 'container' });
  const counted: Read = { ...kept, container: signed.container };
  await keep(counted, counted.container.id);
  return { kept: counted, outcome: await handIn(options, signed.response) };
}

/** Leaves the newest PIN alone once it has been shown to count; the one before it opens nothing any more. */
export async function settlePin(kept: Read, protector: string): Promise<Read> {
  const pins = pinsOf(kept.container);
  // An older one that counts does not mean that the newer never will: its change may still be on the way.
  if (pins.length < 2 || pins.at(-1)?.id !== protector) return kept;
  const container = keepPin(kept.container, protector);
  if (container === 'unknown_protector') return kept;
  const settled: Read = { ...kept, container };
  await keep(settled, container.id);
  return settled;
}

/**
 * Does what the server asked for about the PIN reset protector, while the container is open. What goes wrong with it is asked
 * for again next time: nobody is kept from what they came for.
 */
export async function followUp(kept: Read, unlocked: Unlocked, answered: unknown): Promise<Read> {
  const { pinReset } = answered as Partial<Pick<AuthenticationAnswer, 'pinReset'>>;
  if (pinReset === undefined) return kept;
  const done = await answering('asking', async () => {
    const { dropReset, prepareReset } = await import('./reset-protector.ts');
    return pinReset === 'prepare' ? await prepareReset(kept, unlocked) : await dropReset(kept);
  });
  return done.ok ? done.value : kept;
}

/** What tells that a container can never be opened, or never be used, again. */
const GONE: ReadonlySet<string> = new Set(['container_retired', 'credential_unknown']);

async function forgetWhereGone(kept: Read, { code }: Trouble): Promise<void> {
  if (GONE.has(code)) await forget(kept.userHandle, kept.container.id).catch(() => undefined);
}

/** How far the making of a key is. */
export type MakingStep = 'asking' | 'stretching' | 'making' | 'registering';

/** What a new container is made with. */
export interface NewPin {
  readonly pin: string;
  readonly onStep: (step: MakingStep) => void;
}

/** The home of this person's keys in this browser. It makes one only with the PIN that is to open it. */
export function keyContainer(userHandle: string, newPin?: NewPin): KeyHome {
  return {
    create: (ask) => {
      if (newPin === undefined) throw new Error('a container is made with a PIN');
      return answering('creating', () => make(userHandle, newPin, ask));
    },
    get: async (ask, ceremony, handIn) => {
      let chosen: Read | undefined;
      const outcome = await answering(ceremony, async () => {
        chosen = await choose(userHandle);
        const kept = chosen;
        const opened = await openByPin(kept, ceremony);
        try {
          return await alone(userHandle, async () => {
            const answered = await answerWith(await asItIs(kept), opened, ask, handIn);
            if (answered.outcome.ok) {
              const settled = await settlePin(answered.kept, opened.protector);
              await followUp(settled, opened.unlocked, answered.outcome.value);
            }
            return need(answered.outcome);
          });
        } finally {
          opened.unlocked.lock();
        }
      });
      if (!outcome.ok && chosen !== undefined) await forgetWhereGone(chosen, outcome.trouble);
      return outcome;
    },
  };
}

type Creation = Parameters<KeyHome['create']>[0];

async function make(userHandle: string, { pin, onStep }: NewPin, ask: Creation) {
  onStep('asking');
  const begun = need(await post<ContainerCreationAnswer>('/api/key-container/creation', {}));
  const profile = await profileOfUser(userHandle);
  if (profile === undefined) return endAs('device_required');
  // Somebody else signed in meanwhile, in another tab.
  if (begun.userHandle !== userHandle) return endAs('challenge_invalid');
  const { container: id, tenant, device, protector, history } = begun;
  const createdAt = new Date().toISOString();
  const { container: empty, unlocked } = newContainer(
    { id, tenant, userHandle, device, createdAt },
    history,
    random,
  );
  try {
    onStep('stretching');
    const facts = newPinFacts(protector, random);
    const { challenge } = await tryOptions(empty);
    const { deviceName, upn } = profile;
    const beside = { userHandle, name: upn, account: upn, deviceName, credentialId: '' };
    const { wrappingKey, answer } = await evaluate({ ...beside, container: empty }, facts, pin, challenge);
    const withPin = await addProtector(empty, unlocked, facts, wrappingKey, random);
    onStep('making');
    const options = need(await ask(answer.ticket));
    if (await isKeyHere(userHandle, options)) throw new Fault('InvalidStateError');
    // Only here are keys computed in JavaScript: a page that signs needs none of it.
    const { createKey } = await import('#domain/key-container/registration');
    const record = await recorder();
    record?.seen('create', options);
    const made = await createKey(withPin, unlocked, options, window.location.origin, random);
    if (made === 'other_person') return endAs('challenge_invalid');
    record?.seen('created', { ...made.response, keptBy: 'container' });
    const { displayName, name } = options.user;
    const credentialId = made.response.id;
    await keepNew({ ...beside, name: displayName, account: name, credentialId, container: made.container });
    onStep('registering');
    return { options, response: made.response };
  } finally {
    unlocked.lock();
  }
}

/** Whether one of the keys that the server excludes is kept here, in a container that can be read (WebAuthn L3 6.3.2 step 3). */
async function isKeyHere(userHandle: string, { excludeCredentials = [] }: CreationOptions): Promise<boolean> {
  const { current, made } = await readKept(userHandle);
  return [current, made].some(
    (kept) =>
      kept !== undefined &&
      typeof readContainer(kept.container) === 'object' &&
      excludeCredentials.some(({ id }) => id === kept.credentialId),
  );
}
