import { TEXT_MAX } from './setting-text.ts';
import type { Setting } from './settings.ts';
import type { PolicyScope, WindowsFacts } from './windows.ts';

// Sources: PassportForWork CSP, Policy CSP (Authentication, ADMX_CredentialProviders), Passport.admx, Biometrics.admx,
// CredentialProviders.admx, and "Windows Hello for Business policy settings" (learn.microsoft.com).

const HELLO = 'Administrative Templates > Windows Components > Windows Hello for Business';
const PIN = 'Administrative Templates > System > PIN Complexity';
const GPR = 'SOFTWARE\\Policies\\Microsoft\\PassportForWork';
const TENANT = '/Vendor/MSFT/PassportForWork/{TenantId}/Policies/';
const PASSPORT = '/Vendor/MSFT/PassportForWork/';
const AUTHENTICATION = '/Vendor/MSFT/Policy/Config/Authentication/';

const DEVICE: readonly PolicyScope[] = ['device'];
const BOTH: readonly PolicyScope[] = ['device', 'user'];

const WINDOWS_10_1511 = 'Windows 10 1511';
const WINDOWS_10_1703 = 'Windows 10 1703';
const WINDOWS_10_1803 = 'Windows 10 1803';
const WINDOWS_10_1809 = 'Windows 10 1809';

/** A policy of Passport.admx. */
const passport = (name: string, policy: string, scopes = DEVICE, path = HELLO) => ({
  path,
  name,
  scopes,
  admx: { file: 'Passport.admx', policy },
});
const dword = (value: string, key: string = GPR) => ({ key, value, type: 'REG_DWORD' }) as const;
const string = (value: string, key: string = GPR) => ({ key, value, type: 'REG_SZ' }) as const;
const node = (uri: string, format: 'bool' | 'int' | 'chr', scopes = DEVICE) => ({ uri, format, scopes });

/** What Windows has for the settings that govern Latchkey. */
export const windowsFacts = {
  UsePassportForWork: {
    csp: node(`${TENANT}UsePassportForWork`, 'bool', BOTH),
    policy: passport('Use Windows Hello for Business', 'MSPassport_UsePassportForWork', BOTH),
    registry: dword('Enabled'),
    minimumOs: WINDOWS_10_1511,
    note: 'Not configured, Entra joined devices provision by themselves; hybrid and domain joined ones wait for the policy to be on.',
  },
  DisablePostLogonProvisioning: {
    csp: node(`${TENANT}DisablePostLogonProvisioning`, 'bool'),
    policy: {
      ...passport('Use Windows Hello for Business', 'MSPassport_UsePassportForWork', BOTH),
      admx: {
        file: 'Passport.admx',
        policy: 'MSPassport_UsePassportForWork',
        element: 'MSPassport_DisablePostLogonProvisioning',
      },
    },
    registry: dword('DisablePostLogonProvisioning'),
    minimumOs: 'Windows 10 2004 (19041.4239), Windows 11 21H2 with KB5036894, 22H2 with KB5035942',
    note: 'In group policy it is a box inside Use Windows Hello for Business.',
  },
  EnablePinRecovery: {
    csp: node(`${TENANT}EnablePinRecovery`, 'bool', BOTH),
    policy: passport('Use PIN Recovery', 'MSPassport_EnablePinRecovery'),
    registry: dword('EnablePinRecovery'),
    minimumOs: WINDOWS_10_1703,
    note: 'The PIN reset article shows ./Vendor/MSFT/Policy/PassportForWork/..., the CSP this node. Older pages limit it to Enterprise; newer ones add Pro and Education.',
  },
  UseBiometrics: {
    csp: {
      ...node(`${PASSPORT}Biometrics/UseBiometrics`, 'bool'),
      formerUris: [`${PASSPORT}UseBiometrics`],
    },
    policy: passport('Use biometrics', 'MSPassport_UseBiometrics'),
    registry: dword(
      'Domain Accounts',
      'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WinBio\\Credential Provider',
    ),
    minimumOs: WINDOWS_10_1511,
    note: 'The CSP’s table prints false as the default, its text says that biometrics are allowed; in effect they are. The node PassportForWork/UseBiometrics is deprecated: it is read, never written.',
  },
  RequireSecurityDevice: {
    csp: node(`${TENANT}RequireSecurityDevice`, 'bool', BOTH),
    policy: passport('Use a hardware security device', 'MSPassport_RequireSecurityDevice'),
    registry: dword('RequireSecurityDevice'),
    minimumOs: WINDOWS_10_1511,
  },
  'ExcludeSecurityDevices/TPM12': {
    csp: node(`${TENANT}ExcludeSecurityDevices/TPM12`, 'bool'),
    policy: {
      ...passport('Use a hardware security device', 'MSPassport_RequireSecurityDevice'),
      admx: {
        file: 'Passport.admx',
        policy: 'MSPassport_RequireSecurityDevice',
        element: 'MSPassport_ExcludeTPM12DataType',
      },
    },
    registry: dword('TPM12', `${GPR}\\ExcludeSecurityDevices`),
    minimumOs: WINDOWS_10_1703,
    note: 'In group policy it is a box inside Use a hardware security device.',
  },
  EnablePasswordlessExperience: {
    csp: node(`${AUTHENTICATION}EnablePasswordlessExperience`, 'int'),
    codes: { true: 1, false: 2 },
    minimumOs: 'Windows 11 22H2 with KB5030310',
    note: 'Windows also knows 0, the default of the edition. The CSP’s table names 23H2 with KB5031455 as the first.',
  },
} as const satisfies Record<string, WindowsFacts>;

