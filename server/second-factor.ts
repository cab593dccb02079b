import 'server-only';
import { sufficientProof } from '#domain/authentication';
import type { MethodUse } from '#domain/methods';
import { ok, type Result, refuse } from '#domain/result';
import { askedFirst, type SecondFactorKind, secondFactorKinds } from '#domain/second-factor';
import type { Person, SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { mayManage, readSecondFactorRule, setSecondFactorRule } from './identity.ts';
import { methodObstacles } from './methods-policy.ts';
import type { Runtime } from './runtime.ts';
import { endSessions } from './session.ts';

/**
 * Authenticator apps and phones as what their owner sees of them: listed, named, chosen and removed alike. What is secret about
 * each, and how it is added, is with its own file.
 */

/** What was proven beside a password: a code of an authenticator app, or an approval on a phone. */
export interface SecondFactor {
  readonly kind: SecondFactorKind;
  readonly id: string;
}

export interface OwnSecondFactor extends SecondFactor {
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

interface Rows {
  count(query: { where: object }): Promise<number>;
  findMany(query: { where: object }): Promise<Omit<OwnSecondFactor, 'kind'>[]>;
  updateMany(query: { where: object; data: { name: string } }): Promise<{ count: number }>;
  deleteMany(query: { where: object }): Promise<{ count: number }>;
}

/** Where each kind is kept, and what is written of it. */
const kept = {
  totp: {
    method: 'softwareOath',
    rows: (tx: Tx): Rows => tx.totpSecret,
    renamed: 'totp_renamed',
    removed: 'totp_removed',
  },
  authenticator: {
    method: 'authenticator',
    rows: (tx: Tx): Rows => tx.authenticatorPhone,
    renamed: 'phone_renamed',
    removed: 'phone_removed',
  },
} as const satisfies Record<SecondFactorKind, unknown>;

/** How many of a kind a person has. */
export async function countSecondFactors(tx: Tx, userId: string, kind: SecondFactorKind): Promise<number> {
  return await kept[kind].rows(tx).count({ where: { userId } });
}

/** A person's second factors, the latest first. Never a secret. */
export async function listSecondFactors(tx: Tx, userId: string): Promise<OwnSecondFactor[]> {
  const rows = await Promise.all(
    secondFactorKinds.map(async (kind) => {
      const found = await kept[kind].rows(tx).findMany({ where: { userId } });
      return found.map(({ id, name, createdAt, lastUsedAt }) => ({ kind, id, name, createdAt, lastUsedAt }));
    }),
  );
  return rows.flat().sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));
}

/**
 * What a password has to come with, each in place of the other; nothing where both are false. What policy does not let somebody
 * use is not asked for.
 */
export interface SecondFactors {
  readonly code: boolean;
  readonly phone: boolean;
  /** The one that is asked for first. */
  readonly first: SecondFactorKind | null;
  /** An administrator asked for new ones: these only let their owner add them. */
  readonly outdated: boolean;
}

export async function secondFactorsOf(
  tx: Tx,
  userId: string,
  use: MethodUse = 'sign_in',
): Promise<SecondFactors> {
  const off = await methodObstacles(tx, userId, use);
  const present = {
    totp: await countSecondFactors(tx, userId, 'totp'),
    authenticator: await countSecondFactors(tx, userId, 'authenticator'),
  };
  const usable = (kind: SecondFactorKind) => (off[kept[kind].method] === null ? present[kind] : 0);
  const { preferred, reregistrationRequiredAt } = await readSecondFactorRule(tx, userId);
  return {
    code: usable('totp') > 0,
    phone: usable('authenticator') > 0,
    first: askedFirst({ totp: usable('totp'), authenticator: usable('authenticator') }, preferred),
    // Whatever they may be used for: nobody trusts them any more.
    outdated: reregistrationRequiredAt !== null && present.totp + present.authenticator > 0,
  };
}

/**
 * What a person has under this ID now. Null stands for nothing: undefined where that no longer suffices, because it was
 * removed or switched off, or because nothing was shown and there is something by now.
 */
export async function secondFactorUnder(
  tx: Tx,
  userId: string,
  id: string | null,
): Promise<SecondFactor | null | undefined> {
  if (id === null) {
    const { code, phone } = await secondFactorsOf(tx, userId);
    return code || phone ? undefined : null;
  }
  const off = await methodObstacles(tx, userId, 'sign_in');
  for (const kind of secondFactorKinds)
    if (off[kept[kind].method] === null && (await kept[kind].rows(tx).count({ where: { id, userId } })) === 1)
      return { kind, id };
  return undefined;
}

/** Whether a change of credentials may go on: a strong proof of at most 5 minutes. */
function mayChange(runtime: Runtime, { session }: SignedIn): boolean {
  return sufficientProof('change_credentials', session.proofs, runtime.clock.now()) !== null;
}

/** Renames one's own. Needs a fresh proof (5 minutes), like every change of credentials. */
export async function renameSecondFactor(
  runtime: Runtime,
  caller: SignedIn,
  input: SecondFactor & { readonly name: string },
): Promise<Result<null>> {
  const { userId, id: sessionId } = caller.session;
  const { kind, id, name } = input;
  if (!mayChange(runtime, caller)) return refuse('proof_required');
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await kept[kind].rows(tx).updateMany({ where: { id, userId }, data: { name } });
    if (count === 0) return refuse('not_found');
    const code = kept[kind].renamed;
    await record(tx, runtime, { code, userId, credentialId: id, sessionId, detail: { name } });
    return ok(null);
  });
}

