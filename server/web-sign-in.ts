import 'server-only';
import {
  atLock,
  type LockRuling,
  type WebSignIn,
  type WebSignInCarrier,
  webSignIn,
} from '#domain/web-sign-in';
import type { Caller, SignedInSession } from './caller.ts';
import { keysOnDevice } from './credential.ts';
import type { Tx } from './db.ts';
import { isDeviceActive } from './device.ts';
import { type At, readPolicyAt } from './device-policy.ts';
import { openLastPerson } from './last-person.ts';
import type { Runtime } from './runtime.ts';
import { asksForFactors } from './unlock.ts';
import { usableKeys } from './usable-key.ts';

/** What such a proof opens for this person on this device, as policy and their keys are now. */
export async function readWebSignIn<C extends WebSignInCarrier>(
  tx: Tx,
  runtime: Runtime,
  carrier: C,
  at: At,
): Promise<WebSignIn<C>> {
  const { userId, deviceId } = at;
  const [policy, keys, usable] = await Promise.all([
    readPolicyAt(tx, runtime, at),
    keysOnDevice(tx, at),
    usableKeys(tx).then((usableNow) =>
      tx.credential.count({ where: { AND: [{ userId, deviceId, kind: 'hello' }, usableNow] } }),
    ),
  ]);
  return webSignIn(carrier, {
    onOwnDevice: deviceId !== null,
    allowed: policy('EnableWebSignIn').value === 'on',
    keysHere: keys.length === 0 ? 'none' : usable === 0 ? 'set_aside' : 'usable',
  });
}

/** What a carrier of web sign-in does at the lock of a session, for whoever comes from an address. */
export async function readLockRuling(
  tx: Tx,
  runtime: Runtime,
  session: SignedInSession,
  carrier: WebSignInCarrier,
  address: string,
): Promise<LockRuling> {
  return atLock(carrier, {
    onOwnDevice: session.deviceId !== null,
    signsIn: (await readWebSignIn(tx, runtime, carrier, session)).session === 'ordinary',
    factorsAsked: await asksForFactors(tx, runtime, session, address),
  });
}

/**
 * Whether the sign-in page of this browser shows web sign-in: by policy on the device where somebody signed in last, which
 * their sealed cookie tells. A name that is typed tells nothing.
 */
export async function webSignInHere(
  runtime: Runtime,
  caller: Pick<Caller, 'browser'>,
  sealed: string | undefined,
): Promise<boolean> {
  const last = openLastPerson(runtime, caller, sealed);
  if (last === null || last.deviceId === null || !(await isDeviceActive(runtime, last.deviceId)))
    return false;
  return (await readPolicyAt(runtime.db, runtime, last))('EnableWebSignIn').value === 'on';
}
