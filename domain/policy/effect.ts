import { z } from 'zod';
import type { Verdict } from '../prerequisites.ts';
import {
  candidatesOf,
  isForEnrollment,
  type PublishedSource,
  type TenantValues,
  type Tri,
  targeting,
  tenantCandidates,
} from './assignment.ts';
import { enrollmentValues } from './delivery.ts';
import { type Candidate, type Policy, policyOf, tiedSettings } from './resolve.ts';
import { differs, knownText } from './resultant.ts';
import { type SettingName, settingNames } from './settings.ts';
import { softwareKeySettings, softwareKeysAllowed } from './software-key.ts';
import { TARGETS_MAX } from './source.ts';

/** Sources that a what-if changes: drafts that count as published, and sources that count as switched off or on. */
export const SOURCES_CHANGED_MAX = 20;
const sourceIds = z.array(z.uuid()).max(SOURCES_CHANGED_MAX);
export const sourcesChange = z.strictObject({
  publish: sourceIds.default([]),
  off: sourceIds.default([]),
  on: sourceIds.default([]),
});
export type SourcesChange = z.output<typeof sourcesChange>;

const groupIds = z.array(z.uuid()).max(TARGETS_MAX).default([]);
/** What else can be other for one person: the groups that they and their device are in. */
export const whatIf = sourcesChange.extend({
  join: groupIds,
  leave: groupIds,
  deviceJoin: groupIds,
  deviceLeave: groupIds,
});
export type WhatIf = z.output<typeof whatIf>;

export interface DeviceFacts {
  readonly groups: ReadonlySet<string>;
  /** What the organisation had set when it was enrolled; null where that is still to come. One list, one object: it is a key. */
  readonly enrolled: TenantValues | null;
  /** The sources that it has values of; those of a paused ring are enough. */
  readonly held: ReadonlySet<string>;
  readonly platformAuthenticator: Verdict;
}

export interface PersonFacts {
  readonly id: string;
  /** People of the same groups may share one set: what is known of it is not asked again. */
  readonly groups: ReadonlySet<string>;
  /** Devices that can be used; none for people who have none yet. */
  readonly devices: readonly DeviceFacts[];
}

export interface SourcesBeforeAfter {
  readonly before: readonly PublishedSource[];
  readonly after: readonly PublishedSource[];
  readonly tenant: TenantValues;
  /** The groups that hold devices: a device that is not there yet may be in any of them. */
  readonly maybeGroups: ReadonlySet<string>;
}

interface Count {
  people: number;
  devices: number;
}

/** One way that a setting changes; null where a value is not known. */
export interface Move extends Readonly<Count> {
  readonly from: string | null;
  readonly to: string | null;
}

/** How many of all it changes, and how many it may change. */
export interface Share {
  readonly all: number;
  readonly changed: number;
  readonly unknown: number;
}

export type PerTri = Readonly<Record<Tri, number>>;

/** What a change of sources does once devices have asked again; against what they would get without it. */
export interface Effect {
  readonly people: Share;
  /** A device has one person: these are the pairs of person and device. */
  readonly devices: Share;
  /** Settings in the order of the table, each with its changes, the commonest first. */
  readonly settings: readonly { readonly name: SettingName; readonly moves: readonly Move[] }[];
  /** People by whether they could set up Windows Hello on some device; without a device policy alone is asked. */
  readonly setUp: {
    readonly before: PerTri;
    readonly after: PerTri;
    readonly loses: number;
    readonly gains: number;
  };
  /** Sources whose values of the changed settings disagree with others of their rank somewhere, by their IDs. */
  readonly conflicts: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** A few of the people whose values change, or may, in the order in which they came. */
  readonly examples: readonly string[];
  /** How many different resolutions it took. */
  readonly computations: number;
}

/** How many people are named. */
export const EXAMPLES_MAX = 10;

/** Every group that decides who one of these sources is for. */
export function groupsNamed(sources: readonly Pick<PublishedSource, 'document' | 'rings'>[]): string[] {
  return [
    ...new Set(
      sources.flatMap(({ document, rings }) => [
        ...document.include,
        ...document.exclude,
        ...rings.flatMap((ring) => ring.groups),
      ]),
    ),
  ];
}

