import 'server-only';
import type { z } from 'zod';
import { failedChecks } from '#domain/attestation/verdict';
import { type CredentialKind, sufficientProof, type Undertaking } from '#domain/authentication';
import { toBase64Url } from '#domain/base64url';
import { CEREMONY_TIMEOUT_MS } from '#domain/ceremony';
import { judgeRegistration } from '#domain/credential';
import type { EventCode } from '#domain/event';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { RegistrationAnswer, registrationOptionsRequest, registrationRequest } from '#domain/wire';
import { anchorsInForce } from './attestation/anchor.ts';
import { judgeStored } from './attestation/rejudge.ts';
import type { SignedIn } from './caller.ts';
import { claimedPurpose, consumeChallenge, sealChallenge } from './ceremony.ts';
import { insertCredential, type MadeCredential, registeredCredentials } from './credential.ts';
import { isDuplicate, type Tx } from './db.ts';
import { verifyDeviceProof } from './device-proof.ts';
import { record } from './event.ts';
import { openOffer, sealOffer } from './passkey-offer.ts';
import { readPolicy } from './policy.ts';
import { ALGORITHMS, readClientData } from './relying-party.ts';
import type { Runtime } from './runtime.ts';
import { touchSession } from './session.ts';

interface RegistrationRule {
  readonly undertaking: Undertaking;
  readonly registered: EventCode;
  readonly failed: EventCode;
}

const registrationRules: Readonly<Record<CredentialKind, RegistrationRule>> = {
  hello: { undertaking: 'provision_hello', registered: 'key_registered', failed: 'key_registration_failed' },
  passkey: {
    undertaking: 'add_passkey',
    registered: 'passkey_registered',
    failed: 'passkey_registration_failed',
  },
};

function binding(caller: SignedIn, kind: CredentialKind) {
  const { id: sessionId, userId, deviceId } = caller.session;
  const place = kind === 'hello' && deviceId !== null ? { deviceId } : {};
  return { browser: caller.browser, sessionId, userId, ...place };
}

/** What stands between this session and making a key of this kind; null when nothing does. */
async function obstacle(
  tx: Tx,
  runtime: Runtime,
  caller: SignedIn,
  kind: CredentialKind,
): Promise<ProblemCode | null> {
  const { undertaking } = registrationRules[kind];
  if (sufficientProof(undertaking, caller.session.proofs, runtime.clock.now()) === null)
    return 'proof_required';
  if (kind === 'passkey') return null;
  if (caller.session.deviceId === null) return 'device_required';
  const policy = await readPolicy(tx);
  return policy('UsePassportForWork').value ? null : 'provisioning_disabled';
}

