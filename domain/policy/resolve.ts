import { parseSetting, policySettings, type SettingName, type SettingValue } from './settings.ts';
import { type Rank, ranks, type SourceKind } from './source.ts';

/** A source of a value, as people name it. */
export interface SourceRef {
  /** `tenant` for what the organisation set. */
  readonly id: string;
  readonly kind: SourceKind | 'tenant';
  readonly name: string;
  /** The published version that said so. */
  readonly version: number;
}

export const TENANT: SourceRef = { id: 'tenant', kind: 'tenant', name: 'Organisation', version: 0 };

/** One value of one source that is for this person on this device, or may be. */
export interface Candidate {
  readonly source: SourceRef;
  readonly rank: Rank;
  /** Of two of one rank the smaller wins; Intune profiles all have the same, and none wins. */
  readonly order: number;
  readonly name: string;
  readonly value: string;
  /** `unknown`: it depends on what is not known, such as the groups of a device that is not there yet. */
  readonly applies: 'yes' | 'unknown';
}

/** Why a value of a source is not the one that applies. */
export const lossReasons = {
  outranked: 'A source that stands above it says otherwise.',
  same: 'Another source says the same.',
  conflict: 'Two sources of one rank disagree, so neither applies.',
  longer_than_longest: 'No PIN may be as long as it asks for.',
  not_stricter: 'It would make the rule looser, which DeviceLock never does.',
  tightened: 'DeviceLock has a stricter rule.',
  reverted: 'The shortest PIN would be longer than the longest: both go back to their defaults.',
  certificate_wins: 'Certificates are used for on-premises authentication, which goes before cloud trust.',
  invalid: 'It is no value that this setting can have.',
  unknown: 'Whether it is for this person on this device is not known.',
} as const;
export type LossReason = keyof typeof lossReasons;

export interface Loser {
  readonly source: SourceRef;
  readonly rank: Rank;
  readonly value: string;
  readonly reason: LossReason;
}

export interface Resolved<T> {
  readonly value: T;
  /** Null where the built-in default applies. */
  readonly source: SourceRef | null;
  readonly rank: Rank | null;
  /** False where a source that may apply would change the value: the value is then the one without it. */
  readonly known: boolean;
  /** Every other value that a source has for the setting, the highest first. */
  readonly losers: readonly Loser[];
}

/** Whether a profile, a group policy object or DeviceLock says it: neither the organisation as a whole nor the default. */
export function isManaged({ rank }: Pick<Resolved<unknown>, 'rank'>): boolean {
  return rank !== null && rank !== 'tenant';
}

/** The policy that applies, as one snapshot: ask it for a setting and get the value with its source. */
export type Policy = <N extends SettingName>(name: N) => Resolved<SettingValue<N>>;

const MINIMUM = 'PINComplexity/MinimumPINLength';
const MAXIMUM = 'PINComplexity/MaximumPINLength';
const CERTIFICATE = 'UseCertificateForOnPremAuth';
const CLOUD = 'UseCloudTrustForOnPremAuth';
const LOCK: Rank = 'device_lock';

const WEAKEST = { allow: 0, require: 1, forbid: 1 } as const;

/** Whether DeviceLock's value is stricter than the one that applies without it. */
function stricter(name: SettingName, value: unknown, than: unknown): boolean {
  if (name === MINIMUM || name === 'PINComplexity/History') return Number(value) > Number(than);
  // No expiration is the loosest of all.
  if (name === 'PINComplexity/Expiration')
    return Number(value) !== 0 && (Number(than) === 0 || Number(value) < Number(than));
  const [wanted, found] = [value, than] as (keyof typeof WEAKEST)[];
  return wanted !== undefined && found !== undefined && WEAKEST[wanted] > WEAKEST[found];
}

interface Read {
  readonly candidate: Candidate;
  readonly value: SettingValue<SettingName>;
}

const loser = ({ source, rank, value }: Candidate, reason: LossReason): Loser => ({
  source,
  rank,
  value,
  reason,
});
const standing = ({ rank, order }: Candidate) => ranks.indexOf(rank) * 1000 + order;
const inOrder = (a: Candidate, b: Candidate) =>
  standing(a) - standing(b) || (a.source.id < b.source.id ? -1 : a.source.id > b.source.id ? 1 : 0);

