import { SOFTWARE_KEY_AAGUID } from '../key-container/aaguid.ts';
import { judgeKey, type KeyFacts } from '../key-rules.ts';
import type { Verdict } from '../prerequisites.ts';
import { allowsSoftwareKey } from '../software-key.ts';
import { keyRulesOf } from './key-rules.ts';
import type { Policy } from './resolve.ts';
import type { SettingName } from './settings.ts';

/** What the rules for keys look at, of any software key. */
const SOFTWARE_KEY: KeyFacts = {
  kind: 'hello',
  protection: 'software',
  aaguid: SOFTWARE_KEY_AAGUID,
  modelProven: false,
  backupEligible: false,
  compromised: null,
};

/** Whether this policy lets a browser of such a device keep a key itself; never where a security device is required. */
export function softwareKeysAllowed(policy: Policy, platformAuthenticator: Verdict): boolean {
  if (!allowsSoftwareKey(policy('SoftwareKeys').value, platformAuthenticator)) return false;
  return !judgeKey(keyRulesOf(policy), SOFTWARE_KEY, 'registration').refused;
}

/** The settings that decide it. */
export const softwareKeySettings = [
  'SoftwareKeys',
  'KeyRules.helloMode',
  'RequireSecurityDevice',
] as const satisfies readonly SettingName[];