const forWindows = { governs: 'windows' } as const;
const csp = (path: string) => `PassportForWork CSP, ${path}`;
const policyCsp = (name: string) => `Policy CSP, Authentication/${name}`;

const PIN_KEY = `${GPR}\\PINComplexity`;
const classes = {
  type: 'choice',
  choices: ['allow', 'require', 'forbid'],
  labels: { allow: 'Allowed', require: 'Required', forbid: 'Not allowed' },
} as const;
const CLASS_CODES = { allow: 0, require: 1, forbid: 2 } as const;
const CLASS_NOTE =
  'Group policy knows Enabled (required), Disabled (not allowed) and Not configured (allowed). Unset, the CSP’s text and older pages allow digits only; newer pages let people choose letters too.';
const pinClass = (name: string, title: string, policy: string) => ({
  csp: node(`${TENANT}PINComplexity/${name}`, 'int', BOTH),
  policy: passport(title, policy, DEVICE, PIN),
  registry: dword(name, PIN_KEY),
  codes: CLASS_CODES,
  minimumOs: WINDOWS_10_1511,
  note: CLASS_NOTE,
});
const pinNumber = (name: string, title: string, policy: string, more: Partial<WindowsFacts> = {}) => ({
  csp: node(`${TENANT}PINComplexity/${name}`, 'int', BOTH),
  policy: {
    ...passport(title, policy, DEVICE, PIN),
    admx: { file: 'Passport.admx', policy, element: `${policy}DataType` },
  },
  registry: dword(name, PIN_KEY),
  minimumOs: WINDOWS_10_1511,
  ...more,
});
/** Policy CSP, DeviceLock. */
const lock = (node: string, minimum: number, maximum: number) => ({
  deviceLock: { uri: `/Vendor/MSFT/Policy/Config/DeviceLock/${node}`, minimum, maximum },
});
const LENGTH_NOTE =
  'Unset, the CSP says 4 and the group policy article 6. Where the minimum is more than the maximum Windows uses its defaults for both; here that is refused.';
const unlock = (element: string, value: string) => ({
  policy: {
    path: HELLO,
    name: 'Configure device unlock factors',
    scopes: DEVICE,
    admx: {
      file: 'Passport.admx',
      policy: 'MSPassport_UseDeviceUnlock',
      element: `MSPassport_UseDeviceUnlock_${element}`,
    },
  },
  registry: string(value, `${GPR}\\DeviceUnlock`),
  minimumOs: WINDOWS_10_1803,
});

