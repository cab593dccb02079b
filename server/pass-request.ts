import 'server-only';
import { mayManageMethodsOf, type Role } from '#domain/identity';
import { PASS_REQUEST_LIFETIME_MS, type PassRequestState, passRequestState } from '#domain/pass-request';
import { ok, type Result, refuse } from '#domain/result';
import { passReason } from '#domain/temporary-access-pass';
import { DAY_MS, later } from '#domain/time';
import type { Person, SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { namesOf } from './identity.ts';
import { newId, type Runtime } from './runtime.ts';
import {
  draftPass,
  type IssuedPass,
  judgeTerms,
  type PassTerms,
  refuseIssuing,
  writePass,
} from './temporary-access-pass.ts';

/**
 * A pass for an administrator takes two: one asks, another one decides, and the first collects. Who may ask, decide and
 * collect is read in the transaction that does it, from the directory and not from a session, because roles come and go
 * in between.
 */

/** A person's roles as they are now; none for a disabled account. */
async function rolesNow(tx: Tx, userId: string): Promise<readonly Role[]> {
  const user = await tx.user.findFirst({ where: { id: userId, disabledAt: null }, include: { roles: true } });
  return (user?.roles ?? []).map(({ role }) => role as Role);
}

async function mayNow(tx: Tx, actorId: string, targetId: string): Promise<boolean> {
  if (actorId === targetId) return false;
  const target = await tx.userRole.findMany({ where: { userId: targetId }, select: { role: true } });
  return mayManageMethodsOf(
    await rolesNow(tx, actorId),
    target.map(({ role }) => role as Role),
  );
}

/** Roles that may give administrators a pass. */
const APPROVERS: readonly Role[] = ['global_administrator', 'privileged_authentication_administrator'];

/**
 * How many others could decide on a pass for this administrator. Break-glass accounts are for emergencies and not counted;
 * whoever is signed in with one may decide all the same.
 */
export async function countApprovers(tx: Tx, requesterId: string, userId: string): Promise<number> {
  return await tx.user.count({
    where: {
      id: { notIn: [requesterId, userId] },
      disabledAt: null,
      breakGlass: false,
      roles: { some: { role: { in: [...APPROVERS] } } },
    },
  });
}

/**
 * Asks for a pass for an administrator, with a reason; it waits for a second administrator. Its terms are judged now, and
 * again when it is collected. One request for a person waits at a time.
 */
export async function requestPass(
  runtime: Runtime,
  requester: Person,
  input: PassTerms,
): Promise<Result<{ id: string; expiresAt: Date }>> {
  const refused = await refuseIssuing(runtime.db, requester, input.userId);
  if (refused !== null) return refused;
  const reason = passReason(input.reason);
  if (reason === null) return refuse('reason_required');
  const judged = await judgeTerms(runtime, requester, input);
  if (!judged.ok) return judged;
  const { lifetimeMinutes, oneTime } = judged.value;
  const { userId, startsAt = null } = input;
  const now = runtime.clock.now();
  const id = newId(runtime);
  const expiresAt = later(now, PASS_REQUEST_LIFETIME_MS);
  return await runtime.db.$transaction(async (tx) => {
    if (!(await mayNow(tx, requester.id, userId))) return refuse('not_permitted');
    if ((await tx.userRole.count({ where: { userId } })) === 0) return refuse('approval_not_needed');
    if ((await countApprovers(tx, requester.id, userId)) === 0) return refuse('no_second_administrator');
    const waiting = { userId, decidedAt: null, expiresAt: { gt: now } };
    if ((await tx.passRequest.count({ where: waiting })) > 0) return refuse('request_pending');
    await tx.passRequest.create({
      data: {
        id,
        userId,
        requestedById: requester.id,
        reason,
        lifetimeMinutes,
        oneTime,
        startsAt,
        createdAt: now,
        expiresAt,
      },
    });
    await record(tx, runtime, {
      code: 'pass_requested',
      userId,
      actorId: requester.id,
      detail: { request: id, lifetimeMinutes, oneTime, reason, expiresAt: expiresAt.toISOString() },
    });
    return ok({ id, expiresAt });
  });
}

/**
 * Approves or declines a request, in one conditional statement: of several decisions the first one stands. Neither who asked
 * nor whose pass it is decides.
 */
export async function decidePassRequest(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly requestId: string; readonly approve: boolean },
): Promise<Result<null>> {
  const decider = caller.session.person.id;
  const now = runtime.clock.now();
  return await runtime.db.$transaction(async (tx) => {
    const request = await tx.passRequest.findUnique({ where: { id: input.requestId } });
    if (request === null) return refuse('not_found');
    if ([request.requestedById, request.userId].includes(decider)) return refuse('own_account');
    if (!(await mayNow(tx, decider, request.userId))) return refuse('not_permitted');
    const { count } = await tx.passRequest.updateMany({
      where: { id: request.id, decidedAt: null, expiresAt: { gt: now } },
      data: { decidedById: decider, decidedAt: now, approved: input.approve },
    });
    if (count !== 1) return refuse('request_over');
    await record(tx, runtime, {
      code: input.approve ? 'pass_approved' : 'pass_declined',
      userId: request.userId,
      actorId: decider,
      detail: { request: request.id, requestedById: request.requestedById },
    });
    return ok(null);
  });
}

