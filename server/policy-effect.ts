import 'server-only';
import { closure } from '#domain/group';
import type { PublishedSource } from '#domain/policy/assignment';
import {
  type DeviceFacts,
  type EffectAnswer,
  effectOf,
  groupsNamed,
  type PersonFacts,
  type SourcesChange,
  switchedSources,
} from '#domain/policy/effect';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { usableDevices } from './device.ts';
import { devicesHolding, readEnrolments } from './device-policy.ts';
import { oneJson, type Streamed } from './endpoint.ts';
import { groupIdsWithDevices, readMemberships } from './group.ts';
import { enabledPeople, namesOf } from './identity.ts';
import { readTenantValues } from './policy.ts';
import { withDraft } from './policy-publish.ts';
import { listSources, readPublished } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { createSlots, perRuntime } from './slots.ts';

/** The sources now and as a change would have them; refused where one is not there, or has no draft to publish. */
export async function readChange(
  runtime: Runtime,
  { publish, off, on }: SourcesChange,
): Promise<
  Result<{ readonly before: readonly PublishedSource[]; readonly after: readonly PublishedSource[] }>
> {
  const before = await readPublished(runtime.db, runtime);
  const all = publish.length === 0 ? [] : await listSources(runtime.db);
  let after = before;
  for (const id of publish) {
    const source = all.find((each) => each.id === id);
    if (source === undefined) return refuse('not_found');
    const { draft } = source;
    if (draft === null) return refuse('policy_changed_meanwhile');
    after = withDraft(after, { ...source, draft });
  }
  const known = new Set(after.map(({ id }) => id));
  if (![...off, ...on].every((id) => known.has(id))) return refuse('not_found');
  return ok({ before, after: switchedSources(after, { off, on }) });
}

/** Counting everybody takes a second in a large organisation; a page that was loaded anew leaves its first one behind. */
const slotsOf = perRuntime((_runtime: Runtime) => createSlots({ perPerson: 3, inAll: 6 }));

/**
 * What a change of sources would do to everybody whose account is on and every device that can be used, once each has asked
 * again. Nothing is changed. The number of statements does not depend on how many people there are. `personId` is who asks:
 * nobody has it counted more than a few times at once.
 */
export async function readEffect(
  runtime: Runtime,
  personId: string,
  change: SourcesChange,
): Promise<Result<EffectAnswer>> {
  const slot = slotsOf(runtime).take(personId);
  if (!slot.ok) return slot;
  return await countEffect(runtime, change).finally(slot.value);
}

async function countEffect(runtime: Runtime, change: SourcesChange): Promise<Result<EffectAnswer>> {
  const changed = await readChange(runtime, change);
  if (!changed.ok) return changed;
  const { before, after } = changed.value;
  const { people, maybeGroups } = await readEverybody(runtime.db, [...before, ...after]);
  const tenant = await readTenantValues(runtime.db);
  const { examples, conflicts, ...effect } = effectOf({ before, after, tenant, maybeGroups }, people);
  const names = await namesOf(runtime, examples);
  return ok({
    ...effect,
    settings: effect.settings.map(({ name, moves }) => ({ name, moves: [...moves] })),
    examples: examples.flatMap((id) => {
      const found = names.get(id);
      return found === undefined ? [] : [{ id, ...found }];
    }),
    conflicts: {
      before: conflicts.before.length,
      after: conflicts.after.map((id) => ({
        id,
        name: after.find((source) => source.id === id)?.document.name ?? '',
      })),
    },
  });
}

const NONE: ReadonlySet<string> = new Set();

/** Everybody with their devices, as far as these sources can tell them apart. */
async function readEverybody(
  tx: Tx,
  sources: readonly PublishedSource[],
): Promise<{ readonly people: readonly PersonFacts[]; readonly maybeGroups: ReadonlySet<string> }> {
  const groups = await readEverybodysGroups(tx, groupsNamed(sources));
  const enrolments = await readEnrolments(tx);
  const holding = await readHolding(tx, sources);
  const devices = new Map<string, DeviceFacts[]>();
  for (const { id, userId, platformAuthenticator } of await usableDevices(tx)) {
    const facts = {
      groups: groups.ofDevice(id),
      enrolled: enrolments.get(id) ?? null,
      held: holding.get(id) ?? NONE,
      platformAuthenticator,
    };
    const others = devices.get(userId);
    if (others === undefined) devices.set(userId, [facts]);
    else others.push(facts);
  }
  const ids = await enabledPeople(tx);
  return {
    people: ids.map((id) => ({ id, groups: groups.ofPerson(id), devices: devices.get(id) ?? [] })),
    maybeGroups: groups.withDevices,
  };
}

/** The sources in a paused ring that each device has values of: nothing else of what it has matters. */
async function readHolding(
  tx: Tx,
  sources: readonly PublishedSource[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const paused = sources.filter(({ rings }) => rings.some(({ state }) => state === 'paused'));
  const holding = new Map<string, Set<string>>();
  for (const sourceId of new Set(paused.map(({ id }) => id)))
    for (const deviceId of await devicesHolding(tx, sourceId)) {
      const held = holding.get(deviceId);
      if (held === undefined) holding.set(deviceId, new Set([sourceId]));
      else held.add(sourceId);
    }
  return holding;
}

interface EverybodysGroups {
  readonly ofPerson: (userId: string) => ReadonlySet<string>;
  readonly ofDevice: (deviceId: string) => ReadonlySet<string>;
  /** The groups that some device is in. */
  readonly withDevices: ReadonlySet<string>;
}

/** Which of these groups, and of others on the way to them, every person and every device is in. */
async function readEverybodysGroups(tx: Tx, named: readonly string[]): Promise<EverybodysGroups> {
  const { people, devices, nestings } = await readMemberships(tx, named);
  const allOf = closure(nestings);
  const direct = (memberships: Iterable<readonly [id: string, groupId: string]>) => {
    const found = new Map<string, string[]>();
    for (const [id, groupId] of memberships) {
      const known = found.get(id);
      if (known === undefined) found.set(id, [groupId]);
      else known.push(groupId);
    }
    return (id: string) => {
      const own = found.get(id);
      return own === undefined ? NONE : allOf(own);
    };
  };
  return {
    ofPerson: direct(people.map(({ userId, groupId }) => [userId, groupId])),
    ofDevice: direct(devices.map(({ deviceId, groupId }) => [deviceId, groupId])),
    withDevices: new Set(await groupIdsWithDevices(tx)),
  };
}

/** The same as JSON, for an administrator's program. */
export async function answerEffect(
  runtime: Runtime,
  caller: SignedIn,
  change: SourcesChange,
): Promise<Result<Streamed>> {
  const read = await readEffect(runtime, caller.session.userId, change);
  return read.ok ? ok(oneJson(read.value)) : read;
}
