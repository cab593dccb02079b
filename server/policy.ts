import 'server-only';
import { type TenantValues, tenantCandidates } from '#domain/policy/assignment';
import { type Policy, policyOf, resolve } from '#domain/policy/resolve';
import { type Disagreement, disagreement } from '#domain/policy/rules';
import { ALL_USERS, policySettings, type SettingName } from '#domain/policy/settings';
import type { Tx } from './db.ts';
import { findGroups } from './group.ts';
import type { Runtime } from './runtime.ts';
import { advancePolicyVersion } from './tenant.ts';

/**
 * Reads the policy of the organisation: what it set, and the defaults. What depends on a person at a device asks
 * `readPolicyAt`, which knows every source.
 */
export async function readPolicy(tx: Tx): Promise<Policy> {
  return tenantPolicy(await readTenantValues(tx));
}

/** What the organisation set. */
export async function readTenantValues(tx: Tx): Promise<TenantValues> {
  return await tx.policyValue.findMany({ where: { source: 'tenant' }, select: { name: true, value: true } });
}

/** New values of settings; null goes back to the default. */
export type SettingChanges = Readonly<Partial<Record<SettingName, string | null>>>;

/** The policy that these values of the organisation make. */
export function tenantPolicy(values: TenantValues): Policy {
  return policyOf(tenantCandidates(values));
}

/** The values of the organisation after these changes; null clears one. */
export function changedValues(before: TenantValues, changes: SettingChanges): TenantValues {
  const others = before.filter(({ name }) => !Object.hasOwn(changes, name));
  const changed = Object.entries(changes).flatMap(([name, value]) =>
    value === null ? [] : [{ name, value }],
  );
  return [...others, ...changed];
}

/** The first rule between settings that these changes of the tenant (null clears) would break, with the values to show. */
export function contradictionOf(
  before: TenantValues,
  changes: SettingChanges,
): (Disagreement & { readonly policy: Policy }) | null {
  // Each alone: what a rule across settings would take back at a device is what must not be set here.
  const candidates = tenantCandidates(changedValues(before, changes));
  const policy: Policy = (name) => resolve(name, candidates);
  const found = disagreement((each) => policy(each).value);
  return found === null ? null : { ...found, policy };
}

/** What a page needs to say which settings contradict each other. */
export function contradictionFacts({
  rule,
  sentence,
  pair,
  policy,
}: Disagreement & { readonly policy: Policy }): Record<string, string | number> {
  if (pair === null) return { rule, sentence };
  const { lower, upper } = pair;
  return {
    rule,
    sentence,
    lower: policySettings[lower].title,
    lowerValue: Number(policy(lower).value),
    upper: policySettings[upper].title,
    upperValue: Number(policy(upper).value),
  };
}

/** Writes values of the tenant, or clears them (null), and counts one change of policy. Whether they fit was judged before. */
export async function writeSettings(tx: Tx, values: SettingChanges): Promise<void> {
  await advancePolicyVersion(tx);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) await tx.policyValue.deleteMany({ where: { source: 'tenant', name } });
    else
      await tx.policyValue.upsert({
        where: { source_name: { source: 'tenant', name } },
        create: { source: 'tenant', name, value },
        update: { value },
      });
  }
}

interface Kept {
  /** No source of policy is called so. */
  readonly source: string;
  readonly name: string;
}

/** What a service keeps here about the organisation, beside the values of policy; null: nothing. */
export async function readKept(tx: Tx, { source, name }: Kept): Promise<string | null> {
  const row = await tx.policyValue.findUnique({ where: { source_name: { source, name } } });
  return row?.value ?? null;
}

/** Keeps it unless something is kept already: one statement decides who was first. */
export async function writeKeptOnce(tx: Tx, { source, name }: Kept, value: string): Promise<boolean> {
  const count = await tx.$executeRaw`INSERT INTO "PolicyValue" ("source", "name", "value")
    VALUES (${source}, ${name}, ${value}) ON CONFLICT DO NOTHING`;
  return count === 1;
}

/** Removes it. True for whoever did. */
export async function removeKept(tx: Tx, { source, name }: Kept): Promise<boolean> {
  const { count } = await tx.policyValue.deleteMany({ where: { source, name } });
  return count === 1;
}

/** A list of groups by name, for people; undefined when one of them does not exist. */
export async function groupWords(tx: Tx, ids: readonly string[]): Promise<string | undefined> {
  const wanted = ids.filter((id) => id !== ALL_USERS);
  const groups = await findGroups(tx, { ids: wanted });
  if (groups.length !== wanted.length) return undefined;
  const names = groups.map(({ name }) => name);
  return [...(wanted.length < ids.length ? [ALL_USERS] : []), ...names].join(', ');
}

/**
 * What somebody types for a setting on a command line, as it is stored: groups are typed by name, with commas between
 * them. What cannot be read comes back as it is, for `setPolicy` to refuse.
 */
export async function typedSetting(runtime: Runtime, name: SettingName, typed: string): Promise<string> {
  if (policySettings[name].type !== 'groups') return typed;
  const names = typed
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const groups = await findGroups(runtime.db, { names });
  const ids = names.map((word) => groups.find((group) => group.name === word)?.id ?? word);
  return JSON.stringify(ids);
}

/** The value of a setting in words: On, 60 minutes, the names of groups. */
export async function settingWords(
  runtime: Runtime,
  name: SettingName,
  value: boolean | number | string | readonly string[],
): Promise<string> {
  return policySettings[name].type === 'groups'
    ? ((await groupWords(runtime.db, value as readonly string[])) ?? JSON.stringify(value))
    : String(value);
}
