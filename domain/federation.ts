import { HOUR_MS, MINUTE_MS, SECOND_MS } from './time.ts';

/**
 * Sign-in at another organisation's OpenID Connect provider, the upstream: which name goes there, whose proof of more than
 * one factor counts, and to whom what it says belongs.
 */

/** `FederatedIdpMfaBehavior` of a federated domain, as Entra ID names its values. The first is the default. */
export const federatedIdpMfaBehaviors = [
  'acceptIfMfaDoneByFederatedIdp',
  'enforceMfaByFederatedIdp',
  'rejectMfaByFederatedIdp',
] as const;
export type FederatedIdpMfaBehavior = (typeof federatedIdpMfaBehaviors)[number];

/** Each behaviour in a sentence for administrators. */
export const behaviorWords: Readonly<Record<FederatedIdpMfaBehavior, string>> = {
  acceptIfMfaDoneByFederatedIdp: "The provider's MFA counts where it was done; else people prove it here.",
  enforceMfaByFederatedIdp: 'The provider must do MFA: whoever comes back without it is sent there again.',
  rejectMfaByFederatedIdp: "The provider's MFA never counts: people prove it here.",
};

/** What it means whether people who hold an administrator role sign in at a provider. */
export function administratorWords(allowed: boolean): string {
  return allowed
    ? 'Signed in there too: whoever runs the provider can take over this organisation. Emergency accounts never are.'
    : 'Not signed in there: they come in with a key or a pass alone.';
}

/** What a test of a provider found wrong with it, by the cause that the log has. */
const inspectionFailures: Readonly<Record<string, string>> = {
  upstream_unreachable:
    'It does not answer at its issuer, or answers with an error, a redirect or more than any provider says. Check the issuer, and that this server may reach it.',
  issuer_not_allowed: 'Its issuer is no address that may be asked: https, without query and fragment.',
  issuer_is_another:
    'It calls itself by another issuer than the one that is kept here. Copy the issuer as it names itself.',
  endpoint_elsewhere:
    'Its endpoints or keys are at another host than its issuer. Such a provider cannot be used.',
  description_invalid: 'What it answers is no description of an OpenID Connect provider by that issuer.',
  keys_unusable: 'It publishes no key that it could sign with, so that nothing it says can be verified.',
};

/** A cause that a test ended with, in a sentence for administrators. */
export function inspectionWords(cause: string): string {
  const [name = ''] = cause.split(':');
  return Object.hasOwn(inspectionFailures, name)
    ? (inspectionFailures[name] ?? '')
    : 'It does not answer as an OpenID Connect provider does. The event log has the cause.';
}

/** The claims that may name a person. An e-mail address does so only where the provider says that it verified it. */
export const namingClaims = ['upn', 'preferred_username', 'email'] as const;
export type NamingClaim = (typeof namingClaims)[number];

/** What a request to the upstream is for: a sign-in as the provider does it, or one with MFA. */
export type FederatedRound = 'sign-in' | 'mfa';

/** Where a sign-in elsewhere may lead on to here: never an address. */
export const federatedDestinations = ['add-browser', 'pin-reset'] as const;
export type FederatedDestination = (typeof federatedDestinations)[number];

/** From the request to the answer; the person signs in over there meanwhile. */
export const FEDERATED_REQUEST_LIFETIME_MS = 15 * MINUTE_MS;

/**
 * How long ago the person may have signed in at the provider (`max_age`, OpenID Connect Core 3.1.2.1). With it the provider
 * must say when that was. NIST SP 800-63B-4 2.2.3 asks for reauthentication every 24 hours.
 */
export const MAX_AGE_MS = 24 * HOUR_MS;
/** The same for a sign-in, or MFA, that is made now. */
export const MAX_AGE_NOW_MS = 5 * MINUTE_MS;

/** What a method of authentication shows (NIST SP 800-63B-4 1): two different ones are MFA. */
type Factor = 'knowledge' | 'possession' | 'inherence';

/**
 * Authentication Method Reference values (RFC 8176) and what each is. `mfa` says by itself that there was more than one.
 * What is not here counts for nothing.
 */
export const methodReferences: Readonly<Record<string, Factor | 'mfa'>> = {
  mfa: 'mfa',
  'http://schemas.microsoft.com/claims/multipleauthn': 'mfa',
  pwd: 'knowledge',
  pin: 'knowledge',
  kba: 'knowledge',
  otp: 'possession',
  sms: 'possession',
  tel: 'possession',
  hwk: 'possession',
  swk: 'possession',
  sc: 'possession',
  face: 'inherence',
  fpt: 'inherence',
  iris: 'inherence',
  retina: 'inherence',
  vbm: 'inherence',
};

/** Authentication Context Class References that mean MFA. They are what a round for MFA asks for, in this order. */
export const mfaContexts: readonly string[] = [
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor',
  'urn:okta:loa:2fa:any',
  'http://idmanagement.gov/ns/assurance/aal/2',
  'http://idmanagement.gov/ns/assurance/aal/3',
];

