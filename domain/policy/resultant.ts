import {
  candidatesOf,
  isForEnrollment,
  type Place,
  type PublishedSource,
  type TenantValues,
  type Tri,
  targeting,
  tenantCandidates,
} from './assignment.ts';
import { enrollmentValues } from './delivery.ts';
import { type Candidate, type Policy, policyOf, type Resolved } from './resolve.ts';
import { settingText } from './settings.ts';

/** A person at a device, or at one that is not there yet, with what stays whatever the sources say. */
export interface Standpoint {
  readonly place: Place;
  /** What the organisation had set when the device was enrolled; null where that is still to come. */
  readonly enrolled: TenantValues | null;
}

/** Everything that would be said about settings if the device asked now. */
export function nextCandidates(
  sources: readonly PublishedSource[],
  { place, enrolled }: Standpoint,
  tenant: TenantValues,
): readonly Candidate[] {
  return [
    ...candidatesOf(targeting(sources, place)),
    ...tenantCandidates(enrolled ?? enrollmentValues(tenant)),
    ...tenantCandidates(tenant.filter(({ name }) => !isForEnrollment(name))),
  ];
}

/** The policy that would apply if the device asked now. */
export function nextPolicy(
  sources: readonly PublishedSource[],
  standpoint: Standpoint,
  tenant: TenantValues,
): Policy {
  return policyOf(nextCandidates(sources, standpoint, tenant));
}

/** A value as a text, or null where it is not known. */
export function knownText({ value, known }: Resolved<boolean | number | string | readonly string[]>) {
  return known ? settingText(value) : null;
}

/** Whether a setting would have another value: unknown where either is not known and what may be is not the same. */
export function differs(
  before: Resolved<boolean | number | string | readonly string[]>,
  after: Resolved<boolean | number | string | readonly string[]>,
): Tri {
  const [from, to] = [knownText(before), knownText(after)];
  if (from !== null && to !== null) return from === to ? 'no' : 'yes';
  if (from === null && to === null) return doubts(before) === doubts(after) ? 'no' : 'unknown';
  return 'unknown';
}

/** What may be, where it is not known: the value without what is in doubt, and that. */
function doubts({ value, losers }: Resolved<boolean | number | string | readonly string[]>): string {
  const unknown = losers
    .filter(({ reason }) => reason === 'unknown')
    .map((each) => `${each.rank} ${each.value}`);
  return JSON.stringify([settingText(value), unknown.sort()]);
}
