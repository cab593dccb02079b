import { DEVICE_LIMIT_DEFAULT } from '../device.ts';
import { EVENT_RETENTION_DAYS_DEFAULT } from '../event-retention.ts';
import { PASSWORD_MINIMUM_LENGTH } from '../password.ts';

interface BooleanSetting {
  readonly type: 'boolean';
  readonly default: boolean;
}
interface IntegerSetting {
  readonly type: 'integer';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}
type Setting = (BooleanSetting | IntegerSetting) & {
  /** The name administrators know. */
  readonly title: string;
  readonly explanation: string;
  /** Where the name comes from: the CSP node, or Latchkey where Windows has no such setting. */
  readonly origin: string;
};

/** The settings that govern Latchkey today. CSP setting names are verbatim. A later source adds values, never names. */
export const policySettings = {
  UsePassportForWork: {
    type: 'boolean',
    default: true,
    title: 'Use Windows Hello for Business',
    explanation:
      'On: everyone can set up a key on their device. Off: nobody can; existing keys keep working.',
    origin: 'PassportForWork CSP, Policies/UsePassportForWork',
  },
  DisablePostLogonProvisioning: {
    type: 'boolean',
    default: false,
    title: "Don't start Windows Hello provisioning after sign-in",
    explanation:
      'On: nobody is led to the set-up after signing in; they start it themselves from Security info.',
    origin: 'PassportForWork CSP, Policies/DisablePostLogonProvisioning',
  },
  UseBiometrics: {
    type: 'boolean',
    default: true,
    title: 'Use biometrics',
    explanation:
      'Off: face and fingerprint are not offered during set-up. What Windows itself allows is set in Windows.',
    origin: 'PassportForWork CSP, Biometrics/UseBiometrics',
  },
  AllowSyncedPasskeys: {
    type: 'boolean',
    default: true,
    title: 'Allow synced passkeys',
    explanation:
      "On: a passkey that its provider copies between a person's devices may be registered besides Hello keys.",
    origin: 'Latchkey',
  },
  DeviceLimitPerUser: {
    type: 'integer',
    default: DEVICE_LIMIT_DEFAULT,
    minimum: 1,
    maximum: 100,
    title: 'Devices per person',
    explanation: 'Registration of one more is refused with 0x801C000E.',
    origin: 'Latchkey (Entra ID: maximum number of devices per user)',
  },
  EventRetentionDays: {
    type: 'integer',
    default: EVENT_RETENTION_DAYS_DEFAULT,
    minimum: 30,
    maximum: 3650,
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
    title: 'Minimum length of a password',
    explanation:
      'For new passwords. Below 15, a password should never be the only factor. Common passwords and names are refused whatever the length.',
    origin: 'Latchkey (NIST SP 800-63B-4, 3.1.1.2)',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof policySettings;
export const settingNames = Object.keys(policySettings) as SettingName[];
export type SettingValue<N extends SettingName> = (typeof policySettings)[N]['type'] extends 'boolean'
  ? boolean
  : number;

/** The value that a stored or typed text means for this setting, or null when it is none of the allowed ones. */
export function parseSetting<N extends SettingName>(name: N, text: string): SettingValue<N> | null {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') {
    if (text !== 'true' && text !== 'false') return null;
    return (text === 'true') as SettingValue<N>;
  }
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= setting.minimum && value <= setting.maximum ? (value as SettingValue<N>) : null;
}