/** What the candidates say that can be read, in the order in which they count. */
function readAll(name: SettingName, candidates: readonly Candidate[]) {
  const own = candidates.filter((each) => each.name === name).sort(inOrder);
  const read = own.map((candidate) => ({ candidate, value: parseSetting(name, candidate.value) }));
  return {
    readable: read.filter((each): each is Read => each.value !== null),
    invalid: read.flatMap(({ candidate, value }) => (value === null ? [candidate] : [])),
  };
}

/**
 * The value of one setting, where it comes from, and why every other value is not it. The highest rank that has a value
 * wins, the user's before the computer's in each; where two of one standing disagree neither applies and the next rank
 * decides; DeviceLock then makes a rule of the PIN stricter or changes nothing, and asks for no PIN longer than `longest`;
 * else the built-in default applies. It does not depend on the order of `candidates`. `known`: the value is the same
 * whichever of those in doubt apply. One setting alone: rules across settings are `policyOf`'s.
 */
export function resolve<N extends SettingName>(
  name: N,
  candidates: readonly Candidate[],
  longest = Number.POSITIVE_INFINITY,
): Resolved<SettingValue<N>> {
  const { readable, invalid } = readAll(name, candidates);
  const losers = invalid.map((candidate) => loser(candidate, 'invalid'));
  const sure = readable.filter(({ candidate }) => candidate.applies === 'yes');
  const winner = strongest(
    sure.filter(({ candidate }) => candidate.rank !== LOCK),
    losers,
  );
  let value = (winner?.value ?? policySettings[name].default) as SettingValue<N>;
  let by = winner?.candidate ?? null;
  for (const { candidate, value: wanted } of sure.filter((each) => each.candidate.rank === LOCK)) {
    if (!stricter(name, wanted, value)) {
      losers.push(loser(candidate, same(wanted, value) ? 'same' : 'not_stricter'));
    } else if (isTooLong(name, wanted, longest)) {
      losers.push(loser(candidate, 'longer_than_longest'));
    } else {
      if (by !== null) losers.push(loser(by, 'tightened'));
      value = wanted as SettingValue<N>;
      by = candidate;
    }
  }
  for (const { candidate } of readable)
    if (candidate.applies === 'unknown') losers.push(loser(candidate, 'unknown'));
  return {
    value,
    source: by?.source ?? null,
    rank: by?.rank ?? null,
    known: possibleValues(name, readable, longest).length === 1,
    losers: losers.sort((a, b) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank)),
  };
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const distinct = <T>(values: readonly T[]): T[] =>
  values.filter((value, at) => values.findIndex((each) => same(each, value)) === at);
const isTooLong = (name: SettingName, value: unknown, longest: number) =>
  name === MINIMUM && Number(value) > longest;

/** The first standing whose values agree; all others are written down as losers. */
function strongest(reads: readonly Read[], losers: Loser[]): Read | null {
  let winner: Read | null = null;
  for (const read of reads) {
    const equals = reads.filter(({ candidate }) => standing(candidate) === standing(read.candidate));
    const disagree = equals.some(({ value }) => !same(value, read.value));
    if (disagree) losers.push(loser(read.candidate, 'conflict'));
    else if (winner === null) winner = read;
    else losers.push(loser(read.candidate, same(read.value, winner.value) ? 'same' : 'outranked'));
  }
  return winner;
}

/** Every value that a setting can come to, whichever of those in doubt apply. */
function possibleValues(name: SettingName, reads: readonly Read[], longest: number): unknown[] {
  const isLock = ({ candidate }: Read) => candidate.rank === LOCK;
  const locks = reads.filter((read) => isLock(read) && !isTooLong(name, read.value, longest));
  const unlocked = possibleUnlocked(
    name,
    reads.filter((read) => !isLock(read)),
  );
  return distinct(unlocked.flatMap((value) => possibleLocked(name, value, locks)));
}

