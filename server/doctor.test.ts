import { X509Certificate } from 'node:crypto';
import { NextRequest } from 'next/server';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { attestationInspectionRequest } from '#domain/attestation/inspection';
import { PHONE_LIMIT_PER_PERSON } from '#domain/authenticator';
import { diagnoseProblem } from '#domain/doctor';
import { eventExportQuery, eventStreamQuery } from '#domain/event-filter';
import { protectorDigest } from '#domain/pin-reset-protector';
import { TICKET_LIFETIME_MS } from '#domain/pin-reset-ticket';
import { type Problem, type ProblemCode, problemCodes } from '#domain/problem';
import { ok, type Result } from '#domain/result';
import { RINGS_MAX } from '#domain/rollout';
import { createProfile, proveProfile } from '#domain/software-authenticator';
import { idsOfSupportCode } from '#domain/support-code';
import { MINUTE_MS } from '#domain/time';
import { answerApproval, askForConfirmation } from './approval.ts';
import { type AnchoredFormat, addAnchor, previewAnchor, removeAnchor } from './attestation/anchor.ts';
import { inspectAttestation } from './attestation/inspect.ts';
import { loadMetadata } from './attestation/metadata.ts';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import { beginPhoneRegistration } from './authenticator-phone.ts';
import { administrator, anyone, type Caller, type Guard, member, signedIn } from './caller.ts';
import { changeWords, chooseLogo } from './communication.ts';
import { beginContainer } from './container-creation.ts';
import { removeCredential, revokeCredential } from './credential.ts';
import { openStore } from './db.ts';
import { moveClock, returnClock } from './demo-clock.ts';
import { beginDeviceProof, changeDevice, finishDeviceRegistration } from './device.ts';
import { endpoint, streaming } from './endpoint.ts';
import { listEvents } from './event.ts';
import { downloadEvents } from './event-export.ts';
import { selectEvents } from './event-filter.ts';
import { eventReader } from './event-reader.ts';
import { streamEvents } from './event-stream.ts';
import { beginFederatedSignIn } from './federated-sign-in.ts';
import { addFederatedDomain } from './federation.ts';
import { addMember, createGroup } from './group.ts';
import { deleteGroup } from './group-use.ts';
import { createUser, requirePasswordChange, resetPassword, setUserDisabled } from './identity.ts';
import { forgetOutage } from './outage.ts';
import { collectPass, decidePassRequest, requestPass } from './pass-request.ts';
import { changePassword } from './password-change.ts';
import { askPhonesAfterPassword, signInWithCode, signInWithPassword } from './password-sign-in.ts';
import { switchPasswordless } from './passwordless.ts';
import { beginPinChange } from './pin-change.ts';
import { askForRecovery, issueRecoveryTicket } from './pin-recovery.ts';
import { registerPinResetService, withdrawPinResetService } from './pin-reset-registration.ts';
import { pinResetServiceAt } from './pin-reset-service/remote.ts';
import { aProtector, aTab } from './pin-reset-service/testing.ts';
import { exportPolicy } from './policy-export.ts';
import { importPolicy } from './policy-import.ts';
import { publishSource } from './policy-publish.ts';
import { setPolicy } from './policy-setting.ts';
import { createSource } from './policy-source.ts';
import { beginPresentation, setUpChapter } from './presentation.ts';
import { runAttack } from './presentation-attack.ts';
import { beginRegistration, finishRegistration, keepAsPasskey } from './registration.ts';
import { SESSION_COOKIE } from './request.ts';
import { addRings, readRings, removeRing, turnRing } from './rollout.ts';
import { newId, type Runtime, systemClock, type Trace } from './runtime.ts';
import { joinShow } from './shared-show.ts';
import { createSlots } from './slots.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import { createTenant, readTenant } from './tenant.ts';
import {
  aBrowser,
  aDevice,
  aDirectory,
  aForgottenPin,
  aKey,
  anAuthenticatorApp,
  answerChallenge,
  aPassSession,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  aSwitch,
  aTenant,
  done,
  makeKey,
  ORIGIN,
  registerDevice,
  START,
  setKeyRules,
  setMethods,
  signedInAt,
  signIn,
  type TestRuntime,
  within,
} from './testing.ts';
import { rootCertificate, writeCertificate } from './testing-attestation/certificate.ts';
import { forgeNone, forgeSelf, PACKED_AAGUID } from './testing-attestation/formats.ts';
import { keys } from './testing-attestation/keys.ts';
import { aPersonWithSoftwareKey, atSoftwareDesk, signedInWithPin, tryPin } from './testing-container.ts';
import { back, DOMAIN, federationWith, mia } from './testing-federation.ts';
import { aPayload, metadataAuthority } from './testing-metadata.ts';
import { anAnswer, answer, aPhone, showCode } from './testing-phone.ts';
import { aDocument, aSource, tell } from './testing-policy.ts';
import { anUpstream } from './testing-upstream.ts';
import { beginTotpRegistration } from './totp.ts';
import { supported } from './trace.ts';
import { setReminders } from './unsubscribe.ts';

type Refusal = Result<unknown>;
type Reach = (runtime: TestRuntime) => Promise<Refusal>;

const home = globalThis as { latchkeyRuntime?: Promise<Runtime> };

/** Somebody in a session of theirs, with a phone that approves. */
async function withPhone(runtime: TestRuntime) {
  await aTenant(runtime);
  const person = await aPerson(runtime);
  const session = await aSession(runtime, person, 'hello');
  return { person, session, phone: await aPhone(runtime, session) };
}

