import { type ProofKind, proofKinds } from './authentication.ts';
import type { ProblemCode } from './problem.ts';
import { type Strength, strongestOf } from './strength.ts';

/** The authentication methods, by the names that Microsoft Graph has for them where it has any. */
export const methodNames = [
  'windowsHelloForBusiness',
  'fido2',
  'authenticator',
  'softwareOath',
  'temporaryAccessPass',
  'password',
  'federated',
] as const;
export type MethodName = (typeof methodNames)[number];

/** Those that this policy switches. What governs the others stands in `methods`. */
export const governedMethods = ['fido2', 'authenticator', 'softwareOath'] as const;
export type GovernedMethod = (typeof governedMethods)[number];

interface Method {
  readonly title: string;
  /** As in "Passkeys and security keys are switched off for you". */
  readonly plural: string;
  /** The proofs that it makes. */
  readonly proofs: readonly ProofKind[];
  /** Where policy says whether it is there and for whom. */
  readonly policy: { readonly href: string; readonly words: string };
}

/**
 * The table of methods: what each is called, which proofs it makes (and by them which strengths it meets and what it may do)
 * and where policy on it stands.
 */
export const methods = {
  windowsHelloForBusiness: {
    title: 'Windows Hello for Business',
    plural: 'Windows Hello keys',
    proofs: ['hello'],
    policy: { href: '/admin/policy#hello', words: 'Use Windows Hello for Business' },
  },
  fido2: {
    title: 'Passkey or security key',
    plural: 'Passkeys and security keys',
    proofs: ['passkey'],
    policy: { href: '/admin/methods', words: 'This page' },
  },
  authenticator: {
    title: 'Authenticator on a phone',
    plural: 'Phones that approve',
    proofs: ['authenticator', 'phone-sign-in'],
    policy: { href: '/admin/methods', words: 'This page' },
  },
  softwareOath: {
    title: 'Authenticator app with codes',
    plural: 'Authenticator apps',
    proofs: ['totp'],
    policy: { href: '/admin/methods', words: 'This page' },
  },
  temporaryAccessPass: {
    title: 'Temporary Access Pass',
    plural: 'Temporary Access Passes',
    proofs: ['temporary-access-pass'],
    policy: { href: '/admin/policy#pass', words: 'Temporary Access Pass' },
  },
  password: {
    title: 'Password',
    plural: 'Passwords',
    proofs: ['password'],
    policy: { href: '/admin/passwordless', words: 'Passwordless' },
  },
  federated: {
    title: "The organisation's own sign-in",
    plural: 'Sign-ins at an organisation of their own',
    proofs: ['federated', 'federated-mfa'],
    policy: { href: '/admin/federation', words: 'Federation' },
  },
} as const satisfies Record<MethodName, Method>;

/** The method that makes a proof. */
export const methodOfProof = Object.fromEntries(
  proofKinds.map((kind) => [
    kind,
    methodNames.find((name) => (methods[name].proofs as readonly ProofKind[]).includes(kind)),
  ]),
) as Readonly<Record<ProofKind, MethodName>>;

/** The method that makes a proof, where this policy switches it. */
export function governing(kind: ProofKind): GovernedMethod | null {
  return governedMethods.find((name) => name === methodOfProof[kind]) ?? null;
}

/** The highest strength that a method can meet. */
export function strengthOfMethod(name: MethodName): Strength | null {
  return strongestOf(methods[name].proofs.map((kind) => ({ kind })));
}

/** What a method may be used for, beside opening the lock of a session that it is enabled in. */
export const methodUses = ['any', 'sign_in', 'confirm'] as const;
export type MethodUses = (typeof methodUses)[number];
export const methodUseLabels: Readonly<Record<MethodUses, string>> = {
  any: 'Signing in and confirming',
  sign_in: 'Signing in only',
  confirm: 'Confirming only',
};

/** What policy says of one method. */
export interface MethodPolicy {
  readonly enabled: boolean;
  /** null: everybody. */
  readonly includeGroups: readonly string[] | null;
  readonly excludeGroups: readonly string[];
  readonly uses: MethodUses;
}
export type MethodPolicies = Readonly<Record<GovernedMethod, MethodPolicy>>;

/** What somebody wants of a method: to register it, to come in by it, to confirm, or to open a lock. */
export type MethodUse = 'register' | 'sign_in' | 'confirm' | 'unlock';

/** Why a method is of no use to somebody. */
export const methodObstacles = {
  method_off: 'switched off for everybody',
  method_excluded: 'a group of theirs is left out',
  method_not_included: 'no group of theirs is included',
  method_not_for_sign_in: 'not used for signing in',
  method_not_for_confirming: 'not used for confirming',
} as const;
export type MethodObstacle = keyof typeof methodObstacles;

/** Whether groups matter to a method at all: without them nobody's have to be read. */
export function asksGroups({ enabled, includeGroups, excludeGroups }: MethodPolicy): boolean {
  return enabled && (includeGroups !== null || excludeGroups.length > 0);
}

/** What keeps somebody in these groups from a method; null when nothing does. An exclusion wins over an inclusion. */
export function methodObstacle(
  { enabled, includeGroups, excludeGroups, uses }: MethodPolicy,
  groupIds: readonly string[],
  use: MethodUse,
): MethodObstacle | null {
  if (!enabled) return 'method_off';
  if (groupIds.some((id) => excludeGroups.includes(id))) return 'method_excluded';
  if (includeGroups !== null && !groupIds.some((id) => includeGroups.includes(id)))
    return 'method_not_included';
  if (use === 'sign_in' && uses === 'confirm') return 'method_not_for_sign_in';
  if (use === 'confirm' && uses === 'sign_in') return 'method_not_for_confirming';
  return null;
}

/** What a person is told, by method. */
export const methodProblems: Readonly<Record<GovernedMethod, ProblemCode>> = {
  fido2: 'passkeys_not_enabled',
  authenticator: 'phones_not_enabled',
  softwareOath: 'authenticator_apps_not_enabled',
};
