import { type ApplicationKey, applicationKeys, applicationNames } from './application.ts';
import type { ProofKind, Undertaking } from './authentication.ts';

/** Entra ID's built-in authentication strengths, each of which includes the ones after it. */
export const strengths = ['mfa', 'passwordless_mfa', 'phishing_resistant_mfa'] as const;
export type Strength = (typeof strengths)[number];

/** What a setting can ask for. `none`: what stands in the table of proofs, and no more. */
export const demands = ['none', ...strengths] as const;
export type Demand = (typeof demands)[number];

export const strengthWords: Readonly<Record<Strength, { readonly title: string; readonly takes: string }>> = {
  mfa: {
    title: 'Multifactor authentication',
    takes: 'two factors: a key, a Temporary Access Pass, or a password with a code or your phone',
  },
  passwordless_mfa: {
    title: 'Passwordless MFA',
    takes:
      'two factors without a password: Windows Hello, a passkey, a security key, or a phone that verified who holds it',
  },
  phishing_resistant_mfa: {
    title: 'Phishing-resistant MFA',
    takes: "something that can't be phished: Windows Hello, a passkey or a security key",
  },
};

export const demandLabels: Readonly<Record<Demand, string>> = {
  none: 'No requirement',
  mfa: strengthWords.mfa.title,
  passwordless_mfa: strengthWords.passwordless_mfa.title,
  phishing_resistant_mfa: strengthWords.phishing_resistant_mfa.title,
};

/** The highest strength that each proof meets, as Entra ID's table of combinations has it; null: it is one factor. */
export const strengthOfProof: Readonly<Record<ProofKind, Strength | null>> = {
  hello: 'phishing_resistant_mfa',
  passkey: 'phishing_resistant_mfa',
  'phone-sign-in': 'passwordless_mfa',
  'temporary-access-pass': 'mfa',
  totp: 'mfa',
  authenticator: 'mfa',
  'federated-mfa': 'mfa',
  password: null,
  federated: null,
};

/** Whether a proof of this kind, or one that meets this strength, does where that much is asked for. */
export function meets(met: Strength | null, demand: Demand): boolean {
  return demand === 'none' || (met !== null && strengths.indexOf(met) >= strengths.indexOf(demand));
}

/** The highest strength that one of these proofs meets. */
export function strongestOf(proven: readonly { readonly kind: ProofKind }[]): Strength | null {
  return strengths.findLast((each) => proven.some(({ kind }) => meets(strengthOfProof[kind], each))) ?? null;
}

interface Flow {
  readonly title: string;
  /** What of the table of proofs it asks the strength for; none where a session as a whole is asked. */
  readonly undertakings: readonly Undertaking[];
}

/** What can ask for a strength beside applications. */
export const flows = {
  signIn: { title: 'Signing in', undertakings: [] },
  provisioning: {
    title: 'Setting up Windows Hello',
    undertakings: ['register_device', 'provision_hello'],
  },
  pinReset: { title: 'Resetting a PIN', undertakings: ['reset_pin'] },
  securityInfo: {
    title: 'Adding and changing methods',
    undertakings: ['add_passkey', 'add_authenticator_app', 'change_credentials'],
  },
  administration: { title: 'Administration', undertakings: [] },
} as const satisfies Record<string, Flow>;
export type FlowName = keyof typeof flows;
export const flowNames = Object.keys(flows) as FlowName[];

/** A flow or an application. */
export type StrengthPlace = FlowName | ApplicationKey;
export const strengthPlaces: readonly StrengthPlace[] = [...flowNames, ...applicationKeys];

/** What each place asks for now. */
export type Demands = Readonly<Record<StrengthPlace, Demand>>;

export function placeTitle(place: StrengthPlace): string {
  return place in flows ? flows[place as FlowName].title : applicationNames[place as ApplicationKey];
}

/** The strengths that a session has to meet at a place: what signing in asks for, too. */
export function demandAt(asked: Demands, place: StrengthPlace): Demand {
  const { signIn } = asked;
  return meets(signIn === 'none' ? null : signIn, asked[place]) ? signIn : asked[place];
}

/**
 * What a proof of this kind is kept from carrying. A Temporary Access Pass goes on carrying what it does in the table of
 * proofs: it is how somebody gets a first method of any strength, and its own policy says whose it is. Asking for more than it
 * meets would otherwise lock out exactly those who have nothing yet.
 */
export function withheldBy(asked: Demands, kind: ProofKind): readonly Undertaking[] {
  if (kind === 'temporary-access-pass') return [];
  return flowNames.flatMap((name) =>
    meets(strengthOfProof[kind], asked[name]) ? [] : flows[name].undertakings,
  );
}
