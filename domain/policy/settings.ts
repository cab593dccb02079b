import { DEVICE_LIMIT_DEFAULT } from '../device.ts';
import { EVENT_RETENTION_DAYS_DEFAULT } from '../event-retention.ts';
import { PASSWORD_MINIMUM_LENGTH } from '../password.ts';
import { PASS_LENGTH, PASS_LIFETIME_MINUTES } from '../temporary-access-pass.ts';

interface BooleanSetting {
  readonly type: 'boolean';
  readonly default: boolean;
}
interface IntegerSetting {
  readonly type: 'integer';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What is counted: "minutes". */
  readonly unit?: string;
}
/** A list of groups by their IDs. */
interface GroupsSetting {
  readonly type: 'groups';
  readonly default: readonly string[];
  /** Whether it may hold `ALL_USERS`. */
  readonly everyone: boolean;
}
type Setting = (BooleanSetting | IntegerSetting | GroupsSetting) & {
  readonly group: SettingGroup;
  /** The name administrators know. */
  readonly title: string;
  readonly explanation: string;
  /** Where the name comes from: the CSP node, Microsoft Graph, or Latchkey where neither has such a setting. */
  readonly origin: string;
};

/** The parts that settings are shown in, in order. */
export const settingGroups = {
  hello: { title: 'Windows Hello for Business', purpose: 'Who sets up a key on their device, and how.' },
  passkeys: { title: 'Passkeys', purpose: 'What may be registered besides Hello keys.' },
  attestation: {
    title: 'Attestation',
    purpose:
      'What is asked of others about the models and certificates of keys, after and never inside a sign-in.',
  },
  devices: { title: 'Devices', purpose: 'How many browsers a person may register.' },
  pass: {
    title: 'Temporary Access Pass',
    purpose:
      'How long a pass works, how it looks and who may use one. Anybody may be given a pass; only people in scope can use it.',
  },
  password: { title: 'Password', purpose: 'What a new password must be, while there are passwords.' },
  passwordless: {
    title: 'Passwordless',
    purpose: 'Whether people still meet a password, and who. These are changed together, after a dry run.',
  },
  events: { title: 'Event log', purpose: 'How long events are kept.' },
} as const;
export type SettingGroup = keyof typeof settingGroups;

/** Settings that mean something only together: no single one of them is set by itself. */
const setTogether: readonly SettingGroup[] = ['passwordless'];

/** Whether a setting is changed with the rest of its group alone, by a use case of its own. */
export function isSetTogether(name: SettingName): boolean {
  return setTogether.includes(policySettings[name].group);
}

/** In a list of groups: everybody, those in no group included (Microsoft Graph's own word for it). */
export const ALL_USERS = 'all_users';

const GRAPH = 'Microsoft Graph, temporaryAccessPassAuthenticationMethodConfiguration';
const lifetime = {
  type: 'integer',
  minimum: PASS_LIFETIME_MINUTES.minimum,
  maximum: PASS_LIFETIME_MINUTES.maximum,
  unit: 'minutes',
  group: 'pass',
} as const;

