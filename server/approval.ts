import 'server-only';
import { createHash } from 'node:crypto';
import {
  APPROVAL_LIFETIME_MS,
  APPROVAL_REST_MS,
  APPROVAL_TAKING_MS,
  type ApprovalAnswer,
  type ApprovalDecision,
  type ApprovalPurpose,
  type ApprovalStanding,
  type ApprovalState,
  approvalMessage,
  approvalStateAt,
  fartherThan,
  judgeAnswer,
  type ShownRequest,
  standingOf,
} from '#domain/authenticator';
import { toBase64Url } from '#domain/base64url';
import { loggableUpn } from '#domain/identity';
import { type MethodUse, methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { DAY_MS, later } from '#domain/time';
import type { AuthenticationResponse } from '#domain/wire';
import { newNumber } from './authenticator-phone.ts';
import type { Caller, Person, SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { signedBy } from './device-proof.ts';
import { record } from './event.ts';
import { mayManage } from './identity.ts';
import { keptObstacle, methodObstacles } from './methods-policy.ts';
import { pushWaiting } from './phone-push.ts';
import { countVerification, verifyHolder } from './phone-verification.ts';
import { forgiveAttempts, isLogged, takeAttempt } from './rate-limit.ts';
import { newId, type Runtime } from './runtime.ts';
import { listSecondFactors, secondFactorsOf } from './second-factor.ts';
import { endSessions, holdSession, strengthenSession } from './session.ts';

/**
 * Approving on a phone by number matching. A request has one answer and one use: each is one conditional write, whoever comes
 * first. It belongs to the browser that asked, and to its session where there is one.
 */

const DAYS_KEPT = 30;

/** What each purpose is a use of, as policy on methods has it. */
const useOf: Readonly<Record<ApprovalPurpose, MethodUse>> = {
  sign_in: 'sign_in',
  phone_sign_in: 'sign_in',
  confirm: 'confirm',
};

/** What an approval is good for, and for nobody else. */
export interface Asking {
  /** Null: nobody is asked, and whoever waits learns nothing. */
  readonly userId: string | null;
  readonly purpose: ApprovalPurpose;
  /** None where somebody signs in. */
  readonly sessionId: string | null;
}

/** Who asks. */
export interface Asker extends Asking {
  /** As it was typed, where nobody is asked. */
  readonly upn: string;
  /** Why nobody is asked, for the log. */
  readonly cause?: string;
  readonly standing: ApprovalStanding;
}

/** What the waiting page shows. */
export interface AskedApproval {
  readonly requestId: string;
  /** The biggest thing on the screen. It is never sent to the phone. */
  readonly number: number;
  /** The names of the phones that are asked. */
  readonly phones: readonly string[];
  readonly expiresAt: string;
}

function browserHash(caller: Caller): string {
  return toBase64Url(createHash('sha256').update(caller.browser).digest());
}

/** How a request ends that nobody answered, and what the log says of it. */
const ends = {
  expired: { code: 'approval_expired', outcome: 'failure' },
  replaced: { code: 'approval_withdrawn', outcome: 'success' },
  withdrawn: { code: 'approval_withdrawn', outcome: 'success' },
} as const;

/** Ends the pending requests that are meant, each once, with its event. Returns how many. */
async function end(
  tx: Tx,
  runtime: Runtime,
  where: NonNullable<Parameters<Tx['approvalRequest']['findMany']>[0]>['where'],
  state: keyof typeof ends,
  cause: string,
): Promise<number> {
  const rows = await tx.approvalRequest.findMany({
    where: { AND: [where ?? {}, { state: 'pending' }] },
    select: { id: true, userId: true, sessionId: true, purpose: true },
  });
  let ended = 0;
  for (const { id, userId, sessionId, purpose } of rows) {
    const { count } = await tx.approvalRequest.updateMany({
      where: { id, state: 'pending' },
      data: { state, pendingFor: null },
    });
    ended += count;
    if (count === 1)
      await record(tx, runtime, { ...ends[state], userId, sessionId, detail: { cause, purpose } });
  }
  return ended;
}

/** Writes that nobody answered in time, once, where that is so. */
async function expire(tx: Tx, runtime: Runtime, which: { id: string } | { userId: string }): Promise<void> {
  const late = { ...which, expiresAt: { lte: runtime.clock.now() } };
  await end(tx, runtime, late, 'expired', 'not_answered');
}

/** What the log says of a request that reaches nobody. */
function nobody({ cause, upn }: Asker) {
  return { cause: cause ?? null, upn: loggableUpn(upn) };
}

/**
 * Asks a person's phones. One request at a time: a new one takes the place of the one before where it comes from the same browser
 * or from nearer to the person; else it is refused. So whoever has a password keeps its owner from nothing. How often a phone
 * rings is limited, and after "It wasn't me" a password from as far or farther asks none for a while.
 */
export async function askForApproval(
  runtime: Runtime,
  caller: Caller,
  asker: Asker,
): Promise<Result<AskedApproval>> {
  const { userId, upn, purpose, sessionId, standing } = asker;
  const ringing = standing === 'own' ? 'approval-own' : 'approval';
  // Where nobody is asked, none of anybody's turns are used.
  const limited = userId === null ? null : await takeAttempt(runtime, ringing, upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  // A name that nobody has costs the same statements.
  const whose = userId ?? '';
  const phones = (await listSecondFactors(runtime.db, whose)).filter(({ kind }) => kind === 'authenticator');
  const { outdated } = await secondFactorsOf(runtime.db, whose);
  // A phone that has to be set up anew confirms nothing in a session.
  if (userId !== null && (phones.length === 0 || (purpose === 'confirm' && outdated)))
    return refuse('no_phone');
  if ((await methodObstacles(runtime.db, whose, useOf[purpose])).authenticator !== null && userId !== null)
    return refuse(methodProblems.authenticator);
  const createdAt = runtime.clock.now();
  const request = {
    id: newId(runtime),
    userId,
    purpose,
    number: newNumber(runtime),
    state: 'pending',
    pendingFor: userId,
    browserHash: browserHash(caller),
    sessionId,
    standing,
    browser: caller.userAgent,
    address: caller.address,
    createdAt,
    expiresAt: later(createdAt, APPROVAL_LIFETIME_MS),
  } as const;
  const refused = await runtime.db.$transaction(async (tx): Promise<ProblemCode | null> => {
    await expire(tx, runtime, { userId: whose });
    const farther = [...fartherThan(standing)];
    const resting = { userId: whose, restsUntil: { gt: createdAt }, standing: { notIn: farther } };
    if (purpose !== 'confirm' && (await tx.approvalRequest.count({ where: resting })) > 0)
      return 'approval_resting';
    const own = { pendingFor: whose, browserHash: request.browserHash };
    await end(tx, runtime, own, 'replaced', 'asked_anew');
    await end(tx, runtime, { pendingFor: whose, standing: { in: farther } }, 'replaced', 'asked_nearer');
    if ((await tx.approvalRequest.count({ where: { pendingFor: whose } })) > 0) return 'approval_waiting';
    await tx.approvalRequest.create({ data: request });
    await record(tx, runtime, {
      code: 'approval_asked',
      outcome: userId === null ? 'failure' : 'success',
      userId,
      sessionId,
      detail: { purpose, address: caller.address, ...(userId === null ? nobody(asker) : {}) },
    });
    return null;
  });
  if (refused !== null) {
    await record(runtime.db, runtime, {
      code: 'approval_asked',
      outcome: 'failure',
      userId,
      sessionId,
      detail: { cause: refused, purpose, address: caller.address },
    });
    return refuse(refused);
  }
  // Apart from the answer: whoever waits sees the number at once, however slow a push service is.
  if (userId !== null) void pushWaiting(runtime).catch((error) => console.error(error));
  return ok({
    requestId: request.id,
    number: request.number,
    // Before anything was proven the names of phones are nobody's to know.
    phones: purpose === 'phone_sign_in' ? [] : phones.map(({ name }) => name),
    expiresAt: request.expiresAt.toISOString(),
  });
}

type RequestRow = Awaited<ReturnType<Tx['approvalRequest']['findFirst']>>;

/** What a phone is shown of a request, and signs. */
function shownOf(row: NonNullable<RequestRow>, account: string): ShownRequest {
  const { id, purpose, browser, address, createdAt, expiresAt } = row;
  return {
    id,
    purpose: purpose as ApprovalPurpose,
    account,
    browser,
    address,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

/** The requests that wait for these people's phones now, by person. */
export async function readPendingApprovals(
  runtime: Runtime,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, ShownRequest>> {
  const rows = await runtime.db.approvalRequest.findMany({
    where: { pendingFor: { in: [...userIds] }, state: 'pending', expiresAt: { gt: runtime.clock.now() } },
    include: { user: { select: { id: true, upn: true } } },
  });
  return new Map(
    rows.flatMap((row) => (row.user === null ? [] : [[row.user.id, shownOf(row, row.user.upn)] as const])),
  );
}

/**
 * A phone's answer: its key's signature over everything that it showed, the decision and the number, and where it verifies who
 * holds it, that of its credential, too. The first one to a pending
 * request counts, and none after its time or from a phone that was removed. A wrong number denies.
 */
export async function answerApproval(
  runtime: Runtime,
  caller: Caller,
  input: {
    readonly phoneId: string;
    readonly requestId: string;
    readonly decision: ApprovalDecision;
    readonly number: number | null;
    readonly signature: string;
    readonly verification?: AuthenticationResponse | undefined;
  },
): Promise<Result<ApprovalAnswer>> {
  const { address } = caller;
  const phone = await runtime.db.authenticatorPhone.findUnique({
    where: { id: input.phoneId },
    include: { user: { select: { upn: true } } },
  });
  const fail = async (problem: ProblemCode, cause: string) => {
    if (await isLogged(runtime, address))
      await record(runtime.db, runtime, {
        code: 'approval_answered',
        outcome: 'failure',
        userId: phone?.userId,
        credentialId: phone?.id,
        detail: { cause, address },
      });
    return refuse(problem);
  };
  if (phone === null) return await fail('approval_over', 'phone_unknown');
  const { userId } = phone;
  const request = await runtime.db.approvalRequest.findFirst({ where: { id: input.requestId, userId } });
  if (request === null) return await fail('approval_over', 'request_unknown');
  const message = approvalMessage(runtime.relyingParty.origin, shownOf(request, phone.user.upn), input);
  if (!signedBy(phone.publicKey, message, input.signature))
    return await fail('challenge_invalid', 'answer_signature');
  const approves = input.decision === 'approve';
  const held = approves
    ? await verifyHolder(runtime, phone, request.purpose as ApprovalPurpose, message, input.verification)
    : ({ assertion: null } as const);
  if ('refused' in held) return await fail(held.refused, `verification_${held.cause}`);
  const { assertion } = held;
  const state = judgeAnswer(request, input);
  const now = runtime.clock.now();
  const written = await runtime.db.$transaction(async (tx) => {
    if (assertion !== null && !(await countVerification(tx, phone.id, request.createdAt, assertion)))
      return 'verification_counter';
    // Its removal and this write each see what the other did: the one that comes second finds nothing.
    const used = await tx.authenticatorPhone.updateMany({
      where: { id: phone.id, user: { disabledAt: null } },
      data: { lastUsedAt: now },
    });
    if (used.count !== 1) return 'phone_gone';
    const { count } = await tx.approvalRequest.updateMany({
      where: { id: request.id, state: 'pending', expiresAt: { gt: now } },
      data: {
        state,
        pendingFor: null,
        phoneId: phone.id,
        answeredAt: now,
        verified: assertion !== null,
        ...(state === 'reported' ? { restsUntil: later(now, APPROVAL_REST_MS) } : {}),
      },
    });
    if (count !== 1) return 'late_or_answered';
    const { purpose, sessionId } = request;
    await record(tx, runtime, {
      code: 'approval_answered',
      outcome: state === 'approved' ? 'success' : 'failure',
      userId,
      credentialId: phone.id,
      sessionId,
      detail: {
        ...(state === 'approved' ? {} : { cause: state }),
        ...(approves ? { userVerified: assertion !== null } : {}),
        purpose,
        address,
      },
    });
    if (state !== 'reported') return null;
    // Whoever asked in a session of this person's is somebody else.
    const sessionsEnded = sessionId === null ? 0 : await endSessions(tx, runtime, { id: sessionId });
    await record(tx, runtime, {
      code: 'approval_reported',
      userId,
      credentialId: phone.id,
      detail: { purpose, browser: request.browser, address: request.address, sessionsEnded },
    });
    return null;
  });
  return written === null ? ok({ state }) : await fail('approval_over', written);
}

/** What an approval has to match beside its ID. */
function ofAsker(caller: Caller, { userId, purpose, sessionId }: Asking, requestId: string) {
  return { id: requestId, userId, purpose, sessionId, browserHash: browserHash(caller) };
}

/** How a request stands that this browser asked for. Whoever else asks hears that it is over. */
export async function lookAtApproval(
  runtime: Runtime,
  caller: Caller,
  { requestId }: { readonly requestId: string },
): Promise<Result<{ state: ApprovalState }>> {
  const state = await readState(runtime, { id: requestId, browserHash: browserHash(caller) });
  return state === null ? refuse('approval_over') : ok({ state });
}

/** How one's own request stands; null for anybody else's. */
export async function readApproval(
  runtime: Runtime,
  caller: Caller,
  asking: Asking,
  requestId: string,
): Promise<ApprovalState | null> {
  return await readState(runtime, ofAsker(caller, asking, requestId));
}

async function readState(
  runtime: Runtime,
  where: { readonly id: string; readonly browserHash: string },
): Promise<ApprovalState | null> {
  const row = await runtime.db.approvalRequest.findFirst({ where });
  if (row === null) return null;
  const known = { state: row.state as ApprovalState, expiresAt: row.expiresAt };
  const state = approvalStateAt(known, runtime.clock.now());
  if (state !== known.state) await runtime.db.$transaction((tx) => expire(tx, runtime, { id: row.id }));
  return state;
}

/**
 * Takes an approval, once and soon after it was given, in the transaction that acts on it. Returns the phone, which must
 * still be there and allowed for this; null when there is nothing to take.
 */
export async function takeApproval(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  asking: Asking,
  requestId: string,
): Promise<string | null> {
  const userId = asking.userId ?? '';
  const use = useOf[asking.purpose];
  if ((await keptObstacle(tx, runtime, userId, 'authenticator', use)) !== null) return null;
  const where = ofAsker(caller, asking, requestId);
  const { count } = await tx.approvalRequest.updateMany({
    where: {
      ...where,
      state: 'approved',
      ...(asking.purpose === 'phone_sign_in' ? { verified: true } : {}),
      answeredAt: { gt: later(runtime.clock.now(), -APPROVAL_TAKING_MS) },
    },
    data: { state: 'taken' },
  });
  if (count !== 1) return null;
  const row = await tx.approvalRequest.findUnique({ where: { id: requestId }, select: { phoneId: true } });
  const phone =
    row?.phoneId && (await tx.authenticatorPhone.findFirst({ where: { id: row.phoneId, userId } }));
  return phone ? phone.id : null;
}

/** Forgets at this address what made phones ring, after an approval. */
export async function forgiveRinging(runtime: Runtime, upn: string, address: string): Promise<void> {
  await forgiveAttempts(runtime, 'approval', upn, address);
  await forgiveAttempts(runtime, 'approval-own', upn, address);
}

/** Takes back what this browser asked a person for, in the transaction that lets them go on in another way. */
export async function withdrawAsked(tx: Tx, runtime: Runtime, caller: Caller, userId: string): Promise<void> {
  const asked = { pendingFor: userId, browserHash: browserHash(caller) };
  await end(tx, runtime, asked, 'withdrawn', 'another_way');
}

/** Takes back one's own request that nobody answered yet. Whoever it is not of hears the same. */
export async function withdrawApproval(
  runtime: Runtime,
  caller: Caller,
  { requestId }: { readonly requestId: string },
): Promise<Result<null>> {
  const asked = { id: requestId, browserHash: browserHash(caller) };
  await runtime.db.$transaction((tx) => end(tx, runtime, asked, 'withdrawn', 'taken_back'));
  return ok(null);
}

/** Whose request of this browser, and of its session, an ID is: null as the person where nobody was asked. */
export async function ownRequest(
  runtime: Runtime,
  caller: Caller,
  asked: Omit<Asking, 'userId'>,
  requestId: string,
): Promise<Asking | null> {
  const where = { ...asked, id: requestId, browserHash: browserHash(caller) };
  const row = await runtime.db.approvalRequest.findFirst({ where, select: { userId: true } });
  return row && { ...asked, userId: row.userId };
}

const confirming = ({ session }: SignedIn) =>
  ({
    userId: session.userId,
    upn: session.person.upn,
    purpose: 'confirm',
    sessionId: session.id,
    standing: standingOf({
      onOwnDevice: session.deviceId !== null,
      proven: session.proofs.map(({ kind }) => kind),
    }),
  }) as const satisfies Asker;

/** Asks one's phones to confirm, in one's own session, that it is still oneself. */
export async function askForConfirmation(runtime: Runtime, caller: SignedIn): Promise<Result<AskedApproval>> {
  return await askForApproval(runtime, caller, confirming(caller));
}

/**
 * How the confirmation stands that was asked for in this session. Approved, it is taken: the session has one more strong proof,
 * and another token. It unlocks nothing, because a phone does not yet say who holds it.
 */
export async function confirmWithPhone(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly requestId: string },
): Promise<Result<{ state: ApprovalState }>> {
  const asker = confirming(caller);
  const { userId, upn } = asker;
  const { session, address } = caller;
  const state = await readApproval(runtime, caller, asker, input.requestId);
  if (state === null) return refuse('approval_over');
  if (state !== 'approved') return ok({ state });
  const written = await runtime.db.$transaction(async (tx) => {
    if ((await holdSession(tx, session)) !== null) return null;
    if ((await secondFactorsOf(tx, userId)).outdated) return null;
    const phoneId = await takeApproval(tx, runtime, caller, asker, input.requestId);
    if (phoneId === null) return null;
    const proof = { kind: 'authenticator', credentialId: phoneId, opensLock: false } as const;
    const opened = await strengthenSession(tx, runtime, session, proof);
    await record(tx, runtime, {
      code: 'step_up',
      userId,
      deviceId: session.deviceId,
      credentialId: phoneId,
      sessionId: session.id,
      detail: { method: 'authenticator', address },
    });
    return opened;
  });
  if (written === null) {
    await record(runtime.db, runtime, {
      code: 'step_up',
      outcome: 'failure',
      userId,
      sessionId: session.id,
      detail: { cause: 'approval_not_taken', method: 'authenticator', address },
    });
    return refuse('approval_over');
  }
  await forgiveRinging(runtime, upn, address);
  return ok({ state }, { token: written.token });
}

/** Until when a password asks no phone of a person, after "It wasn't me"; null when it does. */
export async function readApprovalRest(runtime: Runtime, userId: string): Promise<Date | null> {
  const row = await runtime.db.approvalRequest.findFirst({
    where: { userId, restsUntil: { gt: runtime.clock.now() } },
    orderBy: { restsUntil: 'desc' },
    select: { restsUntil: true },
  });
  return row?.restsUntil ?? null;
}

/** Ends that rest before its time: an administrator made sure who it was. */
export async function endApprovalRest(
  runtime: Runtime,
  actor: Person,
  { userId }: { readonly userId: string },
): Promise<Result<null>> {
  const allowed = await mayManage(runtime, actor, userId);
  if (!allowed.ok) return allowed;
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.approvalRequest.updateMany({
      where: { userId, restsUntil: { gt: runtime.clock.now() } },
      data: { restsUntil: null },
    });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, { code: 'approval_rest_ended', userId, actorId: actor.id });
    return ok(null);
  });
}

/** Writes what ran out and forgets what is long over. Returns how many were forgotten. */
export async function forgetOldApprovals(runtime: Runtime): Promise<number> {
  const now = runtime.clock.now();
  const late = await runtime.db.approvalRequest.findMany({
    where: { pendingFor: { not: null }, expiresAt: { lte: now } },
    select: { id: true },
    take: 500,
  });
  for (const { id } of late) await runtime.db.$transaction((tx) => expire(tx, runtime, { id }));
  const where = { createdAt: { lt: later(now, -DAYS_KEPT * DAY_MS) } };
  return (await runtime.db.approvalRequest.deleteMany({ where })).count;
}