/** Says which kind is asked for first; null leaves it to the product. Needs a fresh proof (5 minutes). */
export async function preferSecondFactor(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly preferred: SecondFactorKind | null },
): Promise<Result<null>> {
  const { userId, id: sessionId } = caller.session;
  const { preferred } = input;
  if (!mayChange(runtime, caller)) return refuse('proof_required');
  return await runtime.db.$transaction(async (tx) => {
    if (preferred !== null && (await countSecondFactors(tx, userId, preferred)) === 0)
      return refuse('not_found');
    await setSecondFactorRule(tx, userId, { preferred });
    await record(tx, runtime, {
      code: 'second_factor_preferred',
      userId,
      sessionId,
      detail: { preferred: preferred ?? 'the_strongest' },
    });
    return ok(null);
  });
}

interface Removal {
  readonly userId: string;
  readonly actorId?: string | null;
  /** The session in which it is removed, which stays. */
  readonly sessionId?: string | undefined;
  readonly cause?: string;
}

async function remove(tx: Tx, runtime: Runtime, { kind, id }: SecondFactor, by: Removal): Promise<boolean> {
  const where = { id, userId: by.userId };
  const [found] = await kept[kind].rows(tx).findMany({ where });
  const { count } = await kept[kind].rows(tx).deleteMany({ where });
  if (found === undefined || count === 0) return false;
  const sessionsEnded = await endSessionsOf(tx, runtime, id, by.sessionId);
  await record(tx, runtime, {
    code: kept[kind].removed,
    userId: by.userId,
    actorId: by.actorId,
    credentialId: id,
    sessionId: by.sessionId,
    detail: { name: found.name, sessionsEnded, ...(by.cause === undefined ? {} : { cause: by.cause }) },
  });
  return true;
}

/** Ends the sessions that a second factor let in or confirmed, one excepted. Returns how many. */
async function endSessionsOf(tx: Tx, runtime: Runtime, id: string, exceptId?: string): Promise<number> {
  return await endSessions(tx, runtime, {
    credentialId: id,
    ...(exceptId === undefined ? {} : { exceptId }),
  });
}

/**
 * Removes one's own; the sessions that it let in or confirmed end, this one excepted. Needs a fresh proof (5 minutes).
 */
export async function removeSecondFactor(
  runtime: Runtime,
  caller: SignedIn,
  input: SecondFactor,
): Promise<Result<null>> {
  const { userId, id: sessionId } = caller.session;
  if (!mayChange(runtime, caller)) return refuse('proof_required');
  const removed = await runtime.db.$transaction((tx) => remove(tx, runtime, input, { userId, sessionId }));
  return removed ? ok(null) : refuse('not_found');
}

/** Removes one of another person; the sessions that it let in or confirmed end. */
export async function removeSecondFactorOf(
  runtime: Runtime,
  actor: Person,
  input: SecondFactor & { readonly userId: string },
): Promise<Result<null>> {
  const { userId } = input;
  const allowed = await mayManage(runtime, actor, userId);
  if (!allowed.ok) return allowed;
  const by = { userId, actorId: actor.id };
  const removed = await runtime.db.$transaction((tx) => remove(tx, runtime, input, by));
  return removed ? ok(null) : refuse('not_found');
}

/**
 * Asks a person to set up new second factors ("require re-register MFA"). From now on the present ones open nothing and confirm
 * nothing: beside the password they only let their owner add new ones, and go when the first of these is there. What they let
 * in or confirmed ends. Whose phone is lost needs its removal instead.
 */
export async function requireReregistration(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly userId: string },
): Promise<Result<{ sessionsEnded: number }>> {
  const { userId } = input;
  if (actor !== null) {
    const allowed = await mayManage(runtime, actor, userId);
    if (!allowed.ok) return allowed;
  }
  return await runtime.db.$transaction(async (tx) => {
    const present = await listSecondFactors(tx, userId);
    if (present.length === 0) return refuse('not_found');
    await setSecondFactorRule(tx, userId, { reregistrationRequiredAt: runtime.clock.now() });
    let sessionsEnded = 0;
    for (const { id } of present) sessionsEnded += await endSessionsOf(tx, runtime, id);
    await record(tx, runtime, {
      code: 'reregistration_required',
      userId,
      actorId: actor?.id,
      detail: { secondFactors: present.length, sessionsEnded },
    });
    return ok({ sessionsEnded });
  });
}

/** Where new second factors were asked for and this is the first: removes those from before, in its transaction. */
export async function completeReregistration(
  tx: Tx,
  runtime: Runtime,
  made: SecondFactor & { readonly userId: string; readonly sessionId: string },
): Promise<void> {
  const { userId, sessionId } = made;
  if ((await readSecondFactorRule(tx, userId)).reregistrationRequiredAt === null) return;
  await setSecondFactorRule(tx, userId, { reregistrationRequiredAt: null });
  for (const factor of await listSecondFactors(tx, userId))
    if (factor.id !== made.id)
      await remove(tx, runtime, factor, { userId, sessionId, cause: 'reregistration' });
}
