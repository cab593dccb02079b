import 'server-only';
import { ok, type Result, refuse } from '#domain/result';
import type { ContainerCreationAnswer } from '#domain/wire';
import type { SignedIn } from './caller.ts';
import { refreshWhenDue } from './device-policy.ts';
import { makeContainer } from './key-container.ts';
import { obstacle } from './registration.ts';
import type { Runtime } from './runtime.ts';
import { touchSession } from './session.ts';
import { mayKeepSoftwareKey } from './software-key-policy.ts';
import { readTenant } from './tenant.ts';

/**
 * Begins a Hello container in this browser: what the browser has to write into it, and the server's half of its first PIN.
 * Takes what provisioning takes, or a PIN reset. It counts for nothing until its key is registered in this session, with
 * the ticket of a try at that PIN.
 */
export async function beginContainer(
  runtime: Runtime,
  caller: SignedIn,
): Promise<Result<ContainerCreationAnswer>> {
  const { session } = caller;
  await refreshWhenDue(runtime, session);
  const stop = await obstacle(runtime.db, runtime, caller, 'hello');
  if (stop !== null) return refuse(stop);
  const { deviceId } = session;
  if (deviceId === null) return refuse('device_required');
  const { id: tenant } = await readTenant(runtime);
  return await runtime.db.$transaction(async (tx) => {
    if (!(await touchSession(tx, runtime, session.id))) return refuse('sign_in_required');
    if (!(await mayKeepSoftwareKey(tx, runtime, session))) return refuse('software_keys_not_allowed');
    const { id, ...made } = await makeContainer(tx, runtime, { ...session, deviceId });
    return ok({ container: id, tenant, device: deviceId, userHandle: session.person.userHandle, ...made });
  });
}