function possibleUnlocked(name: SettingName, reads: readonly Read[]): unknown[] {
  const possible: unknown[] = [];
  for (const at of new Set(reads.map(({ candidate }) => standing(candidate)))) {
    const here = reads.filter(({ candidate }) => standing(candidate) === at);
    const values = (applies: Candidate['applies']) =>
      distinct(here.filter(({ candidate }) => candidate.applies === applies).map(({ value }) => value));
    const [sure, doubtful] = [values('yes'), values('unknown')];
    // Two that disagree apply neither, whoever joins them.
    if (sure.length > 1) continue;
    possible.push(...(sure.length === 1 ? sure : doubtful));
    if (sure.length === 1 && doubtful.every((value) => same(value, sure[0]))) return possible;
  }
  return [...possible, policySettings[name].default];
}

function possibleLocked(name: SettingName, value: unknown, locks: readonly Read[]): unknown[] {
  const isSure = ({ candidate }: Read) => candidate.applies === 'yes';
  const tightenedBy = (some: readonly Read[]) =>
    some.reduce<unknown>((found, lock) => (stricter(name, lock.value, found) ? lock.value : found), value);
  // The strictest wins, of equals the first: whichever several come to, one of them comes to alone.
  const doubtful = locks.filter((lock) => !isSure(lock));
  return [
    tightenedBy(locks.filter(isSure)),
    ...doubtful.map((each) => tightenedBy(locks.filter((lock) => isSure(lock) || lock === each))),
  ];
}

/** Settings that rules across settings tie together: the value of one may decide the other's. */
export const tiedSettings: readonly (readonly SettingName[])[] = [
  [MINIMUM, MAXIMUM],
  [CERTIFICATE, CLOUD],
];

/**
 * The policy that these values make, with the rules across settings: where the shortest PIN would be longer than the longest,
 * both are their defaults (`PassportForWork CSP`, PINComplexity), but DeviceLock, which only tightens, asks for none that is
 * longer; certificate trust goes before cloud trust.
 */
export function policyOf(candidates: readonly Candidate[]): Policy {
  const byName = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const found = byName.get(candidate.name);
    if (found === undefined) byName.set(candidate.name, [candidate]);
    else found.push(candidate);
  }
  const known = new Map<SettingName, Resolved<unknown>>();
  const of = (name: SettingName) => byName.get(name) ?? [];
  const possible = (name: SettingName, longest = Number.POSITIVE_INFINITY) =>
    possibleValues(name, readAll(name, of(name)).readable, longest);
  const pinLength = (name: SettingName): Resolved<unknown> => {
    const longest = resolve(MAXIMUM, of(MAXIMUM));
    const shortest = resolve(MINIMUM, of(MINIMUM), longest.value);
    const { default: fallback } = policySettings[name];
    const results = possible(MAXIMUM).flatMap((most) =>
      possible(MINIMUM, Number(most)).map((least) =>
        Number(least) > Number(most) ? fallback : name === MINIMUM ? least : most,
      ),
    );
    const resolved = { ...(name === MINIMUM ? shortest : longest), known: distinct(results).length === 1 };
    return shortest.value > longest.value ? given(resolved, fallback, 'reverted') : resolved;
  };
  const cloudTrust = (): Resolved<unknown> => {
    const results = possible(CERTIFICATE).flatMap((certificate) =>
      possible(CLOUD).map((cloud) => cloud === true && certificate === false),
    );
    const resolved = { ...resolve(CLOUD, of(CLOUD)), known: distinct(results).length === 1 };
    const isTaken = resolved.value === true && resolve(CERTIFICATE, of(CERTIFICATE)).value === true;
    return isTaken ? given(resolved, false, 'certificate_wins') : resolved;
  };
  const ruled = (name: SettingName): Resolved<unknown> => {
    if (name === MINIMUM || name === MAXIMUM) return pinLength(name);
    return name === CLOUD ? cloudTrust() : resolve(name, of(name));
  };
  return <N extends SettingName>(name: N) => {
    const found = known.get(name) ?? ruled(name);
    known.set(name, found);
    return found as Resolved<SettingValue<N>>;
  };
}

/** A result that a rule across settings takes from its source. */
function given(resolved: Resolved<unknown>, value: unknown, reason: LossReason): Resolved<unknown> {
  const { source, rank, losers } = resolved;
  const lost =
    source === null || rank === null ? [] : [{ source, rank, value: String(resolved.value), reason }];
  return { ...resolved, value, source: null, rank: null, losers: [...lost, ...losers] };
}
