import { z } from 'zod';
import {
  candidatesOf,
  isForEnrollment,
  type Place,
  type PublishedSource,
  type TargetReason,
  type TenantValues,
  type Tri,
  targeting,
  targetReasons,
  tenantCandidates,
} from './assignment.ts';
import { enrollmentValues } from './delivery.ts';
import {
  type Candidate,
  type LossReason,
  lossReasons,
  type Policy,
  policyOf,
  type Resolved,
} from './resolve.ts';
import { policySettings, type Setting, type SettingName, settingNames, settingText } from './settings.ts';
import { ranks } from './source.ts';

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

const sourceAnswer = z.object({
  id: z.string().describe('`tenant` for what the organisation set'),
  kind: z.string(),
  name: z.string(),
  version: z.int().describe('The published version'),
});
const valueAnswer = z.object({
  value: z.string().describe('As `policy set` takes it'),
  known: z.boolean().describe('False where a source that may apply would change it'),
  source: sourceAnswer
    .extend({ rank: z.enum(ranks) })
    .nullable()
    .describe('Null for the built-in default'),
  losers: z.array(
    z.object({
      source: sourceAnswer.extend({ rank: z.enum(ranks) }),
      value: z.string(),
      reason: z.enum(Object.keys(lossReasons) as [LossReason, ...LossReason[]]),
    }),
  ),
});
export type ValueAnswer = z.infer<typeof valueAnswer>;

/** What applies to a person on a device, and why; the HTTP contract and every page read this. */
export const resultantAnswer = z.object({
  person: z.object({ id: z.string(), upn: z.string(), displayName: z.string() }),
  device: z
    .object({ id: z.string(), name: z.string() })
    .nullable()
    .describe('Null for a device that is not there yet'),
  refreshedAt: z.iso.datetime().nullable().describe('When the device was last told'),
  settings: z.array(
    z.object({
      name: z.enum(settingNames as [SettingName, ...SettingName[]]),
      title: z.string(),
      now: valueAnswer.describe('As the device knows it'),
      next: valueAnswer.describe('As it would be told now'),
      changes: z
        .enum(['yes', 'no', 'unknown'])
        .describe('Whether the value is another after the next refresh'),
    }),
  ),
  sources: z.array(
    z.object({
      source: sourceAnswer,
      scope: z.enum(['device', 'user']),
      reason: z.enum(Object.keys(targetReasons) as [TargetReason, ...TargetReason[]]),
      held: z.boolean().describe('Whether the device has values of it from its last refresh'),
    }),
  ),
  mixed: z
    .array(z.string())
    .describe('Settings that group policy and Intune both speak about, which Windows does not support'),
});
export type ResultantAnswer = z.infer<typeof resultantAnswer>;

/** A resolved value in the words of the contract. */
export function valueAnswerOf({
  value,
  known,
  source,
  rank,
  losers,
}: Resolved<boolean | number | string | readonly string[]>): ValueAnswer {
  return {
    value: settingText(value),
    known,
    source: source === null || rank === null ? null : { ...source, rank },
    losers: losers.map((each) => ({
      source: { ...each.source, rank: each.rank },
      value: each.value,
      reason: each.reason,
    })),
  };
}

/** Settings that both group policy and an Intune profile speak about at one place: Windows supports either, not both. */
export function mixedSettings(candidates: readonly Candidate[]): readonly SettingName[] {
  const channels = (name: SettingName) =>
    new Set(candidates.filter((each) => each.name === name).map(({ rank }) => rank.split('_')[0]));
  return settingNames.filter((name) => {
    const found = channels(name);
    return found.has('gpo') && found.has('csp');
  });
}

/** Whether a setting is shown: Windows has it, or somebody set it here. */
export function isShown(name: SettingName, ...resolved: readonly Resolved<unknown>[]): boolean {
  const { windows }: Setting = policySettings[name];
  return windows !== undefined || resolved.some(({ source, losers }) => source !== null || losers.length > 0);
}

/** One setting before and after. */
export function comparedSettings(before: Policy, after: Policy): ResultantAnswer['settings'] {
  return settingNames
    .filter((name) => isShown(name, before(name), after(name)))
    .map((name) => ({
      name,
      title: policySettings[name].title,
      now: valueAnswerOf(before(name)),
      next: valueAnswerOf(after(name)),
      changes: differs(before(name), after(name)),
    }));
}

/** Who and where, as other programs ask: a UPN or an ID, and the ID of one of their devices; without one, a new device. */
export const resultantQuery = z.strictObject({
  user: z
    .string()
    .regex(/^[^\p{Cc}]{1,320}$/u)
    .describe('A UPN, or the ID of a person'),
  device: z
    .string()
    .regex(/^[^\p{Cc}]{1,64}$/u)
    .optional()
    .describe('The ID of one of their devices; without it, a device that is not there yet'),
});

/** What a device's own sync brought. */
export const refreshAnswer = z.object({
  refreshedAt: z.iso.datetime(),
  changed: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      value: z.string().describe('The value that applies now'),
    }),
  ),
});
export type RefreshAnswer = z.infer<typeof refreshAnswer>;
