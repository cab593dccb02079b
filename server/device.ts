import 'server-only';
import { sufficientProof } from '#domain/authentication';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { CEREMONY_TIMEOUT_MS } from '#domain/ceremony';
import { deviceProofMessage, type JoinType } from '#domain/device';
import type { Verdict } from '#domain/prerequisites';
import { ok, type Result, refuse } from '#domain/result';
import { isSoftwareKey } from '#domain/software-key';
import type { DeviceAnswer, DeviceRecognition, DeviceRegistrationRequest } from '#domain/wire';
import { type Caller, type SignedIn, signedIn } from './caller.ts';
import { consumeChallenge, sealChallenge } from './ceremony.ts';
import { countUsableKeys, revokeKeysOfDevice, wipeSoftwareKeys } from './credential.ts';
import { containing, sql, type Tx } from './db.ts';
import {
  type CertificateDraft,
  draftCertificate,
  followDevice,
  issueCertificate,
} from './device-certificate.ts';
import { refreshDevice } from './device-policy.ts';
import { type ShownDevice, signedBy, thumbprintOf, verifyDeviceProof } from './device-proof.ts';
import { record } from './event.ts';
import { readPolicy } from './policy.ts';
import { newId, type Runtime } from './runtime.ts';
import { endSessions, placeSession, touchSession } from './session.ts';

function registrationBinding(caller: SignedIn) {
  return { browser: caller.browser, sessionId: caller.session.id, userId: caller.session.userId };
}

/**
 * A challenge for a device key to sign. Registering needs the same strong proof as provisioning; recognising, which shows
 * a known device beside a typed secret, needs nothing.
 */
export async function beginDeviceProof(
  runtime: Runtime,
  caller: Caller,
  input: { readonly purpose: 'register-device' | 'recognise-device' },
): Promise<Result<{ challenge: string; timeout: number }>> {
  const answer = (challenge: Uint8Array) =>
    ok({ challenge: toBase64Url(challenge), timeout: CEREMONY_TIMEOUT_MS });
  if (input.purpose === 'recognise-device') {
    return answer(sealChallenge(runtime, 'recognise-device', { browser: caller.browser }));
  }
  const guarded = signedIn(caller);
  if (!guarded.ok) return guarded;
  const { proofs } = guarded.value.session;
  if (sufficientProof('register_device', proofs, runtime.clock.now()) === null)
    return refuse('proof_required');
  return answer(sealChallenge(runtime, 'register-device', registrationBinding(guarded.value)));
}

/** The device shown beside a password or a pass. Recognising is a convenience: what does not fit shows nothing. */
export async function recogniseDevice(
  runtime: Runtime,
  caller: Caller,
  recognition: DeviceRecognition | undefined,
): Promise<ShownDevice> {
  const sealed = recognition && fromBase64Url(recognition.challenge);
  if (!recognition || !sealed) return { kind: 'none' };
  const opened = await consumeChallenge(runtime, sealed, 'recognise-device', { browser: caller.browser });
  if ('refused' in opened) return { kind: 'none' };
  return await verifyDeviceProof(runtime, recognition, sealed);
}

