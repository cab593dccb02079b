import 'server-only';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  ladderOf,
  type Step,
  type Stop,
  type Taken,
  TRY_FORGOTTEN_MS,
  takeOtherTries,
  takeTry,
} from '#domain/anti-hammering';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { bindingBytes, TICKET_BYTES } from '#domain/ceremony';
import type { EventCode } from '#domain/event';
import { guid } from '#domain/guid';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { later, SECOND_MS } from '#domain/time';
import type {
  EvaluationAnswer,
  evaluationRequest,
  PinHistoryAnswer,
  PinTryOptionsAnswer,
  pinHistoryRequest,
  pinTryOptionsRequest,
} from '#domain/wire';
import type { Caller, SignedIn } from './caller.ts';
import { consumeChallenge, sealChallenge } from './ceremony.ts';
import type { Tx } from './db.ts';
import { verifyDeviceProof } from './device-proof.ts';
import { record } from './event.ts';
import { commitPin, historyPlace, type KeyContainer, readContainer } from './key-container.ts';
import {
  committedProtector,
  countsFor,
  countTry,
  evaluateSealed,
  giveTryBack,
  type MakingReason,
  type PinProtector,
  protectorInMaking,
  protectorPlace,
} from './pin-protector.ts';
import { isLogged } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import { mac } from './secrets.ts';

/**
 * How long an answered try can be given back. None is forgotten sooner than this after it was counted, so that what is given
 * back is always one that counts.
 */
export const TRY_TICKET_LIFETIME_MS = TRY_FORGOTTEN_MS;

/** What a try at a PIN belongs to: this browser, its session where there is one, and the container. */
function binding({ browser, session }: Caller, containerId: string) {
  return { browser, sessionId: session?.id, containerId };
}

/** How a ticket is kept: another browser or session that shows it finds nothing. */
function ticketId({ browser, session }: Caller, ticket: Uint8Array): string {
  const owner = bindingBytes({ browser, sessionId: session?.id });
  return toBase64Url(createHash('sha256').update(ticket).update(owner).digest());
}

/**
 * A challenge for a try at a container's PIN, with the protector that counts. For a container that is unknown, retired or
 * another session's a protector that never was stands there, the same each time: nothing can be asked about here.
 */
export async function beginPinTry(
  runtime: Runtime,
  caller: Caller,
  input: z.output<typeof pinTryOptionsRequest>,
): Promise<Result<PinTryOptionsAnswer>> {
  const { container: containerId } = input;
  const protector =
    (await committedProtector(runtime.db, containerId)) ??
    (await protectorInMaking(runtime.db, runtime, containerId, caller.session));
  const decoy = guid(mac(runtime.keys('challenge'), Buffer.from(`no protector of ${containerId}`)));
  const challenge = sealChallenge(runtime, 'pin-try', binding(caller, containerId));
  return ok({ challenge: toBase64Url(challenge), protector: protector?.id ?? decoy });
}

const stepEvents: Readonly<Record<Step, EventCode>> = {
  phrase: 'pin_ladder_phrase',
  wait: 'pin_ladder_wait',
  exhausted: 'pin_tries_exhausted',
};
const stopProblems: Readonly<Record<Stop['stop'], ProblemCode>> = {
  phrase_needed: 'pin_phrase_needed',
  waiting: 'pin_waiting',
  tries_exhausted: 'pin_tries_exhausted',
};

/**
 * Evaluates one blinded PIN (RFC 9497). Consumes the challenge, sees the proof of the container's own device, counts the
 * try, and only then answers: nobody who lacks that device can use up a try, learn whether a container is there, or what
 * became of it.
 */