/** Sends a request to a real door, and gives back what it answers over HTTP. */
async function knock(
  runtime: Promise<Runtime>,
  given: {
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly guard?: Guard<Caller>;
    readonly useCase?: () => Promise<Result<unknown>>;
  } = {},
): Promise<Refusal> {
  const { guard = anyone, useCase = async () => ok(null) } = given;
  home.latchkeyRuntime = runtime;
  try {
    const post = endpoint('options', z.strictObject({ name: z.string() }), guard, useCase);
    const headers = { origin: ORIGIN, 'content-type': 'application/json', ...given.headers };
    const body = given.body ?? '{"name":"x"}';
    const response = await post(new NextRequest(`${ORIGIN}/api/x`, { method: 'POST', headers, body }));
    const answer = (await response.json()) as Problem;
    if (response.ok) return ok(answer);
    expect(response.status).toBe(answer.status);
    return { ok: false, problem: answer };
  } finally {
    delete home.latchkeyRuntime;
  }
}

const door =
  (given: Parameters<typeof knock>[1]): Reach =>
  (runtime) =>
    knock(Promise.resolve(runtime), given);

/** Asks the live event log with this query. */
function listening(query: string): Reach {
  return async (runtime) => {
    home.latchkeyRuntime = Promise.resolve(runtime);
    const get = streaming(eventStreamQuery, eventReader, (traced, caller, asked) =>
      streamEvents(traced, caller, asked),
    );
    const reader = await aSession(runtime, await aPerson(runtime, 'ada', ['global_reader']), 'hello');
    const headers = { origin: ORIGIN, cookie: `${SESSION_COOKIE}=${reader.token}` };
    const response = await get(new NextRequest(`${ORIGIN}/api/events/stream?${query}`, { headers }));
    delete home.latchkeyRuntime;
    return { ok: false, problem: (await response.json()) as Problem };
  };
}

const guarded = (result: Result<unknown>): Promise<Refusal> => Promise.resolve(result);

/** Somebody who forgot the PIN of a container whose key could be kept, with what its browser sends. */
async function aKeptKey(runtime: TestRuntime) {
  await aTenant(runtime);
  done(await setPolicy(runtime, null, { name: 'EnablePinRecovery', value: 'true' }));
  done(await registerPinResetService(runtime, null));
  const { desk, session } = await aForgottenPin(runtime);
  const { id: tenant } = await readTenant(runtime);
  const { kid, sealed } = await aProtector(runtime, runtime.pinResetService, tenant);
  const container = newId(runtime);
  const { userId, deviceId } = session.session;
  await runtime.db.keyContainer.create({
    data: {
      id: container,
      userId,
      deviceId: deviceId ?? '',
      credentialId: desk.key.kid,
      createdAt: runtime.clock.now(),
      resetProtectorAt: runtime.clock.now(),
      resetProtector: protectorDigest(sealed),
    },
  });
  const tab = await aTab();
  return {
    session,
    asks: { container, protector: protectorDigest(sealed) ?? '', thumbprint: tab.thumbprint },
    opens: { kid, ...sealed, oneTimeKey: tab.publicKey },
  };
}

async function anOffer(runtime: TestRuntime) {
  const session = await aPassSession(runtime, await aPerson(runtime));
  const device = await aDevice(runtime, session);
  const there = await within(runtime, session, session.token);
  const made = await makeKey(runtime, there, 'hello', device, { backupEligible: true });
  const result = await finishRegistration(runtime, there, made);
  return { there, result, offer: result.ok ? '' : String(result.problem.facts?.offer) };
}

async function atTheKeyStep(runtime: TestRuntime) {
  const session = await aPassSession(runtime, await aPerson(runtime));
  const device = await aDevice(runtime, session);
  return { there: await within(runtime, session, session.token), device };
}

/** What somebody is told whose device gives no statement where a TPM is asked for, at this try. */
async function underSecurityDevice(runtime: TestRuntime, tries: number) {
  done(await setKeyRules(runtime, { hello: { mode: 'enforce', requireSecurityDevice: true } }));
  const { there, device } = await atTheKeyStep(runtime);
  for (let attempt = 1; attempt < tries; attempt += 1)
    await finishRegistration(runtime, there, await makeKey(runtime, there, 'hello', device));
  return await finishRegistration(runtime, there, await makeKey(runtime, there, 'hello', device));
}

/** Registers a passkey with a statement that nobody vouches for. */
async function aSelfMadePasskey(runtime: TestRuntime) {
  const session = await aSession(runtime, await aPerson(runtime), 'hello');
  const begun = await beginRegistration(runtime, session, { purpose: 'passkey', attestation: 'direct' });
  const { challenge } = done(begun);
  return await finishRegistration(runtime, session, {
    response: forgeSelf({ challenge, credentialId: runtime.random.bytes(32), aaguid: PACKED_AAGUID }),
  });
}

async function pinned(runtime: TestRuntime, der: Uint8Array, format: AnchoredFormat = 'tpm') {
  const certificate = new X509Certificate(Buffer.from(der));
  const { fingerprint256: fingerprint } = certificate;
  return await addAnchor(runtime, null, { format, pem: certificate.toString(), fingerprint });
}

/** A source that says nothing of Hello, with rings of one group each. */
async function aRollout(runtime: TestRuntime, names: readonly string[], published = true) {
  await aTenant(runtime);
  const document = aDocument({ UseBiometrics: 'false' });
  const { id: sourceId } = published
    ? await aSource(runtime, document)
    : done(await createSource(runtime, null, { kind: 'settings_catalog', document }));
  const { id: group } = done(await createGroup(runtime, null, { name: 'Design' }));
  done(await addRings(runtime, null, { sourceId, rings: names.map((name) => ({ name, groups: [group] })) }));
  const ids = (await readRings(runtime.db, sourceId)).map(({ id }) => id);
  return { sourceId, group, ids, first: ids[0] ?? '' };
}

