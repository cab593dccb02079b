import { SOFTWARE_KEY_AAGUID } from './key-container/aaguid.ts';
import type { Verdict } from './prerequisites.ts';

/** Who may keep a Hello key in the browser itself (the policy `SoftwareKeys`). */
export const softwareKeyChoices = ['never', 'fallback', 'choice'] as const;
export type SoftwareKeyChoice = (typeof softwareKeyChoices)[number];

export const softwareKeyLabels: Readonly<Record<SoftwareKeyChoice, string>> = {
  never: 'Never',
  fallback: 'Where the device has no Windows Hello or the like',
  choice: 'Where somebody chooses it',
};

/** By what the browser found of an authenticator of its device that verifies its user. */
const allowed: Readonly<Record<SoftwareKeyChoice, readonly Verdict[]>> = {
  never: [],
  fallback: ['no'],
  choice: ['yes', 'no', 'not_tested'],
};

/** Whether policy lets a key be kept by the browser there, as far as the device itself has a say. */
export function allowsSoftwareKey(choice: SoftwareKeyChoice, platformAuthenticator: Verdict): boolean {
  return allowed[choice].includes(platformAuthenticator);
}

/** Whether a browser keeps this key. No other key is registered under its model. */
export function isSoftwareKey({ aaguid }: { readonly aaguid: string }): boolean {
  return aaguid === SOFTWARE_KEY_AAGUID;
}