/** The settings that govern Latchkey today. CSP setting names are verbatim. A later source adds values, never names. */
export const policySettings = {
  UsePassportForWork: {
    type: 'boolean',
    default: true,
    group: 'hello',
    title: 'Use Windows Hello for Business',
    explanation:
      'On: everyone can set up a key on their device. Off: nobody can; existing keys keep working.',
    origin: 'PassportForWork CSP, Policies/UsePassportForWork',
  },
  DisablePostLogonProvisioning: {
    type: 'boolean',
    default: false,
    group: 'hello',
    title: "Don't start Windows Hello provisioning after sign-in",
    explanation:
      'On: nobody is led to the set-up after signing in; they start it themselves from Security info.',
    origin: 'PassportForWork CSP, Policies/DisablePostLogonProvisioning',
  },
  UseBiometrics: {
    type: 'boolean',
    default: true,
    group: 'hello',
    title: 'Use biometrics',
    explanation:
      'Off: face and fingerprint are not offered during set-up. What Windows itself allows is set in Windows.',
    origin: 'PassportForWork CSP, Biometrics/UseBiometrics',
  },
  AllowSyncedPasskeys: {
    type: 'boolean',
    default: true,
    group: 'passkeys',
    title: 'Allow synced passkeys',
    explanation:
      "On: a passkey that its provider copies between a person's devices may be registered besides Hello keys.",
    origin: 'Latchkey',
  },
  'AttestationMetadata.state': {
    type: 'boolean',
    default: false,
    group: 'attestation',
    title: 'Fetch FIDO metadata every day',
    explanation:
      'On: the list of models with their status is fetched from where it was last loaded, or from the FIDO Alliance. Off: it is loaded by hand, or not at all.',
    origin: 'Latchkey (FIDO Metadata Service 3)',
  },
  'AttestationRevocation.state': {
    type: 'boolean',
    default: false,
    group: 'attestation',
    title: 'Fetch revocation lists',
    explanation:
      'On: the lists that verified attestation certificates name are fetched by the server in the background. Off, as it starts: the server asks nobody, and a revoked certificate goes unnoticed.',
    origin: 'Latchkey (RFC 5280 5)',
  },
  'AttestationRevocation.limitHours': {
    type: 'integer',
    default: 48,
    minimum: 2,
    maximum: 720,
    unit: 'hours',
    group: 'attestation',
    title: 'Oldest revocation list that counts',
    explanation: 'A list that could not be fetched for so long says nothing any more: the check is not made.',
    origin: 'Latchkey',
  },
  DeviceLimitPerUser: {
    type: 'integer',
    default: DEVICE_LIMIT_DEFAULT,
    minimum: 1,
    maximum: 100,
    group: 'devices',
    title: 'Devices per person',
    explanation: 'Registration of one more is refused with 0x801C000E.',
    origin: 'Latchkey (Entra ID: maximum number of devices per user)',
  },
  EventRetentionDays: {
    type: 'integer',
    default: EVENT_RETENTION_DAYS_DEFAULT,
    minimum: 30,
    maximum: 3650,
    unit: 'days',
    group: 'events',
    title: 'Days that events are kept',
    explanation:
      'Older events are deleted for good, a whole day at a time. Export what you must keep longer.',
    origin: 'Latchkey',
  },
  PasswordMinimumLength: {
    type: 'integer',
    default: PASSWORD_MINIMUM_LENGTH.default,
    minimum: PASSWORD_MINIMUM_LENGTH.minimum,
    maximum: PASSWORD_MINIMUM_LENGTH.maximum,
    unit: 'characters',
    group: 'password',
    title: 'Minimum length of a password',
    explanation:
      'For new passwords. Below 15, a password should never be the only factor. Common passwords and names are refused whatever the length.',
    origin: 'Latchkey (NIST SP 800-63B-4, 3.1.1.2)',
  },
  'TemporaryAccessPass.state': {
    type: 'boolean',
    default: true,
    group: 'pass',
    title: 'Use Temporary Access Passes',
    explanation:
      'Off: no pass works, and set-ups that began with one stop. Entra ID starts with them off; Latchkey starts with them on, because a pass is how everybody gets their first key. A pass from the command line on the server to a Global Administrator always works.',
    origin: `${GRAPH}: state (enabled, disabled)`,
  },
  'TemporaryAccessPass.minimumLifetimeInMinutes': {
    ...lifetime,
    default: 60,
    title: 'Shortest lifetime',
    explanation: 'No pass can be issued for less. 10 minutes to 30 days (43,200).',
    origin: `${GRAPH}: minimumLifetimeInMinutes`,
  },
  'TemporaryAccessPass.defaultLifetimeInMinutes': {
    ...lifetime,
    default: 60,
    title: 'Usual lifetime',
    explanation: 'What a pass gets when nobody chooses. It counts from the start of the pass.',
    origin: `${GRAPH}: defaultLifetimeInMinutes`,
  },
  'TemporaryAccessPass.maximumLifetimeInMinutes': {
    ...lifetime,
    default: 480,
    title: 'Longest lifetime',
    explanation: 'No pass can be issued for more. Passes that were issued before keep their time.',
    origin: `${GRAPH}: maximumLifetimeInMinutes`,
  },
  'TemporaryAccessPass.defaultLength': {
    type: 'integer',
    default: PASS_LENGTH.minimum,
    minimum: PASS_LENGTH.minimum,
    maximum: PASS_LENGTH.maximum,
    unit: 'characters',
    group: 'pass',
    title: 'Length',
    explanation: 'Each character is one of 32 and carries 5 bits: 8 of them are 40 bits, 16 are 80.',
    origin: `${GRAPH}: defaultLength`,
  },
  'TemporaryAccessPass.isUsableOnce': {
    type: 'boolean',
    default: false,
    group: 'pass',
    title: 'Every pass works once',
    explanation:
      'On: every pass is for one time. Passes for many times stop at once, and set-ups that began with one stop too. Off: whoever issues a pass chooses.',
    origin: `${GRAPH}: isUsableOnce`,
  },
  'TemporaryAccessPass.includeTargets': {
    type: 'groups',
    default: [ALL_USERS],
    everyone: true,
    group: 'pass',
    title: 'Who can use a pass',
    explanation: 'Everybody, or the members of the groups that you choose. With none chosen nobody can.',
    origin: `${GRAPH}: includeTargets`,
  },
  'TemporaryAccessPass.excludeTargets': {
    type: 'groups',
    default: [],
    everyone: false,
    group: 'pass',
    title: 'Who can never use a pass',
    explanation: 'Members of these groups cannot use a pass, even when another of their groups may.',
    origin: `${GRAPH}: excludeTargets`,
  },
  EnablePasswordlessExperience: {
    type: 'boolean',
    default: false,
    group: 'passwordless',
    title: 'Passwordless experience',
    explanation:
      'On: people in scope who have a key meet no password where they sign in, unlock, confirm or look after their account. The password itself goes on working under “Other user”.',
    origin: 'Policy CSP, Authentication/EnablePasswordlessExperience',
  },
  'Passwordless.refusePasswords': {
    type: 'boolean',
    default: false,
    group: 'passwordless',
    title: 'Refuse passwords',
    explanation:
      'On, with the experience: the server refuses the passwords of people in scope, whatever program asks. Windows has no such setting.',
    origin: 'Latchkey',
  },
  'Passwordless.includeTargets': {
    type: 'groups',
    default: [ALL_USERS],
    everyone: true,
    group: 'passwordless',
    title: 'Who goes without a password',
    explanation: 'Everybody, or the members of the groups that are chosen. Break-glass accounts never do.',
    origin: 'Latchkey (in Windows: the devices that the setting is assigned to)',
  },
  'Passwordless.excludeTargets': {
    type: 'groups',
    default: [],
    everyone: false,
    group: 'passwordless',
    title: 'Who keeps the password',
    explanation: 'Members of these groups keep it, even when another of their groups goes without.',
    origin: 'Latchkey (in Windows: the devices that the setting is not assigned to)',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof policySettings;
export const settingNames = Object.keys(policySettings) as SettingName[];

interface Values {
  readonly boolean: boolean;
  readonly integer: number;
  readonly groups: readonly string[];
}
export type SettingValue<N extends SettingName> = Values[(typeof policySettings)[N]['type']];
type IntegerName = {
  [N in SettingName]: (typeof policySettings)[N]['type'] extends 'integer' ? N : never;
}[SettingName];

/** The rules across settings: in each pair the first is never more than the second. */
export const settingOrder: readonly (readonly [IntegerName, IntegerName])[] = [
  ['TemporaryAccessPass.minimumLifetimeInMinutes', 'TemporaryAccessPass.defaultLifetimeInMinutes'],
  ['TemporaryAccessPass.defaultLifetimeInMinutes', 'TemporaryAccessPass.maximumLifetimeInMinutes'],
];

/** The first two settings that contradict each other, or null. */
export function disagreement(
  read: (name: IntegerName) => number,
): { readonly lower: IntegerName; readonly upper: IntegerName } | null {
  const found = settingOrder.find(([lower, upper]) => read(lower) > read(upper));
  return found === undefined ? null : { lower: found[0], upper: found[1] };
}

/** More groups than anybody chooses by hand. */
export const GROUPS_MAX = 100;

function parseGroups(text: string, everyone: boolean): readonly string[] | null {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return null;
  }
  const known = (id: unknown) =>
    typeof id === 'string' && (/^[0-9a-f-]{36}$/.test(id) || (everyone && id === ALL_USERS));
  if (!Array.isArray(list) || list.length > GROUPS_MAX || !list.every(known)) return null;
  return new Set(list).size === list.length ? (list as string[]) : null;
}

/** The value that a stored or typed text means for this setting, or null when it is none of the allowed ones. */
export function parseSetting<N extends SettingName>(name: N, text: string): SettingValue<N> | null {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') {
    if (text !== 'true' && text !== 'false') return null;
    return (text === 'true') as SettingValue<N>;
  }
  if (setting.type === 'groups') return parseGroups(text, setting.everyone) as SettingValue<N> | null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= setting.minimum && value <= setting.maximum ? (value as SettingValue<N>) : null;
}

/** The text that a value is stored as; `parseSetting` reads it back. */
export function settingText(value: boolean | number | readonly string[]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