/** What the right PIN is told after so many wrong ones. */
async function afterWrongPins(runtime: TestRuntime, count: number) {
  const { browser, container } = await aPersonWithSoftwareKey(runtime);
  for (let tries = 0; tries < count; tries += 1)
    done(await tryPin(runtime, browser, container, 'wrong', { phrase: 'A1B2C3' }));
  return await tryPin(runtime, browser, container);
}

const lifetime = 'TemporaryAccessPass.minimumLifetimeInMinutes';

/**
 * How each problem is really met: the way there, through use cases or a door. A code without a way does not compile, and one
 * whose way leads elsewhere fails.
 */
const reaches: Readonly<Record<ProblemCode, Reach>> = {
  domain_not_federated: async (runtime) =>
    await beginFederatedSignIn(runtime, aBrowser(runtime), { upn: 'mia@elsewhere.example' }),
  federated_mfa_required: async (runtime) => {
    const upstream = await anUpstream(back(DOMAIN));
    try {
      runtime.pass(systemClock.now().getTime() - START.getTime());
      const { federate, goThere } = federationWith(() => upstream);
      await federate(runtime);
      const { upn } = await aPerson(runtime);
      done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'refuse')));
      await upstream.tell(mia);
      return await goThere(runtime, aBrowser(runtime), upn);
    } finally {
      await upstream.close();
    }
  },
  federation_unavailable: async (runtime) => {
    const client = { clientId: 'latchkey', clientSecret: 'secret', claim: 'upn' } as const;
    const issuer = 'http://localhost:9';
    done(await addFederatedDomain(runtime, null, { ...client, issuer, domain: 'tidewater.example' }));
    return await beginFederatedSignIn(runtime, aBrowser(runtime), { upn: 'mia@tidewater.example' });
  },
  bad_request: door({ body: '{"name":1}' }),
  payload_too_large: door({ body: 'x'.repeat(70_000) }),
  unsupported_media_type: door({ headers: { 'content-type': 'text/plain' } }),
  cross_origin: door({ headers: { origin: 'https://evil.example' } }),
  internal_error: door({ useCase: () => Promise.reject(new Error('a bug')) }),
  store_unavailable: () =>
    knock(
      openStore('postgresql://nobody@127.0.0.1:1/nothing').then(async (db) => {
        await db.tenant.count();
        throw new Error('something answers on port 1');
      }),
    ),
  not_found: async (runtime) =>
    guarded(administrator('read')(await aSession(runtime, await aPerson(runtime), 'hello'))),
  not_permitted: async (runtime) =>
    guarded(
      administrator('manage_sample_data')(
        await aSession(runtime, await aPerson(runtime, 'priya', ['global_reader']), 'hello'),
      ),
    ),
  too_many_attempts: async (runtime) => {
    const browser = aBrowser(runtime);
    for (let attempt = 0; attempt < 5; attempt += 1)
      await signInWithPassword(runtime, browser, { upn: 'mia@tidewater.example', password: 'wrong' });
    return await signInWithPassword(runtime, browser, { upn: 'mia@tidewater.example', password: 'wrong' });
  },

  sign_in_required: async (runtime) => guarded(signedIn(aBrowser(runtime))),
  session_locked: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    await runtime.db.session.updateMany({ data: { lockedAt: runtime.clock.now() } });
    return guarded(member(await within(runtime, session, session.token)));
  },
  registration_only: async (runtime) => guarded(member(await aPassSession(runtime, await aPerson(runtime)))),
  proof_required: async (runtime) =>
    await beginRegistration(runtime, await aSession(runtime, await aPerson(runtime), 'password'), {
      purpose: 'passkey',
      attestation: 'none',
    }),
  device_required: async (runtime) => {
    const { there } = await atTheKeyStep(runtime);
    const { response } = await makeKey(runtime, there, 'hello');
    return await finishRegistration(runtime, there, { response });
  },
  provisioning_disabled: async (runtime) => {
    const { there, device } = await atTheKeyStep(runtime);
    const made = await makeKey(runtime, there, 'hello', device);
    await aSource(runtime, aDocument({ UsePassportForWork: 'false' }));
    await tell(runtime, there.session);
    return await finishRegistration(runtime, there, made);
  },

  sign_in_failed: async (runtime) =>
    await signInWithPassword(runtime, aBrowser(runtime), { upn: 'nobody@tidewater.example', password: 'x' }),
  phone_code_refused: async (runtime) => {
    await aTenant(runtime);
    return (await showCode(runtime, 'AAAA-BBBB-CCCC')).result;
  },
  phone_limit_reached: async (runtime) => {
    await aTenant(runtime);
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    for (let phones = 0; phones < PHONE_LIMIT_PER_PERSON; phones += 1) await aPhone(runtime, session);
    return await beginPhoneRegistration(runtime, session);
  },
  passkeys_not_enabled: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    done(await setMethods(runtime, { 'Fido2.state': 'false' }));
    return await beginRegistration(runtime, session, { purpose: 'passkey', attestation: 'none' });
  },
  phones_not_enabled: async (runtime) => {
    const { session } = await withPhone(runtime);
    done(await setMethods(runtime, { 'Authenticator.state': 'false' }));
    return await askForConfirmation(runtime, session);
  },
  authenticator_apps_not_enabled: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    done(await setMethods(runtime, { 'SoftwareOath.state': 'false' }));
    return await beginTotpRegistration(runtime, session);
  },
  strength_required: async (runtime) => {
    const begun = await aSession(runtime, await aPerson(runtime), 'password');
    done(await setMethods(runtime, { 'AuthenticationStrength.signIn': 'mfa' }));
    return member(await within(runtime, begun, begun.token));
  },
  no_phone: async (runtime) =>
    await askForConfirmation(runtime, await aSession(runtime, await aPerson(runtime), 'hello')),
  approval_waiting: async (runtime) => {
    const { person, session } = await withPhone(runtime);
    done(await askForConfirmation(runtime, session));
    return await askForConfirmation(runtime, await aSession(runtime, person, 'hello'));
  },
  approval_resting: async (runtime) => {
    const { person, phone } = await withPhone(runtime);
    const password = await aPassword(runtime, person);
    const ask = async () => {
      const browser = aBrowser(runtime);
      const { upn } = person;
      const step = done(await signInWithPassword(runtime, browser, { upn, password }));
      const ticket = step.next === 'code' ? step.ticket : '';
      return await askPhonesAfterPassword(runtime, browser, { upn, ticket });
    };
    done(await ask());
    done(await answer(runtime, phone, 'report'));
    return await ask();
  },
  phone_verification_required: async (runtime) => {
    const { session, phone } = await withPhone(runtime);
    const value = 'required';
    done(await setPolicy(runtime, null, { name: 'Authenticator.phoneVerification', value }));
    const { number } = done(await askForConfirmation(runtime, session));
    return await answer(runtime, phone, 'approve', number);
  },
  approval_over: async (runtime) => {
    const { session, phone } = await withPhone(runtime);
    done(await askForConfirmation(runtime, session));
    const late = await anAnswer(runtime, phone, 'deny');
    runtime.pass(MINUTE_MS);
    return await answerApproval(runtime, phone.caller, late);
  },
  code_refused: async (runtime) => {
    await aTenant(runtime);
    const person = await aPerson(runtime);
    const password = await aPassword(runtime, person);
    await anAuthenticatorApp(runtime, await aSession(runtime, person, 'hello'));
    const browser = aBrowser(runtime);
    const first = done(await signInWithPassword(runtime, browser, { upn: person.upn, password }));
    const ticket = first.next === 'code' ? first.ticket : '';
    return await signInWithCode(runtime, browser, { upn: person.upn, ticket, code: 'abcdef' });
  },
  password_refused: async (runtime) => {
    await aTenant(runtime);
    const person = await aPerson(runtime);
    await aPassword(runtime, person);
    const session = await aSession(runtime, person, 'hello');
    return await changePassword(runtime, session, { current: 'wrong', password: 'quiet harbour walks 77' });
  },
  password_not_allowed: async (runtime) => {
    await aTenant(runtime);
    const person = await aPerson(runtime);
    const current = await aPassword(runtime, person);
    const session = await aSession(runtime, person, 'hello');
    return await changePassword(runtime, session, { current, password: 'short' });
  },
  password_hidden: async (runtime) => {
    await aTenant(runtime);
    const desk = await aPersonWithHelloKey(runtime);
    const current = await aPassword(runtime, desk.person);
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'hide')));
    const session = await signedInAt(runtime, desk);
    return await changePassword(runtime, session, { current, password: 'quiet harbour walks 77' });
  },
  password_missing: async (runtime) =>
    await requirePasswordChange(runtime, null, { userId: (await aPerson(runtime)).id }),
  authenticator_app_limit_reached: async (runtime) => {
    await aTenant(runtime);
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    for (let app = 0; app < 20; app += 1) {
      const begun = await beginTotpRegistration(runtime, session);
      if (!begun.ok) return begun;
      await anAuthenticatorApp(runtime, session);
    }
    throw new Error('there is no limit');
  },

  software_keys_not_allowed: async (runtime) => {
    const { session } = await atSoftwareDesk(runtime, 'mia', 'never');
    return await beginContainer(runtime, session);
  },
  container_unknown: async (runtime) => {
    const { browser, container } = await aPersonWithSoftwareKey(runtime);
    return await tryPin(runtime, browser, container, 'wrong', { protector: container.id });
  },
  container_retired: async (runtime) => {
    const { browser, container, person } = await aPersonWithSoftwareKey(runtime);
    const credentialId = container.key?.kid ?? '';
    done(await revokeCredential(runtime, null, { userId: person.id, credentialId, evenLast: true }));
    return await tryPin(runtime, browser, container);
  },
  account_disabled: async (runtime) => {
    const { browser, container, person } = await aPersonWithSoftwareKey(runtime);
    done(await setUserDisabled(runtime, null, { userId: person.id, disabled: true }));
    return await tryPin(runtime, browser, container);
  },
  pin_phrase_needed: async (runtime) => await afterWrongPins(runtime, 3),
  pin_waiting: async (runtime) => await afterWrongPins(runtime, 4),
  pin_tries_exhausted: async (runtime) => {
    const { browser, container } = await aPersonWithSoftwareKey(runtime);
    for (let tries = 0; tries < 32; tries += 1) {
      done(await tryPin(runtime, browser, container, 'wrong', { phrase: 'A1B2C3' }));
      // The longest wait of so many rounds, in the time in which nothing is forgotten.
      await runtime.db.pinProtector.updateMany({ data: { waitUntil: null } });
    }
    return await tryPin(runtime, browser, container);
  },

  challenge_expired: async (runtime) => {
    const desk = await aPersonWithHelloKey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk);
    runtime.pass(6 * MINUTE_MS);
    return await finishAuthentication(runtime, desk.browser, answer);
  },
  challenge_invalid: async (runtime) => {
    const desk = await aPersonWithHelloKey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk);
    return await finishAuthentication(runtime, aBrowser(runtime), answer);
  },
  challenge_consumed: async (runtime) => {
    const desk = await aPersonWithHelloKey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk);
    done(await finishAuthentication(runtime, desk.browser, answer));
    return await finishAuthentication(runtime, desk.browser, answer);
  },

  credential_unknown: async (runtime) =>
    await signIn(runtime, await aPersonWithHelloKey(runtime), { credentialId: 'bm9ib2R5J3Mga2V5' }),
  nothing_to_reset: async (runtime) => {
    const { desk, session } = await aForgottenPin(runtime);
    done(
      await revokeCredential(runtime, null, {
        credentialId: desk.key.kid,
        userId: desk.person.id,
        evenLast: true,
      }),
    );
    return await beginRegistration(runtime, session, { purpose: 'pin-reset', attestation: 'none' });
  },
  reset_overtaken: async (runtime) => {
    const { desk, session } = await aForgottenPin(runtime);
    const late = await makeKey(runtime, session, 'pin-reset', desk.device);
    runtime.pass(1);
    done(
      await finishRegistration(runtime, session, await makeKey(runtime, session, 'pin-reset', desk.device)),
    );
    return await finishRegistration(runtime, session, late);
  },

  wrong_device: async (runtime) => {
    const [mia, tomas] = [await aPersonWithHelloKey(runtime), await aPersonWithHelloKey(runtime, 'tomas')];
    return await signIn(runtime, mia, { device: tomas.device });
  },
  device_unknown: async (runtime) =>
    await signIn(runtime, await aPersonWithHelloKey(runtime), { device: null }),
  device_disabled: async (runtime) => {
    const desk = await aPersonWithHelloKey(runtime);
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    return await signIn(runtime, desk);
  },
  device_limit_reached: async (runtime) => {
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '1' }));
    const session = await aPassSession(runtime, await aPerson(runtime));
    await aDevice(runtime, session);
    return (await registerDevice(runtime, session)).result;
  },
  device_already_registered: async (runtime) => {
    const profile = createProfile(runtime.random.bytes(48));
    const register = async (alias: string) => {
      const session = await aPassSession(runtime, await aPerson(runtime, alias));
      const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
      return await finishDeviceRegistration(runtime, session, {
        publicKey: profile.publicKey,
        challenge,
        signature: proveProfile(profile, ORIGIN, challenge),
        name: 'STUDIO-07',
        joinType: 'joined',
        os: 'Windows',
        browser: 'Edge',
        platformAuthenticator: 'yes',
      });
    };
    done(await register('mia'));
    return await register('tomas');
  },

  credential_already_registered: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    const first = await aKey(runtime, session, 'passkey');
    const again = await makeKey(runtime, session, 'passkey', undefined, { credentialId: first.credentialId });
    return await finishRegistration(runtime, session, { response: again.response });
  },
  not_a_hello_key: async (runtime) => (await anOffer(runtime)).result,
  roaming_key: async (runtime) => {
    const { there, device } = await atTheKeyStep(runtime);
    const made = await makeKey(runtime, there, 'hello', device);
    const response = { ...made.response, authenticatorAttachment: 'cross-platform' as const };
    return await finishRegistration(runtime, there, { ...made, response });
  },
  synced_passkeys_not_allowed: async (runtime) => {
    const { there, offer } = await anOffer(runtime);
    done(await setKeyRules(runtime, { passkey: { allowSynced: false } }));
    return await keepAsPasskey(runtime, there, { offer });
  },
  statement_missing: async (runtime) => await underSecurityDevice(runtime, 1),
  security_device_required: async (runtime) => await underSecurityDevice(runtime, 2),
  attestation_required: async (runtime) => {
    done(await setKeyRules(runtime, { passkey: { requireAttestation: true } }));
    return await aSelfMadePasskey(runtime);
  },
  key_model_not_allowed: async (runtime) => {
    done(await setKeyRules(runtime, { passkey: { block: [PACKED_AAGUID] } }));
    return await aSelfMadePasskey(runtime);
  },
  key_not_accepted: async (runtime) => {
    const desk = await aPersonWithPasskey(runtime);
    done(await setKeyRules(runtime, { passkey: { allowSynced: false } }));
    return await signIn(runtime, desk);
  },
  anchor_required: async (runtime) => {
    // No key of this model can prove it: for its format nothing is pinned.
    return await setKeyRules(runtime, { passkey: { allow: [PACKED_AAGUID] } });
  },
  anchor_in_use: async (runtime) => {
    const { id } = done(await pinned(runtime, rootCertificate(), 'packed'));
    done(await setKeyRules(runtime, { passkey: { allow: [PACKED_AAGUID] } }));
    return await removeAnchor(runtime, null, { id });
  },
  no_administrator_left: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello');
    await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
    return await setKeyRules(runtime, { passkey: { allowSynced: false } });
  },
  attestation_unverifiable: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    const { response } = await makeKey(runtime, session, 'passkey');
    const statement = Buffer.from(response.response.attestationObject, 'base64url').toString('latin1');
    // A TPM's statement that states nothing: the CBOR text "none" becomes "tpm".
    const attestationObject = Buffer.from(statement.replace('\x64none', '\x63tpm'), 'latin1').toString(
      'base64url',
    );
    const changed = { ...response, response: { ...response.response, attestationObject } };
    return await finishRegistration(runtime, session, { response: changed });
  },
  attestation_unreadable: async (runtime) => {
    const whole = forgeNone();
    const response = { ...whole, response: { ...whole.response, attestationObject: 'AAAA' } };
    return await inspectAttestation(runtime, attestationInspectionRequest.parse({ response }));
  },
  certificate_unreadable: () => guarded(previewAnchor('hello')),
  anchor_unsuitable: async (runtime) => {
    const { publicKey, privateKey: signer } = keys.stranger();
    const name = [['2.5.4.3', 'A leaf']] as const;
    const names = { subject: [...name], issuer: [...name] };
    return await pinned(runtime, writeCertificate({ ...names, publicKey, signer, extensions: [] }));
  },
  metadata_refused: (runtime) => loadMetadata(runtime, null, { blob: 'hello' }),
  metadata_unreachable: (runtime) => loadMetadata(runtime, null, { address: 'https://127.0.0.1/' }),
  metadata_not_newer: async (runtime) => {
    const authority = metadataAuthority();
    done(await authority.pin(runtime));
    const blob = authority.sign(aPayload({ no: 7 }));
    done(await loadMetadata(runtime, null, { blob }));
    return await loadMetadata(runtime, null, { blob });
  },
  anchor_limit_reached: async (runtime) => {
    for (let number = 0; number < 100; number += 1) {
      const subject = [['2.5.4.3', `Root ${number}`]] as const;
      const result = await pinned(runtime, rootCertificate({ subject: [...subject] }));
      if (!result.ok) return result;
    }
    throw new Error('there is no limit');
  },
  registration_refused: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    const { response } = await makeKey(runtime, session, 'passkey', undefined, { userVerified: false });
    return await finishRegistration(runtime, session, { response });
  },
  credential_quarantined: async (runtime) => {
    const desk = await aPersonWithHelloKey(runtime);
    for (let time = 0; time < 3; time += 1) done(await signIn(runtime, desk));
    runtime.pass(MINUTE_MS);
    return await signIn(runtime, desk, { counter: 1 });
  },
  offer_expired: async (runtime) => {
    const { there, offer } = await anOffer(runtime);
    runtime.pass(6 * MINUTE_MS);
    return await keepAsPasskey(runtime, there, { offer });
  },

  invalid_filter: listening('nonsense=1'),
  invalid_cursor: listening('after=yesterday'),
  session_unknown: async (runtime) => await selectEvents(runtime, { session: newId(runtime) }),
  too_many_streams: async (runtime) => {
    const reader = await aSession(runtime, await aPerson(runtime, 'ada', ['global_reader']), 'hello');
    const open = () => downloadEvents(runtime, reader, eventExportQuery.parse({ format: 'csv' }));
    done(await open());
    done(await open());
    return await open();
  },
  streams_busy: async () => {
    const slots = createSlots({ perPerson: 1, inAll: 1 });
    done(slots.take('ada'));
    return slots.take('priya');
  },

  group_name_refused: async (runtime) => await createGroup(runtime, null, { name: 'A, B' }),
  group_in_itself: async (runtime) => {
    await aTenant(runtime);
    const { id } = done(await createGroup(runtime, null, { name: 'Design' }));
    return await addMember(runtime, null, { groupId: id, kind: 'group', memberId: id });
  },
  group_in_use: async (runtime) => {
    await aTenant(runtime);
    const { id: groupId } = done(await createGroup(runtime, null, { name: 'Design' }));
    const value = JSON.stringify([groupId]);
    done(await setPolicy(runtime, null, { name: 'TemporaryAccessPass.excludeTargets', value }));
    return await deleteGroup(runtime, null, { groupId });
  },
  already_exists: async (runtime) => {
    const { upn } = await aPerson(runtime);
    return await createUser(runtime, { upn, displayName: 'Another' });
  },
  own_account: async (runtime) => {
    const session = await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello');
    return await resetPassword(runtime, session.session.person, { userId: session.session.userId });
  },
  last_strong_credential: async (runtime) => {
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'hello');
    return await removeCredential(runtime, session, { credentialId: desk.key.kid });
  },
  reason_required: async (runtime) => {
    const { person } = await aPersonWithHelloKey(runtime);
    return await issueTemporaryAccessPass(runtime, null, { userId: person.id });
  },
  approval_required: async (runtime) => {
    const { asks, target } = await aDirectory(runtime);
    const terms = { userId: target.person.id, reason: 'A lost laptop' };
    return await issueTemporaryAccessPass(runtime, asks.caller.session.person, terms);
  },
  administrator_password: async (runtime) => {
    const { asks, target } = await aDirectory(runtime);
    return await resetPassword(runtime, asks.caller.session.person, { userId: target.person.id });
  },
  approval_not_needed: async (runtime) => {
    const { asks } = await aDirectory(runtime);
    const terms = { userId: (await aPerson(runtime)).id, reason: 'A lost laptop' };
    return await requestPass(runtime, asks.caller.session.person, terms);
  },
  no_second_administrator: async (runtime) => {
    const { asks, decides, target } = await aDirectory(runtime);
    await runtime.db.user.update({ where: { id: decides.person.id }, data: { breakGlass: true } });
    const terms = { userId: target.person.id, reason: 'A lost laptop' };
    return await requestPass(runtime, asks.caller.session.person, terms);
  },
  request_pending: async (runtime) => {
    const { asks, target } = await aDirectory(runtime);
    const terms = { userId: target.person.id, reason: 'A lost laptop' };
    done(await requestPass(runtime, asks.caller.session.person, terms));
    return await requestPass(runtime, asks.caller.session.person, terms);
  },
  request_over: async (runtime) => {
    const { asks, decides, target } = await aDirectory(runtime);
    const terms = { userId: target.person.id, reason: 'A lost laptop' };
    const { id: requestId } = done(await requestPass(runtime, asks.caller.session.person, terms));
    done(await decidePassRequest(runtime, decides.caller, { requestId, approve: false }));
    return await collectPass(runtime, asks.caller, { requestId });
  },
  invalid_lifetime: async (runtime) =>
    await issueTemporaryAccessPass(runtime, null, {
      userId: (await aPerson(runtime)).id,
      lifetimeMinutes: 1,
    }),
  invalid_start: async (runtime) =>
    await issueTemporaryAccessPass(runtime, null, {
      userId: (await aPerson(runtime)).id,
      startsAt: new Date(0),
    }),
  nothing_to_export: async (runtime) => {
    await aTenant(runtime);
    return await exportPolicy(runtime, { actorId: null }, { format: 'reg' });
  },
  artefact_unreadable: async (runtime) =>
    await importPolicy(runtime, null, { file: new Uint8Array(), dryRun: true, leaveOutRefused: false }),
  import_incomplete: async (runtime) =>
    await importPolicy(runtime, null, {
      file: Buffer.from(
        'REGEDIT4\r\n[HKLM\\SOFTWARE\\Policies\\Microsoft\\PassportForWork]\r\n"Enabled"=dword:7\r\n',
      ),
      dryRun: false,
      leaveOutRefused: false,
    }),
  settings_set_together: async (runtime) =>
    await setPolicy(runtime, null, { name: 'EnablePasswordlessExperience', value: 'true' }),
  policy_changed_meanwhile: async (runtime) => {
    await aTenant(runtime);
    const seen = await aSwitch(runtime, 'hide');
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '3' }));
    return await switchPasswordless(runtime, null, seen);
  },
  communication_changed_meanwhile: async (runtime) => {
    await aTenant(runtime);
    const seen = { subject: 'What nobody', body: 'ever wrote' };
    return await changeWords(runtime, null, { name: 'faq', subject: 'Mine', body: 'Mine', seen });
  },
  lockout_not_confirmed: async (runtime) => {
    await aTenant(runtime);
    await aPassword(runtime, await aPerson(runtime));
    const seen = await aSwitch(runtime, 'refuse');
    return await switchPasswordless(runtime, null, { ...seen, confirmedLockedOut: 0 });
  },
  pin_recovery_off: async (runtime) => {
    const { session, asks } = await aKeptKey(runtime);
    done(await withdrawPinResetService(runtime, null));
    return await issueRecoveryTicket(runtime, session, asks);
  },
  prf_protector_off: async (runtime) => {
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    const { credentialId: passkey } = await aKey(runtime, session, 'passkey');
    done(await setPolicy(runtime, null, { name: 'UseBiometrics', value: 'false' }));
    // A device keeps what the organisation had set when it was enrolled.
    await runtime.db.devicePolicy.deleteMany();
    return await beginPinChange(runtime, session, { container: desk.container.id, passkey });
  },
  pin_reset_ticket_refused: async (runtime) => {
    const { session, asks, opens } = await aKeptKey(runtime);
    const { ticket } = done(await issueRecoveryTicket(runtime, session, asks));
    runtime.pass(TICKET_LIFETIME_MS);
    return await askForRecovery(runtime, session, { ticket, ...opens });
  },
  pin_reset_protector_unusable: async (runtime) => {
    const { session, asks, opens } = await aKeptKey(runtime);
    const { ticket } = done(await issueRecoveryTicket(runtime, session, asks));
    // It was sealed for another container than the one that the ticket names.
    return await askForRecovery(runtime, session, { ticket, ...opens });
  },
  pin_reset_service_unavailable: async (runtime) => {
    const { session, asks, opens } = await aKeptKey(runtime);
    const { ticket } = done(await issueRecoveryTicket(runtime, session, asks));
    const away = { ...runtime, pinResetService: pinResetServiceAt({ url: 'http://127.0.0.1:9', token: '' }) };
    return await askForRecovery(away, session, { ticket, ...opens });
  },
  policy_pending: async (runtime) => {
    await aTenant(runtime);
    done(await setPolicy(runtime, null, { name: 'EnrollmentStatusPage.state', value: 'true' }));
    const { there } = await atTheKeyStep(runtime);
    return await beginRegistration(runtime, there, { purpose: 'hello', attestation: 'none' });
  },
  administrators_not_confirmed: async (runtime) => {
    await aPerson(runtime, 'ada', ['global_administrator']);
    const document = aDocument({ UsePassportForWork: 'false' });
    const { id } = done(await createSource(runtime, null, { kind: 'group_policy', document }));
    return await publishSource(runtime, null, { id, revision: 1 });
  },
  source_not_published: async (runtime) => {
    const { first: ringId } = await aRollout(runtime, ['Pilot'], false);
    return await turnRing(runtime, null, { ringId, change: 'open' });
  },
  ring_opened: async (runtime) => {
    const { first: ringId } = await aRollout(runtime, ['Pilot']);
    done(await turnRing(runtime, null, { ringId, change: 'open' }));
    return await removeRing(runtime, null, { ringId });
  },
  ring_out_of_turn: async (runtime) => {
    const { ids } = await aRollout(runtime, ['Pilot', 'Early']);
    return await turnRing(runtime, null, { ringId: ids[1] ?? '', change: 'open' });
  },
  rollout_not_confirmed: async (runtime) => {
    const { first: ringId } = await aRollout(runtime, ['Pilot']);
    return await removeRing(runtime, null, { ringId });
  },
  ring_limit_reached: async (runtime) => {
    const names = Array.from({ length: RINGS_MAX }, (_, index) => `Ring ${index}`);
    const { sourceId } = await aRollout(runtime, names);
    return await addRings(runtime, null, { sourceId, rings: [{ name: 'One more', groups: [] }] });
  },
  settings_disagree: async (runtime) => await setPolicy(runtime, null, { name: lifetime, value: '400' }),
  picture_refused: async (runtime) => await chooseLogo(runtime, null, new Uint8Array(9)),
  reminder_link_broken: async (runtime) => await setReminders(runtime, { token: 'x', wanted: false }),
  beginning_missing: async (runtime) => {
    await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example', demo: true });
    const presenter = await aSession(
      runtime,
      await aPerson(runtime, 'ada', ['global_administrator']),
      'hello',
    );
    return await setUpChapter(runtime, presenter, { chapter: 'password' });
  },
  attack_not_shown: async (runtime) => {
    await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example', demo: true });
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    done(await setPolicy(runtime, null, { name: 'TemporaryAccessPass.state', value: 'false' }));
    const presenter = await aSession(runtime, ada, 'hello');
    const nothing = async () => ({ status: 0, json: {}, session: null });
    return await runAttack(runtime, presenter, { attack: 'wrong_origin' }, nothing);
  },
  join_code_refused: async (runtime) => {
    await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example', demo: true });
    return await joinShow(runtime, aBrowser(runtime), { code: 'AAAA-BBBB' });
  },
  clock_moved: async (runtime) => {
    await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example', demo: true });
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const presenter = await aSession(runtime, ada, 'hello');
    await beginPresentation(runtime, presenter);
    await moveClock(runtime, presenter, { minutes: 10 });
    return await beginPresentation(runtime, presenter);
  },
  present_missing: async (runtime) => {
    await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example', demo: true });
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const presenter = await aSession(runtime, ada, 'hello');
    await beginPresentation(runtime, presenter);
    await moveClock(runtime, presenter, { minutes: 10 });
    const bea = await aPerson(runtime, 'bea', ['global_administrator']);
    return await returnClock(runtime, await aSession(runtime, bea, 'hello'));
  },
  invalid_value: async (runtime) => await setPolicy(runtime, null, { name: lifetime, value: 'soon' }),
};

