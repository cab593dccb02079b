import 'server-only';
import { createHash } from 'node:crypto';
import { type Proof, type ProofKind, proofs as proofTable } from '#domain/authentication';
import { toBase64Url } from '#domain/base64url';
import type { Role } from '#domain/identity';
import { passwordProofs } from '#domain/passwordless';
import { ok, type Result, refuse } from '#domain/result';
import {
  isSessionLive,
  LAST_SEEN_STEP_MS,
  SESSION_ABSOLUTE_MS,
  SESSION_IDLE_MS,
  type SessionKind,
} from '#domain/session';
import { DAY_MS, later, MINUTE_MS } from '#domain/time';
import type { Caller, SignedIn, SignedInSession } from './caller.ts';
import { insert, isStoreUnavailable, type PeopleWhere, type Tx } from './db.ts';
import { record } from './event.ts';
import { demandsOf, standingByPolicy } from './methods-policy.ts';
import { carryingPass } from './pass-policy.ts';
import { refusesPasswordOf } from './passwordless-policy.ts';
import { readPolicy } from './policy.ts';
import { newId, type Runtime } from './runtime.ts';

const TOKEN_BYTES = 32;
/** By so much the clocks of two instances may differ. */
const CLOCKS_DIFFER_MS = MINUTE_MS;

function hashToken(token: string): string {
  return toBase64Url(createHash('sha256').update(token).digest());
}

function newToken(runtime: Runtime): string {
  return toBase64Url(runtime.random.bytes(TOKEN_BYTES));
}

/**
 * The live session of a token with its person, or null. A session is dead when it ended, ran out, idled, when its person
 * or device is disabled, or when it lives on a pass, a password or another method that policy no longer allows: they stop at
 * once, without waiting for a job. In a session that began otherwise the proof of such a method counts no more.
 */
export async function findSession(runtime: Runtime, token: string): Promise<SignedInSession | null> {
  const session = await peekSession(runtime, token);
  const now = runtime.clock.now();
  // Either way: a request on its way may have noted a time that a moved clock has come back from.
  if (session !== null && Math.abs(now.getTime() - session.lastSeenAt.getTime()) >= LAST_SEEN_STEP_MS) {
    try {
      await runtime.db.session.updateMany({
        where: { id: session.id, lastSeenAt: session.lastSeenAt },
        data: { lastSeenAt: now },
      });
    } catch (error) {
      // A full disk keeps nobody from reading: this note can wait.
      if (!isStoreUnavailable(error)) throw error;
    }
  }
  return session;
}

/** The same, without noting that it is in use: watching is no activity, and an idle session ends all the same. */
export async function peekSession(runtime: Runtime, token: string): Promise<SignedInSession | null> {
  const row = await runtime.db.session.findUnique({
    where: { tokenHash: hashToken(token) },
    include: WITH_PERSON,
  });
  return row && (await liveSession(runtime, row));
}

/**
 * Those of these sessions that are live, by ID, with their people as they are now. This is no activity either.
 */
