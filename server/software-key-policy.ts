import 'server-only';
import { SOFTWARE_KEY_AAGUID } from '#domain/key-container/software-key';
import { judgeKey, type KeyFacts } from '#domain/key-rules';
import type { Policy } from '#domain/policy/resolve';
import type { Verdict } from '#domain/prerequisites';
import { allowsSoftwareKey } from '#domain/software-key';
import type { SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { readPlatformAuthenticator } from './device.ts';
import { readPolicyAt } from './device-policy.ts';
import type { Runtime } from './runtime.ts';
import { keyRulesOf } from './usable-key.ts';

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

/** The same for the device of a session, as it was told. */
export async function mayKeepSoftwareKey(
  tx: Tx,
  runtime: Pick<Runtime, 'db'>,
  session: SignedInSession,
): Promise<boolean> {
  if (session.deviceId === null) return false;
  const policy = await readPolicyAt(tx, runtime, session);
  return softwareKeysAllowed(policy, await readPlatformAuthenticator(tx, session.deviceId));
}