/** The settings that sources with a difference speak about, before or after. */
export function changedSettings({
  before,
  after,
}: Pick<SourcesBeforeAfter, 'before' | 'after'>): ReadonlySet<SettingName> {
  const was = new Map(before.map((source) => [source.id, source]));
  const is = new Map(after.map((source) => [source.id, source]));
  const differing = [...new Set([...was.keys(), ...is.keys()])].filter(
    (id) => JSON.stringify(was.get(id)) !== JSON.stringify(is.get(id)),
  );
  return new Set(
    differing.flatMap((id) =>
      [was.get(id), is.get(id)].flatMap((source) => source?.document.values.map(({ name }) => name) ?? []),
    ),
  );
}

/** What is the same for all who stand alike. */
interface Outcome {
  readonly changes: Tri;
  readonly moves: readonly (Count & Pick<Move, 'from' | 'to'> & { readonly name: SettingName })[];
  /** Whether a key could be made, by what the browser found of the device's own authenticator. */
  readonly canSetUp: (found: Verdict) => { readonly before: Tri; readonly after: Tri };
}

interface Standing {
  readonly before: readonly Candidate[];
  readonly after: readonly Candidate[];
  readonly key: string;
}

/** Finds what was computed before, or computes it. */
function remembering<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = compute(key);
    known.set(key, made);
    return made;
  };
}

const NOBODY: ReadonlySet<string> = new Set();
const NEW_DEVICE: DeviceFacts = {
  groups: NOBODY,
  enrolled: null,
  held: NOBODY,
  platformAuthenticator: 'yes',
};

/**
 * Counts what a change of sources does to everybody, the same as asking person by person and device by device. Who is in the
 * same of the groups that matter is computed once, and who is told the same by the same organisation is resolved once: what
 * it costs grows with different people, not with people.
 */
export function effectOf(change: SourcesBeforeAfter, everybody: Iterable<PersonFacts>): Effect {
  const touched = changedSettings(change);
  const outcomeAt = outcomes(change, touched);
  const people = { all: 0, changed: 0, unknown: 0 };
  const devices = { all: 0, changed: 0, unknown: 0 };
  const setUp = { before: perTri(), after: perTri(), loses: 0, gains: 0 };
  const examples: string[] = [];
  for (const person of everybody) {
    const isWithout = person.devices.length === 0;
    const ways: { readonly before: Tri; readonly after: Tri }[] = [];
    const moves = new Set<Outcome['moves'][number]>();
    let changes: Tri = 'no';
    for (const device of isWithout ? [NEW_DEVICE] : person.devices) {
      const outcome = outcomeAt(person, isWithout ? null : device);
      for (const move of outcome.moves) {
        moves.add(move);
        if (!isWithout) move.devices += 1;
      }
      if (!isWithout) count(devices, outcome.changes);
      changes = either(changes, outcome.changes);
      ways.push(outcome.canSetUp(device.platformAuthenticator));
    }
    for (const move of moves) move.people += 1;
    count(people, changes);
    if (changes !== 'no' && examples.length < EXAMPLES_MAX) examples.push(person.id);
    const before = ways.map((way) => way.before).reduce(either);
    const after = ways.map((way) => way.after).reduce(either);
    setUp.before[before] += 1;
    setUp.after[after] += 1;
    if (before === 'yes' && after === 'no') setUp.loses += 1;
    if (before === 'no' && after === 'yes') setUp.gains += 1;
  }
  return { people, devices, setUp, examples, ...outcomeAt.summary() };
}

const perTri = (): Record<Tri, number> => ({ yes: 0, no: 0, unknown: 0 });
const either = (one: Tri, other: Tri): Tri =>
  one === 'yes' || other === 'yes' ? 'yes' : one === 'unknown' || other === 'unknown' ? 'unknown' : 'no';
const both = (one: Tri, other: Tri): Tri =>
  one === 'no' || other === 'no' ? 'no' : one === 'unknown' || other === 'unknown' ? 'unknown' : 'yes';
const yesNo = (is: boolean): Tri => (is ? 'yes' : 'no');
const triOf = (verdict: Verdict): Tri => (verdict === 'not_tested' ? 'unknown' : verdict);

