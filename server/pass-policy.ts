import 'server-only';
import type { Role } from '#domain/identity';
import { ALL_USERS } from '#domain/policy/settings';
import {
  isRecoveryPass,
  type PassHolder,
  type PassObstacle,
  type PassPolicy,
  passObstacle,
} from '#domain/temporary-access-pass';
import type { PeopleWhere, Tx } from './db.ts';
import { groupIdsOf, peopleInGroups } from './group.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';

/** What policy says about Temporary Access Passes now. */
export async function readPassPolicy(tx: Tx): Promise<PassPolicy> {
  const policy = await readPolicy(tx);
  const include = policy('TemporaryAccessPass.includeTargets').value;
  return {
    enabled: policy('TemporaryAccessPass.state').value,
    lifetimeInMinutes: {
      minimum: policy('TemporaryAccessPass.minimumLifetimeInMinutes').value,
      maximum: policy('TemporaryAccessPass.maximumLifetimeInMinutes').value,
      default: policy('TemporaryAccessPass.defaultLifetimeInMinutes').value,
    },
    length: policy('TemporaryAccessPass.defaultLength').value,
    isUsableOnce: policy('TemporaryAccessPass.isUsableOnce').value,
    includeGroups: include.includes(ALL_USERS) ? null : include,
    excludeGroups: policy('TemporaryAccessPass.excludeTargets').value,
  };
}

/**
 * A person as the holder of a pass that `issuerId` made (null: the command line on the server). A person who does not
 * exist costs the same statements.
 */
export async function readPassHolder(tx: Tx, userId: string, issuerId: string | null): Promise<PassHolder> {
  const groupIds = await groupIdsOf(tx, userId);
  const roles = await tx.userRole.findMany({ where: { userId }, select: { role: true } });
  return {
    groupIds,
    recovering: isRecoveryPass(
      issuerId,
      roles.map(({ role }) => role as Role),
    ),
  };
}

/** What keeps a new pass of this person, issued by an administrator, from being used; null when nothing does. */
export async function obstacleFor(tx: Tx, userId: string): Promise<PassObstacle | null> {
  const holder = await readPassHolder(tx, userId, '');
  return passObstacle({ oneTime: true }, await readPassPolicy(tx), holder);
}

/**
 * The pass that still carries what was proven with it, or null: it was deleted or replaced, or policy no longer lets this
 * person use it. That a one-time pass is spent, or that a pass ran out, is for the session's own end to say.
 */
export async function carryingPass(
  tx: Tx,
  userId: string,
): Promise<{ readonly id: string; readonly createdAt: Date } | null> {
  const pass = await tx.temporaryAccessPass.findUnique({ where: { userId } });
  if (pass === null) return null;
  const holder = await readPassHolder(tx, userId, pass.createdById);
  const obstacle = passObstacle(pass, await readPassPolicy(tx), holder);
  return obstacle === null ? pass : null;
}

/** The people whom the groups let use a pass, as a condition on people, whether passes are on or not. */
export async function inPassScope(
  tx: Tx,
  { includeGroups, excludeGroups }: PassPolicy,
): Promise<PeopleWhere> {
  const include = includeGroups === null ? {} : await peopleInGroups(tx, includeGroups);
  return { AND: [include, { NOT: await peopleInGroups(tx, excludeGroups) }] };
}

/** The people whose pass can be used now, as a condition on people; the same judgement as `passUsability`. */
export async function holdsUsablePass(tx: Tx, policy: PassPolicy, now: Date): Promise<PeopleWhere> {
  const pass = { startsAt: { lte: now }, expiresAt: { gt: now }, OR: [{ oneTime: false }, { usedAt: null }] };
  const recovering = {
    roles: { some: { role: 'global_administrator' } },
    pass: { ...pass, createdById: null },
  };
  if (!policy.enabled) return recovering;
  const inScope = {
    ...(await inPassScope(tx, policy)),
    pass: { ...pass, ...(policy.isUsableOnce ? { oneTime: true } : {}) },
  };
  return { OR: [recovering, inScope] };
}

/** How many people hold a pass that can be used now. */
export async function countUsablePasses(runtime: Pick<Runtime, 'db' | 'clock'>): Promise<number> {
  const policy = await readPassPolicy(runtime.db);
  const where = await holdsUsablePass(runtime.db, policy, runtime.clock.now());
  return await runtime.db.user.count({ where });
}
