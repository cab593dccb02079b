import 'server-only';
import type { Proof } from '#domain/authentication';
import { type ApprovalState, standingOf } from '#domain/authenticator';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { type Binding, type CeremonyPurpose, PASSWORD_TICKET_LIFETIME_MS } from '#domain/ceremony';
import { loggableUpn, normaliseUpn } from '#domain/identity';
import { methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { later } from '#domain/time';
import type { DeviceRecognition } from '#domain/wire';
import {
  type AskedApproval,
  askForApproval,
  forgiveRinging,
  readApproval,
  takeApproval,
  withdrawAsked,
} from './approval.ts';
import type { Caller, SignedIn } from './caller.ts';
import { consumeChallenge, openChallenge, sealChallenge } from './ceremony.ts';
import type { Tx } from './db.ts';
import { recogniseDevice, touchDevice } from './device.ts';
import { renewCertificate } from './device-certificate.ts';
import { deviceOf } from './device-proof.ts';
import { record } from './event.ts';
import { currentPassword, findUser, replacePassword } from './identity.ts';
import { sealLastPerson } from './last-person.ts';
import { keptObstacle } from './methods-policy.ts';
import { DECOY_HASH } from './password.ts';
import { passwordMinimumLength, refusePassword } from './password-policy.ts';
import { isRefusedNow, readPasswordRuling } from './passwordless-policy.ts';
import { forgiveAttempts, isLogged, takeAttempt } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import {
  type SecondFactor,
  type SecondFactors,
  secondFactorsOf,
  secondFactorUnder,
} from './second-factor.ts';
import { holdSession, openSession, strengthenSession } from './session.ts';
import { acceptCode, verifyCode } from './totp.ts';
import { judgeUnlock } from './unlock.ts';

/**
 * Signing in with a password: what the product exists to replace, done well while it exists. In this order: the password, a
 * code or an approval where the person has an authenticator app or a phone, a new password where the old one must change.
 * Between them travels a ticket: sealed, good once, for this browser, this person and this password. Where policy refuses passwords, a right one
 * answers and costs what a wrong one does, and the event log has the truth.
 */

type User = NonNullable<Awaited<ReturnType<typeof findUser>>>;

interface Device {
  readonly device?: DeviceRecognition | undefined;
}

/** Where a right password leads: in, or to what is still asked for. */
export type PasswordStep =
  | { readonly next: 'signed_in'; readonly upn: string }
  | { readonly next: 'code'; readonly ticket: string; readonly ways: SecondFactors }
  | {
      readonly next: 'new_password';
      readonly ticket: string;
      readonly minimumLength: number;
      /** The authenticator app or the phone that was shown; the page hands it back with the ticket. */
      readonly appId: string | null;
    };

type TicketPurpose = Extract<CeremonyPurpose, 'password-code' | 'new-password'>;

/** What a ticket holds for: this browser, this person as long as the password is the same, and the code that was shown. */
function ticketBinding(caller: Caller, user: User | null, appId?: string | null): Binding {
  return {
    browser: caller.browser,
    userId: user?.id ?? '',
    passwordHash: user?.passwordHash ?? '',
    totpId: appId ?? undefined,
  };
}

function issueTicket(
  runtime: Runtime,
  caller: Caller,
  user: User,
  purpose: TicketPurpose,
  appId: string | null,
  expiresAt = later(runtime.clock.world(), PASSWORD_TICKET_LIFETIME_MS),
): string {
  return toBase64Url(sealChallenge(runtime, purpose, ticketBinding(caller, user, appId), { expiresAt }));
}

async function consumeTicket(
  runtime: Runtime,
  caller: Caller,
  user: User | null,
  purpose: TicketPurpose,
  ticket: string,
  appId?: string | null,
) {
  const sealed = fromBase64Url(ticket) ?? new Uint8Array();
  return await consumeChallenge(runtime, sealed, purpose, ticketBinding(caller, user, appId));
}

/** Why a person who proved a password does not come in from here; null when they do. */
function stopped(user: User, place: { readonly disabled: boolean }): string | null {
  if (user.disabledAt !== null) return 'user_disabled';
  return place.disabled ? 'device_disabled' : null;
}

/** What the browser gets with a session: its token, and who signed in here last and how. */
function signedIn(runtime: Runtime, caller: Caller, user: User, deviceId: string | null, token: string) {
  return { token, last: sealLastPerson(runtime, caller, { userId: user.id, deviceId, method: 'password' }) };
}

/** Opens the session of somebody who proved their password, and what goes with it, and writes the sign-in. */
async function enter(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  user: User,
  deviceId: string | null,
  beside: SecondFactor | null,
): Promise<string> {
  // What an administrator wants replaced shows who it is, and lets them do that alone.
  const outdated = beside !== null && (await secondFactorsOf(tx, user.id)).outdated;
  const session = await openSession(tx, runtime, caller, {
    userId: user.id,
    kind: outdated ? 'registration' : 'ordinary',
    method: 'password',
    deviceId,
    ...(beside === null ? {} : { alsoProven: [provenNow(runtime, beside)] }),
  });
  if (deviceId !== null) await touchDevice(tx, runtime, deviceId);
  await record(tx, runtime, {
    code: 'password_sign_in',
    userId: user.id,
    deviceId,
    sessionId: session.id,
    detail: {
      method: beside?.kind ?? 'password',
      ...(outdated ? { opens: 'reregistration' } : {}),
      address: caller.address,
    },
  });
  return session.token;
}

function provenNow(runtime: Runtime, { kind, id }: SecondFactor): Proof {
  return { kind, provenAt: runtime.clock.now(), credentialId: id };
}

/** Says in the log that a password was right and what it led to, which no session will tell. */
async function recordAccepted(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  user: User,
  next: PasswordStep['next'],
): Promise<void> {
  await record(tx, runtime, {
    code: 'password_accepted',
    userId: user.id,
    detail: { next, address: caller.address },
  });
}

async function askForNewPassword(
  runtime: Runtime,
  caller: Caller,
  user: User,
  appId: string | null,
): Promise<Result<PasswordStep>> {
  return ok({
    next: 'new_password',
    ticket: issueTicket(runtime, caller, user, 'new-password', appId),
    minimumLength: await passwordMinimumLength(runtime),
    appId,
  });
}

/**
 * Signs in with a password, or says what is asked for beside it. Names that do not exist cost the same hash and the same
 * statements, and every failure reads the same, whatever a right password would have led to.
 */
export async function signInWithPassword(
  runtime: Runtime,
  caller: Caller,
  input: { readonly upn: string; readonly password: string } & Device,
): Promise<Result<PasswordStep>> {
  const upn = normaliseUpn(input.upn);
  const limited = await takeAttempt(runtime, 'password', upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, upn);
  const ruling = await readPasswordRuling(runtime.db, user);
  const fits = await runtime.passwords.verify(user?.passwordHash ?? DECOY_HASH, input.password);
  const place = deviceOf(shown, user?.id ?? '');
  const cause =
    user === null
      ? 'user_unknown'
      : user.passwordHash === null
        ? 'no_password'
        : fits
          ? (stopped(user, place) ?? (ruling.refused ? 'passwordless' : null))
          : 'password_wrong';
  const fail = async (reason: string | null) => {
    await record(runtime.db, runtime, {
      code: 'password_sign_in',
      outcome: 'failure',
      userId: user?.id,
      detail: { cause: reason, method: 'password', upn: loggableUpn(upn), address: caller.address },
    });
    return refuse('sign_in_failed');
  };
  if (user === null || cause !== null) return await fail(cause);
  const written = await runtime.db.$transaction(async (tx) => {
    if (await isRefusedNow(tx, runtime, user, ruling)) return 'passwordless';
    const current = await currentPassword(tx, user);
    if (current === null) return 'password_changed';
    const ways = await secondFactorsOf(tx, user.id);
    const next = ways.code || ways.phone ? 'code' : current.changeRequired ? 'new_password' : null;
    if (next === null) return { token: await enter(tx, runtime, caller, user, place.id, null) };
    await recordAccepted(tx, runtime, caller, user, next);
    return { next, ways };
  });
  if (typeof written === 'string') return await fail(written);
  await forgiveAttempts(runtime, 'password', upn, caller.address);
  if ('token' in written) {
    if (place.id !== null) await renewCertificate(runtime, shown);
    return ok({ next: 'signed_in', upn: user.upn }, signedIn(runtime, caller, user, place.id, written.token));
  }
  return written.next === 'code'
    ? ok({
        next: 'code',
        ticket: issueTicket(runtime, caller, user, 'password-code', null),
        ways: written.ways,
      })
    : await askForNewPassword(runtime, caller, user, null);
}

/**
 * The code after the password: consume the ticket, verify the code, judge, write once. A code that does not fit answers with
 * a fresh ticket that ends when the first would have, so that the person can type again.
 */
export async function signInWithCode(
  runtime: Runtime,
  caller: Caller,
  input: { readonly upn: string; readonly ticket: string; readonly code: string } & Device,
): Promise<Result<PasswordStep>> {
  const upn = normaliseUpn(input.upn);
  const limited = await takeAttempt(runtime, 'totp', upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, upn);
  const fail = async (problem: ProblemCode, cause: string, facts?: Record<string, string>) => {
    await record(runtime.db, runtime, {
      code: 'totp_used',
      outcome: 'failure',
      userId: user?.id,
      detail: { cause, upn: loggableUpn(upn), address: caller.address },
    });
    return refuse(problem, facts === undefined ? {} : { facts });
  };
  const opened = await consumeTicket(runtime, caller, user, 'password-code', input.ticket);
  if ('refused' in opened) return await fail(opened.refused, opened.cause);
  if (user === null) return await fail('challenge_invalid', 'user_unknown');
  const place = deviceOf(shown, user.id);
  const cause = stopped(user, place);
  if (cause !== null) return await fail('sign_in_failed', cause);
  const again = () => ({
    ticket: issueTicket(runtime, caller, user, 'password-code', null, opened.challenge.expiresAt),
  });
  const ruling = await readPasswordRuling(runtime.db, user);
  const verified = await verifyCode(runtime, user.id, input.code);
  if ('cause' in verified) return await fail('code_refused', verified.cause, again());
  const { code } = verified;
  // Refused since the password was typed: it goes on as with a wrong code.
  if (ruling.refused) return await fail('code_refused', 'passwordless', again());

  const written = await runtime.db.$transaction(async (tx) => {
    if (await isRefusedNow(tx, runtime, user, ruling)) return 'passwordless';
    const current = await currentPassword(tx, user);
    if (current === null) return 'password_changed';
    // Switched off since the password was typed: it goes on as with a wrong code.
    const obstacle = await keptObstacle(tx, runtime, user.id, 'softwareOath', 'sign_in');
    if (obstacle !== null) return obstacle;
    const of = { userId: user.id, address: caller.address };
    if (!(await acceptCode(tx, runtime, code, of))) return 'code_replayed';
    await withdrawAsked(tx, runtime, caller, user.id);
    if (current.changeRequired) {
      await recordAccepted(tx, runtime, caller, user, 'new_password');
      return { token: null };
    }
    return { token: await enter(tx, runtime, caller, user, place.id, { kind: 'totp', id: code.id }) };
  });
  if (written === 'password_changed') return await fail('sign_in_failed', written);
  if (typeof written === 'string') return await fail('code_refused', written, again());
  await forgiveAttempts(runtime, 'totp', upn, caller.address);
  if (written.token === null) return await askForNewPassword(runtime, caller, user, code.id);
  if (place.id !== null) await renewCertificate(runtime, shown);
  return ok({ next: 'signed_in', upn: user.upn }, signedIn(runtime, caller, user, place.id, written.token));
}

/** What an approval is asked for and good for between a right password and the session. */
const signingIn = ({ id }: User) => ({ userId: id, purpose: 'sign_in', sessionId: null }) as const;

/**
 * Asks the phones of somebody whose password was right, which the ticket shows. The ticket stays good: a code may be typed
 * instead, and the phones may be asked again.
 */
export async function askPhonesAfterPassword(
  runtime: Runtime,
  caller: Caller,
  input: { readonly upn: string; readonly ticket: string } & Device,
): Promise<Result<AskedApproval>> {
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, normaliseUpn(input.upn));
  const sealed = fromBase64Url(input.ticket) ?? new Uint8Array();
  const opened = openChallenge(runtime, sealed, 'password-code', ticketBinding(caller, user));
  if ('refused' in opened) return refuse(opened.refused);
  if (user === null) return refuse('challenge_invalid');
  const ruling = await readPasswordRuling(runtime.db, user);
  if (ruling.refused || user.disabledAt !== null) return refuse('sign_in_failed');
  const onOwnDevice = deviceOf(shown, user.id).id !== null;
  const asker = { ...signingIn(user), upn: user.upn, standing: standingOf({ onOwnDevice, proven: null }) };
  return await askForApproval(runtime, caller, asker);
}

