import 'server-only';
import type { z } from 'zod';
import { failedChecks } from '#domain/attestation/verdict';
import {
  type CredentialKind,
  provenOtherwise,
  sufficientProof,
  type Undertaking,
} from '#domain/authentication';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { CEREMONY_TIMEOUT_MS, type Challenge, PIN_RESET_CHALLENGE_LIFETIME_MS } from '#domain/ceremony';
import { protectionOf } from '#domain/credential';
import type { EventCode } from '#domain/event';
import { SOFTWARE_KEY_AAGUID } from '#domain/key-container/aaguid';
import {
  isCurable,
  isModelProven,
  judgeKey,
  type KeyFacts,
  type KeyRuling,
  type RuleCode,
  requiresStatement,
  ruleTable,
} from '#domain/key-rules';
import { methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { later, MINUTE_MS } from '#domain/time';
import type {
  RegistrationAnswer,
  RegistrationResponse,
  registrationOptionsRequest,
  registrationRequest,
} from '#domain/wire';
import { judgeStored } from './attestation/rejudge.ts';
import { trustFor } from './attestation/trust.ts';
import type { SignedIn } from './caller.ts';
import { claimedPurpose, consumeChallenge, openChallenge, sealChallenge } from './ceremony.ts';
import {
  insertCredential,
  keysOnDevice,
  type MadeCredential,
  madeByAnswer,
  registeredCredentials,
  replaceCredential,
} from './credential.ts';
import { isDuplicate, type Tx } from './db.ts';
import { readPolicyAt, refreshWhenDue } from './device-policy.ts';
import { verifyDeviceProof } from './device-proof.ts';
import { isHeld } from './enrollment-status.ts';
import { listEvents, record } from './event.ts';
import { commitContainer, containerOnDevice } from './key-container.ts';
import { keepKeyRules, noteRuling, readKeyRulesAt } from './key-rules-policy.ts';
import { keptObstacle, methodObstacles } from './methods-policy.ts';
import { openOffer, sealOffer } from './passkey-offer.ts';
import { takePlace } from './pin-reset.ts';
import { claimCreation } from './pin-try.ts';
import { isLogged } from './rate-limit.ts';
import { ALGORITHMS, readClientData } from './relying-party.ts';
import type { Runtime } from './runtime.ts';
import { touchSession } from './session.ts';
import { mayKeepSoftwareKey } from './software-key-policy.ts';
import { readKeyRules } from './usable-key.ts';

/** A PIN reset is a registration of a Hello key that takes another one's place. */
type Purpose = CredentialKind | 'pin-reset';

interface RegistrationRule {
  readonly kind: CredentialKind;
  readonly undertaking: Undertaking;
  readonly registered: EventCode;
  readonly failed: EventCode;
}

const registrationRules: Readonly<Record<Purpose, RegistrationRule>> = {
  hello: {
    kind: 'hello',
    undertaking: 'provision_hello',
    registered: 'key_registered',
    failed: 'key_registration_failed',
  },
  'pin-reset': {
    kind: 'hello',
    undertaking: 'reset_pin',
    registered: 'key_registered',
    failed: 'pin_reset',
  },
  passkey: {
    kind: 'passkey',
    undertaking: 'add_passkey',
    registered: 'passkey_registered',
    failed: 'passkey_registration_failed',
  },
};

function binding(caller: SignedIn, purpose: Purpose) {
  const { id: sessionId, userId, deviceId } = caller.session;
  const place = registrationRules[purpose].kind === 'hello' && deviceId !== null ? { deviceId } : {};
  return { browser: caller.browser, sessionId, userId, ...place };
}

/** What stands between this session and making a key for this purpose; null when nothing does. */
export async function obstacle(
  tx: Tx,
  runtime: Runtime,
  caller: SignedIn,
  purpose: Purpose,
): Promise<ProblemCode | null> {
  const { undertaking, kind } = registrationRules[purpose];
  const { proofs } = caller.session;
  const replaced = purpose === 'pin-reset' ? await keysOnDevice(tx, caller.session) : [];
  const counting = provenOtherwise(
    proofs,
    replaced.map(({ id }) => id),
  );
  if (sufficientProof(undertaking, counting, runtime.clock.now()) === null) return 'proof_required';
  if (kind === 'passkey') {
    const { fido2 } = await methodObstacles(tx, caller.session.userId, 'register');
    return fido2 === null ? null : methodProblems.fido2;
  }
  if (caller.session.deviceId === null) return 'device_required';
  if (await isHeld(tx, caller.session)) return 'policy_pending';
  const policy = await readPolicyAt(tx, runtime, caller.session);
  return policy('UsePassportForWork').value ? null : 'provisioning_disabled';
}

/**
 * Options for a registration ceremony, in the JSON form of WebAuthn L3 5.4. Nothing is created by asking. A PIN reset, which
 * takes a key away, is logged as failed when it is asked for without its proof.
 */
export async function beginRegistration(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof registrationOptionsRequest>,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON>> {
  const { purpose } = input;
  const { kind } = registrationRules[purpose];
  await refreshWhenDue(runtime, caller.session);
  const stop = await obstacle(runtime.db, runtime, caller, purpose);
  if (stop === 'proof_required' && purpose === 'pin-reset' && (await isLogged(runtime, caller.address)))
    return await fail(runtime, caller, purpose, stop, stop);
  if (stop !== null) return refuse(stop);
  const { person } = caller.session;
  const replaced = purpose === 'pin-reset' ? await keysOnDevice(runtime.db, caller.session) : [];
  if (purpose === 'pin-reset' && replaced.length === 0) return refuse('nothing_to_reset');
  const ticket = input.ticket === undefined ? null : fromBase64Url(input.ticket);
  const expiresAt =
    purpose === 'pin-reset' ? later(runtime.clock.world(), PIN_RESET_CHALLENGE_LIFETIME_MS) : undefined;
  return ok({
    rp: { id: runtime.relyingParty.id, name: runtime.relyingParty.name },
    user: { id: person.userHandle, name: person.upn, displayName: person.displayName },
    challenge: toBase64Url(sealChallenge(runtime, purpose, binding(caller, purpose), { expiresAt, ticket })),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CEREMONY_TIMEOUT_MS,
    // An authenticator that holds the old key would refuse to make the new one, if the old one stood here.
    excludeCredentials: await registeredCredentials(
      runtime,
      person.id,
      replaced.map(({ id }) => id),
    ),
    authenticatorSelection: {
      ...(kind === 'hello' ? { authenticatorAttachment: 'platform' } : {}),
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    hints: kind === 'hello' ? ['client-device'] : [],
    attestation: await attestationFor(runtime, caller, kind, input.attestation),
    extensions: { credProps: true },
  });
}

/**
 * Whether a statement is asked for. Where a rule looks at it and is enforced, that is not the browser's to choose; in the
 * other modes a device that fails when it is asked may be asked without.
 */
async function attestationFor(
  runtime: Runtime,
  caller: SignedIn,
  kind: CredentialKind,
  wished: 'direct' | 'none',
): Promise<'direct' | 'none'> {
  const rules = await readKeyRulesAt(runtime.db, runtime, caller.session);
  return requiresStatement(rules, kind) ? 'direct' : wished;
}

/** A device that fell short this long ago in the same session is at its first try again. */
const TRIES_REMEMBERED_MS = 15 * MINUTE_MS;

/**
 * What somebody is told whose key the rules refuse. Windows prepares its statement in the background, so that the first key
 * may come without one (or with one that cannot be read): where a better statement would do, the first time in a session
 * asks for another try, and only the next one says that this device cannot.
 */
async function refusalOf(
  runtime: Runtime,
  caller: SignedIn,
  { findings }: Pick<KeyRuling, 'findings'>,
  given: boolean,
): Promise<ProblemCode> {
  const [gravest] = findings;
  if (gravest === undefined) throw new Error('Nothing was found that a key could be refused for');
  const { problem } = ruleTable[gravest];
  if (given || !isCurable(findings)) return problem;
  const { id: sessionId, userId } = caller.session;
  const from = later(runtime.clock.now(), -TRIES_REMEMBERED_MS);
  const failures = await listEvents(runtime, { userId, sessionId, outcome: 'failure', from }, 100);
  return failures.some(({ detail }) => detail.cause === 'statement_missing') ? problem : 'statement_missing';
}

/**
 * Registers the key that a ceremony made: consume, verify, judge, write once. Answers with its `kid`; event 300 is in
 * the same transaction. Where a synced passkey came back instead of a Hello key nothing is written, and the problem
 * carries a sealed `offer` to keep it as what it is.
 *
 * A PIN reset alone consumes its challenge last, in the transaction that replaces the key: by then the authenticator may
 * have overwritten the old key, so that the one response that there is must stay good until it was written. Whatever cuts
 * it off before leaves nothing used up, and the same response can be handed in again; after, it gets the same answer, and
 * nothing is written twice.
 */
export async function finishRegistration(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof registrationRequest>,
): Promise<Result<RegistrationAnswer>> {
  const { response } = input;
  const data = readClientData(response.response.clientDataJSON);
  if (data === null)
    return await fail(runtime, caller, 'hello', 'challenge_invalid', 'client_data_malformed');
  // The purpose is under the seal: a challenge that claims another one does not open.
  const claimed = claimedPurpose(data.challenge);
  const purpose: Purpose = claimed === 'passkey' || claimed === 'pin-reset' ? claimed : 'hello';
  const { kind } = registrationRules[purpose];
  const open = purpose === 'pin-reset' ? openChallenge : consumeChallenge;
  const opened = await open(runtime, data.challenge, purpose, binding(caller, purpose));
  const sealIsOurs = !('refused' in opened) || opened.refused === 'challenge_expired';
  if (purpose === 'pin-reset' && sealIsOurs) {
    const before = await answeredBefore(runtime.db, caller, {
      credentialId: response.id,
      ...bytesOf(response),
    });
    if (before !== null) return ok(before);
  }
  if ('refused' in opened) return await fail(runtime, caller, purpose, opened.refused, opened.cause);

  const verified = await runtime.relyingParty.verifyRegistration(response, {
    ...(await trustFor(runtime.db, runtime, bytesOf(response))),
    at: runtime.clock.world(),
  });
  if (!verified.verified) {
    const { cause } = verified;
    const onlyTheStatement = cause === 'attestation_unreadable' || cause === 'attestation_not_verified';
    if (!onlyTheStatement) return await fail(runtime, caller, purpose, 'registration_refused', cause);
    const rules = await readKeyRulesAt(runtime.db, runtime, caller.session);
    if (!requiresStatement(rules, kind))
      return await fail(runtime, caller, purpose, 'attestation_unverifiable', cause);
    const findings = [kind === 'hello' ? 'no_security_device' : 'no_attestation'] as const;
    const problem = await refusalOf(runtime, caller, { findings }, false);
    const told = problem === 'statement_missing' ? problem : cause;
    return await fail(runtime, caller, purpose, problem, told, undefined, { statement: cause });
  }
  const { ticket } = opened.challenge;
  if (!fitsTicket(verified, kind, ticket)) {
    const cause = ticket === null ? 'container_without_ticket' : 'ticket_for_another_key';
    return await fail(runtime, caller, purpose, 'registration_refused', cause);
  }
  const stop = await obstacle(runtime.db, runtime, caller, purpose);
  if (stop !== null) return await fail(runtime, caller, purpose, stop, stop);
  if (kind === 'hello') {
    const shown = await verifyDeviceProof(runtime, input.device, data.challenge, verified.credentialId);
    if (shown.kind !== 'device' || shown.id !== caller.session.deviceId) {
      return await fail(
        runtime,
        caller,
        purpose,
        'device_required',
        shown.kind === 'invalid' ? shown.cause : 'device_proof_missing',
      );
    }
    if (!shown.active) return await fail(runtime, caller, purpose, 'device_disabled', 'device_disabled');
  }
  const made: MadeCredential = {
    ...verified,
    ...bytesOf(response),
    transports: response.response.transports,
    name: input.name ?? null,
  };
  if (kind === 'hello' && made.backupEligible) {
    // It is a synced passkey: what may be kept of it, the rules for passkeys say.
    const { refused } = judgeKey(await readKeyRules(runtime.db), factsOf(made, 'passkey'), 'registration');
    const facts = refused ? {} : { offer: sealOffer(runtime, caller, made) };
    return await fail(runtime, caller, purpose, 'not_a_hello_key', 'not_a_hello_key', facts);
  }
  if (kind === 'hello' && isRoaming(response, made))
    return await fail(runtime, caller, purpose, 'roaming_key', 'roaming_key');
  return await writeCredential(
    runtime,
    caller,
    purpose,
    made,
    purpose === 'pin-reset' ? opened.challenge : null,
    ticket,
  );
}

/** A browser's own key comes with the ticket of a try at its first PIN, and nothing else does. */
function fitsTicket(
  made: { readonly aaguid: string; readonly backupEligible: boolean },
  kind: CredentialKind,
  ticket: Uint8Array | null,
): boolean {
  const isSoftwareKey = made.aaguid === SOFTWARE_KEY_AAGUID;
  if (ticket === null) return !isSoftwareKey;
  return isSoftwareKey && kind === 'hello' && !made.backupEligible;
}

/**
 * Whether a key that was asked of this device is of another one: it says so itself, or its statement is one that security
 * keys give. The rules for passkeys, which are about such keys, would not reach it as a Hello key.
 */
function isRoaming(
  { authenticatorAttachment, response }: RegistrationResponse,
  made: MadeCredential,
): boolean {
  const { transports } = response;
  return (
    authenticatorAttachment === 'cross-platform' ||
    (transports.length > 0 && !transports.includes('internal')) ||
    made.attestationFormat === 'fido-u2f' ||
    (made.attestationFormat === 'packed' && made.verdict?.class === 'other_hardware')
  );
}

function bytesOf({ response }: RegistrationResponse) {
  return {
    attestationObject: new Uint8Array(Buffer.from(response.attestationObject, 'base64url')),
    clientDataJson: new Uint8Array(Buffer.from(response.clientDataJSON, 'base64url')),
  };
}

/** What the rules look at, of a key that was just made. */
function factsOf(made: MadeCredential, kind: CredentialKind): KeyFacts {
  const { aaguid, backupEligible, verdict } = made;
  return {
    kind,
    aaguid,
    backupEligible,
    protection: verdict?.class ?? 'unverified',
    modelProven: isModelProven(verdict),
    compromised: verdict?.compromised ?? null,
  };
}

/**
 * The answer to a PIN reset's response that was written already, byte for byte this one; null when it was not, or when its
 * key no longer stands. That it belongs to this session is under the seal of its challenge.
 */
async function answeredBefore(
  tx: Tx,
  caller: SignedIn,
  sent: Pick<MadeCredential, 'credentialId' | 'attestationObject' | 'clientDataJson'>,
): Promise<RegistrationAnswer | null> {
  const { userId, deviceId, person } = caller.session;
  const { credentialId, attestationObject, clientDataJson } = sent;
  const answer = { credentialId, attestationObject, clientDataJson, userId, deviceId };
  const made = await madeByAnswer(tx, answer);
  if (made === null) return null;
  const { id: kid, attestationFormat: attestation } = made;
  const protection = protectionOf(made.protection);
  return { kid, upn: person.upn, kind: 'hello', attestation, protection, backupEligible: false };
}

/**
 * Writes the key and its events. With a challenge it takes the place of the keys of this device; with a ticket it is that of
 * the container whose first PIN was tried, which counts from then on.
 */
async function writeCredential(
  runtime: Runtime,
  caller: SignedIn,
  purpose: Purpose,
  made: MadeCredential,
  replacing: Challenge | null = null,
  ticket: Uint8Array | null = null,
): Promise<Result<RegistrationAnswer>> {
  const { kind, registered } = registrationRules[purpose];
  const { person, device } = caller.session;
  const deviceId = kind === 'hello' ? caller.session.deviceId : null;
  const name = made.name ?? (kind === 'hello' ? (device?.name ?? 'This device') : 'Passkey');
  let kid = '';
  let warned: readonly RuleCode[] = [];
  try {
    const stop = await runtime.db.$transaction(async (tx) => {
      if (!(await touchSession(tx, runtime, caller.session.id))) return 'sign_in_required';
      // The same response at the same instant: whichever came first has written for both.
      const before = replacing === null ? null : await answeredBefore(tx, caller, made);
      if (before !== null) return before;
      if (ticket !== null && !(await mayKeepSoftwareKey(tx, runtime, caller.session)))
        return 'software_keys_not_allowed';
      if (kind === 'passkey' && (await keptObstacle(tx, runtime, person.id, 'fido2', 'register')) !== null)
        return methodProblems.fido2;
      // Judged where it is written: of a change of the rules at the same instant, one comes first.
      const ruling = judgeKey(
        await keepKeyRules(tx, runtime, caller.session),
        factsOf(made, kind),
        'registration',
      );
      if (ruling.refused) return ruling;
      const creation = ticket === null ? null : await claimCreation(tx, runtime, caller, ticket);
      if (ticket !== null && creation === null) return 'registration_refused';
      const place = replacing === null ? null : await takePlace(tx, runtime, caller, replacing);
      if (place !== null && 'refused' in place) return place.refused;
      kid = await insertCredential(tx, runtime, { ...made, userId: person.id, deviceId, kind, name });
      if (creation !== null) {
        // A browser keeps one container of a person: it has just written this one over that of a key that was set aside.
        const kept = await containerOnDevice(tx, caller.session);
        const old = kept?.credentialId;
        const by = { userId: person.id, sessionId: caller.session.id, toldBy: registered };
        if (old) await replaceCredential(tx, runtime, { id: old, ...by });
        await commitContainer(tx, runtime, creation, kid);
      }
      await record(tx, runtime, {
        code: registered,
        userId: person.id,
        deviceId,
        credentialId: kid,
        sessionId: caller.session.id,
        ...(place !== null && { toldBy: 'pin_reset' }),
        detail: {
          kid,
          upn: person.upn,
          attestation: made.attestationFormat,
          aaguid: made.aaguid,
          algorithm: made.algorithm,
          protection: made.verdict?.class ?? 'unverified',
          failed: made.verdict === null ? null : failedChecks(made.verdict).join(', '),
        },
      });
      if (made.verdict?.compromised) {
        await record(tx, runtime, {
          code: 'authenticator_compromised',
          userId: person.id,
          deviceId,
          credentialId: kid,
          sessionId: caller.session.id,
          toldBy: registered,
          detail: { why: made.verdict.compromised, at: 'registration' },
        });
      }
      const about = { userId: person.id, deviceId, credentialId: kid, sessionId: caller.session.id };
      await noteRuling(tx, runtime, ruling, { ...about, at: 'registration' });
      warned = ruling.mode === 'warn' ? ruling.findings : [];
      if (place !== null) {
        await record(tx, runtime, {
          code: 'pin_reset',
          userId: person.id,
          deviceId,
          credentialId: kid,
          sessionId: caller.session.id,
          detail: { kind: 'destructive', kid, replaced: place.replaced.join(' ') || null },
        });
      }
      return null;
    });
    if (typeof stop === 'object' && stop !== null) {
      if (!('refused' in stop)) return ok(stop);
      return await failByRules(runtime, caller, purpose, made, stop);
    }
    if (stop === 'sign_in_required') return refuse(stop);
    if (stop !== null) return await fail(runtime, caller, purpose, stop, stop);
  } catch (error) {
    if (isDuplicate(error))
      return await fail(runtime, caller, purpose, 'credential_already_registered', 'credential_id_known');
    throw error;
  }
  return ok({
    kid,
    upn: person.upn,
    kind,
    attestation: made.attestationFormat,
    protection: protectionOf(factsOf(made, kind).protection),
    backupEligible: made.backupEligible,
    ...(warned.length > 0 && { warnings: warned.map((code) => ruleTable[code].sentence) }),
  });
}

/** A key that the rules refuse. Nothing was written: whatever it was to replace still stands. */
async function failByRules(
  runtime: Runtime,
  caller: SignedIn,
  purpose: Purpose,
  made: MadeCredential,
  ruling: KeyRuling,
): Promise<Result<never>> {
  // A TPM that answered has said what there is to say; "none", and what nobody vouches for yet, may be different next time.
  const given = made.attestationFormat !== 'none';
  const problem = await refusalOf(runtime, caller, ruling, given);
  const detail = {
    findings: ruling.findings.join(', '),
    attestation: made.attestationFormat,
    aaguid: made.aaguid,
  };
  return await fail(runtime, caller, purpose, problem, problem, undefined, detail);
}

async function fail(
  runtime: Runtime,
  caller: SignedIn,
  purpose: Purpose,
  code: ProblemCode,
  cause: string,
  facts?: Readonly<Record<string, string>>,
  detail: Readonly<Record<string, string>> = {},
): Promise<Result<never>> {
  await record(runtime.db, runtime, {
    code: registrationRules[purpose].failed,
    outcome: 'failure',
    userId: caller.session.userId,
    deviceId: caller.session.deviceId,
    sessionId: caller.session.id,
    detail: { cause, ...detail },
  });
  return refuse(code, facts === undefined ? {} : { facts });
}

/** Keeps a synced passkey that was made where a Hello key was asked for. The credential's own ID makes it happen once. */
export async function keepAsPasskey(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly offer: string },
): Promise<Result<RegistrationAnswer>> {
  const offered = openOffer(runtime, caller, input.offer);
  if (offered === null) return refuse('offer_expired');
  const trust = await trustFor(runtime.db, runtime, offered);
  const verdict = judgeStored(runtime, { ...offered, madeAt: runtime.clock.world() }, trust)?.verdict ?? null;
  const made: MadeCredential = { ...offered, verdict };
  const stop = await obstacle(runtime.db, runtime, caller, 'passkey');
  if (stop !== null) return await fail(runtime, caller, 'passkey', stop, stop);
  return await writeCredential(runtime, caller, 'passkey', made);
}