function count(share: { all: number; changed: number; unknown: number }, changes: Tri): void {
  share.all += 1;
  if (changes === 'yes') share.changed += 1;
  if (changes === 'unknown') share.unknown += 1;
}

/** Whether policy lets a key be made, and something there can keep it: the device, or the browser itself. */
function canSetUp(policy: Policy, found: Verdict): Tri {
  const { value, known } = policy('UsePassportForWork');
  const enabled = known ? yesNo(value) : 'unknown';
  return both(enabled, either(triOf(found), browserCanKeep(policy, found)));
}

function browserCanKeep(policy: Policy, found: Verdict): Tri {
  const isKnown = softwareKeySettings.every((name) => policy(name).known);
  return isKnown ? yesNo(softwareKeysAllowed(policy, found)) : 'unknown';
}

/** The outcome for a person at a device (null: one that is not there yet), each different one computed once. */
function outcomes(change: SourcesBeforeAfter, touched: ReadonlySet<SettingName>) {
  const tied = tiedSettings.filter((each) => each.some((name) => touched.has(name))).flat();
  const compared = settingNames.filter((name) => touched.has(name) || tied.includes(name));
  const asked = new Set<SettingName>([...compared, 'UsePassportForWork', ...softwareKeySettings]);
  const before = about(change.before, asked);
  const after = about(change.after, asked);
  const said = (values: TenantValues) => values.filter(({ name }) => asked.has(name as SettingName));
  const immediate = tenantCandidates(said(change.tenant).filter(({ name }) => !isForEnrollment(name)));
  const both = [...before, ...after];
  const groups = new Map(groupsNamed(both).map((group, at) => [group, at] as const));
  const paused = new Set(
    both.filter(({ rings }) => rings.some(({ state }) => state === 'paused')).map(({ id }) => id),
  );
  const maybeGroups = among(change.maybeGroups, groups);
  const keyOf = remembering((set: ReadonlySet<string>) =>
    [...among(set, groups)]
      .map((id) => groups.get(id))
      .sort()
      .join(),
  );
  const enrolledKey = remembering((values: TenantValues | null) =>
    JSON.stringify(
      said(values ?? enrollmentValues(change.tenant))
        .map(({ name, value }) => [name, value])
        .sort(),
    ),
  );
  const standings = new Map<string, Standing>();
  const made = new Map<string, Outcome>();
  const moves = new Map<string, Outcome['moves'][number]>();
  const conflicts = { before: new Set<string>(), after: new Set<string>() };

  function standingOf(person: PersonFacts, device: DeviceFacts | null): Standing {
    const held = device === null || paused.size === 0 ? [] : [...paused].filter((id) => device.held.has(id));
    const key = [keyOf(person.groups), device === null ? 'new' : keyOf(device.groups), ...held].join('|');
    const found = standings.get(key);
    if (found !== undefined) return found;
    const place = {
      userGroups: person.groups,
      deviceGroups: device?.groups ?? NOBODY,
      maybeGroups: device === null ? maybeGroups : NOBODY,
      held: new Set(held),
    };
    const [was, is] = [targeting(before, place), targeting(after, place)];
    const standing = {
      before: candidatesOf(was),
      after: candidatesOf(is),
      key: [was, is]
        .map((each) =>
          each.map(({ reason }) => (reason === 'applies' ? 'y' : reason === 'unknown' ? 'u' : 'n')).join(''),
        )
        .join(' '),
    };
    standings.set(key, standing);
    return standing;
  }

  function resolveAt(standing: Standing, enrolled: TenantValues | null): Outcome {
    const own = [...tenantCandidates(said(enrolled ?? enrollmentValues(change.tenant))), ...immediate];
    const [was, is] = [policyOf([...standing.before, ...own]), policyOf([...standing.after, ...own])];
    for (const [policy, at] of [
      [was, conflicts.before],
      [is, conflicts.after],
    ] as const)
      for (const name of touched)
        for (const { reason, source } of policy(name).losers) if (reason === 'conflict') at.add(source.id);
    const differing = compared
      .map((name) => ({ name, was: was(name), is: is(name) }))
      .map((each) => ({ ...each, changes: differs(each.was, each.is) }))
      .filter(({ changes }) => changes !== 'no');
    return {
      changes: differing.map(({ changes }) => changes).reduce(either, 'no'),
      moves: [
        ...new Set(differing.map((each) => moveOf(each.name, knownText(each.was), knownText(each.is)))),
      ],
      canSetUp: remembering((found) => ({ before: canSetUp(was, found), after: canSetUp(is, found) })),
    };
  }

  function moveOf(name: SettingName, from: string | null, to: string | null) {
    const key = JSON.stringify([name, from, to]);
    const move = moves.get(key) ?? { name, from, to, people: 0, devices: 0 };
    moves.set(key, move);
    return move;
  }

  function outcomeAt(person: PersonFacts, device: DeviceFacts | null): Outcome {
    const standing = standingOf(person, device);
    const enrolled = device?.enrolled ?? null;
    const key = `${standing.key} ${enrolledKey(enrolled)}`;
    const found = made.get(key) ?? resolveAt(standing, enrolled);
    made.set(key, found);
    return found;
  }

  const summary = () => ({
    settings: settingNames.flatMap((name) => {
      const own = [...moves.values()].filter((move) => move.name === name);
      return own.length === 0
        ? []
        : [
            {
              name,
              moves: own
                .map(({ from, to, people, devices }) => ({ from, to, people, devices }))
                .sort(commonest),
            },
          ];
    }),
    conflicts: { before: [...conflicts.before].sort(), after: [...conflicts.after].sort() },
    computations: made.size,
  });
  return Object.assign(outcomeAt, { summary });
}

