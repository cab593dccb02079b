import 'server-only';
import type { Verdict } from '#domain/attestation/verdict';
import { type CredentialKind, judgeCounter, sufficientProof } from '#domain/authentication';
import { type Protection, protectionOf } from '#domain/credential';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { sql, type Tx } from './db.ts';
import { record } from './event.ts';
import type { VerifiedAssertion, VerifiedRegistration } from './relying-party.ts';
import { newId, type Runtime } from './runtime.ts';
import { endSessions } from './session.ts';

/** A verified key with everything that is kept of it. */
export interface MadeCredential extends Omit<VerifiedRegistration, 'verdict'> {
  readonly transports: readonly string[];
  readonly attestationObject: Uint8Array<ArrayBuffer>;
  readonly clientDataJson: Uint8Array<ArrayBuffer>;
  readonly name: string | null;
  /** null: nothing could be said of its statement. */
  readonly verdict: Verdict | null;
}

/** Writes a new key and returns its kid. Fails as a duplicate where the authenticator's own ID is known. */
export async function insertCredential(
  tx: Tx,
  runtime: Runtime,
  key: MadeCredential & {
    readonly userId: string;
    readonly deviceId: string | null;
    readonly kind: CredentialKind;
    readonly name: string;
  },
): Promise<string> {
  const kid = newId(runtime);
  await tx.credential.create({
    data: {
      id: kid,
      credentialId: key.credentialId,
      userId: key.userId,
      deviceId: key.deviceId,
      kind: key.kind,
      name: key.name,
      publicKey: key.publicKey,
      algorithm: key.algorithm,
      counter: key.counter,
      transports: JSON.stringify(key.transports),
      aaguid: key.aaguid,
      attestationFormat: key.attestationFormat,
      attestationObject: key.attestationObject,
      clientDataJson: key.clientDataJson,
      backupEligible: key.backupEligible,
      backedUp: key.backedUp,
      ...verdictColumns(runtime, key.verdict),
      createdAt: runtime.clock.now(),
      sample: runtime.sample,
    },
  });
  return kid;
}

/** What is kept of a verdict: titles and sources are those of the table of checks. */
function verdictColumns(runtime: Runtime, verdict: Verdict | null) {
  return {
    protection: verdict?.class ?? 'unverified',
    verdict: verdict && JSON.stringify(verdict),
    judgedAt: runtime.clock.now(),
  };
}

/** A stored attestation statement with what was thought of it. */
export interface StoredStatement {
  readonly id: string;
  readonly credentialId: string;
  readonly userId: string;
  readonly deviceId: string | null;
  readonly attestationObject: Uint8Array;
  readonly clientDataJson: Uint8Array;
  readonly protection: string;
  readonly createdAt: Date;
}

const statementColumns = {
  id: true,
  credentialId: true,
  userId: true,
  deviceId: true,
  attestationObject: true,
  clientDataJson: true,
  protection: true,
  createdAt: true,
} as const;

/** The next statements in the order of their kids, of keys that are not revoked and were not judged since a time. */
export async function readStatements(
  runtime: Runtime,
  slice: { readonly judgedBefore: Date; readonly after: string | undefined; readonly limit: number },
): Promise<StoredStatement[]> {
  return await runtime.db.credential.findMany({
    where: {
      revokedAt: null,
      OR: [{ judgedAt: null }, { judgedAt: { lt: slice.judgedBefore } }],
      ...(slice.after === undefined ? {} : { id: { gt: slice.after } }),
    },
    select: statementColumns,
    orderBy: { id: 'asc' },
    take: slice.limit,
  });
}

/** The statement of one key, a revoked one too; null when it is gone. */
export async function readStatement(runtime: Runtime, id: string): Promise<StoredStatement | null> {
  return await runtime.db.credential.findUnique({ where: { id }, select: statementColumns });
}