/** Refusals of a person's own ceremony: each has an event, so each has a support code. */
const logged: readonly ProblemCode[] = [
  'too_many_attempts',
  'device_required',
  'provisioning_disabled',
  'sign_in_failed',
  'federated_mfa_required',
  'federation_unavailable',
  'phone_code_refused',
  'approval_waiting',
  'approval_resting',
  'approval_over',
  'code_refused',
  'password_refused',
  'challenge_expired',
  'challenge_invalid',
  'challenge_consumed',
  'credential_unknown',
  'reset_overtaken',
  'wrong_device',
  'device_unknown',
  'device_disabled',
  'device_limit_reached',
  'device_already_registered',
  'credential_already_registered',
  'not_a_hello_key',
  'roaming_key',
  'synced_passkeys_not_allowed',
  'attestation_unverifiable',
  'registration_refused',
  'statement_missing',
  'security_device_required',
  'attestation_required',
  'key_model_not_allowed',
  'key_not_accepted',
  'credential_quarantined',
];

describe('every problem that the doctor knows', () => {
  test.each(problemCodes)('%s is really met, and read so', async (code) => {
    if (code === 'internal_error' || code === 'store_unavailable') {
      vi.spyOn(console, 'error').mockImplementation(() => undefined);
      forgetOutage();
    }
    const trace: Trace = { eventId: null };
    const runtime = { ...(await aRuntime()), trace };
    const refusal = await reaches[code](runtime);
    forgetOutage();
    if (refusal.ok) throw new Error('it was not refused');
    const { title, detail } = diagnoseProblem(code);
    expect(refusal.problem).toMatchObject({ code, title, detail });

    const { support } = supported(refusal.problem, trace);
    if (!logged.includes(code)) return;
    expect(support).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const found = await listEvents(runtime, { ids: idsOfSupportCode(support ?? '') }, 10);
    expect(found.map(({ id, outcome }) => [id, outcome])).toEqual([[trace.eventId, 'failure']]);
  });
});