const commonest = (a: Move, b: Move) =>
  b.people - a.people || b.devices - a.devices || (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1);

/** Sources with a value that is asked for, and nothing else of them. */
function about(sources: readonly PublishedSource[], asked: ReadonlySet<SettingName>): PublishedSource[] {
  return sources.flatMap((source) => {
    const values = source.document.values.filter(({ name }) => asked.has(name));
    return values.length === 0 ? [] : [{ ...source, document: { ...source.document, values } }];
  });
}

function among(set: ReadonlySet<string>, groups: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  // The smaller of the two is walked.
  return new Set(
    set.size < groups.size
      ? [...set].filter((id) => groups.has(id))
      : [...groups.keys()].filter((id) => set.has(id)),
  );
}

/** Sources as they would be with some of them switched off or on. */
export function switchedSources(
  sources: readonly PublishedSource[],
  { off, on }: Pick<SourcesChange, 'off' | 'on'>,
): readonly PublishedSource[] {
  return sources.map((source) => {
    const { document, id } = source;
    const enabled = off.includes(id) ? false : on.includes(id) ? true : document.enabled;
    return enabled === document.enabled ? source : { ...source, document: { ...document, enabled } };
  });
}

const moveAnswer = z.object({
  from: z.string().nullable().describe('Null where it is not known'),
  to: z.string().nullable(),
  people: z.int(),
  devices: z.int(),
});
const shareAnswer = z.object({ all: z.int(), changed: z.int(), unknown: z.int() });
const triAnswer = z.object({ yes: z.int(), no: z.int(), unknown: z.int() });

/** The effect in the HTTP contract. */
export const effectAnswer = z.object({
  people: shareAnswer,
  devices: shareAnswer,
  settings: z.array(z.object({ name: z.string(), moves: z.array(moveAnswer) })),
  setUp: z
    .object({ before: triAnswer, after: triAnswer, loses: z.int(), gains: z.int() })
    .describe('People by whether they could set up Windows Hello; without a device, by policy alone'),
  conflicts: z.object({
    before: z.int(),
    after: z.array(z.object({ id: z.string(), name: z.string() })),
  }),
  examples: z.array(z.object({ id: z.string(), upn: z.string(), displayName: z.string() })),
  computations: z.int(),
});
export type EffectAnswer = z.infer<typeof effectAnswer>;

const listed = z
  .string()
  .max(SOURCES_CHANGED_MAX * 37)
  .optional()
  .transform((text) => (text === undefined || text === '' ? [] : text.split(',')))
  .pipe(sourceIds);
/** The same change in an address: IDs of sources with commas between them. */
export const effectQuery = z.strictObject({ publish: listed, off: listed, on: listed });