/** Keeps a new verdict on a key. */
export async function writeVerdict(
  tx: Tx,
  runtime: Runtime,
  id: string,
  verdict: Verdict | null,
): Promise<void> {
  await tx.credential.updateMany({ where: { id }, data: verdictColumns(runtime, verdict) });
}

function descriptor(credential: {
  credentialId: string;
  transports: string;
}): PublicKeyCredentialDescriptorJSON {
  return {
    type: 'public-key',
    id: credential.credentialId,
    transports: JSON.parse(credential.transports) as string[],
  };
}

/** The descriptors of all keys of a person that are not revoked: what a new one must not overwrite. */
export async function registeredCredentials(
  runtime: Runtime,
  userId: string,
): Promise<PublicKeyCredentialDescriptorJSON[]> {
  const rows = await runtime.db.credential.findMany({
    where: { userId, revokedAt: null },
    select: { credentialId: true, transports: true },
  });
  return rows.map(descriptor);
}

/** A credential with its person and device, as an authentication ceremony needs it. */
export interface FoundCredential {
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string | null;
  readonly kind: string;
  readonly publicKey: Uint8Array;
  readonly counter: bigint;
  readonly backupEligible: boolean;
  readonly lastUsedAt: Date | null;
  readonly quarantinedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly upn: string;
  readonly displayName: string;
  readonly userHandle: string;
  readonly userDisabledAt: Date | null;
  readonly deviceName: string | null;
  readonly deviceDisabledAt: Date | null;
  readonly deviceDeletedAt: Date | null;
}

/** Finds a credential by its authenticator's ID: one statement, known or not, because every sign-in begins with it. */
export async function findCredential(
  runtime: Runtime,
  credentialId: string,
): Promise<FoundCredential | null> {
  const [found] = await runtime.db.$queryRaw<FoundCredential[]>(sql`
    SELECT c."id", c."userId", c."deviceId", c."kind", c."publicKey", c."counter", c."backupEligible",
      c."lastUsedAt", c."quarantinedAt", c."revokedAt",
      u."upn", u."displayName", u."userHandle", u."disabledAt" AS "userDisabledAt",
      d."name" AS "deviceName", d."disabledAt" AS "deviceDisabledAt", d."deletedAt" AS "deviceDeletedAt"
    FROM "Credential" c JOIN "User" u ON u."id" = c."userId" LEFT JOIN "Device" d ON d."id" = c."deviceId"
    WHERE c."credentialId" = ${credentialId}`);
  return found ?? null;
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
  readonly protection: Protection;
  /** The TPM's maker, where it is proven. */
  readonly manufacturer: string | null;
}

/** A person's keys that are not revoked, the latest made first. */
export async function listCredentials(runtime: Runtime, userId: string): Promise<CredentialSummary[]> {
  const rows = await runtime.db.credential.findMany({
    where: { userId, revokedAt: null },
    include: { device: { select: { name: true } } },
    orderBy: { createdAt: 'desc' },
  });
  return rows.map(({ device, verdict, ...row }) => ({
    ...row,
    protection: protectionOf(row.protection),
    manufacturer: verdict === null ? null : (JSON.parse(verdict) as Verdict).manufacturer,
    kind: row.kind as CredentialKind,
    deviceName: device?.name ?? null,
    transports: JSON.parse(row.transports) as string[],
  }));
}

/** Whose key this is, a revoked one too; null when it is gone. */
export async function ownerOfCredential(runtime: Runtime, id: string): Promise<string | null> {
  const row = await runtime.db.credential.findUnique({ where: { id }, select: { userId: true } });
  return row?.userId ?? null;
}

/** What a key is called and whose it is, a revoked one too; null when it is gone. */
export async function nameOfCredential(
  runtime: Runtime,
  id: string,
): Promise<{ name: string; kind: CredentialKind; userId: string; revokedAt: Date | null } | null> {
  const select = { name: true, kind: true, userId: true, revokedAt: true } as const;
  const row = await runtime.db.credential.findUnique({ where: { id }, select });
  return row && { ...row, kind: row.kind as CredentialKind };
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