/** Registers this browser profile as a new device of the person, by proof of possession of its key, and certifies that key. */
export async function finishDeviceRegistration(
  runtime: Runtime,
  caller: SignedIn,
  input: DeviceRegistrationRequest,
): Promise<Result<DeviceAnswer>> {
  const { person } = caller.session;
  const sealed = fromBase64Url(input.challenge);
  if (sealed === null) return refuse('challenge_invalid');
  const opened = await consumeChallenge(runtime, sealed, 'register-device', registrationBinding(caller));
  if ('refused' in opened) return await failRegistration(runtime, caller, opened.refused, opened.cause);
  const thumbprint = thumbprintOf(input.publicKey);
  const message = deviceProofMessage(runtime.relyingParty.origin, sealed);
  if (thumbprint === null || !signedBy(input.publicKey, message, input.signature)) {
    return await failRegistration(runtime, caller, 'registration_refused', 'device_key_not_proven');
  }
  const now = runtime.clock.now();
  const proven = sufficientProof('register_device', caller.session.proofs, now);
  if (proven === null) return await failRegistration(runtime, caller, 'proof_required', 'proof_too_old');

  const deviceId = newId(runtime);
  const profileId = newId(runtime);
  const { publicKey } = input;
  const certificate = await draftCertificate(runtime, { deviceId, id: profileId, publicKey });
  const written = await runtime.db.$transaction(async (tx) => {
    // A transaction holds the write lock, so that two registrations at once count each other.
    if (!(await touchSession(tx, runtime, caller.session.id))) return refuse('sign_in_required');
    const known = await knownProfile(tx, caller, thumbprint);
    if (known !== null) return known;
    const limit = (await readPolicy(tx))('DeviceLimitPerUser').value;
    if ((await tx.device.count({ where: { userId: person.id, deletedAt: null } })) >= limit) {
      return refuse('device_limit_reached');
    }
    await tx.device.create({
      data: {
        id: deviceId,
        userId: person.id,
        name: input.name,
        joinType: input.joinType,
        os: input.os,
        browser: input.browser,
        platformAuthenticator: input.platformAuthenticator,
        createdAt: now,
        lastSeenAt: now,
        sample: runtime.sample,
        profiles: {
          create: {
            id: profileId,
            publicKey,
            thumbprint,
            browser: input.browser,
            createdAt: now,
          },
        },
      },
    });
    await placeSession(tx, caller.session.id, deviceId);
    const waits = (await readPolicy(tx))('EnrollmentStatusPage.state').value;
    await refreshDevice(tx, runtime, { userId: person.id, deviceId }, waits ? 'waits' : 'ready');
    await issueCertificate(tx, runtime, certificate, { userId: person.id, sessionId: caller.session.id });
    await record(tx, runtime, {
      code: 'device_registered',
      userId: person.id,
      deviceId,
      sessionId: caller.session.id,
      detail: { name: input.name, joinType: input.joinType, thumbprint, proof: proven.proof.kind },
    });
    return ok(answerOf(caller, { id: profileId, thumbprint, device: { id: deviceId, name: input.name } }));
  });
  const { problem } = written.ok ? { problem: null } : written;
  return problem === null ? written : await failRegistration(runtime, caller, problem.code, problem.code);
}

function answerOf(
  caller: SignedIn,
  profile: {
    readonly id: string;
    readonly thumbprint: string;
    readonly device: { readonly id: string; readonly name: string };
  },
): DeviceAnswer {
  const { userHandle, upn } = caller.session.person;
  const { id: deviceId, name: deviceName } = profile.device;
  return { deviceId, profileId: profile.id, deviceName, thumbprint: profile.thumbprint, userHandle, upn };
}

/**
 * A profile key that is known already. Its owner's repeated attempt, after an answer was lost, gets the same answer again;
 * anybody else is refused. Null for a new key.
 */
async function knownProfile(
  tx: Tx,
  caller: SignedIn,
  thumbprint: string,
): Promise<Result<DeviceAnswer> | null> {
  const known = await tx.deviceProfile.findUnique({ where: { thumbprint }, include: { device: true } });
  if (known === null) return null;
  const { device } = known;
  if (device.userId !== caller.session.userId) return refuse('device_already_registered');
  if (device.disabledAt !== null || device.deletedAt !== null) return refuse('device_disabled');
  if (!(await placeSession(tx, caller.session.id, device.id))) return refuse('sign_in_required');
  return ok(answerOf(caller, known));
}

async function failRegistration(
  runtime: Runtime,
  caller: SignedIn,
  code: Parameters<typeof refuse>[0],
  cause: string,
): Promise<Result<never>> {
  await record(runtime.db, runtime, {
    code: 'device_registration_failed',
    outcome: 'failure',
    userId: caller.session.userId,
    sessionId: caller.session.id,
    detail: { cause, ...(code === 'device_limit_reached' ? { error: '0x801C000E' } : {}) },
  });
  return refuse(code);
}

/**
 * Writes another profile key for a device, with its certificate. The caller has verified that this person's Hello key of
 * that device answered just now, that a strong proof is fresh, and that the new key signed the same challenge.
 */
