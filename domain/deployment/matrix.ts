// Source: "Plan a Windows Hello for Business deployment" (Microsoft Learn).

export const deploymentModels = {
  cloud_only: 'Cloud-only',
  hybrid: 'Hybrid',
  on_premises: 'On-premises',
} as const;
export type DeploymentModel = keyof typeof deploymentModels;

/** How devices sign in to Active Directory. Signing in to Microsoft Entra ID is by the key, whatever the trust. */
export const trustTypes = {
  none: 'No trust type',
  cloud_kerberos: 'Cloud Kerberos trust',
  key: 'Key trust',
  certificate: 'Certificate trust',
} as const;
export type TrustType = keyof typeof trustTypes;

/** The pairs of model and trust that there are. A deployment is one value, so that no other pair can be chosen. */
export const deploymentNames = [
  'cloud_only',
  'hybrid_cloud_kerberos',
  'hybrid_key',
  'hybrid_certificate',
  'on_premises_key',
  'on_premises_certificate',
] as const;
export type DeploymentName = (typeof deploymentNames)[number];

export interface Deployment {
  readonly model: DeploymentModel;
  readonly trust: TrustType;
  /** As a person reads the pair. */
  readonly title: string;
  readonly about: string;
  /** What certificates are needed for; null: none. */
  readonly pki: string | null;
  /** How people sign in to Microsoft Entra ID; null: they do not. */
  readonly entraAuthentication: string | null;
  readonly joinTypes: readonly string[];
  readonly registrationService: 'Microsoft Entra ID' | 'AD FS';
  readonly keysRegisteredAt: string;
  /** `awaited`: a new key works for Active Directory once it is synchronised. `behind`: it is, and nobody waits. */
  readonly keySync: 'none' | 'awaited' | 'behind';
  readonly usableAtOnce: boolean;
  /** When a new key can be used, in words. */
  readonly usable: string;
  /** The least licence of cloud services; null: none. */
  readonly licence: string | null;
}

const ENTRA = ['Microsoft Entra joined', 'Microsoft Entra registered'] as const;
const HYBRID_JOINS = [
  'Microsoft Entra joined',
  'Microsoft Entra hybrid joined',
  'Microsoft Entra registered',
] as const;
const MANAGED_OR_FEDERATED = 'Password hash sync or pass-through authentication, or federation';
const onPremises = {
  model: 'on_premises',
  entraAuthentication: null,
  joinTypes: ['Active Directory domain joined'],
  registrationService: 'AD FS',
  keysRegisteredAt: 'AD FS, which writes them to Active Directory',
  keySync: 'none',
  usableAtOnce: true,
  licence: null,
} as const;
const hybrid = {
  model: 'hybrid',
  joinTypes: HYBRID_JOINS,
  registrationService: 'Microsoft Entra ID',
  keysRegisteredAt: 'Microsoft Entra ID',
} as const;

export const deployments: Readonly<Record<DeploymentName, Deployment>> = {
  cloud_only: {
    model: 'cloud_only',
    trust: 'none',
    title: 'Cloud-only',
    about: 'People and what they use are in the cloud. No Active Directory, so no trust type.',
    pki: null,
    entraAuthentication: 'By Entra itself, or federation with a service that is not AD FS',
    joinTypes: ENTRA,
    registrationService: 'Microsoft Entra ID',
    keysRegisteredAt: 'Microsoft Entra ID',
    keySync: 'none',
    usableAtOnce: true,
    usable: 'At once',
    licence: null,
  },
  hybrid_cloud_kerberos: {
    ...hybrid,
    trust: 'cloud_kerberos',
    title: 'Hybrid, cloud Kerberos trust',
    about: 'Entra ID issues the Kerberos ticket. Recommended, unless people need certificates.',
    pki: null,
    entraAuthentication: MANAGED_OR_FEDERATED,
    keySync: 'none',
    usableAtOnce: true,
    usable: 'At once; on hybrid joined devices first with a domain controller in reach',
    licence: null,
  },
  hybrid_key: {
    ...hybrid,
    trust: 'key',
    title: 'Hybrid, key trust',
    about: 'The key itself signs in to Active Directory, once it is synchronised.',
    pki: 'Certificates of domain controllers',
    entraAuthentication: MANAGED_OR_FEDERATED,
    keySync: 'awaited',
    usableAtOnce: false,
    usable: 'After the next synchronisation, every 30 minutes by default',
    licence: null,
  },
  hybrid_certificate: {
    ...hybrid,
    trust: 'certificate',
    title: 'Hybrid, certificate trust',
    about: 'A certificate over the key signs in to Active Directory. For those who need certificates.',
    pki: 'Certificates of domain controllers and of people, with a registration authority',
    entraAuthentication: 'Federation with AD FS only',
    keysRegisteredAt: 'Microsoft Entra ID, and AD FS as the registration authority',
    keySync: 'behind',
    usableAtOnce: true,
    usable: 'At once: the certificate comes with the key',
    licence: 'Microsoft Entra ID P1, for device write-back',
  },
  on_premises_key: {
    ...onPremises,
    trust: 'key',
    title: 'On-premises, key trust',
    about:
      'Everything is in Active Directory, and the key itself signs in. Moving to hybrid means deploying anew.',
    pki: 'Certificates of domain controllers',
    usable: 'At once: AD FS writes the key directly',
  },
  on_premises_certificate: {
    ...onPremises,
    trust: 'certificate',
    title: 'On-premises, certificate trust',
    about:
      'Everything is in Active Directory, and a certificate signs in. Moving to hybrid means deploying anew.',
    pki: 'Certificates of domain controllers and of people, with a registration authority',
    usable: 'At once: the certificate comes with the key',
  },
};

/** Each deployment as a person reads it. */
export const deploymentTitles = Object.fromEntries(
  deploymentNames.map((name) => [name, deployments[name].title]),
) as Readonly<Record<DeploymentName, string>>;

/** The trusts of a model, each with the deployment that the pair is. */
export function trustsOf(
  model: DeploymentModel,
): { readonly trust: TrustType; readonly name: DeploymentName }[] {
  return deploymentNames
    .filter((name) => deployments[name].model === model)
    .map((name) => ({ trust: deployments[name].trust, name }));
}

/** The row of the matrix in words, in the order of its columns. */
export function deploymentFacts(name: DeploymentName): { readonly term: string; readonly value: string }[] {
  const row = deployments[name];
  return [
    { term: 'Join types', value: row.joinTypes.join(', ') },
    { term: 'Device registration', value: row.registrationService },
    { term: 'Signing in to Entra ID', value: row.entraAuthentication ?? 'Not used' },
    { term: 'Keys are registered at', value: row.keysRegisteredAt },
    { term: 'Key synchronisation', value: keySyncWords[row.keySync] },
    { term: 'Certificates', value: row.pki ?? 'None needed' },
    { term: 'A new key can be used', value: row.usable },
    { term: 'Least cloud licence', value: row.licence ?? noLicence[row.model] },
  ];
}

const noLicence: Readonly<Record<DeploymentModel, string>> = {
  cloud_only: 'None: Entra ID Free is enough',
  hybrid: 'None: Entra ID Free is enough',
  on_premises: 'None: no cloud service takes part',
};

const keySyncWords: Readonly<Record<Deployment['keySync'], string>> = {
  none: 'Not needed',
  awaited: 'Needed, and a new key waits for it',
  behind: 'Takes place; nobody waits for it',
};
