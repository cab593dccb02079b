import 'server-only';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import { type CredentialKind, judgeCounter, sufficientProof, type Undertaking } from '#domain/authentication';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { CEREMONY_TIMEOUT_MS } from '#domain/ceremony';
import { judgeRegistration } from '#domain/credential';
import type { EventCode } from '#domain/event';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { MINUTE_MS } from '#domain/time';
import type { RegistrationAnswer, registrationOptionsRequest, registrationRequest } from '#domain/wire';
import type { SignedIn } from './caller.ts';
import { claimedPurpose, consumeChallenge, sealChallenge } from './ceremony.ts';
import { isDuplicate, type Tx } from './db.ts';
import { verifyDeviceProof } from './device-proof.ts';
import { record } from './event.ts';
import { readPolicy } from './policy.ts';
import {
  ALGORITHMS,
  readClientData,
  type VerifiedAssertion,
  type VerifiedRegistration,
} from './relying-party.ts';
import { newId, type Runtime } from './runtime.ts';
import { endSessions, touchSession } from './session.ts';

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
  const existing = await runtime.db.credential.findMany({
    where: { userId: person.id, revokedAt: null },
    select: { credentialId: true, transports: true },
  });
  return ok({
    rp: { id: runtime.relyingParty.id, name: runtime.relyingParty.name },
    user: { id: person.userHandle, name: person.upn, displayName: person.displayName },
    challenge: toBase64Url(sealChallenge(runtime, kind, binding(caller, kind))),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CEREMONY_TIMEOUT_MS,
    excludeCredentials: existing.map(descriptor),
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

export function descriptor(credential: {
  credentialId: string;
  transports: string;
}): PublicKeyCredentialDescriptorJSON {
  return {
    type: 'public-key',
    id: credential.credentialId,
    transports: JSON.parse(credential.transports) as string[],
  };
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

  const verified = await runtime.relyingParty.verifyRegistration(response);
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

interface MadeCredential extends VerifiedRegistration {
  readonly transports: readonly string[];
  readonly attestationObject: Uint8Array<ArrayBuffer>;
  readonly clientDataJson: Uint8Array<ArrayBuffer>;
  readonly name: string | null;
}

async function writeCredential(
  runtime: Runtime,
  caller: SignedIn,
  kind: CredentialKind,
  made: MadeCredential,
): Promise<Result<RegistrationAnswer>> {
  const { person, device } = caller.session;
  const kid = newId(runtime);
  try {
    const live = await runtime.db.$transaction(async (tx) => {
      if (!(await touchSession(tx, runtime, caller.session.id))) return false;
      await tx.credential.create({
        data: {
          id: kid,
          credentialId: made.credentialId,
          userId: person.id,
          deviceId: kind === 'hello' ? caller.session.deviceId : null,
          kind,
          name: made.name ?? (kind === 'hello' ? (device?.name ?? 'This device') : 'Passkey'),
          publicKey: made.publicKey,
          algorithm: made.algorithm,
          counter: made.counter,
          transports: JSON.stringify(made.transports),
          aaguid: made.aaguid,
          attestationFormat: made.attestationFormat,
          attestationObject: made.attestationObject,
          clientDataJson: made.clientDataJson,
          backupEligible: made.backupEligible,
          backedUp: made.backedUp,
          createdAt: runtime.clock.now(),
          sample: runtime.sample,
        },
      });
      await record(tx, runtime, {
        code: registrationRules[kind].registered,
        userId: person.id,
        deviceId: kind === 'hello' ? caller.session.deviceId : null,
        credentialId: kid,
        sessionId: caller.session.id,
        detail: {
          kid,
          upn: person.upn,
          attestation: made.attestationFormat,
          aaguid: made.aaguid,
          algorithm: made.algorithm,
          protection: 'not verified',
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

/** How long somebody has to decide whether to keep a synced passkey. */
const OFFER_LIFETIME_MS = 5 * MINUTE_MS;

const offerContent = z.strictObject({
  userId: z.string(),
  sessionId: z.string(),
  expiresAtMs: z.number(),
  credentialId: z.string(),
  publicKey: z.string(),
  algorithm: z.number(),
  counter: z.string(),
  aaguid: z.string(),
  attestationFormat: z.string(),
  backedUp: z.boolean(),
  transports: z.array(z.string()),
  attestationObject: z.string(),
  clientDataJson: z.string(),
});

/** A verified credential, sealed (AES-256-GCM) for this session, so that keeping it needs no second ceremony and no row. */
function sealOffer(runtime: Runtime, caller: SignedIn, made: MadeCredential): string {
  const content: z.infer<typeof offerContent> = {
    userId: caller.session.userId,
    sessionId: caller.session.id,
    expiresAtMs: runtime.clock.now().getTime() + OFFER_LIFETIME_MS,
    credentialId: made.credentialId,
    publicKey: toBase64Url(made.publicKey),
    algorithm: made.algorithm,
    counter: made.counter.toString(),
    aaguid: made.aaguid,
    attestationFormat: made.attestationFormat,
    backedUp: made.backedUp,
    transports: [...made.transports],
    attestationObject: toBase64Url(made.attestationObject),
    clientDataJson: toBase64Url(made.clientDataJson),
  };
  const nonce = runtime.random.bytes(12);
  const cipher = createCipheriv('aes-256-gcm', runtime.keys('offer'), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
  return toBase64Url(Buffer.concat([nonce, sealed, cipher.getAuthTag()]));
}

function openOffer(runtime: Runtime, offer: string): z.infer<typeof offerContent> | null {
  const bytes = fromBase64Url(offer);
  if (bytes === null || bytes.length < 28) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', runtime.keys('offer'), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
    return offerContent.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Keeps a synced passkey that was made where a Hello key was asked for. The credential's own ID makes it happen once. */
export async function keepAsPasskey(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly offer: string },
): Promise<Result<RegistrationAnswer>> {
  const offer = openOffer(runtime, input.offer);
  if (offer === null || offer.sessionId !== caller.session.id || offer.userId !== caller.session.userId) {
    return refuse('offer_expired');
  }
  if (runtime.clock.now().getTime() >= offer.expiresAtMs) return refuse('offer_expired');
  const stop = await obstacle(runtime.db, runtime, caller, 'passkey');
  if (stop !== null) return await fail(runtime, caller, 'passkey', stop, stop);
  const policy = await readPolicy(runtime.db);
  const ruling = judgeRegistration(
    'passkey',
    { backupEligible: true },
    { allowSyncedPasskeys: policy('AllowSyncedPasskeys').value },
  );
  if (ruling !== 'accept') return await fail(runtime, caller, 'passkey', ruling, ruling);
  return await writeCredential(runtime, caller, 'passkey', {
    credentialId: offer.credentialId,
    publicKey: bytesOf(offer.publicKey),
    algorithm: offer.algorithm,
    counter: BigInt(offer.counter),
    aaguid: offer.aaguid,
    attestationFormat: offer.attestationFormat,
    backupEligible: true,
    backedUp: offer.backedUp,
    transports: offer.transports,
    attestationObject: bytesOf(offer.attestationObject),
    clientDataJson: bytesOf(offer.clientDataJson),
    name: null,
  });
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

/** A credential with its person and device, as an authentication ceremony needs it. */
export async function findCredential(runtime: Runtime, credentialId: string) {
  return await runtime.db.credential.findUnique({
    where: { credentialId },
    include: { user: { include: { roles: true } }, device: true },
  });
}

/** The descriptors of a person's keys that can answer now; `kind` narrows them. */
export async function allowedCredentials(
  runtime: Runtime,
  userId: string,
  kind?: CredentialKind,
): Promise<PublicKeyCredentialDescriptorJSON[]> {
  const rows = await runtime.db.credential.findMany({
    where: { userId, revokedAt: null, quarantinedAt: null, ...(kind === undefined ? {} : { kind }) },
    orderBy: { createdAt: 'desc' },
    take: 64,
    select: { credentialId: true, transports: true },
  });
  return rows.map(descriptor);
}

/**
 * Takes a verified assertion into account, in one conditional statement: the counter moves only forward and only on a
 * key that still counts. `refused` when another assertion came first; `quarantined` when the counter went back although
 * this challenge is younger than the last accepted assertion (the mark of a copied key), which sets the key aside.
 */
export async function acceptAssertion(
  tx: Tx,
  runtime: Runtime,
  credential: {
    readonly id: string;
    readonly counter: bigint;
    readonly lastUsedAt: Date | null;
    readonly userId: string;
  },
  assertion: VerifiedAssertion,
  challengeIssuedAt: Date,
): Promise<'accepted' | 'refused' | 'quarantined'> {
  const now = runtime.clock.now();
  const usable = { id: credential.id, revokedAt: null, quarantinedAt: null };
  const { counter, backedUp } = assertion;
  const { count } = await tx.credential.updateMany({
    where: { ...usable, ...(counter === 0n ? { counter: 0n } : { counter: { lt: counter } }) },
    data: { counter, backedUp, lastUsedAt: now },
  });
  if (count === 1) return 'accepted';
  const current = await tx.credential.findUnique({ where: { id: credential.id } });
  if (current === null || current.revokedAt !== null || current.quarantinedAt !== null) return 'refused';
  if (judgeCounter(current.counter, counter, challengeIssuedAt, current.lastUsedAt) !== 'quarantine')
    return 'refused';
  await tx.credential.updateMany({ where: usable, data: { quarantinedAt: now } });
  await endSessions(tx, runtime, { credentialId: credential.id });
  await record(tx, runtime, {
    code: 'credential_quarantined',
    outcome: 'failure',
    userId: credential.userId,
    credentialId: credential.id,
    detail: { stored: current.counter.toString(), presented: counter.toString() },
  });
  return 'quarantined';
}

export interface CredentialSummary {
  readonly id: string;
  readonly credentialId: string;
  readonly kind: CredentialKind;
  readonly name: string;
  readonly deviceId: string | null;
  readonly deviceName: string | null;
  readonly aaguid: string;
  readonly attestationFormat: string;
  readonly algorithm: number;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly transports: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly quarantinedAt: Date | null;
}

/** A person's keys that are not revoked, the latest made first. */
export async function listCredentials(runtime: Runtime, userId: string): Promise<CredentialSummary[]> {
  const rows = await runtime.db.credential.findMany({
    where: { userId, revokedAt: null },
    include: { device: { select: { name: true } } },
    orderBy: { createdAt: 'desc' },
  });
  return rows.map(({ device, ...row }) => ({
    ...row,
    kind: row.kind as CredentialKind,
    deviceName: device?.name ?? null,
    transports: JSON.parse(row.transports) as string[],
  }));
}

/** Whether this person has a usable Hello key on this device. */
export async function hasKeyOnDevice(runtime: Runtime, userId: string, deviceId: string): Promise<boolean> {
  const where = { userId, deviceId, kind: 'hello', revokedAt: null, quarantinedAt: null };
  return (await runtime.db.credential.count({ where })) > 0;
}

/** Renames one's own key. Needs a fresh proof (5 minutes), like every change of credentials. */
export async function renameCredential(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly credentialId: string; readonly name: string },
): Promise<Result<null>> {
  if (sufficientProof('change_credentials', caller.session.proofs, runtime.clock.now()) === null) {
    return refuse('proof_required');
  }
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.credential.updateMany({
      where: { id: input.credentialId, userId: caller.session.userId, revokedAt: null },
      data: { name: input.name },
    });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'credential_renamed',
      userId: caller.session.userId,
      credentialId: input.credentialId,
      sessionId: caller.session.id,
      detail: { name: input.name },
    });
    return ok(null);
  });
}

/** Removes one's own key; its sessions end, this one excepted. Needs a fresh proof (5 minutes). */
export async function removeCredential(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly credentialId: string },
): Promise<Result<null>> {
  if (sufficientProof('change_credentials', caller.session.proofs, runtime.clock.now()) === null) {
    return refuse('proof_required');
  }
  return await revokeCredential(runtime, null, {
    ...input,
    userId: caller.session.userId,
    keepSessionId: caller.session.id,
  });
}

/** Revokes a person's key; sessions that began with it end at once. `actorId` is the administrator, or null for oneself. */
export async function revokeCredential(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly credentialId: string; readonly userId: string; readonly keepSessionId?: string },
): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.credential.updateMany({
      where: { id: input.credentialId, userId: input.userId, revokedAt: null },
      data: { revokedAt: runtime.clock.now() },
    });
    if (count === 0) return refuse('not_found');
    const ended = await endSessions(tx, runtime, {
      credentialId: input.credentialId,
      ...(input.keepSessionId === undefined ? {} : { exceptId: input.keepSessionId }),
    });
    await record(tx, runtime, {
      code: 'credential_revoked',
      userId: input.userId,
      actorId,
      credentialId: input.credentialId,
      detail: { sessionsEnded: ended },
    });
    return ok(null);
  });
}

/** Revokes every key made on a device, because a key without its device can never sign in again. */
export async function revokeKeysOfDevice(tx: Tx, runtime: Runtime, deviceId: string): Promise<void> {
  await tx.credential.updateMany({
    where: { deviceId, revokedAt: null },
    data: { revokedAt: runtime.clock.now() },
  });
}
