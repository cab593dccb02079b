import { type DeploymentName, deploymentNames, deployments } from './matrix.ts';

/** The five phases of Windows Hello for Business in their order, then what stands beside them. */
export const requirementGroups = {
  registration: {
    title: 'Device registration',
    about: 'The device gets an identity at the identity provider.',
  },
  provisioning: {
    title: 'Provisioning',
    about: 'The person proves who they are with a second factor, and a key is made and registered.',
  },
  key_sync: {
    title: 'Key synchronisation',
    about: 'In some hybrids, the key is written to Active Directory by the next synchronisation.',
  },
  certificates: {
    title: 'Certificate enrolment',
    about: 'With certificate trust, the person gets a certificate over the key.',
  },
  authentication: {
    title: 'Authentication',
    about: 'The gesture unlocks the key, and the key signs in.',
  },
  licences: { title: 'Licences', about: 'What has to be bought, and what not.' },
  people: { title: 'People', about: 'Who can help, who can get back in, and who knows what is coming.' },
} as const;
export type RequirementGroup = keyof typeof requirementGroups;
export const requirementGroupNames = Object.keys(requirementGroups) as RequirementGroup[];

/** Why a deployment has nothing to do in a group. */
export function groupIsEmptyBecause(group: RequirementGroup, name: DeploymentName): string {
  const { keySync, trust } = deployments[name];
  if (group === 'key_sync' && keySync === 'none')
    return 'Not a part of this deployment: no key has to be synchronised.';
  if (group === 'certificates' && trust !== 'certificate')
    return 'Not a part of this deployment: people get no certificate.';
  return 'This deployment needs none.';
}

const LEARN = 'https://learn.microsoft.com';
const HELLO = `${LEARN}/windows/security/identity-protection/hello-for-business`;

/** Public pages by their names. */
export const requirementSources = {
  plan: { title: 'Plan a Windows Hello for Business deployment', href: `${HELLO}/deploy/` },
  cloud_only: { title: 'Cloud-only deployment guide', href: `${HELLO}/deploy/cloud-only` },
  cloud_kerberos: {
    title: 'Cloud Kerberos trust deployment guide',
    href: `${HELLO}/deploy/hybrid-cloud-kerberos-trust`,
  },
  hybrid_key: { title: 'Hybrid key trust deployment guide', href: `${HELLO}/deploy/hybrid-key-trust` },
  hybrid_certificate: {
    title: 'Hybrid certificate trust deployment guide',
    href: `${HELLO}/deploy/hybrid-cert-trust`,
  },
  on_premises_certificate: {
    title: 'On-premises certificate trust deployment guide',
    href: `${HELLO}/deploy/on-premises-cert-trust`,
  },
  users: {
    title: 'Prepare users to provision and use Windows Hello for Business',
    href: `${HELLO}/deploy/prepare-users`,
  },
  settings: { title: 'Windows Hello for Business policy settings', href: `${HELLO}/policy-settings` },
  authentication: {
    title: 'How Windows Hello for Business authentication works',
    href: `${HELLO}/how-it-works-authentication`,
  },
  pin_reset: { title: 'PIN reset', href: `${HELLO}/pin-reset` },
  known_issues: {
    title: 'Windows Hello for Business known deployment issues',
    href: `${HELLO}/hello-deployment-issues`,
  },
  joined_sso: {
    title: 'Configure single sign-on for Microsoft Entra joined devices',
    href: `${HELLO}/hello-hybrid-aadj-sso`,
  },
  hybrid_join: {
    title: 'Configure Microsoft Entra hybrid join',
    href: `${LEARN}/entra/identity/devices/how-to-hybrid-join`,
  },
  pass: {
    title: 'Configure Temporary Access Pass to register passwordless authentication methods',
    href: `${LEARN}/entra/identity/authentication/howto-authentication-temporary-access-pass`,
  },
  emergency: {
    title: 'Manage emergency access admin accounts',
    href: `${LEARN}/entra/identity/role-based-access-control/security-emergency-access`,
  },
  roles: {
    title: 'Best practices for Microsoft Entra roles',
    href: `${LEARN}/entra/identity/role-based-access-control/best-practices`,
  },
  notifications: {
    title: 'NIST SP 800-63B-4, Authenticator Event Management',
    href: 'https://pages.nist.gov/800-63-4/sp800-63b/events/',
  },
} as const satisfies Record<string, { readonly title: string; readonly href: string }>;
export type RequirementSource = keyof typeof requirementSources;