export async function evaluatePin(
  runtime: Runtime,
  caller: Caller,
  input: z.output<typeof evaluationRequest>,
): Promise<Result<EvaluationAnswer>> {
  const { container: containerId } = input;
  const fail = (problem: ProblemCode, cause: string, container?: KeyContainer) =>
    refuseTry(runtime, caller, refuse(problem), cause, container);
  const sealed = fromBase64Url(input.challenge);
  const element = fromBase64Url(input.element);
  if (sealed === null || element === null) return refuse('bad_request');
  const opened = await consumeChallenge(runtime, sealed, 'pin-try', binding(caller, containerId));
  if ('refused' in opened) return await fail(opened.refused, opened.cause);

  const shown = await verifyDeviceProof(runtime, input.device, sealed, input.element);
  if (shown.kind === 'none') return await fail('container_unknown', 'device_unknown');
  if (shown.kind === 'invalid') return await fail('container_unknown', shown.cause);
  const container = await readContainer(runtime.db, containerId);
  if (container === null || container.deviceId !== shown.id || container.userId !== shown.userId)
    return await fail('container_unknown', 'container_unknown');
  if (caller.session !== null && caller.session.userId !== container.userId)
    return await fail('container_unknown', 'another_person');
  if (!shown.active) return await fail('device_disabled', 'device_disabled', container);
  if (container.user.disabledAt !== null) return await fail('account_disabled', 'user_disabled', container);
  if (container.retiredAt !== null) return await fail('container_retired', 'container_retired', container);
  const protector = await findProtector(runtime, caller, input);
  if (protector === null) return await fail('container_unknown', 'protector_unknown', container);

  const evaluated = evaluateSealed(runtime, protector.key, protectorPlace(protector), [element]);
  const [answer] = evaluated?.elements ?? [];
  if (evaluated === null || answer === undefined)
    return await fail('bad_request', 'element_malformed', container);
  const ticket = runtime.random.bytes(TICKET_BYTES);
  const now = runtime.clock.now();
  const taken = await countTry(
    runtime,
    protector.id,
    (counter) => takeTry(counter, now, input.phrase),
    async (tx, { steps }) => {
      const expiresAt = later(now, TRY_TICKET_LIFETIME_MS);
      const id = ticketId(caller, ticket);
      await tx.pinTry.create({
        data: { id, protectorId: protector.id, kind: 'unlock', at: now, expiresAt },
      });
      await recordSteps(tx, runtime, caller, container, steps);
    },
  );
  if (taken === null) return await fail('container_unknown', 'protector_gone', container);
  if ('refused' in taken)
    return await refuseTry(runtime, caller, stopped(taken.refused, now), taken.refused.stop, container);
  return ok({
    element: toBase64Url(answer),
    proof: toBase64Url(evaluated.proof),
    ticket: toBase64Url(ticket),
    ladder: ladderOf(taken.counter, now),
  });
}

/** The protector that is asked for, where it is this container's and counts for this session. */
async function findProtector(
  runtime: Runtime,
  { session }: Caller,
  { container, protector }: { readonly container: string; readonly protector: string },
): Promise<PinProtector | null> {
  const found = await runtime.db.pinProtector.findFirst({ where: { id: protector, containerId: container } });
  return found !== null && countsFor(found, session, runtime.clock.now()) ? found : null;
}

function stopped(stop: Stop, now: Date): Result<never> {
  const problem = stopProblems[stop.stop];
  if (!('until' in stop)) return refuse(problem);
  const retryAfterSeconds = Math.ceil((stop.until.getTime() - now.getTime()) / SECOND_MS);
  return refuse(problem, { retryAfterSeconds, facts: { waitSeconds: retryAfterSeconds } });
}

/** Logs a refused try, as long as one address does not fill the log with them. */
async function refuseTry(
  runtime: Runtime,
  caller: Caller,
  refusal: Result<never>,
  cause: string,
  container?: KeyContainer,
): Promise<Result<never>> {
  if (!(await isLogged(runtime, caller.address))) return refusal;
  await record(runtime.db, runtime, {
    code: 'pin_try_refused',
    outcome: 'failure',
    userId: container?.userId ?? caller.session?.userId,
    deviceId: container?.deviceId,
    credentialId: container?.credentialId,
    sessionId: caller.session?.id,
    detail: { cause, address: caller.address },
  });
  return refusal;
}

async function recordSteps(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  container: KeyContainer,
  steps: readonly Step[],
): Promise<void> {
  const { id, userId, deviceId, credentialId } = container;
  for (const step of steps)
    await record(tx, runtime, {
      code: stepEvents[step],
      outcome: 'failure',
      userId,
      deviceId,
      credentialId,
      sessionId: caller.session?.id,
      detail: { container: id, address: caller.address },
    });
}

const SHOWS_A_PIN: ReadonlySet<string> = new Set<MakingReason>(['creation', 'change']);

/**
 * Evaluates PINs under the key of the container's history, in the session that is making or changing its PIN. Each costs a
 * try at the PIN that counts, and none is given back: a way to test PINs that is not the counter's would be one too many.
 */
