import 'server-only';
import { loggableUpn, mayManageMethodsOf, normaliseUpn, type Role } from '#domain/identity';
import { ok, type Result, refuse } from '#domain/result';
import {
  isRecoveryPass,
  normalisePass,
  PASS_LIFETIME_MINUTES,
  type PassObstacle,
  type PassState,
  type PassUsability,
  passFromRandom,
  passObstacle,
  passReason,
  passSessionEnd,
  passStart,
  passUsability,
} from '#domain/temporary-access-pass';
import { DAY_MS, later, MINUTE_MS } from '#domain/time';
import { atLock, type WebSignIn } from '#domain/web-sign-in';
import type { DeviceRecognition } from '#domain/wire';
import type { Caller, Person, SignedIn } from './caller.ts';
import { countUsableKeys } from './credential.ts';
import type { Tx } from './db.ts';
import { recogniseDevice, touchDevice } from './device.ts';
import { renewCertificate } from './device-certificate.ts';
import { deviceOf } from './device-proof.ts';
import { record } from './event.ts';
import { findUser } from './identity.ts';
import { sealLastPerson } from './last-person.ts';
import { knowOfPass } from './notice.ts';
import { readPassHolder, readPassPolicy } from './pass-policy.ts';
import { DECOY_HASH } from './password.ts';
import { forgiveAttempts, takeAttempt } from './rate-limit.ts';
import { newId, type Runtime } from './runtime.ts';
import { endSessions, holdSession, openSession, strengthenSession } from './session.ts';
import { readWebSignIn } from './web-sign-in.ts';

export interface IssuedPass {
  readonly upn: string;
  readonly displayName: string;
  /** Shown once; only its hash is kept. */
  readonly pass: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly oneTime: boolean;
  /** Whether its holder can use it, and what policy has against it: anybody may be given a pass. */
  readonly usability: PassUsability;
  readonly obstacle: PassObstacle | null;
  /** Opens the sign-in page with name and pass filled in. The secret is in the fragment, which no server sees. */
  readonly link: string;
}

/** What an administrator asks of a pass. */
export interface PassTerms {
  readonly userId: string;
  /** Policy's usual lifetime where left out. It counts from the start. */
  readonly lifetimeMinutes?: number | undefined;
  readonly oneTime?: boolean | undefined;
  /** Now where left out; at most 30 days ahead. */
  readonly startsAt?: Date | undefined;
  /** Why; needed where the person has a strong credential that works. For the log, never for who redeems it. */
  readonly reason?: string | undefined;
}

/**
 * Issues a Temporary Access Pass; it replaces the person's pass, valid or expired. `issuer` is the administrator, who may
 * not be the person, or null for the command line on the server. Policy sets the bounds of the lifetime, the length, and
 * whether every pass is for one time; who may *use* it is judged when it is used. A recovery pass (`isRecoveryPass`) keeps
 * only to the bounds that no policy can move. Somebody who has a key that works gets one only for a reason, whoever asks,
 * and an administrator only with the approval of a second one, unless it comes from the command line. Both are judged in
 * the transaction that writes it.
 */
export async function issueTemporaryAccessPass(
  runtime: Runtime,
  issuer: Person | null,
  input: PassTerms,
): Promise<Result<IssuedPass>> {
  const refused = await refuseIssuing(runtime.db, issuer, input.userId);
  if (refused !== null) return refused;
  const drafted = await draftPass(runtime, issuer, input);
  if (!drafted.ok) return drafted;
  return await runtime.db.$transaction(async (tx) => {
    const roles = await rolesOf(tx, input.userId);
    if (issuer !== null && roles.length > 0) return refuse('approval_required');
    return await writePass(tx, runtime, drafted.value);
  });
}

async function rolesOf(tx: Tx, userId: string): Promise<Role[]> {
  const rows = await tx.userRole.findMany({ where: { userId }, select: { role: true } });
  return rows.map(({ role }) => role as Role);
}

