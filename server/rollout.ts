import 'server-only';
import type { EventCode } from '#domain/event';
import type { PublishedSource, RingState } from '#domain/policy/assignment';
import { ALL_USERS } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import {
  RING_GROUPS_MAX,
  RINGS_MAX,
  type RingChange,
  type RolloutDoubt,
  readRingName,
  ringAfter,
  takesGroupsAway,
  waitingBefore,
} from '#domain/rollout';
import type { Tx } from './db.ts';
import { countDevicesWith } from './device-policy.ts';
import { record } from './event.ts';
import { findGroups } from './group.ts';
import { someAdministratorSetsUp } from './policy-publish.ts';
import { readPublished, readSource, type SourceSummary } from './policy-source.ts';
import { newId, type Runtime } from './runtime.ts';
import { advancePolicyVersion, keepPolicyVersion } from './tenant.ts';

/** A ring as it is kept. */
export interface RolloutRing {
  readonly id: string;
  readonly name: string;
  /** By their IDs, or `ALL_USERS`. None: nobody is in it yet. */
  readonly groups: readonly string[];
  readonly state: RingState;
  /** When it was opened first; null while it waits. */
  readonly openedAt: Date | null;
  readonly changedAt: Date;
}

/** The rings of a source, in their turn. */
export async function readRings(tx: Tx, sourceId: string): Promise<readonly RolloutRing[]> {
  const rows = await tx.rolloutRing.findMany({ where: { sourceId }, orderBy: { position: 'asc' } });
  return rows.map(ringOf);
}

/** One ring, whichever source's; null where it is gone. */
export async function readRing(tx: Tx, id: string): Promise<RolloutRing | null> {
  const row = await tx.rolloutRing.findUnique({ where: { id } });
  return row && ringOf(row);
}

function ringOf(row: Omit<RolloutRing, 'groups' | 'state'> & { groups: string; state: string }): RolloutRing {
  const { id, name, groups, state, openedAt, changedAt } = row;
  return {
    id,
    name,
    groups: JSON.parse(groups) as string[],
    state: state as RingState,
    openedAt,
    changedAt,
  };
}

/** How many rings of each source are in each state. */
export async function countRings(tx: Tx): Promise<ReadonlyMap<string, Readonly<Record<RingState, number>>>> {
  const rows = await tx.rolloutRing.groupBy({ by: ['sourceId', 'state'], _count: true });
  const counts = new Map<string, Record<RingState, number>>();
  for (const { sourceId, state, _count } of rows) {
    const of = counts.get(sourceId) ?? { waiting: 0, open: 0, paused: 0 };
    counts.set(sourceId, { ...of, [state]: _count });
  }
  return counts;
}

/** What every change of a roll-out says beside what it changes. */
export interface Decided {
  /** The version of policy that was looked at: what changed since is looked at first. Left out by the command line. */
  readonly seen?: number | undefined;
  readonly confirmed?: readonly RolloutDoubt[] | undefined;
}

interface Plan {
  readonly rings: readonly RolloutRing[];
  readonly told: readonly { readonly code: EventCode; readonly ring: RolloutRing }[];
  readonly doubt?: RolloutDoubt;
}

/**
 * Changes the rings of a source: writes them, counts one change of policy and logs each ring, or does nothing at all.
 * Refused where policy changed since it was looked at, where a group is not there, and, unless confirmed, where the change
 * takes the source from devices that have it, gives it to everybody at once, or leaves no Global Administrator who could set
 * up a key.
 */
