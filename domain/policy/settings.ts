import { applicationNames } from '../application.ts';
import { NO_AAGUID } from '../attestation/aaguids.ts';
import { phoneVerifications } from '../authenticator.ts';
import { deploymentNames, deploymentTitles } from '../deployment/matrix.ts';
import { DEVICE_LIMIT_DEFAULT } from '../device.ts';
import { EVENT_RETENTION_DAYS_DEFAULT } from '../event-retention.ts';
import { methodUseLabels, methodUses } from '../methods.ts';
import { PASSWORD_MINIMUM_LENGTH } from '../password.ts';
import { softwareKeyChoices, softwareKeyLabels } from '../software-key.ts';
import { demandLabels, demands } from '../strength.ts';
import { PASS_LENGTH, PASS_LIFETIME_MINUTES } from '../temporary-access-pass.ts';
import { isSettingText, type TextKind } from './setting-text.ts';
import type { WindowsFacts } from './windows.ts';
import { windowsFacts, windowsSettings } from './windows-settings.ts';

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
/** One of a few words. */
interface ChoiceSetting {
  readonly type: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
  /** The words as a person reads them. */
  readonly labels?: Readonly<Record<string, string>>;
}
/** A text of one line; empty is as not configured. */
interface TextSetting {
  readonly type: 'text';
  readonly default: string;
  readonly kind: TextKind;
  readonly maximumLength: number;
}
/** A list of authenticator models by their AAGUIDs, in lower case. */
interface AaguidsSetting {
  readonly type: 'aaguids';
  readonly default: readonly string[];
}
export type Setting = (
  | BooleanSetting
  | IntegerSetting
  | GroupsSetting
  | ChoiceSetting
  | AaguidsSetting
  | TextSetting
) & {
  readonly group: SettingGroup;
  /** The name administrators know. */
  readonly title: string;
  readonly explanation: string;
  /** Where the name comes from: the CSP node, Microsoft Graph, or Latchkey where neither has such a setting. */
  readonly origin: string;
  /**
   * `windows`: it is kept, checked and exported, and changes nothing here. `checklist`: it says what the checklist of the
   * deployment asks. Else Latchkey enforces it.
   */
  readonly governs?: 'windows' | 'checklist';
  /** What Windows has for it, where it has. */
  readonly windows?: WindowsFacts;
};

/** The parts that settings are shown in, in order. */
export const settingGroups = {
  hello: { title: 'Windows Hello for Business', purpose: 'Who sets up a key on their device, and how.' },
  pin: {
    title: 'PIN complexity',
    purpose:
      'What a PIN must look like: here for keys that a browser keeps itself, and by export for Windows Hello, whose PIN Windows judges. No PIN ever reaches Latchkey.',
  },
  attestation: {
    title: 'Attestation',
    purpose:
      'What is asked of others about the models and certificates of keys, after and never inside a sign-in.',
  },
  'key-rules': {
    title: 'Rules for keys',
    purpose:
      'Which keys are good enough, and what happens to others. These are changed together, after a dry run.',
  },
  'enrollment-status': {
    title: 'Enrollment Status Page',
    purpose: 'Whether a new device waits for policy before its person goes on, and for how long.',
  },
  devices: { title: 'Devices', purpose: 'How many browsers a person may register.' },
  deployment: {
    title: 'Deployment',
    purpose: 'Which deployment of Windows Hello for Business this is. Its checklist shows what that needs.',
  },
  pass: {
    title: 'Temporary Access Pass',
    purpose:
      'How long a pass works, how it looks and who may use one. Anybody may be given a pass; only people in scope can use it.',
  },
  methods: {
    title: 'Authentication methods',
    purpose:
      'Which of the other methods there are, for whom, and what each may be used for. These are changed on their own page, after a look at who loses one.',
  },
  strengths: {
    title: 'Authentication strengths',
    purpose:
      'How strong the proof has to be, by flow and by application. These are changed on the same page, after a look at who could not meet them.',
  },
  authenticator: { title: 'Authenticator', purpose: 'How people approve on their phones that it is them.' },
  password: { title: 'Password', purpose: 'What a new password must be, while there are passwords.' },
  passwordless: {
    title: 'Passwordless',
    purpose: 'Whether people still meet a password, and who. These are changed together, after a dry run.',
  },
  events: { title: 'Event log', purpose: 'How long events are kept.' },
  'windows-trust': {
    title: 'For Windows: trust',
    purpose: 'How Windows signs in to Active Directory. Exported only.',
  },
  'windows-biometrics': {
    title: 'For Windows: biometrics and smart cards',
    purpose: 'Which sensors Windows takes, and what programs see of Hello keys. Exported only.',
  },
  'windows-unlock': {
    title: 'Unlock and lock',
    purpose:
      'More than one factor to unlock, here as far as a browser can see it. Locking when a phone goes away is for Windows alone.',
  },
  'windows-sign-in': {
    title: 'For Windows: the lock screen',
    purpose: 'Which ways to sign in Windows itself offers. Web sign-in governs here, too.',
  },
} as const;
export type SettingGroup = keyof typeof settingGroups;