/**
 * How the approval stands that a right password asked for. Approved, it is taken in place of a code: consume the ticket, judge,
 * write once.
 */
export async function signInWithPhone(
  runtime: Runtime,
  caller: Caller,
  input: { readonly upn: string; readonly ticket: string; readonly requestId: string } & Device,
): Promise<Result<PasswordStep | { readonly next: 'wait'; readonly state: ApprovalState }>> {
  const upn = normaliseUpn(input.upn);
  const user = await findUser(runtime, upn);
  // Only the ticket of a right password tells that there is anybody of that name.
  const sealed = fromBase64Url(input.ticket) ?? new Uint8Array();
  const held = openChallenge(runtime, sealed, 'password-code', ticketBinding(caller, user));
  if ('refused' in held) return refuse(held.refused);
  if (user === null) return refuse('challenge_invalid');
  const asker = signingIn(user);
  const state = await readApproval(runtime, caller, asker, input.requestId);
  if (state === null) return refuse('approval_over');
  if (state === 'taken') {
    // Another tab had the answer, or it was lost on its way: whoever is in goes on, and anybody else begins again.
    const { session } = caller;
    const isIn = session?.userId === user.id && session.kind === 'ordinary' && session.lockedAt === null;
    return isIn ? ok({ next: 'signed_in', upn: user.upn }) : refuse('challenge_consumed');
  }
  if (state !== 'approved') return ok({ next: 'wait', state });
  const shown = await recogniseDevice(runtime, caller, input.device);
  const place = deviceOf(shown, user.id);
  const fail = async (problem: ProblemCode, cause: string) => {
    await record(runtime.db, runtime, {
      code: 'password_sign_in',
      outcome: 'failure',
      userId: user.id,
      detail: { cause, method: 'authenticator', upn: loggableUpn(upn), address: caller.address },
    });
    return refuse(problem);
  };
  const opened = await consumeTicket(runtime, caller, user, 'password-code', input.ticket);
  if ('refused' in opened) return await fail(opened.refused, opened.cause);
  const ruling = await readPasswordRuling(runtime.db, user);
  const cause = stopped(user, place) ?? (ruling.refused ? 'passwordless' : null);
  if (cause !== null) return await fail('sign_in_failed', cause);
  const written = await runtime.db.$transaction(async (tx) => {
    if (await isRefusedNow(tx, runtime, user, ruling)) return 'passwordless';
    const current = await currentPassword(tx, user);
    if (current === null) return 'password_changed';
    const id = await takeApproval(tx, runtime, caller, asker, input.requestId);
    if (id === null) return 'approval_not_taken';
    if (current.changeRequired) {
      await recordAccepted(tx, runtime, caller, user, 'new_password');
      return { id, token: null };
    }
    return { id, token: await enter(tx, runtime, caller, user, place.id, { kind: 'authenticator', id }) };
  });
  if (written === 'approval_not_taken') return await fail('approval_over', written);
  if (typeof written === 'string') return await fail('sign_in_failed', written);
  await forgiveRinging(runtime, upn, caller.address);
  if (written.token === null) return await askForNewPassword(runtime, caller, user, written.id);
  if (place.id !== null) await renewCertificate(runtime, shown);
  return ok({ next: 'signed_in', upn: user.upn }, signedIn(runtime, caller, user, place.id, written.token));
}

