import 'server-only';
import type { z } from 'zod';
import {
  addsBrowser,
  type CredentialKind,
  deviceRules,
  homeOf,
  sufficientProof,
} from '#domain/authentication';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { type Binding, CEREMONY_TIMEOUT_MS, type CeremonyPurpose } from '#domain/ceremony';
import { deviceProofMessage } from '#domain/device';
import type { EventCode } from '#domain/event';
import { methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { SecondFactorKind } from '#domain/second-factor';
import { type Demand, meets, strengthOfProof } from '#domain/strength';
import type {
  AuthenticationAnswer,
  AuthenticationResponse,
  authenticationOptionsRequest,
  authenticationRequest,
  DeviceAnswer,
  DeviceProfileRequest,
} from '#domain/wire';
import type { Caller, SignedIn, SignedInSession } from './caller.ts';
import { claimedPurpose, consumeChallenge, sealChallenge } from './ceremony.ts';
import { acceptAssertion, allowedCredentials, type FoundCredential, findCredential } from './credential.ts';
import { addProfile, touchDevice } from './device.ts';
import { draftCertificate, renewCertificate } from './device-certificate.ts';
import { deviceEvidence, provesPossession, verifyDeviceProof } from './device-proof.ts';
import { record } from './event.ts';
import { readPasswordState } from './identity.ts';
import { judgeAnswering, noteRuling } from './key-rules-policy.ts';
import { sealLastPerson } from './last-person.ts';
import { keptObstacle, methodObstacles } from './methods-policy.ts';
import { passwordFaceOf } from './password-face.ts';
import { isPhoneVerification } from './phone-verification.ts';
import { protectorToDo } from './pin-recovery.ts';
import { claimGesture, settleGesture } from './pin-try.ts';
import { isLogged } from './rate-limit.ts';
import { DECOY_PUBLIC_KEY, readClientData, type VerifiedAssertion } from './relying-party.ts';
import { newId, type Runtime } from './runtime.ts';
import { secondFactorsOf } from './second-factor.ts';
import { holdSession, openSession, strengthenSession } from './session.ts';
import { judgeUnlock } from './unlock.ts';

type Purpose = Extract<CeremonyPurpose, 'sign-in' | 'unlock' | 'step-up' | 'add-browser'>;

const eventOf: Readonly<Record<Exclude<Purpose, 'add-browser'>, EventCode>> = {
  'sign-in': 'sign_in',
  unlock: 'unlock',
  'step-up': 'step_up',
};

/**
 * What an authentication challenge belongs to. A sign-in by somebody who is setting up belongs to that person; any other
 * sign-in is usernameless; everything else belongs to the session it is about.
 */
function binding(caller: Caller, purpose: Purpose): Binding {
  const { browser, session } = caller;
  if (purpose !== 'sign-in') return { browser, sessionId: session?.id, userId: session?.userId };
  return session?.kind === 'registration'
    ? { browser, sessionId: session.id, userId: session.userId }
    : { browser };
}

/** Whether this caller may ask for, or answer, a challenge of this purpose. */
function refusePurpose(runtime: Runtime, caller: Caller, purpose: Purpose): ProblemCode | null {
  const { session } = caller;
  if (purpose === 'sign-in') return null;
  if (session === null) return 'sign_in_required';
  if (purpose === 'unlock') return session.kind === 'ordinary' ? null : 'registration_only';
  if (session.lockedAt !== null) return 'session_locked';
  if (purpose === 'step-up') return session.kind === 'ordinary' ? null : 'registration_only';
  return sufficientProof('register_device', session.proofs, runtime.clock.now()) === null
    ? 'proof_required'
    : null;
}

/**
 * Options for an authentication ceremony (WebAuthn L3 5.5). Usernameless unless somebody is signed in: nothing about
 * any person can be asked here.
 */
export async function beginAuthentication(
  runtime: Runtime,
  caller: Caller,
  input: z.output<typeof authenticationOptionsRequest>,
): Promise<Result<PublicKeyCredentialRequestOptionsJSON>> {
  const { purpose } = input;
  const refused = refusePurpose(runtime, caller, purpose);
  if (refused !== null) return refuse(refused);
  const bound = binding(caller, purpose);
  return ok({
    challenge: toBase64Url(
      sealChallenge(runtime, purpose, bound, {
        ticket: input.ticket === undefined ? null : fromBase64Url(input.ticket),
      }),
    ),
    rpId: runtime.relyingParty.id,
    allowCredentials:
      bound.userId === undefined
        ? []
        : await allowedCredentials(
            runtime,
            bound.userId,
            purpose === 'add-browser' || !(await takesPasskeys(runtime, bound.userId, purpose))
              ? 'hello'
              : undefined,
          ),
    userVerification: 'required',
    timeout: CEREMONY_TIMEOUT_MS,
  });
}

/** A passkey that would be refused is not asked for. */
async function takesPasskeys({ db }: Runtime, userId: string, purpose: keyof typeof useOf): Promise<boolean> {
  return (await methodObstacles(db, userId, useOf[purpose])).fido2 === null;
}

type Proven =
  | {
      readonly ok: true;
      readonly credential: FoundCredential;
      readonly assertion: VerifiedAssertion;
      readonly challenge: Uint8Array<ArrayBuffer>;
      readonly issuedAt: Date;
      readonly ticket: Uint8Array | null;
    }
  | {
      readonly ok: false;
      readonly problem: ProblemCode;
      readonly cause: string;
      readonly credential?: FoundCredential | null;
    };

/**
 * Consumes the challenge and verifies the assertion (WebAuthn L3 7.2). An unknown credential costs the same signature
 * verification as a known one, and is named as unknown only where its ID stands in no row, revoked ones included.
 */
async function proveAssertion(
  runtime: Runtime,
  caller: Caller,
  purpose: Purpose,
  challenge: Uint8Array<ArrayBuffer>,
  response: AuthenticationResponse,
): Promise<Proven> {
  const bound = binding(caller, purpose);
  const opened = await consumeChallenge(runtime, challenge, purpose, bound);
  if ('refused' in opened) return { ok: false, problem: opened.refused, cause: opened.cause };
  const credential = await findCredential(runtime, response.id);
  const assertion = await runtime.relyingParty.verifyAssertion(
    response,
    credential === null ? DECOY_PUBLIC_KEY : new Uint8Array(credential.publicKey),
  );
  const failed = (cause: string, problem: ProblemCode = 'sign_in_failed') =>
    ({ ok: false, problem, cause, credential }) as const;
  // Asked of a known key that proved nothing, too: an unknown one costs the same statements.
  const ofPhone =
    (credential === null || !assertion.verified) && (await isPhoneVerification(runtime, response.id));
  // Said aloud only where nothing else is wrong: whoever hears it lets the browser delete that key for good.
  if (credential === null) {
    const wellFormed = assertion.verified || assertion.cause === 'signature_invalid';
    if (ofPhone) return failed('phone_verification');
    return failed('credential_unknown', wellFormed ? 'credential_unknown' : 'sign_in_failed');
  }
  if (!assertion.verified) return failed(assertion.cause);
  const handle = response.response.userHandle;
  if (handle ? handle !== credential.userHandle : bound.userId === undefined)
    return failed('user_handle_mismatch');
  if (bound.userId !== undefined && bound.userId !== credential.userId) return failed('another_person');
  if (assertion.backupEligible !== credential.backupEligible) return failed('backup_eligibility_changed');
  if (credential.userDisabledAt !== null) return failed('user_disabled');
  if (credential.revokedAt !== null) return failed('credential_revoked');
  if (credential.quarantinedAt !== null) return failed('credential_quarantined', 'credential_quarantined');
  if (credential.deviceDisabledAt !== null || credential.deviceDeletedAt !== null) {
    return failed('device_disabled', 'device_disabled');
  }
  const { issuedAt, ticket } = opened.challenge;
  return { ok: true, credential, assertion, challenge, issuedAt, ticket };
}

/** What each purpose is a use of, as policy on methods has it. */
const useOf = { 'sign-in': 'sign_in', unlock: 'unlock', 'step-up': 'confirm' } as const;

/** Signs in, unlocks or steps up with a key: consume, verify, judge, write once. The token always changes. */
export async function finishAuthentication(
  runtime: Runtime,
  caller: Caller,
  input: z.output<typeof authenticationRequest>,
): Promise<Result<AuthenticationAnswer>> {
  const { response } = input;
  const data = readClientData(response.response.clientDataJSON);
  const claimed = data && claimedPurpose(data.challenge);
  const purpose: keyof typeof eventOf = claimed === 'unlock' || claimed === 'step-up' ? claimed : 'sign-in';
  const fail = async (
    problem: ProblemCode,
    cause: string,
    credential?: FoundCredential | null,
    facts?: Record<string, string>,
  ) => {
    const refusal = refuse(problem, facts === undefined ? {} : { facts });
    if (caller.session === null && !(await isLogged(runtime, caller.address))) return refusal;
    await record(runtime.db, runtime, {
      code: eventOf[purpose],
      outcome: 'failure',
      userId: credential?.userId ?? caller.session?.userId,
      deviceId: credential?.deviceId,
      credentialId: credential?.id,
      sessionId: caller.session?.id,
      detail: { cause, method: credential?.kind ?? null, address: caller.address },
    });
    return refusal;
  };
  if (data === null) return await fail('challenge_invalid', 'client_data_malformed');
  const refused = refusePurpose(runtime, caller, purpose);
  if (refused !== null) return await fail(refused, refused);

  const proven = await proveAssertion(runtime, caller, purpose, data.challenge, response);
  if (!proven.ok) return await fail(proven.problem, proven.cause, proven.credential);
  const { credential } = proven;
  const kind = credential.kind as CredentialKind;

  const shown = await verifyDeviceProof(runtime, input.device, data.challenge, response.id);
  if (shown.kind === 'invalid') return await fail('sign_in_failed', shown.cause, credential);
  if (shown.kind === 'device' && !shown.active)
    return await fail('device_disabled', 'device_disabled', credential);
  const ruling = deviceRules[homeOf(credential)][deviceEvidence(shown, credential.deviceId)];
  if (ruling !== 'sign_in') {
    // A browser that nobody knows may be added to the key's device, and the page names it. One that has a device hears no other's name.
    const { deviceName } = credential;
    const facts = ruling === 'device_unknown' ? { deviceName: deviceName ?? '' } : undefined;
    return await fail(ruling, ruling, credential, facts);
  }
  const deviceId = shown.kind === 'device' && shown.userId === credential.userId ? shown.id : null;

  const written = await runtime.db.$transaction(async (tx) => {
    const rules = await judgeAnswering(tx, runtime, credential.id);
    if (rules.refused) return { refused: 'not_accepted', findings: rules.findings } as const;
    const off =
      kind === 'passkey' ? await keptObstacle(tx, runtime, credential.userId, 'fido2', useOf[purpose]) : null;
    if (off !== null) return { refused: 'not_enabled', cause: off } as const;
    const { session } = caller;
    const changed = purpose !== 'sign-in' && session && (await holdSession(tx, session));
    if (changed) return { refused: 'changed', changed } as const;
    const gesture = await claimGesture(tx, runtime, caller, credential, proven.ticket);
    if ('refused' in gesture) return { refused: 'no_gesture', cause: gesture.refused } as const;
    const accepted = await acceptAssertion(tx, runtime, credential, proven.assertion, proven.issuedAt);
    if (accepted !== 'accepted') return { refused: accepted } as const;
    const proof = { kind, credentialId: credential.id };
    const opensLock =
      purpose === 'sign-in' ||
      (session !== null && (await judgeUnlock(tx, runtime, session, proof, caller.address)));
    const opened =
      purpose === 'sign-in'
        ? await openSession(tx, runtime, caller, {
            userId: credential.userId,
            kind: 'ordinary',
            method: kind,
            deviceId,
            credentialId: credential.id,
          })
        : session && (await strengthenSession(tx, runtime, session, { ...proof, deviceId, opensLock }));
    if (opened === null) return { refused: 'changed', changed: 'sign_in_required' } as const;
    // A PIN counts by an answer that is taken, and by no other.
    await settleGesture(tx, runtime, gesture);
    if (deviceId !== null) await touchDevice(tx, runtime, deviceId);
    await record(tx, runtime, {
      code: purpose === 'unlock' && !opensLock ? 'unlock_factor' : eventOf[purpose],
      userId: credential.userId,
      deviceId,
      credentialId: credential.id,
      sessionId: opened.id,
      detail: { method: kind, kid: credential.id, address: caller.address, userVerified: true },
    });
    const { userId, id: credentialId } = credential;
    await noteRuling(tx, runtime, rules, {
      userId,
      deviceId,
      credentialId,
      sessionId: opened.id,
      at: purpose,
    });
    return { token: opened.token } as const;
  });
  if ('refused' in written) {
    // The person has proven the key: it is told as what it is, as a key that is set aside is.
    if (written.refused === 'not_accepted')
      return await fail('key_not_accepted', written.findings.join(', '), credential);
    // At the door it reads as every failed sign-in; within one's own session as what it is.
    if (written.refused === 'not_enabled')
      return await fail(
        purpose === 'sign-in' ? 'sign_in_failed' : methodProblems.fido2,
        written.cause,
        credential,
      );
    if (written.refused === 'no_gesture') return await fail('sign_in_failed', written.cause, credential);
    if (written.refused === 'changed') return await fail(written.changed, written.changed, credential);
    return written.refused === 'quarantined'
      ? await fail('credential_quarantined', 'counter_went_back', credential)
      : await fail('sign_in_failed', 'another_answer_came_first', credential);
  }
  if (deviceId !== null) await renewCertificate(runtime, shown);
  const pinReset =
    credential.containerId === null
      ? null
      : await protectorToDo(runtime, { userId: credential.userId, deviceId });
  return ok(
    {
      ...(pinReset !== null && { pinReset }),
      purpose,
      kid: credential.id,
      kind,
      upn: credential.upn,
      displayName: credential.displayName,
    },
    purpose === 'sign-in'
      ? {
          token: written.token,
          last: sealLastPerson(runtime, caller, { userId: credential.userId, deviceId, method: kind }),
        }
      : { token: written.token },
  );
}

/**
 * Adds this browser to the device of a Hello key that answers here. It takes that key's assertion, a fresh strong proof
 * in this session, and the new profile key's signature over the same challenge; a Hello key alone adds nothing.
 */
export async function addBrowser(
  runtime: Runtime,
  caller: SignedIn,
  input: DeviceProfileRequest,
): Promise<Result<DeviceAnswer>> {
  const { response } = input;
  const fail = async (problem: ProblemCode, cause: string) => {
    await record(runtime.db, runtime, {
      code: 'device_profile_added',
      outcome: 'failure',
      userId: caller.session.userId,
      sessionId: caller.session.id,
      detail: { cause },
    });
    return refuse(problem);
  };
  const data = readClientData(response.response.clientDataJSON);
  if (data === null) return await fail('challenge_invalid', 'client_data_malformed');
  const refused = refusePurpose(runtime, caller, 'add-browser');
  if (refused !== null) return await fail(refused, refused);
  const proven = await proveAssertion(runtime, caller, 'add-browser', data.challenge, response);
  if (!proven.ok)
    return await fail(
      proven.problem === 'sign_in_failed' || proven.problem === 'credential_unknown'
        ? 'registration_refused'
        : proven.problem,
      proven.cause,
    );
  const { credential } = proven;
  if (!addsBrowser(homeOf(credential)) || credential.deviceId === null)
    return await fail('registration_refused', 'not_a_hello_key');
  const message = deviceProofMessage(
    runtime.relyingParty.origin,
    data.challenge,
    new Uint8Array(Buffer.from(response.id, 'base64url')),
  );
  if (!provesPossession(input.publicKey, message, input.signature)) {
    return await fail('registration_refused', 'device_key_not_proven');
  }
  const { deviceId } = credential;
  const { publicKey } = input;
  const certificate = await draftCertificate(runtime, { deviceId, id: newId(runtime), publicKey });
  const added = await runtime.db.$transaction(async (tx) => {
    const rules = await judgeAnswering(tx, runtime, credential.id);
    if (rules.refused) return refuse('key_not_accepted');
    const accepted = await acceptAssertion(tx, runtime, credential, proven.assertion, proven.issuedAt);
    if (accepted !== 'accepted') return refuse('registration_refused');
    const { userId, id: credentialId } = credential;
    const about = { userId, deviceId, credentialId, sessionId: caller.session?.id };
    await noteRuling(tx, runtime, rules, { ...about, at: 'add-browser' });
    return await addProfile(tx, runtime, caller, {
      deviceId,
      publicKey,
      browser: input.browser,
      credentialId,
      certificate,
    });
  });
  return added.ok ? added : await fail(added.problem.code, added.problem.code);
}

/**
 * What a person can confirm with in this session that it is still them, by methods that policy lets them confirm with, or
 * open a lock with; as strong as `demand` where one is given. A pass session confirms with its pass alone; where passwords
 * are hidden or refused, there is no password to confirm with.
 */
export async function confirmationWays(
  runtime: Runtime,
  session: SignedInSession,
  demand: Demand = 'none',
): Promise<{
  key: boolean;
  code: boolean;
  phone: boolean;
  first: SecondFactorKind | null;
  userHandle: string;
}> {
  const { userHandle } = session.person;
  if (session.kind !== 'ordinary') return { key: false, code: false, phone: false, first: null, userHandle };
  const use = session.lockedAt === null ? 'confirm' : 'unlock';
  const off = await methodObstacles(runtime.db, session.userId, use);
  const [keys, { code, phone, first, outdated }, password, face] = await Promise.all([
    allowedCredentials(runtime, session.userId, off.fido2 === null ? undefined : 'hello'),
    secondFactorsOf(runtime.db, session.userId, use),
    readPasswordState(runtime, session.userId),
    passwordFaceOf(runtime, session),
  ]);
  return {
    key: keys.length > 0,
    code: code && !outdated && password !== null && face === 'shown' && meets(strengthOfProof.totp, demand),
    phone: phone && !outdated && meets(strengthOfProof.authenticator, demand),
    first,
    userHandle,
  };
}
