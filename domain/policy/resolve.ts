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

const WEAKEST = { allow: 0, require: 1, forbid: 1 } as const;

/** Whether DeviceLock's value is stricter than the one that applies without it. */
function stricter(name: SettingName, value: unknown, than: unknown): boolean {
  if (name === 'PINComplexity/MinimumPINLength' || name === 'PINComplexity/History')
    return Number(value) > Number(than);
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

/**
 * The value of one setting, where it comes from, and why every other value is not it. The highest rank that has a value
 * wins, the user's before the computer's in each; where two of one standing disagree neither applies and the next rank
 * decides; DeviceLock then makes a rule of the PIN stricter or changes nothing; else the built-in default applies. It does
 * not depend on the order of `candidates`. One setting alone: rules across settings are `policyOf`'s.
 */
export function resolve<N extends SettingName>(
  name: N,
  candidates: readonly Candidate[],
): Resolved<SettingValue<N>> {
  const losers: Loser[] = [];
  const readable: Read[] = [];
  for (const candidate of candidates.filter((each) => each.name === name).sort(inOrder)) {
    const value = parseSetting(name, candidate.value);
    if (value === null) losers.push(loser(candidate, 'invalid'));
    else readable.push({ candidate, value });
  }
  const sure = readable.filter(({ candidate }) => candidate.applies === 'yes');
  const winner = strongest(
    sure.filter(({ candidate }) => candidate.rank !== 'device_lock'),
    losers,
  );
  let value = (winner?.value ?? policySettings[name].default) as SettingValue<N>;
  let by = winner?.candidate ?? null;
  for (const { candidate, value: wanted } of sure.filter((each) => each.candidate.rank === 'device_lock')) {
    if (!stricter(name, wanted, value)) {
      losers.push(loser(candidate, same(wanted, value) ? 'same' : 'not_stricter'));
      continue;
    }
    if (by !== null) losers.push(loser(by, 'tightened'));
    value = wanted as SettingValue<N>;
    by = candidate;
  }
  const doubts = readable.filter(({ candidate }) => candidate.applies === 'unknown');
  for (const { candidate } of doubts) losers.push(loser(candidate, 'unknown'));
  return {
    value,
    source: by?.source ?? null,
    rank: by?.rank ?? null,
    known: !doubts.some((doubt) => couldChange(name, doubt, value, winner)),
    losers: losers.sort((a, b) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank)),
  };
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

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

/** Whether what may apply would change what applies without it. */
function couldChange(
  name: SettingName,
  { candidate, value: wanted }: Read,
  value: unknown,
  winner: Read | null,
) {
  if (same(wanted, value)) return false;
  if (candidate.rank === 'device_lock') return stricter(name, wanted, value);
  return winner === null || standing(candidate) <= standing(winner.candidate);
}

const PIN_LENGTHS = ['PINComplexity/MinimumPINLength', 'PINComplexity/MaximumPINLength'] as const;

/** Settings that rules across settings tie together: the value of one may decide the other's. */
export const tiedSettings: readonly (readonly SettingName[])[] = [
  PIN_LENGTHS,
  ['UseCertificateForOnPremAuth', 'UseCloudTrustForOnPremAuth'],
];

/**
 * The policy that these values make, with the rules across settings: where the shortest PIN would be longer than the longest,
 * both are their defaults (`PassportForWork CSP`, PINComplexity); certificate trust goes before cloud trust.
 */
export function policyOf(candidates: readonly Candidate[]): Policy {
  const byName = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const found = byName.get(candidate.name);
    if (found === undefined) byName.set(candidate.name, [candidate]);
    else found.push(candidate);
  }
  const known = new Map<SettingName, Resolved<unknown>>();
  const alone = <N extends SettingName>(name: N) => resolve(name, byName.get(name) ?? []);
  const ruled = (name: SettingName): Resolved<unknown> => {
    const resolved = alone(name);
    if (PIN_LENGTHS.some((length) => length === name)) {
      const [shortest, longest] = PIN_LENGTHS.map(alone);
      if (Number(shortest?.value) > Number(longest?.value))
        return given(resolved, policySettings[name].default, 'reverted');
    }
    if (name === 'UseCloudTrustForOnPremAuth' && resolved.value === true)
      if (alone('UseCertificateForOnPremAuth').value) return given(resolved, false, 'certificate_wins');
    return resolved;
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
