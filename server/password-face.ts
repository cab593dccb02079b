import 'server-only';
import type { ProofKind } from '#domain/authentication';
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

const strong: readonly ProofKind[] = ['hello', 'passkey'];

/** What of their password a person meets in a session, or after one, that began by `method`, as policy is now. */
export async function passwordFaceOf(
  runtime: Runtime,
  { userId, deviceId, method }: At & { readonly method: ProofKind },
): Promise<PasswordFace> {
  const policy = await readPasswordlessPolicy(runtime.db);
  const told = (await readPolicyAt(runtime.db, runtime, { userId, deviceId }))(
    'EnablePasswordlessExperience',
  );
  const user = await findEnabledUser(runtime.db, userId);
  // Without a device nobody was told anything.
  const isSaid = deviceId !== null && isManaged(told) && user?.breakGlass === false;
  const deviceHides = isSaid ? told.value : null;
  if (policy.mode === 'off' && deviceHides !== true) return 'shown';
  return passwordFace(policy.mode, {
    inScope: await isInScope(runtime.db, policy, user),
    deviceHides,
    cameInStrong: strong.includes(method),
    hasStrongCredential: await hasUsableCredential(runtime.db, userId),
  });
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