/** Options for a registration ceremony, in the JSON form of WebAuthn L3 5.4. Nothing is created by asking. */
export async function beginRegistration(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof registrationOptionsRequest>,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON>> {
  const kind = input.purpose;
  const stop = await obstacle(runtime.db, runtime, caller, kind);
  if (stop !== null) return refuse(stop);
  const { person } = caller.session;
  return ok({
    rp: { id: runtime.relyingParty.id, name: runtime.relyingParty.name },
    user: { id: person.userHandle, name: person.upn, displayName: person.displayName },
    challenge: toBase64Url(sealChallenge(runtime, kind, binding(caller, kind))),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CEREMONY_TIMEOUT_MS,
    excludeCredentials: await registeredCredentials(runtime, person.id),
    authenticatorSelection: {
      ...(kind === 'hello' ? { authenticatorAttachment: 'platform' } : {}),
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    hints: kind === 'hello' ? ['client-device'] : [],
    attestation: input.attestation,
    extensions: { credProps: true },
  });
}

/**
 * Registers the key that a ceremony made: consume, verify, judge, write once. Answers with its `kid`; event 300 is in
 * the same transaction. Where a synced passkey came back instead of a Hello key nothing is written, and the problem
 * carries a sealed `offer` to keep it as what it is.
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
  // The purpose is under the seal: a challenge that claims the other one does not open.
  const kind: CredentialKind = claimedPurpose(data.challenge) === 'passkey' ? 'passkey' : 'hello';
  const opened = await consumeChallenge(runtime, data.challenge, kind, binding(caller, kind));
  if ('refused' in opened) return await fail(runtime, caller, kind, opened.refused, opened.cause);

  const verified = await runtime.relyingParty.verifyRegistration(response, {
    anchors: await anchorsInForce(runtime.db),
    at: runtime.clock.now(),
  });
  if (!verified.verified) {
    const onlyTheStatement =
      verified.cause === 'attestation_unreadable' || verified.cause === 'attestation_not_verified';
    return await fail(
      runtime,
      caller,
      kind,
      onlyTheStatement ? 'attestation_unverifiable' : 'registration_refused',
      verified.cause,
    );
  }
  const stop = await obstacle(runtime.db, runtime, caller, kind);
  if (stop !== null) return await fail(runtime, caller, kind, stop, stop);
  if (kind === 'hello') {
    const shown = await verifyDeviceProof(runtime, input.device, data.challenge, verified.credentialId);
    if (shown.kind !== 'device' || shown.id !== caller.session.deviceId) {
      return await fail(
        runtime,
        caller,
        kind,
        'device_required',
        shown.kind === 'invalid' ? shown.cause : 'device_proof_missing',
      );
    }
    if (!shown.active) return await fail(runtime, caller, kind, 'device_disabled', 'device_disabled');
  }
  const made: MadeCredential = {
    ...verified,
    transports: response.response.transports,
    attestationObject: new Uint8Array(Buffer.from(response.response.attestationObject, 'base64url')),
    clientDataJson: new Uint8Array(Buffer.from(response.response.clientDataJSON, 'base64url')),
    name: input.name ?? null,
  };
  const policy = await readPolicy(runtime.db);
  const ruling = judgeRegistration(kind, verified, {
    allowSyncedPasskeys: policy('AllowSyncedPasskeys').value,
  });
  if (ruling === 'not_a_hello_key') {
    const mayKeep = policy('AllowSyncedPasskeys').value;
    const facts = mayKeep ? { offer: sealOffer(runtime, caller, made) } : {};
    return await fail(runtime, caller, kind, ruling, ruling, facts);
  }
  if (ruling !== 'accept') return await fail(runtime, caller, kind, ruling, ruling);
  return await writeCredential(runtime, caller, kind, made);
}

async function writeCredential(
  runtime: Runtime,
  caller: SignedIn,
  kind: CredentialKind,
  made: MadeCredential,
): Promise<Result<RegistrationAnswer>> {
  const { person, device } = caller.session;
  const deviceId = kind === 'hello' ? caller.session.deviceId : null;
  const name = made.name ?? (kind === 'hello' ? (device?.name ?? 'This device') : 'Passkey');
  let kid = '';
  try {
    const live = await runtime.db.$transaction(async (tx) => {
      if (!(await touchSession(tx, runtime, caller.session.id))) return false;
      kid = await insertCredential(tx, runtime, { ...made, userId: person.id, deviceId, kind, name });
      await record(tx, runtime, {
        code: registrationRules[kind].registered,
        userId: person.id,
        deviceId,
        credentialId: kid,
        sessionId: caller.session.id,
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
      return true;
    });
    if (!live) return refuse('sign_in_required');
  } catch (error) {
    if (isDuplicate(error))
      return await fail(runtime, caller, kind, 'credential_already_registered', 'credential_id_known');
    throw error;
  }
  return ok({
    kid,
    upn: person.upn,
    kind,
    attestation: made.attestationFormat,
    backupEligible: made.backupEligible,
  });
}

async function fail(
  runtime: Runtime,
  caller: SignedIn,
  kind: CredentialKind,
  code: ProblemCode,
  cause: string,
  facts?: Readonly<Record<string, string>>,
): Promise<Result<never>> {
  await record(runtime.db, runtime, {
    code: registrationRules[kind].failed,
    outcome: 'failure',
    userId: caller.session.userId,
    deviceId: caller.session.deviceId,
    sessionId: caller.session.id,
    detail: { cause },
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
  const anchors = await anchorsInForce(runtime.db);
  const verdict = judgeStored(runtime, { ...offered, madeAt: runtime.clock.now() }, anchors);
  const made: MadeCredential = { ...offered, verdict };
  const stop = await obstacle(runtime.db, runtime, caller, 'passkey');
  if (stop !== null) return await fail(runtime, caller, 'passkey', stop, stop);
  const policy = await readPolicy(runtime.db);
  const ruling = judgeRegistration('passkey', made, {
    allowSyncedPasskeys: policy('AllowSyncedPasskeys').value,
  });
  if (ruling !== 'accept') return await fail(runtime, caller, 'passkey', ruling, ruling);
  return await writeCredential(runtime, caller, 'passkey', made);
}