export async function watchSessions(
  runtime: Runtime,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SignedInSession>> {
  const rows = await readSessions(runtime, ids);
  const live = await Promise.all(rows.map((row) => liveSession(runtime, row)));
  return new Map(live.flatMap((session) => (session === null ? [] : [[session.id, session] as const])));
}

const WITH_PERSON = { user: { include: { roles: true } }, device: true, proofs: true } as const;
const readSessions = (runtime: Runtime, ids: readonly string[]) =>
  runtime.db.session.findMany({ where: { id: { in: [...ids] } }, include: WITH_PERSON });
type SessionRow = Awaited<ReturnType<typeof readSessions>>[number];

async function liveSession(runtime: Runtime, row: SessionRow): Promise<SignedInSession | null> {
  const now = runtime.clock.now();
  if (row.endedAt !== null || !isSessionLive(row, now)) return null;
  // It was begun in a time that a moved clock has come back from.
  if (row.createdAt > later(now, CLOCKS_DIFFER_MS)) return null;
  if (row.user.disabledAt !== null) return null;
  if (row.device !== null && (row.device.disabledAt !== null || row.device.deletedAt !== null)) return null;
  const carried = await standingProofs(runtime, row, now);
  if (carried === null) return null;
  const policy = await readPolicy(runtime.db);
  const method = row.method as ProofKind;
  const proofs = await standingByPolicy(runtime.db, row.userId, method, carried, policy);
  if (proofs === null) return null;
  return {
    id: row.id,
    kind: row.kind as SessionKind,
    method,
    userId: row.userId,
    deviceId: row.deviceId,
    credentialId: row.credentialId,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    expiresAt: row.expiresAt,
    lockedAt: row.lockedAt,
    proofs,
    demands: demandsOf(policy),
    person: {
      id: row.user.id,
      upn: row.user.upn,
      displayName: row.user.displayName,
      userHandle: row.user.userHandle,
      roles: row.user.roles.map(({ role }) => role as Role),
    },
    device: row.device && { id: row.device.id, name: row.device.name },
  };
}

interface ProvenRow {
  readonly userId: string;
  readonly kind: string;
  readonly method: string;
  readonly passId: string | null;
  readonly user: { readonly id: string; readonly breakGlass: boolean };
  readonly proofs: readonly {
    readonly kind: string;
    readonly provenAt: Date;
    readonly credentialId: string | null;
  }[];
}

/** How long a proof that policy can take back may count for anything; an older one is not worth asking about. */
const longest = (kind: 'temporary-access-pass' | 'totp') => Math.max(...Object.values(proofTable[kind]));
const PASS_PROOF_MAX_AGE_MS = longest('temporary-access-pass');
const CODE_PROOF_MAX_AGE_MS = longest('totp');

/** The proofs of a session that still stand; null when it lives on a pass or a password that no longer carries it. */
async function standingProofs(runtime: Runtime, row: ProvenRow, now: Date): Promise<readonly Proof[] | null> {
  const proofs = await standingPasswordProofs(runtime, row, now);
  return proofs === null ? null : await standingPassProofs(runtime, row, proofs, now);
}

/**
 * Without those by password and code of a person whose password the server refuses; null when a password began the session,
 * or a sign-in elsewhere that is no more than one.
 */
async function standingPasswordProofs(
  runtime: Runtime,
  row: ProvenRow,
  now: Date,
): Promise<readonly Proof[] | null> {
  const proofs = row.proofs.map(({ kind, provenAt, credentialId }) => ({
    kind: kind as ProofKind,
    provenAt,
    credentialId,
  }));
  const began = passwordProofs.some((kind) => kind === row.method);
  const asks = ({ kind, provenAt }: Proof) =>
    kind === 'totp' && now.getTime() - provenAt.getTime() <= CODE_PROOF_MAX_AGE_MS;
  if (!began && !proofs.some(asks)) return proofs;
  if (!(await refusesPasswordOf(runtime.db, row.user))) return proofs;
  return began ? null : proofs.filter((proof) => !asks(proof));
}

async function standingPassProofs(
  runtime: Runtime,
  row: ProvenRow,
  proofs: readonly Proof[],
  now: Date,
): Promise<readonly Proof[] | null> {
  const livesOnPass = row.passId !== null;
  const asks = ({ kind, provenAt }: Proof) =>
    kind === 'temporary-access-pass' &&
    (livesOnPass || now.getTime() - provenAt.getTime() <= PASS_PROOF_MAX_AGE_MS);
  if (!livesOnPass && !proofs.some(asks)) return proofs;
  const pass = await carryingPass(runtime.db, row.userId);
  if (livesOnPass && (pass === null || pass.id !== row.passId)) return null;
  return proofs.filter((proof) => !asks(proof) || (pass !== null && pass.createdAt <= proof.provenAt));
}

export interface NewSession {
  readonly userId: string;
  readonly kind: SessionKind;
  readonly method: ProofKind;
  readonly deviceId: string | null;
  readonly credentialId?: string | null;
  readonly passId?: string | null;
  /** When it must end at the latest; the absolute limit of an ordinary session where left out. */
  readonly expiresAt?: Date;
  /** When the method was proven, where that was not now. */
  readonly provenAt?: Date;
  /** What is proven beside the method. */
  readonly alsoProven?: readonly Proof[];
}

/**
 * Opens a session with a token that nobody has seen and ends the one this browser had: a token is never carried over a
 * sign-in (OWASP ASVS 3.2.1). Returns the token; only its hash is kept.
 */
export async function openSession(
  tx: Tx,
  runtime: Runtime,
  caller: Caller,
  session: NewSession,
): Promise<{ id: string; token: string }> {
  const now = runtime.clock.now();
  if (caller.session !== null) await endSessions(tx, runtime, { id: caller.session.id });
  const token = newToken(runtime);
  const id = newId(runtime);
  const credentialId = session.credentialId ?? null;
  await insert(tx, 'Session', {
    id,
    tokenHash: hashToken(token),
    userId: session.userId,
    deviceId: session.deviceId,
    kind: session.kind,
    method: session.method,
    credentialId,
    passId: session.passId ?? null,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: session.expiresAt ?? later(now, SESSION_ABSOLUTE_MS),
    address: caller.address,
    browser: caller.userAgent,
    sample: runtime.sample,
  });
  const began: Proof = { kind: session.method, provenAt: session.provenAt ?? now, credentialId };
  for (const proof of [began, ...(session.alsoProven ?? [])]) {
    await insert(tx, 'Proof', {
      id: newId(runtime),
      sessionId: id,
      kind: proof.kind,
      provenAt: proof.provenAt,
      credentialId: proof.credentialId ?? null,
    });
  }
  return { id, token };
}

/**
 * Keeps a session as it was judged until the transaction ends: asked before anything is used up for it. What to answer where it
 * ended meanwhile, or was locked, which no proof from before opens; null where it is held.
 */
export async function holdSession(
  tx: Tx,
  { id, lockedAt }: Pick<SignedInSession, 'id' | 'lockedAt'>,
): Promise<'sign_in_required' | 'session_locked' | null> {
  const { count } = await tx.session.updateMany({
    where: { id, endedAt: null, OR: [{ lockedAt: null }, { lockedAt }] },
    data: { endedAt: null },
  });
  if (count === 1) return null;
  return (await tx.session.count({ where: { id, endedAt: null } })) === 1
    ? 'session_locked'
    : 'sign_in_required';
}

/** Adds a proof to a session that is held, opens its lock where the proof does (`judgeUnlock`), and changes its token. */
export async function strengthenSession(
  tx: Tx,
  runtime: Runtime,
  { id }: Pick<SignedInSession, 'id'>,
  proof: {
    readonly kind: ProofKind;
    readonly credentialId: string | null;
    readonly deviceId?: string | null;
    readonly opensLock: boolean;
    /** Where that was not now. */
    readonly provenAt?: Date;
  },
): Promise<{ id: string; token: string }> {
  const now = runtime.clock.now();
  const token = newToken(runtime);
  await tx.session.update({
    where: { id },
    data: {
      tokenHash: hashToken(token),
      ...(proof.opensLock ? { lockedAt: null } : {}),
      lastSeenAt: now,
      ...(proof.deviceId ? { deviceId: proof.deviceId } : {}),
    },
  });
  await tx.proof.create({
    data: {
      id: newId(runtime),
      sessionId: id,
      kind: proof.kind,
      provenAt: proof.provenAt ?? now,
      credentialId: proof.credentialId,
    },
  });
  return { id, token };
}

/** Notes that a session is in use; as a transaction's first statement it takes the write lock. False once it ended. */
export async function touchSession(tx: Tx, runtime: Runtime, sessionId: string): Promise<boolean> {
  const data = { lastSeenAt: runtime.clock.now() };
  return (await tx.session.updateMany({ where: { id: sessionId, endedAt: null }, data })).count === 1;
}

/** Notes that the prerequisites were evaluated in a session; true the first time only. */
export async function markPrerequisitesChecked(
  tx: Tx,
  runtime: Runtime,
  sessionId: string,
): Promise<boolean> {
  const where = { id: sessionId, prerequisitesAt: null };
  return (await tx.session.updateMany({ where, data: { prerequisitesAt: runtime.clock.now() } })).count === 1;
}

/**
 * Ties a session to the device that was registered in it; the prerequisites are evaluated anew. False once it ended.
 */
export async function placeSession(tx: Tx, sessionId: string, deviceId: string): Promise<boolean> {
  const data = { deviceId, prerequisitesAt: null };
  return (await tx.session.updateMany({ where: { id: sessionId, endedAt: null }, data })).count === 1;
}

type SessionsOf =
  | { readonly id: string }
  | { readonly userId: string; readonly exceptId?: string }
  | { readonly userId: string; readonly passId: { readonly not: null } }
  | { readonly userId: string; readonly method: ProofKind; readonly exceptId?: string }
  | { readonly user: PeopleWhere; readonly method: { readonly in: ProofKind[] } }
  | { readonly user: PeopleWhere; readonly proofs: { readonly some: { readonly kind: { in: ProofKind[] } } } }
  | { readonly deviceId: string }
  | { readonly credentialId: string; readonly exceptId?: string };

/** The sessions that are still live of these, as a condition. A key's sessions are those it began or strengthened. */
function liveAmong(which: SessionsOf, now: Date) {
  const { exceptId, ...those } = { exceptId: undefined, ...which };
  const where = 'credentialId' in those ? { proofs: { some: those } } : those;
  return {
    ...where,
    ...(exceptId === undefined ? {} : { id: { not: exceptId } }),
    endedAt: null,
    expiresAt: { gt: now },
    lastSeenAt: { gt: later(now, -SESSION_IDLE_MS) },
  };
}

/** Ends sessions that are still live; returns how many. */
export async function endSessions(tx: Tx, runtime: Runtime, which: SessionsOf): Promise<number> {
  const now = runtime.clock.now();
  const where = liveAmong(which, now);
  return (await tx.session.updateMany({ where, data: { endedAt: now } })).count;
}

/** How many sessions `endSessions` would end now. */
export async function countLiveSessions(tx: Tx, runtime: Runtime, which: SessionsOf): Promise<number> {
  return await tx.session.count({ where: liveAmong(which, runtime.clock.now()) });
}

/** Whose session this is or was; null once it is forgotten. */
export async function ownerOfSession(runtime: Runtime, id: string): Promise<string | null> {
  const row = await runtime.db.session.findUnique({ where: { id }, select: { userId: true } });
  return row?.userId ?? null;
}

/** How a session began and whether it is live, for what mentions it; null once it is forgotten. */
export async function originOfSession(
  runtime: Runtime,
  id: string,
): Promise<{ userId: string; method: ProofKind; createdAt: Date; live: boolean } | null> {
  const [row] = await readSessions(runtime, [id]);
  if (row === undefined) return null;
  const live = (await liveSession(runtime, row)) !== null;
  return { userId: row.userId, method: row.method as ProofKind, createdAt: row.createdAt, live };
}

/** Signs out: this session ends, and the cookie goes. */
export async function signOut(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  await runtime.db.$transaction(async (tx) => {
    if ((await endSessions(tx, runtime, { id: caller.session.id })) === 0) return;
    await record(tx, runtime, {
      code: 'session_ended',
      userId: caller.session.userId,
      sessionId: caller.session.id,
    });
  });
  return ok(null, 'clear');
}

/** What the store keeps of a session in place of its token, for whoever shows that it opens nothing. */
export async function tokenHashOf(runtime: Runtime, { session }: SignedIn): Promise<string> {
  const where = { id: session.id };
  return (await runtime.db.session.findUniqueOrThrow({ where, select: { tokenHash: true } })).tokenHash;
}

/** Whose fingerprint a token is, where it is none of a session but what the store keeps of one; null for anything else. */
export async function sessionOfFingerprint(
  runtime: Runtime,
  token: string,
): Promise<{ id: string; userId: string } | null> {
  // SHA-256 as base64url; nothing else, such as what no text of PostgreSQL can hold, is asked for.
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
  const where = { tokenHash: token };
  return await runtime.db.session.findUnique({ where, select: { id: true, userId: true } });
}

/** A session with its proofs as it stands, or null: for whoever rewrites the store around it. */
export async function takeSession(tx: Tx, id: string) {
  return await tx.session.findUnique({ where: { id }, include: { proofs: true } });
}

/** Puts it back as it was taken, in place of what is there. */
export async function putSession(
  tx: Tx,
  { proofs, ...session }: NonNullable<Awaited<ReturnType<typeof takeSession>>>,
): Promise<void> {
  await tx.session.deleteMany({ where: { id: session.id } });
  await tx.session.create({ data: session });
  await tx.proof.createMany({ data: proofs });
}

/** Carries a session with all its times over a move of the clock: it is as old as before, and lives as long. */
export async function carrySession(tx: Tx, id: string, byMs: number): Promise<void> {
  const taken = await takeSession(tx, id);
  if (taken === null) return;
  const carried = (at: Date | null) => at && later(at, byMs);
  await tx.session.update({
    where: { id },
    data: {
      createdAt: later(taken.createdAt, byMs),
      lastSeenAt: later(taken.lastSeenAt, byMs),
      expiresAt: later(taken.expiresAt, byMs),
      lockedAt: carried(taken.lockedAt),
      prerequisitesAt: carried(taken.prerequisitesAt),
    },
  });
  for (const { id: proofId, provenAt } of taken.proofs)
    await tx.proof.update({ where: { id: proofId }, data: { provenAt: later(provenAt, byMs) } });
}

/** Locks the session in every tab; Hello or another strong proof opens it, or two of them (`judgeUnlock`). */
export async function lockSession(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  if (caller.session.kind !== 'ordinary') return refuse('registration_only');
  await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.session.updateMany({
      where: { id: caller.session.id, lockedAt: null, endedAt: null },
      data: { lockedAt: runtime.clock.now() },
    });
    if (count === 0) return;
    await record(tx, runtime, {
      code: 'session_locked',
      userId: caller.session.userId,
      sessionId: caller.session.id,
    });
  });
  return ok(null);
}

