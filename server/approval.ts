import 'server-only';
import { createHash } from 'node:crypto';
import {
  APPROVAL_LIFETIME_MS,
  APPROVAL_REST_MS,
  APPROVAL_TAKING_MS,
  type ApprovalAnswer,
  type ApprovalDecision,
  type ApprovalPurpose,
  type ApprovalState,
  approvalMessage,
  approvalStateAt,
  judgeAnswer,
  type ShownRequest,
} from '#domain/authenticator';
import { toBase64Url } from '#domain/base64url';
import { methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { DAY_MS, later } from '#domain/time';
import { newNumber } from './authenticator-phone.ts';
import type { Caller, SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { signedBy } from './device-proof.ts';
import { record } from './event.ts';
import { keptObstacle, methodObstacles } from './methods-policy.ts';
import { forgiveAttempts, isLogged, takeAttempt } from './rate-limit.ts';
import { newId, type Runtime } from './runtime.ts';
import { listSecondFactors, secondFactorsOf } from './second-factor.ts';
import { endSessions, strengthenSession } from './session.ts';

/**
 * Approving on a phone by number matching. A request has one answer and one use: each is one conditional write, whoever comes
 * first. It belongs to the browser that asked, and to its session where there is one.
 */

const DAYS_KEPT = 30;

/** Who asked: what an approval is good for, and for nobody else. */
export interface Asker {
  readonly userId: string;
  readonly upn: string;
  readonly purpose: ApprovalPurpose;
  /** None at a sign-in. */
  readonly sessionId: string | null;
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

/** Writes that nobody answered in time, once, where that is so. */
async function expire(tx: Tx, runtime: Runtime, which: { id: string } | { userId: string }): Promise<void> {
  const late = await tx.approvalRequest.findMany({
    where: { ...which, state: 'pending', expiresAt: { lte: runtime.clock.now() } },
    select: { id: true, userId: true, sessionId: true, purpose: true },
  });
  for (const { id, userId, sessionId, purpose } of late) {
    const { count } = await tx.approvalRequest.updateMany({
      where: { id, state: 'pending' },
      data: { state: 'expired', pendingFor: null },
    });
    if (count === 1)
      await record(tx, runtime, {
        code: 'approval_expired',
        outcome: 'failure',
        userId,
        sessionId,
        detail: { cause: 'not_answered', purpose },
      });
  }
}

/**
 * Asks a person's phones. One request at a time: a new one of the same browser takes the place of the one before, of another
 * it is refused. How often a phone rings is limited, and after "It wasn't me" a password asks none for a while.
 */
export async function askForApproval(
  runtime: Runtime,
  caller: Caller,
  asker: Asker,
): Promise<Result<AskedApproval>> {
  const { userId, upn, purpose, sessionId } = asker;
  const limited = await takeAttempt(runtime, 'approval', upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const phones = (await listSecondFactors(runtime.db, userId)).filter(({ kind }) => kind === 'authenticator');
  const { outdated } = await secondFactorsOf(runtime.db, userId);
  // A phone that has to be set up anew confirms nothing in a session.
  if (phones.length === 0 || (sessionId !== null && outdated)) return refuse('no_phone');
  if ((await methodObstacles(runtime.db, userId, purpose)).authenticator !== null)
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
    browser: caller.userAgent,
    address: caller.address,
    createdAt,
    expiresAt: later(createdAt, APPROVAL_LIFETIME_MS),
  } as const;
  const refused = await runtime.db.$transaction(async (tx): Promise<ProblemCode | null> => {
    await expire(tx, runtime, { userId });
    const since = later(createdAt, -APPROVAL_REST_MS);
    const reported = { userId, state: 'reported', answeredAt: { gt: since } };
    if (purpose === 'sign_in' && (await tx.approvalRequest.count({ where: reported })) > 0)
      return 'approval_resting';
    await tx.approvalRequest.updateMany({
      where: { pendingFor: userId, browserHash: request.browserHash },
      data: { state: 'replaced', pendingFor: null },
    });
    if ((await tx.approvalRequest.count({ where: { pendingFor: userId } })) > 0) return 'approval_waiting';
    await tx.approvalRequest.create({ data: request });
    await record(tx, runtime, {
      code: 'approval_asked',
      userId,
      sessionId,
      detail: { purpose, address: caller.address },
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
  return ok({
    requestId: request.id,
    number: request.number,
    phones: phones.map(({ name }) => name),
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
    include: { user: { select: { upn: true } } },
  });
  return new Map(rows.map((row) => [row.userId, shownOf(row, row.user.upn)]));
}

/**
 * A phone's answer: its key's signature over everything that it showed, the decision and the number. The first one to a pending
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
  const state = judgeAnswer(request, input);
  const now = runtime.clock.now();
  const written = await runtime.db.$transaction(async (tx) => {
    // Its removal and this write each see what the other did: the one that comes second finds nothing.
    const used = await tx.authenticatorPhone.updateMany({
      where: { id: phone.id, user: { disabledAt: null } },
      data: { lastUsedAt: now },
    });
    if (used.count !== 1) return 'phone_gone';
    const { count } = await tx.approvalRequest.updateMany({
      where: { id: request.id, state: 'pending', expiresAt: { gt: now } },
      data: { state, pendingFor: null, phoneId: phone.id, answeredAt: now },
    });
    if (count !== 1) return 'late_or_answered';
    const { purpose, sessionId } = request;
    await record(tx, runtime, {
      code: 'approval_answered',
      outcome: state === 'approved' ? 'success' : 'failure',
      userId,
      credentialId: phone.id,
      sessionId,
      detail: { ...(state === 'approved' ? {} : { cause: state }), purpose, address },
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
function ofAsker(caller: Caller, { userId, purpose, sessionId }: Omit<Asker, 'upn'>, requestId: string) {
  return { id: requestId, userId, purpose, sessionId, browserHash: browserHash(caller) };
}

/** How one's own request stands; null for anybody else's. */
export async function readApproval(
  runtime: Runtime,
  caller: Caller,
  asker: Omit<Asker, 'upn'>,
  requestId: string,
): Promise<ApprovalState | null> {
  const where = ofAsker(caller, asker, requestId);
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
  asker: Omit<Asker, 'upn'>,
  requestId: string,
): Promise<string | null> {
  const { userId, purpose } = asker;
  if ((await keptObstacle(tx, runtime, userId, 'authenticator', purpose)) !== null) return null;
  const where = ofAsker(caller, asker, requestId);
  const { count } = await tx.approvalRequest.updateMany({
    where: {
      ...where,
      state: 'approved',
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

const confirming = ({ session }: SignedIn): Asker => ({
  userId: session.userId,
  upn: session.person.upn,
  purpose: 'confirm',
  sessionId: session.id,
});

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
    // Locked meanwhile, it stays so.
    if ((await tx.session.count({ where: { id: session.id, lockedAt: null } })) === 0) return null;
    if ((await secondFactorsOf(tx, userId)).outdated) return null;
    const phoneId = await takeApproval(tx, runtime, caller, asker, input.requestId);
    if (phoneId === null) return null;
    const proof = { kind: 'authenticator', credentialId: phoneId, opensLock: false } as const;
    const opened = await strengthenSession(tx, runtime, session.id, proof);
    if (opened === null) return null;
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
  await forgiveAttempts(runtime, 'approval', upn, address);
  return ok({ state }, { token: written.token });
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
