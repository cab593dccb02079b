import 'server-only';
import type { ProofKind } from '#domain/authentication';
import type { FederatedIdpMfaBehavior } from '#domain/federation';
import {
  type GovernedMethod,
  governedMethods,
  type MethodPolicies,
  type MethodPolicy,
} from '#domain/methods';
import type { Policy } from '#domain/policy/resolve';
import {
  type Demand,
  type Demands,
  demandAt,
  type FlowName,
  flows,
  meets,
  type StrengthPlace,
  strengthOfProof,
  strengthPlaces,
} from '#domain/strength';
import type { CredentialWhere, PeopleWhere, Tx } from './db.ts';
import { demandsOf, keysForSignIn, methodPoliciesOf, NOBODY, peopleWith } from './methods-policy.ts';
import { inPassScope, readPassPolicy } from './pass-policy.ts';
import { peopleInScope, readPasswordlessPolicy } from './passwordless-policy.ts';
import { readPhoneVerification } from './phone-verification.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { countLiveSessions } from './session.ts';
import { readKeyRules, usableUnder } from './usable-key.ts';

/** What policy says of methods and of strengths together. */
export interface MethodRules {
  readonly policies: MethodPolicies;
  readonly demands: Demands;
}

export function methodRulesOf(policy: Policy): MethodRules {
  return { policies: methodPoliciesOf(policy), demands: demandsOf(policy) };
}

/** Who has registered a method, whatever policy says. */
export const registered: Readonly<Record<GovernedMethod, PeopleWhere>> = {
  fido2: { credentials: { some: { kind: 'passkey', revokedAt: null } } },
  authenticator: { phones: { some: {} } },
  softwareOath: { totpSecrets: { some: {} } },
};

/** What does not depend on the change that is judged. */
interface Ground {
  readonly usable: CredentialWhere;
  /** Those who have a password that the server takes. */
  readonly password: PeopleWhere;
  /** Those who can use a pass. */
  readonly pass: PeopleWhere;
  /** Members whom a provider lets in, and of them those whom it lets in with two factors only. */
  readonly provider: { readonly any: PeopleWhere; readonly mfa: PeopleWhere };
  /**
   * Those whose phone signs them in by itself where web sign-in is on, which each device's own policy says: enough to count whom
   * a change takes that from, and not to call anybody safe.
   */
  readonly phone: PeopleWhere;
}

async function readGround(tx: Tx): Promise<Ground> {
  const passwordless = await readPasswordlessPolicy(tx);
  const refused = passwordless.mode === 'refuse' ? await peopleInScope(tx, passwordless) : NOBODY;
  const pass = await readPassPolicy(tx);
  return {
    usable: usableUnder(await readKeyRules(tx)),
    password: { passwordHash: { not: null }, NOT: refused },
    pass: pass.enabled ? await inPassScope(tx, pass) : NOBODY,
    provider: await providersOver(tx, refused),
    phone:
      (await readPhoneVerification(tx)) === 'off'
        ? NOBODY
        : {
            phones: { some: { verificationId: { not: null } } },
            devices: { some: { disabledAt: null, deletedAt: null } },
          },
  };
}

/**
 * Members whom a provider lets in. What it proves without MFA is no more than a password: it opens nothing to whom passwords are
 * refused. Its domains are looked up first: each would be two joins in every condition, and SQLite takes 64 in a statement.
 */
async function providersOver(tx: Tx, refused: PeopleWhere): Promise<Ground['provider']> {
  const domains = await tx.federatedDomain.findMany({ where: { disabledAt: null } });
  const enforcing = domains.filter(({ behavior }) => behavior === ENFORCES);
  const at = (some: typeof domains): PeopleWhere =>
    some.length === 0
      ? NOBODY
      : { federatedIdentity: { domainId: { in: some.map(({ id }) => id) } }, ...MEMBER };
  const mfa = at(enforcing);
  return { mfa, any: { AND: [at(domains), { OR: [mfa, { NOT: refused }] }] } };
}

const ENFORCES: FederatedIdpMfaBehavior = 'enforceMfaByFederatedIdp';
/** Administrators come in by a provider where its domain says so; here nobody counts on it. */
const MEMBER: PeopleWhere = { breakGlass: false, roles: { none: {} } };