/** How long a session that is over stays to be looked up beside its events. */
const OVER_KEPT_MS = 30 * DAY_MS;

/** Forgets sessions that have been over for long. Returns how many. */
export async function forgetOldSessions(runtime: Runtime): Promise<number> {
  const before = later(runtime.clock.now(), -OVER_KEPT_MS);
  const { count } = await runtime.db.session.deleteMany({ where: { expiresAt: { lt: before } } });
  return count;
}

/** Ends one of one's own sessions, or all others. */
export async function endOwnSessions(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly sessionId: string | 'others' },
): Promise<Result<{ ended: number }>> {
  const { userId, id } = caller.session;
  const ended = await runtime.db.$transaction(async (tx) => {
    if (input.sessionId !== 'others') {
      const own = await tx.session.count({ where: { id: input.sessionId, userId } });
      if (own === 0) return 0;
    }
    const count = await endSessions(
      tx,
      runtime,
      input.sessionId === 'others' ? { userId, exceptId: id } : { id: input.sessionId },
    );
    if (count > 0)
      await record(tx, runtime, { code: 'session_ended', userId, sessionId: id, detail: { ended: count } });
    return count;
  });
  return ok({ ended }, input.sessionId === id ? 'clear' : undefined);
}

/** Ends a session of a person. `actorId` is the administrator; whether they may was judged before. */
export async function endSessionOf(
  runtime: Runtime,
  actorId: string,
  input: { readonly userId: string; readonly sessionId: string },
): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.session.updateMany({
      where: { id: input.sessionId, userId: input.userId, endedAt: null },
      data: { endedAt: runtime.clock.now() },
    });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'session_ended',
      userId: input.userId,
      actorId,
      sessionId: input.sessionId,
    });
    return ok(null);
  });
}