/** Whether an administrator may give this person a pass at all; null when they may. */
export async function refuseIssuing(tx: Tx, issuer: Person | null, userId: string) {
  const user = await tx.user.findUnique({ where: { id: userId }, include: { roles: true } });
  if (user === null) return refuse('not_found');
  if (issuer === null) return null;
  if (issuer.id === user.id) return refuse('own_account');
  const roles = user.roles.map(({ role }) => role as Role);
  return mayManageMethodsOf(issuer.roles, roles) ? null : refuse('not_permitted');
}

/** A pass that was made and is not written yet. Hashing takes its time, and so is done outside of the transaction. */
export interface PassDraft {
  readonly userId: string;
  readonly pass: string;
  readonly hash: string;
  readonly lifetimeMinutes: number;
  readonly oneTime: boolean;
  readonly startsAt: Date;
  readonly reason: string | null;
  readonly issuerId: string | null;
}

/** Whether policy allows these terms, and when such a pass would start. */
export async function judgeTerms(
  runtime: Runtime,
  issuer: Person | null,
  input: PassTerms,
): Promise<
  Result<Pick<PassDraft, 'lifetimeMinutes' | 'oneTime' | 'startsAt'> & { readonly length: number }>
> {
  const policy = await readPassPolicy(runtime.db);
  const recovering = isRecoveryPass(issuer?.id ?? null, await rolesOf(runtime.db, input.userId));
  const { minimum, maximum } = recovering ? PASS_LIFETIME_MINUTES : policy.lifetimeInMinutes;
  const lifetimeMinutes = input.lifetimeMinutes ?? policy.lifetimeInMinutes.default;
  if (!Number.isInteger(lifetimeMinutes) || lifetimeMinutes < minimum || lifetimeMinutes > maximum) {
    return refuse('invalid_lifetime', { facts: { minimumMinutes: minimum, maximumMinutes: maximum } });
  }
  const startsAt = passStart(input.startsAt, runtime.clock.now());
  if (startsAt === null) return refuse('invalid_start');
  const oneTime = (input.oneTime ?? false) || (policy.isUsableOnce && !recovering);
  return ok({ lifetimeMinutes, oneTime, startsAt, length: policy.length });
}

export async function draftPass(
  runtime: Runtime,
  issuer: Person | null,
  input: PassTerms,
): Promise<Result<PassDraft>> {
  const judged = await judgeTerms(runtime, issuer, input);
  if (!judged.ok) return judged;
  const { length, ...terms } = judged.value;
  const pass = passFromRandom(runtime.random.bytes(length));
  const hash = await runtime.passwords.hash(pass);
  const reason = passReason(input.reason);
  return ok({ ...terms, userId: input.userId, pass, hash, reason, issuerId: issuer?.id ?? null });
}

/**
 * Writes a pass in place of the person's old one. `approvedById` is the second administrator, where one approved. Refused
 * without a reason for somebody who has a key that works.
 */
export async function writePass(
  tx: Tx,
  runtime: Runtime,
  draft: PassDraft,
  approvedById?: string,
): Promise<Result<IssuedPass>> {
  const { userId, pass, hash, lifetimeMinutes, oneTime, startsAt, reason, issuerId } = draft;
  const user = await tx.user.findUnique({ where: { id: userId }, select: { upn: true, displayName: true } });
  if (user === null) return refuse('not_found');
  const keys = await countUsableKeys(tx, userId);
  if (keys > 0 && reason === null) return refuse('reason_required');
  const now = runtime.clock.now();
  const issued = {
    hash,
    oneTime,
    createdAt: now,
    startsAt,
    expiresAt: later(startsAt, lifetimeMinutes * MINUTE_MS),
    usedAt: null,
    createdById: issuerId,
    reason,
    sample: runtime.sample,
  };
  // A session of the old pass must not live on under the new one.
  await endSessions(tx, runtime, { userId, passId: { not: null } });
  await tx.temporaryAccessPass.deleteMany({ where: { userId } });
  await tx.temporaryAccessPass.create({ data: { id: newId(runtime), userId, ...issued } });
  await record(tx, runtime, {
    code: 'pass_issued',
    userId,
    actorId: issuerId,
    detail: {
      lifetimeMinutes,
      oneTime,
      startsAt: startsAt.toISOString(),
      expiresAt: issued.expiresAt.toISOString(),
      ...(keys > 0 ? { workingKeys: keys } : {}),
      ...(reason === null ? {} : { reason }),
      ...(approvedById === undefined ? {} : { approvedById }),
    },
  });
  const judged = await judge(tx, userId, issued, now);
  const fragment = new URLSearchParams({ upn: user.upn, pass });
  return ok({
    ...user,
    pass,
    startsAt,
    expiresAt: issued.expiresAt,
    oneTime,
    ...judged,
    link: `${runtime.relyingParty.origin}/sign-in/pass#${fragment}`,
  });
}