/** People whom a phone alone gets in, where it shows what is asked for. */
async function byPhone(
  tx: Tx,
  ground: Ground,
  { policies }: MethodRules,
  demand: Demand,
): Promise<PeopleWhere> {
  if (!meets(strengthOfProof['phone-sign-in'], demand)) return NOBODY;
  return { disabledAt: null, AND: [ground.phone, await peopleWith(tx, policies.authenticator, 'sign_in')] };
}

/** People who have something that is registered, enabled and comes beside a password, as policy lets it for a use. */
async function withSecondFactor(
  tx: Tx,
  { authenticator, softwareOath }: MethodPolicies,
  use: 'sign_in' | 'unlock',
): Promise<PeopleWhere> {
  return {
    OR: [
      { AND: [registered.authenticator, await peopleWith(tx, authenticator, use)] },
      { AND: [registered.softwareOath, await peopleWith(tx, softwareOath, use)] },
    ],
  };
}

/**
 * People who get in and can show what is asked for: with a key, or with a password or a provider and what comes beside it. A
 * provider that does MFA only where it likes is taken for one that does not.
 */
async function canMeet(
  tx: Tx,
  ground: Ground,
  policies: MethodPolicies,
  demand: Demand,
): Promise<PeopleWhere> {
  const byKey: PeopleWhere = {
    credentials: { some: { AND: [ground.usable, await keysForSignIn(tx, policies)] } },
  };
  const confirming: CredentialWhere = {
    AND: [
      ground.usable,
      { OR: [{ kind: 'hello' }, { user: await peopleWith(tx, policies.fido2, 'confirm') }] },
    ],
  };
  const beside: PeopleWhere[] = [{ credentials: { some: confirming } }];
  if (meets(strengthOfProof.totp, demand)) beside.push(await withSecondFactor(tx, policies, 'unlock'));
  const first: PeopleWhere = { OR: [ground.password, ground.provider.any] };
  const byTwo: PeopleWhere = demand === 'none' ? first : { AND: [first, { OR: beside }] };
  const alone = meets(strengthOfProof['federated-mfa'], demand) ? [ground.provider.mfa] : [];
  return { disabledAt: null, OR: [byKey, byTwo, ...alone] };
}

/** People who could show what was asked for, and could not show what would be. */
async function falling(
  tx: Tx,
  ground: Ground,
  before: MethodRules,
  after: MethodRules,
  [was, is]: readonly [Demand, Demand],
): Promise<PeopleWhere> {
  const still = await canMeet(tx, ground, after.policies, is);
  return {
    NOT: still,
    OR: [
      await canMeet(tx, ground, before.policies, was),
      { AND: [await byPhone(tx, ground, before, was), { NOT: await byPhone(tx, ground, after, is) }] },
    ],
  };
}

/** People who can show two factors now, and those who can without a password, as policy is. */
export async function registeredWays(
  tx: Tx,
): Promise<{ readonly mfa: PeopleWhere; readonly passwordless: PeopleWhere }> {
  const ground = await readGround(tx);
  const policies = methodPoliciesOf(await readPolicy(tx));
  return {
    mfa: await canMeet(tx, ground, policies, 'mfa'),
    passwordless: {
      credentials: { some: { AND: [ground.usable, await keysForSignIn(tx, policies)] } },
    },
  };
}

/** Those who had a use of a method and have it no more. */
async function losing(
  tx: Tx,
  method: GovernedMethod,
  before: MethodPolicy,
  after: MethodPolicy,
): Promise<PeopleWhere> {
  const lost = async (use: 'sign_in' | 'confirm'): Promise<PeopleWhere> => ({
    AND: [await peopleWith(tx, before, use), { NOT: await peopleWith(tx, after, use) }],
  });
  return {
    disabledAt: null,
    AND: [registered[method], { OR: [await lost('sign_in'), await lost('confirm')] }],
  };
}

const passCounts = (place: StrengthPlace) => {
  const undertakings: readonly string[] = place in flows ? flows[place as FlowName].undertakings : [];
  return undertakings.length > 0;
};

