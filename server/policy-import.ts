import 'server-only';
import type { z } from 'zod';
import {
  IMPORT_MAX_BYTES,
  type ImportReading,
  type policyImportAnswer,
  type policyImportRequest,
  readArtefact,
} from '#domain/policy/artefact-import';
import type { TenantValues } from '#domain/policy/assignment';
import { policySettings, type SettingName, settingText } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import {
  contradictionFacts,
  contradictionOf,
  readTenantValues,
  tenantPolicy,
  writeSettings,
} from './policy.ts';
import type { Runtime } from './runtime.ts';
import { readPolicyVersion } from './tenant.ts';

export type PolicyImport = z.output<typeof policyImportAnswer>;

/**
 * Reads an artefact of Windows' management and sets for the organisation what it says, in one transaction: all of what was
 * understood, or nothing. What is ours and cannot be taken stops it unless `leaveOutRefused`; what is not ours never does.
 * With `policyVersion` a change that came since a dry run is refused. A dry run answers the same and writes nothing; what
 * would contradict other settings is then said in the answer. `actorId` is null for the command line.
 */
export async function importPolicy(
  runtime: Runtime,
  actorId: string | null,
  { file, dryRun, leaveOutRefused, policyVersion }: z.output<typeof policyImportRequest>,
): Promise<Result<PolicyImport>> {
  if (file.length > IMPORT_MAX_BYTES) return refuse('payload_too_large');
  const read = readArtefact(file);
  if (!read.ok) return refuse('artefact_unreadable', { facts: { at: read.at, why: read.why } });
  const reading = read.value;
  return await runtime.db.$transaction(async (tx) => {
    const version = await readPolicyVersion(tx);
    if (policyVersion !== undefined && policyVersion !== version) return refuse('policy_changed_meanwhile');
    const stored = await readTenantValues(tx);
    const changes = changesOf(reading, stored);
    const values = Object.fromEntries(changes.map(({ name, value }) => [name, value]));
    const contradiction = contradictionOf(stored, values);
    const answer = {
      ...reading,
      understood: reading.understood.map((each) => ({ ...each, ...shown(each.name, stored) })),
      changed: changes.length,
      applied: false,
      contradiction: contradiction?.sentence ?? null,
      policyVersion: version,
    };
    if (dryRun) return ok(answer);
    if (reading.refusedTotal > 0 && !leaveOutRefused)
      return refuse('import_incomplete', { facts: { refused: reading.refusedTotal } });
    if (contradiction !== null)
      return refuse('settings_disagree', { facts: contradictionFacts(contradiction) });
    if (changes.length > 0) await apply(tx, runtime, actorId, reading, values);
    return ok({ ...answer, applied: true, policyVersion: await readPolicyVersion(tx) });
  });
}

/** The values that are not what they were. */
function changesOf({ understood }: ImportReading, stored: TenantValues) {
  const before = new Map(stored.map(({ name, value }) => [name, value] as const));
  return understood.filter(({ name, value }) => (before.get(name) ?? null) !== value);
}

/** What applies now, as it is stored, and the title. */
function shown(name: SettingName, stored: TenantValues) {
  const { value, source } = tenantPolicy(stored)(name);
  return { title: policySettings[name].title, before: source === null ? null : settingText(value) };
}

async function apply(
  tx: Tx,
  runtime: Runtime,
  actorId: string | null,
  { format, understood }: ImportReading,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  await writeSettings(tx, values);
  for (const { name } of understood) {
    const value = values[name];
    if (value !== undefined)
      await record(tx, runtime, {
        code: 'policy_changed',
        actorId,
        detail: { name, value, imported: format },
      });
  }
}

/** The same for an administrator. */
export async function importPolicyForCaller(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof policyImportRequest>,
): Promise<Result<PolicyImport>> {
  return await importPolicy(runtime, caller.session.person.id, input);
}
