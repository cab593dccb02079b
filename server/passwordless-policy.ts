import 'server-only';
import {
  type PasswordlessMode,
  type PasswordlessPolicy,
  passwordlessMode,
  scopeOf,
} from '#domain/passwordless';
import type { Policy } from '#domain/policy/resolve';
import { ALL_USERS } from '#domain/policy/settings';
import type { PeopleWhere, Tx } from './db.ts';
import { groupIdsOf, peopleInGroups } from './group.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { keepPolicyVersion, readPolicyVersion } from './tenant.ts';

/** Lists of groups, as the settings hold them. */
export interface Targets {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export function targetsOf(policy: Policy): Targets {
  return {
    include: policy('Passwordless.includeTargets').value,
    exclude: policy('Passwordless.excludeTargets').value,
  };
}

/** A mode for these targets, as it is judged. */
export function passwordlessPolicy(
  mode: PasswordlessMode,
  { include, exclude }: Targets,
): PasswordlessPolicy {
  return { mode, includeGroups: include.includes(ALL_USERS) ? null : include, excludeGroups: exclude };
}

/** What policy says about passwords now. */
export async function readPasswordlessPolicy(tx: Tx): Promise<PasswordlessPolicy> {
  const policy = await readPolicy(tx);
  const mode = passwordlessMode(
    policy('EnablePasswordlessExperience').value,
    policy('Passwordless.refusePasswords').value,
  );
  return passwordlessPolicy(mode, targetsOf(policy));
}

/** The people in scope, as a condition on people; the same judgement as `scopeOf`. */
export async function peopleInScope(
  tx: Tx,
  { includeGroups, excludeGroups }: PasswordlessPolicy,
): Promise<PeopleWhere> {
  return {
    breakGlass: false,
    AND: [
      includeGroups === null ? {} : await peopleInGroups(tx, includeGroups),
      { NOT: await peopleInGroups(tx, excludeGroups) },
    ],
  };
}

interface Subject {
  readonly id: string;
  readonly breakGlass: boolean;
}

/** Whether somebody is in scope. Somebody who does not exist costs the same statements. */
export async function isInScope(tx: Tx, policy: PasswordlessPolicy, user: Subject | null): Promise<boolean> {
  const groupIds = await groupIdsOf(tx, user?.id ?? '');
  return user !== null && scopeOf(policy, { breakGlass: user.breakGlass, groupIds }).inScope;
}

/** Whether the server refuses a person's password. */
export async function refusesPasswordOf(tx: Tx, user: Subject | null): Promise<boolean> {
  const policy = await readPasswordlessPolicy(tx);
  return policy.mode === 'refuse' && (await isInScope(tx, policy, user));
}

/** The same in a transaction that lets somebody in: no change of policy is acknowledged until it has ended. */
export async function refusesPasswordNow(tx: Tx, runtime: Runtime, user: Subject): Promise<boolean> {
  await keepPolicyVersion(tx, runtime);
  return await refusesPasswordOf(tx, user);
}

/** What policy says of a person's password, and the version of policy that it was read at or after. */
export interface PasswordRuling {
  readonly refused: boolean;
  readonly policyVersion: number;
}

/** Judges before a password is looked at: what is done for a right one is then done for every name. */
export async function readPasswordRuling(tx: Tx, user: Subject | null): Promise<PasswordRuling> {
  // The version first: a change that comes between makes it an old one.
  const policyVersion = await readPolicyVersion(tx);
  return { policyVersion, refused: await refusesPasswordOf(tx, user) };
}

/**
 * The ruling in the transaction that lets somebody in: as it was read where policy is still the same, else read again. No
 * change of policy is acknowledged until the transaction has ended, so that no password counts after the switch was.
 */
export async function isRefusedNow(
  tx: Tx,
  runtime: Runtime,
  user: Subject,
  ruling: PasswordRuling,
): Promise<boolean> {
  const policyVersion = await keepPolicyVersion(tx, runtime);
  return policyVersion === ruling.policyVersion ? ruling.refused : await refusesPasswordOf(tx, user);
}
