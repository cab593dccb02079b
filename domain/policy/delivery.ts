import { HOUR_MS } from '../time.ts';
import { isForEnrollment, refOf, type Targeted, type TenantValues, tenantCandidates } from './assignment.ts';
import { type Candidate, type Policy, policyOf, type SourceRef } from './resolve.ts';
import { rankOf, type SourceKind } from './source.ts';
import type { PolicyScope } from './windows.ts';

/** A device that was told nothing for so long asks again, as an enrolled device checks in with Intune. */
export const POLICY_REFRESH_MS = 8 * HOUR_MS;

/** What one source told a device, for one scope. */
export interface DeliveredSource {
  readonly source: SourceRef;
  readonly scope: PolicyScope;
  readonly order: number;
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** What a device knows of policy. */
export interface Delivery {
  /** What the organisation had set when the device was enrolled. */
  readonly enrolled: TenantValues;
  /** What the sources said at the last refresh. */
  readonly delivered: readonly DeliveredSource[];
}

/** What a device is told: the values of every source that applies. What may apply is not told. */
export function deliveredOf(targeted: readonly Targeted[]): readonly DeliveredSource[] {
  return targeted
    .filter(({ reason }) => reason === 'applies')
    .map(({ source, scope }) => ({
      source: refOf(source),
      scope,
      order: source.kind === 'group_policy' ? source.document.order : 1,
      values: source.document.values
        .filter((value) => value.scope === scope)
        .map(({ name, value }) => [name, value] as const),
    }));
}

export function deliveredCandidates(delivered: readonly DeliveredSource[]): readonly Candidate[] {
  return delivered.flatMap(({ source, scope, order, values }) =>
    values.map(([name, value]) => ({
      source,
      rank: rankOf(source.kind as SourceKind, scope),
      order,
      name,
      value,
      applies: 'yes' as const,
    })),
  );
}

/** The values of the organisation that reach a device only when it is enrolled. */
export const enrollmentValues = (values: TenantValues): TenantValues =>
  values.filter(({ name }) => isForEnrollment(name));

/** Everything that is said about settings at a device: by its sources, and by the organisation then and now. */
export function candidatesAt({ enrolled, delivered }: Delivery, now: TenantValues): readonly Candidate[] {
  return [
    ...deliveredCandidates(delivered),
    ...tenantCandidates(enrolled),
    ...tenantCandidates(now.filter(({ name }) => !isForEnrollment(name))),
  ];
}

export function policyAt(delivery: Delivery, now: TenantValues): Policy {
  return policyOf(candidatesAt(delivery, now));
}