async function change(
  runtime: Runtime,
  actorId: string | null,
  { seen, confirmed = [] }: Decided,
  find: (tx: Tx) => Promise<string | null>,
  plan: (before: readonly RolloutRing[], source: SourceSummary) => Result<Plan | null>,
): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const version = await keepPolicyVersion(tx, runtime);
    const sourceId = await find(tx);
    const source = sourceId === null ? null : await readSource(tx, sourceId);
    if (source === null) return refuse('not_found');
    if (seen !== undefined && seen !== version) return refuse('policy_changed_meanwhile');
    const before = await readRings(tx, source.id);
    const planned = plan(before, source);
    if (!planned.ok) return planned;
    if (planned.value === null) return ok(null);
    const { rings, told, doubt } = planned.value;
    const groups = [...new Set(rings.flatMap((ring) => ring.groups).filter((id) => id !== ALL_USERS))];
    const known = new Map((await findGroups(tx, { ids: groups })).map(({ id, name }) => [id, name]));
    if (known.size !== groups.length) return refuse('invalid_value', { facts: { setting: 'groups' } });
    const isOpenTo = (code: RolloutDoubt) => !confirmed.includes(code);
    if (doubt !== undefined && isOpenTo(doubt)) return refuse(doubt);
    if (isOpenTo('rollout_not_confirmed')) {
      const devices = await devicesAtOnce(tx, source, before, rings);
      if (devices !== null) return refuse('rollout_not_confirmed', { facts: { devices } });
    }
    if (
      isOpenTo('administrators_not_confirmed') &&
      (await locksAdministratorsOut(tx, runtime, source, rings))
    )
      return refuse('administrators_not_confirmed');
    await write(tx, source.id, rings);
    await advancePolicyVersion(tx);
    const name = (source.published ?? source.draft)?.name ?? '';
    for (const { code, ring } of told) {
      const words = ring.groups.map((id) => (id === ALL_USERS ? 'Everybody' : (known.get(id) ?? id)));
      await record(tx, runtime, {
        code,
        actorId,
        detail: { source: source.id, name, ringId: ring.id, ring: ring.name, groups: words.join(', ') },
      });
    }
    return ok(null);
  });
}

/**
 * How many devices have a source that is given to rings from now on, or that is given to everybody again; null where the
 * change is neither: a roll-out begins with what nobody has, and ends with everybody's ring opened.
 */
async function devicesAtOnce(
  tx: Tx,
  { id, version }: SourceSummary,
  before: readonly RolloutRing[],
  after: readonly RolloutRing[],
): Promise<number | null> {
  if (version === 0 || (before.length === 0) === (after.length === 0)) return null;
  const devices = await countDevicesWith(tx, id);
  return after.length === 0 || devices > 0 ? devices : null;
}

/** Whether some Global Administrator can set up a key now, and none could with these rings. */
async function locksAdministratorsOut(
  tx: Tx,
  runtime: Runtime,
  { id, published }: SourceSummary,
  rings: readonly RolloutRing[],
): Promise<boolean> {
  // What says nothing of it changes nothing of it.
  if (!published?.values.some(({ name }) => name === 'UsePassportForWork')) return false;
  const now = await readPublished(tx, runtime);
  const after = now.map((source): PublishedSource => (source.id === id ? { ...source, rings } : source));
  return (await someAdministratorSetsUp(tx, now)) && !(await someAdministratorSetsUp(tx, after));
}

async function write(tx: Tx, sourceId: string, rings: readonly RolloutRing[]): Promise<void> {
  await tx.rolloutRing.deleteMany({ where: { sourceId } });
  await tx.rolloutRing.createMany({
    data: rings.map(({ groups, ...ring }, position) => ({
      ...ring,
      groups: JSON.stringify(groups),
      sourceId,
      position,
    })),
  });
}

/** A ring as somebody describes it. */
export interface RingWords {
  readonly name: string;
  readonly groups: readonly string[];
}

/** The words in the form that is kept, or what is wrong with them. Of one source no two rings have one name. */
function readWords({ name: typed, groups }: RingWords, others: readonly RolloutRing[]): Result<RingWords> {
  const name = readRingName(typed);
  if (name === null) return refuse('invalid_value', { facts: { setting: 'name' } });
  if (others.some((ring) => ring.name.toLowerCase() === name.toLowerCase())) return refuse('already_exists');
  const unique = [...new Set(groups)];
  if (unique.length > RING_GROUPS_MAX) return refuse('invalid_value', { facts: { setting: 'groups' } });
  return ok({ name, groups: unique.includes(ALL_USERS) ? [ALL_USERS] : unique });
}

/** Adds rings to a source, last in turn, all or none of them. They wait: nobody gets anything by it. */
export async function addRings(
  runtime: Runtime,
  actorId: string | null,
  input: Decided & { readonly sourceId: string; readonly rings: readonly RingWords[] },
): Promise<Result<null>> {
  return await change(
    runtime,
    actorId,
    input,
    async () => input.sourceId,
    (before) => {
      const now = runtime.clock.now();
      const rings = [...before];
      for (const each of input.rings) {
        const words = readWords(each, rings);
        if (!words.ok) return words;
        rings.push({ ...words.value, id: newId(runtime), state: 'waiting', openedAt: null, changedAt: now });
      }
      if (rings.length > RINGS_MAX) return refuse('ring_limit_reached');
      const told = rings.slice(before.length).map((ring) => ({ code: 'rollout_ring_added', ring }) as const);
      return ok(told.length === 0 ? null : { rings, told });
    },
  );
}

