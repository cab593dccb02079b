import 'server-only';
import { type ApprovalState, standingOf } from '#domain/authenticator';
import { normaliseUpn } from '#domain/identity';
import { ok, type Result, refuse } from '#domain/result';
import type { WebSignIn } from '#domain/web-sign-in';
import type { DeviceRecognition } from '#domain/wire';
import {
  type AskedApproval,
  askForApproval,
  forgiveRinging,
  ownRequest,
  readApproval,
  takeApproval,
} from './approval.ts';
import type { Caller, SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { recogniseDevice, touchDevice } from './device.ts';
import { renewCertificate } from './device-certificate.ts';
import { deviceOf } from './device-proof.ts';
import { record } from './event.ts';
import { findUser } from './identity.ts';
import { sealLastPerson } from './last-person.ts';
import { methodObstacles } from './methods-policy.ts';
import { canSignInByPhone } from './phone-verification.ts';
import { isLogged, takeAttempt } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import { secondFactorsOf } from './second-factor.ts';
import { holdSession, openSession, strengthenSession } from './session.ts';
import { readWebSignIn } from './web-sign-in.ts';

/**
 * Phone sign-in: an approval that the phone verified, without a password. It carries web sign-in on a registered device where no key
 * signs in, and opens nothing elsewhere. A phone rings only for whoever showed that device; everybody else waits for nobody, and
 * cannot tell.
 */

/** One's own session behind a lock, which it opens; null where somebody signs in. */
function lockedSession({ session }: Caller): SignedInSession | null {
  return session?.kind === 'ordinary' && session.lockedAt !== null ? session : null;
}

type Holder = Pick<NonNullable<Awaited<ReturnType<typeof findUser>>>, 'id' | 'disabledAt'>;
type Place = ReturnType<typeof deviceOf>;

/** Why a phone signs this person in nowhere from here, as policy and their keys are now; null where it does. */
async function refuseHere(
  tx: Tx,
  runtime: Runtime,
  user: Holder | null,
  place: Place,
): Promise<{ readonly cause: string } | WebSignIn<'phone-sign-in'>> {
  const at = { userId: user?.id ?? '', deviceId: place.id };
  const opens = await readWebSignIn(tx, runtime, 'phone-sign-in', at);
  const able = await canSignInByPhone(tx, at.userId);
  const off = (await methodObstacles(tx, at.userId, 'sign_in')).authenticator;
  const { outdated } = await secondFactorsOf(tx, at.userId);
  if (user === null) return { cause: 'user_unknown' };
  if (user.disabledAt !== null) return { cause: 'user_disabled' };
  if (place.disabled) return { cause: 'device_disabled' };
  if (place.id === null) return { cause: 'no_device' };
  if (opens.session === null) return { cause: 'no_web_sign_in' };
  if (off !== null) return { cause: off };
  if (outdated) return { cause: 'reregistration_required' };
  return able ? opens : { cause: 'no_verifying_phone' };
}

/**
 * Asks the phones of somebody on their registered device, by their name alone. Whoever is not there, has no such phone or does not
 * exist is answered the same, at the same cost: a number, and a minute in which nobody answers.
 */
export async function askPhoneSignIn(
  runtime: Runtime,
  caller: Caller,
  input: { readonly upn: string; readonly device?: DeviceRecognition | undefined },
): Promise<Result<AskedApproval>> {
  const upn = normaliseUpn(input.upn);
  const limited = await takeAttempt(runtime, 'phone-sign-in', upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const shown = await recogniseDevice(runtime, caller, input.device);
  const user = await findUser(runtime, upn);
  const locked = lockedSession(caller);
  const judged = await refuseHere(runtime.db, runtime, user, deviceOf(shown, user?.id ?? ''));
  const cause = 'cause' in judged ? judged.cause : null;
  const other = locked !== null && locked.userId !== user?.id ? 'another_person' : null;
  const stopped = other ?? cause;
  const asker = {
    userId: stopped === null && user !== null ? user.id : null,
    upn,
    purpose: 'phone_sign_in',
    sessionId: locked?.id ?? null,
    standing: standingOf({ onOwnDevice: stopped === null, proven: null }),
    ...(stopped === null ? {} : { cause: stopped }),
  } as const;
  return await askForApproval(runtime, caller, asker);
}

/**
 * How the request stands that was asked for here. Approved, it is taken: on that device, and as policy is then, it signs in, or opens
 * the lock that it was asked for at.
 */
export async function signInByPhone(
  runtime: Runtime,
  caller: Caller,
  input: { readonly requestId: string; readonly device?: DeviceRecognition | undefined },
): Promise<Result<{ readonly state: ApprovalState; readonly leadsTo: WebSignIn['leadsTo'] | null }>> {
  const locked = lockedSession(caller);
  const asked = { purpose: 'phone_sign_in', sessionId: locked?.id ?? null } as const;
  const asking = await ownRequest(runtime, caller, asked, input.requestId);
  const state = asking && (await readApproval(runtime, caller, asking, input.requestId));
  if (asking === null || state === null) return refuse('approval_over');
  if (state !== 'approved') return ok({ state, leadsTo: null });
  const { address } = caller;
  const user = await runtime.db.user.findUnique({ where: { id: asking.userId ?? '' } });
  const shown = await recogniseDevice(runtime, caller, input.device);
  const place = deviceOf(shown, user?.id ?? '');
  const written = await runtime.db.$transaction(async (tx) => {
    const changed = locked && (await holdSession(tx, locked));
    if (changed) return { cause: changed };
    const opens = await refuseHere(tx, runtime, user, place);
    if ('cause' in opens) return opens;
    if (user === null) return { cause: 'user_unknown' };
    const phoneId = await takeApproval(tx, runtime, caller, asking, input.requestId);
    if (phoneId === null) return { cause: 'approval_not_taken' };
    // Whoever comes in by it has no factor of this device to show, as with a pass.
    const opened = locked
      ? await strengthenSession(tx, runtime, locked, {
          kind: 'phone-sign-in',
          credentialId: phoneId,
          deviceId: place.id,
          opensLock: true,
        })
      : await openSession(tx, runtime, caller, {
          userId: user.id,
          kind: 'ordinary',
          method: 'phone-sign-in',
          deviceId: place.id,
          credentialId: phoneId,
        });
    if (place.id !== null) await touchDevice(tx, runtime, place.id);
    await record(tx, runtime, {
      code: locked ? 'unlock' : 'phone_sign_in',
      userId: user.id,
      deviceId: place.id,
      credentialId: phoneId,
      sessionId: opened.id,
      detail: { method: 'phone-sign-in', webSignIn: true, userVerified: true, address },
    });
    return { token: opened.token, leadsTo: opens.leadsTo, user };
  });
  if ('cause' in written) {
    if (locked !== null || (await isLogged(runtime, address)))
      await record(runtime.db, runtime, {
        code: locked ? 'unlock' : 'phone_sign_in',
        outcome: 'failure',
        userId: user?.id,
        sessionId: locked?.id,
        detail: { cause: written.cause, method: 'phone-sign-in', address },
      });
    return refuse('approval_over');
  }
  await forgiveRinging(runtime, written.user.upn, address);
  await renewCertificate(runtime, shown);
  const last = { userId: written.user.id, deviceId: place.id, method: 'phone-sign-in' } as const;
  return ok(
    { state, leadsTo: locked ? null : written.leadsTo },
    { token: written.token, last: sealLastPerson(runtime, caller, last) },
  );
}
