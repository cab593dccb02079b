import 'server-only';
import { type EnrollmentStatus, enrollmentStatus } from '#domain/enrollment-status';
import { policyAt } from '#domain/policy/delivery';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { hasKeyOnDevice } from './credential.ts';
import type { Tx } from './db.ts';
import {
  type At,
  markReady,
  readDelivery,
  readTargeting,
  refreshDevice,
  restartWaiting,
} from './device-policy.ts';
import { record } from './event.ts';
import { readPolicy, readTenantValues } from './policy.ts';
import type { Runtime } from './runtime.ts';

/**
 * Whether a person at a new device is held until policy has arrived there. Nobody who has a key on it is: theirs is no new
 * device, whatever was switched off and on since.
 */
export async function isHeld(tx: Tx, { userId, deviceId }: At): Promise<boolean> {
  if (deviceId === null) return false;
  const delivery = await readDelivery(tx, deviceId);
  if (delivery === null || delivery.readyAt !== null) return false;
  if (!(await readPolicy(tx))('EnrollmentStatusPage.state').value) return false;
  return !(await hasKeyOnDevice(tx, userId, deviceId));
}

/** What of policy has arrived on this new device; null where nobody is held there. */
export async function readEnrollmentStatus(
  tx: Tx,
  runtime: Pick<Runtime, 'db' | 'clock'>,
  { userId, deviceId }: At,
): Promise<EnrollmentStatus | null> {
  if (deviceId === null || !(await isHeld(tx, { userId, deviceId }))) return null;
  const delivery = await readDelivery(tx, deviceId);
  if (delivery === null) return null;
  const policy = await readPolicy(tx);
  return enrollmentStatus({
    targeted: await readTargeting(tx, runtime, { userId, deviceId }),
    delivered: delivery.delivered,
    policy: policyAt(delivery, await readTenantValues(tx)),
    waitingAt: delivery.waitingAt ?? runtime.clock.now(),
    timeoutMinutes: policy('EnrollmentStatusPage.timeoutMinutes').value,
    mayGoOn: policy('EnrollmentStatusPage.allowUse').value,
    now: runtime.clock.now(),
  });
}

/** How the wait stands: null when there is nothing to wait for any more. */
export type Waiting = EnrollmentStatus | null;

/**
 * Asks for policy anew and says what has arrived; lets the person go on when all that is required is there. With `again`
 * the wait that is over begins anew.
 */
export async function awaitPolicy(
  runtime: Runtime,
  caller: SignedIn,
  { again }: { readonly again: boolean },
): Promise<Result<Waiting>> {
  const { userId, deviceId, id: sessionId } = caller.session;
  if (deviceId === null) return refuse('device_required');
  return await runtime.db.$transaction(async (tx): Promise<Result<Waiting>> => {
    if (!(await isHeld(tx, { userId, deviceId }))) return ok(null);
    if (again) await restartWaiting(tx, runtime, deviceId);
    await refreshDevice(tx, runtime, { userId, deviceId });
    const status = await readEnrollmentStatus(tx, runtime, { userId, deviceId });
    if (status === null) return ok(null);
    const about = { userId, deviceId, sessionId };
    const missing = status.required.filter((each) => each.missing !== null);
    if (status.outcome === 'ready') {
      if (await markReady(tx, runtime, deviceId))
        await record(tx, runtime, {
          code: 'enrollment_ready',
          ...about,
          detail: { device: status.device, user: status.user, required: status.required.length },
        });
    } else if (status.outcome === 'timed_out' && !(await isTold(tx, deviceId, status.until))) {
      // The page goes on asking: once for each wait is enough.
      await record(tx, runtime, {
        code: 'enrollment_timed_out',
        outcome: 'failure',
        ...about,
        detail: { missing: missing.map(({ name }) => name).join(', ') },
      });
    }
    return ok(status);
  });
}

/** Whether the log says already that the wait which ended then was too long. */
async function isTold(tx: Tx, deviceId: string, since: Date): Promise<boolean> {
  return (
    (await tx.event.count({ where: { deviceId, code: 'enrollment_timed_out', at: { gte: since } } })) > 0
  );
}

/** Lets the person go on without what is missing: only when the wait is over, and only where policy lets them. */
export async function goOnWithoutPolicy(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  const { userId, deviceId, id: sessionId } = caller.session;
  if (deviceId === null) return refuse('device_required');
  return await runtime.db.$transaction(async (tx) => {
    const status = await readEnrollmentStatus(tx, runtime, { userId, deviceId });
    if (status === null || status.outcome === 'ready') return ok(null);
    if (status.outcome === 'waiting' || !status.mayGoOn) return refuse('policy_pending');
    if (await markReady(tx, runtime, deviceId))
      await record(tx, runtime, {
        code: 'enrollment_went_on',
        userId,
        deviceId,
        sessionId,
        detail: {
          missing: status.required
            .filter(({ missing }) => missing !== null)
            .map(({ name }) => name)
            .join(', '),
        },
      });
    return ok(null);
  });
}
