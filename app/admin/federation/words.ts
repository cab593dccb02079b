import type { FederatedIdpMfaBehavior, NamingClaim } from '#domain/federation';
import type { FederatedDomain } from '#server/federation';

export const TITLE = 'Federation';
export const PURPOSE =
  'Domains whose people sign in at an OpenID Connect provider of their own, until they have a key here.';

/** `FederatedIdpMfaBehavior` in short; the sentence stands in the table of behaviours. */
export const behaviorTitles: Readonly<Record<FederatedIdpMfaBehavior, string>> = {
  acceptIfMfaDoneByFederatedIdp: 'Count it where it was done',
  enforceMfaByFederatedIdp: 'Insist on it over there',
  rejectMfaByFederatedIdp: 'Never count it',
};

export const claimWords: Readonly<Record<NamingClaim, string>> = {
  upn: 'upn: AD FS and Entra ID',
  preferred_username: 'preferred_username: Entra ID, Keycloak, Okta',
  email: 'email: only an address that the provider verified',
};

export type Standing = 'off' | 'answers' | 'fails' | 'untested';

/** How a domain stands, by its last test. */
export function standingOf({ disabledAt, testedAt, testFailure }: FederatedDomain): Standing {
  if (disabledAt !== null) return 'off';
  if (testedAt === null) return 'untested';
  return testFailure === null ? 'answers' : 'fails';
}

export const standingWords: Readonly<Record<Standing, string>> = {
  off: 'Switched off',
  answers: 'Answers',
  fails: 'Cannot be used',
  untested: 'Not tested',
};