export async function addProfile(
  tx: Tx,
  runtime: Runtime,
  caller: SignedIn,
  input: {
    readonly deviceId: string;
    readonly publicKey: string;
    readonly browser: string;
    readonly credentialId: string;
    /** Drafted for this device and key; it says the new profile's ID. */
    readonly certificate: CertificateDraft;
  },
): Promise<Result<DeviceAnswer>> {
  const thumbprint = thumbprintOf(input.publicKey);
  if (thumbprint === null) return refuse('registration_refused');
  const known = await knownProfile(tx, caller, thumbprint);
  if (known !== null) return known;
  if ((await tx.device.count({ where: { id: input.deviceId, disabledAt: null, deletedAt: null } })) === 0) {
    return refuse('device_disabled');
  }
  if (!(await placeSession(tx, caller.session.id, input.deviceId))) return refuse('sign_in_required');
  const { profileId } = input.certificate;
  const now = runtime.clock.now();
  const { device } = await tx.deviceProfile.create({
    data: {
      id: profileId,
      deviceId: input.deviceId,
      publicKey: input.publicKey,
      thumbprint,
      browser: input.browser,
      createdAt: now,
    },
    include: { device: true },
  });
  const { userId, id: sessionId } = caller.session;
  await issueCertificate(tx, runtime, input.certificate, { userId, sessionId });
  await record(tx, runtime, {
    code: 'device_profile_added',
    userId: caller.session.userId,
    deviceId: input.deviceId,
    credentialId: input.credentialId,
    sessionId: caller.session.id,
    detail: { browser: input.browser, thumbprint },
  });
  return ok(answerOf(caller, { id: profileId, thumbprint, device }));
}

/** Notes that a device was here. */
export async function touchDevice(tx: Tx, runtime: Runtime, deviceId: string): Promise<void> {
  await tx.device.updateMany({ where: { id: deviceId }, data: { lastSeenAt: runtime.clock.now() } });
}

export interface DeviceSummary {
  readonly id: string;
  readonly userId: string;
  readonly owner: { readonly upn: string; readonly displayName: string };
  readonly name: string;
  readonly joinType: JoinType;
  readonly os: string;
  readonly browser: string;
  readonly platformAuthenticator: Verdict;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly disabledAt: Date | null;
  readonly keys: number;
  /** How many of them its browsers keep themselves: these are gone for good once it is disabled. */
  readonly softwareKeys: number;
  readonly profiles: readonly {
    readonly id: string;
    readonly thumbprint: string;
    readonly browser: string;
    readonly createdAt: Date;
  }[];
  readonly sample: boolean;
}

export interface DeviceFilter {
  readonly userId?: string;
  readonly id?: string;
  /** The device's name, or its owner's name or UPN. */
  readonly search?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly limit?: number;
  readonly order?: 'last_seen' | 'name' | undefined;
}

/** Devices that are not deleted, the latest seen first: one person's, or everybody's. */
export async function listDevices(runtime: Runtime, filter: DeviceFilter = {}): Promise<DeviceSummary[]> {
  const rows = await runtime.db.device.findMany({
    where: {
      deletedAt: null,
      ...(filter.userId === undefined ? {} : { userId: filter.userId }),
      ...(filter.id === undefined ? {} : { id: filter.id }),
      ...(filter.disabled === undefined ? {} : { disabledAt: filter.disabled ? { not: null } : null }),
      ...(filter.search
        ? {
            OR: [
              { name: containing(runtime.db, filter.search) },
              { user: { displayName: containing(runtime.db, filter.search) } },
              { user: { upn: { contains: filter.search.toLowerCase() } } },
            ],
          }
        : {}),
    },
    include: {
      profiles: { orderBy: { createdAt: 'asc' } },
      user: { select: { upn: true, displayName: true } },
      credentials: { where: { revokedAt: null }, select: { aaguid: true } },
    },
    orderBy:
      filter.order === 'name' ? [{ name: 'asc' }, { id: 'asc' }] : [{ lastSeenAt: 'desc' }, { id: 'asc' }],
    take: filter.limit ?? 500,
  });
  return rows.map(({ user, credentials, profiles, ...row }) => ({
    ...row,
    owner: user,
    joinType: row.joinType as JoinType,
    platformAuthenticator: row.platformAuthenticator as Verdict,
    keys: credentials.length,
    softwareKeys: credentials.filter(isSoftwareKey).length,
    profiles,
  }));
}

/** Every device that can be used, with what decides whether a key could be made there. */
export async function usableDevices(
  tx: Tx,
): Promise<
  readonly { readonly id: string; readonly userId: string; readonly platformAuthenticator: Verdict }[]
> {
  // Raw: Prisma's own reading costs several times as much, and these are many rows.
  return await tx.$queryRaw<{ id: string; userId: string; platformAuthenticator: Verdict }[]>(
    sql`SELECT "id", "userId", "platformAuthenticator" FROM "Device" WHERE "disabledAt" IS NULL AND "deletedAt" IS NULL`,
  );
}

/** What a browser found of its device's own authenticator when it was registered. */
export async function readPlatformAuthenticator(tx: Tx, id: string): Promise<Verdict> {
  const row = await tx.device.findUnique({ where: { id }, select: { platformAuthenticator: true } });
  return (row?.platformAuthenticator ?? 'not_tested') as Verdict;
}

