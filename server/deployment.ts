import 'server-only';
import type { DeploymentName } from '#domain/deployment/matrix';
import {
  confirmable,
  type DeploymentFacts,
  isDone,
  judgeRequirement,
  type RequirementName,
  type RequirementState,
  requirementsOf,
} from '#domain/deployment/requirements';
import { keyRulesOf } from '#domain/policy/key-rules';
import type { Policy } from '#domain/policy/resolve';
import { ok, type Result, refuse } from '#domain/result';
import { unprovable } from './attestation/anchor.ts';
import type { PeopleWhere, Tx } from './db.ts';
import { record } from './event.ts';
import { namesOf } from './identity.ts';
import { administratorsIn } from './key-rules-dry-run.ts';
import { readLatestDelivery } from './mail.ts';
import { inPassScope, readPassPolicy } from './pass-policy.ts';
import { readPolicy } from './policy.ts';
import { isHelloOn } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { usableUnder } from './usable-key.ts';

/** Who confirmed a requirement, and when. */
export interface Confirmation {
  /** As a person reads it: a name, or the command line. */
  readonly by: string;
  readonly at: Date;
}

export interface ChecklistLine {
  readonly name: RequirementName;
  readonly state: RequirementState;
  /** What Latchkey saw; null for what a person confirms. */
  readonly finding: string | null;
  readonly confirmation: Confirmation | null;
}

export interface Checklist {
  readonly deployment: DeploymentName;
  /** Whether anybody chose it; else it is the default. */
  readonly chosen: boolean;
  /** In the order of the phases. */
  readonly lines: readonly ChecklistLine[];
  readonly done: number;
}

/** What the deployment that policy names needs, and how each of it stands now. */
export async function readChecklist(runtime: Runtime): Promise<Checklist> {
  const policy = await readPolicy(runtime.db);
  const { value: deployment, source } = policy('Deployment.modelAndTrust');
  const [facts, confirmations] = await Promise.all([readFacts(runtime, policy), readConfirmations(runtime)]);
  const lines = requirementsOf(deployment).map((name) => {
    const confirmation = confirmable(name) === null ? null : (confirmations.get(name) ?? null);
    return { name, ...judgeRequirement(name, facts, confirmation !== null), confirmation };
  });
  return {
    deployment,
    chosen: source !== null,
    lines,
    done: lines.filter(({ state }) => isDone(state)).length,
  };
}

async function readConfirmations(runtime: Runtime): Promise<ReadonlyMap<string, Confirmation>> {
  const rows = await runtime.db.deploymentRequirement.findMany();
  const names = await namesOf(
    runtime,
    rows.flatMap(({ actorId }) => actorId ?? []),
  );
  const by = (actorId: string | null) =>
    actorId === null ? 'the command line' : (names.get(actorId)?.displayName ?? 'somebody who is gone');
  return new Map(rows.map(({ name, actorId, at }) => [name, { by: by(actorId), at }]));
}

async function readFacts(runtime: Runtime, policy: Policy): Promise<DeploymentFacts> {
  const { db } = runtime;
  const rules = keyRulesOf(policy);
  const passes = await readPassPolicy(db);
  const able = await administratorsIn(db, rules);
  const enabled: PeopleWhere = { disabledAt: null, breakGlass: false };
  const mayUsePass: PeopleWhere = passes.enabled ? await inPassScope(db, passes) : { id: { in: [] } };
  const emergency: PeopleWhere = {
    disabledAt: null,
    breakGlass: true,
    roles: { some: { role: 'global_administrator' } },
  };
  const [demand, all, without, administrators, glass, glassAble, delivery] = await Promise.all([
    unprovable(db, runtime, rules),
    db.user.count({ where: enabled }),
    db.user.count({
      where: {
        ...enabled,
        NOT: mayUsePass,
        totpSecrets: { none: {} },
        phones: { none: {} },
        credentials: { none: usableUnder(rules) },
      },
    }),
    db.user.count({ where: { AND: [able, { breakGlass: false }] } }),
    db.user.count({ where: emergency }),
    db.user.count({ where: { AND: [able, { breakGlass: true }] } }),
    readLatestDelivery(db),
  ]);
  const securityDevice = policy('RequireSecurityDevice');
  return {
    helloOn: await isHelloOn(runtime, policy),
    securityDevice: {
      decided: securityDevice.source !== null,
      required: securityDevice.value,
      rulesOn: rules.hello.mode !== 'off',
    },
    unprovable: demand === null ? null : demand.setting,
    people: { all, without },
    administrators,
    breakGlass: { all: glass, able: glassAble },
    mail: runtime.mailer === null ? 'off' : (delivery ?? 'untried'),
    cloudTrust: ifConfigured(policy, 'UseCloudTrustForOnPremAuth'),
    certificateTrust: ifConfigured(policy, 'UseCertificateForOnPremAuth'),
  };
}

/** A switch that is kept for Windows: what the organisation does not set is not exported, and may be set elsewhere. */
function ifConfigured(
  policy: Policy,
  name: 'UseCloudTrustForOnPremAuth' | 'UseCertificateForOnPremAuth',
): boolean | null {
  const { value, source } = policy(name);
  return source === null ? null : value;
}

/**
 * Notes that somebody says a requirement is met, whichever deployment is chosen now. Said again it changes nothing: the
 * first one and their time stay. `not_found` for a name that is none, and for what Latchkey judges itself. `actorId` is
 * null for the command line.
 */
export async function confirmRequirement(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly name: string },
): Promise<Result<null>> {
  const name = confirmable(input.name);
  if (name === null) return refuse('not_found');
  return await runtime.db.$transaction(async (tx) => {
    if ((await addConfirmation(tx, name, actorId, runtime.clock.now())) === 1)
      await record(tx, runtime, { code: 'deployment_confirmed', actorId, detail: { name } });
    return ok(null);
  });
}

/** One statement decides who was first. */
async function addConfirmation(tx: Tx, name: string, actorId: string | null, at: Date): Promise<number> {
  return await tx.$executeRaw`INSERT INTO "DeploymentRequirement" ("name", "actorId", "at")
    VALUES (${name}, ${actorId}, ${at}) ON CONFLICT DO NOTHING`;
}

/** Takes a confirmation back; nothing where there is none. The same names are refused. */
export async function withdrawConfirmation(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly name: string },
): Promise<Result<null>> {
  const name = confirmable(input.name);
  if (name === null) return refuse('not_found');
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.deploymentRequirement.deleteMany({ where: { name } });
    if (count === 1) await record(tx, runtime, { code: 'deployment_withdrawn', actorId, detail: { name } });
    return ok(null);
  });
}