/** Settings that mean something only together: no single one of them is set by itself. */
const setTogether: readonly SettingGroup[] = ['key-rules', 'passwordless', 'methods', 'strengths'];

/** Whether a setting is changed with the rest of its group alone, by a use case of its own. */
export function isSetTogether(name: SettingName): boolean {
  return setTogether.includes(policySettings[name].group);
}

/**
 * What a set of rules does to a key that does not meet it. `monitor`: the key is accepted, and the log says what would have
 * been refused; `warn`: the person is told as well; `enforce`: it is refused.
 */
export const ruleModes = ['off', 'monitor', 'warn', 'enforce'] as const;
export type RuleMode = (typeof ruleModes)[number];

const MODE_WORDS =
  'off: nothing. monitor: the log says what would have been refused. warn: the person is told, too. enforce: refused.';

/** In a list of groups: everybody, those in no group included (Microsoft Graph's own word for it). */
export const ALL_USERS = 'all_users';

const GRAPH = 'Microsoft Graph, temporaryAccessPassAuthenticationMethodConfiguration';
const GRAPH_ESP = 'Microsoft Graph, windows10EnrollmentCompletionPageConfiguration';
const GRAPH_FIDO2 = 'Microsoft Graph, fido2AuthenticationMethodConfiguration';
const lifetime = {
  type: 'integer',
  minimum: PASS_LIFETIME_MINUTES.minimum,
  maximum: PASS_LIFETIME_MINUTES.maximum,
  unit: 'minutes',
  group: 'pass',
} as const;

const GRAPH_METHOD = {
  Fido2: GRAPH_FIDO2,
  Authenticator: 'Microsoft Graph, microsoftAuthenticatorAuthenticationMethodConfiguration',
  SoftwareOath: 'Microsoft Graph, softwareOathAuthenticationMethodConfiguration',
} as const;

/** The settings of a method: one shape for all of them, that of the Temporary Access Pass. */
function methodSettings<N extends keyof typeof GRAPH_METHOD>(name: N, what: string, off: string) {
  const origin = GRAPH_METHOD[name];
  const group = 'methods' as const;
  const settings = {
    state: {
      type: 'boolean',
      default: true,
      group,
      title: `Use ${what}`,
      explanation: `Off: nobody registers or uses one. Those that are registered are kept, for when it is on again. ${off}`,
      origin: `${origin}: state (enabled, disabled)`,
    },
    includeTargets: {
      type: 'groups',
      default: [ALL_USERS],
      everyone: true,
      group,
      title: `Who can use ${what}`,
      explanation: 'Everybody, or the members of the groups that you choose. With none chosen nobody can.',
      origin: `${origin}: includeTargets`,
    },
    excludeTargets: {
      type: 'groups',
      default: [],
      everyone: false,
      group,
      title: `Who can never use ${what}`,
      explanation: 'Members of these groups cannot, even when another of their groups may.',
      origin: `${origin}: excludeTargets`,
    },
    uses: {
      type: 'choice',
      choices: methodUses,
      labels: methodUseLabels,
      default: 'any',
      group,
      title: `What ${what} may be used for`,
      explanation:
        'Signing in only: it confirms nothing and registers nothing in a session. Confirming only: it lets nobody in. Either way it opens the lock of a session.',
      origin: 'Latchkey (in Entra ID: includeTargets, authenticationMode)',
    },
  } as const;
  return Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [`${name}.${key}`, setting]),
  ) as { readonly [K in keyof typeof settings as `${N}.${K}`]: (typeof settings)[K] };
}

