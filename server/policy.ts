import 'server-only';
import { type Resolved, resolve, type StoredValue } from '#domain/policy/resolve';
import { parseSetting, type SettingName, type SettingValue, settingNames } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import type { Runtime } from './runtime.ts';

/** The policy that applies, as one snapshot: ask it for a setting and get the value with its source. */
export type Policy = <N extends SettingName>(name: N) => Resolved<SettingValue<N>>;

/** Reads the policy. Everything that depends on policy asks here. */
export async function readPolicy(tx: Tx): Promise<Policy> {
  const stored = (await tx.policyValue.findMany()) as StoredValue[];
  return (name) => resolve(name, stored);
}

/** Sets a value tenant-wide, or clears it (null) so that the default applies. `actorId` is null for the command line. */
export async function setPolicy(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly name: string; readonly value: string | null },
): Promise<Result<null>> {
  const name = settingNames.find((known) => known === input.name);
  if (name === undefined) return refuse('not_found');
  if (input.value !== null && parseSetting(name, input.value) === null) return refuse('invalid_value');
  const { value } = input;
  await runtime.db.$transaction(async (tx) => {
    const key = { source_name: { source: 'tenant', name } };
    if (value === null) await tx.policyValue.deleteMany({ where: { source: 'tenant', name } });
    else
      await tx.policyValue.upsert({
        where: key,
        create: { source: 'tenant', name, value },
        update: { value },
      });
    await record(tx, runtime, { code: 'policy_changed', actorId, detail: { name, value } });
  });
  return ok(null);
}