/** What a validated ID token says about the person and how they signed in. Nothing in it has a type yet. */
export interface UpstreamClaims {
  readonly sub: string;
  readonly amr?: unknown;
  readonly acr?: unknown;
  readonly auth_time?: unknown;
  readonly upn?: unknown;
  readonly preferred_username?: unknown;
  readonly email?: unknown;
  readonly email_verified?: unknown;
}

/** Whether the provider says that more than one factor was used, by `acr` or `amr`. */
export function saysMfa({ amr, acr }: Pick<UpstreamClaims, 'amr' | 'acr'>): boolean {
  if (typeof acr === 'string' && mfaContexts.includes(acr)) return true;
  if (!Array.isArray(amr)) return false;
  const shown = new Set(
    amr.flatMap((value) =>
      typeof value === 'string' && Object.hasOwn(methodReferences, value) ? [methodReferences[value]] : [],
    ),
  );
  return shown.has('mfa') || shown.size > 1;
}

/** `federated-mfa`: it counts as MFA here. `ask_again`: the person goes back for MFA. `refuse`: that was tried already. */
export type MfaRuling = 'federated' | 'federated-mfa' | 'ask_again' | 'refuse';

/** The table of whose MFA counts, by what the provider says it did. */
export const mfaRulings: Readonly<
  Record<
    FederatedIdpMfaBehavior,
    Readonly<Record<'done' | 'not_done', Readonly<Record<FederatedRound, MfaRuling>>>>
  >
> = {
  acceptIfMfaDoneByFederatedIdp: {
    done: { 'sign-in': 'federated-mfa', mfa: 'federated-mfa' },
    not_done: { 'sign-in': 'federated', mfa: 'federated' },
  },
  enforceMfaByFederatedIdp: {
    done: { 'sign-in': 'federated-mfa', mfa: 'federated-mfa' },
    not_done: { 'sign-in': 'ask_again', mfa: 'refuse' },
  },
  rejectMfaByFederatedIdp: {
    done: { 'sign-in': 'federated', mfa: 'federated' },
    not_done: { 'sign-in': 'federated', mfa: 'federated' },
  },
};

/** Two clocks never agree: what a provider says of a time counts so long before and after it. */
export const PROVIDER_CLOCK_DIFFERS_MS = 30 * SECOND_MS;

/** When the person signed in over there; null where the provider does not say, or names a time that is still to come. */
export function signedInUpstreamAt({ auth_time }: Pick<UpstreamClaims, 'auth_time'>, now: Date): Date | null {
  if (typeof auth_time !== 'number' || !Number.isSafeInteger(auth_time) || auth_time < 0) return null;
  const at = auth_time * 1000;
  // Two clocks never agree; a provider's may be ahead of ours by this much.
  if (at > now.getTime() + MINUTE_MS) return null;
  return new Date(Math.min(at, now.getTime()));
}

/** Whether a text is a subject: at most 255 ASCII characters (OpenID Connect Core 2). */
export function isSubject(text: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(text);
}

/** The name that the provider gives, by the claim that the administrator chose; null where it gives none that counts. */
export function claimedName(claim: NamingClaim, claims: UpstreamClaims): string | null {
  const name = claims[claim];
  if (typeof name !== 'string' || name === '') return null;
  return claim === 'email' && claims.email_verified !== true ? null : name;
}

/** The domain of a normalised UPN: realm discovery looks at nothing else. Null where there is none. */
export function domainOfUpn(upn: string): string | null {
  const [local, domain, ...more] = upn.split('@');
  return local && domain && more.length === 0 ? domain : null;
}

/**
 * The URL of a provider as it is compared: https, or http on this machine for a trial; without query and fragment (OpenID
 * Connect Discovery 1.0, 3). Null for anything else.
 */
export function issuerUrl(text: string): URL | null {
  if (text.length > 512 || !URL.canParse(text)) return null;
  const url = new URL(text);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) return null;
  return url.username + url.password + url.search + url.hash === '' ? url : null;
}

/** An issuer in the one form that is stored, so that a subject of it is the same one in every domain; null for none. */
export function normaliseIssuer(text: string): string | null {
  const url = issuerUrl(text);
  return url && (url.pathname === '/' ? url.origin : url.href);
}

/** What is known here about a subject of the provider, and about the person who was named. */
export interface IdentityFacts {
  /** Who this subject is linked to. */
  readonly linked: { readonly userId: string } | null;
  /** Whom the name that the provider gives belongs to, in the federated domain. */
  readonly named: { readonly userId: string; readonly hasLink: boolean } | null;
}

export type IdentityRuling =
  | { readonly kind: 'linked' | 'link'; readonly userId: string }
  | { readonly kind: 'refused'; readonly cause: 'person_unknown' | 'another_subject_is_linked' };

/**
 * Who a subject is. A link stands whatever the provider calls the person later. It is made once, for somebody who is named
 * and has none: a second subject never gets in as the same person.
 */
export function judgeIdentity({ linked, named }: IdentityFacts): IdentityRuling {
  if (linked !== null) return { kind: 'linked', userId: linked.userId };
  if (named === null) return { kind: 'refused', cause: 'person_unknown' };
  return named.hasLink
    ? { kind: 'refused', cause: 'another_subject_is_linked' }
    : { kind: 'link', userId: named.userId };
}