/** What Latchkey sees in its own store and settings; null where it cannot say. */
export interface DeploymentFacts {
  readonly helloOn: boolean;
  /** RequireSecurityDevice: whether anybody decided, what, and whether the rules for Hello keys do anything. */
  readonly securityDevice: {
    readonly decided: boolean;
    readonly required: boolean;
    readonly rulesOn: boolean;
  };
  /** The first enforced rule for keys that no anchor in force could prove; null: none. */
  readonly unprovable: string | null;
  /** People whose account is enabled, break-glass accounts aside, and those who could prove no second factor. */
  readonly people: { readonly all: number; readonly without: number };
  /** Global Administrators who can sign in, break-glass accounts aside. */
  readonly administrators: number;
  /** Break-glass accounts that are Global Administrators, and those that can sign in. */
  readonly breakGlass: { readonly all: number; readonly able: number };
  /** `untried`: it is set up, and nothing was sent yet. */
  readonly mail: 'off' | 'untried' | 'sent' | 'failing';
  /** Settings that are kept for Windows; null: not configured here. */
  readonly cloudTrust: boolean | null;
  readonly certificateTrust: boolean | null;
}

/** What Latchkey sees of a requirement, and what it saw in words. */
export interface Judgement {
  readonly verdict: 'met' | 'not_met' | 'unknown';
  readonly finding: string;
}

interface RequirementBase {
  readonly group: RequirementGroup;
  /** What holds when it is met. */
  readonly sentence: string;
  readonly why: string;
  readonly source: RequirementSource;
  readonly deployments: readonly DeploymentName[];
}
interface Judged extends RequirementBase {
  readonly judge: (facts: DeploymentFacts) => Judgement;
  /** Where it is changed. */
  readonly change: { readonly label: string; readonly href: string };
}
/** What Latchkey cannot see: a person confirms it. */
interface Confirmed extends RequirementBase {
  readonly judge?: never;
  readonly change?: never;
}
export type Requirement = Judged | Confirmed;

const met = (finding: string): Judgement => ({ verdict: 'met', finding });
const notMet = (finding: string): Judgement => ({ verdict: 'not_met', finding });
const unknown = (finding: string): Judgement => ({ verdict: 'unknown', finding });
const judged = (holds: boolean, yes: string, no: string) => (holds ? met(yes) : notMet(no));

const ALL = deploymentNames;
const HYBRID = ['hybrid_cloud_kerberos', 'hybrid_key', 'hybrid_certificate'] as const;
const CLOUD = ['cloud_only', ...HYBRID] as const;
const ON_PREMISES = ['on_premises_key', 'on_premises_certificate'] as const;
const ACTIVE_DIRECTORY = [...HYBRID, ...ON_PREMISES] as const;
const KEY = ['hybrid_key', 'on_premises_key'] as const;
const CERTIFICATE = ['hybrid_certificate', 'on_premises_certificate'] as const;
const PKI = [...KEY, ...CERTIFICATE] as const;

const setting = (name: string) => ({ label: 'Policy', href: `/admin/policy?q=${name}` });
const notSet = (which: string) =>
  unknown(
    `The organisation does not set ${which} here. Set it and export it: what another place sets, Latchkey cannot see.`,
  );