type OfRing = Decided & { readonly ringId: string };

/** The same for one ring: `plan` is given it and its place. */
async function changeRing(
  runtime: Runtime,
  actorId: string | null,
  input: OfRing,
  plan: (
    ring: RolloutRing,
    index: number,
    before: readonly RolloutRing[],
    source: SourceSummary,
  ) => Result<Plan | null>,
): Promise<Result<null>> {
  const { ringId } = input;
  const find = async (tx: Tx) =>
    (await tx.rolloutRing.findUnique({ where: { id: ringId }, select: { sourceId: true } }))?.sourceId ??
    null;
  return await change(runtime, actorId, input, find, (before, source) => {
    const index = before.findIndex(({ id }) => id === ringId);
    const ring = before[index];
    return ring === undefined ? refuse('not_found') : plan(ring, index, before, source);
  });
}

/** Gives a ring another name and other groups. Of one that was opened no group leaves: devices would lose the source. */
export async function describeRing(
  runtime: Runtime,
  actorId: string | null,
  input: OfRing & RingWords,
): Promise<Result<null>> {
  return await changeRing(runtime, actorId, input, (before, index, rings) => {
    const words = readWords(
      input,
      rings.filter(({ id }) => id !== before.id),
    );
    if (!words.ok) return words;
    if (takesGroupsAway(before, words.value.groups)) return refuse('ring_opened');
    const ring = { ...before, ...words.value };
    if (JSON.stringify(ring) === JSON.stringify(before)) return ok(null);
    const after = { ...ring, changedAt: runtime.clock.now() };
    return ok({ rings: rings.with(index, after), told: [{ code: 'rollout_ring_changed', ring: after }] });
  });
}

/** Puts a ring one turn earlier or later; at the end it stays. Who has the source keeps it. */
export async function moveRing(
  runtime: Runtime,
  actorId: string | null,
  input: OfRing & { readonly to: 'earlier' | 'later' },
): Promise<Result<null>> {
  return await changeRing(runtime, actorId, input, (ring, index, rings) => {
    const place = index + (input.to === 'earlier' ? -1 : 1);
    const other = rings[place];
    if (other === undefined) return ok(null);
    return ok({
      rings: rings.with(index, other).with(place, ring),
      told: [{ code: 'rollout_ring_moved', ring }],
    });
  });
}

/** Removes a ring that waits. One that was opened stays: what it gave is not taken back silently. */
export async function removeRing(
  runtime: Runtime,
  actorId: string | null,
  input: OfRing,
): Promise<Result<null>> {
  return await changeRing(runtime, actorId, input, (ring, index, rings) =>
    ring.state === 'waiting'
      ? ok({ rings: rings.toSpliced(index, 1), told: [{ code: 'rollout_ring_removed', ring }] })
      : refuse('ring_opened'),
  );
}

const toldBy: Readonly<Record<RingChange, EventCode>> = {
  open: 'rollout_ring_opened',
  pause: 'rollout_ring_paused',
  resume: 'rollout_ring_resumed',
};

/**
 * Opens a ring, so that its devices get the source at their next refresh; pauses it, so that no further device gets it and
 * those that have it keep it; or goes on. Before its turn it is opened only where that is confirmed; of two at once the
 * second is refused.
 */
export async function turnRing(
  runtime: Runtime,
  actorId: string | null,
  input: OfRing & { readonly change: RingChange },
): Promise<Result<null>> {
  return await changeRing(runtime, actorId, input, (before, index, rings, source) => {
    const state = ringAfter(before.state, input.change);
    if (state === null) return refuse('policy_changed_meanwhile');
    if (source.version === 0) return refuse('source_not_published');
    if (before.groups.length === 0) return refuse('invalid_value', { facts: { setting: 'groups' } });
    const now = runtime.clock.now();
    const ring = { ...before, state, openedAt: before.openedAt ?? now, changedAt: now };
    const early = input.change === 'open' && waitingBefore(rings, index).length > 0;
    return ok({
      rings: rings.with(index, ring),
      told: [{ code: toldBy[input.change], ring }],
      ...(early ? { doubt: 'ring_out_of_turn' as const } : {}),
    });
  });
}