/** The settings that Latchkey keeps, checks and exports for Windows, and that change nothing here. CSP names are verbatim. */
export const windowsSettings = {
  UseCloudTrustForOnPremAuth: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-trust',
    title: 'Use cloud (Kerberos) trust for on-premises authentication',
    explanation:
      'On: Windows signs in to Active Directory with a ticket from Entra Kerberos. Certificate trust wins where both are on.',
    origin: csp('Policies/UseCloudTrustForOnPremAuth'),
    windows: {
      csp: node(`${TENANT}UseCloudTrustForOnPremAuth`, 'bool'),
      policy: passport(
        'Use cloud Kerberos trust for on-premises authentication',
        'WHFB_UseCloudTrustForOnPremAuth',
      ),
      registry: dword('UseCloudTrustForOnPremAuth'),
      minimumOs: 'Windows 10 21H2 with KB5010415, Windows 11 21H2 with KB5010414',
    },
  },
  UseCertificateForOnPremAuth: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-trust',
    title: 'Use certificate for on-premises authentication',
    explanation: 'On: Windows waits for a certificate before it makes a PIN. It beats cloud Kerberos trust.',
    origin: csp('Policies/UseCertificateForOnPremAuth'),
    windows: {
      csp: node(`${TENANT}UseCertificateForOnPremAuth`, 'bool'),
      policy: passport(
        'Use certificate for on-premises authentication',
        'WHFB_UseCertificateForOnPremAuth',
        BOTH,
      ),
      registry: dword('UseCertificateForOnPremAuth'),
      minimumOs: WINDOWS_10_1511,
      note: 'The CSP sets it for devices, group policy also for people.',
    },
  },
  EnableWindowsHelloProvisioningForSecurityKeys: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-trust',
    title: 'Provision Hello after a sign-in with a security key',
    explanation: 'On: signing in to Windows with a FIDO2 key may start the set-up of Windows Hello.',
    origin: csp('Policies/EnableWindowsHelloProvisioningForSecurityKeys'),
    windows: {
      csp: node(`${TENANT}EnableWindowsHelloProvisioningForSecurityKeys`, 'bool'),
      minimumOs: 'Windows Insider Preview',
    },
  },
  DisablePostLogonCredentialCaching: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-trust',
    title: 'Disable post-logon credential caching',
    explanation: 'Intune lists it by this name; Microsoft describes neither its effect nor its default.',
    origin: csp('Policies/DisablePostLogonCredentialCaching'),
    windows: {
      csp: node(`${TENANT}DisablePostLogonCredentialCaching`, 'bool'),
      note: 'Known from the settings catalogue alone. Off as the default is our assumption.',
    },
  },
  'Remote/UseRemotePassport': {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-trust',
    title: 'Use a phone as a companion device',
    explanation: 'On: a registered phone may sign in to a desktop. Windows keeps it for old devices.',
    origin: csp('Policies/Remote/UseRemotePassport'),
    windows: {
      csp: node(`${TENANT}Remote/UseRemotePassport`, 'bool'),
      minimumOs: WINDOWS_10_1511,
    },
  },

  'Biometrics/FacialFeaturesUseEnhancedAntiSpoofing': {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-biometrics',
    title: 'Configure enhanced anti-spoofing',
    explanation: 'On: face needs a camera that tells a picture from a person; others no longer do face.',
    origin: csp('Biometrics/FacialFeaturesUseEnhancedAntiSpoofing'),
    windows: {
      csp: node(`${PASSPORT}Biometrics/FacialFeaturesUseEnhancedAntiSpoofing`, 'bool'),
      policy: {
        path: 'Administrative Templates > Windows Components > Biometrics > Facial Features',
        name: 'Configure enhanced anti-spoofing',
        scopes: DEVICE,
        admx: { file: 'Biometrics.admx', policy: 'Face_EnhancedAntiSpoofing' },
      },
      registry: dword('EnhancedAntiSpoofing', 'SOFTWARE\\Policies\\Microsoft\\Biometrics\\FacialFeatures'),
      minimumOs: WINDOWS_10_1511,
    },
  },
  'Biometrics/EnableESSwithSupportedPeripherals': {
    ...forWindows,
    type: 'boolean',
    default: true,
    group: 'windows-biometrics',
    title: 'Enable Enhanced Sign-in Security with supported peripherals',
    explanation:
      'On, as Microsoft recommends: cameras and readers that are plugged in cannot be used for Hello. Off: they can, and secure and other sensors mix.',
    origin: csp('Biometrics/EnableESSwithSupportedPeripherals'),
    windows: {
      csp: node(`${PASSPORT}Biometrics/EnableESSwithSupportedPeripherals`, 'int'),
      policy: { path: HELLO, name: 'Enable ESS with Supported Peripherals', scopes: DEVICE },
      minimumOs: 'Windows 11 22H2',
      note: 'Group policy has it too; its value in the registry is not published, so that only MDM formats carry it.',
    },
  },
  AllowAllUserAccessToSmartCardNode: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-biometrics',
    title: 'Allow enumeration of emulated smart card for all users',
    explanation:
      'On: for dual enrolment, one person’s session sees the emulated smart cards of others. Set it before either of them provisions.',
    origin: 'Group policy, Passport.admx; no CSP',
    windows: {
      policy: passport(
        'Allow enumeration of emulated smart card for all users',
        'MSPassport_AllowAllUserAccessToSmartCardNode',
      ),
      registry: dword('AllowAllUserAccessToSmartCardNode'),
    },
  },
  DisableSmartCardNode: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-biometrics',
    title: 'Turn off smart card emulation',
    explanation: 'On: programs no longer see Hello keys with certificates as a smart card.',
    origin: 'Group policy, Passport.admx; no CSP',
    windows: {
      policy: passport('Turn off smart card emulation', 'MSPassport_DisableSmartCardNode'),
      registry: dword('DisableSmartCardNode'),
    },
  },
  UseHelloCertificatesAsSmartCardCertificates: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-biometrics',
    title: 'Use Hello certificates as smart card certificates',
    explanation:
      'On: for programs that know smart cards only. Face and fingerprint are then not offered for those keys. It counts after the next lock and unlock.',
    origin: csp('Policies/UseHelloCertificatesAsSmartCardCertificates'),
    windows: {
      csp: node(`${TENANT}UseHelloCertificatesAsSmartCardCertificates`, 'bool'),
      policy: passport(
        'Use Windows Hello for Business certificates as smart card certificates',
        'MSPassport_UseHelloCertificatesAsSmartCardCertificates',
      ),
      registry: dword('UseHelloCertificatesAsSmartCardCertificates'),
      minimumOs: WINDOWS_10_1809,
    },
  },

  'PINComplexity/MinimumPINLength': {
    type: 'integer',
    default: 6,
    minimum: 4,
    maximum: 127,
    unit: 'characters',
    group: 'pin',
    title: 'Minimum PIN length',
    explanation:
      'No shorter PIN is taken. Latchkey itself never sees a PIN: the browser or Windows judges it.',
    origin: csp('Policies/PINComplexity/MinimumPINLength'),
    windows: pinNumber('MinimumPINLength', 'Minimum PIN length', 'MSPassport_MinimumPINLength', {
      note: LENGTH_NOTE,
      ...lock('MinDevicePasswordLength', 4, 16),
    }),
  },
  'PINComplexity/MaximumPINLength': {
    type: 'integer',
    default: 127,
    minimum: 4,
    maximum: 127,
    unit: 'characters',
    group: 'pin',
    title: 'Maximum PIN length',
    explanation: 'No longer PIN is taken.',
    origin: csp('Policies/PINComplexity/MaximumPINLength'),
    windows: pinNumber('MaximumPINLength', 'Maximum PIN length', 'MSPassport_MaximumPINLength', {
      note: LENGTH_NOTE,
    }),
  },
  'PINComplexity/Digits': {
    ...classes,
    default: 'require',
    group: 'pin',
    title: 'Digits in a PIN',
    explanation:
      'Whether a PIN may or must have a digit. Intune’s account protection template cannot require them; the settings catalogue and custom profiles can.',
    origin: csp('Policies/PINComplexity/Digits'),
    windows: pinClass('Digits', 'Require digits', 'MSPassport_Digits'),
  },
  'PINComplexity/LowercaseLetters': {
    ...classes,
    default: 'forbid',
    group: 'pin',
    title: 'Lowercase letters in a PIN',
    explanation: 'Whether a PIN may or must have a letter from a to z.',
    origin: csp('Policies/PINComplexity/LowercaseLetters'),
    windows: pinClass('LowercaseLetters', 'Require lowercase letters', 'MSPassport_LowercaseLetters'),
  },
  'PINComplexity/UppercaseLetters': {
    ...classes,
    default: 'forbid',
    group: 'pin',
    title: 'Uppercase letters in a PIN',
    explanation: 'Whether a PIN may or must have a letter from A to Z.',
    origin: csp('Policies/PINComplexity/UppercaseLetters'),
    windows: pinClass('UppercaseLetters', 'Require uppercase letters', 'MSPassport_UppercaseLetters'),
  },
  'PINComplexity/SpecialCharacters': {
    ...classes,
    default: 'forbid',
    group: 'pin',
    title: 'Special characters in a PIN',
    explanation:
      'Whether a PIN may or must have one of ! " # $ % & \' ( ) * + , - . / : ; < = > ? @ [ \\ ] ^ _ ` { | } ~.',
    origin: csp('Policies/PINComplexity/SpecialCharacters'),
    windows: pinClass('SpecialCharacters', 'Require special characters', 'MSPassport_SpecialCharacters'),
  },
  'PINComplexity/Expiration': {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 730,
    unit: 'days',
    group: 'pin',
    title: 'PIN expiration',
    explanation: 'After so many days a new PIN is asked for at the next use. 0: never.',
    origin: csp('Policies/PINComplexity/Expiration'),
    windows: pinNumber(
      'Expiration',
      'Expiration',
      'MSPassport_PINExpiration',
      lock('DevicePasswordExpiration', 0, 730),
    ),
  },
  'PINComplexity/History': {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 50,
    unit: 'PINs',
    group: 'pin',
    title: 'PIN history',
    explanation:
      'So many PINs, the one in use counted, cannot be chosen again. 0: none is kept. A reset forgets them.',
    origin: csp('Policies/PINComplexity/History'),
    windows: pinNumber('History', 'History', 'MSPassport_PINHistory', lock('DevicePasswordHistory', 0, 50)),
  },

  'DeviceUnlock/GroupA': {
    type: 'text',
    kind: 'first-unlock-factors',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-unlock',
    title: 'Device unlock: first factors',
    explanation:
      'To unlock, one provider of the first list and another of the second. Empty: as Windows has it, PIN, fingerprint and face. No browser says which gesture was used: a Hello key counts here where each that it could have been is in the list.',
    origin: csp('DeviceUnlock/GroupA'),
    windows: { csp: node(`${PASSPORT}DeviceUnlock/GroupA`, 'chr'), ...unlock('GroupA', 'GroupA') },
  },
  'DeviceUnlock/GroupB': {
    type: 'text',
    kind: 'second-unlock-factors',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-unlock',
    title: 'Device unlock: second factors',
    explanation:
      'Trusted signal belongs here alone, and never by itself. Empty: as Windows has it, trusted signal and PIN. Here another proof of the person always stands for the second: another key, or password and code.',
    origin: csp('DeviceUnlock/GroupB'),
    windows: { csp: node(`${PASSPORT}DeviceUnlock/GroupB`, 'chr'), ...unlock('GroupB', 'GroupB') },
  },
  'DeviceUnlock/Plugins': {
    type: 'text',
    kind: 'unlock-signals',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-unlock',
    title: 'Device unlock: rules of the trusted signal',
    explanation:
      'A phone near by, a network or a Wi-Fi that counts as the second factor. Set them before the second factors. Here a signal counts that asks for networks by prefix alone: the rest only Windows sees.',
    origin: csp('DeviceUnlock/Plugins'),
    windows: { csp: node(`${PASSPORT}DeviceUnlock/Plugins`, 'chr'), ...unlock('Plugins', 'Plugins') },
  },
  'DynamicLock/DynamicLock': {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-unlock',
    title: 'Configure dynamic lock',
    explanation:
      'On: Windows locks an idle device when the paired phone goes away. It comes on top of locking by hand.',
    origin: csp('DynamicLock/DynamicLock'),
    windows: {
      csp: node(`${PASSPORT}DynamicLock/DynamicLock`, 'bool'),
      policy: passport('Configure dynamic lock factors', 'MSPassport_UseDynamicLock'),
      registry: dword('DynamicLock', `${GPR}\\DynamicLock`),
      minimumOs: WINDOWS_10_1803,
    },
  },
  'DynamicLock/Plugins': {
    ...forWindows,
    type: 'text',
    kind: 'lock-signals',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-unlock',
    title: 'Dynamic lock: rules of the signal',
    explanation: 'Empty: a phone (class 512) whose signal weakens by 10.',
    origin: csp('DynamicLock/Plugins'),
    windows: {
      csp: node(`${PASSPORT}DynamicLock/Plugins`, 'chr'),
      policy: {
        ...passport('Configure dynamic lock factors', 'MSPassport_UseDynamicLock'),
        admx: {
          file: 'Passport.admx',
          policy: 'MSPassport_UseDynamicLock',
          element: 'MSPassport_UseDynamicLock_Plugins',
        },
      },
      registry: string('Plugins', `${GPR}\\DynamicLock`),
      minimumOs: WINDOWS_10_1803,
    },
  },

  EnableWebSignIn: {
    type: 'choice',
    choices: ['default', 'on', 'off'],
    labels: { default: 'As the edition has it (off here)', on: 'On', off: 'Off' },
    default: 'default',
    group: 'windows-sign-in',
    title: 'Web sign-in',
    explanation:
      'On a registered device where no key of theirs signs in, people get in with a Temporary Access Pass and are led to make one. A lock there opens by a pass, or at the provider of a federated domain. Off, a pass opens the set-up and the PIN reset there, and nothing else.',
    origin: policyCsp('EnableWebSignIn'),
    windows: {
      csp: node(`${AUTHENTICATION}EnableWebSignIn`, 'int'),
      codes: { default: 0, on: 1, off: 2 },
      minimumOs: 'Windows 11 22H2 with KB5030310 (the node: Windows 10 1809)',
    },
  },
  ConfigureWebSignInAllowedUrls: {
    type: 'text',
    kind: 'domains',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-sign-in',
    title: 'Domains of web sign-in',
    explanation:
      'Where web sign-in may go. Here: the hosts of the providers of federated domains that the lock of a device may be opened at; empty allows every one that is federated. Windows needs it where an organisation is federated; it also mitigates CVE-2021-27092.',
    origin: policyCsp('ConfigureWebSignInAllowedUrls'),
    windows: {
      csp: node(`${AUTHENTICATION}ConfigureWebSignInAllowedUrls`, 'chr'),
      minimumOs: WINDOWS_10_1803,
    },
  },
  ConfigureWebcamAccessDomainNames: {
    ...forWindows,
    type: 'text',
    kind: 'domains',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-sign-in',
    title: 'Domains that may use the camera at sign-in',
    explanation: 'Pages of web sign-in on these domains may use the camera.',
    origin: policyCsp('ConfigureWebcamAccessDomainNames'),
    windows: { csp: node(`${AUTHENTICATION}ConfigureWebcamAccessDomainNames`, 'chr') },
  },
  PreferredAadTenantDomainName: {
    ...forWindows,
    type: 'text',
    kind: 'domain',
    maximumLength: 253,
    default: '',
    group: 'windows-sign-in',
    title: 'Preferred domain',
    explanation: 'People of this domain may type their name without it.',
    origin: policyCsp('PreferredAadTenantDomainName'),
    windows: {
      csp: node(`${AUTHENTICATION}PreferredAadTenantDomainName`, 'chr'),
      minimumOs: WINDOWS_10_1809,
    },
  },
  AllowAadPasswordReset: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-sign-in',
    title: 'Password reset at the lock screen',
    explanation: 'On: the lock screen offers the self-service reset of a password.',
    origin: policyCsp('AllowAadPasswordReset'),
    windows: { csp: node(`${AUTHENTICATION}AllowAadPasswordReset`, 'int') },
  },
  EnableFastFirstSignIn: {
    ...forWindows,
    type: 'choice',
    choices: ['default', 'on', 'off'],
    labels: { default: 'As the edition has it', on: 'On', off: 'Off' },
    default: 'default',
    group: 'windows-sign-in',
    title: 'Fast first sign-in',
    explanation: 'On shared PCs the first sign-in takes an account that was made ready before.',
    origin: policyCsp('EnableFastFirstSignIn'),
    windows: {
      csp: node(`${AUTHENTICATION}EnableFastFirstSignIn`, 'int'),
      codes: { default: 0, on: 1, off: 2 },
      minimumOs: WINDOWS_10_1809,
    },
  },
  'SecurityKey/UseSecurityKeyForSignin': {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-sign-in',
    title: 'Use a security key to sign in',
    explanation: 'On: the lock screen of Windows takes FIDO2 keys. Latchkey takes them whatever this says.',
    origin: csp('SecurityKey/UseSecurityKeyForSignin'),
    windows: {
      csp: node(`${PASSPORT}SecurityKey/UseSecurityKeyForSignin`, 'int'),
      registry: dword(
        'UseSecurityKeyForSignIn',
        'SOFTWARE\\Microsoft\\Policies\\PassportForWork\\SecurityKey',
      ),
      minimumOs: 'Windows 10 1903',
    },
  },
  ExcludedCredentialProviders: {
    ...forWindows,
    type: 'text',
    kind: 'providers',
    maximumLength: TEXT_MAX,
    default: '',
    group: 'windows-sign-in',
    title: 'Exclude credential providers',
    explanation:
      'These ways to sign in disappear from Windows. {60B78E88-EAD8-445C-9CFD-0B87F74EA6CD} is the password, also for local accounts and remote sessions.',
    origin: 'Policy CSP, ADMX_CredentialProviders/ExcludedCredentialProviders',
    windows: {
      csp: {
        uri: '/Vendor/MSFT/Policy/Config/ADMX_CredentialProviders/ExcludedCredentialProviders',
        scopes: DEVICE,
        format: { admxData: 'ExcludedCredentialProviders_Message' },
      },
      policy: {
        path: 'Administrative Templates > System > Logon',
        name: 'Exclude credential providers',
        scopes: DEVICE,
        admx: {
          file: 'CredentialProviders.admx',
          policy: 'ExcludedCredentialProviders',
          element: 'ExcludedCredentialProviders_Message',
        },
      },
      registry: string(
        'ExcludedCredentialProviders',
        'Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System',
      ),
      minimumOs: 'Windows 10 2004 with KB5005101, Windows 11 21H2',
    },
  },
  RequireHelloOrSmartCard: {
    ...forWindows,
    type: 'boolean',
    default: false,
    group: 'windows-sign-in',
    title: 'Interactive logon: Require Windows Hello for Business or smart card',
    explanation: 'On: the password is still offered at the lock screen of Windows, and refused.',
    origin: 'Group policy, security options; no CSP',
    windows: {
      policy: {
        path: 'Windows Settings > Security Settings > Local Policies > Security Options',
        name: 'Interactive logon: Require Windows Hello for Business or smart card',
        scopes: DEVICE,
      },
      registry: dword('scforceoption', 'Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System'),
      note: 'A security option: group policy keeps it in GptTmpl.inf, not in Registry.pol.',
    },
  },
} as const satisfies Record<string, Setting>;