interface Judged {
  readonly usability: PassUsability;
  readonly obstacle: PassObstacle | null;
}

/** Whether a person can use their pass now. Without a pass it costs the same statements. */
async function judge(
  tx: Tx,
  userId: string,
  pass: (PassState & { readonly createdById: string | null }) | null,
  now: Date,
): Promise<Judged> {
  const policy = await readPassPolicy(tx);
  const holder = await readPassHolder(tx, userId, pass?.createdById ?? null);
  if (pass === null) return { usability: 'DisabledByPolicy', obstacle: null };
  return {
    usability: passUsability(pass, policy, holder, now),
    obstacle: passObstacle(pass, policy, holder),
  };
}

/**
 * Redeems a pass. Signed out it opens a session that ends with the pass: one that signs in where web sign-in does
 * (`webSignIn`), else one that can do nothing but register. In one's own ordinary session it adds the proof and nothing else;
 * a lock on a registered device it opens only where web sign-in does, and takes the locked session's place elsewhere. A
 * one-time pass is spent by one conditional statement. Whether policy lets this person use it is judged now, and again with every request of the
 * session (`findSession`). Every failure reads the same and costs the same; the event log keeps the reason.
 */
export async function redeemTemporaryAccessPass(
  runtime: Runtime,
  caller: Caller,
  input: { readonly upn: string; readonly pass: string; readonly device?: DeviceRecognition | undefined },
): Promise<Result<{ upn: string; leadsTo: WebSignIn['leadsTo'] }>> {
  const upn = normaliseUpn(input.upn);
  const limited = await takeAttempt(runtime, 'temporary-access-pass', upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, upn);
  const pass = await runtime.db.temporaryAccessPass.findUnique({ where: { userId: user?.id ?? '' } });
  const fits = await runtime.passwords.verify(pass?.hash ?? DECOY_HASH, normalisePass(input.pass));
  const now = runtime.clock.now();
  const { usability, obstacle } = await judge(runtime.db, user?.id ?? '', pass, now);
  const place = deviceOf(shown, user?.id ?? '');
  const cause =
    user === null
      ? 'user_unknown'
      : pass === null
        ? 'no_pass'
        : !fits
          ? 'pass_wrong'
          : user.disabledAt !== null
            ? 'user_disabled'
            : place.disabled
              ? 'device_disabled'
              : usability !== 'EnabledByPolicy'
                ? usability
                : null;
  const fail = async (reason: string | null) => {
    await record(runtime.db, runtime, {
      code: 'pass_redeemed',
      outcome: 'failure',
      userId: user?.id,
      detail: {
        cause: reason,
        ...(reason === 'DisabledByPolicy' ? { policy: obstacle } : {}),
        upn: loggableUpn(upn),
        address: caller.address,
      },
    });
    return refuse('sign_in_failed');
  };
  if (user === null || pass === null || cause !== null) return await fail(cause);

  const own =
    caller.session?.kind === 'ordinary' && caller.session.userId === user.id ? caller.session : null;
  const deviceId = place.id ?? own?.deviceId ?? null;
  const opens = await readWebSignIn(runtime.db, runtime, 'temporary-access-pass', {
    userId: user.id,
    deviceId,
  });
  const atItsLock = atLock('temporary-access-pass', {
    onOwnDevice: deviceId !== null,
    signsIn: opens.session === 'ordinary',
    factorsAsked: false,
  });
  const goesOn = own !== null && (own.lockedAt === null || atItsLock === 'opens') ? own : null;
  const written = await runtime.db.$transaction(async (tx) => {
    const changed = goesOn && (await holdSession(tx, goesOn));
    if (changed) return { cause: changed };
    const spent = await tx.temporaryAccessPass.updateMany({
      where: { id: pass.id, ...(pass.oneTime ? { usedAt: null } : {}) },
      data: { usedAt: now },
    });
    if (spent.count !== 1) return { cause: 'OneTimeUsed' };
    const opened = goesOn
      ? await strengthenSession(tx, runtime, goesOn, {
          kind: 'temporary-access-pass',
          credentialId: null,
          deviceId: place.id,
          // Who comes in by a pass has no factor of this device to show.
          opensLock: true,
        })
      : await openSession(tx, runtime, caller, {
          userId: user.id,
          kind: opens.session,
          method: 'temporary-access-pass',
          deviceId: place.id,
          passId: pass.id,
          expiresAt: passSessionEnd(pass, now),
        });
    await knowOfPass(tx, runtime, { id: opened.id, userId: user.id });
    if (place.id !== null) await touchDevice(tx, runtime, place.id);
    await record(tx, runtime, {
      code: 'pass_redeemed',
      userId: user.id,
      deviceId: place.id,
      sessionId: opened.id,
      detail: {
        oneTime: pass.oneTime,
        stepUp: goesOn !== null,
        ...(goesOn === null && opens.session === 'ordinary' ? { webSignIn: true } : {}),
        address: caller.address,
      },
    });
    return { token: opened.token };
  });
  if ('cause' in written) return await fail(written.cause);
  const { token } = written;
  await forgiveAttempts(runtime, 'temporary-access-pass', upn, caller.address);
  if (place.id !== null) await renewCertificate(runtime, shown);
  const signedIn = goesOn === null && opens.session === 'ordinary';
  const last = { userId: user.id, deviceId, method: 'temporary-access-pass' } as const;
  return ok(
    { upn: user.upn, leadsTo: opens.leadsTo },
    { token, ...(signedIn && { last: sealLastPerson(runtime, caller, last) }) },
  );
}