const table = {
  // Device registration
  windows_supported: {
    group: 'registration',
    sentence: 'Every device runs a supported version of Windows.',
    why: 'Every supported version can make a Hello key; versions without updates should make none.',
    source: 'plan',
    deployments: ALL.filter((name) => name !== 'hybrid_cloud_kerberos'),
  },
  windows_cloud_kerberos: {
    group: 'registration',
    sentence: 'Devices run Windows 10 21H2 with KB5010415, Windows 11 21H2 with KB5010414, or later.',
    why: 'Earlier versions do not ask Entra ID for a Kerberos ticket.',
    source: 'cloud_kerberos',
    deployments: ['hybrid_cloud_kerberos'],
  },
  entra_registration: {
    group: 'registration',
    sentence: 'People may join or register their devices in Microsoft Entra ID.',
    why: 'A device without an identity at the identity provider never starts provisioning.',
    source: 'plan',
    deployments: CLOUD,
  },
  registration_endpoints: {
    group: 'registration',
    sentence:
      'Devices reach login.microsoftonline.com, device.login.microsoftonline.com and enterpriseregistration.windows.net.',
    why: 'Registration and sign-in are asked for there, also by the system account, which a proxy may not know.',
    source: 'hybrid_join',
    deployments: CLOUD,
  },
  hybrid_join: {
    group: 'registration',
    sentence: 'Domain joined devices that take part are Microsoft Entra hybrid joined.',
    why: 'Domain joined alone, a device has no identity in Entra ID. Registering such a device as a personal one is not supported.',
    source: 'hybrid_join',
    deployments: HYBRID,
  },
  objects_synchronised: {
    group: 'registration',
    sentence: 'People and devices are synchronised between Active Directory and Microsoft Entra ID.',
    why: 'A key belongs to one person on one device: both have to exist on both sides.',
    source: 'plan',
    deployments: HYBRID,
  },
  upn_suffix: {
    group: 'registration',
    sentence: 'The UPN suffix of people in Active Directory is a verified domain in Microsoft Entra ID.',
    why: 'Certificate trust is not supported where it cannot be one.',
    source: 'hybrid_certificate',
    deployments: ['hybrid_certificate'],
  },
  adfs_registration: {
    group: 'registration',
    sentence: 'AD FS runs the device registration service, and devices reach it.',
    why: 'On-premises it is AD FS that registers devices and keys.',
    source: 'plan',
    deployments: ON_PREMISES,
  },

  // Provisioning
  hello_on: {
    group: 'provisioning',
    sentence: 'Policy switches Windows Hello for Business on.',
    why: 'Off, nobody can set up a key.',
    source: 'settings',
    deployments: ALL,
    change: setting('UsePassportForWork'),
    judge: ({ helloOn }) =>
      judged(
        helloOn,
        'UsePassportForWork is on for the organisation.',
        'UsePassportForWork is off for the organisation.',
      ),
  },
  security_device: {
    group: 'provisioning',
    sentence: 'Whether keys have to be kept by a security chip is decided.',
    why: 'Undecided, keys may be software. The rule acts when a key is made, so that a later decision leaves earlier keys as they are.',
    source: 'cloud_only',
    deployments: ALL,
    change: { label: 'Rules for keys', href: '/admin/key-rules' },
    judge: ({ securityDevice: { decided, required, rulesOn } }) => {
      if (!decided) return notMet('Nobody decided: RequireSecurityDevice has its built-in default.');
      if (!required) return met('Decided: a security chip is not required.');
      return judged(
        rulesOn,
        'Decided: a security chip is required.',
        'RequireSecurityDevice is on, but the rules for Hello keys are off: nothing is asked.',
      );
    },
  },
  anchors: {
    group: 'provisioning',
    sentence: 'Where rules ask for hardware, an anchor is pinned that can prove it.',
    why: 'A rule that nothing could prove refuses every new key.',
    source: 'settings',
    deployments: ALL,
    change: { label: 'Attestation', href: '/admin/attestation' },
    judge: ({ unprovable }) =>
      judged(
        unprovable === null,
        'Every rule that is enforced can be proven.',
        `No anchor that is valid now can prove ${unprovable}.`,
      ),
  },
  second_factor: {
    group: 'provisioning',
    sentence: 'Everybody has a second factor to begin with.',
    why: 'A key is made only after a second factor: a pass, an authenticator app, or a key that works.',
    source: 'users',
    deployments: ALL,
    change: setting('TemporaryAccessPass'),
    judge: ({ people: { all, without } }) =>
      judged(
        without === 0,
        'Everybody can use a pass, or has an authenticator app or a key.',
        `${without} of ${all} can use no pass and have neither an authenticator app nor a key.`,
      ),
  },
  mfa_provider: {
    group: 'provisioning',
    sentence: 'It is settled who asks for the second factor on Windows.',
    why: 'Entra MFA, an external method or the federation service: for a federated domain, federatedIdpMfaBehavior says which counts.',
    source: 'plan',
    deployments: CLOUD,
  },
  mfa_adapter: {
    group: 'provisioning',
    sentence: 'AD FS has an adapter for the second factor, and it is not Azure MFA Server.',
    why: 'On-premises the second factor comes through AD FS. Azure MFA Server has served no request since 30 September 2024.',
    source: 'plan',
    deployments: ON_PREMISES,
  },
  policy_reaches_devices: {
    group: 'provisioning',
    sentence: 'Policy reaches devices before people reach the desktop.',
    why: 'Later, the default has decided already. With Intune the Enrollment Status Page holds the desktop back, or the tenant-wide policy is used. Configuration Manager is not supported.',
    source: 'cloud_only',
    deployments: CLOUD,
  },
  group_policy: {
    group: 'provisioning',
    sentence: 'Group policy or an MDM brings the settings to devices.',
    why: 'Domain joined devices set up no key until the policy says so. Configuration Manager is not supported.',
    source: 'plan',
    deployments: ON_PREMISES,
  },

  // Key synchronisation
  key_sync: {
    group: 'key_sync',
    sentence: 'Microsoft Entra Connect Sync runs, and may write msDS-KeyCredentialLink.',
    why: 'It writes keys to people in Active Directory; its account needs the rights of Key Admins.',
    source: 'plan',
    deployments: ['hybrid_key', 'hybrid_certificate'],
  },
  domain_controllers_keep_keys: {
    group: 'key_sync',
    sentence:
      'Domain controllers have KB4593226 (Windows Server 2016) or KB4592440 (Windows Server 2019), or are later.',
    why: 'Some builds before them deleted a key after its first sign-in, until the next synchronisation.',
    source: 'known_issues',
    deployments: ['hybrid_key'],
  },
  people_know_to_wait: {
    group: 'key_sync',
    sentence: 'People know that a new key works for Active Directory only after the next synchronisation.',
    why: 'Until then Windows says that the option is temporarily unavailable; the password goes on working.',
    source: 'hybrid_key',
    deployments: ['hybrid_key'],
  },

  // Certificate enrolment
  certificate_templates: {
    group: 'certificates',
    sentence: 'The templates for the enrolment agent and for people’s certificates are published.',
    why: 'The certification authority issues only what is published to it.',
    source: 'on_premises_certificate',
    deployments: CERTIFICATE,
  },
  registration_authority: {
    group: 'certificates',
    sentence: 'AD FS is the certificate registration authority, with an enrolment agent certificate.',
    why: 'It checks the key and signs each request before the certification authority sees it.',
    source: 'plan',
    deployments: CERTIFICATE,
  },
  adfs_version: {
    group: 'certificates',
    sentence: 'The AD FS farm runs Windows Server 2016 with KB4088889, or later.',
    why: 'Earlier ones cannot enrol these certificates.',
    source: 'hybrid_certificate',
    deployments: ['hybrid_certificate'],
  },
  device_write_back: {
    group: 'certificates',
    sentence: 'Device write-back is on, and AD FS authenticates devices.',
    why: 'AD FS asks for the person and the device. A device that Active Directory does not know gets no certificate.',
    source: 'hybrid_certificate',
    deployments: ['hybrid_certificate'],
  },

  // Authentication
  entra_authentication: {
    group: 'authentication',
    sentence:
      'People sign in to Microsoft Entra ID by Entra itself, or through a federation service that supports it.',
    why: 'A hybrid needs password hash sync, pass-through authentication or federation; cloud-only federates with services other than AD FS.',
    source: 'plan',
    deployments: ['cloud_only', 'hybrid_cloud_kerberos', 'hybrid_key'],
  },
  entra_federated: {
    group: 'authentication',
    sentence: 'Active Directory is federated with Microsoft Entra ID by AD FS.',
    why: 'Certificate trust supports neither password hash sync nor pass-through authentication.',
    source: 'hybrid_certificate',
    deployments: ['hybrid_certificate'],
  },
  cloud_trust_policy: {
    group: 'authentication',
    sentence: 'Policy for Windows switches cloud Kerberos trust on, and certificates off.',
    why: 'Cloud Kerberos trust is off until policy says otherwise, and certificate trust wins where both are on.',
    source: 'cloud_kerberos',
    deployments: ['hybrid_cloud_kerberos'],
    change: setting('ForOnPremAuth'),
    judge: ({ cloudTrust, certificateTrust }) => {
      if (certificateTrust === true) return notMet('UseCertificateForOnPremAuth is on, and wins.');
      if (cloudTrust === null) return notSet('UseCloudTrustForOnPremAuth');
      return judged(cloudTrust, 'UseCloudTrustForOnPremAuth is on.', 'UseCloudTrustForOnPremAuth is off.');
    },
  },
  key_trust_policy: {
    group: 'authentication',
    sentence: 'Policy for Windows switches neither cloud Kerberos trust nor certificates on.',
    why: 'Key trust is what remains: either of the two takes its place.',
    source: 'settings',
    deployments: KEY,
    change: setting('ForOnPremAuth'),
    judge: ({ cloudTrust, certificateTrust }) => {
      if (certificateTrust === true) return notMet('UseCertificateForOnPremAuth is on.');
      if (cloudTrust === true) return notMet('UseCloudTrustForOnPremAuth is on.');
      return cloudTrust === null || certificateTrust === null
        ? notSet('UseCloudTrustForOnPremAuth and UseCertificateForOnPremAuth')
        : met('Both are off.');
    },
  },
  certificate_trust_policy: {
    group: 'authentication',
    sentence: 'Policy for Windows switches certificates for on-premises authentication on.',
    why: 'Without it Windows asks for no certificate.',
    source: 'settings',
    deployments: CERTIFICATE,
    change: setting('ForOnPremAuth'),
    judge: ({ certificateTrust }) =>
      certificateTrust === null
        ? notSet('UseCertificateForOnPremAuth')
        : judged(
            certificateTrust,
            'UseCertificateForOnPremAuth is on.',
            'UseCertificateForOnPremAuth is off.',
          ),
  },
  entra_kerberos: {
    group: 'authentication',
    sentence: 'Microsoft Entra Kerberos is set up in every domain: there is an AzureADKerberos object.',
    why: 'Entra ID issues tickets for a domain by this object.',
    source: 'cloud_kerberos',
    deployments: ['hybrid_cloud_kerberos'],
  },
  domain_controllers_cloud_kerberos: {
    group: 'authentication',
    sentence:
      'Each site has enough writable domain controllers with Windows Server 2016 and KB4534307, 2019 and KB4534321, or 2022 and later.',
    why: 'They turn the ticket of Entra ID into one of Active Directory. A read-only domain controller cannot.',
    source: 'cloud_kerberos',
    deployments: ['hybrid_cloud_kerberos'],
  },
  privileged_accounts: {
    group: 'authentication',
    sentence: 'Members of privileged groups of Active Directory have another way to sign in.',
    why: 'The AzureADKerberos object denies them by default, and that should stay so.',
    source: 'cloud_kerberos',
    deployments: ['hybrid_cloud_kerberos'],
  },
  domain_controllers_key: {
    group: 'authentication',
    sentence: 'Enough domain controllers run Windows Server 2016 or later.',
    why: 'Earlier ones know no keys. Windows looks for one that does.',
    source: 'authentication',
    deployments: KEY,
  },
  domain_controllers_supported: {
    group: 'authentication',
    sentence: 'Domain controllers run a supported version of Windows Server.',
    why: 'Every supported version accepts the certificate of a person.',
    source: 'plan',
    deployments: CERTIFICATE,
  },
  functional_levels: {
    group: 'authentication',
    sentence: 'The domain and forest functional levels are Windows Server 2008 R2 or higher.',
    why: 'The least that any deployment with Active Directory takes.',
    source: 'plan',
    deployments: ACTIVE_DIRECTORY,
  },
  domain_controller_certificates: {
    group: 'authentication',
    sentence: 'Domain controllers have a certificate of an enterprise PKI that devices trust.',
    why: 'By it a device knows a domain controller from an impostor.',
    source: 'plan',
    deployments: PKI,
  },
  revocation_over_http: {
    group: 'authentication',
    sentence: 'The list of revoked certificates can be had over HTTP, where devices are Entra joined.',
    why: 'Such devices cannot read it from Active Directory before they have signed in to it.',
    source: 'joined_sso',
    deployments: ['hybrid_key', 'hybrid_certificate'],
  },
  first_use: {
    group: 'authentication',
    sentence: 'On hybrid joined devices people can reach a domain controller when they first use their key.',
    why: 'Later sign-ins are cached and work offline; the first is not.',
    source: 'authentication',
    deployments: HYBRID,
  },

  // Licences
  entra_free: {
    group: 'licences',
    sentence: 'Automatic MDM enrolment and Conditional Access are licensed, or not used.',
    why: 'Windows Hello for Business itself works with Entra ID Free. These two need Entra ID P1; without them people enrol devices by hand.',
    source: 'plan',
    deployments: CLOUD,
  },
  entra_p1: {
    group: 'licences',
    sentence: 'There are licences of Microsoft Entra ID P1.',
    why: 'Certificate enrolment needs device write-back, which is part of P1.',
    source: 'plan',
    deployments: ['hybrid_certificate'],
  },

  // People
  second_administrator: {
    group: 'people',
    sentence: 'A second Global Administrator can sign in.',
    why: 'One alone cannot help themselves: nobody else may give them a pass.',
    source: 'roles',
    deployments: ALL,
    change: { label: 'People', href: '/admin/people' },
    judge: ({ administrators }) =>
      judged(
        administrators > 1,
        `${administrators} can.`,
        administrators === 0 ? 'None can.' : '1 can, and nobody else.',
      ),
  },
  break_glass: {
    group: 'people',
    sentence: 'A break-glass account can sign in.',
    why: 'It keeps its password whatever is switched, for the day when nothing else works.',
    source: 'emergency',
    deployments: ALL,
    change: { label: 'People', href: '/admin/people' },
    judge: ({ breakGlass: { all, able } }) =>
      all === 0
        ? notMet('There is none that is a Global Administrator.')
        : judged(
            able > 0,
            `${able} of ${all} can.`,
            `None of ${all} can: give it a password or a key, and keep it apart.`,
          ),
  },
  mail: {
    group: 'people',
    sentence: 'E-mail reaches people when something changes in how they sign in.',
    why: 'Whoever is told of a key that they did not make can say so. Latchkey sends no pass by e-mail.',
    source: 'notifications',
    deployments: ALL,
    change: { label: 'Outbox', href: '/admin/outbox' },
    judge: ({ mail }) =>
      mail === 'off'
        ? notMet('No e-mail leaves: SMTP_URL and MAIL_FROM are not set.')
        : mail === 'untried'
          ? unknown('A mail server is set, and nothing was sent yet.')
          : judged(mail === 'sent', 'The latest message was sent.', 'The latest message could not be sent.'),
  },
  passes_handed_over: {
    group: 'people',
    sentence: 'It is settled how a pass reaches somebody, after they were recognised.',
    why: 'A pass is shown once, to whoever issues it. In person, or on a channel that only the person can read.',
    source: 'pass',
    deployments: ALL,
  },
  people_prepared: {
    group: 'people',
    sentence: 'People know when they will be asked, for what, and that it stays on their device.',
    why: 'Somebody who expects the second factor and the PIN finishes the set-up; others cancel it.',
    source: 'users',
    deployments: ALL,
  },
  help_desk_prepared: {
    group: 'people',
    sentence: 'The help desk knows what to do for a forgotten PIN and a lost device.',
    why: 'Both happen on the first day.',
    source: 'pin_reset',
    deployments: ALL,
  },
} as const satisfies Record<string, Requirement>;

