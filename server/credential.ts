import 'server-only';
import type { Verdict } from '#domain/attestation/verdict';
import { type CredentialKind, judgeCounter, sufficientProof } from '#domain/authentication';
import { isUsable, type KeyRevocation, type Protection, protectionOf } from '#domain/credential';
import type { EventCode } from '#domain/event';
import { judgeKey, type KeyFacts } from '#domain/key-rules';
import { ok, type Result, refuse } from '#domain/result';
import type { SignalsAnswer } from '#domain/wire';
import type { Caller, SignedIn } from './caller.ts';
import { containing, sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { retireContainers } from './key-container.ts';
import type { VerifiedAssertion, VerifiedRegistration } from './relying-party.ts';
import { newId, type Runtime } from './runtime.ts';
import { endSessions } from './session.ts';
import { keyFacts, readKeyRules, usableKeys } from './usable-key.ts';

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
    judgedAt: runtime.clock.world(),
    compromised: verdict?.compromised ?? null,
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
  /** The verdict as JSON; null where the statement could not be read. */
  readonly verdict: string | null;
  readonly judgedAt: Date | null;
  readonly compromised: string | null;
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
  verdict: true,
  judgedAt: true,
  compromised: true,
  createdAt: true,
} as const;

/** The next statements in the order of their kids, of keys that are not revoked; only those not judged since a time, if given. */
export async function readStatements(
  runtime: Runtime,
  slice: {
    readonly judgedBefore?: Date;
    readonly madeSince?: Date | undefined;
    readonly after: string | undefined;
    readonly limit: number;
  },
): Promise<StoredStatement[]> {
  return await runtime.db.credential.findMany({
    where: {
      revokedAt: null,
      ...(slice.judgedBefore === undefined
        ? {}
        : { OR: [{ judgedAt: null }, { judgedAt: { lt: slice.judgedBefore } }] }),
      ...(slice.madeSince === undefined ? {} : { createdAt: { gte: slice.madeSince } }),
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

/** The TPM's maker in a stored verdict, where it is proven. */
export function manufacturerOf(verdict: string | null): string | null {
  return verdict === null ? null : (JSON.parse(verdict) as Verdict).manufacturer;
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

/**
 * The descriptors of all keys of a person that are not revoked: what a new one must not overwrite, but for `exceptIds`,
 * in whose place it comes.
 */
export async function registeredCredentials(
  runtime: Runtime,
  userId: string,
  exceptIds: readonly string[] = [],
): Promise<PublicKeyCredentialDescriptorJSON[]> {
  const rows = await runtime.db.credential.findMany({
    where: { userId, revokedAt: null, id: { notIn: [...exceptIds] } },
    select: { credentialId: true, transports: true },
  });
  return rows.map(descriptor);
}

/**
 * What the browser of somebody who is signed in may tell its authenticators (WebAuthn L3 5.1.10). A key that is set aside
 * stays in the list of accepted ones: an authenticator may delete what is left out, for good, and its owner or an
 * administrator decides about it first. Nobody signed in, or locked: nothing to tell.
 */
export async function readSignals(runtime: Runtime, caller: Caller): Promise<Result<SignalsAnswer>> {
  const { session } = caller;
  if (session === null || session.lockedAt !== null) return ok({ account: null });
  const { id, userHandle, upn, displayName } = session.person;
  const accepted = await registeredCredentials(runtime, id);
  return ok({
    account: {
      rpId: runtime.relyingParty.id,
      userId: userHandle,
      name: upn,
      displayName,
      allAcceptedCredentialIds: accepted.map((key) => key.id),
    },
  });
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
  /** Why it is not to be trusted any more (domain/attestation/compromise); null: nothing is known. */
  readonly upn: string;
  readonly displayName: string;
  readonly userHandle: string;
  readonly userDisabledAt: Date | null;
  readonly deviceName: string | null;
  readonly deviceDisabledAt: Date | null;
  readonly deviceDeletedAt: Date | null;
  /** The Hello container that keeps it; null for a key that an authenticator keeps. */
  readonly containerId: string | null;
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
      d."name" AS "deviceName", d."disabledAt" AS "deviceDisabledAt", d."deletedAt" AS "deviceDeletedAt",
      k."id" AS "containerId"
    FROM "Credential" c JOIN "User" u ON u."id" = c."userId" LEFT JOIN "Device" d ON d."id" = c."deviceId"
      LEFT JOIN "KeyContainer" k ON k."credentialId" = c."id"
    WHERE c."credentialId" = ${credentialId}`);
  return found ?? null;
}

/** Whether a person has a credential that can sign in now. */
export async function hasUsableCredential(tx: Tx, userId: string): Promise<boolean> {
  return (
    (await tx.credential.findFirst({
      where: { AND: [{ userId }, await usableKeys(tx)] },
      select: { id: true },
    })) !== null
  );
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
  /** Why it is not to be trusted any more (domain/attestation/compromise); null: nothing is known. */
  readonly compromised: string | null;
  /** Whether it gets its person in now: it works (`isUsable`), and the rules for keys let it in. */
  readonly usable: boolean;
  readonly protection: Protection;
  /** The TPM's maker, where it is proven. */
  readonly manufacturer: string | null;
  /** What rules for keys look at. */
  readonly facts: KeyFacts;
}

/** A person's keys that are not revoked, the latest made first. */
export async function listCredentials(runtime: Runtime, userId: string): Promise<CredentialSummary[]> {
  const rules = await readKeyRules(runtime.db);
  const rows = await runtime.db.credential.findMany({
    where: { userId, revokedAt: null },
    include: { device: { select: { name: true, disabledAt: true, deletedAt: true } } },
    orderBy: { createdAt: 'desc' },
  });
  return rows.map(({ device, verdict, ...row }) => {
    const facts = keyFacts({ ...row, verdict });
    return {
      ...row,
      usable: isUsable({ ...row, device }) && !judgeKey(rules, facts, 'sign_in').refused,
      protection: protectionOf(row.protection),
      manufacturer: manufacturerOf(verdict),
      facts,
      kind: row.kind as CredentialKind,
      deviceName: device?.name ?? null,
      transports: JSON.parse(row.transports) as string[],
    };
  });
}

/** A key as a list of them shows it, with whose it is. */
export interface FoundKey {
  readonly id: string;
  readonly name: string;
  readonly person: string;
  readonly upn: string;
  readonly attestationFormat: string;
  readonly protection: Protection;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** Keys whose name, device or person contains these words, the latest made first, revoked ones among them. */
export async function findKeys(
  runtime: Runtime,
  filter: { readonly search: string; readonly limit: number },
): Promise<FoundKey[]> {
  const search = filter.search.trim().slice(0, 100);
  const contains = containing(runtime.db, search);
  const rows = await runtime.db.credential.findMany({
    where:
      search === ''
        ? {}
        : {
            OR: [
              { name: contains },
              { device: { name: contains } },
              { user: { displayName: contains } },
              { user: { upn: { contains: search.toLowerCase() } } },
            ],
          },
    select: {
      id: true,
      name: true,
      attestationFormat: true,
      protection: true,
      createdAt: true,
      revokedAt: true,
      device: { select: { name: true } },
      user: { select: { displayName: true, upn: true } },
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: filter.limit,
  });
  return rows.map(({ device, user, ...row }) => ({
    ...row,
    name: device?.name ?? row.name,
    person: user.displayName,
    upn: user.upn,
    protection: protectionOf(row.protection),
  }));
}

/** The keys that stand and are known as compromised, with whose they are, the latest made first. */
export async function listCompromised(
  runtime: Runtime,
  limit: number,
): Promise<{ id: string; userId: string; name: string; aaguid: string; compromised: string }[]> {
  const rows = await runtime.db.credential.findMany({
    where: { revokedAt: null, compromised: { not: null } },
    select: { id: true, userId: true, name: true, aaguid: true, compromised: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map((row) => ({ ...row, compromised: row.compromised ?? '' }));
}

/** How many keys stand, by the model that they claim, and how many of them are known as compromised. */
export async function countByModel(
  runtime: Runtime,
): Promise<{ aaguid: string; keys: number; compromised: number }[]> {
  const rows = await runtime.db.credential.groupBy({
    by: ['aaguid'],
    where: { revokedAt: null },
    _count: { _all: true, compromised: true },
  });
  return rows.map(({ aaguid, _count }) => ({ aaguid, keys: _count._all, compromised: _count.compromised }));
}

/** How many keys that stand were not judged since a time. */
export async function countUnjudged(runtime: Runtime, since: Date): Promise<number> {
  const where = { revokedAt: null, OR: [{ judgedAt: null }, { judgedAt: { lt: since } }] };
  return await runtime.db.credential.count({ where });
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
export async function hasKeyOnDevice(tx: Tx, userId: string, deviceId: string): Promise<boolean> {
  const where = { userId, deviceId, kind: 'hello', revokedAt: null, quarantinedAt: null };
  return (await tx.credential.count({ where })) > 0;
}

/** A Hello key of a person on one device. */
export interface KeyOnDevice {
  readonly id: string;
  readonly credentialId: string;
  readonly createdAt: Date;
}

/** A person's Hello keys on a device that are not revoked, the latest first; those set aside are among them. */
export async function keysOnDevice(
  tx: Tx,
  { userId, deviceId }: { readonly userId: string; readonly deviceId: string | null },
): Promise<KeyOnDevice[]> {
  if (deviceId === null) return [];
  return await tx.credential.findMany({
    where: { userId, deviceId, kind: 'hello', revokedAt: null },
    select: { id: true, credentialId: true, createdAt: true },
    orderBy: { createdAt: 'desc' },
  });
}

/** The kid of the key that exactly this answer made and that still stands; null when there is none. */
export async function madeByAnswer(
  tx: Tx,
  answer: Pick<MadeCredential, 'credentialId' | 'attestationObject' | 'clientDataJson'> & {
    readonly userId: string;
    readonly deviceId: string | null;
  },
): Promise<{ id: string; attestationFormat: string; protection: string } | null> {
  return await tx.credential.findFirst({
    where: { ...answer, kind: 'hello', revokedAt: null },
    select: { id: true, attestationFormat: true, protection: true },
  });
}

/** Revokes a key in whose place another one comes; its sessions end, the one of the reset excepted. */
export async function replaceCredential(
  tx: Tx,
  runtime: Runtime,
  key: {
    readonly id: string;
    readonly userId: string;
    readonly sessionId: string;
    /** The event of the same transaction that the person is told of. */
    readonly toldBy: EventCode;
  },
): Promise<void> {
  await tx.credential.update({
    where: { id: key.id },
    data: { revokedAt: runtime.clock.now(), revocationReason: 'replaced' },
  });
  const ended = await endSessions(tx, runtime, { credentialId: key.id, exceptId: key.sessionId });
  await retireContainers(
    tx,
    runtime,
    { credentialId: key.id },
    { reason: 'replaced', sessionId: key.sessionId },
  );
  await record(tx, runtime, {
    code: 'credential_revoked',
    userId: key.userId,
    credentialId: key.id,
    sessionId: key.sessionId,
    toldBy: key.toldBy,
    detail: { reason: 'replaced', sessionsEnded: ended },
  });
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

/** How many strong credentials get a person in now, but for one of them or for those of a device. */
export async function countUsableKeys(
  tx: Tx,
  userId: string,
  but: { readonly credentialId?: string; readonly deviceId?: string } = {},
): Promise<number> {
  const others = [
    ...(but.credentialId === undefined ? [] : [{ id: { not: but.credentialId } }]),
    ...(but.deviceId === undefined
      ? []
      : [{ OR: [{ deviceId: null }, { deviceId: { not: but.deviceId } }] }]),
  ];
  return await tx.credential.count({ where: { AND: [{ userId }, await usableKeys(tx), ...others] } });
}

/** What a revocation left behind. */
export interface Revoked {
  readonly sessionsEnded: number;
  /** Strong credentials that still get the person in. */
  readonly keysLeft: number;
}

/**
 * Removes one's own key; its sessions end, this one excepted. Needs a fresh proof (5 minutes). The last key that gets one in
 * is refused: whoever has lost it reports it lost.
 */
export async function removeCredential(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly credentialId: string },
): Promise<Result<Revoked>> {
  return await revokeOwn(runtime, caller, { ...input, reason: 'removed', keepSessionId: caller.session.id });
}

/**
 * Reports one's own key lost: it stops at once, with every session that it began or strengthened, this one too, even if it
 * was the last one. Needs a fresh proof (5 minutes), so that a stolen password takes nobody's keys away.
 */
export async function reportKeyLost(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly credentialId: string },
): Promise<Result<Revoked>> {
  const reported = await revokeOwn(runtime, caller, { ...input, reason: 'lost', evenLast: true });
  const here = caller.session.proofs.some(({ credentialId }) => credentialId === input.credentialId);
  return reported.ok && here ? ok(reported.value, 'clear') : reported;
}

async function revokeOwn(
  runtime: Runtime,
  { session }: SignedIn,
  which: Pick<Revocation, 'credentialId' | 'reason' | 'evenLast' | 'keepSessionId'>,
): Promise<Result<Revoked>> {
  if (sufficientProof('change_credentials', session.proofs, runtime.clock.now()) === null) {
    return refuse('proof_required');
  }
  const by = { userId: session.userId, actorId: null, sessionId: session.id };
  return await runtime.db.$transaction((tx) => revoke(tx, runtime, { ...which, ...by }));
}

/**
 * Revokes another person's key for an administrator, who may do so was judged before; its sessions end. The last key that
 * gets them in goes only where the administrator was told that it is (`evenLast`).
 */
export async function revokeCredential(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly credentialId: string; readonly userId: string; readonly evenLast?: boolean | undefined },
): Promise<Result<Revoked>> {
  const reason = 'revoked_by_administrator';
  return await runtime.db.$transaction((tx) => revoke(tx, runtime, { ...input, reason, actorId }));
}

interface Revocation {
  readonly credentialId: string;
  readonly userId: string;
  readonly reason: KeyRevocation;
  /** The administrator, or null for oneself. */
  readonly actorId: string | null;
  /** The session that it is done in, for oneself. */
  readonly sessionId?: string;
  readonly keepSessionId?: string;
  readonly evenLast?: boolean | undefined;
}

/**
 * The one way to revoke a single key. The guard of the last one is judged in the same serializable transaction: of two
 * tabs that each remove the other's remainder, one is refused.
 */
async function revoke(tx: Tx, runtime: Runtime, revocation: Revocation): Promise<Result<Revoked>> {
  const { credentialId, userId, reason, actorId, sessionId, keepSessionId } = revocation;
  const key = await tx.credential.findFirst({
    where: { id: credentialId, userId, revokedAt: null },
  });
  if (key === null) return refuse('not_found');
  const keysLeft = await countUsableKeys(tx, userId, { credentialId });
  if (revocation.evenLast !== true && keysLeft === 0 && (await countUsableKeys(tx, userId)) > 0)
    return refuse('last_strong_credential');
  await tx.credential.update({
    where: { id: credentialId },
    data: { revokedAt: runtime.clock.now(), revocationReason: reason },
  });
  const sessionsEnded = await endSessions(tx, runtime, {
    credentialId,
    ...(keepSessionId === undefined ? {} : { exceptId: keepSessionId }),
  });
  await retireContainers(tx, runtime, { credentialId }, { reason, actorId, sessionId });
  await record(tx, runtime, {
    code: 'credential_revoked',
    userId,
    actorId,
    credentialId,
    sessionId,
    detail: { reason, name: key.name, sessionsEnded, keysLeft },
  });
  return ok({ sessionsEnded, keysLeft });
}

/**
 * Revokes every key made on a device, in the transaction that takes the device away, and ends what they opened elsewhere.
 * Returns how many keys, and how many sessions.
 */
export async function revokeKeysOfDevice(
  tx: Tx,
  runtime: Runtime,
  deviceId: string,
  why: {
    readonly reason: KeyRevocation;
    readonly actorId: string | null;
    readonly sessionId?: string;
  },
): Promise<{ readonly keys: number; readonly sessionsEnded: number }> {
  const keys = await tx.credential.findMany({ where: { deviceId, revokedAt: null }, select: { id: true } });
  const { count } = await tx.credential.updateMany({
    where: { deviceId, revokedAt: null },
    data: { revokedAt: runtime.clock.now(), revocationReason: why.reason },
  });
  await retireContainers(tx, runtime, { deviceId }, why);
  let sessionsEnded = 0;
  for (const { id } of keys) sessionsEnded += await endSessions(tx, runtime, { credentialId: id });
  return { keys: count, sessionsEnded };
}

/**
 * Destroys the software keys of a device in the transaction that disables it: no PIN opens them again, also when it is
 * enabled, and so they are revoked. Returns how many keys, and how many sessions that ended.
 */
export async function wipeSoftwareKeys(
  tx: Tx,
  runtime: Runtime,
  deviceId: string,
  by: { readonly actorId: string | null; readonly sessionId?: string },
): Promise<{ readonly keys: number; readonly sessionsEnded: number }> {
  const ids = await retireContainers(tx, runtime, { deviceId }, { reason: 'wiped', ...by });
  const { count } = await tx.credential.updateMany({
    where: { id: { in: ids }, revokedAt: null },
    data: { revokedAt: runtime.clock.now(), revocationReason: 'wiped' },
  });
  let sessionsEnded = 0;
  for (const credentialId of ids) sessionsEnded += await endSessions(tx, runtime, { credentialId });
  return { keys: count, sessionsEnded };
}
