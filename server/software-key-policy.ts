import 'server-only';
import { SOFTWARE_KEY_AAGUID } from '#domain/key-container/aaguid';
import { judgeKey, type KeyFacts } from '#domain/key-rules';
import { type PinRules, pinRulesOf } from '#domain/pin/rules';
import type { Policy } from '#domain/policy/resolve';
import type { Verdict } from '#domain/prerequisites';
import { allowsSoftwareKey } from '#domain/software-key';
import type { SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { readPlatformAuthenticator } from './device.ts';
import { policyFor, readPolicyAt } from './device-policy.ts';
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

/** What the pages of this session's device offer: the rules for the PIN, and whether nothing else there could keep a key. */
export async function offerSoftwareKey(
  runtime: Runtime,
  session: SignedInSession,
): Promise<{ readonly rules: PinRules; readonly only: boolean } | null> {
  if (!(await mayKeepSoftwareKey(runtime.db, runtime, session))) return null;
  const { deviceId } = session;
  const found = deviceId === null ? 'not_tested' : await readPlatformAuthenticator(runtime.db, deviceId);
  return { rules: await readPinRules(runtime, session), only: found === 'no' };
}

/** Whether this browser may keep a key itself where its device turns out to have nothing that could. */
export async function mayFallBack(runtime: Runtime, session: SignedInSession): Promise<boolean> {
  return softwareKeysAllowed(await policyFor(runtime, session), 'no');
}

/** The rules for a PIN at the device of a session. */
export async function readPinRules(runtime: Runtime, session: SignedInSession): Promise<PinRules> {
  const policy = await policyFor(runtime, session);
  return pinRulesOf((name) => policy(name).value);
}