export type RequirementName = keyof typeof table;
export const requirements: Readonly<Record<RequirementName, Requirement>> = table;
export const requirementNames = Object.keys(table) as RequirementName[];

/** The requirements of a deployment, group by group. */
export function requirementsOf(name: DeploymentName): RequirementName[] {
  return requirementGroupNames.flatMap((group) =>
    requirementNames.filter(
      (each) => requirements[each].group === group && requirements[each].deployments.includes(name),
    ),
  );
}

/** What of these names a person confirms; null for a name that is none, or that Latchkey judges itself. */
export function confirmable(name: string): RequirementName | null {
  const known = requirementNames.find((each) => each === name);
  return known === undefined || requirements[known].judge !== undefined ? null : known;
}

/** How a requirement stands. `unknown`: nobody confirmed it, or Latchkey cannot say. */
export const requirementStates = ['met', 'confirmed', 'not_met', 'unknown'] as const;
export type RequirementState = (typeof requirementStates)[number];

/** The state of one requirement; a confirmation says nothing about what Latchkey judges itself. */
export function judgeRequirement(
  name: RequirementName,
  facts: DeploymentFacts,
  isConfirmed: boolean,
): { readonly state: RequirementState; readonly finding: string | null } {
  const judgement = requirements[name].judge?.(facts);
  if (judgement !== undefined) return { state: judgement.verdict, finding: judgement.finding };
  return { state: isConfirmed ? 'confirmed' : 'unknown', finding: null };
}

export function isDone(state: RequirementState): boolean {
  return state === 'met' || state === 'confirmed';
}
