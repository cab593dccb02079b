import { z } from 'zod';
import { UNREADABLE } from '../group.ts';
import {
  ALL_USERS,
  parseSetting,
  policySettings,
  type Setting,
  type SettingName,
  settingNames,
} from './settings.ts';
import type { PolicyScope } from './windows.ts';

/**
 * Ranks of sources, the highest first ("Windows Hello for Business policy settings": group policy before the CSP, the user
 * before the computer; an assigned profile before what the organisation set for enrolment). DeviceLock only tightens.
 */
export const ranks = ['gpo_user', 'gpo_device', 'csp_user', 'csp_device', 'tenant', 'device_lock'] as const;
export type Rank = (typeof ranks)[number];

export const rankTitles: Readonly<Record<Rank, string>> = {
  gpo_user: 'Group policy, user',
  gpo_device: 'Group policy, computer',
  csp_user: 'Intune profile, user',
  csp_device: 'Intune profile, device',
  tenant: 'Organisation',
  device_lock: 'Exchange ActiveSync and DeviceLock',
};

interface Kind {
  readonly title: string;
  readonly about: string;
  readonly channel: 'gpo' | 'csp' | 'device_lock';
  /** The settings that such a source can hold for a scope. */
  readonly takes: (name: SettingName, scope: PolicyScope) => boolean;
  /** Settings that its editor shows under another name, with on and off the other way round. */
  readonly inverted?: Readonly<Partial<Record<SettingName, string>>>;
}

const hasNode = (name: SettingName, scope: PolicyScope) =>
  (policySettings[name] as Setting).windows?.csp?.scopes.includes(scope) ?? false;

/** What the account protection template has; it cannot require digits. */
const accountProtection: readonly SettingName[] = [
  'UsePassportForWork',
  'RequireSecurityDevice',
  'PINComplexity/MinimumPINLength',
  'PINComplexity/MaximumPINLength',
  'PINComplexity/LowercaseLetters',
  'PINComplexity/UppercaseLetters',
  'PINComplexity/SpecialCharacters',
  'PINComplexity/Expiration',
  'PINComplexity/History',
  'EnablePinRecovery',
  'UseCertificateForOnPremAuth',
  'UseBiometrics',
  'Biometrics/FacialFeaturesUseEnhancedAntiSpoofing',
  'SecurityKey/UseSecurityKeyForSignin',
];

/** What DeviceLock has for a PIN: only what can be stricter. */
const deviceLock: readonly SettingName[] = [
  'PINComplexity/MinimumPINLength',
  'PINComplexity/Digits',
  'PINComplexity/LowercaseLetters',
  'PINComplexity/UppercaseLetters',
  'PINComplexity/SpecialCharacters',
  'PINComplexity/Expiration',
  'PINComplexity/History',
];

/** The kinds of sources that an administrator makes; what the organisation sets is one more, made with the tenant. */
export const sourceKinds = {
  settings_catalog: {
    title: 'Settings catalogue',
    about: 'An Intune profile with any setting that has a node, for devices or for people.',
    channel: 'csp',
    takes: hasNode,
  },
  account_protection: {
    title: 'Account protection',
    about: 'The Intune template for Windows Hello. It blocks rather than allows, and cannot require digits.',
    channel: 'csp',
    takes: (name, scope) => accountProtection.includes(name) && hasNode(name, scope),
    inverted: { UsePassportForWork: 'Block Windows Hello for Business' },
  },
  custom_profile: {
    title: 'Custom profile',
    about: 'An Intune profile that names each node by its OMA-URI.',
    channel: 'csp',
    takes: hasNode,
  },
  group_policy: {
    title: 'Group policy object',
    about:
      'Linked to the domain; its security filter says who applies it. It stands above every Intune profile.',
    channel: 'gpo',
    takes: (name, scope) =>
      (policySettings[name] as Setting).windows?.policy?.scopes.includes(scope) ?? false,
  },
  device_lock: {
    title: 'Exchange ActiveSync and DeviceLock',
    about: 'A mailbox or device lock policy. It can make the rules for a PIN stricter, never looser.',
    channel: 'device_lock',
    takes: (name, scope) => scope === 'device' && deviceLock.includes(name),
  },
} as const satisfies Record<string, Kind>;
export type SourceKind = keyof typeof sourceKinds;
export const sourceKindNames = Object.keys(sourceKinds) as SourceKind[];

/** The scopes that a kind of source has values for. */
export function scopesOf(kind: SourceKind): readonly PolicyScope[] {
  return kind === 'device_lock' ? ['device'] : ['device', 'user'];
}