export async function evaluateHistory(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof pinHistoryRequest>,
): Promise<Result<PinHistoryAnswer>> {
  const { container: containerId } = input;
  const container = await readContainer(runtime.db, containerId);
  const making = await protectorInMaking(runtime.db, runtime, containerId, caller.session);
  const fail = (problem: ProblemCode, cause: string) =>
    refuseTry(
      runtime,
      caller,
      refuse(problem),
      cause,
      making === null ? undefined : (container ?? undefined),
    );
  if (container === null || making === null || container.historyKey === null)
    return await fail('container_unknown', 'nothing_in_the_making');
  if (container.deviceId !== caller.session.deviceId)
    return await fail('container_unknown', 'another_device');
  // Whoever opened the container otherwise has shown no PIN: to them it would be a way to search for it.
  if (!SHOWS_A_PIN.has(making.reason)) return await fail('container_unknown', 'no_pin_was_shown');
  const elements = input.elements.map((each) => fromBase64Url(each));
  if (elements.some((each) => each === null)) return refuse('bad_request');
  const evaluated = evaluateSealed(
    runtime,
    container.historyKey,
    historyPlace(containerId),
    elements as Uint8Array[],
  );
  if (evaluated === null) return await fail('bad_request', 'element_malformed');
  const counting = (await committedProtector(runtime.db, containerId)) ?? making;
  const now = runtime.clock.now();
  const taken = await countTry(
    runtime,
    counting.id,
    (counter): Taken => takeOtherTries(counter, now, elements.length),
    (tx, { steps }) => recordSteps(tx, runtime, caller, container, steps),
  );
  if (taken === null) return await fail('container_unknown', 'protector_gone');
  if ('refused' in taken)
    return await refuseTry(runtime, caller, stopped(taken.refused, now), taken.refused.stop, container);
  return ok({
    elements: evaluated.elements.map((each) => toBase64Url(each)),
    proof: toBase64Url(evaluated.proof),
  });
}

/** A try whose ticket was just taken: nobody else can show it any more. */
export interface ClaimedTry {
  readonly container: KeyContainer;
  readonly protector: PinProtector;
}

/**
 * Takes the ticket of an answered try, in one conditional statement: of all who show it, in whatever order, one hears of it.
 * Null for one that is unknown, used, too old, or of another browser or session; and where its PIN counts no more for this
 * session, or its container was retired.
 */
export async function claimTry(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  ticket: Uint8Array,
): Promise<ClaimedTry | null> {
  const now = runtime.clock.now();
  const id = ticketId(caller, ticket);
  const { count } = await tx.pinTry.updateMany({
    where: { id, returnedAt: null, expiresAt: { gt: now } },
    data: { returnedAt: now },
  });
  if (count !== 1) return null;
  const { protector } = await tx.pinTry.findUniqueOrThrow({
    where: { id },
    include: { protector: { include: { container: true } } },
  });
  const { container } = protector;
  if (container.retiredAt !== null || !countsFor(protector, caller.session, now)) return null;
  return { container, protector };
}

/** What a key's answer has to show about a PIN, and did. */
export type Gesture = { readonly claimed: ClaimedTry | null } | { readonly refused: string };

/**
 * Whether the answer of a key shows the gesture that its home asks for: a software key's comes with the ticket of a try at
 * its own container's PIN, and no other key's comes with one. The browser's word alone, that it verified its user, is as
 * good as the browser.
 */
export async function claimGesture(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  key: { readonly id: string; readonly containerId: string | null },
  ticket: Uint8Array | null,
): Promise<Gesture> {
  if (ticket === null) return key.containerId === null ? { claimed: null } : { refused: 'gesture_not_shown' };
  if (key.containerId === null) return { refused: 'ticket_of_another_key' };
  const claimed = await claimTry(tx, runtime, caller, ticket);
  if (claimed === null) return { refused: 'ticket_refused' };
  return claimed.container.credentialId === key.id ? { claimed } : { refused: 'ticket_of_another_key' };
}

/**
 * The assertion was accepted: the try was right. It is given back; where it was at a PIN that was being made, that one counts
 * from now on, and the one before it never again.
 */
export async function settleGesture(
  tx: Tx,
  runtime: Runtime,
  { claimed }: { readonly claimed: ClaimedTry | null },
): Promise<void> {
  if (claimed === null) return;
  if (claimed.protector.committedAt === null) await commitPin(tx, runtime, claimed);
  else await giveTryBack(tx, runtime, claimed.protector);
}

/** The try at the first PIN of a container that this session made on its device; null for any other. */
export async function claimCreation(
  tx: Tx,
  runtime: Runtime,
  caller: SignedIn,
  ticket: Uint8Array,
): Promise<ClaimedTry | null> {
  const claimed = await claimTry(tx, runtime, caller, ticket);
  if (claimed === null) return null;
  const { id: sessionId, userId, deviceId } = caller.session;
  const { container } = claimed;
  const isOurs =
    container.credentialId === null &&
    container.sessionId === sessionId &&
    container.userId === userId &&
    container.deviceId === deviceId;
  return isOurs ? claimed : null;
}

/** Forgets tries that can no longer be given back. Returns how many. */
export async function forgetExpiredTries(runtime: Runtime): Promise<number> {
  const { count } = await runtime.db.pinTry.deleteMany({
    where: { expiresAt: { lte: runtime.clock.now() } },
  });
  return count;
}
