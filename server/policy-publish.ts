import 'server-only';
import { candidatesOf, type PublishedSource, targeting, tenantCandidates } from '#domain/policy/assignment';
import { enrollmentValues } from '#domain/policy/delivery';
import { policyOf } from '#domain/policy/resolve';
import { disagreement } from '#domain/policy/rules';
import { parseSetting, policySettings } from '#domain/policy/settings';
import type { PolicyDocument, SourceKind } from '#domain/policy/source';
import { ok, type Result, refuse } from '#domain/result';
import { unprovable } from './attestation/anchor.ts';
import type { Tx } from './db.ts';
import { readDelivery, readPlace } from './device-policy.ts';
import { globalAdministrators } from './identity.ts';
import { readTenantValues } from './policy.ts';
import { faultOf, findDraft, readPublished, type SourceSummary, writeVersion } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { readKeyRules } from './usable-key.ts';

export interface Publication {
  readonly id: string;
  /** The draft that was looked at. */
  readonly revision: number;
  /** Says yes to what would keep every Global Administrator from setting up a key. */
  readonly confirmed?: boolean | undefined;
}

/**
 * Publishes the draft of a source, so that devices get it at their next refresh. Refused where somebody changed the draft
 * since it was looked at; where its settings contradict each other, or hardware is required that no anchor could prove; and,
 * unless confirmed, where no Global Administrator could set up a key any more who can now. `actorId` is null for the command
 * line.
 */
export async function publishSource(
  runtime: Runtime,
  actorId: string | null,
  input: Publication,
): Promise<Result<{ readonly version: number }>> {
  return await runtime.db.$transaction(async (tx) => {
    const source = await findDraft(tx, input);
    if (source === null) return refuse('policy_changed_meanwhile');
    const { kind, draft } = source;
    const stop = await unpublishable(tx, runtime, kind, draft);
    if (stop !== null) return stop;
    if (input.confirmed !== true && (await locksAdministratorsOut(tx, runtime, source)))
      return refuse('administrators_not_confirmed');
    return ok({ version: await writeVersion(tx, runtime, actorId, source) });
  });
}

/** What stops a draft from being published, whoever confirms it. */
async function unpublishable(tx: Tx, runtime: Runtime, kind: SourceKind, document: PolicyDocument) {
  const fault = await faultOf(tx, kind, document);
  if (fault !== null) return fault;
  if (document.name === '') return refuse('invalid_value', { facts: { setting: 'name' } });
  for (const scope of ['device', 'user'] as const) {
    const found = disagreement((name) => {
      const set = document.values.find((value) => value.scope === scope && value.name === name);
      // A document keeps only values that can be read.
      return (set === undefined ? policySettings[name].default : parseSetting(name, set.value)) as never;
    });
    if (found !== null)
      return refuse('settings_disagree', { facts: { rule: found.rule, sentence: found.sentence } });
  }
  const isHardware = document.values.some(
    ({ name, value }) => name === 'RequireSecurityDevice' && value === 'true',
  );
  if (!isHardware) return null;
  const rules = await readKeyRules(tx);
  const hello = { ...rules.hello, mode: 'enforce', requireSecurityDevice: true } as const;
  const demand = await unprovable(tx, runtime, { ...rules, hello });
  return demand === null
    ? null
    : refuse('anchor_required', { facts: { setting: demand.setting, formats: demand.formats.join(', ') } });
}

/** The sources as they would be with a draft published; the rings of its roll-out stay as they are. */
export function withDraft(
  sources: readonly PublishedSource[],
  { id, kind, version, draft }: SourceSummary & { readonly draft: PolicyDocument },
): readonly PublishedSource[] {
  const before = sources.find((source) => source.id === id);
  const after = { id, kind, version: version + 1, document: draft, rings: before?.rings ?? [] };
  return [...sources.filter((source) => source.id !== id), after];
}

/** Whether some Global Administrator can set up a key now, and none could with the draft published. */
async function locksAdministratorsOut(
  tx: Tx,
  runtime: Runtime,
  source: SourceSummary & { readonly draft: PolicyDocument },
): Promise<boolean> {
  if (!source.draft.values.some(({ name, value }) => name === 'UsePassportForWork' && value === 'false'))
    return false;
  const now = await readPublished(tx, runtime);
  return (
    (await someAdministratorSetsUp(tx, now)) && !(await someAdministratorSetsUp(tx, withDraft(now, source)))
  );
}

/** Whether a Global Administrator could set up a key on a device of theirs, or on a new one, once told of these sources. */
export async function someAdministratorSetsUp(tx: Tx, sources: readonly PublishedSource[]): Promise<boolean> {
  const now = await readTenantValues(tx);
  for (const { userId, deviceIds } of await globalAdministrators(tx)) {
    for (const deviceId of [null, ...deviceIds]) {
      const place = await readPlace(tx, { userId, deviceId });
      const delivery = deviceId === null ? null : await readDelivery(tx, deviceId);
      const policy = policyOf([
        ...candidatesOf(targeting(sources, place)),
        ...tenantCandidates(delivery?.enrolled ?? enrollmentValues(now)),
      ]);
      const { value, known } = policy('UsePassportForWork');
      if (value && known) return true;
    }
  }
  return false;
}