describe('the support code of an answer over HTTP', () => {
  test('names the failure that was logged, and a success or an unlogged refusal names none', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk, 'sign-in', { device: null });
    const post = endpoint('verification', z.any(), anyone, (traced) =>
      finishAuthentication(traced, desk.browser, answer),
    );
    home.latchkeyRuntime = Promise.resolve(runtime);
    const ask = async () => {
      const response = await post(
        new NextRequest(`${ORIGIN}/api/x`, {
          method: 'POST',
          headers: { origin: ORIGIN, 'content-type': 'application/json' },
          body: '{}',
        }),
      );
      return (await response.json()) as Problem;
    };
    const first = await ask();
    const second = await ask();
    delete home.latchkeyRuntime;
    expect([first.code, second.code]).toEqual(['device_unknown', 'challenge_consumed']);
    const causes = await Promise.all(
      [first, second].map(async ({ support = '' }) =>
        (await listEvents(runtime, { ids: idsOfSupportCode(support) }, 2)).map(({ detail }) => detail.cause),
      ),
    );
    expect(causes).toEqual([['device_unknown'], ['challenge_replayed']]);
    expect(await knock(Promise.resolve(runtime), { body: '[]' })).not.toHaveProperty('problem.support');
    const begun = await beginAuthentication(runtime, desk.browser, { purpose: 'sign-in' });
    expect(JSON.stringify(begun)).not.toContain('support');
  });

  test('is in every failed guess at a name, known or not, and in none of a wait', async () => {
    const runtime = await aRuntime();
    const known = await aPerson(runtime);
    await aPassword(runtime, known);
    const guess = async (upn: string, address: string) => {
      const trace: Trace = { eventId: null };
      const result = await signInWithPassword({ ...runtime, trace }, aBrowser(runtime, address), {
        upn,
        password: 'wrong',
      });
      return result.ok ? null : Object.keys(supported(result.problem, trace)).sort();
    };
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const answers = [
        await guess(known.upn, '192.0.2.1'),
        await guess('nobody@tidewater.example', '192.0.2.2'),
      ];
      expect(answers[0]).toEqual(answers[1]);
      // The sixth is the one that is logged as slowed down.
      expect(answers[0]?.includes('support')).toBe(attempt <= 5);
    }
  });
});