export interface SessionOrigin {
  readonly id: string;
  readonly method: ProofKind;
  /** It ends with the person's pass. */
  readonly livesOnPass: boolean;
  readonly deviceId: string | null;
  /** The keys that began or strengthened it; it ends with any of them. */
  readonly credentialIds: readonly string[];
}

/** What the live sessions of a person or a device hang on, so that a dialog can say what ends with it. */
export async function listSessionOrigins(
  runtime: Runtime,
  of: { readonly userId: string } | { readonly deviceId: string },
): Promise<SessionOrigin[]> {
  const now = runtime.clock.now();
  const rows = await runtime.db.session.findMany({
    where: { ...of, endedAt: null, expiresAt: { gt: now }, lastSeenAt: { gt: later(now, -SESSION_IDLE_MS) } },
    select: {
      id: true,
      method: true,
      passId: true,
      deviceId: true,
      proofs: { select: { credentialId: true } },
    },
    take: 1000,
  });
  return rows.map(({ proofs, passId, ...row }) => ({
    ...row,
    livesOnPass: passId !== null,
    method: row.method as ProofKind,
    credentialIds: proofs.flatMap(({ credentialId }) => credentialId ?? []),
  }));
}

export interface SessionSummary {
  readonly id: string;
  readonly kind: SessionKind;
  readonly method: ProofKind;
  /** Everything that was proven in it. */
  readonly proven: readonly ProofKind[];
  /** The kid of the key that it began with. */
  readonly credentialId: string | null;
  readonly deviceName: string | null;
  readonly browser: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly lockedAt: Date | null;
}

/** A person's live sessions, the latest first. */
export async function listSessions(runtime: Runtime, userId: string): Promise<SessionSummary[]> {
  const now = runtime.clock.now();
  const rows = await runtime.db.session.findMany({
    where: {
      userId,
      endedAt: null,
      expiresAt: { gt: now },
      lastSeenAt: { gt: later(now, -SESSION_IDLE_MS) },
    },
    include: { device: { select: { name: true } }, proofs: { select: { kind: true } } },
    orderBy: { lastSeenAt: 'desc' },
    take: 100,
  });
  return rows.map(({ device, proofs, ...row }) => ({
    id: row.id,
    kind: row.kind as SessionKind,
    method: row.method as ProofKind,
    proven: proofs.map(({ kind }) => kind as ProofKind),
    credentialId: row.credentialId,
    deviceName: device?.name ?? null,
    browser: row.browser,
    address: row.address,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    lockedAt: row.lockedAt,
  }));
}
