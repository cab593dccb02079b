import 'server-only';
import { applicationKeys } from '#domain/application';
import { type Proof, undertakings } from '#domain/authentication';
import {
  asksGroups,
  type GovernedMethod,
  governedMethods,
  governing,
  type MethodObstacle,
  type MethodPolicies,
  type MethodPolicy,
  type MethodUse,
  methodObstacle,
} from '#domain/methods';
import type { Policy } from '#domain/policy/resolve';
import { ALL_USERS } from '#domain/policy/settings';
import { type Demands, flowNames, withheldBy } from '#domain/strength';
import type { CredentialWhere, PeopleWhere, Tx } from './db.ts';
import { groupIdsOf, peopleInGroups } from './group.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { keepPolicyVersion } from './tenant.ts';

/** The settings of a method begin so. */
export const settingPrefix = {
  fido2: 'Fido2',
  authenticator: 'Authenticator',
  softwareOath: 'SoftwareOath',
} as const satisfies Record<GovernedMethod, string>;

/** What a policy says of the methods that it switches. */
export function methodPoliciesOf(policy: Policy): MethodPolicies {
  const of = (name: GovernedMethod): MethodPolicy => {
    const prefix = settingPrefix[name];
    const include = policy(`${prefix}.includeTargets`).value;
    return {
      enabled: policy(`${prefix}.state`).value,
      includeGroups: include.includes(ALL_USERS) ? null : include,
      excludeGroups: policy(`${prefix}.excludeTargets`).value,
      uses: policy(`${prefix}.uses`).value,
    };
  };
  return { fido2: of('fido2'), authenticator: of('authenticator'), softwareOath: of('softwareOath') };
}

/** What a policy asks for, by flow and application. */
export function demandsOf(policy: Policy): Demands {
  const places = [...flowNames, ...applicationKeys];
  return Object.fromEntries(
    places.map((place) => [place, policy(`AuthenticationStrength.${place}`).value]),
  ) as Demands;
}

/** What keeps a person from each method that policy switches, for one use; null where nothing does. */
export async function methodObstacles(
  tx: Tx,
  userId: string,
  use: MethodUse,
  policies?: MethodPolicies,
): Promise<Readonly<Record<GovernedMethod, MethodObstacle | null>>> {
  const known = policies ?? methodPoliciesOf(await readPolicy(tx));
  const asked = governedMethods.some((name) => asksGroups(known[name]));
  const groupIds = asked ? await groupIdsOf(tx, userId) : [];
  const of = (name: GovernedMethod) => methodObstacle(known[name], groupIds, use);
  return { fido2: of('fido2'), authenticator: of('authenticator'), softwareOath: of('softwareOath') };
}

/**
 * The same for one method, in the transaction that acts on it: no change of policy comes between this and its end, so that
 * nothing counts after a change was acknowledged.
 */
export async function keptObstacle(
  tx: Tx,
  runtime: Pick<Runtime, 'db'>,
  userId: string,
  method: GovernedMethod,
  use: MethodUse,
): Promise<MethodObstacle | null> {
  await keepPolicyVersion(tx, runtime);
  return (await methodObstacles(tx, userId, use))[method];
}

/** Conditions on people that hold for all of them, and for none. */
export const EVERYBODY: PeopleWhere = { id: { not: '' } };
export const NOBODY: PeopleWhere = { id: { in: [] } };

/** The people whom a method is enabled for, as a condition on people; the same judgement as `methodObstacle`. */
export async function peopleWith(tx: Tx, policy: MethodPolicy, use: MethodUse): Promise<PeopleWhere> {
  const { enabled, includeGroups, excludeGroups, uses } = policy;
  const only = use === 'sign_in' || use === 'confirm' ? use : null;
  if (!enabled || (only !== null && uses !== 'any' && uses !== only)) return NOBODY;
  if (!asksGroups(policy)) return EVERYBODY;
  return {
    AND: [
      includeGroups === null ? EVERYBODY : await peopleInGroups(tx, includeGroups),
      { NOT: await peopleInGroups(tx, excludeGroups) },
    ],
  };
}

/** Keys whose method gets their person in, as a condition on keys: Windows Hello does for everybody. */
export async function keysForSignIn(tx: Tx, policies?: MethodPolicies): Promise<CredentialWhere> {
  const { fido2 } = policies ?? methodPoliciesOf(await readPolicy(tx));
  const user = await peopleWith(tx, fido2, 'sign_in');
  return user === EVERYBODY ? {} : { OR: [{ kind: 'hello' }, { user }] };
}

/**
 * What stands of a session's proofs under policy as it is now: those whose method is enabled for the person, each with what
 * it is kept from carrying. Null where the method that the session began with lets its person in no more.
 */
export async function standingByPolicy(
  tx: Tx,
  userId: string,
  began: Proof['kind'],
  proofs: readonly Proof[],
  policy: Policy,
): Promise<readonly Proof[] | null> {
  const asked = demandsOf(policy);
  const switched = [began, ...proofs.map(({ kind }) => kind)].some((kind) => governing(kind) !== null);
  const policies = methodPoliciesOf(policy);
  const obstacles = switched ? await methodObstacles(tx, userId, 'unlock', policies) : null;
  const method = governing(began);
  if (method !== null && obstacles !== null) {
    if (obstacles[method] !== null || policies[method].uses === 'confirm') return null;
  }
  return proofs.flatMap((proof) => {
    const name = governing(proof.kind);
    if (name !== null && obstacles?.[name]) return [];
    const signsInOnly = name !== null && policies[name].uses === 'sign_in';
    const withheld = signsInOnly ? undertakings : withheldBy(asked, proof.kind);
    return [withheld.length === 0 ? proof : { ...proof, withheld }];
  });
}