export interface PassSummary {
  readonly id: string;
  readonly oneTime: boolean;
  readonly createdAt: Date;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  readonly usability: PassUsability;
  /** What policy has against it, whether or not it could be used otherwise. */
  readonly obstacle: PassObstacle | null;
}

/** A person's pass without its value, which nobody can read again. */
export async function readPass(runtime: Runtime, userId: string): Promise<PassSummary | null> {
  const pass = await runtime.db.temporaryAccessPass.findUnique({ where: { userId } });
  if (pass === null) return null;
  const { id, oneTime, createdAt, startsAt, expiresAt, usedAt } = pass;
  return {
    id,
    oneTime,
    createdAt,
    startsAt,
    expiresAt,
    usedAt,
    ...(await judge(runtime.db, userId, pass, runtime.clock.now())),
  };
}

/** How long a pass that ran out stays to be looked up. */
const EXPIRED_KEPT_MS = 30 * DAY_MS;

/** Forgets passes that ran out long ago. Returns how many. */
export async function forgetExpiredPasses(runtime: Runtime): Promise<number> {
  const before = later(runtime.clock.now(), -EXPIRED_KEPT_MS);
  const { count } = await runtime.db.temporaryAccessPass.deleteMany({ where: { expiresAt: { lt: before } } });
  return count;
}

/** Deletes a person's pass and ends the sessions that live on it. */
export async function deletePass(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly userId: string },
): Promise<Result<null>> {
  if (actor !== null && actor.id !== input.userId) {
    const user = await runtime.db.user.findUnique({ where: { id: input.userId }, include: { roles: true } });
    if (user === null) return refuse('not_found');
    if (
      !mayManageMethodsOf(
        actor.roles,
        user.roles.map(({ role }) => role as Role),
      )
    )
      return refuse('not_permitted');
  }
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.temporaryAccessPass.deleteMany({ where: { userId: input.userId } });
    if (count === 0) return refuse('not_found');
    await endSessions(tx, runtime, { userId: input.userId, passId: { not: null } });
    await record(tx, runtime, { code: 'pass_deleted', userId: input.userId, actorId: actor?.id });
    return ok(null);
  });
}

/** One's own pass; the value was never readable. */
export async function deleteOwnPass(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  return await deletePass(runtime, caller.session.person, { userId: caller.session.userId });
}