/** Whether a device is there and not disabled. */
export async function isDeviceActive(runtime: Runtime, id: string): Promise<boolean> {
  const where = { id, disabledAt: null, deletedAt: null };
  return (await runtime.db.device.findFirst({ where, select: { id: true } })) !== null;
}

/** Device names by ID, for lists that mention devices, deleted ones included; IDs that are gone are missing. */
export async function deviceNamesOf(
  runtime: Runtime,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const rows = await runtime.db.device.findMany({
    where: { id: { in: [...new Set(ids)] } },
    select: { id: true, name: true },
  });
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Names are not unique: at most so many devices of one name are looked at. */
const CALLED_ALIKE = 50;

/** The IDs of the devices of this name, deleted ones included. */
export async function devicesCalled(runtime: Runtime, name: string): Promise<string[]> {
  const rows = await runtime.db.device.findMany({
    where: { name },
    select: { id: true },
    orderBy: { lastSeenAt: 'desc' },
    take: CALLED_ALIKE,
  });
  return rows.map(({ id }) => id);
}

/** Renames one's own device. Needs a fresh proof (5 minutes): people remove and report lost by name. */
export async function renameDevice(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly deviceId: string; readonly name: string },
): Promise<Result<null>> {
  if (!mayChange(runtime, caller)) return refuse('proof_required');
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.device.updateMany({
      where: { id: input.deviceId, userId: caller.session.userId, deletedAt: null },
      data: { name: input.name },
    });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'device_renamed',
      userId: caller.session.userId,
      deviceId: input.deviceId,
      sessionId: caller.session.id,
      detail: { name: input.name },
    });
    return ok(null);
  });
}

const mayChange = (runtime: Runtime, { session }: SignedIn) =>
  sufficientProof('change_credentials', session.proofs, runtime.clock.now()) !== null;

export type DeviceChange = 'disable' | 'enable' | 'delete';

/** Who takes a device away: the person in a session of theirs, an administrator, or nobody here (the command line). */
interface By {
  readonly actorId: string | null;
  readonly sessionId?: string;
}

/**
 * Disables, enables or deletes a device. Disabling and deleting end its sessions at once, and destroy the keys that browsers
 * keep there; deleting also revokes the others made on it, because a key without its device can never sign in again. Its certificates follow. The last key that gets its
 * person in is deleted with its device only where the caller was told so (`evenLast`).
 */
export async function changeDevice(
  runtime: Runtime,
  actorId: string | null,
  input: {
    readonly deviceId: string;
    readonly change: DeviceChange;
    readonly evenLast?: boolean | undefined;
  },
): Promise<Result<{ sessionsEnded: number }>> {
  return await runtime.db.$transaction((tx) => change(tx, runtime, { actorId }, input));
}

async function change(
  tx: Tx,
  runtime: Runtime,
  by: By,
  input: Parameters<typeof changeDevice>[2],
): Promise<Result<{ sessionsEnded: number }>> {
  const now = runtime.clock.now();
  const changes = {
    disable: { where: { disabledAt: null }, data: { disabledAt: now }, code: 'device_disabled' },
    enable: { where: { disabledAt: { not: null } }, data: { disabledAt: null }, code: 'device_enabled' },
    delete: { where: {}, data: { deletedAt: now }, code: 'device_deleted' },
  } as const;
  const { where, data, code } = changes[input.change];
  if (input.change === 'delete' && input.evenLast !== true && (await holdsLastKey(tx, input.deviceId)))
    return refuse('last_strong_credential');
  const { count } = await tx.device.updateMany({
    where: { id: input.deviceId, deletedAt: null, ...where },
    data,
  });
  const device = await tx.device.findUnique({ where: { id: input.deviceId } });
  if (device === null || (count === 0 && device.deletedAt !== null)) return refuse('not_found');
  if (count === 0) return ok({ sessionsEnded: 0 });
  let sessionsEnded = input.change === 'enable' ? 0 : await endSessions(tx, runtime, { deviceId: device.id });
  const { actorId } = by;
  await followDevice(tx, runtime, input.change, { id: device.id, userId: device.userId, actorId });
  let softwareKeys = 0;
  if (input.change === 'disable') {
    const wiped = await wipeSoftwareKeys(tx, runtime, device.id, by);
    sessionsEnded += wiped.sessionsEnded;
    softwareKeys = wiped.keys;
  }
  if (input.change === 'delete') {
    await tx.deviceProfile.deleteMany({ where: { deviceId: device.id } });
    const revoked = await revokeKeysOfDevice(tx, runtime, device.id, { reason: 'device_removed', ...by });
    sessionsEnded += revoked.sessionsEnded;
  }
  await record(tx, runtime, {
    code,
    userId: device.userId,
    ...by,
    deviceId: device.id,
    detail: {
      name: device.name,
      sessionsEnded,
      ...(softwareKeys > 0 && { softwareKeysWiped: softwareKeys }),
    },
  });
  return ok({ sessionsEnded });
}