function strengthSetting(what: string, explanation: string) {
  return {
    type: 'choice',
    choices: demands,
    labels: demandLabels,
    default: 'none',
    group: 'strengths',
    title: `Strength for ${what}`,
    explanation,
    origin: 'Microsoft Graph, conditionalAccessGrantControls: authenticationStrength',
  } as const;
}

const PASS_GOES_ON =
  'A Temporary Access Pass goes on doing it whatever is asked here, so that whoever has nothing of that strength yet can get it: who may use a pass says its own policy.';
const IN_THE_SESSION = 'Asked of what was proven in the session. Whoever has not is asked once more, here.';

/**
 * Every setting there is: those that govern Latchkey, and those that it keeps for Windows alone. CSP setting names are
 * verbatim. A later source adds values, never names.
 */
export const policySettings = {
  UsePassportForWork: {
    type: 'boolean',
    windows: windowsFacts.UsePassportForWork,
    default: true,
    group: 'hello',
    title: 'Use Windows Hello for Business',
    explanation:
      'On: everyone can set up a key on their device. Off: nobody can; existing keys keep working.',
    origin: 'PassportForWork CSP, Policies/UsePassportForWork',
  },
  DisablePostLogonProvisioning: {
    type: 'boolean',
    windows: windowsFacts.DisablePostLogonProvisioning,
    default: false,
    group: 'hello',
    title: "Don't start Windows Hello provisioning after sign-in",
    explanation:
      'On: nobody is led to the set-up after signing in; they start it themselves from Security info.',
    origin: 'PassportForWork CSP, Policies/DisablePostLogonProvisioning',
  },
  EnablePinRecovery: {
    type: 'boolean',
    windows: windowsFacts.EnablePinRecovery,
    default: false,
    group: 'hello',
    title: 'Use PIN recovery',
    explanation:
      'On: a device prepares a secret for the PIN reset service, so that a forgotten PIN can be replaced without losing the key. Here it counts for keys that a browser keeps itself, once the service is registered.',
    origin: 'PassportForWork CSP, Policies/EnablePinRecovery',
  },
  UseBiometrics: {
    type: 'boolean',
    windows: windowsFacts.UseBiometrics,
    default: true,
    group: 'hello',
    title: 'Use biometrics',
    explanation:
      'Off: face and fingerprint are not offered during set-up. What Windows itself allows is set in Windows.',
    origin: 'PassportForWork CSP, Biometrics/UseBiometrics',
  },
  SoftwareKeys: {
    type: 'choice',
    choices: softwareKeyChoices,
    labels: softwareKeyLabels,
    default: 'fallback',
    group: 'hello',
    title: 'Software keys',
    explanation:
      'Whether a browser may keep a Hello key itself, behind a PIN that it checks with the server. Never where a security device is required.',
    origin: 'Latchkey (as the software key storage provider of Windows)',
  },
  'EnrollmentStatusPage.state': {
    type: 'boolean',
    default: false,
    group: 'enrollment-status',
    title: 'Show the Enrollment Status Page',
    explanation:
      'On: on a new device people see policy arrive, and go on when every source that is required is there.',
    origin: `${GRAPH_ESP}: showInstallationProgress`,
  },
  'EnrollmentStatusPage.timeoutMinutes': {
    type: 'integer',
    default: 60,
    minimum: 1,
    maximum: 1440,
    unit: 'minutes',
    group: 'enrollment-status',
    title: 'Longest wait',
    explanation: 'After that the page says what is missing.',
    origin: `${GRAPH_ESP}: installProgressTimeoutInMinutes`,
  },
  'EnrollmentStatusPage.allowUse': {
    type: 'boolean',
    default: false,
    group: 'enrollment-status',
    title: 'Let people go on after the longest wait',
    explanation:
      'Off: they try again or sign out. On: they may go on without what is missing; the log says so.',
    origin: `${GRAPH_ESP}: allowDeviceUseOnInstallFailure`,
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
  'Deployment.modelAndTrust': {
    type: 'choice',
    choices: deploymentNames,
    labels: deploymentTitles,
    default: 'cloud_only',
    governs: 'checklist',
    group: 'deployment',
    title: 'Deployment model and trust type',
    explanation: 'What the checklist of the deployment asks. Nothing else depends on it.',
    origin: 'Latchkey (Plan a Windows Hello for Business deployment)',
  },
  'LiveCeremony.state': {
    type: 'boolean',
    default: false,
    group: 'events',
    title: 'Let people watch their own ceremonies',
    explanation:
      'On: the live view draws what a browser and Latchkey say to each other while it happens, to whoever sits at that browser. No secret is in it, and nothing of it is kept. Set for the whole organisation.',
    origin: 'Latchkey',
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
  ...methodSettings('Fido2', 'passkeys and security keys', 'Windows Hello keys are not among them.'),
  ...methodSettings(
    'Authenticator',
    'phones that approve',
    'Whoever has no other second factor then signs in with the password alone.',
  ),
  ...methodSettings(
    'SoftwareOath',
    'authenticator apps',
    'Whoever has no other second factor then signs in with the password alone.',
  ),
  'AuthenticationStrength.signIn': strengthSetting(
    'signing in',
    'Whoever comes in with less is asked for more before anything opens, or sets up a key. Somebody with nothing else needs a Temporary Access Pass.',
  ),
  'AuthenticationStrength.provisioning': strengthSetting(
    'setting up Windows Hello',
    `Registering a device, adding a browser to one, and making its key. ${PASS_GOES_ON}`,
  ),
  'AuthenticationStrength.pinReset': strengthSetting('resetting a PIN', PASS_GOES_ON),
  'AuthenticationStrength.securityInfo': strengthSetting(
    'adding and changing methods',
    `Adding a passkey, an app or a phone; renaming, removing and reporting lost. ${PASS_GOES_ON}`,
  ),
  'AuthenticationStrength.administration': strengthSetting('administration', IN_THE_SESSION),
  'AuthenticationStrength.handbook': strengthSetting(applicationNames.handbook, IN_THE_SESSION),
  'AuthenticationStrength.timesheet': strengthSetting(applicationNames.timesheet, IN_THE_SESSION),
  'AuthenticationStrength.payroll': strengthSetting(applicationNames.payroll, IN_THE_SESSION),
  'Authenticator.phoneVerification': {
    type: 'choice',
    choices: phoneVerifications,
    labels: {
      off: 'Never asked for',
      when_available: 'Where the phone has it',
      required: 'Required',
    },
    default: 'when_available',
    group: 'authenticator',
    title: 'A phone verifies who holds it',
    explanation:
      'By its face, finger or screen lock, each time that somebody approves; never to deny. Required: a phone without it approves nothing. Off: whoever holds the unlocked phone can approve, and a phone alone signs nobody in.',
    origin: 'Latchkey (Microsoft Authenticator: app lock and phone sign-in)',
  },
  'Authenticator.webPush': {
    type: 'boolean',
    default: true,
    group: 'authenticator',
    title: 'Wake phones by Web Push',
    explanation:
      'Where the server has keys for it. The message goes through the push service of the phone’s browser and says only that something waits. Off: a phone hears of it while its page is open.',
    origin: 'Latchkey (RFC 8030, 8291, 8292)',
  },
  'KeyRules.helloMode': {
    type: 'choice',
    choices: ruleModes,
    default: 'off',
    group: 'key-rules',
    title: 'Rules for Hello keys',
    explanation: `What the rules for Windows Hello keys do. ${MODE_WORDS}`,
    origin: 'Latchkey (in Windows a rule is either set or not)',
  },
  RequireSecurityDevice: {
    type: 'boolean',
    windows: windowsFacts.RequireSecurityDevice,
    default: false,
    group: 'key-rules',
    title: 'Use a hardware security device',
    explanation:
      'On: a Hello key has to prove that a TPM keeps it. It acts when a key is made; keys that exist go on working.',
    origin: 'PassportForWork CSP, Policies/RequireSecurityDevice',
  },
  'ExcludeSecurityDevices/TPM12': {
    type: 'boolean',
    windows: windowsFacts['ExcludeSecurityDevices/TPM12'],
    default: false,
    group: 'key-rules',
    title: 'Do not use TPM 1.2',
    explanation:
      'Always so here: WebAuthn has a statement for TPM 2.0 only, so that a TPM 1.2 never proves anything to a website. Kept for devices that read it.',
    origin: 'PassportForWork CSP, Policies/ExcludeSecurityDevices/TPM12',
  },
  'KeyRules.passkeyMode': {
    type: 'choice',
    choices: ruleModes,
    default: 'enforce',
    group: 'key-rules',
    title: 'Rules for passkeys',
    explanation: `What the rules for passkeys and security keys do. ${MODE_WORDS}`,
    origin: 'Latchkey (in Entra ID a rule is either enforced or not)',
  },
  AllowSyncedPasskeys: {
    type: 'boolean',
    default: true,
    group: 'key-rules',
    title: 'Allow synced passkeys',
    explanation:
      "On: a passkey that its provider copies between a person's devices may be used besides Hello keys. Off acts when a passkey is made and at sign-in.",
    origin: 'Latchkey',
  },
  isAttestationEnforced: {
    type: 'boolean',
    default: false,
    group: 'key-rules',
    title: 'Enforce attestation',
    explanation:
      'On: a passkey has to prove what keeps it, under an anchor that is pinned here. It acts when a passkey is made; those that exist go on working.',
    origin: `${GRAPH_FIDO2}: isAttestationEnforced`,
  },
  'keyRestrictions.allow': {
    type: 'aaguids',
    default: [],
    group: 'key-rules',
    title: 'Only these models',
    explanation:
      'With any model here, every other one falls, and so does one that only says that it is one of these. When a passkey is made and at sign-in. Empty: every model.',
    origin: `${GRAPH_FIDO2}: keyRestrictions, enforcementType allow, aaGuids`,
  },
  'keyRestrictions.block': {
    type: 'aaguids',
    default: [],
    group: 'key-rules',
    title: 'Never these models',
    explanation:
      'A passkey that is one of these falls, and so does one that only says so. When a passkey is made and at sign-in.',
    origin: `${GRAPH_FIDO2}: keyRestrictions, enforcementType block, aaGuids`,
  },
  EnablePasswordlessExperience: {
    type: 'boolean',
    windows: windowsFacts.EnablePasswordlessExperience,
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
  ...windowsSettings,
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof policySettings;
export const settingNames = Object.keys(policySettings) as SettingName[];

interface Values {
  readonly boolean: boolean;
  readonly integer: number;
  readonly text: string;
  readonly groups: readonly string[];
  readonly aaguids: readonly string[];
}
type ValueOf<S> = S extends { readonly type: 'choice'; readonly choices: readonly (infer Word)[] }
  ? Word
  : S extends { readonly type: keyof Values }
    ? Values[S['type']]
    : never;
export type SettingValue<N extends SettingName> = ValueOf<(typeof policySettings)[N]>;
type IntegerName = {
  [N in SettingName]: (typeof policySettings)[N]['type'] extends 'integer' ? N : never;
}[SettingName];

/** In each pair the first is never more than the second; `rules.ts` has what else must hold between settings. */
export const settingOrder: readonly (readonly [IntegerName, IntegerName])[] = [
  ['TemporaryAccessPass.minimumLifetimeInMinutes', 'TemporaryAccessPass.defaultLifetimeInMinutes'],
  ['TemporaryAccessPass.defaultLifetimeInMinutes', 'TemporaryAccessPass.maximumLifetimeInMinutes'],
  ['PINComplexity/MinimumPINLength', 'PINComplexity/MaximumPINLength'],
];

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

/** More models than there are authenticators in the FIDO Metadata Service. */
export const AAGUIDS_MAX = 500;

/** Models as a list of AAGUIDs; the one of all zeros names no model, so that no rule can be about it. */
function parseAaguids(text: string): readonly string[] | null {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return null;
  }
  const known = (id: unknown) =>
    typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) && id !== NO_AAGUID;
  if (!Array.isArray(list) || list.length > AAGUIDS_MAX || !list.every(known)) return null;
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
  if (setting.type === 'aaguids') return parseAaguids(text) as SettingValue<N> | null;
  if (setting.type === 'text') {
    const fits = text.length <= setting.maximumLength && isSettingText(setting.kind, text);
    return fits ? (text as SettingValue<N>) : null;
  }
  if (setting.type === 'choice') return setting.choices.includes(text) ? (text as SettingValue<N>) : null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= setting.minimum && value <= setting.maximum ? (value as SettingValue<N>) : null;
}

/** The text that a value is stored as; `parseSetting` reads it back. */
export function settingText(value: boolean | number | string | readonly string[]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