/** The settings that a kind of source can hold for a scope, in the order of the table. */
export function settingsOf(kind: SourceKind, scope: PolicyScope): readonly SettingName[] {
  return settingNames.filter((name) => sourceKinds[kind].takes(name, scope));
}

export function rankOf(kind: SourceKind, scope: PolicyScope): Rank {
  const { channel } = sourceKinds[kind];
  return channel === 'device_lock' ? channel : `${channel}_${scope}`;
}

/** In a source's targets: every device, those in no group included. */
export const ALL_DEVICES = 'all_devices';
export const VALUES_MAX = 200;
export const TARGETS_MAX = 100;

const target = z.union([z.uuid(), z.literal(ALL_USERS), z.literal(ALL_DEVICES)]);
const targets = z
  .array(target)
  .max(TARGETS_MAX)
  .refine((list) => new Set(list).size === list.length, 'one group twice');
const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .refine((text) => !UNREADABLE.test(text), 'control characters');

/** A source as an administrator writes it: what it says, and to whom. */
export const policyDocument = z.strictObject({
  name: line(100).min(1),
  description: line(500),
  /** Off: kept, and given to nobody. A group policy object is then not linked. */
  enabled: z.boolean(),
  /** The link order of a group policy object: of two, the one with the smaller number wins. 1 elsewhere. */
  order: z.int().min(1).max(999),
  include: targets,
  /** Whoever is in one of these does not get it, whatever else they are in. */
  exclude: targets.refine((list) => !list.includes(ALL_USERS) && !list.includes(ALL_DEVICES), 'not a group'),
  /** Intune's scope tags: who may see it there. Kept and exported; they govern nothing here. */
  scopeTags: z.array(line(50).min(1)).max(20),
  /** The Enrollment Status Page waits for it. */
  required: z.boolean(),
  values: z
    .array(
      z.strictObject({
        scope: z.enum(['device', 'user']),
        name: z.enum(settingNames as [SettingName, ...SettingName[]]),
        value: z.string().max(10_000),
      }),
    )
    .max(VALUES_MAX),
});
export type PolicyDocument = z.output<typeof policyDocument>;
export type SourceValue = PolicyDocument['values'][number];

export const emptyDocument: PolicyDocument = {
  name: '',
  description: '',
  enabled: true,
  order: 1,
  include: [],
  exclude: [],
  scopeTags: [],
  required: false,
  values: [],
};

export type ValueFault = 'not_in_this_kind' | 'bad_value' | 'twice';

/** What is wrong with single values of a document, for its kind; rules between settings are `disagreement`'s. */
export function valueFaults(
  kind: SourceKind,
  { values }: Pick<PolicyDocument, 'values'>,
): readonly { readonly at: number; readonly fault: ValueFault }[] {
  return values.flatMap(({ scope, name, value }, at) => {
    const first = values.findIndex((other) => other.scope === scope && other.name === name);
    const fault = !sourceKinds[kind].takes(name, scope)
      ? 'not_in_this_kind'
      : parseSetting(name, value) === null
        ? 'bad_value'
        : first !== at
          ? 'twice'
          : null;
    return fault === null ? [] : [{ at, fault }];
  });
}

export interface DocumentChange {
  /** A field of the document, or a value's scope and name. */
  readonly what: Exclude<keyof PolicyDocument, 'values'> | Pick<SourceValue, 'scope' | 'name'>;
  /** Null where there was nothing, or is nothing any more. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between two documents, fields first, then values in the order of the table. */
export function documentChanges(
  before: PolicyDocument | null,
  after: PolicyDocument | null,
): readonly DocumentChange[] {
  const fields = (Object.keys(emptyDocument) as (keyof PolicyDocument)[]).filter(
    (field) => field !== 'values',
  );
  const words = (document: PolicyDocument | null, field: (typeof fields)[number]) => {
    const value = document?.[field];
    return value === undefined
      ? null
      : Array.isArray(value)
        ? JSON.stringify([...value].sort())
        : String(value);
  };
  const valueIn = (document: PolicyDocument | null, scope: PolicyScope, name: SettingName) =>
    document?.values.find((value) => value.scope === scope && value.name === name)?.value ?? null;
  const places = settingNames.flatMap((name) =>
    (['device', 'user'] as const).map((scope) => ({ scope, name })),
  );
  return [
    ...fields.map((what) => ({ what, before: words(before, what), after: words(after, what) })),
    ...places.map(({ scope, name }) => ({
      what: { scope, name },
      before: valueIn(before, scope, name),
      after: valueIn(after, scope, name),
    })),
  ].filter((change) => change.before !== change.after) as DocumentChange[];
}
