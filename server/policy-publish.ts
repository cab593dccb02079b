import 'server-only';
import {
  candidatesOf,
  type PublishedSource,
  type TenantValues,
  targeting,
  tenantCandidates,
} from '#domain/policy/assignment';
import { enrollmentValues } from '#domain/policy/delivery';
import { policyOf } from '#domain/policy/resolve';
import type { PolicyDocument, SourceKind } from '#domain/policy/source';
import { disagreementIn } from '#domain/policy/source-edit';
import { ok, type Result, refuse } from '#domain/result';
import { unprovable } from './attestation/anchor.ts';
import type { Tx } from './db.ts';
import { readDelivery, readPlace } from './device-policy.ts';
import { globalAdministrators } from './identity.ts';
import { changedValues, readTenantValues, type SettingChanges } from './policy.ts';
import {
  faultOf,
  findSeen,
  readPublished,
  removeSource,
  type SourceSummary,
  writeVersion,
} from './policy-source.ts';
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
    const seen = await findSeen(tx, input);
    if (!seen.ok) return seen;
    const { draft, ...source } = seen.value;
    if (draft === null) return refuse('policy_changed_meanwhile');
    const stop = await unpublishable(tx, runtime, source.kind, draft);
    if (stop !== null) return stop;
    const next = { ...source, draft };
    const locked = () =>
      locksAdministratorsOut(tx, runtime, source.published, draft, (now) => withDraft(now, next));
    if (input.confirmed !== true && (await locked())) return refuse('administrators_not_confirmed');
    return ok({ version: await writeVersion(tx, runtime, actorId, next) });
  });
}

/**
 * Deletes a source with its draft and its history: devices lose its values at their next refresh. Refused where somebody
 * changed it since it was looked at and, unless confirmed, where no Global Administrator could set up a key any more.
 */
export async function deleteSource(
  runtime: Runtime,
  actorId: string | null,
  input: Publication,
): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const seen = await findSeen(tx, input);
    if (!seen.ok) return seen;
    const source = seen.value;
    const without = (now: readonly PublishedSource[]) => now.filter(({ id }) => id !== source.id);
    const locked = () => locksAdministratorsOut(tx, runtime, source.published, null, without);
    if (input.confirmed !== true && (await locked())) return refuse('administrators_not_confirmed');
    await removeSource(tx, runtime, actorId, source);
    return ok(null);
  });
}

/** What stops a draft from being published, whoever confirms it. */
async function unpublishable(tx: Tx, runtime: Runtime, kind: SourceKind, document: PolicyDocument) {
  const fault = await faultOf(tx, kind, document);
  if (fault !== null) return fault;
  if (document.name === '') return refuse('invalid_value', { facts: { setting: 'name' } });
  const found = disagreementIn(document);
  if (found !== null)
    return refuse('settings_disagree', { facts: { rule: found.rule, sentence: found.sentence } });
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
  { id, kind, version, draft, rings }: SourceSummary & { readonly draft: PolicyDocument },
): readonly PublishedSource[] {
  const after = { id, kind, version: version + 1, document: draft, rings };
  return [...sources.filter((source) => source.id !== id), after];
}

/** Whether some Global Administrator can set up a key now, and none could after a change of one source. */
async function locksAdministratorsOut(
  tx: Tx,
  runtime: Runtime,
  before: PolicyDocument | null,
  after: PolicyDocument | null,
  change: (now: readonly PublishedSource[]) => readonly PublishedSource[],
): Promise<boolean> {
  const isAbout = ({ name }: PolicyDocument['values'][number]) => name === 'UsePassportForWork';
  // What says nothing of it, before or after, changes nothing of it.
  if (![...(before?.values ?? []), ...(after?.values ?? [])].some(isAbout)) return false;
  const now = await readPublished(tx, runtime);
  return (await someAdministratorSetsUp(tx, now)) && !(await someAdministratorSetsUp(tx, change(now)));
}

/** Whether some Global Administrator can set up a key now, and none could after these changes of the organisation's values. */
export async function organisationLocksOut(
  tx: Tx,
  runtime: Runtime,
  before: TenantValues,
  changes: SettingChanges,
): Promise<boolean> {
  if (!Object.hasOwn(changes, 'UsePassportForWork')) return false;
  const after = changedValues(before, changes);
  const sources = await readPublished(tx, runtime);
  return (
    (await someAdministratorSetsUp(tx, sources, before)) &&
    !(await someAdministratorSetsUp(tx, sources, after))
  );
}

/**
 * Whether a Global Administrator could set up a key on a device of theirs, or on a new one, once told of these sources and,
 * where it is new, of these values of the organisation.
 */
export async function someAdministratorSetsUp(
  tx: Tx,
  sources: readonly PublishedSource[],
  organisation?: TenantValues,
): Promise<boolean> {
  const now = organisation ?? (await readTenantValues(tx));
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