/**
 * The new password where the old one must change, and the sign-in with it. One that is not allowed answers with what is
 * wrong and a fresh ticket that ends when the first would have.
 */
export async function signInWithNewPassword(
  runtime: Runtime,
  caller: Caller,
  input: {
    readonly upn: string;
    readonly ticket: string;
    readonly appId: string | null;
    readonly password: string;
  } & Device,
): Promise<Result<PasswordStep>> {
  const upn = normaliseUpn(input.upn);
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, upn);
  const fail = async (problem: ProblemCode, cause: string) => {
    // A ticket cannot be guessed, but anybody may send one.
    if (await isLogged(runtime, caller.address))
      await record(runtime.db, runtime, {
        code: 'password_changed',
        outcome: 'failure',
        userId: user?.id,
        detail: { cause, upn: loggableUpn(upn), address: caller.address },
      });
    return refuse(problem);
  };
  const opened = await consumeTicket(runtime, caller, user, 'new-password', input.ticket, input.appId);
  if ('refused' in opened) return await fail(opened.refused, opened.cause);
  if (user === null || user.passwordHash === null) return await fail('challenge_invalid', 'user_unknown');
  const place = deviceOf(shown, user.id);
  const cause = stopped(user, place);
  if (cause !== null) return await fail('sign_in_failed', cause);
  const { expiresAt } = opened.challenge;
  const ruling = await readPasswordRuling(runtime.db, user);
  const isCurrent = await runtime.passwords.verify(user.passwordHash, input.password);
  const ticket = issueTicket(runtime, caller, user, 'new-password', input.appId, expiresAt);
  const problem = await refusePassword(runtime, user, input.password, isCurrent, { ticket });
  if (problem !== null) return { ok: false, problem };
  const passwordHash = await runtime.passwords.hash(input.password);

  const written = await runtime.db.$transaction(async (tx) => {
    if (await isRefusedNow(tx, runtime, user, ruling)) return 'passwordless';
    // An app or a phone that was added or removed since the password was typed: the way in starts over.
    const beside = await secondFactorUnder(tx, user.id, input.appId);
    if (beside === undefined) return 'authenticator_app_changed';
    const replaced = await replacePassword(tx, runtime, user, passwordHash);
    if (replaced === null) return 'another_change_came_first';
    await record(tx, runtime, {
      code: 'password_changed',
      userId: user.id,
      detail: { required: true, sessionsEnded: replaced.ended, address: caller.address },
    });
    return { token: await enter(tx, runtime, caller, user, place.id, beside) };
  });
  if (typeof written === 'string') return await fail('sign_in_failed', written);
  if (place.id !== null) await renewCertificate(runtime, shown);
  return ok({ next: 'signed_in', upn: user.upn }, signedIn(runtime, caller, user, place.id, written.token));
}

