import 'server-only';
import { isKeyProof, type ProofKind } from '#domain/authentication';
import { type PasswordFace, passwordFace } from '#domain/passwordless';
import { isManaged } from '#domain/policy/resolve';
import type { Caller } from './caller.ts';
import { hasUsableCredential } from './credential.ts';
import { isDeviceActive } from './device.ts';
import { type At, readPolicyAt } from './device-policy.ts';
import { findEnabledUser } from './identity.ts';
import { openLastPerson } from './last-person.ts';
import { isInScope, readPasswordlessPolicy } from './passwordless-policy.ts';
import type { Runtime } from './runtime.ts';

/** What of their password a person meets in a session, or after one, that began by `method`, as policy is now. */
export async function passwordFaceOf(
  runtime: Runtime,
  { userId, deviceId, method }: At & { readonly method: ProofKind },
): Promise<PasswordFace> {
  const policy = await readPasswordlessPolicy(runtime.db);
  const user = await findEnabledUser(runtime.db, userId);
  const deviceHides = user?.breakGlass === false ? await hiddenByDevice(runtime, { userId, deviceId }) : null;
  if (policy.mode === 'off' && deviceHides !== true) return 'shown';
  return passwordFace(policy.mode, {
    inScope: await isInScope(runtime.db, policy, user),
    deviceHides,
    cameInStrong: isKeyProof(method),
    hasStrongCredential: await hasUsableCredential(runtime.db, userId),
  });
}

/** What a source of policy told a device about it; null where none did, and where there is no device. */
async function hiddenByDevice(runtime: Runtime, at: At): Promise<boolean | null> {
  if (at.deviceId === null) return null;
  const told = (await readPolicyAt(runtime.db, runtime, at))('EnablePasswordlessExperience');
  return isManaged(told) ? told.value : null;
}

/**
 * What of a password the sign-in page of this browser shows. Only who signed in here last is looked at, by the sealed cookie
 * that they left, and whether that still holds: a name that is typed tells nothing.
 */
export async function passwordFaceHere(
  runtime: Runtime,
  caller: Pick<Caller, 'browser'>,
  sealed: string | undefined,
): Promise<PasswordFace> {
  const last = openLastPerson(runtime, caller, sealed);
  if (last === null) return 'shown';
  if (last.deviceId !== null && !(await isDeviceActive(runtime, last.deviceId))) return 'shown';
  return await passwordFaceOf(runtime, last);
}