/**
 * Makes the pass of an approved request and shows it once, to who asked. Collected by one conditional statement; both
 * administrators must still be ones who may, or nothing is made.
 */
export async function collectPass(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly requestId: string },
): Promise<Result<IssuedPass>> {
  const { person } = caller.session;
  const request = await runtime.db.passRequest.findUnique({ where: { id: input.requestId } });
  // Somebody else's is not there.
  if (request === null || request.requestedById !== person.id) return refuse('not_found');
  const now = runtime.clock.now();
  if (passRequestState(request, now) !== 'approved') return refuse('request_over');
  const { userId, lifetimeMinutes, oneTime, reason } = request;
  // A start that went by while it waited is now.
  const startsAt = request.startsAt !== null && request.startsAt > now ? request.startsAt : undefined;
  const drafted = await draftPass(runtime, person, { userId, lifetimeMinutes, oneTime, reason, startsAt });
  if (!drafted.ok) return drafted;
  return await runtime.db.$transaction(async (tx) => {
    const { decidedById } = request;
    if (decidedById === null || !(await mayNow(tx, decidedById, userId))) return refuse('approval_required');
    if (!(await mayNow(tx, person.id, userId))) return refuse('not_permitted');
    const { count } = await tx.passRequest.updateMany({
      where: { id: request.id, approved: true, collectedAt: null, expiresAt: { gt: now } },
      data: { collectedAt: now },
    });
    if (count !== 1) return refuse('request_over');
    return await writePass(tx, runtime, drafted.value, decidedById);
  });
}

export interface PassRequestSummary {
  readonly id: string;
  readonly state: PassRequestState;
  readonly whose: { readonly id: string; readonly displayName: string; readonly upn: string };
  readonly requestedBy: { readonly id: string; readonly displayName: string };
  readonly decidedBy: { readonly id: string; readonly displayName: string } | null;
  readonly reason: string;
  readonly lifetimeMinutes: number;
  readonly oneTime: boolean;
  readonly startsAt: Date | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
  readonly collectedAt: Date | null;
}

/** Requests, the latest first. */
export async function listPassRequests(
  runtime: Runtime,
  filter: { readonly userId?: string; readonly limit: number },
): Promise<PassRequestSummary[]> {
  const rows = await runtime.db.passRequest.findMany({
    where: filter.userId === undefined ? {} : { userId: filter.userId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: filter.limit,
  });
  const ids = rows.flatMap(({ userId, requestedById, decidedById }) => [
    userId,
    requestedById,
    decidedById ?? '',
  ]);
  const names = await namesOf(runtime, ids);
  const named = (id: string) => {
    const { displayName, upn } = names.get(id) ?? { displayName: 'Somebody who is gone', upn: '' };
    return { id, displayName, upn };
  };
  const now = runtime.clock.now();
  return rows.map(({ userId, requestedById, decidedById, approved: _, ...row }) => ({
    ...row,
    state: passRequestState({ ...row, approved: _ }, now),
    whose: named(userId),
    requestedBy: named(requestedById),
    decidedBy: decidedById === null ? null : named(decidedById),
  }));
}

/** Whether this administrator may decide on a request, as far as is known before they try. */
export function mayDecide(actor: Person, request: PassRequestSummary): boolean {
  return (
    request.state === 'pending' &&
    ![request.whose.id, request.requestedBy.id].includes(actor.id) &&
    actor.roles.some((role) => APPROVERS.includes(role))
  );
}

/** How many requests wait for this administrator: to be decided, or approved and to be collected. */
export async function countWaitingRequests(runtime: Runtime, actor: Person): Promise<number> {
  if (!actor.roles.some((role) => APPROVERS.includes(role))) return 0;
  return await runtime.db.passRequest.count({
    where: {
      collectedAt: null,
      expiresAt: { gt: runtime.clock.now() },
      OR: [
        { decidedAt: null, requestedById: { not: actor.id }, userId: { not: actor.id } },
        { approved: true, requestedById: actor.id },
      ],
    },
  });
}

/** How long a request that is over stays to be looked up. */
const KEPT_MS = 90 * DAY_MS;

/** Forgets requests that have been over for long. Returns how many. */
export async function forgetOldPassRequests(runtime: Runtime): Promise<number> {
  const before = later(runtime.clock.now(), -KEPT_MS);
  const { count } = await runtime.db.passRequest.deleteMany({ where: { expiresAt: { lt: before } } });
  return count;
}