/**
 * Confirms in one's own session that it is still oneself, by password and code in one form: one alone is no proof of
 * strength, and a code of an app that has to be set up anew confirms nothing. Unlocks as any strong proof does (`opensLock`). Every failure reads the same and costs the same.
 */
export async function confirmWithCode(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly password: string; readonly code: string } & Device,
): Promise<Result<null>> {
  const { session } = caller;
  if (session.kind !== 'ordinary') return refuse('registration_only');
  const { upn } = session.person;
  const limited =
    (await takeAttempt(runtime, 'password', upn, caller.address)) ??
    (await takeAttempt(runtime, 'totp', upn, caller.address));
  if (limited !== null) return { ok: false, problem: limited };
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, upn);
  const ruling = await readPasswordRuling(runtime.db, user);
  const fits = await runtime.passwords.verify(user?.passwordHash ?? DECOY_HASH, input.password);
  const verified = await verifyCode(runtime, session.userId, input.code);
  const place = deviceOf(shown, session.userId);
  const event = session.lockedAt === null ? 'step_up' : 'unlock';
  const fail = async (cause: string, problem: ProblemCode = 'sign_in_failed') => {
    await record(runtime.db, runtime, {
      code: event,
      outcome: 'failure',
      userId: session.userId,
      sessionId: session.id,
      detail: { cause, method: 'totp', address: caller.address },
    });
    return refuse(problem);
  };
  if (user === null || user.passwordHash === null) return await fail('no_password');
  if (!fits) return await fail('password_wrong');
  if ('cause' in verified) return await fail(verified.cause);
  const cause = stopped(user, place) ?? (ruling.refused ? 'passwordless' : null);
  if (cause !== null) return await fail(cause);
  const { code } = verified;
  const written = await runtime.db.$transaction(async (tx) => {
    const changed = await holdSession(tx, session);
    if (changed !== null) return { changed };
    if (await isRefusedNow(tx, runtime, user, ruling)) return 'passwordless';
    const current = await currentPassword(tx, user);
    if (current === null) return 'password_changed';
    if (current.changeRequired) return 'password_change_required';
    if ((await secondFactorsOf(tx, user.id)).outdated) return 'reregistration_required';
    const use = session.lockedAt === null ? 'confirm' : 'unlock';
    const obstacle = await keptObstacle(tx, runtime, user.id, 'softwareOath', use);
    if (obstacle !== null) return { refused: obstacle };
    const of = { userId: user.id, sessionId: session.id, address: caller.address };
    if (!(await acceptCode(tx, runtime, code, of))) return 'code_replayed';
    const proof = { kind: 'totp', credentialId: code.id, deviceId: place.id } as const;
    const opensLock = await judgeUnlock(tx, runtime, session, proof, caller.address);
    const opened = await strengthenSession(tx, runtime, session, { ...proof, opensLock });
    await record(tx, runtime, {
      code: opensLock ? event : 'unlock_factor',
      userId: user.id,
      deviceId: place.id,
      credentialId: code.id,
      sessionId: opened.id,
      detail: { method: 'totp', address: caller.address },
    });
    return { token: opened.token };
  });
  if (typeof written === 'string') return await fail(written);
  if ('changed' in written) return await fail(written.changed, written.changed);
  // Password and code were right: it is told as what it is.
  if ('refused' in written) return await fail(written.refused, methodProblems.softwareOath);
  await forgiveAttempts(runtime, 'password', upn, caller.address);
  await forgiveAttempts(runtime, 'totp', upn, caller.address);
  return ok(null, { token: written.token });
}