/** Whether nothing would get a device's person in without the keys made on it. */
async function holdsLastKey(tx: Tx, deviceId: string): Promise<boolean> {
  const device = await tx.device.findUnique({ where: { id: deviceId }, select: { userId: true } });
  if (device === null) return false;
  const all = await countUsableKeys(tx, device.userId);
  return all > 0 && (await countUsableKeys(tx, device.userId, { deviceId })) === 0;
}

/**
 * Removes one's own device with the keys made on it. Needs a fresh proof (5 minutes), like every change of credentials, and
 * leaves nobody without a key: a device that is lost is reported lost.
 */
export async function removeOwnDevice(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly deviceId: string },
): Promise<Result<null>> {
  const { session } = caller;
  if (!mayChange(runtime, caller)) return refuse('proof_required');
  const own = await runtime.db.device.count({ where: { id: input.deviceId, userId: session.userId } });
  if (own === 0) return refuse('not_found');
  const by = { actorId: null, sessionId: session.id };
  const removed = await runtime.db.$transaction((tx) =>
    change(tx, runtime, by, { deviceId: input.deviceId, change: 'delete' }),
  );
  return removed.ok ? ok(null, input.deviceId === session.deviceId ? 'clear' : undefined) : removed;
}

/** What reporting a device lost did. */
export interface DeviceLost {
  readonly keysRevoked: number;
  readonly sessionsEnded: number;
  /** Strong credentials that still get the person in. */
  readonly keysLeft: number;
}

/**
 * Reports a device lost for an administrator: it is disabled, the keys made on it are revoked for good, its sessions end and
 * its certificates are put on hold, in one transaction. A device that was found again can be enabled; its keys do not come
 * back.
 */
export async function reportDeviceLost(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly deviceId: string },
): Promise<Result<DeviceLost>> {
  return await runtime.db.$transaction((tx) => lose(tx, runtime, { actorId }, { id: input.deviceId }));
}

/**
 * Reports one's own device lost. Needs a fresh proof (5 minutes): it revokes keys for good. Where it is the device that one
 * sits at, this session ends with it.
 */
export async function reportOwnDeviceLost(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly deviceId: string },
): Promise<Result<DeviceLost>> {
  const { session } = caller;
  if (!mayChange(runtime, caller)) return refuse('proof_required');
  const by = { actorId: null, sessionId: session.id };
  const reported = await runtime.db.$transaction((tx) =>
    lose(tx, runtime, by, { id: input.deviceId, userId: session.userId }),
  );
  const here = input.deviceId === session.deviceId;
  return reported.ok && here ? ok(reported.value, 'clear') : reported;
}

async function lose(
  tx: Tx,
  runtime: Runtime,
  by: By,
  which: { readonly id: string; readonly userId?: string },
): Promise<Result<DeviceLost>> {
  const there = { ...which, deletedAt: null };
  const { count } = await tx.device.updateMany({
    where: { ...there, disabledAt: null },
    data: { disabledAt: runtime.clock.now() },
  });
  const device = await tx.device.findFirst({ where: there });
  if (device === null) return refuse('not_found');
  const ended = await endSessions(tx, runtime, { deviceId: device.id });
  const revoked = await revokeKeysOfDevice(tx, runtime, device.id, { reason: 'lost', ...by });
  const keysLeft = await countUsableKeys(tx, device.userId);
  const lost = { keysRevoked: revoked.keys, sessionsEnded: ended + revoked.sessionsEnded, keysLeft };
  // It was lost already: nothing is told twice.
  if (count === 0 && lost.keysRevoked === 0 && lost.sessionsEnded === 0) return ok(lost);
  const { actorId } = by;
  await followDevice(tx, runtime, 'disable', { id: device.id, userId: device.userId, actorId });
  await record(tx, runtime, {
    code: 'device_reported_lost',
    userId: device.userId,
    ...by,
    deviceId: device.id,
    detail: { name: device.name, disabled: count === 1, ...lost },
  });
  return ok(lost);
}
