import 'server-only';
import {
  isSetTogether,
  parseSetting,
  policySettings,
  settingNames,
  settingText,
} from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import { record } from './event.ts';
import {
  contradictionFacts,
  contradictionOf,
  groupWords,
  readTenantValues,
  tenantPolicy,
  writeSettings,
} from './policy.ts';
import { organisationLocksOut } from './policy-publish.ts';
import type { Runtime } from './runtime.ts';

/**
 * Sets a value tenant-wide, or clears it (null) so that the default applies. A value that would contradict another
 * setting is refused with the names and values of both, judged in the transaction that writes: of two changes that fit
 * alone and not together, one is refused. With `seen`, the value that applied when somebody decided, a change that came
 * between is refused too, and lost by nobody. Refused, too, unless confirmed, where no Global Administrator could set up a key
 * any more who can now. `actorId` is null for the command line.
 */
export async function setPolicy(
  runtime: Runtime,
  actorId: string | null,
  input: {
    readonly name: string;
    readonly value: string | null;
    readonly seen?: string | undefined;
    readonly confirmed?: boolean | undefined;
  },
): Promise<Result<null>> {
  const name = settingNames.find((known) => known === input.name);
  if (name === undefined) return refuse('not_found');
  if (isSetTogether(name)) return refuse('settings_set_together');
  const { value } = input;
  const parsed = value === null ? null : parseSetting(name, value);
  if (value !== null && parsed === null) return refuse('invalid_value');
  return await runtime.db.$transaction(async (tx) => {
    const before = await readTenantValues(tx);
    if (input.seen !== undefined && settingText(tenantPolicy(before)(name).value) !== input.seen)
      return refuse('policy_changed_meanwhile');
    const contradiction = contradictionOf(before, { [name]: value });
    if (contradiction !== null)
      return refuse('settings_disagree', { facts: contradictionFacts(contradiction) });
    const words =
      Array.isArray(parsed) && policySettings[name].type === 'groups' ? await groupWords(tx, parsed) : value;
    if (words === undefined) return refuse('invalid_value');
    const change = { [name]: value };
    if (input.confirmed !== true && (await organisationLocksOut(tx, runtime, before, change)))
      return refuse('administrators_not_confirmed');
    await writeSettings(tx, { [name]: value });
    await record(tx, runtime, { code: 'policy_changed', actorId, detail: { name, value: words } });
    return ok(null);
  });
}