export interface MethodsEffect {
  /** People who registered a method and lose it, or one of its uses. */
  readonly losing: Readonly<Record<GovernedMethod, number>>;
  /** People who sign in with a password and something beside it, and afterwards with the password alone. */
  readonly passwordAlone: number;
  /** People who get in now, and would not. */
  readonly lockedOut: number;
  /** People who get in and could not show what a place asks for, where it asks for more than now. */
  readonly short: Readonly<Partial<Record<StrengthPlace, number>>>;
  /** Everybody of the last two, once. */
  readonly barred: number;
  /** The same with those who are left with the password alone: the number to confirm. */
  readonly toConfirm: number;
  /** Live sessions that began with a passkey of somebody who loses it: they end. */
  readonly sessionsEnded: number;
  /** Global Administrators who get into administration now, and afterwards. */
  readonly administrators: { readonly before: number; readonly after: number };
}

/** The sessions that end with a change: those that began with a passkey or a phone alone that lets its person in no more. */
export async function losingSessions(tx: Tx, after: MethodRules) {
  const of = async (name: GovernedMethod, kind: ProofKind) => {
    const kept = await peopleWith(tx, after.policies[name], 'sign_in');
    return { user: { NOT: kept } as PeopleWhere, method: { in: [kind] } };
  };
  return [await of('fido2', 'passkey'), await of('authenticator', 'phone-sign-in')];
}

async function countLosing(tx: Tx, runtime: Runtime, after: MethodRules): Promise<number> {
  let count = 0;
  for (const losing of await losingSessions(tx, after)) count += await countLiveSessions(tx, runtime, losing);
  return count;
}

/** What a change of methods and strengths would do to everybody, in a number of statements that does not depend on them. */
export async function methodsEffect(
  tx: Tx,
  runtime: Runtime,
  before: MethodRules,
  after: MethodRules,
): Promise<MethodsEffect> {
  const ground = await readGround(tx);
  const count = (where: PeopleWhere) => tx.user.count({ where });
  const lockedOut = await falling(tx, ground, before, after, [before.demands.signIn, after.demands.signIn]);
  const barring: PeopleWhere[] = [lockedOut];
  const short: Partial<Record<StrengthPlace, number>> = {};
  for (const place of strengthPlaces) {
    if (place === 'signIn') continue;
    const [was, is] = [demandAt(before.demands, place), demandAt(after.demands, place)];
    if (is === 'none' || (was === is && !changesMethods(before, after))) continue;
    const administrators: PeopleWhere = { roles: { some: {} } };
    const falls: PeopleWhere = {
      AND: [
        await falling(tx, ground, before, after, [was, is]),
        ...(passCounts(place) ? [{ NOT: ground.pass }] : []),
        ...(place === 'administration' ? [administrators] : []),
      ],
    };
    const people = await count(falls);
    if (people === 0) continue;
    short[place] = people;
    barring.push(falls);
  }
  const lost = {} as Record<GovernedMethod, number>;
  for (const name of governedMethods)
    lost[name] = await count(await losing(tx, name, before.policies[name], after.policies[name]));
  const beside = await withSecondFactor(tx, before.policies, 'sign_in');
  const besideAfter = await withSecondFactor(tx, after.policies, 'sign_in');
  const passwordAlone: PeopleWhere =
    after.demands.signIn === 'none'
      ? { disabledAt: null, AND: [ground.password, beside, { NOT: besideAfter }] }
      : NOBODY;
  return {
    losing: lost,
    passwordAlone: await count(passwordAlone),
    lockedOut: await count(lockedOut),
    short,
    barred: await count({ OR: barring }),
    toConfirm: await count({ OR: [...barring, passwordAlone] }),
    sessionsEnded: await countLosing(tx, runtime, after),
    administrators: {
      before: await countAdministrators(tx, ground, before),
      after: await countAdministrators(tx, ground, after),
    },
  };
}

function changesMethods(before: MethodRules, after: MethodRules): boolean {
  return JSON.stringify(before.policies) !== JSON.stringify(after.policies);
}

async function countAdministrators(tx: Tx, ground: Ground, { policies, demands }: MethodRules) {
  const can = await canMeet(tx, ground, policies, demandAt(demands, 'administration'));
  return await tx.user.count({
    where: { AND: [can, { roles: { some: { role: 'global_administrator' } } }] },
  });
}
