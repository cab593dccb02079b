import 'server-only';
import { type PinRules, pinRulesOf } from '#domain/pin/rules';
import { softwareKeysAllowed } from '#domain/policy/software-key';
import type { SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { readPlatformAuthenticator } from './device.ts';
import { policyFor, readPolicyAt } from './device-policy.ts';
import type { Runtime } from './runtime.ts';

/** Whether the browser of a session's device may keep a key itself, by the policy that the device was told. */
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
