import 'server-only';
import {
  parseSetting,
  policySettings,
  type SettingName,
  settingNames,
  settingText,
} from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import {
  losingSessions,
  type MethodRules,
  type MethodsEffect,
  methodRulesOf,
  methodsEffect,
} from './methods-dry-run.ts';
import {
  changedValues,
  groupWords,
  readPolicy,
  readTenantValues,
  tenantPolicy,
  writeSettings,
} from './policy.ts';
import type { Runtime } from './runtime.ts';
import { endSessions } from './session.ts';
import { readPolicyVersion } from './tenant.ts';

/** The settings that are changed here: which methods there are for whom and for what, and the strengths that are asked for. */
export const methodSettingNames: readonly SettingName[] = settingNames.filter((name) =>
  ['methods', 'strengths'].includes(policySettings[name].group),
);

export interface MethodsState extends MethodRules {
  /** The version of policy that a change has to name. */
  readonly policyVersion: number;
}

/** What applies now. The version is read first: what changes between makes it an old one. */
export async function readMethods(tx: Tx): Promise<MethodsState> {
  const policyVersion = await readPolicyVersion(tx);
  return { policyVersion, ...methodRulesOf(await readPolicy(tx)) };
}

/** New values of these settings; null goes back to the default. */
export type MethodValues = Readonly<Record<string, string | null>>;

/** The values, where each is one that its setting may have and each setting is one of ours. */
function readable(values: MethodValues): Partial<Record<SettingName, string | null>> | null {
  const fits = Object.entries(values).every(([name, value]) => {
    const known = methodSettingNames.find((each) => each === name);
    return known !== undefined && (value === null || parseSetting(known, value) !== null);
  });
  return fits ? values : null;
}

async function rulesAfter(tx: Tx, values: Partial<Record<SettingName, string | null>>) {
  const stored = await readTenantValues(tx);
  return {
    before: methodRulesOf(tenantPolicy(stored)),
    after: methodRulesOf(tenantPolicy(changedValues(stored, values))),
  };
}

/** What a change would do to everybody. Nothing is changed. */
export async function dryRunMethods(
  runtime: Runtime,
  input: { readonly values: MethodValues },
): Promise<Result<MethodsEffect & { readonly policyVersion: number }>> {
  const values = readable(input.values);
  if (values === null) return refuse('invalid_value');
  const policyVersion = await readPolicyVersion(runtime.db);
  const { before, after } = await rulesAfter(runtime.db, values);
  return ok({ policyVersion, ...(await methodsEffect(runtime.db, runtime, before, after)) });
}

/**
 * Changes methods and strengths. Refused where policy changed since the dry run; where no Global Administrator would get into
 * administration any more who does now; and, unless their number was confirmed, where people would be locked out, could not
 * show what is asked of them or would be left with the password alone, counted again in the transaction that changes. Sessions that began with what is switched
 * off end, and proofs by it count no more from the next request on. `actorId` is null for the command line.
 */
export async function changeMethods(
  runtime: Runtime,
  actorId: string | null,
  input: {
    readonly values: MethodValues;
    /** The version of policy that the dry run saw. */
    readonly policyVersion: number;
    /** How many people the dry run said are to be confirmed, by whoever changes. */
    readonly confirmed: number;
  },
): Promise<Result<{ readonly policyVersion: number; readonly barred: number }>> {
  const values = readable(input.values);
  if (values === null) return refuse('invalid_value');
  return await runtime.db.$transaction(async (tx) => {
    if ((await readPolicyVersion(tx)) !== input.policyVersion) return refuse('policy_changed_meanwhile');
    const words = await changeWords(tx, values);
    if (words === null) return refuse('invalid_value');
    const { before, after } = await rulesAfter(tx, values);
    const { administrators, barred, passwordAlone, toConfirm } = await methodsEffect(
      tx,
      runtime,
      before,
      after,
    );
    if (administrators.after === 0 && administrators.before > 0) return refuse('no_administrator_left');
    if (toConfirm > input.confirmed)
      return refuse('lockout_not_confirmed', { facts: { lockedOut: toConfirm, confirmed: input.confirmed } });
    await writeSettings(tx, values);
    let sessionsEnded = 0;
    for (const losing of await losingSessions(tx, after))
      sessionsEnded += await endSessions(tx, runtime, losing);
    await record(tx, runtime, {
      code: 'methods_changed',
      actorId,
      detail: { ...words, barred, passwordAlone, sessionsEnded },
    });
    return ok({ policyVersion: await readPolicyVersion(tx), barred });
  });
}

/** What is changed, in words for the log; null where a group that is named does not exist. */
async function changeWords(
  tx: Tx,
  values: Partial<Record<SettingName, string | null>>,
): Promise<Record<string, string> | null> {
  const words: Record<string, string> = {};
  for (const name of methodSettingNames) {
    const value = values[name];
    if (value === undefined) continue;
    const fresh = value === null ? settingText(policySettings[name].default) : value;
    const ids = policySettings[name].type === 'groups' ? (JSON.parse(fresh) as string[]) : null;
    const told = ids === null ? fresh : await groupWords(tx, ids);
    if (told === undefined) return null;
    words[name] = told;
  }
  return words;
}
