import 'server-only';
import type { RefreshAnswer } from '#domain/policy/resultant';
import { policySettings, settingText } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { isDeviceActive } from './device.ts';
import { readPolicyAt, refreshDevice } from './device-policy.ts';
import { passDoor } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';

/**
 * Tells the device that somebody is signed in at what its sources say now, and says what is another value since. Only a
 * session that is bound to the device can ask.
 */
export async function syncDevice(runtime: Runtime, caller: SignedIn): Promise<Result<RefreshAnswer>> {
  const { userId, deviceId } = caller.session;
  if (deviceId === null) return refuse('device_required');
  if (!(await isDeviceActive(runtime, deviceId))) return refuse('device_disabled');
  return await runtime.db.$transaction(async (tx) => {
    const { at, changed } = await refreshDevice(tx, runtime, { userId, deviceId });
    const policy = await readPolicyAt(tx, runtime, { userId, deviceId });
    return ok({
      refreshedAt: at.toISOString(),
      changed: changed.map((name) => ({
        name,
        title: policySettings[name].title,
        value: settingText(policy(name).value),
      })),
    });
  });
}

/** The same from our own page, counted as the door counts. */
export async function syncOwnDevice(runtime: Runtime, caller: SignedIn): Promise<Result<RefreshAnswer>> {
  const limited = await passDoor(runtime, 'policy-refresh', caller);
  return limited === null ? await syncDevice(runtime, caller) : { ok: false, problem: limited };
}
