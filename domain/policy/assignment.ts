import { type Candidate, type SourceRef, TENANT } from './resolve.ts';
import { ALL_USERS, isSetTogether, policySettings, type Setting, type SettingName } from './settings.ts';
import { ALL_DEVICES, type PolicyDocument, rankOf, type SourceKind, sourceKinds } from './source.ts';
import type { PolicyScope } from './windows.ts';

/** Three values: unknown is not "no". */
export type Tri = 'yes' | 'no' | 'unknown';

export const ringStates = ['waiting', 'open', 'paused'] as const;
export type RingState = (typeof ringStates)[number];

export interface Ring {
  readonly groups: readonly string[];
  readonly state: RingState;
}

/** A source as it is published. */
export interface PublishedSource {
  readonly id: string;
  readonly kind: SourceKind;
  readonly version: number;
  readonly document: PolicyDocument;
  /** In their turn; empty where everybody gets it at once. */
  readonly rings: readonly Ring[];
}

/** A person and a device, as targeting sees them. */
export interface Place {
  readonly userGroups: ReadonlySet<string>;
  readonly deviceGroups: ReadonlySet<string>;
  /** Groups that the device may be in: those that hold devices, where no device is known. Empty where one is. */
  readonly maybeGroups: ReadonlySet<string>;
  /** The sources whose values the device has from its last refresh. */
  readonly held: ReadonlySet<string>;
}

/** Why a source says nothing to a person on a device. */
export const targetReasons = {
  applies: 'It is for this person on this device.',
  unknown: 'It depends on groups of the device, and there is no device yet.',
  off: 'It is switched off.',
  not_in_target: 'Neither the person nor the device is in a group that it is for.',
  computer_not_in_filter:
    'The security filter names no group that this computer is in; computer settings look at nothing else.',
  user_not_in_filter: 'The security filter names no group that this person is in.',
  excluded: 'A group that it is not for has this person or this device.',
  ring_waiting: 'The ring of this person has not been opened yet.',
  ring_paused: 'The ring of this person is paused, and the device did not have it before.',
} as const;
export type TargetReason = keyof typeof targetReasons;

const tri = (reason: TargetReason): Tri =>
  reason === 'applies' ? 'yes' : reason === 'unknown' ? 'unknown' : 'no';

type Membership = (group: string) => Tri;
const some = (groups: readonly string[], isIn: Membership): Tri => {
  const found = groups.map(isIn);
  return found.includes('yes') ? 'yes' : found.includes('unknown') ? 'unknown' : 'no';
};

/**
 * Whether a source's values of one scope are for this person on this device, and why. Group policy looks at the person for
 * its user half and at the computer for its computer half, as security filtering does; an Intune profile looks at both for
 * either, as assignments do. Being excluded always wins.
 */
export function targetOf(source: PublishedSource, scope: PolicyScope, place: Place): TargetReason {
  const { kind, document, rings, id } = source;
  if (!document.enabled) return 'off';
  const ofUser: Membership = (group) => (group === ALL_USERS || place.userGroups.has(group) ? 'yes' : 'no');
  const ofDevice: Membership = (group) =>
    group === ALL_DEVICES || place.deviceGroups.has(group)
      ? 'yes'
      : place.maybeGroups.has(group)
        ? 'unknown'
        : 'no';
  const either: Membership = (group) => (ofUser(group) === 'yes' ? 'yes' : ofDevice(group));
  const isGroupPolicy = sourceKinds[kind].channel === 'gpo';
  // Authenticated Users, which this stands for, has every computer in it.
  const ofComputer: Membership = (group) => (group === ALL_USERS ? 'yes' : ofDevice(group));
  const isIn = !isGroupPolicy ? either : scope === 'user' ? ofUser : ofComputer;
  const excluded = some(document.exclude, isIn);
  if (excluded === 'yes') return 'excluded';
  const included = some(document.include, isIn);
  if (included === 'no')
    return !isGroupPolicy
      ? 'not_in_target'
      : scope === 'user'
        ? 'user_not_in_filter'
        : 'computer_not_in_filter';
  const turn = rings.length === 0 ? 'applies' : turnOf(rings, either, place.held.has(id));
  if (turn !== 'applies') return turn;
  return included === 'unknown' || excluded === 'unknown' ? 'unknown' : 'applies';
}

/** Whose turn it is in a roll-out: somebody in several rings is in the most advanced of them. */
function turnOf(rings: readonly Ring[], isIn: Membership, held: boolean): TargetReason {
  const mine = rings.map((ring) => ({ state: ring.state, is: some(ring.groups, isIn) }));
  const gives = ({ state }: { readonly state: RingState }) =>
    state === 'open' || (state === 'paused' && held);
  if (mine.some((ring) => ring.is === 'yes' && gives(ring))) return 'applies';
  if (mine.some((ring) => ring.is === 'unknown' && gives(ring))) return 'unknown';
  const states = mine.filter(({ is }) => is !== 'no').map(({ state }) => state);
  if (states.length === 0) return 'not_in_target';
  return states.includes('paused') ? 'ring_paused' : 'ring_waiting';
}

/** What a source says to a person on a device, scope by scope. */
export interface Targeted {
  readonly source: PublishedSource;
  readonly scope: PolicyScope;
  readonly reason: TargetReason;
}

/** Every scope of every source that has values for it, with whether it applies. */
export function targeting(sources: readonly PublishedSource[], place: Place): readonly Targeted[] {
  return sources.flatMap((source) =>
    (['device', 'user'] as const)
      .filter((scope) => source.document.values.some((value) => value.scope === scope))
      .map((scope) => ({ source, scope, reason: targetOf(source, scope, place) })),
  );
}

export function refOf({ id, kind, version, document }: PublishedSource): SourceRef {
  return { id, kind, version, name: document.name };
}

/** The values of all that applies, or may. */
export function candidatesOf(targeted: readonly Targeted[]): readonly Candidate[] {
  return targeted.flatMap(({ source, scope, reason }) => {
    const applies = tri(reason);
    if (applies === 'no') return [];
    const { kind, document } = source;
    return document.values
      .filter((value) => value.scope === scope)
      .map(({ name, value }) => ({
        source: refOf(source),
        rank: rankOf(kind, scope),
        order: kind === 'group_policy' ? document.order : 1,
        name,
        value,
        applies,
      }));
  });
}

/** Values that the organisation set. */
export type TenantValues = readonly { readonly name: string; readonly value: string }[];

export function tenantCandidates(values: TenantValues): readonly Candidate[] {
  return values.map(({ name, value }) => ({
    source: TENANT,
    rank: 'tenant',
    order: 1,
    name,
    value,
    applies: 'yes',
  }));
}

/**
 * Whether what the organisation sets reaches a device when it is enrolled and never again, as Intune's tenant-wide policy
 * does. What the server itself judges, and what Windows has no such setting for, applies at once.
 */
export function isForEnrollment(name: string): boolean {
  if (!Object.hasOwn(policySettings, name)) return false;
  const { windows }: Setting = policySettings[name as SettingName];
  return windows !== undefined && !isSetTogether(name as SettingName);
}
